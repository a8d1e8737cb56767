package task

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/compliance"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/rule"
	"github.com/infraudit/infraudit/internal/store"
)

// RuleBook knows the rules and frameworks that each team is judged by: those that come with the program, and its own. It is
// safe for concurrent use.
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

// compiled are a team's rules and frameworks, and which version of what it has of its own they were made of.
type compiled struct {
	version int64
	set     *rule.Set
	catalog *compliance.Catalog
}

// MaxRuleText bounds the text of a team's own rule, in bytes.
const MaxRuleText = 16 << 10

func (b *RuleBook) builtin() (*rule.Set, *compliance.Catalog, error) {
	b.once.Do(func() { b.set, b.catalog, b.err = b.Builtin() })
	return b.set, b.catalog, b.err
}

// Rules returns a team's rules and frameworks. One of its own that has become bad, because one that came with a newer program
// has its id, is left out: the catalog tells why.
func (b *RuleBook) Rules(ctx context.Context, teamID string) (*rule.Set, *compliance.Catalog, error) {
	version, err := b.Store.OwnVersion(ctx, teamID)
	if err != nil {
		return nil, nil, err
	}
	b.mu.Lock()
	known, ok := b.teams[teamID]
	b.mu.Unlock()
	if ok && known.version == version {
		return known.set, known.catalog, nil
	}
	_, known, err = b.read(ctx, teamID)
	return known.set, known.catalog, err
}

// read compiles what a team has of its own as it is now.
func (b *RuleBook) read(ctx context.Context, teamID string) (store.Own, compiled, error) {
	set, catalog, err := b.builtin()
	if err != nil {
		return store.Own{}, compiled{}, err
	}
	own, err := b.Store.Own(ctx, teamID)
	if err != nil {
		return own, compiled{}, err
	}
	b.mu.Lock() // while it compiles too: others of the team would do the same
	defer b.mu.Unlock()
	if known, ok := b.teams[teamID]; ok && known.version == own.Version {
		return own, known, nil
	}
	out := compiled{own.Version, set, catalog}
	if len(own.Rules)+len(own.Frameworks) > 0 {
		rules := make([]rule.Own, 0, len(own.Rules))
		for _, r := range own.Rules {
			rules = append(rules, rule.Own{Name: r.ID, Text: r.Text})
		}
		frameworks := make([]rule.Own, 0, len(own.Frameworks))
		for _, f := range own.Frameworks {
			frameworks = append(frameworks, rule.Own{Name: f.ID, Text: f.Text})
		}
		var problems []rule.Problem
		out.set, problems = set.Extend(rules)
		out.catalog, _ = catalog.Extend(out.set, problems, frameworks)
	}
	if b.teams == nil {
		b.teams = map[string]compiled{}
	}
	b.teams[teamID] = out
	return own, out, nil
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
	return check(set, text)
}

func check(set *rule.Set, text string) (*rule.Rule, error) {
	extended, problems := set.Extend([]rule.Own{{Name: "yaml", Text: text}})
	if len(problems) > 0 {
		return nil, invalid(problems)
	}
	var added []*rule.Rule
	for _, r := range extended.Rules() {
		if _, there := set.Lookup(r.ID); !there {
			added = append(added, r)
		}
	}
	if len(added) != 1 {
		return nil, fault.Field("yaml", "must be one rule, not %d", len(added))
	}
	return added[0], nil
}

// invalid is a fault that names all problems of a text.
func invalid(problems []rule.Problem) *fault.Error {
	f := &fault.Error{Kind: fault.Invalid}
	all := make([]error, 0, len(problems))
	for _, p := range problems {
		field, message := "yaml", p.Message
		if p.Field != "" {
			field += "." + p.Field
		}
		if p.Line > 0 {
			message = fmt.Sprintf("line %d: %s", p.Line, message)
		}
		f.Fields = append(f.Fields, audit.Problem{Field: field, Message: message})
		all = append(all, p)
	}
	f.Message = errors.Join(all...).Error()
	return f
}

// maxChanges bounds how often a change is checked again because somebody else was faster.
const maxChanges = 5

// change reads what a team has of its own and has it changed, again where it was changed by others in between.
func (b *RuleBook) change(ctx context.Context, teamID string, do func(store.Own, compiled) error) error {
	for try := 1; ; try++ {
		own, known, err := b.read(ctx, teamID)
		if err != nil {
			return err
		}
		if err = do(own, known); !errors.Is(err, store.ErrOwnChanged) || try == maxChanges || ctx.Err() != nil {
			return err
		}
	}
}

