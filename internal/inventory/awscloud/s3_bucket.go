package awscloud

import (
	"context"
	"maps"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
)

// bucketRead is one call about one bucket. Nothing of S3 answers for many.
type bucketRead struct {
	action string
	paths  []string // what is unread when the call is refused
	absent []string // error codes that mean "not configured", beyond those that isAbsence knows
	read   func(ctx context.Context, api *s3.Client, o *audit.Observation) error
}

// bucketPolicy is where a bucket carries its policy, which CloudFormation declares apart.
const bucketPolicy = "AWS::S3::BucketPolicy"

var objectLockPaths = []string{"ObjectLockConfiguration", "ObjectLockEnabled"}

// reads are the calls that are made for every bucket. AWS::S3::Bucket has more properties (analytics, inventory,
// metrics, tiering, metadata tables), which cost a call each and matter little: they are not read, nor kept.
func (b bucketConfig) reads() []bucketRead {
	return []bucketRead{
		{action: "s3:GetEncryptionConfiguration", paths: []string{"BucketEncryption"}, read: b.readEncryption},
		{action: "s3:GetBucketVersioning", paths: []string{"VersioningConfiguration", "facts.MFADelete"}, read: b.readVersioning},
		{action: "s3:GetBucketPolicy", paths: []string{bucketPolicy}, read: b.readPolicy},
		{action: "s3:GetBucketPolicyStatus", paths: []string{"facts.PolicyIsPublic"}, read: b.readPolicyStatus},
		{action: "s3:GetBucketPublicAccessBlock", paths: []string{"PublicAccessBlockConfiguration"}, read: b.readPublicAccessBlock},
		{action: "s3:GetBucketAcl", paths: []string{"AccessControl", "facts.Grants"}, read: b.readACL},
		{action: "s3:GetBucketOwnershipControls", paths: []string{"OwnershipControls"}, read: b.readOwnership},
		{action: "s3:GetBucketLogging", paths: []string{"LoggingConfiguration"}, read: b.readLogging},
		{action: "s3:GetLifecycleConfiguration", paths: []string{"LifecycleConfiguration"}, read: b.readLifecycle},
		{action: "s3:GetReplicationConfiguration", paths: []string{"ReplicationConfiguration"}, read: b.readReplication},
		{action: "s3:GetBucketNotification", paths: []string{"NotificationConfiguration"}, read: b.readNotification},
		{action: "s3:GetBucketWebsite", paths: []string{"WebsiteConfiguration"}, read: b.readWebsite},
		{action: "s3:GetBucketCORS", paths: []string{"CorsConfiguration"}, read: b.readCORS},
		{action: "s3:GetBucketTagging", paths: []string{"Tags"}, read: b.readTagging},
		{action: "s3:GetBucketObjectLockConfiguration", paths: objectLockPaths, read: b.readObjectLock},
		{action: "s3:GetAccelerateConfiguration", paths: []string{"AccelerateConfiguration"}, read: b.readAcceleration, absent: unaccelerated},
	}
}

// unaccelerated are S3's answers where a region, or a bucket's name, doesn't allow acceleration.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/transfer-acceleration.html
var unaccelerated = []string{"MethodNotAllowed", "NotImplemented", "UnsupportedOperation"}

func bucketOf(o *audit.Observation) *string { return &o.Name }

func (b bucketConfig) readEncryption(ctx context.Context, api *s3.Client, o *audit.Observation) error {
	out, err := api.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: bucketOf(o)})
	if err == nil && out.ServerSideEncryptionConfiguration != nil {
		const rules = "ServerSideEncryptionConfiguration"
		o.Config["BucketEncryption"] = object{
			rules: b.ProjectAt("BucketEncryption."+rules, out.ServerSideEncryptionConfiguration.Rules),
		}
	}
	return err
}

func (b bucketConfig) readVersioning(ctx context.Context, api *s3.Client, o *audit.Observation) error {
	out, err := api.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: bucketOf(o)})
	if err == nil {
		o.Facts["MFADelete"] = told(out.MFADelete)
		if out.Status != "" {
			o.Config["VersioningConfiguration"] = object{"Status": out.Status}
		}
	}
	return err
}

func (b bucketConfig) readPolicy(ctx context.Context, api *s3.Client, o *audit.Observation) error {
	out, err := api.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: bucketOf(o)})
	if err == nil && out.Policy != nil {
		o.Config[bucketPolicy] = object{"PolicyDocument": out.Policy}
	}
	return err
}

// readPolicyStatus asks for S3's own verdict on the policy. Without a policy there is none, and the bucket is not public by it.
func (b bucketConfig) readPolicyStatus(ctx context.Context, api *s3.Client, o *audit.Observation) error {
	_, unread := o.Unread[bucketPolicy]
	if o.Config[bucketPolicy] == nil && !unread {
		o.Facts["PolicyIsPublic"] = false
		return nil
	}
	out, err := api.GetBucketPolicyStatus(ctx, &s3.GetBucketPolicyStatusInput{Bucket: bucketOf(o)})
	if err != nil {
		return err
	}
	if out.PolicyStatus == nil || out.PolicyStatus.IsPublic == nil { // what doesn't say is no "not public"
		const action = "s3:GetBucketPolicyStatus"
		return &fault.Error{Kind: fault.Upstream, Code: "MalformedAnswer", Action: action, Message: action + " doesn't say whether the bucket is public"}
	}
	o.Facts["PolicyIsPublic"] = *out.PolicyStatus.IsPublic
	return nil
}

