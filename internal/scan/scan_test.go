package scan_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/compliance"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/rule"
	"github.com/infraudit/infraudit/internal/scan"
)

const testRules = `
rules:
  - id: bucket-versions
    title: buckets keep versions
    severity: high
    types: [s3_bucket]
    categories: [backup]
    passes: config.?VersioningConfiguration.?Status.orValue("") == "Enabled"
    wanted: enabled
    risk: loss
    remediation: enable it
    references: ["https://example.com"]
    examples: [{want: passed, config: {VersioningConfiguration: {Status: Enabled}}}, {want: failed}]
  - id: topic-has-key
    title: topics have keys that exist
    severity: low
    types: [sns_topic]
    categories: [encryption_at_rest]
    look_ups: {keys: {type: kms_key, ours: 'config.?KmsMasterKeyId.orValue("")', theirs: resource.external_id}}
    passes: keys.exists(k, k.config.?Enabled.orValue(true))
    wanted: a key
    risk: loss
    remediation: set it
    references: ["https://example.com"]
    examples:
      - {want: failed}
      - {want: passed, config: {KmsMasterKeyId: k}, others: [{type: kms_key, external_id: k}]}
  - id: unneeded-rule
    title: nobody asks
    severity: low
    types: [sqs_queue]
    categories: [backup]
    passes: resource.name == "x"
    wanted: x
    risk: x
    remediation: x
    references: ["https://example.com"]
    examples: [{want: failed}, {want: passed, name: x}]
`

const testFramework = `
id: test-1.0
name: Test
version: "1"
provider: aws
sections: [{id: a, title: A}]
controls:
  - {id: a.1, title: Versions, section: a, type: automated, rules: [bucket-versions]}
  - {id: a.2, title: Keys, section: a, type: automated, rules: [topic-has-key]}
  - {id: a.3, title: People, section: a, type: manual, note: ask them}
`

// account is an account in memory.
type account struct {
	mu       sync.Mutex
	regions  []string
	listings map[string]map[string][]inventory.Listing // by region and service
	read     []string                                  // "region type"
}

func (a *account) Regions(context.Context) ([]string, error) { return a.regions, nil }

func (a *account) Services(region string) []inventory.Service {
	var out []inventory.Service
	for name, listings := range a.listings[region] {
		out = append(out, inventory.Service{Name: name, Listings: listings})
	}
	return out
}

func (a *account) Changes(context.Context, string, time.Time, time.Time) iter.Seq2[inventory.Change, error] {
	return nil
}

func (a *account) ChangesOf(context.Context, string, string, time.Time, time.Time) iter.Seq2[inventory.Change, error] {
	return nil
}

func (a *account) Calls() int { return len(a.read) }

// add makes a listing of one type in a region.
func (a *account) add(region, service, typ string, collect func(context.Context, inventory.Emitter) error) {
	if a.listings == nil {
		a.listings = map[string]map[string][]inventory.Listing{}
	}
	if a.listings[region] == nil {
		a.listings[region] = map[string][]inventory.Listing{}
		a.regions = append(a.regions, region)
		slices.Sort(a.regions)
	}
	a.listings[region][service] = append(a.listings[region][service], inventory.Listing{
		Types: []string{typ}, Action: service + ":List",
		Collect: func(ctx context.Context, out inventory.Emitter) error {
			a.mu.Lock()
			a.read = append(a.read, region+" "+typ)
			a.mu.Unlock()
			return collect(ctx, out)
		},
	})
}

func has(resources ...*audit.Observation) func(context.Context, inventory.Emitter) error {
	return func(ctx context.Context, out inventory.Emitter) error {
		for _, o := range resources {
			if err := out.Emit(ctx, o); err != nil {
				return err
			}
		}
		return nil
	}
}

func fails(err error) func(context.Context, inventory.Emitter) error {
	return func(context.Context, inventory.Emitter) error { return err }
}

func bucket(id string, config map[string]any) *audit.Observation {
	return &audit.Observation{Type: "s3_bucket", ExternalID: id, Name: id, Config: config}
}

func topic(id, key string) *audit.Observation {
	return &audit.Observation{Type: "sns_topic", ExternalID: id, Name: id, Config: map[string]any{"KmsMasterKeyId": key}}
}

func options(t *testing.T, a *account) scan.Options {
	t.Helper()
	fsys := fstest.MapFS{"test.yaml": {Data: []byte(testRules)}, "frameworks/test.yaml": {Data: []byte(testFramework)}}
	set, problems, err := rule.Load(fsys, shapes.Load())
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	catalog, problems, err := compliance.Load(fsys, "frameworks", set)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return scan.Options{
		Account: a, AccountID: "123456789012", Rules: set, Catalog: catalog, Frameworks: catalog.All(), Now: func() time.Time { return at },
	}
}

var versioned = map[string]any{"VersioningConfiguration": map[string]any{"Status": "Enabled"}}

