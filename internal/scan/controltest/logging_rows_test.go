//go:build integration

package controltest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	trailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func (w *world) cloudTrail() *cloudtrail.Client { return cloudtrail.NewFromConfig(w.cfg) }

// trail makes a trail that logs, with a bucket, and returns its ARN.
func (w *world) trail(t *testing.T, edit func(*cloudtrail.CreateTrailInput)) string {
	t.Helper()
	w.bucket(t, "trail")
	in := &cloudtrail.CreateTrailInput{Name: new("main"), S3BucketName: w.bucketName("trail"), IsMultiRegionTrail: new(true)}
	edit(in)
	out := must(w.cloudTrail().CreateTrail(t.Context(), in))(t)
	must(w.cloudTrail().StartLogging(t.Context(), &cloudtrail.StartLoggingInput{Name: new("main")}))(t)
	return *out.TrailARN
}

// logGroup makes a log group and returns its ARN as trails name it.
func (w *world) logGroup(t *testing.T) string {
	t.Helper()
	must(cloudwatchlogs.NewFromConfig(w.cfg).CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: new("trail")}))(t)
	return w.arn("logs", "log-group:trail:*")
}

func trailRows() []row {
	describe := detail("CloudTrail DescribeTrails", "cloudtrail:DescribeTrails")
	trails, status := listing(describe.call, describe.action), onceSecure("CloudTrail GetTrailStatus", "cloudtrail:GetTrailStatus")
	selectors := detail("CloudTrail GetEventSelectors", "cloudtrail:GetEventSelectors")
	update := func(edit func(*world, *cloudtrail.UpdateTrailInput)) func(*testing.T, *world) {
		return func(t *testing.T, w *world) {
			in := &cloudtrail.UpdateTrailInput{Name: new("main")}
			edit(w, in)
			must(w.cloudTrail().UpdateTrail(t.Context(), in))(t)
		}
	}
	asIs := func(*cloudtrail.CreateTrailInput) {}
	ofTrail := func(t *testing.T, w *world) []string { return []string{w.trail(t, asIs)} }
	ofAccount := func(t *testing.T, w *world) []string {
		w.trail(t, asIs)
		return []string{w.root()}
	}
	return []row{
		{
			rules: []string{"cloudtrail-multi-region-trail"}, denied: []denial{describe, status},
			insecure: func(t *testing.T, w *world) []string {
				w.trail(t, func(in *cloudtrail.CreateTrailInput) { in.IsMultiRegionTrail = new(false) })
				return []string{w.root()}
			},
			secure: update(func(_ *world, in *cloudtrail.UpdateTrailInput) { in.IsMultiRegionTrail = new(true) }),
		},
		{
			rules: []string{"cloudtrail-log-file-validation"}, denied: []denial{trails}, insecure: ofTrail,
			secure: update(func(_ *world, in *cloudtrail.UpdateTrailInput) { in.EnableLogFileValidation = new(true) }),
		},
		{
			rules: []string{"cloudtrail-encrypted-with-kms"}, denied: []denial{trails}, insecure: ofTrail,
			secure: update(func(w *world, in *cloudtrail.UpdateTrailInput) {
				in.KmsKeyId = new(w.arn("kms", "key/1234abcd-12ab-34cd-56ef-1234567890ab"))
			}),
		},
		{
			rules: []string{"cloudtrail-delivers-to-cloudwatch-logs"}, denied: []denial{trails}, insecure: ofTrail,
			secure: func(t *testing.T, w *world) {
				group := w.logGroup(t)
				update(func(w *world, in *cloudtrail.UpdateTrailInput) {
					in.CloudWatchLogsLogGroupArn, in.CloudWatchLogsRoleArn = &group, new(w.global("iam", "role/trail"))
				})(t, w)
				w.alter("CloudTrail GetTrailStatus", func(body string) string { // moto delivers nothing
					return strings.Replace(body, "{", fmt.Sprintf(`{"LatestCloudWatchLogsDeliveryTime": %d, `, time.Now().Unix()), 1)
				})
			},
		},
		{
			rules: []string{"cloudtrail-bucket-access-logged"}, denied: []denial{detail("S3 GetBucketLogging", "s3:GetBucketLogging")}, insecure: ofTrail,
			secure: func(t *testing.T, w *world) {
				w.bucket(t, "logs")
				must(w.s3().PutBucketAcl(t.Context(), &s3.PutBucketAclInput{Bucket: w.bucketName("logs"), ACL: s3types.BucketCannedACL("log-delivery-write")}))(t)
				must(w.s3().PutBucketLogging(t.Context(), &s3.PutBucketLoggingInput{
					Bucket: w.bucketName("trail"), BucketLoggingStatus: &s3types.BucketLoggingStatus{
						LoggingEnabled: &s3types.LoggingEnabled{TargetBucket: w.bucketName("logs"), TargetPrefix: new("trail/")},
					},
				}))(t)
			},
		},
		{
			rules: []string{"cloudtrail-bucket-not-public"}, denied: []denial{detail("S3 GetBucketPolicy", "s3:GetBucketPolicy")},
			insecure: func(t *testing.T, w *world) []string {
				id := w.trail(t, asIs)
				w.bucketPolicy(t, "trail", publicRead)
				return []string{id}
			},
			secure: func(t *testing.T, w *world) { w.bucketPolicy(t, "trail", tlsOnly) },
		},
		{
			rules: []string{"cloudtrail-s3-write-events", "cloudtrail-s3-read-events"}, denied: []denial{describe, selectors}, insecure: ofAccount,
			secure: func(t *testing.T, w *world) {
				must(w.cloudTrail().PutEventSelectors(t.Context(), &cloudtrail.PutEventSelectorsInput{
					TrailName: new("main"), EventSelectors: []trailtypes.EventSelector{{
						ReadWriteType: trailtypes.ReadWriteTypeAll, IncludeManagementEvents: new(true),
						DataResources: []trailtypes.DataResource{{Type: new("AWS::S3::Object"), Values: []string{"arn:aws:s3"}}},
					}},
				}))(t)
			},
		},
	}
}

