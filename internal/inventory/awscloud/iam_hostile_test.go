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
	h, errs, _ := iamCase().read(t, with(iamAnswers(), "GetAccountPasswordPolicy", "!NoSuchEntity"), "")
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	o := h.one(t, "iam_password_policy", testAccount)
	if o.Facts["Configured"] != false || o.Config["MinimumPasswordLength"] != nil || len(o.Unread) > 0 {
		t.Errorf("got %v, facts %v, unread %v", o.Config, o.Facts, o.Unread)
	}
}

func TestIAMAccessKeysOfAUserWhoVanishesAreLeftOut(t *testing.T) {
	h, errs, _ := iamCase().read(t, with(iamAnswers(), "ListAccessKeys alice", "!NoSuchEntity"), "")
	if ids := h.ids("iam_access_key"); len(ids) > 0 || len(errs) > 0 {
		t.Errorf("%v, failed: %v", ids, errs)
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
		"that AWS never finishes is given up, and the facts are unread": {"!ReportInProgress", unreadBecause("ReportInProgress"), fault.Upstream},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, errs, _ := iamCase().read(t, with(iamAnswers(), "GetCredentialReport", c.answer), "")
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