// statuses are what an assessment says of each control.
func statuses(r *scan.Report) map[string]audit.ControlStatus {
	out := map[string]audit.ControlStatus{}
	for _, c := range r.Assessments[0].Controls {
		out[c.ID] = c.Status
	}
	return out
}

func TestScan(t *testing.T) {
	denied := &fault.Error{Kind: fault.Denied, Action: "kms:ListKeys", Code: "AccessDenied", Message: "no"}
	throttled := &fault.Error{Kind: fault.Throttled, Action: "s3:List", Code: "Throttling", Message: "slow down"}
	key := &audit.Observation{Type: "kms_key", ExternalID: "key", Config: map[string]any{}}
	for _, c := range []struct {
		name   string
		fill   func(a *account)
		change func(o *scan.Options)
		want   map[string]audit.ControlStatus
		read   []string
		check  func(t *testing.T, r *scan.Report)
	}{
		{
			name: "a service is read besides, whatever the rules need and whatever services are chosen",
			fill: func(a *account) {
				a.add("eu-west-1", "s3", "s3_bucket", has(bucket("good", versioned)))
				a.add("eu-west-1", "cloudcontrol", "aws_ivs_channel", has(&audit.Observation{Type: "aws_ivs_channel", ExternalID: "c"}))
				a.add("eu-west-1", "sqs", "sqs_queue", has())
			},
			change: func(o *scan.Options) { o.Services, o.Besides = []string{"s3"}, []string{"cloudcontrol"} },
			want:   map[string]audit.ControlStatus{"a.1": "passed", "a.2": "not_assessed", "a.3": "manual"},
			read:   []string{"eu-west-1 aws_ivs_channel", "eu-west-1 s3_bucket"},
			check: func(t *testing.T, r *scan.Report) {
				if r.Resources != 2 {
					t.Errorf("%d resources, want 2", r.Resources)
				}
			},
		},
		{
			name: "what the rules need is read, judged and nothing else",
			fill: func(a *account) {
				a.add("eu-west-1", "s3", "s3_bucket", has(bucket("good", versioned), bucket("bad", nil), bucket("bad", nil)))
				a.add("eu-west-1", "sns", "sns_topic", has(topic("t", "key")))
				a.add("eu-west-1", "kms", "kms_key", has(key))
				a.add("eu-west-1", "sqs", "sqs_queue", has())
			},
			want: map[string]audit.ControlStatus{"a.1": "failed", "a.2": "passed", "a.3": "manual"},
			read: []string{"eu-west-1 kms_key", "eu-west-1 s3_bucket", "eu-west-1 sns_topic"},
			check: func(t *testing.T, r *scan.Report) {
				c := r.Assessments[0].Controls[0]
				want := []audit.RuleResult{{
					RuleID: "bucket-versions", Account: "123456789012", ExternalID: "bad", ResourceType: "s3_bucket", ResourceName: "bad",
					Region: "eu-west-1", Status: "failed", Severity: "high", Reason: "VersioningConfiguration.Status is absent",
					Seen: []audit.Value{{Path: "VersioningConfiguration.Status"}},
				}}
				if diff := cmp.Diff(want, c.Results); diff != "" {
					t.Errorf("results (-want +got):\n%s", diff)
				}
				if score := r.Assessments[0].Score; score == nil || *score != 0.5 || r.Resources != 4 || r.Worst() != "high" || r.Unread() || r.Cut() {
					t.Errorf("score %v, %d resources, worst %s, unread %v, cut %v", score, r.Resources, r.Worst(), r.Unread(), r.Cut())
				}
			},
		},
		{
			name: "a refused listing makes the results that need it not assessed, and no others",
			fill: func(a *account) {
				a.add("eu-west-1", "s3", "s3_bucket", has(bucket("good", versioned)))
				a.add("eu-west-1", "sns", "sns_topic", has(topic("t", "key")))
				a.add("eu-west-1", "kms", "kms_key", fails(denied))
			},
			want: map[string]audit.ControlStatus{"a.1": "passed", "a.2": "not_assessed", "a.3": "manual"},
			check: func(t *testing.T, r *scan.Report) {
				c := r.Assessments[0].Controls[1]
				if want := "kms_key in eu-west-1 could not be read: kms:ListKeys (AccessDenied)"; c.Reason != want || len(c.Results) != 1 {
					t.Errorf("%d results, %q", len(c.Results), c.Reason)
				}
				if r.Cut() || !r.Unread() || !r.Read() {
					t.Errorf("cut %v, unread %v, read %v", r.Cut(), r.Unread(), r.Read())
				}
			},
		},
		{
			name: "a listing that is throttled cuts the scan short, and says so",
			fill: func(a *account) {
				a.add("eu-west-1", "s3", "s3_bucket", fails(throttled))
				a.add("eu-west-1", "sns", "sns_topic", has())
			},
			want: map[string]audit.ControlStatus{"a.1": "not_assessed", "a.2": "passed", "a.3": "manual"},
			check: func(t *testing.T, r *scan.Report) {
				if !r.Cut() {
					t.Error("not cut")
				}
			},
		},
		{
			name: "a region that was not asked for is not judged, but may hold what is looked up",
			fill: func(a *account) {
				for _, region := range []string{"eu-west-1", "us-east-1"} {
					a.add(region, "s3", "s3_bucket", has(bucket("bucket-"+region, nil)))
					a.add(region, "sns", "sns_topic", has(topic("t-"+region, "key")))
					a.add(region, "kms", "kms_key", has())
				}
			},
			change: func(o *scan.Options) { o.Regions = []string{"eu-west-1"} },
			want:   map[string]audit.ControlStatus{"a.1": "failed", "a.2": "not_assessed", "a.3": "manual"},
			check: func(t *testing.T, r *scan.Report) {
				if n := r.Assessments[0].Controls[0].Resources.Failed; n != 1 {
					t.Errorf("%d failed", n)
				}
			},
		},
		{
			name: "a service that was not asked for is not read",
			fill: func(a *account) {
				a.add("eu-west-1", "s3", "s3_bucket", has(bucket("good", versioned)))
				a.add("eu-west-1", "sns", "sns_topic", has(topic("t", "key")))
			},
			change: func(o *scan.Options) { o.Services = []string{"s3"} },
			want:   map[string]audit.ControlStatus{"a.1": "passed", "a.2": "not_assessed", "a.3": "manual"},
			read:   []string{"eu-west-1 s3_bucket"},
		},
		{
			name: "a collector that panics is a listing that failed",
			fill: func(a *account) {
				a.add("eu-west-1", "s3", "s3_bucket", func(context.Context, inventory.Emitter) error { panic("oh") })
			},
			want: map[string]audit.ControlStatus{"a.1": "not_assessed", "a.2": "not_assessed", "a.3": "manual"},
		},
		{
			name: "an attribute that is unread is named",
			fill: func(a *account) {
				b := bucket("b", nil)
				b.Unread = map[string]audit.Unread{"VersioningConfiguration": {Action: "s3:GetBucketVersioning", Code: "AccessDenied"}}
				a.add("eu-west-1", "s3", "s3_bucket", has(b))
			},
			want: map[string]audit.ControlStatus{"a.1": "not_assessed", "a.2": "not_assessed", "a.3": "manual"},
			check: func(t *testing.T, r *scan.Report) {
				want := []audit.Gap{{Path: "VersioningConfiguration", Unread: audit.Unread{Action: "s3:GetBucketVersioning", Code: "AccessDenied"}}}
				if diff := cmp.Diff(want, r.Assessments[0].Controls[0].Results[0].Gaps); diff != "" {
					t.Errorf("gaps (-want +got):\n%s", diff)
				}
				if n := r.Coverage[0].Types[0].Unread["s3:GetBucketVersioning"]; n != 1 {
					t.Errorf("coverage %+v", r.Coverage)
				}
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := &account{}
			c.fill(a)
			o := options(t, a)
			if c.change != nil {
				c.change(&o)
			}
			r, err := scan.Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, statuses(r)); diff != "" {
				t.Errorf("controls (-want +got):\n%s", diff)
			}
			slices.Sort(a.read)
			if diff := cmp.Diff(c.read, a.read); c.read != nil && diff != "" {
				t.Errorf("read (-want +got):\n%s", diff)
			}
			if c.check != nil {
				c.check(t, r)
			}
		})
	}
}

