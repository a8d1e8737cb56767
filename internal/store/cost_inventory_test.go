package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/store"
	"github.com/infraudit/infraudit/internal/table"
)

// ordinary is a security group of the usual size: 1.5 KB of JSON, of which half a kilobyte is left when compressed.
func ordinary(i int) thing {
	var rules []any
	for n := range 6 {
		rules = append(rules, map[string]any{
			"IpProtocol": "tcp", "FromPort": int64(8000 + n + i%50), "ToPort": int64(8000 + n + i%50), "CidrIp": fmt.Sprintf("10.%d.%d.0/24", i%250, n),
			"Description": fmt.Sprintf("service %d of tier %d, see the network handbook", n, i%7),
		})
	}
	return thing{
		typ: "ec2_security_group", id: fmt.Sprintf("arn:aws:ec2:eu-west-1:123456789012:security-group/sg-0a1b2c3d4e5f%05d", i),
		name: fmt.Sprintf("production-web-tier-%05d", i), tags: map[string]string{"env": "production", "team": "platform", "cost-center": "4711"},
		config: map[string]any{
			"GroupName": fmt.Sprintf("production-web-tier-%05d", i), "GroupDescription": "web tier, managed by the platform team",
			"VpcId": "vpc-0123456789abcdef0", "SecurityGroupIngress": rules,
			"Tags": []any{map[string]any{"Key": "env", "Value": "production"}, map[string]any{"Key": "team", "Value": "platform"}},
		},
		facts: "facts123",
	}
}

func changed(i int) thing {
	th := ordinary(i)
	th.config["VpcId"] = "vpc-0fedcba9876543210"
	return th
}

type cost struct {
	name        string
	read, write float64
	do          func(context.Context) error
}

func (c cost) check(t *testing.T) {
	t.Helper()
	var u table.Usage
	if err := c.do(table.WithUsage(t.Context(), &u)); err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	if u.ReadUnits() != c.read || u.WriteUnits() != c.write {
		t.Errorf("%s costs %v read and %v write units; stated are %v and %v", c.name, u.ReadUnits(), u.WriteUnits(), c.read, c.write)
	}
}

