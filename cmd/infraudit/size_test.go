package main

import (
	"os/exec"
	"strings"
	"testing"
)

// A program that links a package which calls methods by name keeps every method of every SDK client.
func TestNothingKeepsTheLinkerFromDroppingMethods(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-tags", "grpcnotrace",
		"-f", `{{range .Imports}}{{if eq . "text/template" "html/template"}}{{$.ImportPath}} {{end}}{{end}}`, ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for importer := range strings.FieldsSeq(string(out)) {
		switch importer {
		case "html/template":
		case "github.com/spf13/cobra": // executes one only where a command sets its own: the linker sees that none does
		case "cel.dev/cel-go/cel": // executes one only to write a prompt for authors of expressions, which nothing calls
		default:
			t.Errorf("%s imports a template package", importer)
		}
	}
}
