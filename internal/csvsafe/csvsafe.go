// Package csvsafe keeps spreadsheets from taking values for formulas: names of resources are anybody's to choose.
package csvsafe

import "strings"

// Cell returns a value for a CSV cell: one that begins like a formula gets an apostrophe before it. Source: OWASP, "CSV
// Injection".
func Cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// Row makes every cell of a row safe, in place.
func Row(cells []string) []string {
	for i := range cells {
		cells[i] = Cell(cells[i])
	}
	return cells
}
