package task

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/compliance"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/job"
	"github.com/infraudit/infraudit/internal/rule"
	"github.com/infraudit/infraudit/internal/store"
)

// Compliance are the handlers of the tasks that judge resources by rules and make assessments.
type Compliance struct {
	Store *store.Store
	Blobs Blobs
	// Rules returns a team's rules and frameworks.
	Rules   func(ctx context.Context, teamID string) (*rule.Set, *compliance.Catalog, error)
	Version string // of the program, which assessments record
	// Slices is how many slices are read at once; 0 means 4.
	Slices int
}

// maxTallied is how many results of one rule and status an assessment keeps of a provider; the findings have all failures.
const maxTallied = 200

// How long a task waits before it looks again whether those that it needs have ended.
const (
	waitMin = time.Second
	waitMax = 30 * time.Second
)

// waitFor returns what tells the engine to come back, while an open task of the execution is one to wait for.
func (c *Compliance) waitFor(ctx context.Context, run *job.Run, needs func(audit.Task) bool) error {
	work := run.Task()
	open, err := c.Store.OpenTasks(ctx, work.TeamID, work.ExecutionID)
	if err != nil || !slices.ContainsFunc(open, needs) {
		return err
	}
	return job.ContinueAfter(min(max(run.Now().Sub(work.CreatedAt)/2, waitMin), waitMax).Truncate(time.Second))
}

// Judge handles tasks of kind judge: when the provider's syncs have ended, it judges what they read by all rules, and
// writes the findings that changed. Coverage says what they could not read.
func (c *Compliance) Judge(ctx context.Context, run *job.Run) error {
	work := run.Task()
	err := c.waitFor(ctx, run, func(t audit.Task) bool {
		return t.ProviderID == work.ProviderID && (t.Kind == audit.TaskPlan || t.Kind == audit.TaskSync)
	})
	if err != nil {
		return err
	}
	p, err := c.Store.Provider(ctx, work.TeamID, work.ProviderID)
	if err != nil {
		return err
	}
	j, err := c.judging(ctx, run, p)
	if err != nil {
		return err
	}
	if err := j.judgeAll(ctx); err != nil {
		return err
	}
	verdicts := j.tally.Counts()
	err = c.Store.PutJudgement(ctx, work.TeamID, p.ID, store.Judgement{
		At: j.now, ExecutionID: work.ExecutionID, Resources: j.subjects, Verdicts: verdicts,
	})
	if err != nil {
		return err
	}
	if err := c.putTally(ctx, work, j.tally); err != nil {
		return err
	}
	run.Log(job.LevelInfo, "%s: %d resources judged; %d passed, %d failed, %d waived, %d not assessed; %d new findings, %d reopened, %d resolved",
		p.Name, j.subjects, verdicts.Passed, verdicts.Failed, verdicts.Waived, verdicts.NotAssessed,
		j.found.FindingsOpened, j.found.FindingsReopened, j.found.FindingsResolved)
	run.Found(j.found)
	return nil
}

// judging is the judgement of one provider.
type judging struct {
	*Compliance
	team     string
	provider audit.Provider
	now      time.Time
	before   time.Time // of the judgement before
	oldest   time.Time // a slice that was read before is a hole
	set      *rule.Set
	waivers  []audit.Waiver
	judge    *rule.Judge
	tally    *compliance.Tally
	ctx      context.Context // of results: the judge gives them without one

	mu       sync.Mutex
	subjects int
	slices   map[string]audit.Slice
	holes    map[hole]string         // why
	known    map[verdictKey]*verdict // the findings that there are
	live     map[string]bool         // resources that have findings: whether they were read
	changes  []change                // to be written
	found    audit.Found
}

// hole is a type that was not read in a slice.
type hole struct{ slice, typ string }

type verdictKey struct{ resource, rule string }

// verdict is what is kept of a finding while its provider is judged.
type verdict struct {
	id, typ     string
	status      audit.FindingStatus
	fingerprint string
	stale       bool
	judged      bool
}

func (c *Compliance) judging(ctx context.Context, run *job.Run, p audit.Provider) (*judging, error) {
	set, _, err := c.Rules(ctx, p.TeamID)
	if err != nil {
		return nil, err
	}
	waivers, err := c.Store.ActiveWaivers(ctx, p.TeamID)
	if err != nil {
		return nil, err
	}
	last, err := c.Store.LastJudgement(ctx, p.TeamID, p.ID)
	if err != nil {
		return nil, err
	}
	j := &judging{
		Compliance: c, team: p.TeamID, provider: p, now: run.Now(), before: last.At, set: set, waivers: waivers, ctx: ctx,
		oldest: run.Execution.StartedAt.Add(-time.Duration(run.Execution.MaxAge) * time.Second),
		slices: map[string]audit.Slice{}, holes: map[hole]string{}, known: map[verdictKey]*verdict{}, live: map[string]bool{},
	}
	j.tally = &compliance.Tally{ProviderID: p.ID, Account: p.Account, Waived: j.waiver, MaxResults: maxTallied}
	j.judge = set.NewJudge(j.now, nil, j.result)
	return j, nil
}

