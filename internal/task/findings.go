package task

import (
	"context"
	"slices"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
)

// writeBatch is how many changed findings are written at once.
const writeBatch = 100

// change is what a judgement says of one finding. do changes it as it is stored, and tells whether it did.
type change struct {
	id    string
	isNew bool // nothing was stored when it was judged
	do    func(*audit.Finding) bool
}

func (j *judging) resolved(v *verdict, why string) change {
	return change{id: v.id, do: func(f *audit.Finding) bool { return f.Resolve(why, j.before, j.now) }}
}

func (j *judging) stale(v *verdict, reason string) change {
	return change{id: v.id, do: func(f *audit.Finding) bool { return f.Stale(reason, j.before, j.now) }}
}

// take returns the changes to be written, when there are that many.
func (j *judging) take(atLeast int) []change {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.changes) < atLeast {
		return nil
	}
	out := j.changes
	j.changes = nil
	return out
}

// write writes findings. What another writer changed meanwhile is read and changed again; what is gone is left out.
func (j *judging) write(ctx context.Context, changes []change) error {
	for batch := range slices.Chunk(changes, writeBatch) {
		if err := j.writeBatch(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}

func (j *judging) writeBatch(ctx context.Context, batch []change) error {
	var ids []string
	for _, c := range batch {
		if !c.isNew {
			ids = append(ids, c.id)
		}
	}
	stored := map[string]audit.Finding{}
	if len(ids) > 0 {
		found, err := j.Store.FindingsByID(ctx, j.team, ids)
		if err != nil {
			return err
		}
		for _, f := range found {
			stored[f.ID] = f
		}
	}
	out := make([]audit.Finding, 0, len(batch))
	before := make([]audit.Finding, 0, len(batch))
	of := make([]change, 0, len(batch))
	for _, c := range batch {
		f, there := stored[c.id]
		if !there && !c.isNew {
			continue // its resource's record was deleted
		}
		was := f
		if c.do(&f) {
			out, before, of = append(out, f), append(before, was), append(of, c)
		}
	}
	changed, err := j.put(ctx, before, out)
	if err != nil {
		return err
	}
	for i := range out {
		if !slices.Contains(changed, i) {
			j.count(&before[i], &out[i])
			continue
		}
		var was audit.Finding
		f, err := j.Store.UpdateFinding(ctx, j.team, of[i].id, func(f *audit.Finding) bool { was = *f; return of[i].do(f) })
		if fault.Is(err, fault.NotFound) {
			continue
		} else if err != nil {
			return err
		}
		j.count(&was, &f)
	}
	return nil
}

// put writes findings, those that newly fail with the events that tell of them, and returns the indexes of those that others
// changed meanwhile.
func (j *judging) put(ctx context.Context, before, now []audit.Finding) (changed []int, err error) {
	var opened, others []audit.Finding
	var openedAt, othersAt []int
	for i := range now {
		if now[i].NewlyFails(&before[i]) {
			opened, openedAt = append(opened, now[i]), append(openedAt, i)
		} else {
			others, othersAt = append(others, now[i]), append(othersAt, i)
		}
	}
	failed, err := j.Store.OpenFindings(ctx, j.team, opened)
	for _, i := range failed {
		changed = append(changed, openedAt[i])
	}
	if err != nil || len(others) == 0 {
		return changed, err
	}
	failed, err = j.Store.PutFindings(ctx, j.team, others)
	for _, i := range failed {
		changed = append(changed, othersAt[i])
	}
	return changed, err
}

// count counts what became of a finding.
func (j *judging) count(was, now *audit.Finding) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case now.Reopened > was.Reopened:
		j.found.FindingsReopened++
	case was.FirstSeenAt.IsZero():
		j.found.FindingsOpened++
	case was.Status.Failing() && now.Status == audit.FindingResolved:
		j.found.FindingsResolved++
	}
}
