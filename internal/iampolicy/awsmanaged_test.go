package iampolicy_test

import (
	"testing"

	"github.com/infraudit/infraudit/internal/iampolicy"
)

func TestAWSManagedPoliciesByTheirARN(t *testing.T) {
	for name, c := range map[string]struct {
		arns  []string
		known int
		admin iampolicy.Verdict
	}{
		"an administrator's":               {[]string{"arn:aws:iam::aws:policy/AdministratorAccess"}, 1, iampolicy.Yes},
		"in another partition":             {[]string{"arn:aws-us-gov:iam::aws:policy/AdministratorAccess"}, 1, iampolicy.Yes},
		"one that the customer called so":  {[]string{"arn:aws:iam::111122223333:policy/AdministratorAccess"}, 0, iampolicy.No},
		"a power user's":                   {[]string{"arn:aws:iam::aws:policy/PowerUserAccess"}, 1, iampolicy.No},
		"a power user's with IAM":          {[]string{"arn:aws:iam::aws:policy/PowerUserAccess", "arn:aws:iam::aws:policy/IAMFullAccess"}, 2, iampolicy.Yes},
		"an administrator's, and no power": {[]string{"arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::aws:policy/AWSDenyAll"}, 2, iampolicy.No},
		"one of many others":               {[]string{"arn:aws:iam::aws:policy/job-function/Billing"}, 0, iampolicy.No},
		"none":                             {[]string{"policy/AdministratorAccess"}, 0, iampolicy.No},
	} {
		t.Run(name, func(t *testing.T) {
			var docs []iampolicy.Document
			for _, arn := range c.arns {
				if doc, ok := iampolicy.AWSManaged(arn); ok {
					docs = append(docs, iampolicy.Document{Name: arn, Policy: doc})
				}
			}
			id, err := iampolicy.ParseIdentity(docs, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := id.AllowsAdministrator().Verdict; len(docs) != c.known || got != c.admin {
				t.Errorf("%d known, administrator: %s", len(docs), got)
			}
		})
	}
}
