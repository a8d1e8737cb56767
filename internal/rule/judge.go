package rule

import (
	"cmp"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"golang.org/x/sync/errgroup"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/shape"
)

// Result is the verdict of one rule on one resource.
type Result struct {
	Rule    *Rule
	Subject *Subject // of those that look up, only what rules read
	Verdict audit.Verdict
	// Seen are the values that a failure rests on. Secrets are stars.
	Seen []audit.Value
	// Gaps are what was unread and decides, of a result that is NotAssessed.
	Gaps []audit.Gap
	// Reason says in a line why it failed, or why it was not assessed.
	Reason string
}

// Judge judges the resources of one account as they come: at once by rules that look at nothing else, at the end by those
// that look up others. Of what it keeps until then it keeps only what rules read.
type Judge struct {
	now   time.Time
	data  map[string]any
	emit  func(Result) error
	types map[string]*concern
	bare  bool // whether results need no tags

	mu      sync.Mutex
	later   []*Subject            // judged at the end
	related map[string][]*Subject // looked up, by type
	missing map[string][]audit.Gap
	beyond  map[string][]audit.Gap // what nobody asked for
}

// concern is what rules have to do with a type.
type concern struct {
	rules   []*Rule // to judge by
	lookUps map[*LookUp]*Rule
	later   bool // whether one of rules looks up others
	// ready compiles the rules.
	ready func() error
	// paths are what is kept until the end, once the rules are compiled; tags tells whether they read tags.
	paths []path
	tags  bool
}

// NewJudge returns a judge by these rules, or by all of the set when there are none. now is the time of the judgement. emit
// gets every result; it may be called by several goroutines at a time.
func (s *Set) NewJudge(now time.Time, rules []*Rule, emit func(Result) error) *Judge {
	if rules == nil {
		rules = s.rules
	}
	j := &Judge{
		now: now, data: s.data, emit: emit, types: map[string]*concern{}, related: map[string][]*Subject{},
		missing: map[string][]audit.Gap{}, beyond: map[string][]audit.Gap{},
	}
	for _, r := range rules {
		for _, t := range r.Types {
			c := j.concern(t)
			c.rules = append(c.rules, r)
			c.later = c.later || r.Looks()
		}
		for _, l := range r.LookUps {
			j.concern(l.Type).lookUps[l] = r
		}
	}
	return j
}

// WithoutTags tells, before resources are added, that nobody asks results for their resource's tags: those that no rule reads
// are not kept.
func (j *Judge) WithoutTags() { j.bare = true }

// concern returns that of a type, which is made if there is none.
func (j *Judge) concern(resourceType string) *concern {
	c := j.types[resourceType]
	if c == nil {
		c = &concern{lookUps: map[*LookUp]*Rule{}}
		c.ready = sync.OnceValue(c.compile)
		j.types[resourceType] = c
	}
	return c
}

func (c *concern) compile() error {
	for _, r := range c.rules {
		if err := r.ready(); err != nil {
			return err
		}
		if r.Looks() {
			c.paths = append(c.paths, r.paths...)
		}
	}
	for l, r := range c.lookUps {
		if err := r.ready(); err != nil {
			return err
		}
		for _, p := range l.paths {
			c.paths = append(c.paths, p.element())
		}
	}
	c.paths = outermost(c.paths)
	c.tags = slices.ContainsFunc(c.paths, func(p path) bool {
		return p.root == "resource" && (len(p.names) == 0 || p.names[0] == "tags")
	})
	return nil
}

// element is a path of a look-up as one of the resource that is looked up.
func (p path) element() path {
	if len(p.names) > 0 && (p.names[0] == "config" || p.names[0] == "facts") {
		return path{p.names[0], p.names[1:]}
	}
	if len(p.names) == 0 {
		return path{root: "config"}
	}
	return path{"resource", p.names}
}

// Types returns the resource types that are judged or looked up.
func (j *Judge) Types() []string { return slices.Sorted(maps.Keys(j.types)) }

// Missing tells that resources of a type were not all read in a region. Rules for the type give a result without a resource
// for it, and rules that look the type up know that there may be more.
func (j *Judge) Missing(resourceType, region string, why audit.Unread) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.missing[resourceType] = append(j.missing[resourceType], audit.Gap{ResourceType: resourceType, Region: region, Unread: why})
}

// Beyond tells that a type was not to be read in a region: nothing there is judged, but what looks the type up knows that
// there may be more.
func (j *Judge) Beyond(resourceType, region string, why audit.Unread) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.beyond[resourceType] = append(j.beyond[resourceType], audit.Gap{ResourceType: resourceType, Region: region, Unread: why})
}

