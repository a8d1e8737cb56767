package awscloud

import (
	"context"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
)

// s3Collector reads Amazon S3 (S3 and S3 Control API references).
func s3Collector() *collector {
	reads := bucketConfig{projectorOf("s3_bucket", s3Names)}.reads()
	actions := []string{"s3:ListAllMyBuckets", "s3:GetBucketLocation"}
	for _, r := range reads {
		actions = append(actions, r.action)
	}
	return &collector{
		service: "s3",
		listings: []listing{
			{
				types: []string{"s3_bucket"}, actions: actions,
				page: bucketsPerPage,
				each: bucketCalls(reads),
				collect: func(ctx context.Context, s *session, out inventory.Emitter) error {
					return collectBuckets(ctx, s, reads, out)
				},
			},
			{
				types: []string{"s3_account_public_access_block"}, where: global,
				actions: []string{"s3:GetAccountPublicAccessBlock"}, collect: collectAccountPublicAccessBlock,
			},
		},
		events: s3Events(),
	}
}

// s3Events are the management events of buckets (S3 user guide, "CloudTrail events for S3").
func s3Events() map[string]map[string][]string {
	events := map[string]map[string][]string{
		"PutAccountPublicAccessBlock":    {"s3_account_public_access_block": publicAccessBlock},
		"DeleteAccountPublicAccessBlock": {"s3_account_public_access_block": publicAccessBlock},
	}
	for path, names := range map[string][]string{
		"AccelerateConfiguration":        {"PutAccelerateConfiguration"},
		"AccessControl":                  {"PutBucketAcl"},
		"AWS::S3::BucketPolicy":          {"PutBucketPolicy", "DeleteBucketPolicy"},
		"BucketEncryption":               {"PutBucketEncryption", "DeleteBucketEncryption"},
		"CorsConfiguration":              {"PutBucketCors", "DeleteBucketCors"},
		"LifecycleConfiguration":         {"PutBucketLifecycle", "DeleteBucketLifecycle"},
		"LoggingConfiguration":           {"PutBucketLogging"},
		"NotificationConfiguration":      {"PutBucketNotification"},
		"OwnershipControls":              {"PutBucketOwnershipControls", "DeleteBucketOwnershipControls"},
		"PublicAccessBlockConfiguration": {"PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock"},
		"ReplicationConfiguration":       {"PutBucketReplication", "DeleteBucketReplication"},
		"Tags":                           {"PutBucketTagging", "DeleteBucketTagging"},
		"VersioningConfiguration":        {"PutBucketVersioning"},
		"WebsiteConfiguration":           {"PutBucketWebsite", "DeleteBucketWebsite"},
	} {
		for _, name := range names {
			events[name] = map[string][]string{"s3_bucket": {path}}
		}
	}
	events["PutBucketObjectLockConfiguration"] = map[string][]string{"s3_bucket": objectLockPaths}
	return events
}

// bucketCalls declares the calls for each bucket.
func bucketCalls(reads []bucketRead) []each {
	out := []each{{
		action: "s3:GetBucketLocation", of: "bucket whose region the listing doesn't tell",
		because: "AWS's own listing tells regions; what plays S3 may not",
	}}
	for i := range reads {
		out = append(out, each{action: reads[i].action, of: "bucket", because: "no bulk call tells any setting of a bucket"})
	}
	return out
}

func s3Client(s *session) *s3.Client {
	return client(s, func(c aws.Config) *s3.Client { return s3.NewFromConfig(c) })
}

// bucketsPerPage must be asked for: S3 tells the buckets' regions only in answers that are paged.
const bucketsPerPage = 1000

