package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/infraudit/infraudit/internal/audit"
)

// JSON writes an assessment as the API gives it, with all results of its controls that are known: {"framework": {...},
// "score", "assessed", "controls": [{"id", "title", "status", "severity", "results": [...]}]}. A control whose results are
// not all there has results_left_out, how many are missing. Invalid for a document of several assessments.
func JSON(w io.Writer, d *Document) error {
	if len(d.Assessments) != 1 {
		return errors.New("report: JSON is of one assessment")
	}
	a := d.Assessments[0]
	controls := a.Controls
	a.Controls = []audit.ControlResult{}
	head, err := opened(a)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w) // keeps its first error for Flush
	_, _ = out.Write(head)
	for i := range controls {
		if i > 0 {
			_ = out.WriteByte(',')
		}
		if err := d.jsonControl(out, a.Framework, &controls[i]); err != nil {
			return err
		}
	}
	_, _ = out.WriteString("\n]}\n")
	return out.Flush()
}

// opened is something as JSON whose last field is an empty list, without the end of both.
func opened(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write JSON: %w", err)
	}
	head, ok := bytes.CutSuffix(b, []byte("]}"))
	if !ok {
		return nil, errors.New("write JSON: the last field is no empty list")
	}
	return head, nil
}

func (d *Document) jsonControl(out *bufio.Writer, f audit.FrameworkRef, c *audit.ControlResult) error {
	bare := *c
	bare.Results = []audit.RuleResult{}
	head, err := opened(bare)
	if err != nil {
		return err
	}
	_ = out.WriteByte('\n')
	_, _ = out.Write(head)
	n := 0
	for r, err := range d.resultsOf(f, c) {
		if err != nil {
			return err
		}
		b, err := json.Marshal(r)
		if err != nil {
			return fmt.Errorf("write JSON: %w", err)
		}
		if n > 0 {
			_ = out.WriteByte(',')
		}
		n++
		_, _ = out.WriteString("\n ")
		if _, err := out.Write(b); err != nil {
			return err
		}
	}
	_ = out.WriteByte(']')
	if left := c.Resources.Failed + c.Resources.NotAssessed + c.Resources.Waived - n; left > 0 {
		_, _ = fmt.Fprintf(out, `,"results_left_out":%d`, left)
	}
	return out.WriteByte('}')
}
