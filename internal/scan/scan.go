// Package scan audits an account once, with no server and no storage: it reads what the chosen rules need, judges it as it
// comes, and makes assessments.
package scan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/compliance"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/rule"
	"github.com/infraudit/infraudit/internal/shape"
)

// Options say what to scan.
type Options struct {
	Account   inventory.Account
	AccountID string // the provider's id of it
	// Regions are those to read; none means all that the account has enabled. The pseudo-region global is always read.
	Regions []string
	// Services are those to read, by the names of slices ("ec2"); none means all that the rules need.
	Services []string
	// Besides are services that are read whole, whether or not a rule needs them and whatever Services says.
	Besides    []string
	Rules      *rule.Set
	Catalog    *compliance.Catalog
	Frameworks []*compliance.Framework
	// Observe is told of every resource that is read, before it is judged; nil is fine. It is called concurrently.
	// With it everything is read, whether or not a rule needs it.
	Observe func(slice audit.Slice, o *audit.Observation) error
	// Against is what is compared with; nil compares nothing. With it, too, everything is read.
	Against *Snapshot
	Shapes  *shape.Set // of Against's configurations
	// Progress is told how far the scan is whenever a listing ends; nil is fine. Calls follow one another.
	Progress func(Progress)
	Now      func() time.Time
	// Concurrency is how many listings are read at once; 0 means 24.
	Concurrency int
}

// Progress says how far a scan is.
type Progress struct {
	Done, Listings int
	Resources      int
	Region         string // of the listing that ended
	Service        string
}

// Report is what a scan found.
type Report struct {
	Account     string              `json:"account"`
	Regions     []string            `json:"regions"`
	StartedAt   time.Time           `json:"started_at"`
	EndedAt     time.Time           `json:"ended_at"`
	Resources   int                 `json:"resources"`
	Calls       int                 `json:"api_calls"`
	Verdicts    audit.VerdictCounts `json:"verdicts"`
	Assessments []audit.Assessment  `json:"assessments"`
	// RegionsGap says why the regions could not be listed: then those are read that every account has.
	RegionsGap *audit.Gap `json:"regions_gap,omitempty"`
	// Coverage is what could and could not be read, a line for each slice.
	Coverage []audit.Coverage `json:"coverage"`
	// Rules are those that judged, sorted by id.
	Rules []*rule.Rule `json:"rules"`
	// Refused are the faults of rules and frameworks of the user's own that were left out.
	Refused []rule.Problem `json:"refused,omitempty"`
	// Against is when the snapshot that was compared with was made, and Changes what differs since, worst first.
	Against *time.Time `json:"against,omitempty"`
	Changes []Change   `json:"changes,omitempty"`

	spool *compliance.Spool
}

// Close frees what results are kept in. Results and Failures are for before it.
func (r *Report) Close() error {
	if r.spool == nil {
		return nil
	}
	return r.spool.Close()
}

// Results yields all verdicts of a control that aren't passed, in the order of its own results, of which an account may have
// more than are kept there.
func (r *Report) Results(c *audit.ControlResult) iter.Seq2[audit.RuleResult, error] {
	if r.spool == nil { // it was made of assessments that are stored
		return func(yield func(audit.RuleResult, error) bool) {
			for _, one := range c.Results {
				if !yield(one, nil) {
					return
				}
			}
		}
	}
	rules := make([]*rule.Rule, 0, len(c.Rules))
	for _, id := range c.Rules {
		if i, ok := slices.BinarySearchFunc(r.Rules, id, func(r *rule.Rule, id string) int { return strings.Compare(r.ID, id) }); ok {
			rules = append(rules, r.Rules[i])
		}
	}
	slices.SortFunc(rules, func(a, b *rule.Rule) int {
		return cmp.Or(cmp.Compare(b.Severity.Rank(), a.Severity.Rank()), strings.Compare(a.ID, b.ID))
	})
	var parts []iter.Seq2[audit.RuleResult, error]
	for _, status := range []audit.ControlStatus{audit.ControlFailed, audit.ControlNotAssessed, audit.ControlWaived} {
		for _, of := range rules {
			parts = append(parts, r.spool.Results(of.ID, status))
		}
	}
	return inTurn(parts...)
}

