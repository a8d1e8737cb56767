package task

import (
	"context"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/store"
)

// maxWaived is how many findings a new or ended waiver changes at once; the others change with the next check.
const maxWaived = 1000

// Waive puts the open findings that a new waiver covers under it.
func (c *Compliance) Waive(ctx context.Context, w audit.Waiver) error {
	return c.rewaive(ctx, w, audit.FindingOpen, []audit.Waiver{w})
}

// Unwaive opens the findings of a waiver that has ended, except those that another waiver covers.
func (c *Compliance) Unwaive(ctx context.Context, w audit.Waiver) error {
	others, err := c.Store.ActiveWaivers(ctx, w.TeamID)
	if err != nil {
		return err
	}
	return c.rewaive(ctx, w, audit.FindingWaived, others)
}

// rewaive has the findings that a waiver may cover, and that are in a status, covered by the first of waivers that does.
func (c *Compliance) rewaive(ctx context.Context, w audit.Waiver, status audit.FindingStatus, waivers []audit.Waiver) error {
	f := store.FindingFilter{RuleID: w.RuleID, ResourceID: w.ResourceID, Status: []audit.FindingStatus{status}}
	var found []audit.Finding
	for paging := (store.Paging{Limit: store.MaxLimit}); len(found) < maxWaived; {
		page, err := c.Store.Findings(ctx, w.TeamID, f, paging)
		if err != nil {
			return err
		}
		found = append(found, page.Items...)
		if paging.Cursor = page.Next; page.Next == "" {
			break
		}
	}
	tags := map[string]map[string]string{}
	for i := range found {
		d := &found[i]
		if status == audit.FindingWaived && d.WaiverID != w.ID {
			continue
		}
		has, known := tags[d.ResourceID]
		if key, ok := audit.ParseResourceID(d.ResourceID); ok && !known {
			r, err := c.Store.ResourceAt(ctx, w.TeamID, key)
			if err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
			has = r.Tags
			tags[d.ResourceID] = has
		}
		id := ""
		for k := range waivers {
			if waivers[k].Covers(d.RuleID, d.ResourceID, has) {
				id = waivers[k].ID
				break
			}
		}
		if id == d.WaiverID {
			continue
		}
		_, err := c.Store.UpdateFinding(ctx, w.TeamID, d.ID, func(f *audit.Finding) bool { return f.Waive(id) })
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}
