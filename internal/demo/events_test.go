package demo_test

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/demo"
	"github.com/infraudit/infraudit/internal/demo/estate"
	"github.com/infraudit/infraudit/internal/inventory"
)

var everywhere = []string{"eu-central-1", "eu-west-1", audit.RegionGlobal}

// changesSince collects the changes of all regions since a time.
func (p *played) changesSince(t *testing.T, from time.Time) []inventory.Change {
	t.Helper()
	var out []inventory.Change
	for _, region := range everywhere {
		for c, err := range p.account.Changes(t.Context(), region, from, time.Now().Add(time.Minute)) {
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, c)
		}
	}
	return out
}

func TestEventsTellWhoMadeTheSecondState(t *testing.T) {
	p := play(t)
	seen := time.Now()
	if early := p.changesSince(t, seen); len(early) > 0 {
		t.Fatalf("%d events are there before anything has changed", len(early))
	}
	p.Advance()
	advanced := time.Now()
	who := map[string]string{}
	for _, c := range p.changesSince(t, seen) {
		if c.At.Before(seen.Truncate(time.Millisecond)) || c.At.After(advanced) {
			t.Errorf("%s happened at %s, not between %s and %s", c.Call, c.At, seen, advanced)
		}
		who[c.Call] = c.Actor.Type + " " + c.Actor.Name + " " + c.Actor.SourceIP
	}
	const (
		office   = " 203.0.113.24"
		home     = " 203.0.113.71"
		pipeline = "AssumedRole shop-deploy-4812 192.0.2.60"
		odd      = "IAMUser ci-deploy 198.51.100.23"
	)
	want := map[string]string{
		"cloudtrail:UpdateTrail":            "Root root 198.51.100.88",
		"ec2:AuthorizeSecurityGroupIngress": "AssumedRole maria.lopez" + office,
		"ec2:DeleteVolume":                  pipeline,
		"ec2:ModifyInstanceAttribute":       "AssumedRole priya.shah" + home,
		"ec2:RunInstances":                  odd,
		"ec2:StartInstances":                "AssumedRole priya.shah" + home,
		"ec2:StopInstances":                 "AssumedRole priya.shah" + home,
		"iam:AttachUserPolicy":              "AssumedRole maria.lopez" + office,
		"iam:UpdateAssumeRolePolicy":        "AssumedRole priya.shah" + home,
		"kms:DisableKeyRotation":            "AssumedRole maria.lopez" + office,
		"logs:CreateLogStream":              "AWSService vpc-flow-logs.amazonaws.com vpc-flow-logs.amazonaws.com",
		"rds:ModifyDBInstance":              odd,
		"s3:DeleteBucketPublicAccessBlock":  pipeline,
		"s3:PutBucketPolicy":                pipeline,
		"signin:ConsoleLogin":               who["signin:ConsoleLogin"], // two of them
	}
	if diff := cmp.Diff(want, who); diff != "" {
		t.Errorf("who made what (-want +got):\n%s", diff)
	}
}

func TestEventsOfOneResource(t *testing.T) {
	p := play(t)
	p.Advance()
	var calls []string
	for c, err := range p.account.ChangesOf(t.Context(), "eu-west-1", "nordwind-shop-uploads", time.Now().Add(-time.Hour), time.Now()) {
		if err != nil {
			t.Fatal(err)
		}
		calls = append(calls, c.Call)
	}
	if diff := cmp.Diff([]string{"s3:PutBucketPolicy", "s3:DeleteBucketPublicAccessBlock"}, calls); diff != "" {
		t.Errorf("newest first (-want +got):\n%s", diff)
	}
}

// The events name resources by ids that the recorder makes: recording a changed account must not leave them behind.
func TestEventsNameResourcesOfTheEstate(t *testing.T) {
	var all strings.Builder
	files := estate.Files()
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".txtar") {
			return err
		}
		data, err := fs.ReadFile(files, path)
		all.Write(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	data, err := fs.ReadFile(files, "written/events.json")
	if err != nil {
		t.Fatal(err)
	}
	var events []struct {
		Resources []struct{ ResourceName string }
	}
	if err := json.Unmarshal(data, &events); err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		for _, r := range e.Resources {
			if !strings.Contains(all.String(), r.ResourceName) {
				t.Errorf("%s is in no file of the estate", r.ResourceName)
			}
		}
	}
}

// A clock that only the test moves: the events of the second state lie strictly between what was last seen of the
// first state and its end, in the order of the file.
func TestEventsLieBetweenTheStates(t *testing.T) {
	now := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	server, err := demo.New(func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(10 * time.Second)
	ask(t, server, "sts", "us-east-1", "Action=GetCallerIdentity&Version=2011-06-15")
	seen := now
	now = now.Add(2 * time.Second)
	server.Advance()
	now = now.Add(time.Hour)
	server.Advance() // changes nothing any more
	var page struct {
		Events []struct{ EventTime float64 }
	}
	body := askJSON(t, server, "cloudtrail", "eu-west-1", "CloudTrail_20131101.LookupEvents",
		`{"LookupAttributes":[{"AttributeKey":"ReadOnly","AttributeValue":"false"}],"StartTime":`+epoch(seen)+`}`)
	if err := json.Unmarshal(body, &page); err != nil {
		t.Fatal(err)
	}
	if len(page.Events) < 10 {
		t.Fatalf("%d events, want at least 10", len(page.Events))
	}
	last := epochFloat(seen.Add(2 * time.Second))
	for _, e := range page.Events {
		if e.EventTime >= last || e.EventTime <= epochFloat(seen) {
			t.Errorf("event at %f, want before %f and after %f", e.EventTime, last, epochFloat(seen))
		}
		last = e.EventTime
	}
}

func TestLookupEventsPages(t *testing.T) {
	server, err := demo.New(time.Now)
	if err != nil {
		t.Fatal(err)
	}
	server.Advance()
	var seen []string
	token := ""
	for range 100 {
		var page struct {
			Events []struct {
				EventID string `json:"EventId"`
			}
			NextToken string
		}
		body := askJSON(t, server, "cloudtrail", "eu-west-1", "CloudTrail_20131101.LookupEvents", `{"MaxResults":3`+token+`}`)
		if err := json.Unmarshal(body, &page); err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Events {
			seen = append(seen, e.EventID)
		}
		if page.NextToken == "" {
			break
		}
		token = `,"NextToken":"` + page.NextToken + `"`
	}
	distinct := map[string]bool{}
	for _, id := range seen {
		distinct[id] = true
	}
	if len(seen) < 10 || len(distinct) != len(seen) {
		t.Errorf("%d events in pages, %d of them distinct; want at least 10, all distinct", len(seen), len(distinct))
	}
}
