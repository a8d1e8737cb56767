package awscall_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/infraudit/infraudit/internal/demo/awscall"
)

func request(method, url, scope, target, body string) *http.Request {
	r := httptest.NewRequest(method, url, strings.NewReader(body))
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=KEY/20260501/"+scope+"/aws4_request, SignedHeaders=host, Signature=0")
	if target != "" {
		r.Header.Set("X-Amz-Target", target)
	}
	return r
}

func TestParseNamesTheCall(t *testing.T) {
	for name, c := range map[string]struct {
		request *http.Request
		want    string
		action  string
	}{
		"query with parameters in any order, page size and version dropped": {
			request("POST", "http://h/", "eu-west-1/ec2", "", "Version=2016-11-15&Owner.1=self&MaxResults=5&Action=DescribeSnapshots&NextToken=a+b"),
			"ec2 eu-west-1 DescribeSnapshots NextToken=a%20b Owner.1=self", "ec2:DescribeSnapshots",
		},
		"JSON with a nested parameter": {
			request("POST", "http://h/", "us-east-1/kms", "TrentService.ListKeys", `{"Limit": 5, "Marker":"m", "X": [ {"a": 1} ]}`),
			`kms us-east-1 ListKeys Marker=m X=[{"a":1}]`, "kms:ListKeys",
		},
		"JSON without a body": {
			request("POST", "http://h/", "us-east-1/cloudtrail", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.ListTrails", ""),
			"cloudtrail us-east-1 ListTrails", "cloudtrail:ListTrails",
		},
		"buckets": {
			request("GET", "http://127.0.0.1:8/?x-id=ListBuckets&max-buckets=10", "eu-west-1/s3", "", ""),
			"s3 eu-west-1 ListBuckets", "s3:ListAllMyBuckets",
		},
		"a bucket in the path": {
			request("GET", "http://127.0.0.1:8/logs?policy=", "eu-west-1/s3", "", ""),
			"s3 eu-west-1 GetBucketPolicy Bucket=logs", "s3:GetBucketPolicy",
		},
		"a bucket in the path, with a slash": {
			request("GET", "http://127.0.0.1:8/logs/?encryption", "eu-west-1/s3", "", ""),
			"s3 eu-west-1 GetBucketEncryption Bucket=logs", "s3:GetEncryptionConfiguration",
		},
		"a bucket in the host of AWS": {
			request("GET", "https://my.logs.s3.eu-west-1.amazonaws.com/?tagging", "eu-west-1/s3", "", ""),
			"s3 eu-west-1 GetBucketTagging Bucket=my.logs", "s3:GetBucketTagging",
		},
		"a bucket in a local host": {
			request("HEAD", "http://logs.localhost:99/", "eu-west-1/s3", "", ""),
			"s3 eu-west-1 HeadBucket Bucket=logs", "s3:ListBucket",
		},
		"the host of AWS without a bucket": {
			request("GET", "https://s3.eu-west-1.amazonaws.com/logs?acl", "eu-west-1/s3", "", ""),
			"s3 eu-west-1 GetBucketAcl Bucket=logs", "s3:GetBucketAcl",
		},
		"S3 Control, with the account in the host": {
			request("GET", "http://123456789012.127.0.0.1:8/v20180820/configuration/publicAccessBlock", "us-east-1/s3", "", ""),
			"s3control us-east-1 GetPublicAccessBlock", "s3:GetAccountPublicAccessBlock",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := awscall.Parse(c.request)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != c.want || got.Action() != c.action {
				t.Errorf("%s (%s), want %s (%s)", got, got.Action(), c.want, c.action)
			}
		})
	}
}

func TestParseRefusesWhatIsNoRead(t *testing.T) {
	unsigned := request("POST", "http://h/", "", "", "Action=ListUsers")
	unsigned.Header.Del("Authorization")
	for name, r := range map[string]*http.Request{
		"an unsigned request":     unsigned,
		"an odd credential scope": request("POST", "http://h/", "iam", "", "Action=ListUsers"),
		"no action":               request("POST", "http://h/", "us-east-1/iam", "", "Version=1"),
		"broken JSON":             request("POST", "http://h/", "us-east-1/kms", "TrentService.ListKeys", "{"),
		"a broken form":           request("POST", "http://h/", "us-east-1/iam", "", "Action=%zz"),
		"an object":               request("GET", "http://127.0.0.1:8/logs/key", "eu-west-1/s3", "", ""),
		"a write":                 request("PUT", "http://127.0.0.1:8/logs?policy", "eu-west-1/s3", "", ""),
		"an endless body":         request("POST", "http://h/", "us-east-1/iam", "", strings.Repeat("a", 2<<20)),
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := awscall.Parse(r); err == nil {
				t.Errorf("it was read as %s", got)
			}
		})
	}
}

func TestDeniedSpeaksAsTheServiceDoes(t *testing.T) {
	for service, want := range map[string]struct {
		status int
		code   string
	}{
		awscall.EC2: {403, "UnauthorizedOperation"}, awscall.IAM: {403, "AccessDenied"}, awscall.S3: {403, "AccessDenied"},
		awscall.KMS: {400, "AccessDeniedException"}, awscall.CloudTrail: {400, "AccessDeniedException"},
	} {
		t.Run(service, func(t *testing.T) {
			a := awscall.Denied(awscall.Call{Service: service, Operation: "Do<it>"}, "me")
			if a.Status != want.status || !strings.Contains(string(a.Body), want.code) || strings.Contains(string(a.Body), "<it>") && service != awscall.KMS {
				t.Errorf("%d %s", a.Status, a.Body)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add("POST", "/", "eu-west-1/ec2", "", "Action=DescribeVpcs&NextToken=x")
	f.Add("POST", "/", "us-east-1/kms", "TrentService.ListKeys", `{"Limit":1}`)
	f.Add("GET", "/bucket?policy", "eu-west-1/s3", "", "")
	f.Add("GET", "/v20180820/configuration/publicAccessBlock", "us-east-1/s3", "", "")
	f.Fuzz(func(t *testing.T, method, path, scope, target, body string) {
		r, err := http.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
		if err != nil {
			return
		}
		r.Header.Set("Authorization", "Credential=KEY/DATE/"+scope+"/aws4_request, Signature=0")
		r.Header.Set("X-Amz-Target", target)
		call, err := awscall.Parse(r)
		if err == nil && (call.Operation == "" && target == "" || strings.ContainsAny(call.Key(), "\n\r")) {
			t.Errorf("read as %q", call.String())
		}
	})
}
