package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/table"
)

// OwnRule is a team's own rule as it was written. Whether it is one is for package rule to say.
type OwnRule struct {
	ID        string    `json:"id"`
	Text      string    `json:"text"` // YAML
	By        string    `json:"by"`
	CreatedAt time.Time `json:"created_at"`
}

const rulePrefix = "rul#"

// maxOwnRules bounds how many rules of its own a team may have.
const maxOwnRules = 200

func ownRuleKey(teamID, id string) table.Key { return table.Key{PK: teamID, SK: rulePrefix + id} }

// OwnRules returns a team's own rules, by id.
func (s *Store) OwnRules(ctx context.Context, teamID string) ([]OwnRule, error) {
	var out []OwnRule
	q := table.Query{Table: tableControl, PK: teamID, Prefix: rulePrefix, Consistent: true}
	for it, err := range table.All(ctx, s.db, q) {
		if err != nil {
			return nil, dbFault(err, "rule")
		}
		var r OwnRule
		if err := decode(it, &r); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// CreateOwnRule stores a rule that was found good. Conflict, with code rule_exists, when there is one of that id, and with
// code too_many_rules when the team has as many as it may.
func (s *Store) CreateOwnRule(ctx context.Context, teamID string, r OwnRule) error {
	if len(r.ID) > maxRuleID {
		return fault.Field("id", "must be at most %d bytes", maxRuleID)
	}
	have, err := s.OwnRules(ctx, teamID)
	if err != nil {
		return err
	}
	if len(have) >= maxOwnRules {
		return &fault.Error{Kind: fault.Conflict, Code: "too_many_rules", Message: "the team has as many rules of its own as it may"}
	}
	r.CreatedAt = s.now()
	_, err = s.db.Write(ctx, table.Write{
		Table: tableControl, Kind: table.Put, Key: ownRuleKey(teamID, r.ID), Attrs: table.Attrs{attrDoc: encode(r)}, If: table.IfAbsent(),
	})
	if errors.Is(err, table.ErrCondition) {
		return &fault.Error{Kind: fault.Conflict, Code: "rule_exists", Message: "there is a rule " + r.ID}
	}
	return dbFault(err, "rule")
}

// DeleteOwnRule removes a rule of the team's own, or is NotFound.
func (s *Store) DeleteOwnRule(ctx context.Context, teamID, id string) error {
	if len(id) > maxRuleID || strings.ContainsRune(id, 0) {
		return noSuch("rule")
	}
	_, err := s.db.Write(ctx, table.Write{Table: tableControl, Kind: table.Delete, Key: ownRuleKey(teamID, id), If: table.IfPresent()})
	if contended(err) {
		return noSuch("rule")
	}
	return dbFault(err, "rule")
}
