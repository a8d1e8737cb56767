package cli

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/infraudit/infraudit/internal/audit"
)

// Bounds of a drift in a list; drift get shows all.
const (
	briefLines = 6
	briefWidth = 110
)

// severityColour is the ANSI colour of a severity.
func severityColour(s audit.Severity) string {
	switch s {
	case audit.SeverityCritical:
		return "1;31"
	case audit.SeverityHigh:
		return "31"
	case audit.SeverityMedium:
		return "33"
	}
	return "2"
}

// printDriftBrief shows a drift in a few lines: how bad, on what, what changed, who and when.
func (a *app) printDriftBrief(d *audit.Drift) {
	const margin = "          "
	status := ""
	if d.Status != audit.DriftDetected {
		status = "  [" + string(d.Status) + "]"
	}
	fmt.Fprintf(a.out, "%s %s%s\n", a.paint(severityColour(d.Severity), fmt.Sprintf("%-9s", strings.ToUpper(string(d.Severity)))),
		clean(driftSubject(d)), status)
	lines := differences(d.Path, d.Expected, d.Actual)
	if len(lines) > 1 { // one line says it all
		if strings.Contains(d.Summary, d.Path) {
			lines[0] = d.Summary
		} else if d.Summary != "" {
			lines[0] = labelled(d.Path, d.Summary)
		}
	}
	if len(lines) > briefLines {
		lines = append(lines[:briefLines-1], fmt.Sprintf("  … %d more", len(lines)-briefLines+1))
	}
	for _, line := range lines {
		fmt.Fprintf(a.out, "%s%s\n", margin, a.paintDifference(clean(cut(line, briefWidth))))
	}
	who := actorText(d)
	if d.Actor.Status != audit.ActorKnown {
		who = "detected " + when(d.DetectedAt) + ", " + who
	}
	fmt.Fprintf(a.out, "%s%s\n", margin, clean(cut(who, briefWidth)))
	fmt.Fprintf(a.out, "%s%s\n", margin, a.paint("2", clean(d.ID)))
}

// printDriftWhole shows all that is known of a drift.
func (a *app) printDriftWhole(d *audit.Drift) {
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(a.out, "%-10s %s\n", name, clean(value))
		}
	}
	fmt.Fprintf(a.out, "%s  %s\n\n", a.paint(severityColour(d.Severity), strings.ToUpper(string(d.Severity))), clean(d.Summary))
	line("on", driftSubject(d))
	line("", d.ExternalID)
	line("path", d.Path+" ("+string(d.Change)+")")
	for _, l := range differences("", d.Expected, d.Actual) {
		fmt.Fprintf(a.out, "  %s\n", a.paintDifference(clean(l)))
	}
	line("who", strings.TrimPrefix(actorText(d), "by "))
	if d.Actor.Status == audit.ActorKnown {
		line("", d.Actor.ARN)
		line("agent", d.Actor.UserAgent)
		line("event", d.Actor.EventID)
		line("note", d.Actor.Reason)
	}
	line("changed", "between "+when(d.ChangedAfter)+" and "+when(d.ChangedBefore))
	detected := when(d.DetectedAt)
	if d.Reopened > 0 {
		detected += fmt.Sprintf(", reopened %d times since %s", d.Reopened, when(d.FirstDetectedAt))
	}
	line("detected", detected)
	status := string(d.Status)
	if d.ResolvedBy != "" && !d.Status.Open() {
		status += " by " + d.ResolvedBy + ", " + whenPtr(d.ResolvedAt)
	}
	line("status", status)
	line("type", string(d.Type))
	for i, v := range d.Verdicts {
		name := ""
		if i == 0 {
			name = "verdicts"
		}
		line(name, verdictText(d, &v))
	}
	line("drift", d.ID)
	line("resource", d.ResourceID)
	line("baseline", d.BaselineID)
}

// verdictText says which rule a drift makes fail, or pass, and for whom where it is another resource.
func verdictText(d *audit.Drift, v *audit.DriftVerdict) string {
	text := "now fails "
	if v.Better {
		text = "passes now: "
	}
	text += v.RuleID
	if v.ExternalID != d.ExternalID {
		text += " of " + v.ExternalID
	}
	if len(v.Frameworks) > 0 {
		text += " (" + strings.Join(v.Frameworks, ", ") + ")"
	}
	return text
}

func driftSubject(d *audit.Drift) string {
	return fmt.Sprintf("%s %s in %s", d.ResourceType, firstOf(d.ResourceName, d.ExternalID), d.Region)
}

