package task_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/compliance"
	"github.com/infraudit/infraudit/internal/drift"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/inventory/inventorytest/fleet"
	"github.com/infraudit/infraudit/internal/rule"
	"github.com/infraudit/infraudit/internal/scan"
	"github.com/infraudit/infraudit/rules"
)

// everyRule are the rules that come with the program, and a framework with one control for each.
var everyRule = sync.OnceValues(func() (*rule.Set, *compliance.Catalog) {
	set, problems, err := rule.Load(rules.FS, shapes.Load())
	if err != nil || len(problems) > 0 {
		panic(fmt.Sprint(err, problems))
	}
	var y bytes.Buffer
	y.WriteString("id: every-1.0\nname: Every rule\nversion: \"1\"\nprovider: aws\nsections: [{id: a, title: A}]\ncontrols:\n")
	for _, r := range set.Rules() {
		fmt.Fprintf(&y, "  - {id: %s, title: %s, section: a, type: automated, rules: [%s]}\n", r.ID, r.ID, r.ID)
	}
	catalog, problems, err := compliance.Load(fstest.MapFS{"f/every.yaml": {Data: y.Bytes()}}, "f", set)
	if err != nil || len(problems) > 0 {
		panic(fmt.Sprint(err, problems))
	}
	return set, catalog
})

// unasked are the two ways to say that nobody asked for a type: a scan was not to, a sync has not yet.
var unasked = strings.NewReplacer("the scan left it out", "it was not read", "no sync has read it", "it was not read")

// told is what an assessment says of a rule: of each resource that doesn't pass its status and why, and of how many it says what.
func told(a audit.Assessment) map[string][]string {
	out := map[string][]string{}
	for _, c := range a.Controls {
		lines := []string{fmt.Sprintf("%s, %+v", c.Status, c.Resources)}
		for _, r := range c.Results {
			lines = append(lines, fmt.Sprintf("%s %s in %s: %s because %s", r.ResourceType, r.ExternalID, r.Region, r.Status, unasked.Replace(r.Reason)))
		}
		slices.Sort(lines[1:])
		out[c.ID] = lines
	}
	return out
}

// agree holds what a scan says of an account against what the server says, which stores it before it judges.
func agree(t *testing.T, open opener) map[string][]string {
	t.Helper()
	set, catalog := everyRule()
	s := &spine{t: t, cloud: newCloud(), db: openBolt(t), rules: func(context.Context, string) (*rule.Set, *compliance.Catalog, error) {
		return set, catalog, nil
	}}
	s.connect()
	s.tasks.Opener = open
	if _, err := s.store.SetFramework(t.Context(), team, audit.FrameworkSetting{FrameworkID: "every-1.0", Enabled: true}); err != nil {
		t.Fatal(err)
	}
	s.check()
	server := told(s.assessment("every-1.0"))

	account, err := open(s.provider)
	if err != nil {
		t.Fatal(err)
	}
	f, _ := catalog.Lookup("every-1.0")
	r, err := scan.Run(t.Context(), scan.Options{
		Account: account, AccountID: s.provider.Account, Rules: set, Catalog: catalog, Frameworks: []*compliance.Framework{f}, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	scanned := told(r.Assessments[0])
	if diff := gocmp.Diff(scanned, server); diff != "" {
		t.Errorf("(-a scan +the server):\n%s", diff)
	}
	return scanned
}

func TestAScanAndTheServerAgree(t *testing.T) {
	for name, options := range map[string]fleet.Options{
		"on all that is read": {Seed: 3, N: 150},
		"on what could not be read": {Seed: 3, N: 150, Deny: func(action string) bool {
			return slices.Contains([]string{"s3:GetBucketPolicy", "kms:GetKeyPolicy", "ec2:DescribeSecurityGroups"}, action)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			o := &fleetOpener{}
			o.set(options)
			said := agree(t, func(p audit.Provider) (inventory.Account, error) { return o.OpenAccount(t.Context(), p) })
			failed := 0
			for _, lines := range said {
				failed += len(lines) - 1
			}
			if failed < 100 {
				t.Errorf("only %d results that aren't passed", failed)
			}
		})
	}
}

// Of values that are declared secret the server has digests: a rule that asks what they say would be answered otherwise there.
func TestNoRuleAsksWhatASecretSays(t *testing.T) {
	set, _ := everyRule()
	for _, r := range set.Rules() {
		for i, x := range r.Examples {
			stored := x
			stored.Config = drift.RedactStored(shapes.Load(), cmp.Or(x.Type, r.Types[0]), x.Config)
			stored.Others = slices.Clone(x.Others)
			for k, o := range x.Others {
				stored.Others[k].Config = drift.RedactStored(shapes.Load(), o.Type, o.Config)
			}
			got, err := set.Try(r, &stored)
			if err != nil {
				t.Fatal(err)
			}
			if got.Verdict != x.Want {
				t.Errorf("%s: example %d is %s of what is stored, and %s of what was read", r.ID, i+1, got.Verdict, x.Want)
			}
		}
	}
}
