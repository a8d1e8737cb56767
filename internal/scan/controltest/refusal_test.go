//go:build integration

package controltest

import (
	"maps"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/compliance"
	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

// TestARefusalTouchesOnlyWhatNeedsTheCall scans one account of many things by all of CIS 7.0, again with one call refused, and
// looks at which rules' results are others than before.
func TestARefusalTouchesOnlyWhatNeedsTheCall(t *testing.T) {
	b, w := loadBook(t), newWorld(t)
	w.begin(1000, []string{motoserver.Region})
	w.identities(t)
	w.inline(t, allowsSome)
	w.trail(t, func(in *cloudtrail.CreateTrailInput) { in.EnableLogFileValidation = new(true) })
	w.bucketPolicy(t, "trail", tlsOnly)
	w.database(t, func(*rds.CreateDBInstanceInput) {})
	must(kms.NewFromConfig(w.cfg).CreateKey(t.Context(), nil))(t)
	w.write("Account GetContactInformation", `{"ContactInformation":{"FullName":"Ana Example"}}`)
	w.write("AccessAnalyzer ListAnalyzers", `{"analyzers":[]}`)
	f, ok := b.catalog.Lookup("cis-aws-7.0")
	if !ok {
		t.Fatal("there is no cis-aws-7.0")
	}
	before := w.statuses(t, b, f, "")
	for _, c := range []struct {
		call, action string
		want         []string
	}{
		{"S3 GetBucketPolicy", "s3:GetBucketPolicy", []string{"cloudtrail-bucket-not-public", "s3-bucket-policy-denies-http", "s3-bucket-policy-not-for-everyone"}},
		{"KMS GetKeyRotationStatus", "kms:GetKeyRotationStatus", []string{"kms-key-rotation-enabled"}},
		{"KMS GetKeyPolicy", "kms:GetKeyPolicy", []string{"kms-key-not-public"}},
		{"S3 GetBucketLogging", "s3:GetBucketLogging", []string{"cloudtrail-bucket-access-logged"}},
		{"EC2 DescribeNetworkAcls", "ec2:DescribeNetworkAcls", []string{"ec2-network-acl-admin-ports-closed"}},
		{"IAM ListServerCertificates", "iam:ListServerCertificates", []string{"iam-server-certificate-not-expired"}},
		{"RDS DescribeDBInstances", "rds:DescribeDBInstances", []string{
			"rds-instance-encrypted", "rds-instance-minor-upgrades", "rds-instance-multi-az", "rds-instance-not-public", "rds-instance-unreachable",
		}},
	} {
		t.Run(c.call, func(t *testing.T) {
			changed := map[string]bool{}
			after := w.statuses(t, b, f, c.call)
			for key, v := range after {
				if before[key] == v {
					continue
				}
				changed[key.rule] = true
				if want := (verdict{audit.ControlNotAssessed, c.action}); v != want {
					t.Errorf("%v is %v, before it was %v", key, v, before[key])
				}
			}
			for key, v := range before {
				if _, there := after[key]; !there && !slices.Contains(c.want, key.rule) {
					t.Errorf("%v was %v, and is no more", key, v)
				}
			}
			if diff := cmp.Diff(c.want, slices.Sorted(maps.Keys(changed))); diff != "" {
				t.Errorf("rules whose results are others (-want +got):\n%s", diff)
			}
		})
	}
}

// judged is what a result is of, and verdict what it says: of one that isn't passed.
type judged struct{ rule, resource string }

type verdict struct {
	status audit.ControlStatus
	action string // that the first gap names
}

// statuses scans with a call refused.
func (w *world) statuses(t *testing.T, b *book, f *compliance.Framework, refused string) map[judged]verdict {
	t.Helper()
	w.refuse(refused)
	defer w.refuse("")
	r := w.run(t, b, b.catalog, []*compliance.Framework{f}, 0)
	out := map[judged]verdict{}
	for _, c := range r.Assessments[0].Controls {
		for _, result := range c.Results {
			v := verdict{status: result.Status}
			if len(result.Gaps) > 0 {
				v.action = result.Gaps[0].Action
			}
			out[judged{result.RuleID, result.ExternalID}] = v
		}
	}
	return out
}
