package store

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/shape"
	"github.com/infraudit/infraudit/internal/table"
)

// An assessment is two items: a summary, which lists show, and its controls, compressed, beside it.
const (
	sortAssessment = "asm"
	sortControls   = "controls"
)

func assessmentPK(teamID, id string) string { return teamID + "#asm#" + id }

// assessmentsPK is the partition of the index by status that lists a team's assessments; the index by rule has one for
// each framework.
func assessmentsPK(teamID string) string { return teamID + "#asm" }

func frameworkPK(teamID, frameworkID string) string { return teamID + "#asm#" + frameworkID }

// maxInlineControls is the size, in compressed bytes, from which an assessment's controls, or its evidence, go to the blob store.
const maxInlineControls = 64 << 10

// MaxControls bounds an assessment's controls, in bytes of JSON: an answer of the API holds at most 5 MB.
const MaxControls = 4 << 20

// PutAssessment stores an assessment under its id, which is derived of what made it: storing it twice changes nothing.
func (s *Store) PutAssessment(ctx context.Context, a audit.Assessment) error {
	raw, err := json.Marshal(a.Controls)
	if err != nil {
		return fault.Wrap(fault.Internal, err, "an assessment can't be written")
	}
	if len(raw) > MaxControls {
		return fault.New(fault.Internal, "an assessment of %d bytes is too large", len(raw))
	}
	controls := table.Key{PK: assessmentPK(a.TeamID, a.ID), SK: sortControls}
	if err := s.putLarge(ctx, controls, a.TeamID+"/assessment/"+a.ID, raw); err != nil {
		return err
	}
	a.Controls = nil
	sort := stamp(a.StartedAt) + "#" + a.ID
	_, err = s.db.Write(ctx, table.Write{
		Table: tableFindings, Kind: table.Put, Key: table.Key{PK: assessmentPK(a.TeamID, a.ID), SK: sortAssessment},
		Attrs: table.Attrs{
			attrDoc: encode(a), "sp": assessmentsPK(a.TeamID), "ss": sort, "rp": frameworkPK(a.TeamID, a.Framework.ID), "rs": sort,
		},
	})
	return dbFault(err, "assessment")
}

// Assessment returns an assessment with its controls, or NotFound.
func (s *Store) Assessment(ctx context.Context, teamID, id string) (audit.Assessment, error) {
	var a audit.Assessment
	if !knownID(id, audit.PrefixAssessment) {
		return a, noSuch("assessment")
	}
	var summary, controls table.Item
	for it, err := range table.All(ctx, s.db, table.Query{Table: tableFindings, PK: assessmentPK(teamID, id), Consistent: true}) {
		if err != nil {
			return a, dbFault(err, "assessment")
		}
		if it.SK == sortAssessment {
			summary = it
		} else {
			controls = it
		}
	}
	if summary.SK == "" || controls.SK == "" {
		return a, noSuch("assessment")
	}
	if err := decode(summary, &a); err != nil {
		return a, err
	}
	a.TeamID = teamID
	return a, s.largeOf(ctx, controls, &a.Controls)
}

// putLarge stores a part of an assessment, compressed: in the item, or in the blob store where it is large.
func (s *Store) putLarge(ctx context.Context, key table.Key, blobKey string, raw []byte) error {
	body, err := shape.Compress(raw)
	if err != nil {
		return err
	}
	attrs := table.Attrs{attrBody: body}
	if len(body) > maxInlineControls {
		if err := s.blobs.Put(ctx, blobKey, body); err != nil {
			return fault.Wrap(fault.Unavailable, err, "an assessment could not be stored")
		}
		attrs = table.Attrs{attrBlob: blobKey}
	}
	_, err = s.db.Write(ctx, table.Write{Table: tableFindings, Kind: table.Put, Key: key, Attrs: attrs})
	return dbFault(err, "assessment")
}

// largeOf reads what putLarge stored.
func (s *Store) largeOf(ctx context.Context, it table.Item, into any) error {
	body := it.Bytes(attrBody)
	if key := it.String(attrBlob); key != "" {
		var err error
		if body, err = s.blobs.Get(ctx, key); err != nil {
			return fault.Wrap(fault.Unavailable, err, "an assessment could not be read")
		}
	}
	raw, err := shape.Decompress(body)
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		return fault.Wrap(fault.Internal, err, "a stored assessment can't be read")
	}
	return nil
}

// Evidence is beside its assessment in a partition of its own: exports alone read it.
func evidenceKey(teamID, assessmentID string) table.Key {
	return table.Key{PK: assessmentPK(teamID, assessmentID) + "#evidence", SK: "evidence"}
}

// PutEvidence stores what an assessment rests on. Storing it twice changes nothing.
func (s *Store) PutEvidence(ctx context.Context, teamID, assessmentID string, e audit.Evidence) error {
	raw, err := json.Marshal(e)
	if err != nil {
		return fault.Wrap(fault.Internal, err, "an assessment's evidence can't be written")
	}
	return s.putLarge(ctx, evidenceKey(teamID, assessmentID), teamID+"/evidence/"+assessmentID, raw)
}

// Evidence returns what an assessment rests on, or NotFound.
func (s *Store) Evidence(ctx context.Context, teamID, assessmentID string) (audit.Evidence, error) {
	var e audit.Evidence
	if !knownID(assessmentID, audit.PrefixAssessment) {
		return e, noSuch("assessment")
	}
	it, err := s.db.Get(ctx, tableFindings, evidenceKey(teamID, assessmentID))
	if err != nil {
		return e, dbFault(err, "evidence")
	}
	return e, s.largeOf(ctx, it, &e)
}

// Assessments lists a team's assessments without their controls, newest first, of one framework or of all.
func (s *Store) Assessments(ctx context.Context, teamID, frameworkID string, p Paging) (Page[audit.Assessment], error) {
	if len(frameworkID) > maxRuleID || strings.ContainsRune(frameworkID, 0) {
		return Page[audit.Assessment]{}, nil // no framework has that id
	}
	q := table.Query{Table: tableFindings, Index: indexByStatus, PK: assessmentsPK(teamID), Reverse: true}
	if frameworkID != "" {
		q.Index, q.PK = indexByRule, frameworkPK(teamID, frameworkID)
	}
	return list(ctx, s, q, p, query("assessments", teamID, frameworkID), "assessment", func(it table.Item) (audit.Assessment, bool, error) {
		var a audit.Assessment
		err := decode(it, &a)
		a.TeamID = teamID
		return a, true, err
	})
}

// maxBefore bounds how many assessments are looked at to find the one before.
const maxBefore = 50

// AssessmentBefore returns the id of the newest assessment of a framework over exactly these providers that began before
// a time; "" when there is none among the newest.
func (s *Store) AssessmentBefore(ctx context.Context, teamID, frameworkID string, providerIDs []string, before time.Time) (string, error) {
	wanted := slices.Sorted(slices.Values(providerIDs))
	page, err := s.db.Query(ctx, table.Query{
		Table: tableFindings, Index: indexByRule, PK: frameworkPK(teamID, frameworkID), To: stamp(before), From: "0", Reverse: true,
		Limit: maxBefore,
	})
	if err != nil {
		return "", dbFault(err, "assessment")
	}
	for _, it := range page.Items {
		var a audit.Assessment
		if err := decode(it, &a); err != nil {
			return "", err
		}
		ids := make([]string, 0, len(a.Accounts))
		for _, account := range a.Accounts {
			ids = append(ids, account.ProviderID)
		}
		if slices.Sort(ids); slices.Equal(ids, wanted) && a.StartedAt.Before(before) {
			return a.ID, nil
		}
	}
	return "", nil
}
