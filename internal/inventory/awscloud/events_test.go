package awscloud

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
)

// eventPage is an answer of LookupEvents with these records.
func eventPage(t *testing.T, next string, records ...string) string {
	t.Helper()
	type event struct {
		EventID         string `json:"EventId"`
		CloudTrailEvent string
		EventTime       float64
		Resources       []map[string]string
	}
	page := struct {
		Events    []event
		NextToken string `json:",omitempty"`
	}{NextToken: next}
	for i, r := range records {
		page.Events = append(page.Events, event{
			EventID: fmt.Sprintf("e%d", i), CloudTrailEvent: r, EventTime: 1767225600,
			Resources: []map[string]string{{"ResourceName": "sg-1", "ResourceType": "AWS::EC2::SecurityGroup"}},
		})
	}
	b, err := json.Marshal(page)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func opened(name string) string {
	return fmt.Sprintf(`{"eventVersion":"1.10","eventID":"x","eventTime":"2026-01-01T10:00:00Z","eventSource":"ec2.amazonaws.com",
"eventName":%q,"readOnly":false,"sourceIPAddress":"203.0.113.7","userAgent":"aws-cli/2","errorCode":null,
"userIdentity":{"type":"IAMUser","userName":"alice","arn":"arn:aws:iam::123456789012:user/alice"},
"requestParameters":{"groupId":"sg-1","ipPermissions":{"items":[{"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]}}]}},
"responseElements":{"_return":true,"securityGroupRuleSet":{"items":[{"securityGroupRuleId":"sgr-9"}]}}}`, name)
}

var (
	eventsFrom = time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)
	eventsTo   = eventsFrom.Add(time.Hour)
)

func TestChangesAreReadPageByPage(t *testing.T) {
	p := by(map[string]func(playedCall) playedAnswer{"LookupEvents": func(c playedCall) playedAnswer {
		if c.body["NextToken"] == nil {
			return playedAnswer{body: eventPage(t, "more", opened("AuthorizeSecurityGroupIngress"),
				strings.Replace(opened("RevokeSecurityGroupIngress"), `"errorCode":null`, `"errorCode":"Client.UnauthorizedOperation"`, 1),
				`{"eventName":`, "", "null", "[]", strings.Replace(opened("DescribeInstances"), `"readOnly":false`, `"readOnly":true`, 1))}
		}
		return playedAnswer{body: eventPage(t, "", opened("CreateTags"))}
	}})
	a := openPlayed(t, keyOptions(p))
	var got []inventory.Change
	for c, err := range a.Changes(t.Context(), "eu-west-1", eventsFrom, eventsTo) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, c)
	}
	if len(got) != 2 || got[1].Call != "ec2:CreateTags" {
		t.Fatalf("%+v", got)
	}
	at := time.Date(2026, 1, 1, 10, 0, 0, 0, time.UTC)
	want := inventory.Change{
		EventID: "e0", At: at, Call: "ec2:AuthorizeSecurityGroupIngress",
		Actor: audit.Actor{
			Status: audit.ActorKnown, Name: "alice", ARN: "arn:aws:iam::123456789012:user/alice", Type: "IAMUser",
			Call: "ec2:AuthorizeSecurityGroupIngress", EventID: "e0", SourceIP: "203.0.113.7", UserAgent: "aws-cli/2", At: &at,
		},
		Resources: []string{"sg-1", "0.0.0.0/0", "sgr-9"},
		Paths:     map[string][]string{"ec2_security_group": {"SecurityGroupIngress"}},
	}
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if _, all := got[1].Paths["ec2_vpc"]; !all {
		t.Errorf("tags: %v", got[1].Paths)
	}
	asked := p.calls[0]
	wantBody := map[string]any{
		"LookupAttributes": []any{map[string]any{"AttributeKey": "ReadOnly", "AttributeValue": "false"}}, "MaxResults": 50.0,
		"StartTime": float64(eventsFrom.Unix()), "EndTime": float64(eventsTo.Unix()),
	}
	if diff := cmp.Diff(wantBody, asked.body); diff != "" || !strings.HasPrefix(asked.host, "cloudtrail.eu-west-1.") {
		t.Errorf("asked %s (-want +got):\n%s", asked.host, diff)
	}
}

func TestChangesOfOneResource(t *testing.T) {
	p := by(map[string]func(playedCall) playedAnswer{"LookupEvents": always(eventPage(t, "", opened("AttachRolePolicy")))})
	a := openPlayed(t, keyOptions(p))
	for _, err := range a.ChangesOf(t.Context(), audit.RegionGlobal, "admin", eventsFrom, eventsTo) {
		if err != nil {
			t.Fatal(err)
		}
	}
	by := p.calls[0].body["LookupAttributes"]
	if diff := cmp.Diff([]any{map[string]any{"AttributeKey": "ResourceName", "AttributeValue": "admin"}}, by); diff != "" {
		t.Error(diff)
	}
	if !strings.HasPrefix(p.calls[0].host, "cloudtrail.us-east-1.") {
		t.Errorf("global events were asked of %s", p.calls[0].host)
	}
}

