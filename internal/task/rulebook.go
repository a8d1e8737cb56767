package task

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/compliance"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/rule"
	"github.com/infraudit/infraudit/internal/store"
)

// RuleBook knows the rules that each team is judged by: those that come with the program, and its own. It is safe for
// concurrent use.
type RuleBook struct {
	Store *store.Store
	// Builtin loads what comes with the program; it is called once.
	Builtin func() (*rule.Set, *compliance.Catalog, error)

	once    sync.Once
	set     *rule.Set
	catalog *compliance.Catalog
	err     error

	mu    sync.Mutex
	teams map[string]compiled
}

// compiled are a team's rules, and what they were made of.
type compiled struct {
	digest string
	set    *rule.Set
}

// MaxRuleText bounds the text of a team's own rule, in bytes.
const MaxRuleText = 16 << 10

func (b *RuleBook) builtin() (*rule.Set, *compliance.Catalog, error) {
	b.once.Do(func() { b.set, b.catalog, b.err = b.Builtin() })
	return b.set, b.catalog, b.err
}

// Rules returns a team's rules and the frameworks. A rule of its own that has become bad, because one that came with a newer
// program has its id, is left out.
func (b *RuleBook) Rules(ctx context.Context, teamID string) (*rule.Set, *compliance.Catalog, error) {
	set, catalog, err := b.builtin()
	if err != nil {
		return nil, nil, err
	}
	own, err := b.Store.OwnRules(ctx, teamID)
	if err != nil || len(own) == 0 {
		return set, catalog, err
	}
	texts := make([]rule.Own, 0, len(own))
	parts := make([]string, 0, 2*len(own))
	for _, r := range own {
		texts = append(texts, rule.Own{Name: r.ID, Text: r.Text})
		parts = append(parts, r.ID, r.Text)
	}
	digest := audit.Digest(26, parts...)
	b.mu.Lock()
	defer b.mu.Unlock()
	if known, ok := b.teams[teamID]; ok && known.digest == digest {
		return known.set, catalog, nil
	}
	extended, _ := set.Extend(texts)
	if b.teams == nil {
		b.teams = map[string]compiled{}
	}
	b.teams[teamID] = compiled{digest, extended}
	return extended, catalog, nil
}

// Check compiles a rule's text beside the team's others and tries its examples. Invalid names what is wrong.
func (b *RuleBook) Check(ctx context.Context, teamID, text string) (*rule.Rule, error) {
	if len(text) > MaxRuleText {
		return nil, fault.Field("yaml", "must be at most %d bytes", MaxRuleText)
	}
	set, _, err := b.Rules(ctx, teamID)
	if err != nil {
		return nil, err
	}
	before := len(set.Rules())
	extended, problems := set.Extend([]rule.Own{{Name: "yaml", Text: text}})
	if len(problems) > 0 {
		f := &fault.Error{Kind: fault.Invalid}
		all := make([]error, 0, len(problems))
		for _, p := range problems {
			field := "yaml"
			if p.Field != "" {
				field += "." + p.Field
			}
			f.Fields = append(f.Fields, audit.Problem{Field: field, Message: p.Message})
			all = append(all, p)
		}
		f.Message = errors.Join(all...).Error()
		return nil, f
	}
	for _, r := range extended.Rules() {
		if _, there := set.Lookup(r.ID); !there {
			return r, nil
		}
	}
	return nil, fault.Wrap(fault.Internal, fmt.Errorf("%d rules, then %d", before, len(extended.Rules())), "a rule got lost")
}

// Create checks and stores a rule of a team's own. It judges from the next check on.
func (b *RuleBook) Create(ctx context.Context, teamID, text, by string) (*rule.Rule, error) {
	r, err := b.Check(ctx, teamID, text)
	if err != nil {
		return nil, err
	}
	return r, b.Store.CreateOwnRule(ctx, teamID, store.OwnRule{ID: r.ID, Text: text, By: by})
}

// Delete removes a rule of a team's own; its findings are resolved with the next check. Conflict for one that comes with the
// program.
func (b *RuleBook) Delete(ctx context.Context, teamID, id string) error {
	set, _, err := b.builtin()
	if err != nil {
		return err
	}
	if _, ok := set.Lookup(id); ok {
		return &fault.Error{Kind: fault.Conflict, Code: "built_in_rule", Message: "a rule that comes with the program can't be deleted; waive it instead"}
	}
	return b.Store.DeleteOwnRule(ctx, teamID, id)
}