// Failures yields all failures of a rule, waived ones too.
func (r *Report) Failures(ruleID string) iter.Seq2[audit.RuleResult, error] {
	return inTurn(r.spool.Results(ruleID, audit.ControlFailed), r.spool.Results(ruleID, audit.ControlWaived))
}

func inTurn(parts ...iter.Seq2[audit.RuleResult, error]) iter.Seq2[audit.RuleResult, error] {
	return func(yield func(audit.RuleResult, error) bool) {
		for _, part := range parts {
			for one, err := range part {
				if !yield(one, err) || err != nil {
					return
				}
			}
		}
	}
}

// Unread tells whether anything could not be read.
func (r *Report) Unread() bool {
	return r.RegionsGap != nil || slices.ContainsFunc(r.Coverage, func(c audit.Coverage) bool { return !c.Complete() })
}

// Cut tells whether something could not be read for a reason that another time may not have: throttling, a time-out,
// credentials that expired.
func (r *Report) Cut() bool {
	for i := range r.Coverage {
		for _, t := range r.Coverage[i].Types {
			if t.Status == audit.ReadThrottled || t.Status == audit.ReadFailed {
				return true
			}
		}
	}
	return false
}

// Read tells whether anything at all could be read.
func (r *Report) Read() bool {
	for i := range r.Coverage {
		for _, t := range r.Coverage[i].Types {
			if t.Status == audit.ReadOK {
				return true
			}
		}
	}
	return false
}

// Worst returns the worst severity of a failed result; "" where none failed.
func (r *Report) Worst() audit.Severity {
	var worst audit.Severity
	for i := range r.Assessments {
		for _, c := range r.Assessments[i].Controls {
			if c.Status == audit.ControlFailed && c.Severity.Rank() > worst.Rank() {
				worst = c.Severity
			}
		}
	}
	return worst
}

// WorstChange returns the worst severity of a change since the snapshot compared with; "" where nothing changed.
func (r *Report) WorstChange() audit.Severity {
	if len(r.Changes) == 0 {
		return ""
	}
	return r.Changes[0].Severity // worst first
}

// Run scans. What can't be read is coverage, not an error: an error means that nothing is known, or that ctx ended. The
// report is to be closed.
func Run(ctx context.Context, o Options) (*Report, error) {
	spool := &compliance.Spool{}
	report, err := run(ctx, o, spool)
	if err != nil {
		return nil, errors.Join(err, spool.Close())
	}
	return report, nil
}

// maxKept is how many results of one rule and status the controls of a report have. Each control has them that the rule serves.
const maxKept = 50

func run(ctx context.Context, o Options, spool *compliance.Spool) (*Report, error) {
	s := &scan{Options: o, tally: &compliance.Tally{Account: o.AccountID, MaxResults: maxKept, Spool: spool}}
	s.report = &Report{Account: o.AccountID, StartedAt: s.Now(), spool: spool}
	s.report.Rules = o.Catalog.Rules(o.Frameworks...)
	if o.Against != nil { // a change may make a rule fail that serves none of the frameworks
		s.report.Rules = o.Rules.Rules()
	}
	s.judge = o.Rules.NewJudge(s.report.StartedAt, s.report.Rules, s.tally.Add)
	s.judge.WithoutTags()
	if o.Against != nil {
		if o.Against.Account != o.AccountID {
			return nil, fault.Field("against", "is of account %s, not %s", o.Against.Account, o.AccountID)
		}
		s.compared = &comparison{Snapshot: o.Against, shapes: o.Shapes}
	}
	if err := s.plan(ctx); err != nil {
		return nil, err
	}
	if err := s.read(ctx); err != nil {
		return nil, err
	}
	if err := s.judge.Finish(); err != nil {
		return nil, err
	}
	return s.finish()
}

// scan is one run.
type scan struct {
	Options
	judge  *rule.Judge
	tally  *compliance.Tally
	report *Report
	work   []reading
	// compared is nil where nothing is.
	compared *comparison

	mu       sync.Mutex
	progress Progress
	coverage map[audit.Slice]*audit.Coverage
}

