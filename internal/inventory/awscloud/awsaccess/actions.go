package awsaccess

import (
	"errors"
	"strings"

	"github.com/aws/smithy-go"
)

// The actions by which we get in.
const (
	ActionGetCallerIdentity = "sts:GetCallerIdentity"
	ActionAssumeRole        = "sts:AssumeRole"
)

// ActionOf returns the IAM action of the innermost call in an error's chain, "" where there is none.
func ActionOf(err error) string {
	action := ""
	var op *smithy.OperationError
	for errors.As(err, &op) {
		action = IAMAction(op.ServiceID, op.OperationName)
		err = op.Err
	}
	return action
}

// IAMAction names the IAM action that an operation needs. They are the same for all but S3 and API Gateway (Service
// Authorization Reference, "Actions, resources, and condition keys").
func IAMAction(serviceID, operation string) string {
	service := strings.ToLower(strings.ReplaceAll(serviceID, " ", ""))
	if prefix, ok := iamPrefixes[service]; ok {
		service = prefix
	}
	switch service {
	case "apigateway": // its actions are the methods of HTTP, and we only read
		return "apigateway:GET"
	case "s3control":
		if action, ok := s3ControlActions[operation]; ok {
			return "s3:" + action
		}
		return "s3:" + operation
	case "s3":
		if action, ok := s3Actions[operation]; ok {
			return "s3:" + action
		}
	}
	return service + ":" + operation
}

// iamPrefixes are IAM's prefixes of the services that the SDK calls otherwise (Service Authorization Reference, "Actions,
// resources, and condition keys for AWS services").
var iamPrefixes = map[string]string{
	"accessanalyzer":           "access-analyzer",
	"apigatewayv2":             "apigateway",
	"cloudcontrol":             "cloudformation",
	"cloudwatchlogs":           "logs",
	"cognitoidentity":          "cognito-identity",
	"cognitoidentityprovider":  "cognito-idp",
	"configservice":            "config",
	"databasemigrationservice": "dms",
	"directoryservice":         "ds",
	"efs":                      "elasticfilesystem",
	"elasticloadbalancingv2":   "elasticloadbalancing",
	"emr":                      "elasticmapreduce",
	"eventbridge":              "events",
	"networkfirewall":          "network-firewall",
	"opensearch":               "es",
	"sfn":                      "states",
	"ssoadmin":                 "sso",
}

// s3Actions are the S3 operations whose action has another name ("Actions, resources, and condition keys for Amazon
// S3").
var s3Actions = map[string]string{
	"ListBuckets":                                "ListAllMyBuckets",
	"HeadBucket":                                 "ListBucket",
	"ListObjectsV2":                              "ListBucket",
	"GetBucketAccelerateConfiguration":           "GetAccelerateConfiguration",
	"GetBucketCors":                              "GetBucketCORS",
	"GetBucketEncryption":                        "GetEncryptionConfiguration",
	"GetBucketLifecycleConfiguration":            "GetLifecycleConfiguration",
	"GetBucketNotificationConfiguration":         "GetBucketNotification",
	"GetBucketReplication":                       "GetReplicationConfiguration",
	"GetObjectLockConfiguration":                 "GetBucketObjectLockConfiguration",
	"GetPublicAccessBlock":                       "GetBucketPublicAccessBlock",
	"ListBucketAnalyticsConfigurations":          "GetAnalyticsConfiguration",
	"ListBucketIntelligentTieringConfigurations": "GetIntelligentTieringConfiguration",
	"ListBucketInventoryConfigurations":          "GetInventoryConfiguration",
	"ListBucketMetricsConfigurations":            "GetMetricsConfiguration",
}

var s3ControlActions = map[string]string{"GetPublicAccessBlock": "GetAccountPublicAccessBlock"}
