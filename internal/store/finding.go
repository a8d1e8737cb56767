package store

import (
	"context"
	"errors"
	"iter"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/table"
)

// findingPrefix starts the sort keys of a resource's findings, in the partition of its slice.
func findingPrefix(key audit.ResourceKey) string { return findingsPrefix + key.External + "#" }

const findingsPrefix = "fnd#"

func findingKey(teamID, id string) (table.Key, bool) {
	key, rule, ok := audit.ParseFindingID(id)
	return table.Key{PK: slicePK(teamID, key.Slice), SK: findingPrefix(key) + rule}, ok
}

// findingsPK is the partition of the index by status: one for each status and severity.
func findingsPK(teamID string, status audit.FindingStatus, severity audit.Severity) string {
	return teamID + "#fnd#" + string(status) + "#" + string(severity)
}

func rulePK(teamID, ruleID string) string { return teamID + "#fnd#" + ruleID }

func decodeFinding(teamID string, it table.Item) (audit.Finding, error) {
	var f audit.Finding
	if err := decode(it, &f); err != nil {
		return f, err
	}
	external, rule, _ := strings.Cut(it.SK[len(findingsPrefix):], "#")
	key := audit.ResourceKey{Slice: it.PK[len(teamID)+1:], External: external}
	f.ID, f.ResourceID = audit.PrefixFinding+"_"+key.Slice+external+rule, key.ResourceID()
	f.TeamID, f.Version = teamID, it.Int(attrVersion)
	return f, nil
}

// findingWrite stores a finding if it is still as it was read: absent for Version 0.
func findingWrite(teamID string, f *audit.Finding) (table.Write, error) {
	key, ok := findingKey(teamID, f.ID)
	if !ok {
		return table.Write{}, fault.New(fault.Internal, "a finding has no proper id")
	}
	doc := *f
	doc.ID, doc.ResourceID = "", "" // the key tells them
	w := table.Write{
		Table: tableFindings, Kind: table.Put, Key: key, If: table.IfAbsent(),
		Attrs: table.Attrs{
			attrDoc: encode(doc), attrVersion: f.Version + 1,
			"sp": findingsPK(teamID, f.Status, f.Severity), "ss": stamp(f.DetectedAt),
			"rp": rulePK(teamID, f.RuleID), "rs": string(f.Status),
		},
	}
	if f.Version > 0 {
		w.If = table.IfEqual(attrVersion, f.Version)
	}
	return w, nil
}

// PutFindings writes findings, each if it is still as it was read, and returns the indexes of those that were not.
func (s *Store) PutFindings(ctx context.Context, teamID string, findings []audit.Finding) (changed []int, err error) {
	writes := make([]table.Write, len(findings))
	for i := range findings {
		if writes[i], err = findingWrite(teamID, &findings[i]); err != nil {
			return nil, err
		}
	}
	changed, err = s.db.Apply(ctx, writes)
	return changed, dbFault(err, "finding")
}

// OpenFindings writes findings that newly fail, each if it is still as it was read, with the events that tell of them, up to 50
// findings in one; it returns the indexes of those that were not.
func (s *Store) OpenFindings(ctx context.Context, teamID string, findings []audit.Finding) (changed []int, err error) {
	told := make([]news, len(findings))
	for i := range findings {
		w, err := findingWrite(teamID, &findings[i])
		if err != nil {
			return nil, err
		}
		told[i] = news{w, audit.EventComplianceViolation}
	}
	changed, err = s.putNews(ctx, told, func(_ audit.EventType, of []int) audit.Event {
		out := make([]audit.Finding, 0, len(of))
		for _, i := range of {
			f := findings[i]
			f.Version++ // as it is written
			out = append(out, f)
		}
		return audit.NewFindingEvent(teamID, out, s.now())
	})
	return changed, dbFault(err, "finding")
}