// TestTheCostsOfTheInventoryInTheKeysDocument measures what docs/keys.md states of inventory, findings and history.
func TestTheCostsOfTheInventoryInTheKeysDocument(t *testing.T) {
	s := newStock(t)
	sl := s.slice("eu-west-1", "ec2")
	k := key(sl, ordinary(0).id)
	id := k.ResourceID()
	one := func(verb inventory.Verb, th thing, before string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := s.Record(ctx, team, sl, []inventory.Observed{s.observed(th, verb, before)})
			return err
		}
	}
	first, second := s.observed(ordinary(0), inventory.VerbCreate, ""), s.observed(changed(0), inventory.VerbChange, "")
	touched := changed(0)
	touched.facts = "facts456"
	d := drift(sl, ordinary(0), "/VpcId", s.Now())
	now := s.Now()
	coverage := audit.Coverage{Slice: sl, SyncedAt: now}
	for _, typ := range []string{"ec2_security_group", "ec2_vpc", "ec2_subnet", "ec2_volume", "ec2_instance"} {
		n := 1
		coverage.Types = append(coverage.Types, audit.TypeCoverage{ResourceType: typ, Status: audit.ReadOK, Count: &n, ReadAt: &now})
	}
	putDrift := func(ctx context.Context, event audit.EventType) error {
		if got, err := s.Drift(context.WithoutCancel(t.Context()), team, d.ID); err == nil {
			d.Version = got.Version
		}
		_, err := s.PutDrifts(ctx, team, []audit.DriftChange{{Drift: d, Event: event}})
		return err
	}
	bulk := make([]audit.DriftChange, 100)
	broken := make([]audit.Finding, 100)
	for i := range bulk {
		at := s.slice("eu-west-2", "ec2")
		bulk[i] = audit.DriftChange{Drift: drift(at, ordinary(i), "/VpcId", s.Now()), Event: audit.EventDriftDetected}
		broken[i] = finding(at, ordinary(i), "ec2-security-group-ssh-restricted", s.Now())
	}
	var newest string
	found := finding(sl, ordinary(0), "ec2-security-group-ssh-restricted", s.Now())
	asm := s.assessment("cis-aws-7.0", "asm_1", 0)
	for i := range 60 {
		asm.Controls = append(asm.Controls, audit.ControlResult{ID: fmt.Sprint(i), Title: fmt.Sprint("control ", i), Rules: []string{}, Results: []audit.RuleResult{}})
	}
	steps := []cost{
		{"new resource", 0, 4, one(inventory.VerbCreate, ordinary(0), "")},
		{"resource with another configuration", 0, 8, one(inventory.VerbChange, changed(0), first.Hash)},
		{"resource with other facts", 0, 2, one(inventory.VerbTouch, touched, second.Hash)},
		{"coverage, the first", 0, 2, func(ctx context.Context) error { return s.PutCoverage(ctx, team, coverage) }},
		{"coverage", 0, 1, func(ctx context.Context) error { return s.PutCoverage(ctx, team, coverage) }},
		{"coverage of a slice", 1, 0, func(ctx context.Context) error { _, err := s.SliceCoverage(ctx, team, sl); return err }},
		{"resource by key", 1, 0, func(ctx context.Context) error { _, err := s.ResourceAt(ctx, team, k); return err }},
		{"configuration by hash", 1, 0, func(ctx context.Context) error { _, err := s.ConfigurationAt(ctx, team, k, first.Hash); return err }},
		{"a resource's drifts, none", 1, 0, func(ctx context.Context) error { _, err := s.DriftsOf(ctx, team, k); return err }},
		{"new drift", 0, 10, func(ctx context.Context) error { return putDrift(ctx, audit.EventDriftDetected) }},
		{"a resource's drifts, one", 1, 0, func(ctx context.Context) error { _, err := s.DriftsOf(ctx, team, k); return err }},
		{"set judged", 0, 2, func(ctx context.Context) error {
			_, err := s.SetJudged(ctx, team, k, second.Hash, first.Hash)
			return err
		}},
		{"pending drifts of a region, one", 2, 0, func(ctx context.Context) error {
			for _, err := range s.PendingDrifts(ctx, team, s.provider.ID, "eu-west-1") {
				if err != nil {
					return err
				}
			}
			return nil
		}},
		{"actor found", 0, 3, func(ctx context.Context) error { d.Actor.Status = audit.ActorKnown; return putDrift(ctx, "") }},
		{"get drift", 1.5, 0, func(ctx context.Context) error { _, err := s.Drift(ctx, team, d.ID); return err }},
		{"update drift", 1.5, 2, func(ctx context.Context) error {
			_, err := s.SetDriftStatus(ctx, team, d.ID, audit.DriftInvestigating, "me")
			return err
		}},
		{"list drifts, one", 1, 0, func(ctx context.Context) error {
			_, err := s.Drifts(ctx, team, store.DriftFilter{}, store.Paging{})
			return err
		}},
		{"resolve drift", 0, 10, func(ctx context.Context) error {
			d.Status = audit.DriftResolved
			return putDrift(ctx, audit.EventDriftResolved)
		}},
		{"new finding", 0, 10, func(ctx context.Context) error {
			_, err := s.OpenFindings(ctx, team, []audit.Finding{found})
			return err
		}},
		{"findings of a slice, one", 1, 0, func(ctx context.Context) error {
			for _, err := range s.FindingsOf(ctx, team, sl) {
				if err != nil {
					return err
				}
			}
			return nil
		}},
		{"another value is seen", 0, 3, func(ctx context.Context) error {
			found.Version, found.Reason = 1, "port 22 is open to 0.0.0.0/0"
			_, err := s.PutFindings(ctx, team, []audit.Finding{found})
			return err
		}},
		{"waive finding", 1, 5, func(ctx context.Context) error {
			_, err := s.UpdateFinding(ctx, team, found.ID, func(f *audit.Finding) bool { return f.Waive("wvr_1") })
			return err
		}},
		{"resolve finding", 0.5, 5, func(ctx context.Context) error {
			some, err := s.FindingsByID(ctx, team, []string{found.ID})
			if err == nil && some[0].Resolve(audit.ResolvedPassed, now, now) {
				_, err = s.PutFindings(ctx, team, some)
			}
			return err
		}},
		{"record a judgement, the first", 0, 2, func(ctx context.Context) error {
			return s.PutJudgement(ctx, team, sl.ProviderID, store.Judgement{At: now})
		}},
		{"record a judgement", 0, 1, func(ctx context.Context) error {
			return s.PutJudgement(ctx, team, sl.ProviderID, store.Judgement{At: now})
		}},
		{"get finding, resolved", 1, 0, func(ctx context.Context) error { _, err := s.Finding(ctx, team, found.ID); return err }},
		{"list open findings, none", 2, 0, func(ctx context.Context) error {
			_, err := s.Findings(ctx, team, store.FindingFilter{}, store.Paging{})
			return err
		}},
		{"list a rule's findings, one", 1.5, 0, func(ctx context.Context) error {
			_, err := s.Findings(ctx, team, store.FindingFilter{RuleID: found.RuleID, Status: audit.FindingStatuses()}, store.Paging{})
			return err
		}},
		{"list a resource's findings, one", 0.5, 0, func(ctx context.Context) error {
			_, err := s.Findings(ctx, team, store.FindingFilter{ResourceID: id, Status: audit.FindingStatuses()}, store.Paging{})
			return err
		}},
		{"put an assessment", 0, 4, func(ctx context.Context) error { return s.PutAssessment(ctx, asm) }},
		{"get an assessment", 1, 0, func(ctx context.Context) error { _, err := s.Assessment(ctx, team, "asm_1"); return err }},
		{"list assessments, one", 0.5, 0, func(ctx context.Context) error {
			_, err := s.Assessments(ctx, team, "cis-aws-7.0", store.Paging{})
			return err
		}},
		{"the assessment before, none", 0.5, 0, func(ctx context.Context) error {
			_, err := s.AssessmentBefore(ctx, team, "cis-aws-7.0", []string{s.provider.ID}, s.Now())
			return err
		}},
		{"snapshot, one", 1.5, 0, func(ctx context.Context) error {
			for _, err := range s.Snapshots(ctx, team, sl, func(string) bool { return true }) {
				if err != nil {
					return err
				}
			}
			return nil
		}},
		{"get resource", 2, 0, func(ctx context.Context) error { _, err := s.Resource(ctx, team, id); return err }},
		{"facts", 1, 0, func(ctx context.Context) error { _, err := s.Facts(ctx, team, id); return err }},
		{"fill a baseline", 0, 7, func(ctx context.Context) error {
			if err := s.PutConfiguration(ctx, team, k, "filled", first.Canonical); err != nil {
				return err
			}
			ok, err := s.FillBaseline(ctx, team, k, audit.BaselineID(k, audit.FirstCapture), first.Hash, "filled")
			if err == nil && !ok {
				err = errors.New("not filled")
			}
			return err
		}},
		{"configuration", 2, 0, func(ctx context.Context) error { _, err := s.Configuration(ctx, team, id, ""); return err }},
		{"capture baseline", 1, 8, func(ctx context.Context) error {
			b, err := s.CaptureBaseline(ctx, team, id, "good", "me")
			newest = b.ID
			return err
		}},
		{"get baseline", 1, 0, func(ctx context.Context) error { _, err := s.Baseline(ctx, team, newest); return err }},
		{"list baselines, two", 1.5, 0, func(ctx context.Context) error { _, err := s.Baselines(ctx, team, id, store.Paging{}); return err }},
		{"history, two events", 1.5, 0, func(ctx context.Context) error {
			_, err := s.ResourceHistory(ctx, team, id, store.Paging{})
			return err
		}},
		{"delete baseline and its configuration", 5, 10, func(ctx context.Context) error {
			return s.DeleteBaseline(ctx, team, audit.BaselineID(k, audit.FirstCapture))
		}},
		{"resource gone", 0, 8, func(ctx context.Context) error {
			_, err := s.Remove(ctx, team, sl, []inventory.Known{{External: k.External, Hash: second.Hash}})
			return err
		}},
		{"gone resources, one", 0.5, 0, func(ctx context.Context) error {
			for _, err := range s.Gone(ctx, team, sl) {
				if err != nil {
					return err
				}
			}
			return nil
		}},
		{"set gone", 0, 3, func(ctx context.Context) error { return s.SetGone(ctx, team, k, now) }},
		{"resource back", 1, 13, one(inventory.VerbCreate, changed(0), "")},
		{"delete a record", 5, 15, func(ctx context.Context) error { return s.DeleteResource(ctx, team, id) }},
		{"100 new drifts", 0, 612, func(ctx context.Context) error { _, err := s.PutDrifts(ctx, team, bulk); return err }},
		{"100 new findings", 0, 612, func(ctx context.Context) error { _, err := s.OpenFindings(ctx, team, broken); return err }},
	}
	for _, step := range steps {
		step.check(t)
	}
}