func recordRows() []row {
	two := []string{motoserver.Region, "eu-west-1"}
	recorders := detail("Config Service DescribeConfigurationRecorders", "config:DescribeConfigurationRecorders")
	record := func(t *testing.T, w *world, region string, group *types.RecordingGroup) {
		api := configservice.NewFromConfig(w.in(region))
		must(api.PutConfigurationRecorder(t.Context(), &configservice.PutConfigurationRecorderInput{ConfigurationRecorder: &types.ConfigurationRecorder{
			Name: new("default"), RoleARN: new(w.global("iam", "role/config")), RecordingGroup: group,
		}}))(t)
		must(api.PutDeliveryChannel(t.Context(), &configservice.PutDeliveryChannelInput{DeliveryChannel: &types.DeliveryChannel{
			Name: new("default"), S3BucketName: new("logs"),
		}}))(t)
		must(api.StartConfigurationRecorder(t.Context(), &configservice.StartConfigurationRecorderInput{ConfigurationRecorderName: new("default")}))(t)
	}
	everything := &types.RecordingGroup{AllSupported: true, IncludeGlobalResourceTypes: true}
	inBoth := func(t *testing.T, w *world) {
		for _, region := range two {
			record(t, w, region, everything)
		}
	}
	return []row{
		{
			rules: []string{"config-recorder-records"}, regions: two, denied: []denial{recorders}, secure: inBoth,
			insecure: func(t *testing.T, w *world) []string {
				record(t, w, "eu-west-1", &types.RecordingGroup{ResourceTypes: []types.ResourceType{types.ResourceTypeBucket}})
				return []string{w.global("account", "region/us-east-1"), w.global("account", "region/eu-west-1")}
			},
		},
		{
			rules: []string{"config-delivery-channel-exists"}, regions: two, secure: inBoth,
			denied: []denial{detail("Config Service DescribeDeliveryChannels", "config:DescribeDeliveryChannels")},
			insecure: func(_ *testing.T, w *world) []string {
				return []string{w.global("account", "region/us-east-1"), w.global("account", "region/eu-west-1")}
			},
		},
		{
			rules: []string{"config-records-global-resources"}, denied: []denial{recorders},
			insecure: func(t *testing.T, w *world) []string {
				record(t, w, motoserver.Region, &types.RecordingGroup{AllSupported: true})
				return []string{w.root()}
			},
			secure: func(t *testing.T, w *world) { record(t, w, motoserver.Region, everything) },
		},
	}
}
