package awscloud

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
)

const testRole = "arn:aws:iam::123456789012:role/InfraAuditReadOnly"

var staticBase = credentials.NewStaticCredentialsProvider("AKIABASE", "base-secret", "")

// trust plays STS with a role's trust policy: lets tells which external ids get in, "" for none.
func trust(account string, lets func(external string) bool) *played {
	return by(map[string]func(playedCall) playedAnswer{
		"AssumeRole": func(c playedCall) playedAnswer {
			if !lets(c.form.Get("ExternalId")) {
				return c.refusal(403, "AccessDenied", "User: arn:aws:iam::999999999999:user/x is not authorized")
			}
			return playedAnswer{body: `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAX</AccessKeyId>
<SecretAccessKey>session-secret</SecretAccessKey><SessionToken>session-token</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`}
		},
		"GetCallerIdentity": always(identityXML(account, "arn:aws:sts::"+account+":assumed-role/InfraAuditReadOnly/infraudit")),
	})
}

func identityXML(account, arn string) string {
	return fmt.Sprintf("<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>%s</Arn><UserId>U</UserId>"+
		"<Account>%s</Account></GetCallerIdentityResult></GetCallerIdentityResponse>", arn, account)
}

func roleOptions(p *played) awsaccess.Options {
	o := keyOptions(p)
	o.Account, o.HomeRegion, o.Base = "", "", staticBase
	o.Credentials = awsaccess.Credentials{Method: audit.AuthRole, RoleARN: testRole, ExternalID: "ours"}
	return o
}

func TestRolesAreValidated(t *testing.T) {
	isolate(t)
	only := func(external string) bool { return external == "ours" }
	for name, c := range map[string]struct {
		sts    *played
		change func(*awsaccess.Options)
		kind   fault.Kind // "" where it is accepted
		says   string     // field or action
	}{
		"a role that requires the external id is accepted":   {sts: trust(testAccount, only)},
		"a role that lets us in without it is refused":       {sts: trust(testAccount, func(e string) bool { return e == "ours" || e == "" }), kind: fault.Invalid, says: "role_arn"},
		"a role that lets any external id in is refused":     {sts: trust(testAccount, func(e string) bool { return e != "" }), kind: fault.Invalid, says: "role_arn"},
		"a role that lets everyone in is refused":            {sts: trust(testAccount, func(string) bool { return true }), kind: fault.Invalid, says: "role_arn"},
		"a role that doesn't know our external id is denied": {sts: trust(testAccount, func(string) bool { return false }), kind: fault.Denied, says: "sts:AssumeRole"},
		"a role whose credentials are another account's":     {sts: trust("210987654321", only), kind: fault.Invalid, says: "role_arn"},
		"a role of another account than the one known":       {sts: trust(testAccount, only), change: func(o *awsaccess.Options) { o.Account = "210987654321" }, kind: fault.Expired, says: "sts:GetCallerIdentity"},
		"an ARN that isn't one":                              {change: func(o *awsaccess.Options) { o.Credentials.RoleARN = "InfraAudit" }, kind: fault.Invalid, says: "role_arn"},
		"an ARN of a user":                                   {change: func(o *awsaccess.Options) { o.Credentials.RoleARN = "arn:aws:iam::123456789012:user/x" }, kind: fault.Invalid, says: "role_arn"},
		"an ARN with a short account":                        {change: func(o *awsaccess.Options) { o.Credentials.RoleARN = "arn:aws:iam::12345:role/x" }, kind: fault.Invalid, says: "role_arn"},
		"an ARN with a line break":                           {change: func(o *awsaccess.Options) { o.Credentials.RoleARN = testRole + "\n" }, kind: fault.Invalid, says: "role_arn"},
		"no external id":                                     {change: func(o *awsaccess.Options) { o.Credentials.ExternalID = "" }, kind: fault.Invalid, says: "external_id"},
		"a region that isn't one":                            {change: func(o *awsaccess.Options) { o.HomeRegion = "x.example.com/" }, kind: fault.Invalid, says: "home_region"},
		"a method that isn't one":                            {change: func(o *awsaccess.Options) { o.Credentials.Method = "password" }, kind: fault.Invalid, says: "method"},
		"AWS doesn't say whether it lets us in without": {
			sts: &played{answer: func() func(playedCall) playedAnswer {
				let := trust(testAccount, only).answer
				return func(c playedCall) playedAnswer {
					if c.operation == "AssumeRole" && c.form.Get("ExternalId") == "" {
						return c.refusal(400, "Throttling", "")
					}
					return let(c)
				}
			}()}, kind: fault.Throttled, says: "sts:AssumeRole",
		},
	} {
		t.Run(name, func(t *testing.T) {
			sts := c.sts
			if sts == nil {
				sts = by(nil)
			}
			o := roleOptions(sts)
			if c.change != nil {
				c.change(&o)
			}
			who, err := awsaccess.Validate(t.Context(), o)
			f := fault.From(err)
			if c.kind == "" {
				want := awsaccess.Identity{Account: testAccount, Partition: "aws", ARN: "arn:aws:sts::123456789012:assumed-role/InfraAuditReadOnly/infraudit"}
				if diff := cmp.Diff(want, who); err != nil || diff != "" {
					t.Fatalf("%v (-want +got):\n%s", err, diff)
				}
				if tries := []string{"AssumeRole", "AssumeRole", "AssumeRole", "GetCallerIdentity"}; !slices.Equal(sts.operations(), tries) {
					t.Errorf("called %v", sts.operations())
				}
				return
			}
			if f == nil || f.Kind != c.kind {
				t.Fatalf("error %v, kind %s", err, fault.KindOf(err))
			}
			field := ""
			if len(f.Fields) > 0 {
				field = f.Fields[0].Field
			}
			if c.says != field && c.says != f.Action {
				t.Errorf("names field %q and action %q", field, f.Action)
			}
			if c.sts == nil && len(sts.calls) > 0 {
				t.Errorf("called %v", sts.operations())
			}
		})
	}
}

