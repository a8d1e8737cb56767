// Package rule judges resources by rules that are data: YAML with CEL expressions (https://cel.dev) over the
// configuration and facts of a resource and over others of its account.
//
// A verdict has three values. What could not be read is a CEL Unknown in the data that a rule sees; CEL's own logic
// (true || unknown is true) decides whether the verdict depends on it. A verdict that does is NotAssessed and names what
// was unread.
package rule

import (
	"fmt"
	"slices"

	"cel.dev/cel-go/cel"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/shape"
)

// Rule is one check. Its id never changes; what it says may.
type Rule struct {
	ID       string         `yaml:"id" json:"id"`
	Title    string         `yaml:"title" json:"title"` // what is true when it passes: "S3 buckets block public access"
	Severity audit.Severity `yaml:"severity" json:"severity"`
	// Types are the resource types that it judges.
	Types []string `yaml:"types" json:"resource_types"`
	// Categories say what it is about, in words of the table categories.
	Categories []string `yaml:"categories" json:"categories"`
	// LookUps are the other resources of the account that it reads, by the name that its expressions give them.
	LookUps map[string]*LookUp `yaml:"look_ups" json:"look_ups,omitempty"`
	// Applies is a CEL expression that says whether a resource is judged at all; "" is true.
	Applies string `yaml:"applies" json:"applies,omitempty"`
	// Passes is the CEL expression that is the rule.
	Passes string `yaml:"passes" json:"passes"`
	// Seen is a CEL expression of what to show of a failure; "" shows the attributes that Passes names.
	Seen string `yaml:"seen" json:"seen,omitempty"`
	// Wanted is the value that would pass, in words.
	Wanted string `yaml:"wanted" json:"wanted"`
	// Risk says why it matters, Remediation what to do.
	Risk        string    `yaml:"risk" json:"risk"`
	Remediation string    `yaml:"remediation" json:"remediation"`
	References  []string  `yaml:"references" json:"references"`
	Examples    []Example `yaml:"examples" json:"-"`
	// Source is where the rule was read: "aws/s3.yaml:12".
	Source string `yaml:"-" json:"-"`
	// Custom tells that the rule is a team's own.
	Custom bool `yaml:"-" json:"custom"`

	// compiled makes what follows, where that is left for when it is needed; nil otherwise.
	compiled              func() error
	applies, passes, seen cel.Program
	// paths are the attributes that its expressions read.
	paths  []path
	shown  []path // of them, those that Passes reads
	shapes map[string]*shape.Shape
}

// LookUp names resources of the same account that a rule reads.
type LookUp struct {
	Type string `yaml:"type" json:"resource_type"`
	// In is "account", which is the default, or "region": only those in the region of the resource that is judged.
	In string `yaml:"in" json:"in,omitempty"`
	// Ours and Theirs, where given, are CEL expressions that give a string or a list of strings each: of the resource that
	// is judged, and of each that is looked up. Those are seen that have one in common. Ours may read other look-ups.
	Ours   string `yaml:"ours" json:"ours,omitempty"`
	Theirs string `yaml:"theirs" json:"theirs,omitempty"`

	name         string
	ours, theirs cel.Program
	shape        *shape.Shape
	paths        []path // that the rule, and Theirs, read of them; relative to the resource
}

// Looks tells whether a rule needs other resources than the one that it judges.
func (r *Rule) Looks() bool { return len(r.LookUps) > 0 }

// categories are the words that rules are sorted by.
var categories = []string{
	"access", "backup", "cost", "credentials", "encryption_at_rest", "encryption_in_transit", "exposure", "identity", "logging",
	"monitoring", "network", "patching", "privilege_escalation", "resilience", "secrets", "threat_detection",
}

// Categories returns the words that rules are sorted by.
func Categories() []string { return slices.Clone(categories) }

// Set is rules that were loaded together. It never changes, and is safe for concurrent use.
type Set struct {
	rules    []*Rule
	byID     map[string]*Rule
	data     map[string]any
	compiler *compiler
}

// Rules returns the rules, sorted by id.
func (s *Set) Rules() []*Rule { return slices.Clone(s.rules) }

// Lookup returns a rule by its id.
func (s *Set) Lookup(id string) (*Rule, bool) {
	r, ok := s.byID[id]
	return r, ok
}

// Problem is a fault of a rule, with its place.
type Problem struct {
	Source  string `json:"source"` // a file, or "aws/s3.yaml:12"
	Line    int    `json:"line,omitempty"`
	Rule    string `json:"rule,omitempty"`
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`
}

func (p Problem) Error() string {
	at := p.Source
	if p.Line > 0 {
		at += fmt.Sprintf(":%d", p.Line)
	}
	if p.Rule != "" {
		at += ": rule " + p.Rule
	}
	if p.Field != "" {
		at += ": " + p.Field
	}
	return fmt.Sprintf("%s: %s", at, p.Message)
}