// actorText says who made the change, and when, or why that isn't known.
func actorText(d *audit.Drift) string {
	switch d.Actor.Status {
	case audit.ActorKnown:
		text := "by " + firstOf(d.Actor.Name, d.Actor.ARN)
		if d.Actor.At != nil {
			text += " at " + when(*d.Actor.At)
		}
		if d.Actor.Call != "" {
			text += ", " + d.Actor.Call
		}
		if d.Actor.SourceIP != "" {
			text += " from " + d.Actor.SourceIP
		}
		return text
	case audit.ActorPending:
		return "by someone who is being looked up"
	}
	return strings.TrimSuffix("by unknown: "+d.Actor.Reason, ": ")
}

// paintDifference colours what went and what came.
func (a *app) paintDifference(line string) string {
	switch trimmed := strings.TrimLeft(line, " "); {
	case strings.HasPrefix(trimmed, "- "):
		return a.paint("31", line)
	case strings.HasPrefix(trimmed, "+ "):
		return a.paint("32", line)
	}
	return line
}

// differences shows two values as "path: a → b", or, for lists and objects, under their path by what went and what
// came.
func differences(path string, expected, actual any) []string {
	lines := changesIn("", expected, actual)
	switch {
	case len(lines) == 1 && !strings.HasPrefix(lines[0], "- ") && !strings.HasPrefix(lines[0], "+ "):
		return []string{labelled(path, lines[0])}
	case path == "":
		return lines
	}
	out := []string{path + ":"}
	for _, line := range lines {
		out = append(out, "  "+line)
	}
	return out
}

// changesIn goes down into objects, so that only what differs is shown.
func changesIn(at string, expected, actual any) []string {
	before, wasObject := expected.(map[string]any)
	after, isObject := actual.(map[string]any)
	if wasObject && isObject {
		var lines []string
		for _, k := range slices.Sorted(maps.Keys(union(before, after))) {
			if !reflect.DeepEqual(before[k], after[k]) {
				lines = append(lines, changesIn(strings.TrimPrefix(at+"."+k, "."), before[k], after[k])...)
			}
		}
		return lines
	}
	was, is := parts(expected), parts(actual)
	var lines []string
	if was != nil || is != nil {
		if was == nil && expected != nil {
			was = []string{compact(expected)}
		}
		if is == nil && actual != nil {
			is = []string{compact(actual)}
		}
		for _, s := range minus(was, is) {
			lines = append(lines, "- "+labelled(at, s))
		}
		for _, s := range minus(is, was) {
			lines = append(lines, "+ "+labelled(at, s))
		}
	}
	if len(lines) == 0 { // scalars, or the order alone
		return []string{labelled(at, compact(expected)+" → "+compact(actual))}
	}
	return lines
}

func labelled(path, text string) string { return strings.TrimPrefix(path+": "+text, ": ") }

func union(a, b map[string]any) map[string]any {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// parts are the elements of a list, or the fields of an object; nil for anything else.
func parts(v any) []string {
	switch v := v.(type) {
	case []any:
		out := make([]string, len(v))
		for i, e := range v {
			out[i] = compact(e)
		}
		return out
	case map[string]any:
		out := make([]string, 0, len(v))
		for k, e := range v {
			out = append(out, k+": "+compact(e))
		}
		slices.Sort(out)
		return out
	}
	return nil
}

// minus returns what a has more of than b.
func minus(a, b []string) []string {
	left := map[string]int{}
	for _, s := range b {
		left[s]++
	}
	var out []string
	for _, s := range a {
		if left[s]--; left[s] < 0 {
			out = append(out, s)
		}
	}
	return out
}

// compact shows a value on one line, with as few quotes as people need.
func compact(v any) string {
	switch v := v.(type) {
	case nil:
		return "(none)"
	case string:
		if v == "" {
			return `""`
		}
		return v
	case []any:
		out := make([]string, len(v))
		for i, e := range v {
			out[i] = compact(e)
		}
		return "[" + strings.Join(out, ", ") + "]"
	case map[string]any:
		return "{" + strings.Join(parts(v), ", ") + "}"
	}
	b, err := json.Marshal(v)
	if err != nil {
		return reflect.ValueOf(v).String()
	}
	return string(b)
}

// cut shortens a line to so many characters.
func cut(s string, width int) string {
	if utf8.RuneCountInString(s) <= width {
		return s
	}
	return string([]rune(s)[:width-1]) + "…"
}
