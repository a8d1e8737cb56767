package store

import (
	"context"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/table"
)

const waiverPrefix = "wvr#"

func waiverKey(teamID, id string) table.Key { return table.Key{PK: teamID, SK: waiverPrefix + id} }

func waiverRecord() record[audit.Waiver] {
	return record[audit.Waiver]{
		what:    "waiver",
		key:     func(w *audit.Waiver) table.Key { return waiverKey(w.TeamID, w.ID) },
		version: func(w *audit.Waiver) *int64 { return &w.Version },
		restore: func(w *audit.Waiver, key table.Key) { w.TeamID = key.PK },
	}
}

// CreateWaiver checks and stores a waiver. Invalid names each field at fault.
func (s *Store) CreateWaiver(ctx context.Context, w audit.Waiver) (audit.Waiver, error) {
	w.CreatedAt = s.now()
	if err := w.Validate(); err != nil {
		return w, err
	}
	_, err := s.db.Write(ctx, waiverRecord().put(&w))
	return w, dbFault(err, "waiver")
}

// Waiver returns a waiver, expired ones too, or NotFound.
func (s *Store) Waiver(ctx context.Context, teamID, id string) (audit.Waiver, error) {
	if !knownID(id, audit.PrefixWaiver) {
		return audit.Waiver{}, noSuch("waiver")
	}
	return waiverRecord().get(ctx, s.db, waiverKey(teamID, id))
}

// UpdateWaiver changes a waiver's reason or end, nil leaves one as it is, or is NotFound. Invalid names each field at fault.
func (s *Store) UpdateWaiver(ctx context.Context, teamID, id string, reason *string, expiresAt *time.Time, by string) (audit.Waiver, error) {
	if !knownID(id, audit.PrefixWaiver) {
		return audit.Waiver{}, noSuch("waiver")
	}
	return waiverRecord().update(ctx, s.db, waiverKey(teamID, id), func(w *audit.Waiver) error {
		w.Change(reason, expiresAt, by, s.now())
		return w.Validate()
	}, nil)
}

// Waivers lists a team's waivers, by id.
func (s *Store) Waivers(ctx context.Context, teamID string, paging Paging) (Page[audit.Waiver], error) {
	q := table.Query{Table: tableControl, PK: teamID, Prefix: waiverPrefix, Consistent: true}
	r := waiverRecord()
	return list(ctx, s, q, paging, query("waivers", teamID), r.what, func(it table.Item) (audit.Waiver, bool, error) {
		w, err := r.decode(it)
		return w, true, err
	})
}

// ActiveWaivers returns the waivers that hold now.
func (s *Store) ActiveWaivers(ctx context.Context, teamID string) ([]audit.Waiver, error) {
	var out []audit.Waiver
	now := s.now()
	q := table.Query{Table: tableControl, PK: teamID, Prefix: waiverPrefix, Consistent: true}
	for it, err := range table.All(ctx, s.db, q) {
		if err != nil {
			return nil, dbFault(err, "waiver")
		}
		w, err := waiverRecord().decode(it)
		if err != nil {
			return nil, err
		}
		if w.Active(now) {
			out = append(out, w)
		}
	}
	return out, nil
}

// DeleteWaiver removes a waiver. NotFound when there is none.
func (s *Store) DeleteWaiver(ctx context.Context, teamID, id string) error {
	if !knownID(id, audit.PrefixWaiver) {
		return noSuch("waiver")
	}
	_, err := s.db.Write(ctx, table.Write{
		Table: tableControl, Kind: table.Delete, Key: waiverKey(teamID, id), If: table.IfPresent(),
	})
	if contended(err) {
		return noSuch("waiver")
	}
	return dbFault(err, "waiver")
}

const frameworkPrefix = "fwk#"

func frameworkKey(teamID, id string) table.Key {
	return table.Key{PK: teamID, SK: frameworkPrefix + id}
}

// SetFramework records whether a team is assessed by a framework.
func (s *Store) SetFramework(ctx context.Context, teamID string, f audit.FrameworkSetting) (audit.FrameworkSetting, error) {
	now := s.now()
	f.ChangedAt = &now
	_, err := s.db.Write(ctx, table.Write{
		Table: tableControl, Kind: table.Put, Key: frameworkKey(teamID, f.FrameworkID), Attrs: table.Attrs{attrDoc: encode(f)},
	})
	return f, dbFault(err, "framework")
}

// FrameworkSettings returns what a team has said of frameworks, by their ids, with the default where it has said nothing:
// audit.DefaultFramework is enabled for all providers.
func (s *Store) FrameworkSettings(ctx context.Context, teamID string) (map[string]audit.FrameworkSetting, error) {
	out := map[string]audit.FrameworkSetting{
		audit.DefaultFramework: {FrameworkID: audit.DefaultFramework, Enabled: true},
	}
	q := table.Query{Table: tableControl, PK: teamID, Prefix: frameworkPrefix, Consistent: true}
	for it, err := range table.All(ctx, s.db, q) {
		if err != nil {
			return nil, dbFault(err, "framework")
		}
		var f audit.FrameworkSetting
		if err := decode(it, &f); err != nil {
			return nil, err
		}
		out[f.FrameworkID] = f
	}
	return out, nil
}
