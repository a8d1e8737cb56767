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

// maxInlineControls is the size, in compressed bytes, from which an assessment's controls go to the blob store.
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
	body, err := shape.Compress(raw)
	if err != nil {
		return err
	}
	controls := table.Write{
		Table: tableFindings, Kind: table.Put, Key: table.Key{PK: assessmentPK(a.TeamID, a.ID), SK: sortControls},
		Attrs: table.Attrs{attrBody: body},
	}
	if len(body) > maxInlineControls {
		blobKey := a.TeamID + "/assessment/" + a.ID
		if err := s.blobs.Put(ctx, blobKey, body); err != nil {
			return fault.Wrap(fault.Unavailable, err, "an assessment could not be stored")
		}
		controls.Attrs = table.Attrs{attrBlob: blobKey}
	}
	if _, err := s.db.Write(ctx, controls); err != nil {
		return dbFault(err, "assessment")
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
	body := controls.Bytes(attrBody)
	if key := controls.String(attrBlob); key != "" {
		var err error
		if body, err = s.blobs.Get(ctx, key); err != nil {
			return a, fault.Wrap(fault.Unavailable, err, "an assessment could not be read")
		}
	}
	raw, err := shape.Decompress(body)
	if err == nil {
		err = json.Unmarshal(raw, &a.Controls)
	}
	if err != nil {
		return a, fault.Wrap(fault.Internal, err, "a stored assessment can't be read")
	}
	return a, nil
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