// FindingsByID returns those of the findings that exist, in no order. It may miss writes of the last second.
func (s *Store) FindingsByID(ctx context.Context, teamID string, ids []string) ([]audit.Finding, error) {
	keys := make([]table.Key, 0, len(ids))
	for _, id := range ids {
		key, ok := findingKey(teamID, id)
		if !ok {
			return nil, noSuch("finding")
		}
		keys = append(keys, key)
	}
	items, err := s.db.BatchGet(ctx, tableFindings, keys)
	if err != nil {
		return nil, dbFault(err, "finding")
	}
	out := make([]audit.Finding, 0, len(items))
	for _, it := range items {
		f, err := decodeFinding(teamID, it)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// FindingsOf yields all findings of a slice, resolved ones too, by resource.
func (s *Store) FindingsOf(ctx context.Context, teamID string, slice audit.Slice) iter.Seq2[audit.Finding, error] {
	return func(yield func(audit.Finding, error) bool) {
		q := table.Query{Table: tableFindings, PK: slicePK(teamID, slice.Key()), Prefix: findingsPrefix, Consistent: true}
		for it, err := range table.All(ctx, s.db, q) {
			var f audit.Finding
			if err = dbFault(err, "finding"); err == nil {
				f, err = decodeFinding(teamID, it)
			}
			if !yield(f, err) || err != nil {
				return
			}
		}
	}
}

func (s *Store) rawFinding(ctx context.Context, teamID, id string) (audit.Finding, error) {
	key, ok := findingKey(teamID, id)
	if !ok {
		return audit.Finding{}, noSuch("finding")
	}
	it, err := s.db.Get(ctx, tableFindings, key)
	if err != nil {
		return audit.Finding{}, dbFault(err, "finding")
	}
	return decodeFinding(teamID, it)
}

// Finding returns a finding by its id, or NotFound.
func (s *Store) Finding(ctx context.Context, teamID, id string) (audit.Finding, error) {
	f, err := s.rawFinding(ctx, teamID, id)
	if err != nil {
		return f, err
	}
	one := []audit.Finding{f}
	err = s.findingsSeen(ctx, teamID, one)
	return one[0], err
}

// UpdateFinding changes a finding by a function that tells whether it did, again where another writer was first.
func (s *Store) UpdateFinding(ctx context.Context, teamID, id string, change func(*audit.Finding) bool) (audit.Finding, error) {
	for try := range updateTries {
		f, err := s.rawFinding(ctx, teamID, id)
		was := f
		if err != nil || !change(&f) {
			return f, err
		}
		put := s.PutFindings
		if f.NewlyFails(&was) {
			put = s.OpenFindings
		}
		changed, err := put(ctx, teamID, []audit.Finding{f})
		switch {
		case err != nil:
			return f, err
		case len(changed) == 0:
			f.Version++
			return f, nil
		}
		backOff(ctx, try+1)
	}
	return audit.Finding{}, fault.New(fault.Conflict, "the finding keeps changing; try again")
}

// Judgement says when all of a provider that could be read was last judged.
type Judgement struct {
	At          time.Time           `json:"at"`
	ExecutionID string              `json:"execution_id"`
	Resources   int                 `json:"resources"`
	Verdicts    audit.VerdictCounts `json:"verdicts"`
}

func judgementKey(teamID, providerID string) table.Key {
	return table.Key{PK: teamID + "#" + providerID, SK: "judged"}
}

// PutJudgement records a judgement, unless one that began later was faster.
func (s *Store) PutJudgement(ctx context.Context, teamID, providerID string, j Judgement) error {
	w := table.Write{
		Table: tableFindings, Kind: table.Put, Key: judgementKey(teamID, providerID),
		Attrs: table.Attrs{attrDoc: encode(j), attrSynced: ms(j.At)},
		If:    table.Conditions{{Attr: attrSynced, Op: table.Le, Value: ms(j.At)}},
	}
	_, err := s.db.Write(ctx, w)
	if errors.Is(err, table.ErrCondition) {
		w.If = table.IfAbsent()
		_, err = s.db.Write(ctx, w)
	}
	if errors.Is(err, table.ErrCondition) {
		return nil
	}
	return dbFault(err, "judgement")
}

// LastJudgement returns when a provider was last judged; the zero value when it never was.
func (s *Store) LastJudgement(ctx context.Context, teamID, providerID string) (Judgement, error) {
	var j Judgement
	it, err := s.db.Get(ctx, tableFindings, judgementKey(teamID, providerID))
	if errors.Is(err, table.ErrNotFound) {
		return j, nil
	} else if err != nil {
		return j, dbFault(err, "judgement")
	}
	return j, decode(it, &j)
}

// findingsSeen sets when failing findings were last seen: when their provider was last judged, since a finding that stays
// is not written.
func (s *Store) findingsSeen(ctx context.Context, teamID string, findings []audit.Finding) error {
	at := map[string]time.Time{}
	var keys []table.Key
	fresh := func(f *audit.Finding) bool { return f.Status.Failing() && f.StaleSince == nil }
	for i := range findings {
		f := &findings[i]
		if _, asked := at[f.ProviderID]; fresh(f) && !asked {
			at[f.ProviderID] = time.Time{}
			keys = append(keys, judgementKey(teamID, f.ProviderID))
		}
	}
	if len(keys) == 0 {
		return nil
	}
	items, err := s.db.BatchGet(ctx, tableFindings, keys)
	if err != nil {
		return dbFault(err, "judgement")
	}
	for _, it := range items {
		at[it.PK[len(teamID)+1:]] = fromMS(it.Int(attrSynced))
	}
	for i := range findings {
		if f := &findings[i]; fresh(f) && at[f.ProviderID].After(f.LastSeenAt) {
			f.LastSeenAt = at[f.ProviderID]
		}
	}
	return nil
}
