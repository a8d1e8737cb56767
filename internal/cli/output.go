package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"go.yaml.in/yaml/v3"

	"github.com/infraudit/infraudit/internal/csvsafe"
)

// column is a column of a table of T and of its CSV.
type column[T any] struct {
	head  string
	value func(*T) string
	wide  bool // in CSV only
}

// printList shows items in the chosen format. JSON and YAML show what the server said, whole.
func printList[T any](a *app, format string, items []json.RawMessage, columns []column[T]) error {
	switch format {
	case "json", "yaml":
		joined := append([]byte("["), bytes.Join(raws(items), []byte(","))...)
		return printRaw(a.out, format, append(joined, ']'))
	}
	rows := make([]T, len(items))
	for i, item := range items {
		if err := json.Unmarshal(item, &rows[i]); err != nil {
			return fmt.Errorf("the server's answer can't be read: %w", err)
		}
	}
	if format == "csv" {
		return printCSV(a.out, rows, columns)
	}
	if len(rows) == 0 {
		_, err := fmt.Fprintln(a.out, "none")
		return err
	}
	return a.printTable(tableOf(rows, columns))
}

func raws(items []json.RawMessage) [][]byte {
	out := make([][]byte, len(items))
	for i, item := range items {
		out[i] = item
	}
	return out
}

// printOne shows one thing; as a table, one field a line.
func printOne[T any](a *app, format string, item json.RawMessage, columns []column[T]) error {
	switch format {
	case "json", "yaml":
		return printRaw(a.out, format, item)
	case "csv":
		return printList(a, format, []json.RawMessage{item}, columns)
	}
	var v T
	if err := json.Unmarshal(item, &v); err != nil {
		return fmt.Errorf("the server's answer can't be read: %w", err)
	}
	w := table.NewWriter()
	for _, c := range columns {
		if s := c.value(&v); s != "" {
			w.AppendRow(table.Row{strings.ToUpper(c.head), clean(s)})
		}
	}
	return a.printTable(w)
}

func tableOf[T any](rows []T, columns []column[T]) table.Writer {
	w := table.NewWriter()
	head := table.Row{}
	for _, c := range columns {
		if !c.wide {
			head = append(head, strings.ToUpper(c.head))
		}
	}
	w.AppendHeader(head)
	for i := range rows {
		row := table.Row{}
		for _, c := range columns {
			if !c.wide {
				row = append(row, clean(c.value(&rows[i])))
			}
		}
		w.AppendRow(row)
	}
	return w
}

func (a *app) printTable(w table.Writer) error {
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header = text.FormatDefault
	w.SetStyle(style)
	for line := range strings.SplitSeq(w.Render(), "\n") {
		if _, err := fmt.Fprintln(a.out, strings.TrimRight(line, " ")); err != nil {
			return err
		}
	}
	return nil
}

func printCSV[T any](out io.Writer, rows []T, columns []column[T]) error {
	w := csv.NewWriter(out)
	record := make([]string, len(columns))
	for i, c := range columns {
		record[i] = strings.ReplaceAll(c.head, " ", "_")
	}
	if err := w.Write(record); err != nil {
		return err
	}
	for i := range rows {
		for j, c := range columns {
			record[j] = csvsafe.Cell(c.value(&rows[i]))
		}
		if err := w.Write(record); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

func printRaw(out io.Writer, format string, raw json.RawMessage) error {
	if format == "yaml" {
		return printYAML(out, raw)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return fmt.Errorf("the server's answer is not JSON: %w", err)
	}
	b.WriteByte('\n')
	_, err := out.Write(b.Bytes())
	return err
}

// printYAML keeps the order of fields: JSON is YAML, so only its style has to change.
func printYAML(out io.Writer, raw json.RawMessage) error {
	var node yaml.Node
	if err := yaml.Unmarshal(raw, &node); err != nil {
		return fmt.Errorf("the server's answer can't be read: %w", err)
	}
	block(&node)
	enc := yaml.NewEncoder(out)
	enc.SetIndent(2)
	if err := enc.Encode(&node); err != nil {
		return err
	}
	return enc.Close()
}

func block(n *yaml.Node) {
	n.Style = 0
	for _, child := range n.Content {
		block(child)
	}
}

// clean makes text from elsewhere harmless to a terminal: names are whatever someone called things.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// when shows a time to the minute, in UTC.
func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04Z")
}

func whenPtr(t *time.Time) string {
	if t == nil {
		return ""
	}
	return when(*t)
}

// paint colours text on a terminal. code is an ANSI colour, such as "31".
func (a *app) paint(code, s string) string {
	if !a.colour || code == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// note tells people something beside the answer.
func (a *app) note(format string, args ...any) {
	fmt.Fprintln(a.err, clean(fmt.Sprintf(format, args...)))
}