// estate is a listing of n ordinary resources of which some are edited.
func estate(n int, edit func(i int) (thing, bool)) []inventory.Listing {
	return []inventory.Listing{{
		Types: []string{"ec2_security_group"}, Action: "ec2:DescribeSecurityGroups",
		Collect: func(ctx context.Context, out inventory.Emitter) error {
			for i := range n {
				th, ok := edit(i)
				if !ok {
					continue
				}
				o := &audit.Observation{
					Type: th.typ, ExternalID: th.id, Name: th.name, Status: audit.ResourceActive, Tags: th.tags, Config: th.config,
					Facts: map[string]any{"State": th.facts},
				}
				if err := out.Emit(ctx, o); err != nil {
					return err
				}
			}
			return nil
		},
	}}
}

// The costs of whole syncs of one slice of 1,000 resources, without judging, as docs/keys.md states them.
func TestTheCostsOfSyncsInTheKeysDocument(t *testing.T) {
	const n = 1000
	s := newStock(t)
	sl := s.slice("eu-west-1", "ec2")
	syncer := &inventory.Syncer{Store: s.Store, Now: s.clock.Now}
	sync := func(edit func(i int) (thing, bool)) func(context.Context) error {
		return func(ctx context.Context) error {
			s.clock.Advance(time.Minute)
			_, err := syncer.Slice(ctx, team, sl, estate(n, edit), nil, time.Now().Add(time.Hour))
			return err
		}
	}
	same := func(i int) (thing, bool) { return ordinary(i), true }
	edited := func(i int) (thing, bool) {
		if i < 100 {
			return changed(i), true
		}
		return ordinary(i), true
	}
	for _, step := range []cost{
		{"first sync of 1,000", 1.5, 4002, sync(same)},
		{"unchanged sync of 1,000", 24.5, 1, sync(same)},
		{"sync of 1,000 of which 100 changed", 24.5, 801, sync(edited)},
		{"sync of 900 of which 100 are gone", 24.5, 801, sync(func(i int) (thing, bool) { th, _ := edited(i); return th, i >= 100 })},
		{"snapshots of 900", 921.5, 0, func(ctx context.Context) error {
			for _, err := range s.Snapshots(ctx, team, sl, func(string) bool { return true }) {
				if err != nil {
					return err
				}
			}
			return nil
		}},
		{"list of 50 resources", 27.5, 0, func(ctx context.Context) error {
			_, err := s.Resources(ctx, team, store.ResourceFilter{}, store.Paging{})
			return err
		}},
		{"list of 50 of a type", 28, 0, func(ctx context.Context) error {
			_, err := s.Resources(ctx, team, store.ResourceFilter{ProviderID: s.provider.ID, Region: "eu-west-1", Type: "ec2_security_group"}, store.Paging{})
			return err
		}},
	} {
		step.check(t)
	}
	if got := slices.Collect(func(yield func(inventory.Known) bool) {
		for k, err := range s.Slice(t.Context(), team, sl) {
			if err != nil || !yield(k) {
				return
			}
		}
	}); len(got) != 900 {
		t.Errorf("%d resources are left", len(got))
	}
}