// judgeAll reads slice after slice, some at once, and judges; memory holds what rules look up, and a line for each finding.
func (j *judging) judgeAll(ctx context.Context) error {
	lines, err := j.Store.Coverage(ctx, j.team, j.provider.ID)
	if err != nil {
		return err
	}
	missing := map[string]bool{}
	for _, t := range j.judge.Types() {
		missing[t] = true
	}
	for i := range lines {
		j.cover(&lines[i], missing)
	}
	for _, t := range slices.Sorted(maps.Keys(missing)) {
		j.judge.Missing(t, "", audit.Unread{Reason: "no sync has read it"})
	}
	g, inner := errgroup.WithContext(ctx)
	j.ctx = inner
	g.SetLimit(cmp.Or(j.Slices, 4))
	for i := range lines {
		g.Go(func() error { return j.slice(inner, lines[i].Slice) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	j.ctx = ctx
	if err := j.judge.Finish(); err != nil {
		return err
	}
	if err := j.rest(ctx); err != nil {
		return err
	}
	return j.write(ctx, j.take(0))
}

// cover tells the judge what a slice's sync could not read. What is older than the check may be is not known now.
func (j *judging) cover(line *audit.Coverage, missing map[string]bool) {
	j.slices[line.Key()] = line.Slice
	for _, t := range line.Types {
		delete(missing, t.ResourceType)
		why := audit.Unread{Action: t.Action, Code: t.Code, Reason: t.Reason}
		switch {
		case line.SyncedAt.Before(j.oldest):
			why = audit.Unread{Reason: "it was last read at " + line.SyncedAt.Format(time.RFC3339)}
		case t.Status == audit.ReadOK, t.Status == audit.ReadUnsupported:
			continue
		}
		j.holes[hole{line.Key(), t.ResourceType}] = gapText(t.ResourceType, why)
		j.judge.Missing(t.ResourceType, line.Region, why)
	}
}

// gapText says in a line why a type could not be read.
func gapText(resourceType string, u audit.Unread) string {
	switch {
	case u.Action == "":
		return fmt.Sprintf("%s could not be read: %s", resourceType, u.Reason)
	case u.Code == "":
		return fmt.Sprintf("%s could not be read: %s", resourceType, u.Action)
	}
	return fmt.Sprintf("%s could not be read: %s (%s)", resourceType, u.Action, u.Code)
}

// slice judges what was read of a slice.
func (j *judging) slice(ctx context.Context, sl audit.Slice) error {
	if err := j.load(ctx, sl); err != nil {
		return err
	}
	needed := map[string]bool{}
	for _, t := range j.judge.Types() {
		_, unread := j.holes[hole{sl.Key(), t}]
		needed[t] = !unread
	}
	for snap, err := range j.Store.Snapshots(ctx, j.team, sl, func(t string) bool { return needed[t] }) {
		if err != nil {
			return err
		}
		j.mu.Lock()
		j.subjects++
		if _, has := j.live[snap.ID]; has {
			j.live[snap.ID] = true
		}
		j.mu.Unlock()
		if err := j.judge.Add(subjectOf(&snap, j.provider.Account)); err != nil {
			return err
		}
	}
	return nil
}

// subjectOf is a stored resource as rules see it.
func subjectOf(snap *store.Snapshot, account string) *rule.Subject {
	return &rule.Subject{
		ID: snap.ID, ExternalID: snap.ExternalID, Type: snap.Type, Region: snap.Region, Account: account, Name: snap.Name,
		Tags: snap.Tags, Config: snap.Config, Facts: snap.Facts, Unread: snap.Unread,
	}
}

// load notes the findings of a slice.
func (j *judging) load(ctx context.Context, sl audit.Slice) error {
	for f, err := range j.Store.FindingsOf(ctx, j.team, sl) {
		if err != nil {
			return err
		}
		v := &verdict{id: f.ID, typ: f.ResourceType, status: f.Status, stale: f.StaleSince != nil}
		if f.Status.Failing() {
			v.fingerprint = f.Fingerprint()
		}
		j.mu.Lock()
		j.known[verdictKey{f.ResourceID, f.RuleID}] = v
		j.live[f.ResourceID] = false
		j.mu.Unlock()
	}
	return nil
}

// waiver returns the id of the waiver that covers a failure, "" where none does.
func (j *judging) waiver(r rule.Result) string {
	for i := range j.waivers {
		if j.waivers[i].Covers(r.Rule.ID, r.Subject.ID, r.Subject.Tags) {
			return j.waivers[i].ID
		}
	}
	return ""
}

// result takes a verdict of the judge. Several may come at a time.
func (j *judging) result(r rule.Result) error {
	if err := j.tally.Add(r); err != nil {
		return err
	}
	if r.Subject.ID == "" {
		return nil // of a listing that is missing
	}
	j.mu.Lock()
	v := j.known[verdictKey{r.Subject.ID, r.Rule.ID}]
	if v != nil {
		v.judged = true
	}
	j.note(v, &r)
	full := len(j.changes) >= writeBatch
	j.mu.Unlock()
	if !full {
		return nil
	}
	return j.write(j.ctx, j.take(writeBatch))
}

// note keeps what a verdict changes of its finding, if it does. The lock is held.
func (j *judging) note(v *verdict, r *rule.Result) {
	switch {
	case r.Verdict == audit.Failed:
		next := j.finding(r)
		if v == nil || v.fingerprint != next.Fingerprint() {
			id := next.ID
			j.changes = append(j.changes, change{id: id, isNew: v == nil, do: func(f *audit.Finding) bool { return f.Fail(next, j.now) }})
		}
	case v == nil || !v.status.Failing():
	case r.Verdict == audit.Passed:
		j.changes = append(j.changes, j.resolved(v, audit.ResolvedPassed))
	case !v.stale:
		j.changes = append(j.changes, j.stale(v, r.Reason))
	}
}

// finding makes the finding that a failure says.
func (j *judging) finding(r *rule.Result) *audit.Finding {
	key, _ := audit.ParseResourceID(r.Subject.ID)
	f := &audit.Finding{
		ID: audit.FindingID(key, r.Rule.ID), TeamID: j.team, RuleID: r.Rule.ID, Title: r.Rule.Title, Severity: r.Rule.Severity,
		Status: audit.FindingOpen, ProviderID: j.provider.ID, ResourceID: r.Subject.ID, ExternalID: r.Subject.ExternalID,
		ResourceType: r.Subject.Type, ResourceName: r.Subject.Name, Service: j.slices[key.Slice].Service, Region: r.Subject.Region,
		Reason: r.Reason, Seen: r.Seen, WaiverID: j.waiver(*r),
	}
	if f.WaiverID != "" {
		f.Status = audit.FindingWaived
	}
	return f
}

// rest settles the findings that no verdict came for: their resource is gone, was not read, or their rule no longer
// concerns it.
func (j *judging) rest(ctx context.Context) error {
	for key, v := range j.known {
		if v.judged || !v.status.Failing() {
			continue
		}
		at, _ := audit.ParseResourceID(key.resource)
		why, unread := j.holes[hole{at.Slice, v.typ}]
		r, exists := j.set.Lookup(key.rule)
		switch {
		case !exists || !slices.Contains(r.Types, v.typ):
			j.changes = append(j.changes, j.resolved(v, audit.ResolvedRuleRemoved))
		case unread && !v.stale:
			j.changes = append(j.changes, j.stale(v, why))
		case unread:
		case j.live[key.resource]:
			j.changes = append(j.changes, j.resolved(v, audit.ResolvedNotApplicable))
		default:
			res, err := j.Store.ResourceAt(ctx, j.team, at)
			if err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
			if err != nil || res.Status == audit.ResourceDeleted {
				j.changes = append(j.changes, j.resolved(v, audit.ResolvedDeleted))
			}
		}
	}
	return nil
}

func tallyKey(work audit.Task, providerID string) string {
	return work.TeamID + "/judged/" + work.ExecutionID + "/" + providerID
}

func (c *Compliance) putTally(ctx context.Context, work audit.Task, t *compliance.Tally) error {
	var body bytes.Buffer
	w := gzip.NewWriter(&body)
	if err := json.NewEncoder(w).Encode(t); err != nil {
		return fault.Wrap(fault.Internal, err, "a tally can't be written")
	}
	if err := w.Close(); err != nil {
		return fault.Wrap(fault.Internal, err, "a tally can't be written")
	}
	return c.Blobs.Put(ctx, tallyKey(work, t.ProviderID), body.Bytes())
}
