//go:build integration

package awscloud

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

// estate is an account that moto plays, with clients that fill it and list it.
type estate struct {
	endpoint string
	cfg      aws.Config
	http     *awshttp.BuildableClient
	iam      *iam.Client
	s3       *s3.Client
	rds      *rds.Client
	ec2      *ec2.Client
	control  *s3control.Client
	without  []string // resource types that moto can't list
}

func newEstate(t *testing.T, server *motoserver.Server) *estate {
	t.Helper()
	endpoint := server.Endpoint(t)
	at, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	// S3 Control puts the account's id before the host's name, and 123456789012.127.0.0.1 is no name.
	e := &estate{endpoint: endpoint, http: awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
		tr.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, at.Host)
		}
	})}
	account := e.open(t, nil)
	e.cfg = account.session(motoserver.Region).cfg
	e.cfg.HTTPClient = e.http // answers to what changes something may be empty, which those to readers are not
	e.iam, e.s3, e.rds = iam.NewFromConfig(e.cfg), s3.NewFromConfig(e.cfg), rds.NewFromConfig(e.cfg)
	e.ec2, e.control = ec2.NewFromConfig(e.cfg), s3control.NewFromConfig(e.cfg)
	return e
}

func (e *estate) open(t *testing.T, observe func(service, operation, region string)) *Account {
	t.Helper()
	account, err := Open(t.Context(), Options{
		Credentials: Credentials{Method: audit.AuthAccessKey, AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "secret"},
		Account:     motoserver.Account, HomeRegion: motoserver.Region, Endpoint: e.endpoint, HTTPClient: e.http,
		Limits: Limits{Attempts: 1, Rate: 1e6, Burst: 1e6}, Observe: observe, // what moto lacks it lacks at every attempt
	})
	if err != nil {
		t.Fatal(err)
	}
	return account
}

// sync reads the services in the regions, and returns what they emitted and the actions that were called.
func (e *estate) sync(t *testing.T, services []string, regions ...string) (*haul, []string) {
	t.Helper()
	var mu sync.Mutex
	called := map[string]bool{}
	account := e.open(t, func(service, operation, _ string) {
		mu.Lock()
		defer mu.Unlock()
		called[iamAction(service, operation)] = true
	})
	h := &haul{}
	for _, region := range regions {
		for _, service := range account.Services(region) {
			if !slices.Contains(services, service.Name) {
				continue
			}
			for _, l := range service.Listings {
				if slices.Contains(e.without, l.Types[0]) {
					continue
				}
				if err := l.Collect(t.Context(), h); err != nil {
					t.Errorf("%s in %s: %v", l.Types, region, err)
				}
			}
		}
	}
	for _, o := range h.all {
		checkShape(t, o)
	}
	actions := make([]string, 0, len(called))
	for action := range called {
		actions = append(actions, action)
	}
	slices.Sort(actions)
	return h, actions
}

func TestIdentityStorageAndDatabasesOfMoto(t *testing.T) {
	server := &motoserver.Server{}
	t.Cleanup(server.Stop)
	e := newEstate(t, server)
	e.fillIAM(t)
	e.fillS3(t)
	e.fillRDS(t)
	services := []string{"iam", "s3", "rds"}
	regions := []string{audit.RegionGlobal, motoserver.Region, "eu-west-1"}
	h, called := e.sync(t, services, regions...)

	t.Run("everything that moto lists is found", func(t *testing.T) {
		for typ, want := range e.listed(t) {
			slices.Sort(want)
			if diff := cmp.Diff(want, h.ids(typ)); diff != "" || len(want) == 0 {
				t.Errorf("%s (-want +got):\n%s", typ, diff)
			}
		}
	})
	t.Run("nothing but what moto can't tell is unread", func(t *testing.T) {
		for _, o := range h.all {
			for path, u := range o.Unread {
				if u.Code != "NotInReport" || o.Type != "iam_account" { // moto's report has no row for root
					t.Errorf("%s %s: %s: %v", o.Type, o.ExternalID, path, u)
				}
			}
		}
	})
	t.Run("the calls that are made are those declared", func(t *testing.T) {
		var declared []string
		for _, c := range []*collector{iamCollector(), s3Collector(), rdsCollector()} {
			for _, l := range c.listings {
				declared = append(declared, l.actions...)
			}
		}
		slices.Sort(declared)
		if diff := cmp.Diff(slices.Compact(declared), called); diff != "" {
			t.Errorf("(-declared +called):\n%s", diff)
		}
	})
	t.Run("policy documents are documents", func(t *testing.T) {
		for _, c := range []struct{ typ, name, path string }{
			{"iam_policy", "read", "PolicyDocument"}, {"iam_role", "web", "AssumeRolePolicyDocument"},
		} {
			if _, ok := h.one(t, c.typ, c.name).Config[c.path].(object)["Statement"].([]any); !ok {
				t.Errorf("%s %s: %v", c.typ, c.name, h.one(t, c.typ, c.name).Config)
			}
		}
	})
	t.Run("a second sync reads the same", func(t *testing.T) {
		again, _ := e.sync(t, services, regions...)
		sameHashes(t, h, again)
	})
}

// listed returns the external ids that moto's own listings give, by type.
func (e *estate) listed(t *testing.T) map[string][]string {
	t.Helper()
	ctx, out := t.Context(), map[string][]string{}
	add := func(typ string, arn *string) { out[typ] = append(out[typ], aws.ToString(arn)) }
	users := must(e.iam.ListUsers(ctx, &iam.ListUsersInput{}))(t)
	for _, u := range users.Users {
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
	for _, b := range must(e.s3.ListBuckets(ctx, &s3.ListBucketsInput{}))(t).Buckets {
		add("s3_bucket", aws.String("arn:aws:s3:::"+*b.Name))
	}
	for _, d := range must(e.rds.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{}))(t).DBInstances {
		add("rds_instance", d.DBInstanceArn)
	}
	for _, d := range must(e.rds.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{}))(t).DBClusters {
		add("rds_cluster", d.DBClusterArn)
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
}

// must fails the test when a call does.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
