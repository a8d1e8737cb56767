//go:build integration

package s3blob_test

import (
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/blob"
	"github.com/infraudit/infraudit/internal/blob/blobtest"
	"github.com/infraudit/infraudit/internal/blob/s3blob"
	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

var moto motoserver.Server

func TestMain(m *testing.M) {
	code := m.Run()
	moto.Stop()
	os.Exit(code)
}

func newClient(t *testing.T) *s3.Client {
	t.Helper()
	return s3.New(s3.Options{
		BaseEndpoint: aws.String(moto.Endpoint(t)), Region: motoserver.Region,
		Credentials: credentials.NewStaticCredentialsProvider("testing", "testing", ""),
	})
}

var buckets atomic.Int64

func open(t *testing.T, client *s3.Client, opts s3blob.Options) (store *blob.Store, bucket string) {
	t.Helper()
	bucket = "bucket-" + strconv.FormatInt(buckets.Add(1), 10)
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	store, err := s3blob.Open(t.Context(), client, bucket, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store, bucket
}

func TestConformance(t *testing.T) {
	blobtest.Run(t, blobtest.Harness{
		Open: func(t *testing.T) *blob.Store {
			store, _ := open(t, newClient(t), s3blob.Options{})
			return store
		},
		Unsigned: true, // moto looks at no signature
	})
}

// Anyone has to be able to use a URL with any HTTP client: nothing but the host is signed, and there is no checksum of a
// body that isn't known yet.
func TestAPresignedURLAsksForNoHeaders(t *testing.T) {
	store, bucket := open(t, newClient(t), s3blob.Options{KMSKeyID: "alias/blobs"})
	for method, presign := range map[string]func() (string, error){
		http.MethodPut: func() (string, error) { return store.PresignPut(t.Context(), "team_1/a.csv", 90*time.Minute) },
		http.MethodGet: func() (string, error) { return store.PresignGet(t.Context(), "team_1/a.csv", 90*time.Minute) },
	} {
		signed, err := presign()
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(signed)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{"path": u.Path}
		for name := range u.Query() {
			switch name {
			case "X-Amz-Date", "X-Amz-Signature", "X-Amz-Credential":
			default:
				got[name] = u.Query().Get(name)
			}
		}
		want := map[string]string{
			"path": "/" + bucket + "/team_1/a.csv", "X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Expires": "5400",
			"X-Amz-SignedHeaders": "host",
		}
		if method == http.MethodGet {
			want["response-content-disposition"], want["x-id"] = `attachment; filename="a.csv"`, "GetObject"
		} else {
			want["x-id"] = "PutObject"
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", method, diff)
		}
	}
}

func TestObjectsAreEncryptedUnderTheKeyThatWasNamed(t *testing.T) {
	client := newClient(t)
	const arn = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
	store, bucket := open(t, client, s3blob.Options{KMSKeyID: arn})
	if err := store.Put(t.Context(), "team_1/a", strings.NewReader("x"), blob.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	head, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: aws.String("team_1/a")})
	if err != nil {
		t.Fatal(err)
	}
	if head.ServerSideEncryption != "aws:kms" || aws.ToString(head.SSEKMSKeyId) != arn {
		t.Errorf("encrypted by %s under %s", head.ServerSideEncryption, aws.ToString(head.SSEKMSKeyId))
	}
}

func TestABucketHasToBeNamed(t *testing.T) {
	if _, err := s3blob.Open(t.Context(), newClient(t), "", s3blob.Options{}); err == nil {
		t.Error("no error")
	}
}

// The bucket's lifecycle goes by it.
func TestObjectsAreTaggedWithTheirKind(t *testing.T) {
	client := newClient(t)
	store, bucket := open(t, client, s3blob.Options{})
	if err := store.Put(t.Context(), "team_1/exports/a.csv", strings.NewReader("a"), blob.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	out, err := client.GetObjectTagging(t.Context(), &s3.GetObjectTaggingInput{Bucket: &bucket, Key: aws.String("team_1/exports/a.csv")})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.TagSet) != 1 || aws.ToString(out.TagSet[0].Key) != s3blob.TagKind || aws.ToString(out.TagSet[0].Value) != "exports" {
		t.Errorf("tags %+v", out.TagSet)
	}
}
