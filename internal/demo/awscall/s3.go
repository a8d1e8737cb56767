package awscall

import (
	"fmt"
	"net"
	"net/http"
	"strings"
)

const s3ControlPrefix = "/v20180820/"

// s3Subresources maps the query parameter that selects a bucket's subresource to the GET operation (S3 API
// reference, request syntax of each operation).
var s3Subresources = map[string]string{
	"abac":                "GetBucketAbac",
	"accelerate":          "GetBucketAccelerateConfiguration",
	"acl":                 "GetBucketAcl",
	"analytics":           "ListBucketAnalyticsConfigurations",
	"cors":                "GetBucketCors",
	"encryption":          "GetBucketEncryption",
	"intelligent-tiering": "ListBucketIntelligentTieringConfigurations",
	"inventory":           "ListBucketInventoryConfigurations",
	"lifecycle":           "GetBucketLifecycleConfiguration",
	"location":            "GetBucketLocation",
	"logging":             "GetBucketLogging",
	"metrics":             "ListBucketMetricsConfigurations",
	"notification":        "GetBucketNotificationConfiguration",
	"object-lock":         "GetObjectLockConfiguration",
	"ownershipControls":   "GetBucketOwnershipControls",
	"policy":              "GetBucketPolicy",
	"policyStatus":        "GetBucketPolicyStatus",
	"publicAccessBlock":   "GetPublicAccessBlock",
	"replication":         "GetBucketReplication",
	"requestPayment":      "GetBucketRequestPayment",
	"tagging":             "GetBucketTagging",
	"versioning":          "GetBucketVersioning",
	"website":             "GetBucketWebsite",
}

// s3Actions are the operations whose IAM action has another name.
var s3Actions = map[string]string{
	"ListBuckets":                                "ListAllMyBuckets",
	"HeadBucket":                                 "ListBucket",
	"ListObjectsV2":                              "ListBucket",
	"GetPublicAccessBlock":                       "GetBucketPublicAccessBlock",
	"GetBucketEncryption":                        "GetEncryptionConfiguration",
	"GetBucketLifecycleConfiguration":            "GetLifecycleConfiguration",
	"GetBucketReplication":                       "GetReplicationConfiguration",
	"GetBucketAccelerateConfiguration":           "GetAccelerateConfiguration",
	"GetBucketCors":                              "GetBucketCORS",
	"GetBucketNotificationConfiguration":         "GetBucketNotification",
	"GetObjectLockConfiguration":                 "GetBucketObjectLockConfiguration",
	"ListBucketAnalyticsConfigurations":          "GetAnalyticsConfiguration",
	"ListBucketIntelligentTieringConfigurations": "GetIntelligentTieringConfiguration",
	"ListBucketInventoryConfigurations":          "GetInventoryConfiguration",
	"ListBucketMetricsConfigurations":            "GetMetricsConfiguration",
}

func (c *Call) readS3(r *http.Request) error {
	bucket, path := s3Bucket(r)
	if bucket == "" {
		bucket, path, _ = strings.Cut(path, "/")
	}
	if bucket != "" {
		c.Params["Bucket"] = bucket
	}
	if path != "" {
		return fmt.Errorf("%s of an object in bucket %s: only buckets are read", r.Method, bucket)
	}
	query := r.URL.Query()
	for name := range query {
		if op, ok := s3Subresources[name]; ok && bucket != "" {
			c.Operation = op
			query.Del(name)
		}
	}
	c.setAll(query)
	switch {
	case r.Method == http.MethodHead && bucket != "":
		c.Operation = "HeadBucket"
	case r.Method != http.MethodGet:
		return fmt.Errorf("%s on S3: nothing is written", r.Method)
	case c.Operation != "":
	case bucket == "":
		c.Operation = "ListBuckets"
	default:
		c.Operation = "ListObjectsV2"
	}
	return nil
}

// s3Bucket returns the bucket that the host names, if it does, and the path without its first slash. Endpoints that
// are an address or a plain name have the bucket in the path (S3 user guide, "Virtual hosting of general purpose
// buckets").
func s3Bucket(r *http.Request) (bucket, path string) {
	path = strings.TrimPrefix(r.URL.Path, "/")
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if net.ParseIP(host) != nil {
		return "", path
	}
	if name, ok := strings.CutSuffix(host, ".localhost"); ok {
		return name, path
	}
	if name, ok := strings.CutSuffix(host, ".amazonaws.com"); ok {
		if i := strings.LastIndex(name, ".s3"); i > 0 {
			return name[:i], path
		}
	}
	return "", path
}

func (c *Call) readS3Control(r *http.Request) error {
	switch strings.TrimPrefix(r.URL.Path, s3ControlPrefix) {
	case "configuration/publicAccessBlock":
		c.Operation = "GetPublicAccessBlock"
	case "accesspoint":
		c.Operation = "ListAccessPoints"
	default:
		return fmt.Errorf("S3 Control has no path %s here", r.URL.Path)
	}
	if r.Method != http.MethodGet {
		return fmt.Errorf("%s on S3 Control: nothing is written", r.Method)
	}
	c.setAll(r.URL.Query())
	return nil
}
