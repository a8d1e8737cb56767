package store

import (
	"context"
	"errors"
	"iter"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/table"
)

// Coverage lines are at (team#provider, cov#region#service): one for each slice that was ever tried.
const coveragePrefix = "cov#"

func coverageKey(teamID string, slice audit.Slice) table.Key {
	return table.Key{PK: teamID + "#" + slice.ProviderID, SK: coveragePrefix + slice.Region + "#" + slice.Service}
}

// attrSynced is when a coverage line's slice was read, in ms.
const attrSynced = "sa"

// PutCoverage records what a sync of a slice could and could not read, unless one that began later was faster.
func (s *Store) PutCoverage(ctx context.Context, teamID string, c audit.Coverage) error {
	w := table.Write{
		Table: tableInventory, Kind: table.Put, Key: coverageKey(teamID, c.Slice),
		Attrs: table.Attrs{attrDoc: encode(c), attrSynced: ms(c.SyncedAt)},
		If:    table.Conditions{{Attr: attrSynced, Op: table.Le, Value: ms(c.SyncedAt)}},
	}
	_, err := s.db.Write(ctx, w)
	if errors.Is(err, table.ErrCondition) {
		w.If = table.IfAbsent()
		_, err = s.db.Write(ctx, w)
	}
	if errors.Is(err, table.ErrCondition) {
		return nil
	}
	return dbFault(err, "coverage")
}

// SliceCoverage returns the coverage of one slice. fault.NotFound when it was never tried.
func (s *Store) SliceCoverage(ctx context.Context, teamID string, slice audit.Slice) (audit.Coverage, error) {
	var c audit.Coverage
	it, err := s.db.Get(ctx, tableInventory, coverageKey(teamID, slice))
	if err != nil {
		return c, dbFault(err, "coverage")
	}
	return c, decode(it, &c)
}

// Coverage returns what the last syncs of a provider could read, by region and service.
func (s *Store) Coverage(ctx context.Context, teamID, providerID string) ([]audit.Coverage, error) {
	if _, err := s.Provider(ctx, teamID, providerID); err != nil {
		return nil, err
	}
	var out []audit.Coverage
	for c, err := range s.coverageFrom(ctx, teamID, providerID, "", "") {
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// coverageFrom yields a provider's coverage lines, of one region or of all, from the one at key from on.
func (s *Store) coverageFrom(ctx context.Context, teamID, providerID, region, from string) iter.Seq2[audit.Coverage, error] {
	return func(yield func(audit.Coverage, error) bool) {
		q := table.Query{Table: tableInventory, PK: teamID + "#" + providerID, Prefix: coveragePrefix}
		if region != "" {
			q.Prefix += region + "#"
		}
		if from > q.Prefix {
			// '~' sorts after every character that a region or service has.
			q.From, q.To, q.Prefix = from, q.Prefix+"~", ""
			if q.From > q.To {
				return
			}
		}
		for it, err := range table.All(ctx, s.db, q) {
			var c audit.Coverage
			if err = dbFault(err, "coverage"); err == nil {
				err = decode(it, &c)
			}
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}