// Add judges a resource, as far as that needs no others. It is safe for concurrent use. The judge may keep parts of
// the subject, which must not change any more.
func (j *Judge) Add(s *Subject) error {
	c := j.types[s.Type]
	if c == nil {
		return nil
	}
	if err := c.ready(); err != nil {
		return err
	}
	v := view{Judge: j, subject: s}
	for _, r := range c.rules {
		if r.Looks() {
			continue
		}
		if err := v.judge(r, nil); err != nil {
			return err
		}
	}
	if !c.later && len(c.lookUps) == 0 {
		return nil
	}
	part := *s
	part.Config = project(s.Config, "config", c.paths)
	part.Facts = project(s.Facts, "facts", c.paths)
	if !c.tags && j.bare {
		part.Tags = nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.put(c, &part)
	return nil
}

// put keeps what rules with look-ups read of a resource.
func (j *Judge) put(c *concern, s *Subject) {
	if c.later {
		j.later = append(j.later, s)
	}
	if len(c.lookUps) > 0 {
		j.related[s.Type] = append(j.related[s.Type], s)
	}
}

// rulesFor returns the rules to judge a type by.
func (j *Judge) rulesFor(resourceType string) []*Rule {
	if c := j.types[resourceType]; c != nil {
		return c.rules
	}
	return nil
}

// missed gives a result for each rule and each listing that it needs and that could not be read.
func (j *Judge) missed() error {
	for _, t := range slices.Sorted(maps.Keys(j.missing)) {
		for _, g := range j.missing[t] {
			for _, r := range j.rulesFor(t) {
				gaps := []audit.Gap{g}
				err := j.emit(Result{
					Rule: r, Subject: &Subject{Type: t, Region: g.Region}, Verdict: audit.NotAssessed, Gaps: gaps, Reason: gapReason(gaps),
				})
				if err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Finish judges by the rules that look up others, when all resources were added: rule by rule, since the look-ups of all
// together would be as large as what they look up.
func (j *Judge) Finish() error {
	if err := j.missed(); err != nil {
		return err
	}
	for _, list := range j.related { // what is looked up comes in one order, however it was added
		slices.SortFunc(list, func(a, b *Subject) int {
			return cmp.Or(strings.Compare(a.ExternalID, b.ExternalID), strings.Compare(a.Region, b.Region))
		})
	}
	left := map[*Rule][]*Subject{}
	for _, s := range j.later {
		for _, r := range j.rulesFor(s.Type) {
			if r.Looks() {
				left[r] = append(left[r], s)
			}
		}
	}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for r, subjects := range left {
		g.Go(func() error {
			look := j.indexes(r)
			for _, s := range subjects {
				v := view{Judge: j, subject: s}
				if err := v.judge(r, look); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// view is a resource while it is judged.
type view struct {
	*Judge
	subject *Subject
}

func (v *view) judge(r *Rule, look map[string]*index) error {
	out := Result{Rule: r, Subject: v.subject}
	e := &evaluation{view: v, rule: r}
	e.config, e.facts = place(v.subject.Config, v.subject.Facts, v.subject.holes(r.paths, r.shapes[v.subject.Type]), e.unknown)
	if look != nil {
		e.look, e.found = look, make(map[string]ref.Val, len(look))
	}
	applies := ref.Val(types.True)
	if r.applies != nil {
		applies = e.eval(r.applies)
	}
	if applies == types.False {
		return nil
	}
	value := applies
	if applies == types.True {
		value = e.eval(r.passes)
	}
	switch value := value.(type) {
	case types.Bool:
		out.Verdict = audit.Passed
		if !value {
			out.Verdict = audit.Failed
			out.Seen = e.seen()
			out.Reason = cmp.Or(reason(out.Seen), "wanted is "+r.Wanted) // what a rule shows may be unread where it doesn't decide
		}
	case *types.Unknown:
		out.Verdict = audit.NotAssessed
		out.Gaps = e.gapsOf(value)
		out.Reason = gapReason(out.Gaps)
	default:
		out.Verdict = audit.NotAssessed
		out.Reason = fmt.Sprintf("the rule can't be evaluated: %v", value)
	}
	return v.emit(out)
}

// local are the ids of Unknowns that are the evaluation's own; those of look-ups are shared and lie below.
const local = 1 << 32

// evaluation is one rule on one resource. It is what expressions resolve their variables in.
type evaluation struct {
	*view
	rule          *Rule
	config, facts any
	gaps          []audit.Gap
	look          map[string]*index
	found         map[string]ref.Val // by look-up, once an expression asks for it
	shared        *gaps              // of the look-ups
}

// ResolveName implements CEL's Activation.
func (e *evaluation) ResolveName(name string) (any, bool) {
	switch name {
	case "config":
		if m, ok := e.config.(map[string]any); ok && m == nil {
			return map[string]any{}, true
		}
		return e.config, true
	case "facts":
		if m, ok := e.facts.(map[string]any); ok && m == nil {
			return map[string]any{}, true
		}
		return e.facts, true
	case "resource":
		return &resourceValue{Subject: e.subject}, true
	case "now":
		return types.Timestamp{Time: e.now}, true
	case "data":
		return e.data, true
	}
	if v, ok := e.found[name]; ok {
		return v, true
	}
	if x := e.look[name]; x != nil {
		return e.lookUp(name, x), true
	}
	return nil, false
}

// Parent implements CEL's Activation.
func (e *evaluation) Parent() cel.Activation { return nil }

func (e *evaluation) unknown(g audit.Gap) *types.Unknown {
	e.gaps = append(e.gaps, g)
	return types.NewUnknown(local+int64(len(e.gaps)-1), nil)
}

// eval evaluates a program. A rule must not end the judgement of others, whatever it does.
func (e *evaluation) eval(p cel.Program) (out ref.Val) {
	defer func() {
		if r := recover(); r != nil {
			out = types.NewErr("it panics: %v", r)
		}
	}()
	v, _, err := p.Eval(e)
	switch {
	case v != nil && types.IsUnknown(v):
		return v
	case err != nil:
		return types.WrapErr(err)
	}
	return v
}

func (e *evaluation) gapsOf(u *types.Unknown) []audit.Gap {
	var out []audit.Gap
	for _, id := range u.IDs() {
		if i := id - local; i >= 0 && int(i) < len(e.gaps) {
			out = append(out, e.gaps[i])
		} else if g, ok := e.shared.at(id); ok {
			out = append(out, g)
		}
	}
	slices.SortFunc(out, func(a, b audit.Gap) int {
		return strings.Compare(a.ResourceType+a.ExternalID+a.Path+a.Region, b.ResourceType+b.ExternalID+b.Path+b.Region)
	})
	return slices.CompactFunc(out, func(a, b audit.Gap) bool { return a == b })
}

// seen returns the values that a failure rests on.
func (e *evaluation) seen() []audit.Value {
	sh := e.rule.shapes[e.subject.Type]
	if e.rule.seen != nil {
		return e.seenByRule(sh)
	}
	var out []audit.Value
	for _, p := range e.rule.shown {
		switch p.root {
		case "config":
			v := at(e.subject.Config, p.names)
			if sh != nil && sh.HasSecrets() {
				v = hide(property(sh, p.names), v)
			}
			out = append(out, audit.Value{Path: strings.Join(p.names, "."), Value: shorten(v)})
		case "facts":
			out = append(out, audit.Value{Path: p.String(), Value: shorten(at(e.subject.Facts, p.names))})
		}
	}
	return out
}

// seenByRule evaluates what the rule shows. A map shows each of its values.
func (e *evaluation) seenByRule(sh *shape.Shape) []audit.Value {
	if m, ok := e.config.(map[string]any); ok && sh != nil && sh.HasSecrets() {
		e.config = hide(sh.Root(), m)
	}
	native, ok := jsonOf(e.eval(e.rule.seen))
	if !ok {
		return nil
	}
	m, ok := native.(map[string]any)
	if !ok {
		return []audit.Value{{Path: "seen", Value: shorten(native)}}
	}
	out := make([]audit.Value, 0, len(m))
	for name, v := range m {
		out = append(out, audit.Value{Path: name, Value: shorten(v)})
	}
	slices.SortFunc(out, func(a, b audit.Value) int { return strings.Compare(a.Path, b.Path) })
	return out
}

// property returns what is declared at the names; below what a shape leaves free, the nearest that is declared.
func property(sh *shape.Shape, names []string) *shape.Property {
	p := sh.Root()
	for _, name := range names {
		below := p.Items
		if p.Kind == shape.Object {
			below = p.Properties[name]
		}
		if below == nil {
			break
		}
		p = below
	}
	return p
}

// Around returns what adds to another judge all that this one keeps, but for one resource, and what it knows to be missing: the
// surroundings in which a change of that resource is judged. It is for after Finish.
func (j *Judge) Around(externalID string) func(*Judge) error {
	return func(to *Judge) error {
		seen := map[*Subject]bool{}
		add := func(list []*Subject) error {
			for _, s := range list {
				c := to.types[s.Type]
				if c == nil || seen[s] || s.ExternalID == externalID {
					continue
				}
				seen[s] = true
				if err := c.ready(); err != nil {
					return err
				}
				to.put(c, s)
			}
			return nil
		}
		if err := add(j.later); err != nil {
			return err
		}
		for _, list := range j.related {
			if err := add(list); err != nil {
				return err
			}
		}
		for _, gaps := range []map[string][]audit.Gap{j.missing, j.beyond} {
			for t, list := range gaps {
				to.beyond[t] = append(to.beyond[t], list...)
			}
		}
		return nil
	}
}
