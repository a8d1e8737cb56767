package main

import (
	_ "embed"
	"fmt"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed differences.yaml
var explanations []byte

// explanation says why the two programs differ.
type explanation struct {
	Control string `yaml:"control"`
	Kind    string `yaml:"kind"` // of resource, as the list of differences calls it
	Ours    string `yaml:"ours"` // "passed" where the scan has no failure
	Theirs  string `yaml:"theirs"`
	// Rules and Checks are those that say so; none fits all.
	Rules  []string `yaml:"rules"`
	Checks []string `yaml:"checks"`
	Reason string   `yaml:"reason"`
	Source string   `yaml:"source"` // the AWS documentation that decides it, where that is what decides it
}

func (e *explanation) fits(d *difference) bool {
	return e.Control == d.Control && e.Kind == d.Kind && e.Ours == said(d.Ours, "passed") && e.Theirs == said(d.Theirs, "nothing") &&
		(len(e.Rules) == 0 || slices.Equal(e.Rules, d.Rules)) && (len(e.Checks) == 0 || slices.Equal(e.Checks, d.Checks))
}

func said(status, none string) string {
	if status == "" {
		return none
	}
	return status
}

// explain prints the differences that nothing explains, and fails where there are any; also for an explanation of what
// isn't there any more.
func (b *bench) explain(all []*difference, pairs int) error {
	var known []explanation
	dec := yaml.NewDecoder(strings.NewReader(string(explanations)))
	dec.KnownFields(true)
	if err := dec.Decode(&known); err != nil {
		return fmt.Errorf("differences.yaml: %w", err)
	}
	used := make([]bool, len(known))
	var table strings.Builder
	table.WriteString("| Control | Resources | Scan | Prowler | Why |\n|---|---|---|---|---|\n")
	unexplained, resources := 0, 0
	for _, d := range all {
		resources += len(d.resources)
		i := slices.IndexFunc(known, func(e explanation) bool { return e.fits(d) })
		if i < 0 {
			unexplained++
			fmt.Println("unexplained:", d)
			continue
		}
		used[i] = true
		why := strings.TrimSpace(known[i].Reason)
		if known[i].Source != "" {
			why += " (" + known[i].Source + ")"
		}
		fmt.Fprintf(&table, "| %s | %d %s | %s | %s | %s |\n", d.Control, len(d.resources), strings.ReplaceAll(d.Kind, "_", " "),
			verdictCell(said(d.Ours, "passed"), d.Rules), verdictCell(said(d.Theirs, "nothing"), d.Checks), why)
	}
	fmt.Printf("\n%d pairs of control and resource in Prowler's report; the two differ on %d, of %d kinds, %d of them unexplained\n",
		pairs, resources, len(all), unexplained)
	for i, e := range known {
		if !used[i] {
			unexplained++
			fmt.Printf("explained, but not there: %s %s: scan %s, Prowler %s\n", e.Control, e.Kind, e.Ours, e.Theirs)
		}
	}
	if unexplained > 0 {
		return fmt.Errorf("%d differences are not as tools/benchscan/differences.yaml explains them", unexplained)
	}
	if b.update == "" {
		return nil
	}
	return between(b.update, table.String())
}

func verdictCell(status string, by []string) string {
	if len(by) == 0 {
		return status
	}
	return status + ": `" + strings.Join(by, "`, `") + "`"
}

// The marks in a document between which the table is.
const (
	begins = "<!-- differences begin: make bench-scan -->\n"
	ends   = "<!-- differences end -->"
)

// between replaces what is between the marks of a file.
func between(file, text string) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	head, rest, ok := strings.Cut(string(old), begins)
	_, tail, closed := strings.Cut(rest, ends)
	if !ok || !closed {
		return fmt.Errorf("%s has no marks %q and %q", file, strings.TrimSpace(begins), ends)
	}
	return os.WriteFile(file, []byte(head+begins+text+ends+tail), 0o644)
}