func TestScanRefusesWhatThereIsNot(t *testing.T) {
	a := &account{}
	a.add("eu-west-1", "s3", "s3_bucket", has())
	for name, change := range map[string]func(*scan.Options){
		"a region that is not enabled": func(o *scan.Options) { o.Regions = []string{"eu-west-9"} },
		"a service that nobody reads":  func(o *scan.Options) { o.Services = []string{"s4"} },
	} {
		o := options(t, a)
		change(&o)
		if _, err := scan.Run(t.Context(), o); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestScanThatIsCancelledIsNoReport(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stopped")
	a := &account{}
	a.add("eu-west-1", "s3", "s3_bucket", func(ctx context.Context, _ inventory.Emitter) error {
		cancel(stop)
		<-ctx.Done()
		return ctx.Err()
	})
	if r, err := scan.Run(ctx, options(t, a)); err == nil {
		t.Errorf("report %+v", r)
	}
}

func TestProgressCountsListings(t *testing.T) {
	a := &account{}
	for i := range 5 {
		a.add(fmt.Sprintf("eu-west-%d", i), "s3", "s3_bucket", has(bucket(fmt.Sprint(i), nil)))
	}
	o := options(t, a)
	var done []int
	o.Progress = func(p scan.Progress) { done = append(done, p.Done*10+p.Listings) }
	if _, err := scan.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{15, 25, 35, 45, 55}, done); diff != "" {
		t.Error(diff)
	}
}
