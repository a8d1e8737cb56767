package rule

import (
	"cmp"
	"fmt"
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/infraudit/infraudit/internal/audit"
)

// index is what one look-up of one rule finds.
type index struct {
	*LookUp
	reads   []path               // what is read of each resource, relative to it
	all     []element            // without keys
	byKey   map[string][]element // with keys
	anyKey  []element            // Unknowns of those whose keys are unread
	missing []missing
	gaps    *gaps
	// whole are the lists of a look-up without keys, by region, and of other regions in ""; all are in "" where the look-up is
	// account-wide.
	whole map[string]ref.Val
}

type element struct {
	region string
	value  ref.Val
}

type missing struct {
	region  string
	unknown *types.Unknown
}

// gaps are those of a rule's look-ups. An Unknown's id is its gap's place.
type gaps []audit.Gap

func (g *gaps) unknown(one audit.Gap) *types.Unknown {
	*g = append(*g, one)
	return types.NewUnknown(int64(len(*g)-1), nil)
}

// at returns the gap of an id.
func (g *gaps) at(id int64) (audit.Gap, bool) {
	if g == nil || id < 0 || id >= int64(len(*g)) {
		return audit.Gap{}, false
	}
	return (*g)[id], true
}

// indexes prepares the look-ups of a rule.
func (j *Judge) indexes(r *Rule) map[string]*index {
	known := &gaps{}
	out := make(map[string]*index, len(r.LookUps))
	for name, l := range r.LookUps {
		x := &index{LookUp: l, byKey: map[string][]element{}, gaps: known}
		x.fill(j)
		out[name] = x
	}
	return out
}

func (x *index) fill(j *Judge) {
	for _, p := range x.paths {
		x.reads = append(x.reads, p.element())
	}
	for _, g := range slices.Concat(j.missing[x.Type], j.beyond[x.Type]) {
		x.missing = append(x.missing, missing{g.Region, x.gaps.unknown(g)})
	}
	for _, s := range j.related[x.Type] {
		x.add(j, s)
	}
	if x.Ours != "" {
		return
	}
	x.whole = map[string]ref.Val{}
	if x.In != "region" {
		x.whole[""] = x.list("", x.all, nil)
		return
	}
	byRegion := map[string][]element{"": nil}
	for _, e := range x.all {
		byRegion[e.region] = append(byRegion[e.region], e)
	}
	for _, m := range x.missing {
		if _, there := byRegion[m.region]; !there {
			byRegion[m.region] = nil
		}
	}
	for region, found := range byRegion {
		x.whole[region] = x.list(cmp.Or(region, noRegion), found, nil)
	}
}

// noRegion is one where nothing is.
const noRegion = "-"

// add puts a resource where the look-up finds it.
func (x *index) add(j *Judge, s *Subject) {
	config, facts := place(s.Config, s.Facts, s.holes(x.reads, x.shape), func(g audit.Gap) *types.Unknown {
		g.ExternalID, g.ResourceType, g.Region = s.ExternalID, s.Type, s.Region
		return x.gaps.unknown(g)
	})
	e := element{s.Region, &resourceValue{s, orEmpty(config), orEmpty(facts)}}
	if x.theirs == nil {
		x.all = append(x.all, e)
		return
	}
	v := &evaluation{view: &view{Judge: j, subject: s}, config: config, facts: facts}
	keys, unread, err := keysOf(v.eval(x.theirs))
	if err != nil { // of what has no key nobody can say whether it is looked for
		unread = x.gaps.unknown(audit.Gap{
			ExternalID: s.ExternalID, ResourceType: s.Type, Region: s.Region,
			Unread: audit.Unread{Reason: fmt.Sprintf("the key of look-up %s can't be evaluated: %v", x.name, err)},
		})
	}
	if unread != nil { // it may be what is looked for or not: to say that it exists would be as wrong as that it doesn't
		x.anyKey = append(x.anyKey, element{s.Region, unread})
	}
	for _, k := range keys {
		x.byKey[k] = append(x.byKey[k], e)
	}
}

func orEmpty(v any) any {
	if m, ok := v.(map[string]any); ok && m == nil {
		return map[string]any{}
	}
	return v
}

// keysOf reads the keys that an expression gave: a string, or a list of them and of such lists. They are not all known
// where it is Unknown, or has one.
func keysOf(v ref.Val) (keys []string, unread *types.Unknown, err error) {
	switch v := v.(type) {
	case *types.Unknown:
		return nil, v, nil
	case types.String:
		if v != "" {
			keys = append(keys, string(v))
		}
		return keys, nil, nil
	case traits.Lister:
		for it := v.Iterator(); it.HasNext() == types.True; {
			more, u, err := keysOf(it.Next())
			if err != nil {
				return nil, nil, err
			}
			keys = append(keys, more...)
			if u != nil {
				unread = types.MergeUnknowns(unread, u)
			}
		}
		return keys, unread, nil
	case *types.Err:
		return nil, nil, v
	}
	return nil, nil, fmt.Errorf("%s is no key", v.Type().TypeName())
}

// list makes what an expression sees: what was found, then an Unknown for each listing that is missing.
func (x *index) list(region string, found []element, more []element) ref.Val {
	out := make([]ref.Val, 0, len(found)+len(more)+len(x.missing))
	for _, part := range [][]element{found, more} {
		for _, e := range part {
			if region == "" || e.region == region {
				out = append(out, e.value)
			}
		}
	}
	for _, m := range x.missing {
		if region == "" || m.region == "" || m.region == region {
			out = append(out, m.unknown)
		}
	}
	return types.NewRefValList(types.DefaultTypeAdapter, out)
}

// lookUp resolves a look-up of an evaluation. Its keys may need others, but not itself.
func (e *evaluation) lookUp(name string, x *index) ref.Val {
	e.shared = x.gaps
	region := ""
	if x.In == "region" {
		region = e.subject.Region
	}
	if x.whole != nil {
		list, there := x.whole[region]
		if !there {
			list = x.whole[""]
		}
		e.found[name] = list
	} else {
		e.found[name] = types.NewErr("the look-up %s needs itself", name)
		e.found[name] = x.byKeys(e.eval(x.ours), region)
	}
	return e.found[name]
}

func (x *index) byKeys(ours ref.Val, region string) ref.Val {
	keys, unread, err := keysOf(ours)
	if err != nil {
		return types.WrapErr(err)
	}
	if unread != nil {
		return unread // what it finds is unknown too
	}
	var found []element
	seen := map[ref.Val]bool{}
	for _, k := range keys {
		for _, e := range x.byKey[k] {
			if len(keys) == 1 || !seen[e.value] {
				seen[e.value] = true
				found = append(found, e)
			}
		}
	}
	return x.list(region, found, x.anyKey)
}

var _ cel.Activation = (*evaluation)(nil)
