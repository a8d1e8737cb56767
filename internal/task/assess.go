package task

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/compliance"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/job"
	"github.com/infraudit/infraudit/internal/rule"
	"github.com/infraudit/infraudit/internal/store"
)

// Assess handles tasks of kind assess: when all else of the execution has ended, it makes an assessment by each enabled
// framework of the providers that were judged. A provider that could not be read is assessed as that.
func (c *Compliance) Assess(ctx context.Context, run *job.Run) error {
	work := run.Task()
	err := c.waitFor(ctx, run, func(t audit.Task) bool { return t.ID != work.ID })
	if err != nil {
		return err
	}
	set, catalog, err := c.Rules(ctx, work.TeamID)
	if err != nil {
		return err
	}
	for _, p := range catalog.LeftOut() {
		run.Log(job.LevelWarn, "left out: %s", p.Error())
	}
	a := &assessing{Compliance: c, run: run, work: work, set: set, catalog: catalog, types: map[string]audit.ProviderType{}, evidence: map[string]audit.Evidence{}}
	if err := a.gather(ctx); err != nil {
		return err
	}
	settings, err := c.Store.FrameworkSettings(ctx, work.TeamID)
	if err != nil {
		return err
	}
	for _, f := range catalog.All() {
		if err := a.assess(ctx, f, settings[f.ID]); err != nil {
			return err
		}
	}
	for _, t := range a.tallies {
		if err := c.Blobs.Delete(ctx, tallyKey(work, t.ProviderID)); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}

// assessing is one run over all providers of an execution.
type assessing struct {
	*Compliance
	run     *job.Run
	work    audit.Task
	set     *rule.Set
	catalog *compliance.Catalog
	tallies []*compliance.Tally // sorted by provider
	types   map[string]audit.ProviderType
	// evidence is that of each provider; the waivers are all providers'.
	evidence map[string]audit.Evidence
	waivers  []audit.Waiver
	done     bool // an earlier attempt has stored everything and removed the tallies
}

// gather reads what was judged of each provider of the execution.
func (a *assessing) gather(ctx context.Context) error {
	tasks, err := a.Store.Tasks(ctx, a.work.TeamID, a.work.ExecutionID)
	if err != nil {
		return err
	}
	failed := map[string]string{} // by provider: why it was not judged
	for _, t := range tasks {
		if t.ProviderID == "" || t.Kind != audit.TaskPlan && t.Kind != audit.TaskJudge {
			continue
		}
		if t.Status == audit.TaskFailed || failed[t.ProviderID] == "" {
			failed[t.ProviderID] = t.Error
		}
	}
	if a.waivers, err = a.Store.ActiveWaivers(ctx, a.work.TeamID); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(failed)) {
		p, err := a.Store.Provider(ctx, a.work.TeamID, id)
		if fault.Is(err, fault.NotFound) {
			continue
		} else if err != nil {
			return err
		}
		a.types[id] = p.Type
		if err := a.readEvidence(ctx, p); err != nil {
			return err
		}
		t, err := a.tally(ctx, p, failed[id])
		if err != nil {
			return err
		}
		a.tallies = append(a.tallies, t)
	}
	return nil
}

// tally returns what was judged of a provider, or, where it was not, that nothing is known of it.
func (a *assessing) tally(ctx context.Context, p audit.Provider, failure string) (*compliance.Tally, error) {
	if failure == "" {
		t := &compliance.Tally{}
		body, err := a.Blobs.Get(ctx, tallyKey(a.work, p.ID))
		if fault.Is(err, fault.NotFound) {
			a.done = true
			return &compliance.Tally{ProviderID: p.ID, Account: p.Account}, nil
		} else if err != nil {
			return nil, err
		}
		r, err := gzip.NewReader(bytes.NewReader(body))
		if err == nil {
			err = json.NewDecoder(r).Decode(t)
		}
		if err != nil {
			return nil, fault.Wrap(fault.Internal, err, "a tally can't be read")
		}
		return t, nil
	}
	a.run.Partial()
	a.run.Log(job.LevelWarn, "%s was not assessed: %s", p.Name, failure)
	t := &compliance.Tally{ProviderID: p.ID, Account: p.Account}
	j := a.set.NewJudge(a.run.Now(), nil, t.Add)
	for _, typ := range j.Types() {
		j.Missing(typ, "", audit.Unread{Reason: "the account could not be read: " + failure})
	}
	return t, j.Finish()
}

// assess makes and stores the assessment by one framework, if it is enabled for any of the providers.
func (a *assessing) assess(ctx context.Context, f *compliance.Framework, setting audit.FrameworkSetting) error {
	var tallies []*compliance.Tally
	var providers []string
	for _, t := range a.tallies {
		if setting.For(t.ProviderID) && f.Concerns(a.types[t.ProviderID]) {
			tallies, providers = append(tallies, t), append(providers, t.ProviderID)
		}
	}
	if len(tallies) == 0 {
		return nil
	}
	id := audit.DeriveID(audit.PrefixAssessment, a.work.TeamID, a.work.ExecutionID, f.ID)
	if a.done {
		_, err := a.Store.Assessment(ctx, a.work.TeamID, id)
		return err
	}
	out := a.catalog.Assess(f, a.run.Execution.StartedAt, a.run.Now(), tallies...)
	out.ID, out.TeamID, out.ExecutionID = id, a.work.TeamID, a.work.ExecutionID
	var err error
	if out.PreviousID, err = a.Store.AssessmentBefore(ctx, a.work.TeamID, f.ID, providers, out.StartedAt); err != nil {
		return err
	}
	if err := compliance.Fit(&out, store.MaxControls); err != nil {
		return fault.Wrap(fault.Internal, err, "an assessment can't be written")
	}
	if err := a.putEvidence(ctx, id, providers); err != nil {
		return err
	}
	if err := a.Store.PutAssessment(ctx, out); err != nil {
		return err
	}
	n := out.Counts
	a.run.Log(job.LevelInfo, "%s: %s; of %d controls %d passed, %d failed, %d not assessed, %d waived, %d manual",
		strings.TrimSpace(f.Name+" "+f.Version), scoreText(out.Score), n.Controls, n.Passed, n.Failed, n.NotAssessed, n.Waived, n.Manual)
	return nil
}

func scoreText(score *float64) string {
	if score == nil {
		return "no score"
	}
	return fmt.Sprintf("%.0f %%", *score*100)
}

// readEvidence notes what could be read of a provider: the next sync will say otherwise.
func (a *assessing) readEvidence(ctx context.Context, p audit.Provider) error {
	lines, err := a.Store.Coverage(ctx, a.work.TeamID, p.ID)
	a.evidence[p.ID] = audit.Evidence{
		Providers: []audit.EvidenceProvider{{ID: p.ID, Type: p.Type, Name: p.Name, Account: p.Account}}, Coverage: lines,
	}
	return err
}

// putEvidence stores what an assessment of these providers rests on.
func (a *assessing) putEvidence(ctx context.Context, id string, providers []string) error {
	out := audit.Evidence{Version: a.Version, Trigger: a.run.Execution.Trigger, Waivers: a.waivers}
	for _, p := range providers {
		out.Providers = append(out.Providers, a.evidence[p].Providers...)
		out.Coverage = append(out.Coverage, a.evidence[p].Coverage...)
	}
	return a.Store.PutEvidence(ctx, a.work.TeamID, id, out)
}
