package scan

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/drift"
	"github.com/infraudit/infraudit/internal/rule"
	"github.com/infraudit/infraudit/internal/shape"
)

// Change is a difference between two scans.
type Change struct {
	ExternalID   string           `json:"external_id"`
	ResourceType string           `json:"resource_type"`
	ResourceName string           `json:"resource_name"`
	Region       string           `json:"region"`
	Change       audit.ChangeKind `json:"change"` // of a whole resource where Path is empty
	Path         string           `json:"path,omitempty"`
	Expected     any              `json:"expected,omitempty"`
	Actual       any              `json:"actual,omitempty"`
	Summary      string           `json:"summary"`
	// Type is security where the change makes a rule fail, compliance where that rule serves a framework of the scan.
	Type     audit.DriftType `json:"type"`
	Severity audit.Severity  `json:"severity"`
	// Verdicts are those that the change turned over.
	Verdicts []Verdict `json:"verdicts,omitempty"`
}

// Verdict is one that a change turned over, of the resource itself or of another.
type Verdict struct {
	RuleID     string `json:"rule_id"`
	ExternalID string `json:"external_id"`
	Better     bool   `json:"better"`
	Reason     string `json:"reason"`
}

// maxFlipped is how many changed resources are judged by rules that look up others: each costs a judgement of the account.
const maxFlipped = 200

// comparison compares what a scan reads with a snapshot.
type comparison struct {
	*Snapshot
	shapes *shape.Set

	mu      sync.Mutex
	changes []Change
	changed []changed
}

type changed struct {
	from, to      int // of changes
	before, after *rule.Subject
}

// observe compares one resource.
func (c *comparison) observe(slice audit.Slice, o *audit.Observation, after *rule.Subject) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[audit.ExternalKey(o.ExternalID)]
	if e == nil {
		if c.coverage[slice][o.Type] {
			c.changes = append(c.changes, Change{
				ExternalID: o.ExternalID, ResourceType: o.Type, ResourceName: o.Name, Region: slice.Region, Change: audit.ChangeAdded,
				Summary: o.Type + " " + o.Name + " is new", Type: audit.DriftConfiguration, Severity: audit.SeverityLow,
			})
		}
		return nil
	}
	e.seen = true
	sh, ok := c.shapes.Lookup(o.Type)
	if !ok {
		return nil
	}
	current := audit.Configuration{Config: drift.RedactStored(c.shapes, o.Type, o.Config), Unread: o.Unread}
	state, err := shape.Canonical(current.Config, current.Unread)
	if err != nil || shape.Hash(state) == e.hash {
		return err
	}
	before, err := e.configuration()
	if err != nil {
		return err
	}
	from := len(c.changes)
	for _, d := range drift.Compare(sh, before, current) {
		c.changes = append(c.changes, Change{
			ExternalID: o.ExternalID, ResourceType: o.Type, ResourceName: o.Name, Region: slice.Region, Change: d.Kind, Path: d.Path,
			Expected: d.Expected, Actual: d.Actual, Summary: d.Summary, Type: audit.DriftConfiguration, Severity: drift.Grade(o.Type, d.Path, d),
		})
	}
	if len(c.changes) == from {
		return nil
	}
	was, is := *after, *after
	was.Config, was.Unread = before.Config, before.Unread
	is.Config = current.Config
	c.changed = append(c.changed, changed{from, len(c.changes), &was, &is})
	return nil
}

// removed finds what is gone: what was there, and is not where its listing was read whole.
func (c *comparison) removed(coverage []audit.Coverage) {
	whole := readWhole(coverage)
	for _, e := range c.entries {
		if !e.seen && whole[e.slice][e.typ] {
			c.changes = append(c.changes, Change{
				ExternalID: e.externalID, ResourceType: e.typ, ResourceName: e.name, Region: e.slice.Region, Change: audit.ChangeRemoved,
				Summary: e.typ + " " + e.name + " is gone", Type: audit.DriftConfiguration, Severity: audit.SeverityMedium,
			})
		}
	}
}

// weigh finds the verdicts that the changes turned over.
func (c *comparison) weigh(s *scan) error {
	serves := map[string]bool{}
	for _, f := range s.Frameworks {
		for _, id := range f.Rules() {
			serves[id] = true
		}
	}
	for i, ch := range c.changed {
		rules := s.report.Rules
		around := s.judge.Around(ch.after.ExternalID)
		if i >= maxFlipped {
			rules = slices.DeleteFunc(slices.Clone(rules), (*rule.Rule).Looks)
			around = nil
		}
		flips, err := s.Rules.Flips(s.report.StartedAt, rules, ch.before, ch.after, around)
		if err != nil {
			return err
		}
		for k := range c.changes[ch.from:ch.to] {
			one := &c.changes[ch.from+k]
			for _, f := range flips {
				if f.Touches(one.Path) {
					one.add(&f, serves[f.Rule.ID])
				}
			}
		}
	}
	return nil
}

func (c *Change) add(f *rule.Flip, serves bool) {
	c.Verdicts = append(c.Verdicts, Verdict{f.Rule.ID, f.Subject.ExternalID, f.Better, f.Reason})
	if f.Better { // what fails comes first
		if c.Type == audit.DriftConfiguration {
			c.Severity = audit.SeverityLow
		}
		return
	}
	if c.Type == audit.DriftConfiguration {
		c.Type, c.Severity = audit.DriftSecurity, f.Rule.Severity // flips are worst first
	}
	if serves {
		c.Type = audit.DriftCompliance
	}
}

// sorted returns the changes, worst first.
func (c *comparison) sorted() []Change {
	slices.SortFunc(c.changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(b.Severity.Rank(), a.Severity.Rank()), strings.Compare(a.ResourceType, b.ResourceType),
			strings.Compare(a.ExternalID, b.ExternalID), strings.Compare(a.Path, b.Path))
	})
	return c.changes
}
