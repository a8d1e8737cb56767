package task

import (
	"context"
	"fmt"
	"slices"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/job"
)

// Plan handles tasks of kind plan: it marks the provider as syncing and adds a sync task for each of its regions; in
// a compliance check also those that judge and assess, which wait for the others.
func (t *Tasks) Plan(ctx context.Context, run *job.Run) error {
	work := run.Task()
	p, err := t.Store.UpdateProvider(ctx, work.TeamID, work.ProviderID, func(p *audit.Provider) error {
		if err := connected(p); err != nil {
			return err
		}
		p.SyncStatus = audit.SyncStatusSyncing
		return nil
	})
	if err != nil {
		return err
	}
	account, err := t.Opener.OpenAccount(ctx, p)
	if err != nil {
		return err
	}
	regions, err := account.Regions(ctx)
	if len(regions) == 0 {
		return err
	}
	line := audit.TypeCoverage{ResourceType: regionType, Status: inventory.ReadStatus(err)}
	if f := fault.From(err); f != nil {
		run.Partial()
		run.Log(job.LevelWarn, "the list of regions can't be read (%s: %s): reading those known before, or that every account has",
			f.Action, f.StableCode())
		if regions, err = t.knownRegions(ctx, work.TeamID, p.ID, regions); err != nil {
			return err
		}
		line.Action, line.Code, line.Reason = f.Action, f.StableCode(), f.Message
	} else {
		now, n := run.Now(), len(regions)-1 // without the pseudo-region
		line.ReadAt, line.Count = &now, &n
	}
	err = t.Store.PutCoverage(ctx, work.TeamID, audit.Coverage{
		Slice:    audit.Slice{ProviderID: p.ID, Region: audit.RegionGlobal, Service: regionService},
		SyncedAt: run.Now(), Types: []audit.TypeCoverage{line},
	})
	if err != nil {
		return err
	}
	var tasks []audit.Task
	for _, region := range regions {
		tasks = append(tasks, audit.Task{Kind: audit.TaskSync, ProviderID: p.ID, Region: region})
	}
	if run.Execution.Type == audit.JobComplianceCheck {
		tasks = append(tasks, audit.Task{Kind: audit.TaskJudge, ProviderID: p.ID}, audit.Task{Kind: audit.TaskAssess})
	}
	run.Log(job.LevelInfo, "%s: %d regions", p.Name, len(regions)-1)
	run.Found(audit.Found{APICalls: account.Calls()})
	return run.Add(ctx, tasks...)
}

// knownRegions returns the regions that earlier syncs have read, or those given when there are none.
func (t *Tasks) knownRegions(ctx context.Context, teamID, providerID string, otherwise []string) ([]string, error) {
	lines, err := t.Store.Coverage(ctx, teamID, providerID)
	if err != nil {
		return nil, err
	}
	var regions []string
	for _, c := range lines {
		if c.Service != regionService && !slices.Contains(regions, c.Region) {
			regions = append(regions, c.Region)
		}
	}
	if len(regions) == 0 {
		return otherwise, nil
	}
	return regions, nil
}

// The coverage line that says whether the list of regions could be read: its holes are whole regions.
const (
	regionService = "account"
	regionType    = "aws_region"
)

func connected(p *audit.Provider) error {
	if p.SyncStatus == audit.SyncStatusDisconnected {
		return &fault.Error{Kind: fault.Conflict, Code: "provider_disconnected", Message: "the provider is disconnected"}
	}
	return nil
}

// Close sets the provider's status when an execution that read it ends. It is the engine's BeforeClose.
func (t *Tasks) Close(ctx context.Context, e audit.Execution, tasks []audit.Task) error {
	failed := map[string]string{}
	touched := map[string]bool{}
	for _, work := range tasks {
		if work.Kind != audit.TaskPlan && work.Kind != audit.TaskSync || work.ProviderID == "" {
			continue
		}
		touched[work.ProviderID] = true
		if work.Status == audit.TaskFailed && failed[work.ProviderID] == "" {
			failed[work.ProviderID] = work.Error
		}
	}
	for id := range touched {
		if err := t.closeProvider(ctx, e, id, failed[id]); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}

// closeProvider derives a provider's status from its coverage: synced when all was read, partial when something was.
func (t *Tasks) closeProvider(ctx context.Context, e audit.Execution, id, failure string) error {
	lines, err := t.Store.Coverage(ctx, e.TeamID, id)
	if err != nil {
		return err
	}
	whole, usable := failure == "", false
	for i := range lines {
		whole = whole && lines[i].Complete()
		for _, typ := range lines[i].Types {
			usable = usable || typ.Status == audit.ReadOK
		}
	}
	_, err = t.Store.UpdateProvider(ctx, e.TeamID, id, func(p *audit.Provider) error {
		if p.SyncStatus == audit.SyncStatusDisconnected {
			return nil
		}
		now := t.Store.Now()
		p.LastSyncAt, p.SyncError = &now, failure
		switch {
		case whole && usable:
			p.SyncStatus = audit.SyncStatusSynced
		case usable && (failure == "" || len(lines) > 1):
			p.SyncStatus = audit.SyncStatusPartial
		default:
			p.SyncStatus = audit.SyncStatusError
			if p.SyncError == "" {
				p.SyncError = unreadable(lines)
			}
		}
		return nil
	})
	return err
}

// unreadable says why nothing could be read, by the first hole.
func unreadable(lines []audit.Coverage) string {
	for _, c := range lines {
		for _, t := range c.Types {
			if t.Status != audit.ReadOK && t.Status != audit.ReadUnsupported {
				return fmt.Sprintf("nothing could be read; %s: %s", t.Action, t.Reason)
			}
		}
	}
	return "nothing could be read"
}