func TestChangesEndWithTheirReader(t *testing.T) {
	n := 0
	p := by(map[string]func(playedCall) playedAnswer{"LookupEvents": func(playedCall) playedAnswer {
		n++
		return playedAnswer{body: eventPage(t, fmt.Sprint(n), opened("CreateTags"), opened("CreateTags"))}
	}})
	a := openPlayed(t, keyOptions(p))
	read := 0
	for _, err := range a.Changes(t.Context(), "eu-west-1", eventsFrom, eventsTo) {
		if err != nil {
			t.Fatal(err)
		}
		if read++; read == 3 {
			break
		}
	}
	if n != 2 {
		t.Errorf("%d pages were read", n)
	}
}

func TestChangesFail(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(playedCall) playedAnswer
		kind   fault.Kind
	}{
		"where they are refused":        {func(c playedCall) playedAnswer { return c.refusal(400, "AccessDeniedException", "") }, fault.Denied},
		"where the log repeats itself":  {always(`{"Events":[],"NextToken":"again"}`), fault.Upstream},
		"where the answer is cut short": {always(`{"Events":[{"EventId":"`), fault.Upstream},
	} {
		t.Run(name, func(t *testing.T) {
			a := openPlayed(t, keyOptions(by(map[string]func(playedCall) playedAnswer{"LookupEvents": c.answer})))
			var errs []error
			for _, err := range a.Changes(t.Context(), "eu-west-1", eventsFrom, eventsTo) {
				errs = append(errs, err)
			}
			if len(errs) != 1 || fault.KindOf(errs[0]) != c.kind || fault.From(errs[0]).Action != "cloudtrail:LookupEvents" {
				t.Errorf("%v", errs)
			}
		})
	}
}

func TestActors(t *testing.T) {
	for name, c := range map[string]struct {
		identity string
		want     string
		status   audit.ActorStatus
	}{
		"a user": {`{"type":"IAMUser","principalId":"AIDAX","userName":"alice"}`, "alice", audit.ActorKnown},
		"a role's session is whom to ask, not the role": {`{"type":"AssumedRole","principalId":"AROAX:bob@example.com",
"arn":"arn:aws:sts::1:assumed-role/Admin/bob@example.com","sessionContext":{"sessionIssuer":{"userName":"Admin"}}}`, "bob@example.com", audit.ActorKnown},
		"a role without a session": {`{"type":"AssumedRole","principalId":"AROAX","sessionContext":{"sessionIssuer":{"userName":"Admin"}}}`, "Admin", audit.ActorKnown},
		"root":                     {`{"type":"Root","arn":"arn:aws:iam::1:root"}`, "root", audit.ActorKnown},
		"a service":                {`{"type":"AWSService","invokedBy":"autoscaling.amazonaws.com"}`, "autoscaling.amazonaws.com", audit.ActorKnown},
		"a federated user":         {`{"type":"FederatedUser","principalId":"1:carol","arn":"arn:aws:sts::1:federated-user/carol"}`, "carol", audit.ActorKnown},
		"a SAML user":              {`{"type":"SAMLUser","principalId":"x=:dora@example.com","userName":"dora@example.com"}`, "dora@example.com", audit.ActorKnown},
		"a web identity":           {`{"type":"WebIdentityUser","principalId":"accounts.google.com:app:id","userName":"id"}`, "app:id", audit.ActorKnown},
		"an Identity Center user":  {`{"type":"IdentityCenterUser","onBehalfOf":{"userId":"u-1","identityStoreArn":"arn"}}`, "u-1", audit.ActorKnown},
		"another account":          {`{"type":"AWSAccount","principalId":"AIDAY","accountId":"2"}`, "AIDAY", audit.ActorKnown},
		"a type of tomorrow":       {`{"type":"Robot","principalId":"R2D2"}`, "R2D2", audit.ActorKnown},
		"nobody":                   {`{}`, "", audit.ActorUnknown},
		"a name without end":       {`{"type":"IAMUser","userName":"` + strings.Repeat("x", 1000) + `"}`, strings.Repeat("x", maxText), audit.ActorKnown},
	} {
		t.Run(name, func(t *testing.T) {
			r, ok := parseRecord(`{"eventName":"X","eventSource":"iam.amazonaws.com","userIdentity":` + c.identity + `}`)
			if !ok {
				t.Fatal("it can't be parsed")
			}
			if a := r.actor(); a.Name != c.want || a.Status != c.status || (a.Status == audit.ActorUnknown) != (a.Reason != "") {
				t.Errorf("%+v", a)
			}
		})
	}
}

func FuzzRecords(f *testing.F) {
	f.Add(opened("CreateTags"))
	f.Add(`{"userIdentity":[],"requestParameters":"x","resources":{}}`)
	f.Add(`{"requestParameters":` + strings.Repeat(`{"a":[`, 50) + `"deep"` + strings.Repeat(`]}`, 50) + `}`)
	f.Fuzz(func(t *testing.T, body string) {
		r, ok := parseRecord(body)
		if !ok {
			return
		}
		n := newNames()
		r.names(n)
		if len(n.list) > maxNames || slices.ContainsFunc(n.list, func(s string) bool { return s == "" || len(s) > maxName }) {
			t.Errorf("names %q", n.list)
		}
		if a := r.actor(); len(a.Name) > maxText || len(a.UserAgent) > maxText {
			t.Errorf("actor %+v", a)
		}
	})
}
