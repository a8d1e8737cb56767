package awscloud

import (
	"encoding/base64"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
)

func TestIAMPasswordPolicyThatDoesNotExist(t *testing.T) {
	h, errs := iamWire().with(map[string]string{
		"GetAccountPasswordPolicy": "NoSuchEntity the account has no password policy",
	}).sync(t, "iam", audit.RegionGlobal)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	o := h.one(t, "iam_password_policy", testAccount)
	if o.Facts["Configured"] != false || o.Config["MinimumPasswordLength"] != nil || len(o.Unread) > 0 {
		t.Errorf("got %v, facts %v, unread %v", o.Config, o.Facts, o.Unread)
	}
}

func TestIAMCredentialReport(t *testing.T) {
	unreadBecause := func(code string) map[string]audit.Unread {
		return map[string]audit.Unread{reportPath: {Action: "iam:GetCredentialReport", Code: code}}
	}
	content := func(csv string) string {
		return "<Content>" + base64.StdEncoding.EncodeToString([]byte(csv)) + "</Content>"
	}
	for name, c := range map[string]struct {
		answer string
		unread map[string]audit.Unread // of bob
		keys   fault.Kind              // how the keys' listing fails
	}{
		"that is older than a user leaves the user's facts unread":      {content(reportHeader + rootRow + aliceRow), unreadBecause("NotInReport"), ""},
		"that is no CSV leaves everybody's facts unread":                {content("\"user,arn"), unreadBecause("MalformedReport"), fault.Upstream},
		"that lacks a column leaves everybody's facts unread":           {content("user,arn\nbob,x\n"), unreadBecause("MalformedReport"), fault.Upstream},
		"that is missing from the answer leaves the facts unread":       {"<ReportFormat>text/csv</ReportFormat>", unreadBecause("MalformedReport"), fault.Upstream},
		"that AWS never finishes is given up, and the facts are unread": {"ReportInProgress come back later", unreadBecause("ReportInProgress"), fault.Upstream},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("AWS_CA_BUNDLE", "")
			synctest.Test(t, func(t *testing.T) {
				h, errs := iamWire().with(map[string]string{"GetCredentialReport": c.answer}).read(t, "iam", audit.RegionGlobal)
				o := h.one(t, "iam_user", "bob")
				for path, u := range o.Unread {
					u.Reason = ""
					o.Unread[path] = u
				}
				if diff := cmp.Diff(c.unread, o.Unread); diff != "" {
					t.Errorf("unread (-want +got):\n%s", diff)
				}
				if kind := fault.KindOf(errs["iam_access_key"]); kind != c.keys {
					t.Errorf("the keys' listing failed with %q, want %q", kind, c.keys)
				}
				if errs["iam_user"] != nil {
					t.Errorf("users failed: %v", errs["iam_user"])
				}
			})
		})
	}
}

func TestIAMHostileAnswers(t *testing.T) {
	page := iamWire().answers["GetAccountAuthorizationDetails@"]
	for name, c := range map[string]struct {
		changes map[string]string
		failed  string
		kind    fault.Kind
	}{
		"a marker that repeats fails the listing": {
			map[string]string{"GetAccountAuthorizationDetails@two": page}, "iam_user", fault.Upstream,
		},
		"an answer cut short fails the listing": {
			map[string]string{"GetAccountAuthorizationDetails@two": "<UserDetailList><member>"}, "iam_user", fault.Upstream,
		},
		"credentials that expire halfway fail the listing, not its details": {
			map[string]string{"GetSAMLProvider": "ExpiredToken the token has expired"}, "iam_saml_provider", fault.Expired,
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, errs := iamWire().with(c.changes).sync(t, "iam", audit.RegionGlobal)
			if kind := fault.KindOf(errs[c.failed]); kind != c.kind || len(errs) != 1 {
				t.Errorf("failed: %v", errs)
			}
			h.one(t, "iam_oidc_provider", "token.actions.githubusercontent.com") // the others are read
		})
	}
}

func TestIAMResourcesThatVanishAreLeftOut(t *testing.T) {
	h, errs := iamWire().with(map[string]string{
		"GetSAMLProvider": "NoSuchEntity gone", "GetOpenIDConnectProvider": "NoSuchEntity gone",
		"GetServerCertificate": "NoSuchEntity gone", "ListAccessKeys alice@": "NoSuchEntity gone",
	}).sync(t, "iam", audit.RegionGlobal)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	for _, typ := range []string{"iam_saml_provider", "iam_oidc_provider", "iam_server_certificate", "iam_access_key"} {
		if ids := h.ids(typ); len(ids) > 0 {
			t.Errorf("%s: %v", typ, ids)
		}
	}
}

func TestIAMPolicyThatIsNoDocumentIsUnreadAlone(t *testing.T) {
	everything, _ := iamWire().sync(t, "iam", audit.RegionGlobal)
	w := iamWire()
	page := w.answers["GetAccountAuthorizationDetails@two"]
	w.answers["GetAccountAuthorizationDetails@two"] = strings.Replace(page, "<AssumeRolePolicyDocument>%7B", "<AssumeRolePolicyDocument>%5B", 1)
	h, errs := w.sync(t, "iam", audit.RegionGlobal)
	if len(errs) > 0 || len(h.all) != len(everything.all) {
		t.Fatalf("failed: %v; %d of %d resources", errs, len(h.all), len(everything.all))
	}
	o := h.one(t, "iam_role", "web")
	_, unread := o.Unread["AssumeRolePolicyDocument"]
	if !unread || len(o.Unread) != 1 || o.Config["AssumeRolePolicyDocument"] != nil {
		t.Errorf("unread: %v; document: %v", o.Unread, o.Config["AssumeRolePolicyDocument"])
	}
}

func TestIAMOrderMeansNothing(t *testing.T) {
	first, _ := iamWire().sync(t, "iam", audit.RegionGlobal)
	w := iamWire()
	w.answers["GetAccountAuthorizationDetails@"] = strings.Replace(w.answers["GetAccountAuthorizationDetails@"],
		"<member>writers</member><member>admins</member>", "<member>admins</member><member>writers</member>", 1)
	second, _ := w.sync(t, "iam", audit.RegionGlobal)
	sameHashes(t, first, second)
}

func FuzzParseCredentialReport(f *testing.F) {
	f.Add([]byte(reportHeader + rootRow + aliceRow + bobRow))
	f.Add([]byte(strings.TrimSuffix(reportHeader, "\n") + ",additional_credentials_info\n"))
	f.Add([]byte("\"user,arn\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		rows, err := parseCredentialReport(content)
		if err != nil {
			return
		}
		for arn, row := range rows {
			if arn == "" || row.facts == nil {
				t.Errorf("a row without an ARN or facts: %q %v", arn, row)
			}
			if !row.hasKeys && (row.facts["access_key_1_active"] == true || row.facts["access_key_2_active"] == true) {
				t.Errorf("%s has an active key and no keys", arn)
			}
		}
	})
}
