//go:build integration

package awscloud

import (
	"cmp"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func iamOfMoto() motoService {
	return motoService{
		service: "iam", region: audit.RegionGlobal, lacks: []string{"iam:GetCredentialReport"}, // moto's report has no row for root
		fill: func(t *testing.T, e *estate) map[string][]string {
			e.fillIAM(t)
			out := e.listedIAM(t)
			account := "arn:aws:iam::" + motoserver.Account + ":"
			out["iam_account"], out["iam_password_policy"] = []string{account + "root"}, []string{account + "password-policy"}
			return out
		},
		check: func(t *testing.T, h *haul) {
			for _, c := range []struct{ typ, name, path string }{
				{"iam_policy", "read", "PolicyDocument"}, {"iam_role", "web", "AssumeRolePolicyDocument"},
			} {
				if _, ok := h.one(t, c.typ, c.name).Config[c.path].(object)["Statement"].([]any); !ok {
					t.Errorf("%s %s: %v", c.typ, c.name, h.one(t, c.typ, c.name).Config)
				}
			}
		},
	}
}

// listedIAM returns the external ids that moto's own listings give, by type.
func (e *estate) listedIAM(t *testing.T) map[string][]string {
	t.Helper()
	ctx, out := t.Context(), map[string][]string{}
	add := func(typ string, arn *string) { out[typ] = append(out[typ], aws.ToString(arn)) }
	for _, u := range must(e.iam.ListUsers(ctx, &iam.ListUsersInput{}))(t).Users {
		add("iam_user", u.Arn)
		for _, k := range must(e.iam.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: u.UserName}))(t).AccessKeyMetadata {
			add("iam_access_key", aws.String("arn:aws:iam::123456789012:access-key/"+*u.UserName+"/"+*k.AccessKeyId))
		}
	}
	for _, g := range must(e.iam.ListGroups(ctx, &iam.ListGroupsInput{}))(t).Groups {
		add("iam_group", g.Arn)
	}
	for _, r := range must(e.iam.ListRoles(ctx, &iam.ListRolesInput{}))(t).Roles {
		add("iam_role", r.Arn)
	}
	for _, p := range must(e.iam.ListPolicies(ctx, &iam.ListPoliciesInput{Scope: "Local"}))(t).Policies {
		add("iam_policy", p.Arn)
	}
	for _, p := range must(e.iam.ListInstanceProfiles(ctx, &iam.ListInstanceProfilesInput{}))(t).InstanceProfiles {
		add("iam_instance_profile", p.Arn)
	}
	for _, d := range must(e.iam.ListVirtualMFADevices(ctx, &iam.ListVirtualMFADevicesInput{}))(t).VirtualMFADevices {
		add("iam_virtual_mfa_device", d.SerialNumber)
	}
	for _, p := range must(e.iam.ListSAMLProviders(ctx, &iam.ListSAMLProvidersInput{}))(t).SAMLProviderList {
		add("iam_saml_provider", p.Arn)
	}
	for _, p := range must(e.iam.ListOpenIDConnectProviders(ctx, &iam.ListOpenIDConnectProvidersInput{}))(t).OpenIDConnectProviderList {
		add("iam_oidc_provider", p.Arn)
	}
	for _, c := range must(e.iam.ListServerCertificates(ctx, &iam.ListServerCertificatesInput{}))(t).ServerCertificateMetadataList {
		add("iam_server_certificate", c.Arn)
	}
	return out
}

func s3OfMoto() motoService {
	return motoService{
		service: "s3", region: audit.RegionGlobal, also: []string{motoserver.Region, "eu-west-1"},
		lacks: []string{"s3:GetBucketPolicyStatus"}, // it says of no bucket whether it is public
		fill: func(t *testing.T, e *estate) map[string][]string {
			e.fillS3(t)
			out := map[string][]string{"s3_account_public_access_block": {"arn:aws:s3::" + motoserver.Account + ":public-access-block"}}
			for _, b := range must(e.s3.ListBuckets(t.Context(), &s3.ListBucketsInput{}))(t).Buckets {
				out["s3_bucket"] = append(out["s3_bucket"], "arn:aws:s3:::"+*b.Name)
			}
			return out
		},
	}
}

func rdsOfMoto() motoService {
	return motoService{
		service: "rds", region: motoserver.Region, also: []string{"eu-west-1"},
		fill: func(t *testing.T, e *estate) map[string][]string {
			e.fillRDS(t)
			e.fillNeptune(t)
			engines := map[string]map[string]string{"neptune": {"rds_instance": neptuneInstance, "rds_cluster": neptuneCluster}}
			typeOf := func(typ string, engine *string) string { return cmp.Or(engines[aws.ToString(engine)][typ], typ) }
			ctx, out := t.Context(), map[string][]string{}
			add := func(typ string, arn *string) { out[typ] = append(out[typ], aws.ToString(arn)) }
			for _, d := range must(e.rds.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{}))(t).DBInstances {
				add(typeOf("rds_instance", d.Engine), d.DBInstanceArn)
			}
			for _, d := range must(e.rds.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{}))(t).DBClusters {
				add(typeOf("rds_cluster", d.Engine), d.DBClusterArn)
			}
			for _, d := range must(e.rds.DescribeDBSnapshots(ctx, &rds.DescribeDBSnapshotsInput{SnapshotType: aws.String("manual")}))(t).DBSnapshots {
				add("rds_snapshot", d.DBSnapshotArn)
			}
			for _, d := range must(e.rds.DescribeDBClusterSnapshots(ctx, &rds.DescribeDBClusterSnapshotsInput{
				SnapshotType: aws.String("manual"),
			}))(t).DBClusterSnapshots {
				add("rds_cluster_snapshot", d.DBClusterSnapshotArn)
			}
			for _, g := range must(e.rds.DescribeDBSubnetGroups(ctx, &rds.DescribeDBSubnetGroupsInput{}))(t).DBSubnetGroups {
				add("rds_subnet_group", g.DBSubnetGroupArn)
			}
			return out
		},
	}
}