// otherRegions stands for those that a scan was not to read. They are one hole: an account has some twenty, and a rule that
// looks several types up would weigh each of one type's with each of another's.
const otherRegions = "other regions"

// reading is one listing to be read.
type reading struct {
	slice   audit.Slice
	listing inventory.Listing
}

// plan finds the listings that the rules need.
func (s *scan) plan(ctx context.Context) error {
	enabled, err := s.Account.Regions(ctx)
	if err != nil && (len(enabled) == 0 || !fault.Is(err, fault.Denied)) {
		return fmt.Errorf("find the account's regions: %w", err)
	}
	if f := fault.From(err); f != nil {
		s.report.RegionsGap = &audit.Gap{Unread: audit.Unread{Action: f.Action, Code: f.StableCode(), Reason: f.Message}}
	}
	regions := enabled
	if len(s.Regions) > 0 {
		if regions, err = s.chosen(enabled); err != nil {
			return err
		}
	}
	needed := map[string]bool{}
	for _, t := range s.judge.Types() {
		needed[t] = true
	}
	known, elsewhere := map[string]bool{}, map[string]bool{}
	for _, region := range enabled {
		for _, svc := range s.Account.Services(region) {
			known[svc.Name] = true
			for _, l := range svc.Listings {
				besides := slices.Contains(s.Besides, svc.Name)
				wanted := besides || s.Observe != nil || s.Against != nil || slices.ContainsFunc(l.Types, func(t string) bool { return needed[t] })
				switch {
				case !wanted:
				case !slices.Contains(regions, region):
					for _, t := range l.Types {
						elsewhere[t] = true
					}
				case !besides && len(s.Services) > 0 && !slices.Contains(s.Services, svc.Name):
					s.beyond(l, region, "the scan was limited to other services")
				default:
					s.work = append(s.work, reading{audit.Slice{Region: region, Service: svc.Name}, l})
				}
			}
		}
	}
	s.leftOut(needed)
	for t := range elsewhere {
		s.judge.Beyond(t, otherRegions, audit.Unread{Reason: "the scan was limited to " + strings.Join(s.Regions, ", ")})
	}
	for _, name := range s.Services {
		if !known[name] {
			return fault.Field("service", "%q is no service that is read", name)
		}
	}
	s.report.Regions = slices.DeleteFunc(slices.Clone(regions), func(r string) bool { return r == audit.RegionGlobal })
	s.progress.Listings = len(s.work)
	return nil
}

// leftOut tells the judge of types that are read nowhere: rules for them have nothing to judge, which is no pass.
func (s *scan) leftOut(needed map[string]bool) {
	for _, w := range s.work {
		for _, t := range w.listing.Types {
			delete(needed, t)
		}
	}
	for _, t := range slices.Sorted(maps.Keys(needed)) {
		s.judge.Missing(t, "", audit.Unread{Reason: "the scan left it out"})
	}
}