// readPublicAccessBlock writes the four switches out also where none was ever set: they are all off then.
func (b bucketConfig) readPublicAccessBlock(ctx context.Context, api *s3.Client, o *audit.Observation) error {
	out, err := api.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: bucketOf(o)})
	switch {
	case hasCode(err, noPublicAccessBlock):
		o.Config["PublicAccessBlockConfiguration"] = blocksNothing()
	case err == nil && out.PublicAccessBlockConfiguration != nil:
		block := blocksNothing()
		if got, ok := plain(out.PublicAccessBlockConfiguration).(object); ok {
			maps.Copy(block, got)
		}
		o.Config["PublicAccessBlockConfiguration"] = block
	}
	return err
}

func (b bucketConfig) readACL(ctx context.Context, api *s3.Client, o *audit.Observation) error {
	out, err := api.GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: bucketOf(o)})
	if err == nil {
		o.Facts["Grants"], o.Config["AccessControl"] = s3Grants(out)
	}
	return err
}

func (b bucketConfig) readOwnership(ctx context.Context, api *s3.Client, o *audit.Observation) error {
	out, err := api.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: bucketOf(o)})
	if err == nil {
		o.Config["OwnershipControls"] = b.ProjectAt("OwnershipControls", out.OwnershipControls)
	}
	return err
}

func (b bucketConfig) readLogging(ctx context.Context, api *s3.Client, o *audit.Observation) error {
	out, err := api.GetBucketLogging(ctx, &s3.GetBucketLoggingInput{Bucket: bucketOf(o)})
	if err == nil && out.LoggingEnabled != nil {
		o.Config["LoggingConfiguration"] = b.logging(out.LoggingEnabled)
	}
	return err
}

func (b bucketConfig) readLifecycle(ctx context.Context, api *s3.Client, o *audit.Observation) error {
	out, err := api.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: bucketOf(o)})
	if err == nil {
		o.Config["LifecycleConfiguration"] = b.lifecycle(out)
	}
	return err
}

func (b bucketConfig) readReplication(ctx context.Context, api *s3.Client, o *audit.Observation) error {
	out, err := api.GetBucketReplication(ctx, &s3.GetBucketReplicationInput{Bucket: bucketOf(o)})
	if err == nil {
		o.Config["ReplicationConfiguration"] = b.ProjectAt("ReplicationConfiguration", out.ReplicationConfiguration)
	}
	return err
}

func (b bucketConfig) readNotification(ctx context.Context, api *s3.Client, o *audit.Observation) error {
	out, err := api.GetBucketNotificationConfiguration(ctx, &s3.GetBucketNotificationConfigurationInput{Bucket: bucketOf(o)})
	if err == nil {
		o.Config["NotificationConfiguration"] = b.notification(out)
	}
	return err
}

func (b bucketConfig) readWebsite(ctx context.Context, api *s3.Client, o *audit.Observation) error {
	out, err := api.GetBucketWebsite(ctx, &s3.GetBucketWebsiteInput{Bucket: bucketOf(o)})
	if err == nil {
		o.Config["WebsiteConfiguration"] = b.website(out)
	}
	return err
}

func (b bucketConfig) readCORS(ctx context.Context, api *s3.Client, o *audit.Observation) error {
	out, err := api.GetBucketCors(ctx, &s3.GetBucketCorsInput{Bucket: bucketOf(o)})
	if err == nil {
		o.Config["CorsConfiguration"] = object{"CorsRules": b.ProjectAt("CorsConfiguration.CorsRules", out.CORSRules)}
	}
	return err
}

func (b bucketConfig) readTagging(ctx context.Context, api *s3.Client, o *audit.Observation) error {
	out, err := api.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: bucketOf(o)})
	if err == nil {
		o.Config["Tags"] = b.ProjectAt("Tags", out.TagSet)
	}
	return err
}

func (b bucketConfig) readObjectLock(ctx context.Context, api *s3.Client, o *audit.Observation) error {
	out, err := api.GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: bucketOf(o)})
	if err == nil && out.ObjectLockConfiguration != nil {
		o.Config["ObjectLockConfiguration"] = b.ProjectAt("ObjectLockConfiguration", out.ObjectLockConfiguration)
		o.Config["ObjectLockEnabled"] = out.ObjectLockConfiguration.ObjectLockEnabled == types.ObjectLockEnabledEnabled
	}
	return err
}

func (b bucketConfig) readAcceleration(ctx context.Context, api *s3.Client, o *audit.Observation) error {
	out, err := api.GetBucketAccelerateConfiguration(ctx, &s3.GetBucketAccelerateConfigurationInput{Bucket: bucketOf(o)})
	if err == nil && out.Status != "" {
		o.Config["AccelerateConfiguration"] = object{"AccelerationStatus": out.Status}
	}
	return err
}
