// Package s3blob opens a blob.Store in an Amazon S3 bucket. What the product doesn't delete, such as uploads that nobody
// used, is the bucket's lifecycle's to expire.
//
// The role needs s3:ListBucket on the bucket, not only for sweeps: S3 answers 403 for an object that isn't there unless
// the caller may list the bucket, and then Get and Exists fail (Amazon S3 API Reference, GetObject, HeadObject).
package s3blob

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"gocloud.dev/blob/s3blob"

	"github.com/infraudit/infraudit/internal/blob"
)

// Options change how objects are stored. The zero value leaves encryption to the bucket's default.
type Options struct {
	// KMSKeyID has what the program itself stores encrypted under that KMS key: an id, ARN or alias. What others PUT to
	// presigned URLs is encrypted as the bucket says, since they would have to send the same headers.
	KMSKeyID string
}

// Open returns the store in a bucket. It makes no request.
func Open(ctx context.Context, client *s3.Client, bucket string, opts Options) (*blob.Store, error) {
	if bucket == "" {
		return nil, errors.New("s3blob: no bucket was named")
	}
	options := s3blob.Options{}
	if opts.KMSKeyID != "" {
		options.EncryptionType, options.KMSEncryptionID = types.ServerSideEncryptionAwsKms, opts.KMSKeyID
	}
	b, err := s3blob.OpenBucket(ctx, client, bucket, &options)
	if err != nil {
		return nil, fmt.Errorf("s3blob: open %s: %w", bucket, err)
	}
	return blob.New(b, blob.Hooks{BeforeWrite: tag, BeforeSign: beforeSign}), nil
}

// TagKind is the tag that tells an object's kind. A bucket's lifecycle can go by it: keys begin with a team.
const TagKind = "kind"

// tag has S3 store an object with its kind. Uploads by presigned URLs have no tag: who PUTs would have to send it.
func tag(as func(any) bool, kind string) error {
	var put *transfermanager.UploadObjectInput
	if as(&put) {
		put.Tagging = aws.String(url.Values{TagKind: {kind}}.Encode())
	}
	return nil
}

// beforeSign has S3 answer a GET with the disposition that is stored with what the program puts, but not with uploads.
func beforeSign(as func(any) bool, disposition string) error {
	var get *s3.GetObjectInput
	if as(&get) {
		get.ResponseContentDisposition = aws.String(disposition)
	}
	return nil
}