// chosen checks the regions that were asked for.
func (s *scan) chosen(enabled []string) ([]string, error) {
	out := []string{audit.RegionGlobal}
	for _, r := range s.Regions {
		if !slices.Contains(enabled, r) {
			return nil, fault.Field("region", "%q is not enabled in the account; these are: %s", r, strings.Join(enabled, ", "))
		}
		out = append(out, r)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func (s *scan) beyond(l inventory.Listing, region, why string) {
	for _, t := range l.Types {
		s.judge.Beyond(t, region, audit.Unread{Reason: why})
	}
}

func (s *scan) read(ctx context.Context) error {
	s.coverage = map[audit.Slice]*audit.Coverage{}
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(cmp.Or(s.Concurrency, 24))
	for _, w := range s.work {
		if inner.Err() != nil {
			break
		}
		g.Go(func() error { return s.list(inner, w) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// list reads and judges one listing.
func (s *scan) list(ctx context.Context, w reading) error {
	out := &emitter{scan: s, slice: w.slice, counts: map[string]int{}, unread: map[string]map[string]int{}}
	err := inventory.Read(ctx, w.listing, out)
	switch {
	case out.fatal != nil:
		return out.fatal
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.coverage[w.slice]
	if c == nil {
		c = &audit.Coverage{Slice: w.slice, SyncedAt: s.report.StartedAt}
		s.coverage[w.slice] = c
	}
	for _, t := range w.listing.Types {
		line := inventory.Cover(w.listing, t, s.report.StartedAt, out.counts[t], out.unread[t], err)
		c.Types = append(c.Types, line)
		s.report.Resources += out.counts[t]
		if line.Status != audit.ReadOK && line.Status != audit.ReadUnsupported {
			s.judge.Missing(t, w.slice.Region, audit.Unread{Action: line.Action, Code: line.Code, Reason: line.Reason})
		}
	}
	s.progress.Done++
	s.progress.Resources, s.progress.Region, s.progress.Service = s.report.Resources, w.slice.Region, w.slice.Service
	if s.Progress != nil {
		s.Progress(s.progress)
	}
	return nil
}

func (s *scan) finish() (*Report, error) {
	r := s.report
	for _, c := range s.coverage {
		slices.SortFunc(c.Types, func(a, b audit.TypeCoverage) int { return strings.Compare(a.ResourceType, b.ResourceType) })
		r.Coverage = append(r.Coverage, *c)
	}
	slices.SortFunc(r.Coverage, func(a, b audit.Coverage) int {
		return cmp.Or(strings.Compare(a.Region, b.Region), strings.Compare(a.Service, b.Service))
	})
	if err := s.tally.Settle(); err != nil {
		return nil, err
	}
	r.EndedAt, r.Calls, r.Verdicts = s.Now(), s.Account.Calls(), s.tally.Counts()
	for _, f := range s.Frameworks {
		r.Assessments = append(r.Assessments, s.Catalog.Assess(f, r.StartedAt, r.EndedAt, s.tally))
	}
	if s.compared != nil {
		s.compared.removed(r.Coverage)
		if err := s.compared.weigh(s); err != nil {
			return nil, err
		}
		r.Against, r.Changes = &s.compared.At, s.compared.sorted()
	}
	return r, nil
}

// emitter judges what a listing reads.
type emitter struct {
	*scan
	slice audit.Slice

	lock   sync.Mutex
	seen   map[string]bool
	counts map[string]int
	unread map[string]map[string]int
	fatal  error // of the judge, or of Observe
}

// Emit implements inventory.Emitter.
func (e *emitter) Emit(ctx context.Context, o *audit.Observation) error {
	if e.again(o) {
		return nil // what a listing tells twice counts once
	}
	if err := e.take(o); err != nil {
		e.lock.Lock()
		defer e.lock.Unlock()
		e.fatal = err
		return err
	}
	return ctx.Err()
}

// again counts a resource, unless it was counted already.
func (e *emitter) again(o *audit.Observation) bool {
	e.lock.Lock()
	defer e.lock.Unlock()
	if e.seen == nil {
		e.seen = map[string]bool{}
	}
	key := audit.ExternalKey(o.ExternalID)
	if e.seen[key] {
		return true
	}
	e.seen[key] = true
	e.counts[o.Type]++
	actions := map[string]bool{}
	for _, u := range o.Unread {
		actions[u.Action] = true
	}
	for action := range actions {
		if e.unread[o.Type] == nil {
			e.unread[o.Type] = map[string]int{}
		}
		e.unread[o.Type][action]++
	}
	return false
}

func (e *emitter) take(o *audit.Observation) error {
	if e.Observe != nil {
		if err := e.Observe(e.slice, o); err != nil {
			return err
		}
	}
	subject := &rule.Subject{
		ExternalID: o.ExternalID, Type: o.Type, Region: e.slice.Region, Account: e.AccountID, Name: o.Name, Tags: o.Tags,
		Config: o.Config, Facts: o.Facts, Unread: o.Unread,
	}
	if e.compared != nil {
		if err := e.compared.observe(e.slice, o, subject); err != nil {
			return err
		}
	}
	return e.judge.Add(subject)
}

// Done implements inventory.Emitter: a scan has no earlier part.
func (e *emitter) Done(string, string) bool { return false }
