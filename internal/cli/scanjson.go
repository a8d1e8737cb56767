package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/scan"
)

// writeScanJSON writes a report as JSON, with all results of its controls, one at a time: there may be more than memory
// should hold.
func writeScanJSON(w io.Writer, r *scan.Report) error {
	bare := *r
	bare.Assessments = slices.Clone(r.Assessments)
	for i := range bare.Assessments {
		a := &bare.Assessments[i]
		a.Controls = slices.Clone(a.Controls)
		for k := range a.Controls {
			a.Controls[k].Results = []audit.RuleResult{}
		}
	}
	text, err := marshalScan(&bare)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w) // keeps its first error for Flush
	for i := range r.Assessments {
		for k := range r.Assessments[i].Controls {
			// What comes before the assessments has no such list, and in a JSON text the quotes would be escaped.
			before, after, ok := bytes.Cut(text, []byte(`"results": []`))
			if !ok {
				return errors.New("write JSON: a control has no results")
			}
			_, _ = out.Write(before)
			indent := before[bytes.LastIndexByte(before, '\n')+1:]
			if err := writeResults(out, r, &r.Assessments[i].Controls[k], string(indent)); err != nil {
				return err
			}
			text = after
		}
	}
	_, _ = out.Write(text)
	return out.Flush()
}

func writeResults(out *bufio.Writer, r *scan.Report, c *audit.ControlResult, indent string) error {
	_, _ = out.WriteString(`"results": [`)
	n := 0
	for result, err := range r.Results(c) {
		if err != nil {
			return err
		}
		text, err := marshalScan(&result)
		if err != nil {
			return err
		}
		if n++; n > 1 {
			_ = out.WriteByte(',')
		}
		for line := range bytes.Lines(text) {
			_, _ = fmt.Fprintf(out, "\n%s  %s", indent, bytes.TrimSuffix(line, []byte("\n")))
		}
	}
	if n > 0 {
		_, _ = out.WriteString("\n" + indent)
	}
	return out.WriteByte(']')
}

func marshalScan(v any) ([]byte, error) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return text.Bytes(), err
}
