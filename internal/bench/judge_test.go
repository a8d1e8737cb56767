package bench_test

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/inventory/inventorytest/fleet"
	"github.com/infraudit/infraudit/internal/rule"
	"github.com/infraudit/infraudit/rules"
)

// BenchmarkJudge judges a large account by all rules, look-ups included. An operation is the whole account.
func BenchmarkJudge(b *testing.B) {
	set, problems, err := rule.Load(rules.FS, shapes.Load())
	if err != nil || len(problems) > 0 {
		b.Fatal(err, problems)
	}
	subjects := population(b, set, large)
	for _, adders := range []int{1, runtime.GOMAXPROCS(0)} {
		b.Run(fmt.Sprintf("adders=%d", adders), func(b *testing.B) { benchJudge(b, set, subjects, adders) })
	}
}

func benchJudge(b *testing.B, set *rule.Set, subjects []*rule.Subject, adders int) {
	var verdicts atomic.Int64
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu := cpuTime()
	for b.Loop() {
		j := set.NewJudge(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), nil, func(rule.Result) error {
			verdicts.Add(1)
			return nil
		})
		var g errgroup.Group
		for part := range slices.Chunk(subjects, (len(subjects)+adders-1)/adders) {
			g.Go(func() error {
				for _, s := range part {
					if err := j.Add(s); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := g.Wait(); err != nil {
			b.Fatal(err)
		}
		if err := j.Finish(); err != nil {
			b.Fatal(err)
		}
	}
	cpu = cpuTime() - cpu
	runtime.ReadMemStats(&after)
	per := 1 / float64(verdicts.Load())
	b.ReportMetric(float64(verdicts.Load())/float64(b.N), "verdicts")
	b.ReportMetric(float64(cpu.Nanoseconds())*per, "cpu-ns/verdict")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)*per, "allocs/verdict")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)*per, "B/verdict")
}

// population is an account of n resources: nine in ten of them the synthetic account's, as the collectors read it, and the
// others, of all types, those of the rules' examples, copied so that copies look up one another and no other copy's.
func population(tb testing.TB, set *rule.Set, n int) []*rule.Subject {
	tb.Helper()
	out := collected(tb, newFleet(n*9/10, 0))
	few := map[string]int{ // of which an account has one or few
		"iam_account": 1, "organizations_organization": 1, "cloudtrail_trail": 5, "account_region": 17, "s3_account_public_access_block": 1,
	}
	for c := 0; ; c++ {
		for _, r := range set.Rules() {
			for i := range r.Examples {
				if len(out) >= n {
					return out
				}
				for _, s := range copyOf(r, &r.Examples[i], c) {
					if left, bounded := few[s.Type]; bounded {
						if left == 0 {
							continue
						}
						few[s.Type] = left - 1
					}
					out = append(out, s)
				}
			}
		}
	}
}

// collected is what the collectors make of the synthetic account.
func collected(tb testing.TB, f *fleet.Fleet) []*rule.Subject {
	tb.Helper()
	a, err := account(tb.Context(), f.Client(), "")
	if err != nil {
		tb.Fatal(err)
	}
	all, err := a.Regions(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	c := &collector{}
	for _, region := range all {
		for _, svc := range a.Services(region) {
			for _, l := range svc.Listings {
				c.region = region
				if err := inventory.Read(tb.Context(), l, c); err != nil {
					tb.Fatal(err)
				}
			}
		}
	}
	return c.subjects
}

type collector struct {
	mu       sync.Mutex
	region   string
	subjects []*rule.Subject
}

func (c *collector) Emit(_ context.Context, o *audit.Observation) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.subjects = append(c.subjects, &rule.Subject{
		ExternalID: o.ExternalID, Type: o.Type, Region: c.region, Account: fleet.Account, Name: o.Name, Tags: o.Tags,
		Config: o.Config, Facts: o.Facts, Unread: o.Unread,
	})
	return nil
}

func (*collector) Done(string, string) bool { return false }

var identifier = regexp.MustCompile(`^(arn:.{10,}|[a-z]{1,6}-[0-9a-f]{1,17})$`)

// copyOf is an example's resources with identifiers of their own.
func copyOf(r *rule.Rule, x *rule.Example, copied int) []*rule.Subject {
	all := slices.Concat([]rule.Resource{x.Resource}, x.Others)
	ids := map[string]bool{}
	for i := range all {
		ids[all[i].ExternalID], ids[all[i].Name] = true, true
		walk(all[i].Config, func(text string) string {
			ids[text] = ids[text] || identifier.MatchString(text)
			return text
		})
	}
	var pairs []string
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(ids))) { // the longest of those that begin alike first
		if ids[id] && len(id) > 3 {
			pairs = append(pairs, id, fmt.Sprintf("%s-%s-%d", id, r.ID, copied))
		}
	}
	rename := strings.NewReplacer(pairs...)
	out := make([]*rule.Subject, 0, len(all))
	for i := range all {
		one := &all[i]
		s := &rule.Subject{
			Type: one.Type, ExternalID: rename.Replace(one.ExternalID), Region: regions[copied%len(regions)], Account: fleet.Account,
			Name: rename.Replace(one.Name), Tags: one.Tags, Unread: map[string]audit.Unread{},
		}
		if s.Type == "" {
			s.Type = r.Types[0]
		}
		if s.ExternalID == "" {
			s.ExternalID = fmt.Sprintf("arn:example:%s:%s:%d:%d", s.Type, r.ID, i, copied)
		}
		s.Config, _ = walk(one.Config, rename.Replace).(map[string]any)
		s.Facts, _ = walk(one.Facts, rename.Replace).(map[string]any)
		for path, action := range one.Unread {
			s.Unread[path] = audit.Unread{Action: action, Code: "AccessDenied"}
		}
		out = append(out, s)
	}
	return out
}

// walk copies a value with its texts changed.
func walk(v any, change func(string) string) any {
	switch v := v.(type) {
	case string:
		return change(v)
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = walk(e, change)
		}
		return out
	case []any:
		out := make([]any, 0, len(v))
		for _, e := range v {
			out = append(out, walk(e, change))
		}
		return out
	}
	return v
}