func TestKeysAreValidated(t *testing.T) {
	isolate(t)
	for name, c := range map[string]struct {
		sts    *played
		change func(*awsaccess.Options)
		kind   fault.Kind
		says   string
	}{
		"keys that work":     {sts: by(map[string]func(playedCall) playedAnswer{"GetCallerIdentity": always(identityXML(testAccount, "arn:aws:iam::123456789012:user/audit"))})},
		"keys that expired":  {sts: by(map[string]func(playedCall) playedAnswer{"GetCallerIdentity": func(c playedCall) playedAnswer { return c.refusal(403, "ExpiredToken", "") }}), kind: fault.Expired, says: "sts:GetCallerIdentity"},
		"keys of nobody":     {sts: by(map[string]func(playedCall) playedAnswer{"GetCallerIdentity": func(c playedCall) playedAnswer { return c.refusal(403, "InvalidClientTokenId", "") }}), kind: fault.Expired, says: "sts:GetCallerIdentity"},
		"an answer to doubt": {sts: by(map[string]func(playedCall) playedAnswer{"GetCallerIdentity": always(identityXML("1", "x"))}), kind: fault.Upstream, says: "sts:GetCallerIdentity"},
		"a key with spaces":  {change: func(o *awsaccess.Options) { o.Credentials.AccessKeyID = "AKIA X" }, kind: fault.Invalid, says: "access_key_id"},
		"no key":             {change: func(o *awsaccess.Options) { o.Credentials.AccessKeyID = "" }, kind: fault.Invalid, says: "access_key_id"},
		"no secret":          {change: func(o *awsaccess.Options) { o.Credentials.SecretAccessKey = "" }, kind: fault.Invalid, says: "secret_access_key"},
	} {
		t.Run(name, func(t *testing.T) {
			sts := c.sts
			if sts == nil {
				sts = by(nil)
			}
			o := keyOptions(sts)
			o.Account = ""
			if c.change != nil {
				c.change(&o)
			}
			who, err := awsaccess.Validate(t.Context(), o)
			if f := fault.From(err); c.kind != "" {
				if f == nil || f.Kind != c.kind || c.says != f.Action && (len(f.Fields) == 0 || f.Fields[0].Field != c.says) {
					t.Fatalf("%+v", f)
				}
				return
			}
			if err != nil || who.ARN != "arn:aws:iam::123456789012:user/audit" {
				t.Errorf("%v, %v", who, err)
			}
		})
	}
}

func TestOpenAsksWhoseCredentialsTheyAreOnlyInDoubt(t *testing.T) {
	isolate(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	gov := by(map[string]func(playedCall) playedAnswer{"GetCallerIdentity": always(identityXML(testAccount, "arn:aws-us-gov:iam::123456789012:user/audit"))})
	o := keyOptions(gov)
	if _, err := Open(t.Context(), o); err != nil || len(gov.calls) > 0 {
		t.Errorf("keys of a known account: %v, called %v", err, gov.operations())
	}
	o.Credentials = awsaccess.Credentials{Method: audit.AuthDefault}
	a, err := Open(t.Context(), o)
	if err != nil || len(gov.calls) != 1 || a.partition != "aws-us-gov" || a.Calls() != 1 {
		t.Fatalf("the default chain: %v, called %v", err, gov.operations())
	}
	o.Account = "210987654321"
	if _, err := Open(t.Context(), o); fault.KindOf(err) != fault.Expired {
		t.Errorf("the default chain of another account: %v", err)
	}
}

func TestCredentialsPrintWithoutSecrets(t *testing.T) {
	c := awsaccess.Credentials{Method: audit.AuthAccessKey, AccessKeyID: "AKIAX", SecretAccessKey: "planted-1", SessionToken: "planted-2"}
	o := awsaccess.Options{Credentials: c}
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, nil))
	logger.Info("x", "credentials", c)
	for _, s := range []string{
		fmt.Sprint(c), fmt.Sprintf("%v %+v %#v %s %q", c, c, c, c, c), fmt.Sprintf("%v %+v %#v", o, o, &o), log.String(),
	} {
		if strings.Contains(s, "planted") || !strings.Contains(s, "***") {
			t.Errorf("printed: %s", s)
		}
	}
	// To be sealed they must be whole.
	b, err := json.Marshal(c)
	if err != nil || !bytes.Contains(b, []byte("planted-2")) {
		t.Errorf("%s, %v", b, err)
	}
}
