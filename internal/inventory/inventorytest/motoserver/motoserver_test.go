//go:build integration

package motoserver_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
	"github.com/infraudit/infraudit/internal/testtool"
)

func TestTheSDKReachesAServerThatStartsEmpty(t *testing.T) {
	var s motoserver.Server
	defer s.Stop()
	s.Setenv(t)
	ctx := t.Context()
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		t.Fatal(err)
	}
	who, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil)
	if err != nil || *who.Account != motoserver.Account {
		t.Fatalf("GetCallerIdentity = %v, %v", who, err)
	}
	policy := "arn:aws:iam::aws:policy/ReadOnlyAccess"
	if _, err := iam.NewFromConfig(cfg).GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: &policy}); err != nil {
		t.Errorf("managed policies are missing: %v", err)
	}
	client := ec2.NewFromConfig(cfg)
	images, err := client.DescribeImages(ctx, &ec2.DescribeImagesInput{Owners: []string{"self"}})
	if err != nil || len(images.Images) != 0 {
		t.Errorf("%d images in a new account, %v", len(images.Images), err)
	}

	size, zone := int32(1), motoserver.Region+"a"
	in := &ec2.CreateVolumeInput{AvailabilityZone: &zone, Size: &size, VolumeType: types.VolumeTypeGp3}
	if _, err := client.CreateVolume(ctx, in); err != nil {
		t.Fatal(err)
	}
	s.Reset(t)
	volumes, err := client.DescribeVolumes(ctx, nil)
	if err != nil || len(volumes.Volumes) != 0 {
		t.Errorf("%d volumes after a reset, %v", len(volumes.Volumes), err)
	}

	s.Stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Endpoint(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := http.DefaultClient.Do(req); err == nil {
		resp.Body.Close()
		t.Error("the server answers after Stop")
	}
}

func TestATestFailsWhenTheToolIsMissing(t *testing.T) {
	t.Setenv(testtool.EnvDir, t.TempDir())
	var s motoserver.Server
	fatal := &recorder{TB: t}
	func() {
		defer func() { _ = recover() }()
		s.Endpoint(fatal)
	}()
	if !strings.Contains(fatal.message, "make tools") {
		t.Errorf("the test failed with %q", fatal.message)
	}
}

// recorder is a test that notes how it failed.
type recorder struct {
	testing.TB
	message string
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.message = fmt.Sprintf(format, args...)
	panic(r)
}
