//go:build integration

package controltest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

// row takes some rules through the three outcomes.
type row struct {
	rules []string
	// regions are those that the account has enabled; none means the first alone.
	regions []string
	// insecure sets the account up so that the rules fail, and returns the external ids of exactly what they fail for.
	insecure func(t *testing.T, w *world) []string
	// secure puts right what insecure did wrong.
	secure func(t *testing.T, w *world)
	// gone tells that what was wrong can only be removed: then nothing passes, and nothing fails.
	gone bool
	// ages is how much later than now the insecure account is judged, and aged the secure one.
	ages, aged time.Duration
	// denied are refused, one at a time, of the insecure account.
	denied []denial
}

// denial is a call that is refused, and what comes of it.
type denial struct {
	call   string // "S3 GetBucketPolicy"
	action string // as IAM names it
	// listing tells that the rules' own resources are not known then.
	listing bool
	// all tells that what passed isn't known either: see world.passing.
	all bool
	// secure tells that the account is the secure one: the insecure fails whatever the call would say.
	secure bool
}

func detail(call, action string) denial { return denial{call: call, action: action} }
func every(call, action string) denial  { return denial{call: call, action: action, all: true} }
func onceSecure(call, action string) denial {
	return denial{call: call, action: action, secure: true}
}

func listing(call, action string) denial { return denial{call: call, action: action, listing: true} }

func rows() []row {
	return slices.Concat(
		rootRows(), userRows(), permissionRows(), accountRows(), policyRows(), bucketRows(), databaseRows(), trailRows(),
		recordRows(), alarmRows(), accessLogRows(), instanceRows(), firewallRows(), networkRows(), organizationRows(),
	)
}

func TestEveryRuleOfTheBenchmarksHasARow(t *testing.T) {
	b, there := loadBook(t), map[string]bool{}
	for _, r := range rows() {
		for _, id := range r.rules {
			if there[id] {
				t.Errorf("%s has two rows", id)
			}
			there[id] = true
		}
	}
	for _, f := range b.catalog.All() {
		for _, c := range f.Controls {
			for _, id := range c.Rules {
				if !there[id] && strings.HasPrefix(f.ID, "cis-aws-") {
					t.Errorf("%s %s: %s has no row", f.ID, c.ID, id)
				}
			}
		}
	}
	hold(t, "frameworks", frameworkTable(b, there))
}

func TestControlsAreJudgedByWhatMotoHolds(t *testing.T) {
	b, w, seen := loadBook(t), newWorld(t), map[string]*outcome{}
	for i, r := range rows() {
		if len(r.regions) == 0 {
			r.regions = []string{motoserver.Region}
		}
		w.begin(i, r.regions)
		t.Run(r.rules[0], func(t *testing.T) { r.run(t, b, w, seen) })
	}
	for _, r := range rows() {
		if seen[r.rules[0]] == nil || t.Failed() {
			return // some were left out
		}
	}
	hold(t, "rules", ruleTable(b, seen))
}

func (r *row) run(t *testing.T, b *book, w *world, seen map[string]*outcome) {
	for _, id := range r.rules {
		seen[id] = &outcome{}
	}
	ids := r.insecure(t, w)
	slices.Sort(ids)
	for id, c := range w.scan(t, b, r.rules, r.ages) {
		if diff := cmp.Diff(ids, external(c, audit.ControlFailed)); diff != "" || len(ids) == 0 || c.Status != audit.ControlFailed {
			t.Errorf("insecure: %s is %s; failed (-want +got):\n%s%s", id, c.Status, diff, told(c))
		}
		seen[id].failed = true
	}
	r.refuse(t, b, w, false, ids, seen)
	r.secure(t, w)
	r.refuse(t, b, w, true, ids, seen)
	for id, c := range w.scan(t, b, r.rules, r.aged) {
		if c.Status != audit.ControlPassed || c.Resources.Failed+c.Resources.NotAssessed > 0 || (c.Resources.Passed == 0) != r.gone {
			t.Errorf("secure: %s is %s, %+v:\n%s", id, c.Status, c.Resources, told(c))
		}
		seen[id].passed, seen[id].gone = true, r.gone
	}
	against := against(w)
	for _, id := range r.rules {
		seen[id].against = against
	}
}

// refuse refuses the calls that are refused of the insecure account, or of the secure one.
func (r *row) refuse(t *testing.T, b *book, w *world, secure bool, ids []string, seen map[string]*outcome) {
	t.Helper()
	for _, d := range r.denied {
		if d.secure == secure {
			r.refuseOne(t, b, w, d, ids, seen)
		}
	}
}

func (r *row) refuseOne(t *testing.T, b *book, w *world, d denial, ids []string, seen map[string]*outcome) {
	t.Helper()
	w.refuse(d.call)
	defer w.refuse("")
	var want []string
	switch {
	case d.listing:
		want = []string{""}
	case d.all:
		want = slices.Concat(ids, w.passing)
	default:
		want = ids
	}
	slices.Sort(want)
	later := r.ages
	if d.secure {
		later = r.aged
	}
	for id, c := range w.scan(t, b, r.rules, later) {
		got := slices.Compact(external(c, audit.ControlNotAssessed))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s refused: %s not assessed (-want +got):\n%s%s", d.call, id, diff, told(c))
		}
		if failed := external(c, audit.ControlFailed); len(failed) > 0 {
			t.Errorf("%s refused: %s failed for %v", d.call, id, failed)
		}
		for _, result := range c.Results {
			for _, gap := range result.Gaps {
				if gap.Action != d.action {
					t.Errorf("%s refused: %s of %s says %+v", d.call, id, result.ExternalID, gap)
				}
			}
			if result.Status == audit.ControlNotAssessed && len(result.Gaps) == 0 {
				t.Errorf("%s refused: %s of %s doesn't say what is missing", d.call, id, result.ExternalID)
			}
		}
		seen[id].refused = append(seen[id].refused, d.action)
	}
}

// external returns the external ids of a control's results with a status, sorted.
func external(c audit.ControlResult, status audit.ControlStatus) []string {
	var out []string
	for _, r := range c.Results {
		if r.Status == status {
			out = append(out, r.ExternalID)
		}
	}
	slices.Sort(out)
	return out
}

func told(c audit.ControlResult) string {
	var b strings.Builder
	for _, r := range c.Results {
		fmt.Fprintf(&b, "  %s %s %s: %s %v %v\n", r.Status, r.ResourceType, r.ExternalID, r.Reason, r.Seen, r.Gaps)
	}
	return b.String()
}
