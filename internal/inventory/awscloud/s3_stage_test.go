package awscloud

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
)

const bucketDocument = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":["s3:PutObject","s3:GetObject"],"Resource":"arn:aws:s3:::logs/*"}]}`

func aclXML(grants ...string) string {
	out := "<AccessControlPolicy><Owner><ID>me</ID></Owner><AccessControlList>"
	for _, g := range grants {
		who, permission, _ := strings.Cut(g, " ")
		element, typ := "ID", "CanonicalUser"
		if strings.HasPrefix(who, "http") {
			element, typ = "URI", "Group"
		}
		out += `<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="` + typ + `"><` + element + ">" +
			who + "</" + element + "></Grantee><Permission>" + permission + "</Permission></Grant>"
	}
	return out + "</AccessControlList></AccessControlPolicy>"
}

// s3Answers play an account with a bucket that has everything, one that has nothing, and one elsewhere, in two pages.
func s3Answers() map[string]string {
	bucket := func(name, region string) string {
		return "<Bucket><Name>" + name + "</Name><BucketRegion>" + region + "</BucketRegion><CreationDate>2020-01-02T03:04:05Z</CreationDate></Bucket>"
	}
	list := func(token string, buckets ...string) string {
		return "<ListAllMyBucketsResult><Buckets>" + strings.Join(buckets, "") + "</Buckets>" + token + "</ListAllMyBucketsResult>"
	}
	return map[string]string{
		"ListBuckets":     list("<ContinuationToken>two</ContinuationToken>", bucket("logs", "eu-west-1"), bucket("far", "us-east-1")),
		"ListBuckets two": list("", bucket("bare", "eu-west-1")),

		"GetBucketEncryption bare.s3.":                "!ServerSideEncryptionConfigurationNotFoundError",
		"GetBucketVersioning bare.s3.":                "<VersioningConfiguration/>",
		"GetBucketPolicy bare.s3.":                    "!NoSuchBucketPolicy",
		"GetPublicAccessBlock bare.s3.":               "!NoSuchPublicAccessBlockConfiguration",
		"GetBucketAcl bare.s3.":                       aclXML("me FULL_CONTROL"),
		"GetBucketOwnershipControls bare.s3.":         "!OwnershipControlsNotFoundError",
		"GetBucketLogging bare.s3.":                   "<BucketLoggingStatus/>",
		"GetBucketLifecycleConfiguration bare.s3.":    "!NoSuchLifecycleConfiguration",
		"GetBucketReplication bare.s3.":               "!ReplicationConfigurationNotFoundError",
		"GetBucketNotificationConfiguration bare.s3.": "<NotificationConfiguration/>",
		"GetBucketWebsite bare.s3.":                   "!NoSuchWebsiteConfiguration",
		"GetBucketCors bare.s3.":                      "!NoSuchCORSConfiguration",
		"GetBucketTagging bare.s3.":                   "!NoSuchTagSet",
		"GetObjectLockConfiguration bare.s3.":         "!ObjectLockConfigurationNotFoundError",
		"GetBucketAccelerateConfiguration bare.s3.":   "!MethodNotAllowed",

		"GetBucketEncryption logs.s3.":        `<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>key-1</KMSMasterKeyID></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>`,
		"GetBucketVersioning logs.s3.":        `<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Disabled</MfaDelete></VersioningConfiguration>`,
		"GetBucketPolicy logs.s3.":            bucketDocument,
		"GetBucketPolicyStatus bare.s3.":      "!NoSuchBucketPolicy", // asked for when the policy is refused
		"GetBucketPolicyStatus logs.s3.":      `<PolicyStatus><IsPublic>true</IsPublic></PolicyStatus>`,
		"GetPublicAccessBlock logs.s3.":       `<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>false</BlockPublicPolicy><RestrictPublicBuckets>false</RestrictPublicBuckets></PublicAccessBlockConfiguration>`,
		"GetBucketAcl logs.s3.":               aclXML("me FULL_CONTROL", groupAllUsers+" READ"),
		"GetBucketOwnershipControls logs.s3.": `<OwnershipControls><Rule><ObjectOwnership>BucketOwnerPreferred</ObjectOwnership></Rule></OwnershipControls>`,
		"GetBucketLogging logs.s3.":           `<BucketLoggingStatus><LoggingEnabled><TargetBucket>audit</TargetBucket><TargetPrefix>s3/</TargetPrefix><TargetObjectKeyFormat><PartitionedPrefix><PartitionDateSource>EventTime</PartitionDateSource></PartitionedPrefix></TargetObjectKeyFormat></LoggingEnabled></BucketLoggingStatus>`,
		"GetBucketLifecycleConfiguration logs.s3.": `<LifecycleConfiguration>
<Rule><ID>old</ID><Status>Enabled</Status><Filter><And><Prefix>a/</Prefix><ObjectSizeGreaterThan>500</ObjectSizeGreaterThan><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter>
<Transition><Days>30</Days><StorageClass>GLACIER</StorageClass></Transition><Expiration><Days>365</Days></Expiration>
<NoncurrentVersionTransition><NoncurrentDays>7</NoncurrentDays><StorageClass>GLACIER</StorageClass></NoncurrentVersionTransition>
<NoncurrentVersionExpiration><NoncurrentDays>90</NoncurrentDays></NoncurrentVersionExpiration>
<AbortIncompleteMultipartUpload><DaysAfterInitiation>3</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>
<Rule><ID>all</ID><Status>Disabled</Status><Filter><Prefix></Prefix></Filter><Expiration><Date>2027-01-01T00:00:00Z</Date></Expiration></Rule></LifecycleConfiguration>`,
		"GetBucketReplication logs.s3.": `<ReplicationConfiguration><Role>arn:aws:iam::123456789012:role/copy</Role><Rule><ID>r</ID><Priority>1</Priority><Status>Enabled</Status>
<Filter><And><Prefix>a/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter><DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication>
<Destination><Bucket>arn:aws:s3:::copy</Bucket><EncryptionConfiguration><ReplicaKmsKeyID>key-2</ReplicaKmsKeyID></EncryptionConfiguration></Destination></Rule></ReplicationConfiguration>`,
		"GetBucketNotificationConfiguration logs.s3.": `<NotificationConfiguration><QueueConfiguration><Id>q</Id><Queue>arn:aws:sqs:eu-west-1:123456789012:q</Queue><Event>s3:ObjectCreated:*</Event><Event>s3:ObjectRemoved:*</Event><Filter><S3Key><FilterRule><Name>Prefix</Name><Value>in/</Value></FilterRule></S3Key></Filter></QueueConfiguration><EventBridgeConfiguration/></NotificationConfiguration>`,
		"GetBucketWebsite logs.s3.":                   `<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument><ErrorDocument><Key>e.html</Key></ErrorDocument><RoutingRules><RoutingRule><Condition><KeyPrefixEquals>docs/</KeyPrefixEquals></Condition><Redirect><ReplaceKeyPrefixWith>d/</ReplaceKeyPrefixWith></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>`,
		"GetBucketCors logs.s3.":                      `<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin><ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule></CORSConfiguration>`,
		"GetBucketTagging logs.s3.":                   `<Tagging><TagSet><Tag><Key>env</Key><Value>prod</Value></Tag><Tag><Key>aws:cloudformation:stack-name</Key><Value>s</Value></Tag></TagSet></Tagging>`,
		"GetObjectLockConfiguration logs.s3.":         `<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>30</Days></DefaultRetention></Rule></ObjectLockConfiguration>`,
		"GetBucketAccelerateConfiguration logs.s3.":   `<AccelerateConfiguration><Status>Suspended</Status></AccelerateConfiguration>`,
	}
}

func s3Case() *staged {
	c := &staged{
		service: "s3", region: "eu-west-1", answers: s3Answers(),
		refusals: map[string]refusal{"s3:ListAllMyBuckets": {fails: []string{"s3_bucket"}}, "s3:GetBucketLocation": {}},
		variants: map[string]variant{
			"a bucket that vanishes is left out": {
				answers: map[string]string{"GetBucketAcl logs.s3.": "!NoSuchBucket"}, gone: "s3_bucket logs",
			},
			"a bucket without a name fails the listing": {
				answers: map[string]string{"ListBuckets two": "<ListAllMyBucketsResult><Buckets><Bucket><BucketRegion>eu-west-1</BucketRegion></Bucket></Buckets></ListAllMyBucketsResult>"},
				fails:   []string{"s3_bucket"},
			},
			"no XML at all fails the listing": {answers: map[string]string{"ListBuckets two": "<<<"}, fails: []string{"s3_bucket"}},
			"details that make no sense are unread": {
				answers: map[string]string{"GetBucketCors logs.s3.": "<<<"}, unread: map[string][]string{"s3_bucket": {"CorsConfiguration"}},
			},
			"a policy status that is another call's answer is unread": {
				answers: map[string]string{"GetBucketPolicyStatus logs.s3.": "<ListBucketResult><Name>logs</Name></ListBucketResult>"},
				unread:  map[string][]string{"s3_bucket": {"facts.PolicyIsPublic"}},
			},
		},
	}
	for _, r := range (bucketConfig{}).reads() {
		c.refusals[r.action] = refusal{unread: map[string][]string{"s3_bucket": r.paths}}
	}
	return c
}

func TestS3(t *testing.T) {
	s3Case().run(t)
	(&staged{
		service: "s3", region: audit.RegionGlobal, name: "s3_account",
		answers:  map[string]string{"GetPublicAccessBlock": `<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>`},
		refusals: map[string]refusal{"s3:GetAccountPublicAccessBlock": {fails: []string{"s3_account_public_access_block"}}},
	}).run(t)
}

func TestS3AccountThatNeverSetItsPublicAccessBlock(t *testing.T) {
	c := &staged{service: "s3", region: audit.RegionGlobal}
	h, errs, _ := c.read(t, map[string]string{"GetPublicAccessBlock": "!NoSuchPublicAccessBlockConfiguration"}, "")
	want := object{}
	for _, path := range publicAccessBlock {
		want[path] = false
	}
	if diff := cmp.Diff(want, h.one(t, "s3_account_public_access_block", testAccount).Config); diff != "" || len(errs) > 0 {
		t.Errorf("failed: %v (-want +got):\n%s", errs, diff)
	}
}

func TestS3BucketsWhoseRegionTheListingOmits(t *testing.T) {
	answers := s3Answers()
	for key, body := range answers {
		for _, region := range []string{"eu-west-1", "us-east-1"} {
			body = strings.ReplaceAll(body, "<BucketRegion>"+region+"</BucketRegion>", "")
		}
		answers[key] = body
	}
	answers["GetBucketLocation logs"] = "<LocationConstraint>EU</LocationConstraint>"
	answers["GetBucketLocation far"] = "<LocationConstraint/>"
	answers["GetBucketLocation bare"] = "<LocationConstraint>eu-west-1</LocationConstraint>"
	t.Run("are asked for it", func(t *testing.T) {
		h, errs, _ := s3Case().read(t, answers, "")
		if diff := cmp.Diff([]string{"arn:aws:s3:::bare", "arn:aws:s3:::logs"}, h.ids("s3_bucket")); diff != "" || len(errs) > 0 {
			t.Errorf("errors %v, buckets (-want +got):\n%s", errs, diff)
		}
	})
	t.Run("could be anywhere when that is refused, so the listing fails", func(t *testing.T) {
		_, errs, _ := s3Case().read(t, with(answers, "GetBucketLocation bare", "!AccessDenied"), "")
		if f := fault.From(errs["s3_bucket"]); f == nil || f.Kind != fault.Denied || f.Action != "s3:GetBucketLocation" {
			t.Errorf("failed with %v", f)
		}
	})
	t.Run("are left out when they are gone by then", func(t *testing.T) {
		h, errs, _ := s3Case().read(t, with(answers, "GetBucketLocation bare", "!NoSuchBucket"), "")
		if diff := cmp.Diff([]string{"arn:aws:s3:::logs"}, h.ids("s3_bucket")); diff != "" || len(errs) > 0 {
			t.Errorf("errors %v, buckets (-want +got):\n%s", errs, diff)
		}
	})
}

func TestS3Grants(t *testing.T) {
	for want, grants := range map[string][]string{
		"Private":           {"owner FULL_CONTROL"},
		"PublicRead":        {groupAllUsers + " READ", "owner FULL_CONTROL"},
		"PublicReadWrite":   {"owner FULL_CONTROL", groupAllUsers + " WRITE", groupAllUsers + " READ"},
		"AuthenticatedRead": {"owner FULL_CONTROL", groupAuthenticatedUsers + " READ"},
		"LogDeliveryWrite":  {"owner FULL_CONTROL", groupLogDelivery + " WRITE", groupLogDelivery + " READ_ACP"},
		"Custom: owner FULL_CONTROL, somebody READ": {"somebody READ", "owner FULL_CONTROL"},
		"Custom: nobody": nil,
	} {
		t.Run("make "+want, func(t *testing.T) {
			h, _, _ := s3Case().read(t, with(s3Answers(), "GetBucketAcl bare.s3.", strings.ReplaceAll(aclXML(grants...), "owner<", "me<")), "")
			got, _ := h.one(t, "s3_bucket", "bare").Config["AccessControl"].(string)
			if got != want {
				t.Errorf("got %q", got)
			}
		})
	}
}
