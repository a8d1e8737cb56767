package deploytest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatACallNeeds(t *testing.T) {
	const table, queue = "arn:aws:dynamodb:us-east-1:123456789012:table/", "arn:aws:sqs:us-east-1:123456789012:"
	for name, c := range map[string]struct {
		service, request, target, body string
		tagged                         bool
		needs                          []Permission
	}{
		"an item": {
			service: "dynamodb", target: "DynamoDB_20120810.GetItem", body: `{"TableName":"t"}`,
			needs: []Permission{{"dynamodb:GetItem", table + "t"}},
		},
		"an index is a resource of its own": {
			service: "dynamodb", target: "DynamoDB_20120810.Query", body: `{"TableName":"t","IndexName":"due"}`,
			needs: []Permission{{"dynamodb:Query", table + "t/index/due"}},
		},
		"a batch is its table's": {
			service: "dynamodb", target: "DynamoDB_20120810.BatchWriteItem", body: `{"RequestItems":{"t":[]}}`,
			needs: []Permission{{"dynamodb:BatchWriteItem", table + "t"}},
		},
		"a transaction needs what it is made of, each once": {
			service: "dynamodb", target: "DynamoDB_20120810.TransactWriteItems",
			body:  `{"TransactItems":[{"Put":{"TableName":"t"}},{"Put":{"TableName":"t"}},{"ConditionCheck":{"TableName":"u"}}]}`,
			needs: []Permission{{"dynamodb:PutItem", table + "t"}, {"dynamodb:ConditionCheckItem", table + "u"}},
		},
		"a transaction of what nobody knows": {
			service: "dynamodb", target: "DynamoDB_20120810.TransactWriteItems", body: `{"TransactItems":[{"Drop":{"TableName":"t"}}]}`,
		},
		"no table": {service: "dynamodb", target: "DynamoDB_20120810.ListTables", body: `{}`},
		"a batch of messages needs what one needs": {
			service: "sqs", target: "AmazonSQS.SendMessageBatch", body: `{"QueueUrl":"http://127.0.0.1:1/123456789012/q"}`,
			needs: []Permission{{"sqs:SendMessage", queue + "q"}},
		},
		"no queue":                     {service: "sqs", target: "AmazonSQS.ListQueues", body: `{}`},
		"a key":                        {service: "kms", target: "TrentService.Encrypt", body: `{"KeyId":"arn:k"}`, needs: []Permission{{"kms:Encrypt", "arn:k"}}},
		"a key that only KMS can tell": {service: "kms", target: "TrentService.Decrypt", body: `{}`, needs: []Permission{{"kms:Decrypt", ""}}},
		"an object":                    {service: "s3", request: "GET /b/team/x", needs: []Permission{{"s3:GetObject", "arn:aws:s3:::b/team/x"}}},
		"a look whether an object is there": {
			service: "s3", request: "HEAD /b/team/x", needs: []Permission{{"s3:GetObject", "arn:aws:s3:::b/team/x"}},
		},
		"an object with tags": {
			service: "s3", request: "PUT /b/team/x", tagged: true,
			needs: []Permission{{"s3:PutObject", "arn:aws:s3:::b/team/x"}, {"s3:PutObjectTagging", "arn:aws:s3:::b/team/x"}},
		},
		"an upload that is given up": {
			service: "s3", request: "DELETE /b/team/x?uploadId=1", needs: []Permission{{"s3:AbortMultipartUpload", "arn:aws:s3:::b/team/x"}},
		},
		"a list of objects":   {service: "s3", request: "GET /b?list-type=2", needs: []Permission{{"s3:ListBucket", "arn:aws:s3:::b"}}},
		"a change of buckets": {service: "s3", request: "PUT /b?policy"},
		"who one is":          {service: "sts", body: "Action=GetCallerIdentity", needs: []Permission{}},
		"to be another":       {service: "sts", body: "Action=AssumeRole&RoleArn=arn:r", needs: []Permission{{"sts:AssumeRole", "arn:r"}}},
		"another service":     {service: "ec2", body: "Action=DescribeRegions"},
	} {
		t.Run(name, func(t *testing.T) {
			method, path, ok := strings.Cut(c.request, " ")
			if !ok {
				method, path = http.MethodPost, "/"
			}
			r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
			r.Header.Set("X-Amz-Target", c.target)
			if c.tagged {
				r.Header.Set("X-Amz-Tagging", "kind=exports")
			}
			call, err := parseCall("F", "us-east-1", c.service, r, []byte(c.body))
			if c.needs == nil {
				if err == nil {
					t.Errorf("needs %v, want an error", call.Needs)
				}
				return
			}
			if len(c.needs) == 0 {
				c.needs = nil
			}
			if diff := cmp.Diff(c.needs, call.Needs); diff != "" || err != nil {
				t.Errorf("%v, -want +got:\n%s", err, diff)
			}
		})
	}
}

func TestACredentialIsReadFromHeaderOrURL(t *testing.T) {
	const scope = "KEY/20261124/eu-west-1/s3/aws4_request"
	signed := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	signed.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+scope+", SignedHeaders=host, Signature=1")
	for name, r := range map[string]*http.Request{
		"header": signed,
		"url":    httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/?X-Amz-Credential="+strings.ReplaceAll(scope, "/", "%2F"), nil),
	} {
		if key, region, service := credential(r); key != "KEY" || region != "eu-west-1" || service != "s3" {
			t.Errorf("%s: %s, %s, %s", name, key, region, service)
		}
	}
	if key, _, _ := credential(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)); key != "" {
		t.Errorf("an unsigned request has the key %q", key)
	}
}
