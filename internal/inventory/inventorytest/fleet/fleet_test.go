package fleet_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/fleet"
)

func config(f *fleet.Fleet, region string) aws.Config {
	return aws.Config{
		Region: region, HTTPClient: f.Client(), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("KEY", "SECRET", ""),
	}
}

// snapshots pages through a region's snapshots; it returns their volume sizes by id, and the ids as they came.
func snapshots(t *testing.T, f *fleet.Fleet, region string) (sizes map[string]int32, order []string) {
	t.Helper()
	sizes = map[string]int32{}
	pages := ec2.NewDescribeSnapshotsPaginator(ec2.NewFromConfig(config(f, region)),
		&ec2.DescribeSnapshotsInput{OwnerIds: []string{"self"}, MaxResults: aws.Int32(100)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range page.Snapshots {
			sizes[aws.ToString(s.SnapshotId)] = aws.ToInt32(s.VolumeSize)
			order = append(order, aws.ToString(s.SnapshotId))
		}
	}
	return sizes, order
}

func TestAFleetHasAsManyResourcesAsAskedFor(t *testing.T) {
	for _, n := range []int{0, 1000, 20_000, 100_000} {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			total := 0
			for _, count := range fleet.New(fleet.Options{N: n}).Counts() {
				total += count
			}
			if total != n {
				t.Errorf("%d resources, want %d", total, n)
			}
		})
	}
}

func TestRegionsShareTheFleet(t *testing.T) {
	f := fleet.New(fleet.Options{N: 2000, Regions: []string{"eu-west-1", "us-east-1", "eu-north-1"}})
	all := map[string]int32{}
	for _, region := range []string{"eu-west-1", "us-east-1", "eu-north-1", "ap-south-1"} {
		sizes, order := snapshots(t, f, region)
		if region == "ap-south-1" && len(order) > 0 || region != "ap-south-1" && len(order) < 200 {
			t.Errorf("%s has %d snapshots", region, len(order))
		}
		maps.Copy(all, sizes)
	}
	if got, want := len(all), f.Counts()["ec2_snapshot"]; got != want {
		t.Errorf("%d snapshots over all regions, want %d", got, want)
	}
}

func TestTheSameOptionsGiveTheSameFleet(t *testing.T) {
	o := fleet.Options{N: 1000, Seed: 7}
	first, _ := snapshots(t, fleet.New(o), "eu-west-1")
	again, _ := snapshots(t, fleet.New(o), "eu-west-1")
	if diff := cmp.Diff(first, again); diff != "" {
		t.Error(diff)
	}
	o.Seed = 8
	other, _ := snapshots(t, fleet.New(o), "eu-west-1")
	for id := range other {
		if _, ok := first[id]; ok {
			t.Fatalf("%s is in fleets of two seeds", id)
		}
	}
}

func TestShufflingChangesTheOrderAndNothingElse(t *testing.T) {
	plain, order := snapshots(t, fleet.New(fleet.Options{N: 1000}), "eu-west-1")
	mixed, shuffled := snapshots(t, fleet.New(fleet.Options{N: 1000, ShuffleSeed: 3}), "eu-west-1")
	if diff := cmp.Diff(plain, mixed); diff != "" {
		t.Errorf("the snapshots differ (-plain +shuffled):\n%s", diff)
	}
	if slices.Equal(order, shuffled) {
		t.Error("the order is the same")
	}
}

func instances(t *testing.T, f *fleet.Fleet) map[string]string {
	t.Helper()
	out := map[string]string{}
	page, err := ec2.NewFromConfig(config(f, "eu-west-1")).DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range page.Reservations {
		for _, i := range r.Instances {
			out[aws.ToString(i.InstanceId)] = string(i.InstanceType)
		}
	}
	return out
}

func TestChangedChangesAsManyAsAskedFor(t *testing.T) {
	before := instances(t, fleet.New(fleet.Options{N: 2000}))
	after := instances(t, fleet.New(fleet.Options{N: 2000, Changed: 40}))
	changed := 0
	for id, kind := range before {
		if after[id] != kind {
			changed++
		}
	}
	if changed != 10 { // a quarter each: instances, volumes, security groups, snapshots
		t.Errorf("%d instances changed, want 10", changed)
	}
}

