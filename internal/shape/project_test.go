package shape_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/shape"
)

var awsShapes = shapes.Load()

func lookup(t testing.TB, typ string) *shape.Shape {
	t.Helper()
	sh, ok := awsShapes.Lookup(typ)
	if !ok {
		t.Fatalf("no shape for %s", typ)
	}
	return sh
}

func instance() types.Instance {
	return types.Instance{
		ImageId: aws.String("ami-1"), InstanceId: aws.String("i-1"), InstanceType: types.InstanceTypeT3Micro,
		KeyName: aws.String("k"), LaunchTime: aws.Time(time.Unix(0, 0)), EbsOptimized: aws.Bool(true),
		PrivateIpAddress: aws.String("10.0.0.4"), SubnetId: aws.String("subnet-1"), VpcId: aws.String("vpc-1"),
		PublicIpAddress: aws.String("1.2.3.4"), SourceDestCheck: aws.Bool(true),
		State: &types.InstanceState{Name: types.InstanceStateNameRunning, Code: aws.Int32(16)},
		MetadataOptions: &types.InstanceMetadataOptionsResponse{
			HttpTokens: types.HttpTokensStateRequired, HttpPutResponseHopLimit: aws.Int32(2),
			State: types.InstanceMetadataOptionsStateApplied,
		},
		CpuOptions: &types.CpuOptions{CoreCount: aws.Int32(1), ThreadsPerCore: aws.Int32(2)},
		BlockDeviceMappings: []types.InstanceBlockDeviceMapping{{
			DeviceName: aws.String("/dev/xvda"),
			Ebs:        &types.EbsInstanceBlockDevice{DeleteOnTermination: aws.Bool(true), VolumeId: aws.String("vol-1")},
		}},
		Tags: []types.Tag{
			{Key: aws.String("b"), Value: aws.String("2")},
			{Key: aws.String("a"), Value: aws.String("")},
			{Key: aws.String("aws:autoscaling:groupName"), Value: aws.String("x")},
		},
	}
}

func TestProjectKeepsWhatOneDeclaresOfAnSDKStruct(t *testing.T) {
	sh := lookup(t, "ec2_instance")
	got := sh.Project(instance())
	if err := sh.Normalize(got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"ImageId": "ami-1", "InstanceType": "t3.micro", "KeyName": "k", "EbsOptimized": true,
		"PrivateIpAddress": "10.0.0.4", "SubnetId": "subnet-1", "SourceDestCheck": true,
		"MetadataOptions": map[string]any{"HttpTokens": "required", "HttpPutResponseHopLimit": int64(2)},
		"CpuOptions":      map[string]any{"CoreCount": int64(1), "ThreadsPerCore": int64(2)},
		"BlockDeviceMappings": []any{
			map[string]any{"DeviceName": "/dev/xvda", "Ebs": map[string]any{"DeleteOnTermination": true}},
		},
		"Tags":    []any{map[string]any{"Key": "a", "Value": ""}, map[string]any{"Key": "b", "Value": "2"}},
		"Tenancy": "default", "Monitoring": false,
		"HibernationOptions": map[string]any{"Configured": false}, "EnclaveOptions": map[string]any{"Enabled": false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if problems := sh.Check(got); len(problems) > 0 {
		t.Error(problems)
	}
}

func TestProjectKeepsShortNumbersAsTheyWereWritten(t *testing.T) {
	capacity := float32(0.3)
	got := lookup(t, "glue_job").Project(struct{ MaxCapacity *float32 }{&capacity})
	want := map[string]any{"MaxCapacity": 0.3}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkProject(b *testing.B) {
	sh := lookup(b, "ec2_instance")
	in := instance()
	sh.Project(&in)
	b.ReportAllocs()
	for b.Loop() {
		sh.Project(&in)
	}
}

func BenchmarkNormalizeCanonicalHash(b *testing.B) {
	sh := lookup(b, "ec2_instance")
	config := sh.Project(instance())
	_ = sh.Normalize(config)
	out, err := shape.Canonical(config, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Normalize", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = sh.Normalize(config)
		}
	})
	b.Run("Canonical and Hash", func(b *testing.B) {
		b.ReportAllocs()
		b.ReportMetric(float64(len(out)), "config-bytes")
		for b.Loop() {
			out, _ := shape.Canonical(config, nil)
			shape.Hash(out)
		}
	})
}

func BenchmarkCompress(b *testing.B) {
	sh := lookup(b, "ec2_instance")
	config := sh.Project(instance())
	_ = sh.Normalize(config)
	out, err := shape.Canonical(config, nil)
	if err != nil {
		b.Fatal(err)
	}
	packed, err := shape.Compress(out)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Compress", func(b *testing.B) {
		b.ReportAllocs()
		b.ReportMetric(float64(len(packed)), "packed-bytes")
		for b.Loop() {
			_, _ = shape.Compress(out)
		}
	})
	b.Run("Decompress and Decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			body, _ := shape.Decompress(packed)
			_, _ = shape.Decode(body)
		}
	})
}
