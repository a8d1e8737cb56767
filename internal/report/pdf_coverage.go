package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/report/paper"
)

// services lists what was read of each service.
func (e *evidence) services() {
	type line struct {
		regions, types map[string]bool
		resources      int
	}
	lines := map[string]*line{}
	for i := range e.Coverage {
		c := &e.Coverage[i]
		l := lines[c.Service]
		if l == nil {
			l = &line{regions: map[string]bool{}, types: map[string]bool{}}
			lines[c.Service] = l
		}
		for _, t := range c.Types {
			l.types[t.ResourceType] = true
			if t.Status != audit.ReadUnsupported {
				l.regions[c.Region] = true
			}
			if t.Count != nil {
				l.resources += *t.Count
			}
		}
	}
	e.p.Section(fmt.Sprintf("Services (%d)", len(lines)))
	t := e.p.Table(paper.Column{Head: "Service", Width: 16}, paper.Column{Head: "Resource types", Width: 56},
		paper.Column{Head: "Regions", Width: 12, Right: true}, paper.Column{Head: "Resources", Width: 14, Right: true})
	for _, name := range slices.Sorted(maps.Keys(lines)) {
		l := lines[name]
		regions := fmt.Sprint(len(l.regions))
		if l.regions[audit.RegionGlobal] {
			if regions = audit.RegionGlobal; len(l.regions) > 1 {
				regions = fmt.Sprintf("%d, global", len(l.regions)-1)
			}
		}
		t.Row(paper.In(paper.Strong, name), paper.In(paper.Small, strings.Join(slices.Sorted(maps.Keys(l.types)), ", ")),
			paper.In(paper.Small, regions), paper.In(paper.Small, fmt.Sprint(l.resources)))
	}
}

// unreadKey is something that could not be read, wherever that was.
type unreadKey struct{ account, typ, action, why string }

// holes returns what could not be read, with the regions.
func (e *evidence) holes() map[unreadKey][]string {
	accounts := map[string]string{}
	for _, a := range e.Accounts {
		accounts[a.ProviderID] = a.ID
	}
	out := map[unreadKey][]string{}
	for i := range e.Coverage {
		c := &e.Coverage[i]
		account := cmp.Or(accounts[c.ProviderID], e.accounts())
		for k := range c.Types {
			t := &c.Types[k]
			if t.Status != audit.ReadOK && t.Status != audit.ReadUnsupported {
				key := unreadKey{account, t.ResourceType, t.Action, cmp.Or(t.Reason, t.Code, string(t.Status))}
				out[key] = append(out[key], c.Region)
			}
			for action, n := range t.Unread {
				key := unreadKey{account, t.ResourceType, action, "a part of " + count(n, "resource")}
				out[key] = append(out[key], c.Region)
			}
		}
	}
	return out
}

func (e *evidence) coverage() error {
	p := e.p
	var first, last time.Time
	listings, unsupported := 0, 0
	for i := range e.Coverage {
		c := &e.Coverage[i]
		if first.IsZero() || c.SyncedAt.Before(first) {
			first = c.SyncedAt
		}
		if c.SyncedAt.After(last) {
			last = c.SyncedAt
		}
		for k := range c.Types {
			listings++
			if c.Types[k].Status == audit.ReadUnsupported {
				unsupported++
			}
		}
	}
	holes := e.holes()
	if listings == 0 {
		p.Text("Nothing was read: no listing was asked for, or none could be.", paper.Body.In(paper.Red))
	} else {
		text := fmt.Sprintf("The configuration was read from %s to %s: %s, each one resource type in one region of one account.",
			moment(first), moment(last), count(listings, "listing"))
		if unsupported > 0 {
			text += fmt.Sprintf(" %d of them are of services that are not offered in their region: there is nothing to read.", unsupported)
		}
		p.Text(text, paper.Body)
	}
	p.Section("What could not be read")
	if len(holes) == 0 {
		p.Text("Everything that was asked for could be read.", paper.Body.In(paper.Green))
		return nil
	}
	p.Text("What is named here is unknown: it may be there or not, and may be right or wrong. The verdicts that depend on it are not "+
		"assessed, and are listed in the chapter of that name. To close a hole, allow the action to the role that reads, and assess again.", paper.Body)
	p.Space(2)
	t := p.Table(paper.Column{Head: "API action", Width: 30}, paper.Column{Head: "Resource type", Width: 22},
		paper.Column{Head: "Account", Width: 15}, paper.Column{Head: "Regions", Width: 18}, paper.Column{Head: "Why", Width: 23})
	keys := slices.SortedFunc(maps.Keys(holes), func(a, b unreadKey) int {
		return cmp.Or(strings.Compare(a.action, b.action), strings.Compare(a.typ, b.typ), strings.Compare(a.account, b.account), strings.Compare(a.why, b.why))
	})
	for _, k := range keys {
		regions := holes[k]
		slices.Sort(regions)
		t.Row(paper.In(paper.Code, cmp.Or(k.action, "none")), paper.In(paper.Small, k.typ), paper.In(paper.Code, k.account),
			paper.In(paper.Small, strings.Join(slices.Compact(regions), ", ")), paper.In(paper.Small, k.why))
	}
	return nil
}
