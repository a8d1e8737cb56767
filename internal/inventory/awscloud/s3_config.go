package awscloud

import (
	"cmp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/infraudit/infraudit/internal/shape"
)

// s3Names are the properties of AWS::S3::Bucket that the S3 API calls otherwise.
var s3Names = map[string]string{
	"ServerSideEncryptionRule.ApplyServerSideEncryptionByDefault": "ServerSideEncryptionByDefault",
	"LoggingEnabled.TargetBucket":                                 "DestinationBucketName",
	"LoggingEnabled.TargetPrefix":                                 "LogFilePrefix",
	"LoggingEnabled.TargetObjectKeyFormat":                        "", // see s3Logging
	"CORSRule.ExposeHeaders":                                      "ExposedHeaders",
	"CORSRule.MaxAgeSeconds":                                      "MaxAge",
	"RoutingRule.Redirect":                                        "RedirectRule",
	"RoutingRule.Condition":                                       "RoutingRuleCondition",
	"Transition.Days":                                             "TransitionInDays",
	"Transition.Date":                                             "TransitionDate",
	"NoncurrentVersionTransition.NoncurrentDays":                  "TransitionInDays",
	"ReplicationRuleFilter.Tag":                                   "TagFilter",
	"ReplicationRuleAndOperator.Tags":                             "TagFilters",
}

// bucketConfig turns the answers of the S3 API into the parts of an AWS::S3::Bucket.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
type bucketConfig struct{ *shape.Projector }

func (b bucketConfig) logging(l *types.LoggingEnabled) object {
	config, _ := b.ProjectAt("LoggingConfiguration", l).(object)
	// The other format, the simple prefix, is the default.
	if f := l.TargetObjectKeyFormat; f != nil && f.PartitionedPrefix != nil && config != nil {
		config["TargetObjectKeyFormat"] = object{
			"PartitionedPrefix": object{"PartitionDateSource": f.PartitionedPrefix.PartitionDateSource},
		}
	}
	return config
}

// lifecycle flattens what the API nests in Filter and Expiration.
func (b bucketConfig) lifecycle(out *s3.GetBucketLifecycleConfigurationOutput) object {
	rules := make([]any, 0, len(out.Rules))
	for i := range out.Rules {
		r := &out.Rules[i]
		rule, ok := b.ProjectAt("LifecycleConfiguration.Rules[*]", r).(object)
		if !ok {
			continue
		}
		if f := r.Filter; f != nil {
			and := types.LifecycleRuleAndOperator{
				ObjectSizeGreaterThan: f.ObjectSizeGreaterThan, ObjectSizeLessThan: f.ObjectSizeLessThan, Prefix: f.Prefix,
			}
			if f.Tag != nil {
				and.Tags = []types.Tag{*f.Tag}
			}
			if f.And != nil {
				and = *f.And
			}
			if and.Prefix != nil {
				rule["Prefix"] = and.Prefix
			}
			rule["ObjectSizeGreaterThan"] = and.ObjectSizeGreaterThan
			rule["ObjectSizeLessThan"] = and.ObjectSizeLessThan
			rule["TagFilters"] = b.ProjectAt("LifecycleConfiguration.Rules[*].TagFilters", and.Tags)
		}
		if e := r.Expiration; e != nil {
			rule["ExpirationInDays"] = e.Days
			rule["ExpirationDate"] = e.Date
			rule["ExpiredObjectDeleteMarker"] = e.ExpiredObjectDeleteMarker
		}
		rules = append(rules, rule)
	}
	return object{
		"Rules":                              rules,
		"TransitionDefaultMinimumObjectSize": string(out.TransitionDefaultMinimumObjectSize),
	}
}

func (b bucketConfig) website(out *s3.GetBucketWebsiteOutput) object {
	config := object{
		"RedirectAllRequestsTo": b.ProjectAt("WebsiteConfiguration.RedirectAllRequestsTo", out.RedirectAllRequestsTo),
		"RoutingRules":          b.ProjectAt("WebsiteConfiguration.RoutingRules", out.RoutingRules),
	}
	if out.IndexDocument != nil {
		config["IndexDocument"] = out.IndexDocument.Suffix
	}
	if out.ErrorDocument != nil {
		config["ErrorDocument"] = out.ErrorDocument.Key
	}
	return config
}