// Every service's answers must mean something to its own client.
func TestClientsOfEveryServiceReadTheFleet(t *testing.T) {
	f := fleet.New(fleet.Options{N: 1000, ShuffleSeed: 9})
	cfg, ctx := config(f, "eu-west-1"), t.Context()
	for name, c := range map[string]struct {
		count func() (int, error)
		want  int
	}{
		"ec2 security groups": {func() (int, error) {
			out, err := ec2.NewFromConfig(cfg).DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{})
			return len(out.SecurityGroups), err
		}, 80},
		"ec2 regions": {func() (int, error) {
			out, err := ec2.NewFromConfig(cfg).DescribeRegions(ctx, &ec2.DescribeRegionsInput{})
			return len(out.Regions), err
		}, 1},
		"ec2 peerings, of which it has none": {func() (int, error) {
			out, err := ec2.NewFromConfig(cfg).DescribeVpcPeeringConnections(ctx, &ec2.DescribeVpcPeeringConnectionsInput{})
			return len(out.VpcPeeringConnections), err
		}, 0},
		"rds instances": {func() (int, error) {
			out, err := rds.NewFromConfig(cfg).DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{})
			return len(out.DBInstances), err
		}, 10},
		"iam principals": {func() (int, error) {
			out, err := iam.NewFromConfig(cfg).GetAccountAuthorizationDetails(ctx, &iam.GetAccountAuthorizationDetailsInput{})
			return len(out.RoleDetailList) + len(out.Policies) + len(out.UserDetailList) + len(out.GroupDetailList), err
		}, 38},
		"iam roles": {func() (int, error) {
			out, err := iam.NewFromConfig(cfg).ListRoles(ctx, &iam.ListRolesInput{})
			return len(out.Roles), err
		}, 20},
		"kms keys": {func() (int, error) {
			out, err := kms.NewFromConfig(cfg).ListKeys(ctx, &kms.ListKeysInput{})
			return len(out.Keys), err
		}, 2},
		"s3 buckets": {func() (int, error) {
			out, err := s3.NewFromConfig(cfg).ListBuckets(ctx, &s3.ListBucketsInput{})
			return len(out.Buckets), err
		}, 2},
		"sts": {func() (int, error) {
			out, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
			return len(aws.ToString(out.Account)), err
		}, 12},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.count()
			if err != nil {
				t.Fatal(err)
			}
			if got != c.want {
				t.Errorf("%d, want %d", got, c.want)
			}
		})
	}
}

func TestFaults(t *testing.T) {
	only := func(action string) bool { return action == "ec2:DescribeVolumes" }
	for name, c := range map[string]struct {
		options fleet.Options
		code    string
	}{
		"denied":    {fleet.Options{Deny: only}, "UnauthorizedOperation"},
		"throttled": {fleet.Options{Throttle: func(action string, attempt int) bool { return only(action) && attempt == 1 }}, "RequestLimitExceeded"},
		"truncated": {fleet.Options{Truncate: only}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c.options.N = 100
			api := ec2.NewFromConfig(config(fleet.New(c.options), "eu-west-1"))
			_, err := api.DescribeVolumes(t.Context(), &ec2.DescribeVolumesInput{})
			var answer smithy.APIError
			if err == nil || errors.As(err, &answer) != (c.code != "") || c.code != "" && answer.ErrorCode() != c.code {
				t.Errorf("got %v, want %q", err, c.code)
			}
			if _, err := api.DescribeSubnets(t.Context(), &ec2.DescribeSubnetsInput{}); err != nil {
				t.Errorf("another operation: %v", err)
			}
		})
	}
}

func TestARepeatedTokenIsTheOneAskedWith(t *testing.T) {
	f := fleet.New(fleet.Options{N: 100, RepeatToken: func(action string) bool { return action == "ec2:DescribeVolumes" }})
	api := ec2.NewFromConfig(config(f, "eu-west-1"))
	var token *string
	for range 3 {
		page, err := api.DescribeVolumes(t.Context(), &ec2.DescribeVolumesInput{NextToken: token})
		if err != nil {
			t.Fatal(err)
		}
		if token != nil && aws.ToString(page.NextToken) != *token {
			t.Errorf("token %q answers %q", *token, aws.ToString(page.NextToken))
		}
		token = page.NextToken
	}
	if token == nil {
		t.Error("the listing ended")
	}
}

func TestAnEndedContextEndsTheCall(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := ec2.NewFromConfig(config(fleet.New(fleet.Options{N: 10}), "eu-west-1")).DescribeVpcs(ctx, &ec2.DescribeVpcsInput{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
