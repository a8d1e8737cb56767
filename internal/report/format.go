package report

import (
	"fmt"
	"io"
)

// Format is a way to write a document.
type Format struct {
	Name        string
	Ending      string // of a file's name, with its point
	ContentType string
}

// Formats returns the formats that an assessment can be exported in.
func Formats() []Format {
	return []Format{
		{"pdf", ".pdf", "application/pdf"},
		{"csv", ".csv", "text/csv; charset=utf-8"},
		{"json", ".json", "application/json"},
		{"ocsf", ".ocsf.json", "application/json"},
		{"sarif", ".sarif", "application/sarif+json"},
		{"html", ".html", "text/html; charset=utf-8"},
	}
}

// Write writes a document in the format. It isn't a field: a program that only names formats links none of the writers.
func (f Format) Write(w io.Writer, d *Document) error {
	switch f.Name {
	case "pdf":
		return PDF(w, d)
	case "csv":
		return CSV(w, d)
	case "json":
		return JSON(w, d)
	case "ocsf":
		return OCSF(w, d)
	case "sarif":
		return SARIF(w, d)
	case "html":
		return HTML(w, d)
	}
	return fmt.Errorf("report: %q is no format", f.Name)
}