// Create checks and stores a rule of a team's own. It judges from the next check on.
func (b *RuleBook) Create(ctx context.Context, teamID, text, by string) (*rule.Rule, error) {
	if len(text) > MaxRuleText {
		return nil, fault.Field("yaml", "must be at most %d bytes", MaxRuleText)
	}
	var r *rule.Rule
	err := b.change(ctx, teamID, func(own store.Own, known compiled) (err error) {
		if r, err = check(known.set, text); err != nil {
			return err
		}
		return b.Store.CreateOwnRule(ctx, teamID, own, store.OwnRule{ID: r.ID, Text: text, By: by})
	})
	return r, err
}

// Delete removes a rule of a team's own; its findings are resolved with the next check. Conflict for one that comes with the
// program, unless the team has one of that id too, and for one that a framework of the team cites.
func (b *RuleBook) Delete(ctx context.Context, teamID, id string) error {
	set, _, err := b.builtin()
	if err != nil {
		return err
	}
	_, comesWith := set.Lookup(id)
	return b.change(ctx, teamID, func(own store.Own, known compiled) error {
		if comesWith {
			if slices.ContainsFunc(own.Rules, func(r store.OwnRule) bool { return r.ID == id }) {
				return b.Store.DeleteOwnRule(ctx, teamID, own, id) // frameworks cite the other
			}
			return &fault.Error{Kind: fault.Conflict, Code: "built_in_rule", Message: "a rule that comes with the program can't be deleted; waive it instead"}
		}
		if citing := known.catalog.Citing(id); len(citing) > 0 {
			names := make([]string, 0, len(citing))
			for _, f := range citing {
				names = append(names, f.ID)
			}
			return &fault.Error{Kind: fault.Conflict, Code: "rule_in_use", Message: "the rule is cited by " + strings.Join(names, ", ")}
		}
		return b.Store.DeleteOwnRule(ctx, teamID, own, id)
	})
}

// CheckFramework reads a framework's text. Invalid names all that is wrong with it.
func (b *RuleBook) CheckFramework(ctx context.Context, teamID, text string) (*compliance.Framework, error) {
	set, _, err := b.Rules(ctx, teamID)
	if err != nil {
		return nil, err
	}
	return b.checkFramework(set, text)
}

// checkFramework reads a framework beside those that come with the program: whether the team has one of its id, the store knows.
func (b *RuleBook) checkFramework(set *rule.Set, text string) (*compliance.Framework, error) {
	_, catalog, err := b.builtin()
	if err != nil {
		return nil, err
	}
	extended, problems := catalog.Extend(set, nil, []rule.Own{{Name: "yaml", Text: text}})
	if len(problems) > 0 {
		return nil, invalid(problems)
	}
	for _, f := range extended.All() {
		if f.Custom {
			return f, nil
		}
	}
	return nil, fault.New(fault.Internal, "a framework got lost")
}

// PutFramework checks and stores a framework of a team's own: a new one where replaced is "", else another version of the one
// that has this id. Conflict for one that comes with the program.
func (b *RuleBook) PutFramework(ctx context.Context, teamID, replaced, text, by string) (*compliance.Framework, error) {
	_, catalog, err := b.builtin()
	if err != nil {
		return nil, err
	}
	if _, ok := catalog.Lookup(replaced); ok {
		return nil, builtInFramework()
	}
	var f *compliance.Framework
	err = b.change(ctx, teamID, func(own store.Own, known compiled) (err error) {
		if f, err = b.checkFramework(known.set, text); err != nil {
			return err
		}
		if replaced != "" && f.ID != replaced {
			return fault.Field("yaml.id", "is %s, not %s", f.ID, replaced)
		}
		return b.Store.PutOwnFramework(ctx, teamID, own, store.OwnFramework{ID: f.ID, Text: text, By: by}, replaced != "")
	})
	return f, err
}

// DeleteFramework removes a framework of a team's own. Its assessments stay. Conflict for one that comes with the program,
// unless the team has one of that id too.
func (b *RuleBook) DeleteFramework(ctx context.Context, teamID, id string) error {
	_, catalog, err := b.builtin()
	if err != nil {
		return err
	}
	err = b.change(ctx, teamID, func(own store.Own, _ compiled) error { return b.Store.DeleteOwnFramework(ctx, teamID, own, id) })
	if _, comesWith := catalog.Lookup(id); comesWith && fault.Is(err, fault.NotFound) {
		return builtInFramework()
	}
	return err
}

func builtInFramework() error {
	return &fault.Error{
		Kind: fault.Conflict, Code: "built_in_framework", Message: "a framework that comes with the program can't be changed or deleted; disable it instead",
	}
}
