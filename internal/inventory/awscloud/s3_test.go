package awscloud

import (
	"slices"
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

// s3Wire plays an account with a bucket that has everything, one that has nothing, and one elsewhere, in two pages.
func s3Wire() *wire {
	bucket := func(name, region string) string {
		return "<Bucket><Name>" + name + "</Name><BucketRegion>" + region + "</BucketRegion><CreationDate>2020-01-02T03:04:05Z</CreationDate></Bucket>"
	}
	list := func(token string, buckets ...string) string {
		return "<ListAllMyBucketsResult><Buckets>" + strings.Join(buckets, "") + "</Buckets>" + token + "</ListAllMyBucketsResult>"
	}
	answers := map[string]string{
		"ListBuckets@":    list("<ContinuationToken>two</ContinuationToken>", bucket("logs", "eu-west-1"), bucket("far", "us-east-1")),
		"ListBuckets@two": list("", bucket("bare", "eu-west-1")),

		"GetBucketEncryption bare":                "ServerSideEncryptionConfigurationNotFoundError none",
		"GetBucketVersioning bare":                "<VersioningConfiguration/>",
		"GetBucketPolicy bare":                    "NoSuchBucketPolicy none",
		"GetPublicAccessBlock bare":               "NoSuchPublicAccessBlockConfiguration none",
		"GetBucketAcl bare":                       aclXML("me FULL_CONTROL"),
		"GetBucketOwnershipControls bare":         "OwnershipControlsNotFoundError none",
		"GetBucketLogging bare":                   "<BucketLoggingStatus/>",
		"GetBucketLifecycleConfiguration bare":    "NoSuchLifecycleConfiguration none",
		"GetBucketReplication bare":               "ReplicationConfigurationNotFoundError none",
		"GetBucketNotificationConfiguration bare": "<NotificationConfiguration/>",
		"GetBucketWebsite bare":                   "NoSuchWebsiteConfiguration none",
		"GetBucketCors bare":                      "NoSuchCORSConfiguration none",
		"GetBucketTagging bare":                   "NoSuchTagSet none",
		"GetObjectLockConfiguration bare":         "ObjectLockConfigurationNotFoundError none",
		"GetBucketAccelerateConfiguration bare":   "MethodNotAllowed not here",

		"GetBucketEncryption logs":        `<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>key-1</KMSMasterKeyID></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>`,
		"GetBucketVersioning logs":        `<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Disabled</MfaDelete></VersioningConfiguration>`,
		"GetBucketPolicy logs":            bucketDocument,
		"GetBucketPolicyStatus logs":      `<PolicyStatus><IsPublic>true</IsPublic></PolicyStatus>`,
		"GetPublicAccessBlock logs":       `<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>false</BlockPublicPolicy><RestrictPublicBuckets>false</RestrictPublicBuckets></PublicAccessBlockConfiguration>`,
		"GetBucketAcl logs":               aclXML("me FULL_CONTROL", groupAllUsers+" READ"),
		"GetBucketOwnershipControls logs": `<OwnershipControls><Rule><ObjectOwnership>BucketOwnerPreferred</ObjectOwnership></Rule></OwnershipControls>`,
		"GetBucketLogging logs":           `<BucketLoggingStatus><LoggingEnabled><TargetBucket>audit</TargetBucket><TargetPrefix>s3/</TargetPrefix><TargetObjectKeyFormat><PartitionedPrefix><PartitionDateSource>EventTime</PartitionDateSource></PartitionedPrefix></TargetObjectKeyFormat></LoggingEnabled></BucketLoggingStatus>`,
		"GetBucketLifecycleConfiguration logs": `<LifecycleConfiguration>
<Rule><ID>old</ID><Status>Enabled</Status><Filter><And><Prefix>a/</Prefix><ObjectSizeGreaterThan>500</ObjectSizeGreaterThan><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter>
<Transition><Days>30</Days><StorageClass>GLACIER</StorageClass></Transition><Expiration><Days>365</Days></Expiration>
<NoncurrentVersionTransition><NoncurrentDays>7</NoncurrentDays><StorageClass>GLACIER</StorageClass></NoncurrentVersionTransition>
<NoncurrentVersionExpiration><NoncurrentDays>90</NoncurrentDays></NoncurrentVersionExpiration>
<AbortIncompleteMultipartUpload><DaysAfterInitiation>3</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>
<Rule><ID>all</ID><Status>Disabled</Status><Filter><Prefix></Prefix></Filter><Expiration><Date>2027-01-01T00:00:00Z</Date></Expiration></Rule></LifecycleConfiguration>`,
		"GetBucketReplication logs": `<ReplicationConfiguration><Role>arn:aws:iam::123456789012:role/copy</Role><Rule><ID>r</ID><Priority>1</Priority><Status>Enabled</Status>
<Filter><And><Prefix>a/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter><DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication>
<Destination><Bucket>arn:aws:s3:::copy</Bucket><EncryptionConfiguration><ReplicaKmsKeyID>key-2</ReplicaKmsKeyID></EncryptionConfiguration></Destination></Rule></ReplicationConfiguration>`,
		"GetBucketNotificationConfiguration logs": `<NotificationConfiguration><QueueConfiguration><Id>q</Id><Queue>arn:aws:sqs:eu-west-1:123456789012:q</Queue><Event>s3:ObjectCreated:*</Event><Event>s3:ObjectRemoved:*</Event><Filter><S3Key><FilterRule><Name>Prefix</Name><Value>in/</Value></FilterRule></S3Key></Filter></QueueConfiguration><EventBridgeConfiguration/></NotificationConfiguration>`,
		"GetBucketWebsite logs":                   `<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument><ErrorDocument><Key>e.html</Key></ErrorDocument><RoutingRules><RoutingRule><Condition><KeyPrefixEquals>docs/</KeyPrefixEquals></Condition><Redirect><ReplaceKeyPrefixWith>d/</ReplaceKeyPrefixWith></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>`,
		"GetBucketCors logs":                      `<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin><ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule></CORSConfiguration>`,
		"GetBucketTagging logs":                   `<Tagging><TagSet><Tag><Key>env</Key><Value>prod</Value></Tag><Tag><Key>aws:cloudformation:stack-name</Key><Value>s</Value></Tag></TagSet></Tagging>`,
		"GetObjectLockConfiguration logs":         `<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>30</Days></DefaultRetention></Rule></ObjectLockConfiguration>`,
		"GetBucketAccelerateConfiguration logs":   `<AccelerateConfiguration><Status>Suspended</Status></AccelerateConfiguration>`,
		"GetAccountPublicAccessBlock":             `<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>`,
	}
	return &wire{answers: answers}
}

func TestS3ReadsEverything(t *testing.T) {
	w := s3Wire()
	h, errs := w.sync(t, "s3", "eu-west-1")
	if len(errs) > 0 {
		t.Fatalf("failed: %v", errs)
	}
	if diff := cmp.Diff([]string{"arn:aws:s3:::bare", "arn:aws:s3:::logs"}, h.ids("s3_bucket")); diff != "" {
		t.Errorf("buckets of the region (-want +got):\n%s", diff)
	}
	for name, want := range map[string]object{
		"logs": {
			"BucketName": "logs",
			"BucketEncryption": object{"ServerSideEncryptionConfiguration": []any{object{
				"BucketKeyEnabled":              true,
				"ServerSideEncryptionByDefault": object{"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "key-1"},
			}}},
			"VersioningConfiguration": object{"Status": "Enabled"},
			bucketPolicy: object{"PolicyDocument": object{"Version": "2012-10-17", "Statement": []any{object{
				"Effect": "Deny", "Principal": object{"AWS": []any{"*"}}, "Action": []any{"s3:getobject", "s3:putobject"},
				"Resource": []any{"arn:aws:s3:::logs/*"},
			}}}},
			"PublicAccessBlockConfiguration": object{
				"BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": false, "RestrictPublicBuckets": false,
			},
			"AccessControl":     "PublicRead",
			"OwnershipControls": object{"Rules": []any{object{"ObjectOwnership": "BucketOwnerPreferred"}}},
			"LoggingConfiguration": object{
				"DestinationBucketName": "audit", "LogFilePrefix": "s3/",
				"TargetObjectKeyFormat": object{"PartitionedPrefix": object{"PartitionDateSource": "EventTime"}},
			},
			"LifecycleConfiguration": object{"Rules": []any{
				object{"Id": "all", "Status": "Disabled", "ExpirationDate": "2027-01-01T00:00:00Z"},
				object{
					"Id": "old", "Status": "Enabled", "Prefix": "a/", "ObjectSizeGreaterThan": "500",
					"TagFilters":                     []any{object{"Key": "k", "Value": "v"}},
					"Transitions":                    []any{object{"StorageClass": "GLACIER", "TransitionInDays": int64(30)}},
					"NoncurrentVersionTransitions":   []any{object{"StorageClass": "GLACIER", "TransitionInDays": int64(7)}},
					"NoncurrentVersionExpiration":    object{"NoncurrentDays": int64(90)},
					"AbortIncompleteMultipartUpload": object{"DaysAfterInitiation": int64(3)},
					"ExpirationInDays":               int64(365),
				},
			}},
			"ReplicationConfiguration": object{"Role": "arn:aws:iam::123456789012:role/copy", "Rules": []any{object{
				"Id": "r", "Priority": int64(1), "Status": "Enabled", "DeleteMarkerReplication": object{"Status": "Disabled"},
				"Filter":      object{"And": object{"Prefix": "a/", "TagFilters": []any{object{"Key": "k", "Value": "v"}}}},
				"Destination": object{"Bucket": "arn:aws:s3:::copy", "EncryptionConfiguration": object{"ReplicaKmsKeyID": "key-2"}},
			}}},
			"NotificationConfiguration": object{
				"EventBridgeConfiguration": object{"EventBridgeEnabled": true},
				"QueueConfigurations": []any{
					queueOn("s3:ObjectCreated:*"), queueOn("s3:ObjectRemoved:*"),
				},
			},
			"WebsiteConfiguration": object{"IndexDocument": "index.html", "ErrorDocument": "e.html", "RoutingRules": []any{object{
				"RoutingRuleCondition": object{"KeyPrefixEquals": "docs/"}, "RedirectRule": object{"ReplaceKeyPrefixWith": "d/"},
			}}},
			"CorsConfiguration": object{"CorsRules": []any{object{
				"AllowedMethods": []any{"GET"}, "AllowedOrigins": []any{"*"}, "ExposedHeaders": []any{"ETag"}, "MaxAge": int64(60),
			}}},
			"Tags": []any{object{"Key": "env", "Value": "prod"}},
			"ObjectLockConfiguration": object{
				"ObjectLockEnabled": "Enabled", "Rule": object{"DefaultRetention": object{"Mode": "GOVERNANCE", "Days": int64(30)}},
			},
			"ObjectLockEnabled":       true,
			"AccelerateConfiguration": object{"AccelerationStatus": "Suspended"},
		},
		"bare": {"BucketName": "bare", "AccessControl": "Private", "PublicAccessBlockConfiguration": object{
			"BlockPublicAcls": false, "IgnorePublicAcls": false, "BlockPublicPolicy": false, "RestrictPublicBuckets": false,
		}},
	} {
		t.Run("a bucket called "+name, func(t *testing.T) {
			o := h.one(t, "s3_bucket", name)
			if diff := cmp.Diff(want, o.Config); diff != "" {
				t.Errorf("configuration (-want +got):\n%s", diff)
			}
			if len(o.Unread) > 0 {
				t.Errorf("unread: %v", o.Unread)
			}
		})
	}
	t.Run("facts", func(t *testing.T) {
		want := object{
			"CreationDate": "2020-01-02T03:04:05Z", "MFADelete": "Disabled", "PolicyIsPublic": true,
			"Grants": []any{groupAllUsers + " READ", "owner FULL_CONTROL"},
		}
		if diff := cmp.Diff(want, h.one(t, "s3_bucket", "logs").Facts); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("S3 is not asked about the policy of a bucket that has none", func(t *testing.T) {
		if n := w.called("GetBucketPolicyStatus bare"); n != 0 || h.one(t, "s3_bucket", "bare").Facts["PolicyIsPublic"] != false {
			t.Errorf("asked %d times", n)
		}
	})
}

func queueOn(event string) object {
	return object{
		"Event": event, "Queue": "arn:aws:sqs:eu-west-1:123456789012:q",
		"Filter": object{"S3Key": object{"Rules": []any{object{"Name": "prefix", "Value": "in/"}}}},
	}
}

func TestS3Refusals(t *testing.T) {
	everything, _ := s3Wire().sync(t, "s3", "eu-west-1")
	operations := map[string]string{} // action -> operation
	for _, op := range s3Subresources {
		operations[iamAction("S3", op)] = op
	}
	for _, r := range (bucketConfig{}).reads() {
		t.Run("without "+r.action, func(t *testing.T) {
			h, errs := s3Wire().without(operations[r.action]).sync(t, "s3", "eu-west-1")
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			paths := slices.Clone(r.paths)
			if r.action == "s3:GetBucketPolicyStatus" {
				bare := h.one(t, "s3_bucket", "bare") // not asked about
				if len(bare.Unread) > 0 {
					t.Errorf("unread: %v", bare.Unread)
				}
				h.all = []*audit.Observation{h.one(t, "s3_bucket", "logs")}
			}
			if r.action == "s3:GetBucketPolicy" { // then the status is asked about, and bare's is refused
				h.all = []*audit.Observation{h.one(t, "s3_bucket", "logs")}
			}
			sameButUnread(t, everything, h, r.action, map[string][]string{"s3_bucket": paths})
		})
	}
	t.Run("of the listing fail it", func(t *testing.T) {
		_, errs := s3Wire().with(map[string]string{"ListBuckets@": "", "ListBuckets@two": ""}).sync(t, "s3", "eu-west-1")
		if f := fault.From(errs["s3_bucket"]); f == nil || f.Kind != fault.Denied || f.Action != "s3:ListAllMyBuckets" {
			t.Errorf("failed with %v", f)
		}
	})
}

func TestS3BucketsWhoseRegionTheListingOmits(t *testing.T) {
	w := s3Wire()
	for key, body := range w.answers {
		for _, region := range []string{"eu-west-1", "us-east-1"} {
			body = strings.ReplaceAll(body, "<BucketRegion>"+region+"</BucketRegion>", "")
		}
		w.answers[key] = body
	}
	w.answers["GetBucketLocation logs"] = "<LocationConstraint>EU</LocationConstraint>"
	w.answers["GetBucketLocation far"] = "<LocationConstraint/>"
	w.answers["GetBucketLocation bare"] = "<LocationConstraint>eu-west-1</LocationConstraint>"
	t.Run("are asked for it", func(t *testing.T) {
		h, errs := w.sync(t, "s3", "eu-west-1")
		if diff := cmp.Diff([]string{"arn:aws:s3:::bare", "arn:aws:s3:::logs"}, h.ids("s3_bucket")); diff != "" || len(errs) > 0 {
			t.Errorf("errors %v, buckets (-want +got):\n%s", errs, diff)
		}
	})
	t.Run("could be anywhere when that is refused, so the listing fails", func(t *testing.T) {
		_, errs := w.with(map[string]string{"GetBucketLocation bare": ""}).sync(t, "s3", "eu-west-1")
		if f := fault.From(errs["s3_bucket"]); f == nil || f.Kind != fault.Denied || f.Action != "s3:GetBucketLocation" {
			t.Errorf("failed with %v", f)
		}
	})
	t.Run("are left out when they are gone by then", func(t *testing.T) {
		h, errs := w.with(map[string]string{"GetBucketLocation bare": "NoSuchBucket gone"}).sync(t, "s3", "eu-west-1")
		if diff := cmp.Diff([]string{"arn:aws:s3:::logs"}, h.ids("s3_bucket")); diff != "" || len(errs) > 0 {
			t.Errorf("errors %v, buckets (-want +got):\n%s", errs, diff)
		}
	})
}

func TestS3HostileAnswers(t *testing.T) {
	first := s3Wire().answers["ListBuckets@"]
	for name, c := range map[string]struct {
		changes map[string]string
		kind    fault.Kind
		buckets []string
	}{
		"a bucket that vanishes is left out":   {map[string]string{"GetBucketAcl logs": "NoSuchBucket gone"}, "", []string{"arn:aws:s3:::bare"}},
		"a token that repeats fails the sync":  {map[string]string{"ListBuckets@two": first}, fault.Upstream, nil},
		"a bucket without a name fails it too": {map[string]string{"ListBuckets@two": "<ListAllMyBucketsResult><Buckets><Bucket><BucketRegion>eu-west-1</BucketRegion></Bucket></Buckets></ListAllMyBucketsResult>"}, fault.Upstream, nil},
		"no XML at all fails it":               {map[string]string{"ListBuckets@two": "<<<"}, fault.Upstream, nil},
	} {
		t.Run(name, func(t *testing.T) {
			h, errs := s3Wire().with(c.changes).sync(t, "s3", "eu-west-1")
			if kind := fault.KindOf(errs["s3_bucket"]); kind != c.kind {
				t.Errorf("failed: %v", errs)
			}
			if c.kind == "" {
				if diff := cmp.Diff(c.buckets, h.ids("s3_bucket")); diff != "" {
					t.Errorf("buckets (-want +got):\n%s", diff)
				}
			}
		})
	}
	t.Run("details that make no sense are unread", func(t *testing.T) {
		h, errs := s3Wire().with(map[string]string{"GetBucketCors logs": "<<<"}).sync(t, "s3", "eu-west-1")
		if u := h.one(t, "s3_bucket", "logs").Unread["CorsConfiguration"]; u.Action != "s3:GetBucketCORS" || len(errs) > 0 {
			t.Errorf("unread because of %v, errors %v", u, errs)
		}
	})
}

func TestS3AccountPublicAccessBlock(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		blocks bool
	}{
		"that is set":        {s3Wire().answers["GetAccountPublicAccessBlock"], true},
		"that was never set": {"NoSuchPublicAccessBlockConfiguration none", false},
	} {
		t.Run(name, func(t *testing.T) {
			h, errs := s3Wire().with(map[string]string{"GetAccountPublicAccessBlock": c.answer}).sync(t, "s3", audit.RegionGlobal)
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			want := object{}
			for _, path := range publicAccessBlock {
				want[path] = c.blocks
			}
			if diff := cmp.Diff(want, h.one(t, "s3_account_public_access_block", testAccount).Config); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("that is refused is not taken for one that is off", func(t *testing.T) {
		h, errs := s3Wire().with(map[string]string{"GetAccountPublicAccessBlock": ""}).sync(t, "s3", audit.RegionGlobal)
		f := fault.From(errs["s3_account_public_access_block"])
		if f == nil || f.Action != "s3:GetAccountPublicAccessBlock" || len(h.all) > 0 {
			t.Errorf("failed with %v and emitted %d", f, len(h.all))
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
			w := s3Wire().with(map[string]string{"GetBucketAcl bare": strings.ReplaceAll(aclXML(grants...), "owner<", "me<")})
			h, _ := w.sync(t, "s3", "eu-west-1")
			got, _ := h.one(t, "s3_bucket", "bare").Config["AccessControl"].(string)
			if got != want {
				t.Errorf("got %q", got)
			}
		})
	}
}