// notification declares one event a configuration, as CloudFormation does where the API has a list of them.
func (b bucketConfig) notification(out *s3.GetBucketNotificationConfigurationOutput) object {
	config := object{}
	add := func(list, target string, arn *string, events []types.Event, filter *types.NotificationConfigurationFilter) {
		all, _ := config[list].([]any)
		for _, event := range events {
			all = append(all, object{"Event": string(event), target: arn, "Filter": notificationFilter(filter)})
		}
		config[list] = all
	}
	for _, c := range out.LambdaFunctionConfigurations {
		add("LambdaConfigurations", "Function", c.LambdaFunctionArn, c.Events, c.Filter)
	}
	for _, c := range out.QueueConfigurations {
		add("QueueConfigurations", "Queue", c.QueueArn, c.Events, c.Filter)
	}
	for _, c := range out.TopicConfigurations {
		add("TopicConfigurations", "Topic", c.TopicArn, c.Events, c.Filter)
	}
	if out.EventBridgeConfiguration != nil {
		config["EventBridgeConfiguration"] = object{"EventBridgeEnabled": true}
	}
	return config
}

func notificationFilter(f *types.NotificationConfigurationFilter) any {
	if f == nil || f.Key == nil {
		return nil
	}
	rules := make([]any, 0, len(f.Key.FilterRules))
	for _, r := range f.Key.FilterRules {
		// The API answers "Prefix" where one declares "prefix".
		rules = append(rules, object{"Name": strings.ToLower(string(r.Name)), "Value": r.Value})
	}
	return object{"S3Key": object{"Rules": rules}}
}

// The groups that an access control list may grant to.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#specifying-grantee
const (
	groupAllUsers           = "http://acs.amazonaws.com/groups/global/AllUsers"
	groupAuthenticatedUsers = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
	groupLogDelivery        = "http://acs.amazonaws.com/groups/s3/LogDelivery"
)

// cannedACLs are the canned access control lists of a bucket by what they grant beside the owner's FULL_CONTROL:
// sorted "grantee permission" lines. The ones that differ for objects only are left out.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
var cannedACLs = map[string]string{
	"":                      "Private",
	groupAllUsers + " READ": "PublicRead",
	groupAllUsers + " READ\n" + groupAllUsers + " WRITE":           "PublicReadWrite",
	groupAuthenticatedUsers + " READ":                              "AuthenticatedRead",
	groupLogDelivery + " READ_ACP\n" + groupLogDelivery + " WRITE": "LogDeliveryWrite",
}

// customACL begins the AccessControl of a bucket whose list is no canned one: CloudFormation can't declare it, yet
// somebody's changing it must show. The grants follow.
const customACL = "Custom: "

// s3Grants returns what an access control list grants, each as "grantee permission" and sorted, the owner being
// "owner"; and the AccessControl that it amounts to.
func s3Grants(out *s3.GetBucketAclOutput) (grants []string, accessControl string) {
	owner := ""
	if out.Owner != nil {
		owner = aws.ToString(out.Owner.ID)
	}
	var others []string
	owned := false
	for _, g := range out.Grants {
		if g.Grantee == nil {
			continue
		}
		who := cmp.Or(aws.ToString(g.Grantee.URI), aws.ToString(g.Grantee.ID), aws.ToString(g.Grantee.EmailAddress))
		if who == owner && owner != "" {
			who = "owner"
		}
		line := who + " " + string(g.Permission)
		grants = append(grants, line)
		if line == "owner FULL_CONTROL" {
			owned = true
		} else {
			others = append(others, line)
		}
	}
	slices.Sort(grants)
	slices.Sort(others)
	if canned, ok := cannedACLs[strings.Join(others, "\n")]; ok && owned {
		return grants, canned
	}
	return grants, customACL + cmp.Or(strings.Join(grants, ", "), "nobody")
}
