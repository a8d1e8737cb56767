package task

import (
	"context"
	"iter"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/store"
)

// failing reads from the findings what failed at the time of an assessment, which itself keeps only some of very many.
type failing struct {
	store    *store.Store
	team     string
	at       time.Time
	accounts map[string]string // of the assessment, by provider
	waivers  map[string]bool   // those in force at the time
}

// of yields the failures of a rule at the time, page by page. A finding that was resolved and reopened since doesn't say that
// it failed before; the values are those of when it was last judged.
func (f *failing) of(ctx context.Context, ruleID string) iter.Seq2[audit.RuleResult, error] {
	return func(yield func(audit.RuleResult, error) bool) {
		filter := store.FindingFilter{RuleID: ruleID, Status: audit.FindingStatuses()}
		for paging := (store.Paging{Limit: store.MaxLimit}); ; {
			page, err := f.store.Findings(ctx, f.team, filter, paging)
			if err != nil {
				yield(audit.RuleResult{}, err)
				return
			}
			for i := range page.Items {
				d := &page.Items[i]
				if f.failed(d) && !yield(f.result(d), nil) {
					return
				}
			}
			if paging.Cursor = page.Next; page.Next == "" {
				return
			}
		}
	}
}

// failed tells whether a finding was failing, and could be judged, at the time.
func (f *failing) failed(d *audit.Finding) bool {
	_, ours := f.accounts[d.ProviderID]
	return ours && !d.DetectedAt.After(f.at) &&
		(d.ResolvedAt == nil || d.Status.Failing() || d.ResolvedAt.After(f.at)) &&
		(d.StaleSince == nil || d.StaleSince.After(f.at))
}

func (f *failing) result(d *audit.Finding) audit.RuleResult {
	r := audit.RuleResult{
		FindingID: d.ID, RuleID: d.RuleID, ProviderID: d.ProviderID, Account: f.accounts[d.ProviderID], ResourceID: d.ResourceID,
		ExternalID: d.ExternalID, ResourceType: d.ResourceType, ResourceName: d.ResourceName, Region: d.Region,
		Status: audit.ControlFailed, Severity: d.Severity, Reason: d.Reason, Seen: d.Seen,
	}
	if f.waivers[d.WaiverID] {
		r.Status, r.Waiver = audit.ControlWaived, d.WaiverID
	}
	return r
}