// collectBuckets emits the buckets of one region. S3 filters by region; what it, or something that plays it, returns
// of other regions is passed over: those regions' slices have it.
func collectBuckets(ctx context.Context, s *session, reads []bucketRead, out inventory.Emitter) error {
	api := s3Client(s)
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := api.ListBuckets(ctx, &s3.ListBucketsInput{
			BucketRegion: &s.cfg.Region, MaxBuckets: aws.Int32(bucketsPerPage), ContinuationToken: token,
		})
		if err != nil {
			return nil, err
		}
		err = forEach(ctx, s, page.Buckets, func(ctx context.Context, b types.Bucket) error {
			here, err := isBucketHere(ctx, s, &b)
			if err != nil || !here {
				return err
			}
			return collectBucket(ctx, s, reads, &b, out)
		})
		return page.ContinuationToken, err
	})
}

// isBucketHere tells whether a bucket is in the session's region. Where the listing doesn't say, it is asked once for
// all regions. A bucket whose region is refused could be anywhere: the listing isn't whole then.
func isBucketHere(ctx context.Context, s *session, b *types.Bucket) (bool, error) {
	if region := aws.ToString(b.BucketRegion); region != "" {
		return region == s.region, nil
	}
	anywhere := s.in(s.home)
	region, err := memo(ctx, anywhere, "s3:GetBucketLocation "+aws.ToString(b.Name), func(ctx context.Context) (string, error) {
		out, err := s3Client(anywhere).GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: b.Name})
		if err != nil {
			return "", err
		}
		return bucketRegion(out.LocationConstraint), nil
	})
	if _, gone := isAbsence(err); gone {
		return false, nil
	}
	return region == s.region, err
}

// bucketRegion reads a location constraint: the oldest two have names of their own.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
func bucketRegion(c types.BucketLocationConstraint) string {
	switch c {
	case "":
		return "us-east-1"
	case types.BucketLocationConstraintEu:
		return "eu-west-1"
	}
	return string(c)
}

func collectBucket(ctx context.Context, s *session, reads []bucketRead, b *types.Bucket, out inventory.Emitter) error {
	name := aws.ToString(b.Name)
	if name == "" {
		return &fault.Error{
			Kind: fault.Upstream, Code: "MalformedAnswer", Action: "s3:ListAllMyBuckets", Message: "a bucket has no name",
		}
	}
	o := &audit.Observation{
		Type: "s3_bucket", ExternalID: "arn:" + s.partition + ":s3:::" + name, Name: name,
		Config: object{"BucketName": name},
		Facts:  object{"CreationDate": b.CreationDate},
	}
	if out.Done(o.Type, o.ExternalID) {
		return nil
	}
	for i := range reads {
		r := &reads[i]
		err := s.detail(ctx, o, r.paths, func(ctx context.Context) error { return r.read(ctx, s3Client(s), o) }, r.absent...)
		if err != nil {
			return err
		}
	}
	return s.emit(ctx, out, o)
}

// publicAccessBlock are the four switches, of a bucket and of the account alike.
var publicAccessBlock = []string{"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"}

// noPublicAccessBlock is S3's code where none of them was ever set: they are all off then.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetPublicAccessBlock.html
const noPublicAccessBlock = "NoSuchPublicAccessBlockConfiguration"

func blocksNothing() object {
	block := object{}
	for _, name := range publicAccessBlock {
		block[name] = false
	}
	return block
}

// collectAccountPublicAccessBlock emits the account's own block, which is always there.
func collectAccountPublicAccessBlock(ctx context.Context, s *session, out inventory.Emitter) error {
	api := client(s, func(c aws.Config) *s3control.Client { return s3control.NewFromConfig(c) })
	config := blocksNothing()
	got, err := api.GetPublicAccessBlock(ctx, &s3control.GetPublicAccessBlockInput{AccountId: &s.account})
	switch {
	case hasCode(err, noPublicAccessBlock):
	case err != nil:
		return err
	case got.PublicAccessBlockConfiguration != nil:
		if block, ok := plain(got.PublicAccessBlockConfiguration).(object); ok {
			maps.Copy(config, block)
		}
	}
	return s.emit(ctx, out, &audit.Observation{
		Type: "s3_account_public_access_block", ExternalID: "arn:" + s.partition + ":s3::" + s.account + ":public-access-block",
		Name: s.account, Config: config,
	})
}
