//go:build integration

package controltest

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	alarmtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// patterns are the filters that AWS itself gives for the benchmark's alarms (AWS Security Hub user guide, "Security Hub
// controls for Amazon CloudWatch", CloudWatch.1 to CloudWatch.14), and the benchmark's for Organizations.
func patterns() map[string]string {
	return map[string]string{
		"cloudwatch-alarm-on-root-use":                        `{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}`,
		"cloudwatch-alarm-on-unauthorized-calls":              `{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}`,
		"cloudwatch-alarm-on-console-sign-in-without-mfa":     `{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }`,
		"cloudwatch-alarm-on-console-authentication-failures": `{($.eventName=ConsoleLogin) && ($.errorMessage="Failed authentication")}`,
		"cloudwatch-alarm-on-iam-policy-changes": events("iam", "DeleteGroupPolicy DeleteRolePolicy DeleteUserPolicy PutGroupPolicy PutRolePolicy PutUserPolicy CreatePolicy "+
			"DeletePolicy CreatePolicyVersion DeletePolicyVersion AttachRolePolicy DetachRolePolicy AttachUserPolicy DetachUserPolicy AttachGroupPolicy DetachGroupPolicy"),
		"cloudwatch-alarm-on-cloudtrail-changes": events("", "CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging"),
		"cloudwatch-alarm-on-kms-key-loss":       events("kms", "DisableKey ScheduleKeyDeletion"),
		"cloudwatch-alarm-on-bucket-policy-changes": events("s3", "PutBucketAcl PutBucketPolicy PutBucketCors PutBucketLifecycle PutBucketReplication "+
			"DeleteBucketPolicy DeleteBucketCors DeleteBucketLifecycle DeleteBucketReplication"),
		"cloudwatch-alarm-on-config-changes": events("config", "StopConfigurationRecorder DeleteDeliveryChannel PutDeliveryChannel PutConfigurationRecorder"),
		"cloudwatch-alarm-on-security-group-changes": events("", "AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress "+
			"RevokeSecurityGroupEgress CreateSecurityGroup DeleteSecurityGroup"),
		"cloudwatch-alarm-on-network-acl-changes": events("", "CreateNetworkAcl CreateNetworkAclEntry DeleteNetworkAcl DeleteNetworkAclEntry "+
			"ReplaceNetworkAclEntry ReplaceNetworkAclAssociation"),
		"cloudwatch-alarm-on-network-gateway-changes": events("", "CreateCustomerGateway DeleteCustomerGateway AttachInternetGateway CreateInternetGateway "+
			"DeleteInternetGateway DetachInternetGateway"),
		"cloudwatch-alarm-on-route-table-changes": events("ec2", "CreateRoute CreateRouteTable ReplaceRoute ReplaceRouteTableAssociation DeleteRouteTable "+
			"DeleteRoute DisassociateRouteTable"),
		"cloudwatch-alarm-on-vpc-changes": events("", "CreateVpc DeleteVpc ModifyVpcAttribute AcceptVpcPeeringConnection CreateVpcPeeringConnection "+
			"DeleteVpcPeeringConnection RejectVpcPeeringConnection AttachClassicLinkVpc DetachClassicLinkVpc DisableVpcClassicLink EnableVpcClassicLink"),
		"cloudwatch-alarm-on-organizations-changes": events("organizations", "AcceptHandshake AttachPolicy CreateAccount CreateOrganizationalUnit CreatePolicy "+
			"DeclineHandshake DeleteOrganization DeleteOrganizationalUnit DeletePolicy DetachPolicy DisablePolicyType EnablePolicyType "+
			"InviteAccountToOrganization LeaveOrganization MoveAccount RemoveAccountFromOrganization UpdatePolicy UpdateOrganizationalUnit"),
	}
}

// events makes the pattern of calls, of one service where it is named.
func events(service, names string) string {
	var each []string
	for name := range strings.FieldsSeq(names) {
		each = append(each, "($.eventName="+name+")")
	}
	any := strings.Join(each, " || ")
	if service == "" {
		return "{" + any + "}"
	}
	return "{($.eventSource=" + service + ".amazonaws.com) && (" + any + ")}"
}

// alarmRows are one row: an account that has all but somebody who is told.
func alarmRows() []row {
	return []row{{
		rules: slices.Sorted(maps.Keys(patterns())),
		denied: []denial{
			onceSecure("CloudTrail DescribeTrails", "cloudtrail:DescribeTrails"), onceSecure("CloudWatch Logs DescribeLogGroups", "logs:DescribeLogGroups"),
			onceSecure("CloudWatch Logs DescribeMetricFilters", "logs:DescribeMetricFilters"), onceSecure("CloudWatch DescribeAlarms", "cloudwatch:DescribeAlarms"),
			detail("SNS ListSubscriptions", "sns:ListSubscriptions"),
		},
		insecure: func(t *testing.T, w *world) []string {
			group := w.logGroup(t)
			w.trail(t, func(in *cloudtrail.CreateTrailInput) {
				in.CloudWatchLogsLogGroupArn, in.CloudWatchLogsRoleArn = &group, new(w.global("iam", "role/trail"))
			})
			topic := must(sns.NewFromConfig(w.cfg).CreateTopic(t.Context(), &sns.CreateTopicInput{Name: new("alarms")}))(t).TopicArn
			for rule, pattern := range patterns() {
				must(cloudwatchlogs.NewFromConfig(w.cfg).PutMetricFilter(t.Context(), &cloudwatchlogs.PutMetricFilterInput{
					LogGroupName: new("trail"), FilterName: &rule, FilterPattern: &pattern,
					MetricTransformations: []logtypes.MetricTransformation{{MetricName: &rule, MetricNamespace: new("CIS"), MetricValue: new("1")}},
				}))(t)
				must(cloudwatch.NewFromConfig(w.cfg).PutMetricAlarm(t.Context(), &cloudwatch.PutMetricAlarmInput{
					AlarmName: &rule, MetricName: &rule, Namespace: new("CIS"), Statistic: alarmtypes.StatisticSum, Period: new(int32(300)),
					EvaluationPeriods: new(int32(1)), Threshold: new(1.0), AlarmActions: []string{*topic},
					ComparisonOperator: alarmtypes.ComparisonOperatorGreaterThanOrEqualToThreshold,
				}))(t)
			}
			return []string{w.root()}
		},
		secure: func(t *testing.T, w *world) {
			must(sns.NewFromConfig(w.cfg).Subscribe(t.Context(), &sns.SubscribeInput{
				TopicArn: new(w.arn("sns", "alarms")), Protocol: new("email"), Endpoint: new("security@example.com"),
			}))(t)
		},
	}}
}
