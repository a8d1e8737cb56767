package fleet

import (
	"net/http"

	"github.com/infraudit/infraudit/internal/demo/awscall"
)

// s3Absent are the codes with which S3 says that a bucket has nothing of a kind (S3 API reference, "List of error
// codes", and the operations' pages).
var s3Absent = map[string]string{
	"GetBucketCors":                   "NoSuchCORSConfiguration",
	"GetBucketLifecycleConfiguration": "NoSuchLifecycleConfiguration",
	"GetBucketReplication":            "ReplicationConfigurationNotFoundError",
	"GetBucketWebsite":                "NoSuchWebsiteConfiguration",
	"GetObjectLockConfiguration":      "ObjectLockConfigurationNotFoundError",
}

const blockAll = "<BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>" +
	"<BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets>"

// s3Roots are the subresources that are the same for every bucket, by operation.
var s3Roots = map[string]string{
	"GetPublicAccessBlock":             "<PublicAccessBlockConfiguration>" + blockAll + "</PublicAccessBlockConfiguration>",
	"GetBucketVersioning":              "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
	"GetBucketLogging":                 "<BucketLoggingStatus/>",
	"GetBucketAccelerateConfiguration": "<AccelerateConfiguration/>",
	"GetBucketPolicyStatus":            "<PolicyStatus><IsPublic>false</IsPublic></PolicyStatus>",
	"GetBucketOwnershipControls":       "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>",
	"GetBucketEncryption": "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>" +
		"</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>",
	"GetBucketNotificationConfiguration": "<NotificationConfiguration/>",
	"GetBucketAcl": `<AccessControlPolicy><Owner><ID>fleet</ID></Owner><AccessControlList><Grant>` +
		`<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>fleet</ID></Grantee>` +
		`<Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>`,
}

func (f *Fleet) s3(call awscall.Call) awscall.Answer {
	if call.Operation == "ListBuckets" {
		return f.buckets(call)
	}
	if root, ok := s3Roots[call.Operation]; ok {
		return awscall.Answer{Status: http.StatusOK, Body: []byte(root)}
	}
	if code, ok := s3Absent[call.Operation]; ok {
		return awscall.Failure(awscall.S3, http.StatusNotFound, code, "There is no such configuration")
	}
	name := call.Params["Bucket"]
	ordinal, ok := f.bucketNamed(name)
	if !ok {
		return awscall.Failure(awscall.S3, http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist")
	}
	var w writer
	r := f.rng(bucket, ordinal)
	switch call.Operation {
	case "GetBucketPolicy":
		resources := []string{"arn:aws:s3:::" + name, "arn:aws:s3:::" + name + "/*"}
		w.raw(document(r,
			statement{sid: "Team", effect: "Allow", principal: Account, actions: []string{"s3:GetObject", "s3:ListBucket"}, resources: resources},
			statement{sid: "Logs", effect: "Allow", principal: "logging.s3.amazonaws.com", actions: []string{"s3:PutObject"}, resources: resources[1:]}))
	case "GetBucketTagging":
		w.raw("<Tagging><TagSet>")
		for _, t := range f.tags(bucket, ordinal, r) {
			w.raw("<Tag><Key>" + t.key + "</Key><Value>" + t.value + "</Value></Tag>")
		}
		w.raw("</TagSet></Tagging>")
	case "GetBucketLocation":
		w.el("LocationConstraint", location(f.bucketRegion(ordinal)))
	default:
		return awscall.Failure(awscall.S3, http.StatusNotImplemented, "NotImplemented", call.Operation)
	}
	return awscall.Answer{Status: http.StatusOK, Body: w}
}

func (f *Fleet) bucketRegion(ordinal int) string { return f.o.Regions[ordinal%len(f.o.Regions)] }

// location is how GetBucketLocation names a region: nothing for us-east-1.
func location(region string) string {
	if region == "us-east-1" {
		return ""
	}
	return region
}

func (f *Fleet) bucketNamed(name string) (ordinal int, ok bool) {
	for i := range f.counts[bucket] {
		if f.id(bucket, i) == name {
			return i, true
		}
	}
	return 0, false
}

// buckets answers ListBuckets: all, or those of one region.
func (f *Fleet) buckets(call awscall.Call) awscall.Answer {
	var all []int
	for i := range f.counts[bucket] {
		if asked := call.Params["bucket-region"]; asked == "" || asked == f.bucketRegion(i) {
			all = append(all, i)
		}
	}
	all = shuffled(f.rng(bucket, -1), all...)
	from, to, next := page(len(all), call.Params["continuation-token"], call.PageSize, 10_000)
	var w writer
	w.raw("<ListAllMyBucketsResult><Buckets>")
	for _, ordinal := range all[from:to] {
		w.open("Bucket")
		w.el("Name", f.id(bucket, ordinal))
		w.time("CreationDate", origin)
		w.el("BucketRegion", f.bucketRegion(ordinal))
		w.close("Bucket")
	}
	w.raw("</Buckets><Owner><ID>fleet</ID></Owner>")
	if next != "" {
		w.el("ContinuationToken", next)
	}
	w.close("ListAllMyBucketsResult")
	return ok(w)
}
