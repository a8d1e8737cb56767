package deploytest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
)

// Call is one request of a function to AWS, as IAM judges it.
type Call struct {
	Function string // logical id; "" for what has the customer's credentials
	Service  string // of the signature: "dynamodb", "sqs"
	Region   string
	// Operation is the API's name of it: "TransactWriteItems". Empty for S3, whose requests name none, and for the
	// customer's account.
	Operation string
	Needs     []Permission
}

// Permission is an action on a resource that a call needs.
type Permission struct{ Action, Resource string }

// credential returns access key, region and service of a request that is signed in its header or by its URL (IAM user
// guide, "Elements of an AWS API request signature").
func credential(r *http.Request) (key, region, service string) {
	_, scope, ok := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	if !ok {
		scope = r.URL.Query().Get("X-Amz-Credential")
	}
	scope, _, _ = strings.Cut(scope, ",")
	parts := strings.Split(scope, "/")
	if len(parts) != 5 {
		return "", "", ""
	}
	return parts[0], parts[2], parts[3]
}

// parseCall tells what a function's request needs. What isn't known here is an error, so that no call goes unjudged.
func parseCall(function, region, service string, r *http.Request, body []byte) (Call, error) {
	c := Call{Function: function, Service: service, Region: region}
	target := r.Header.Get("X-Amz-Target")
	c.Operation = target[strings.LastIndexByte(target, '.')+1:]
	var err error
	switch service {
	case "dynamodb":
		c.Needs, err = tablePermissions(c.Operation, body)
	case "sqs":
		c.Needs, err = queuePermissions(c.Operation, body)
	case "kms":
		c.Needs, err = keyPermissions(c.Operation, body)
	case "s3":
		c.Needs, err = objectPermissions(r)
	case "sts":
		c.Operation, c.Needs, err = identityPermissions(body)
	default:
		err = fmt.Errorf("no function has business with %s", service)
	}
	if err != nil {
		return c, fmt.Errorf("%s calls %s %s: %w", function, service, c.Operation, err)
	}
	return c, nil
}

func tableARN(name string) string {
	return "arn:aws:dynamodb:" + Region + ":" + Account + ":table/" + name
}

// tablePermissions follows the DynamoDB developer guide, "DynamoDB API permissions" and "Using IAM with DynamoDB
// transactions": a transaction needs the actions that it is made of.
func tablePermissions(operation string, body []byte) ([]Permission, error) {
	var in struct {
		TableName, IndexName string
		RequestItems         map[string]json.RawMessage
		TransactItems        []map[string]struct{ TableName string }
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	var out []Permission
	need := func(operation, table string) {
		p := Permission{awsaccess.IAMAction("DynamoDB", operation), tableARN(table)}
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	for table := range maps.Keys(in.RequestItems) {
		need(operation, table)
	}
	for _, item := range in.TransactItems {
		for kind, of := range item {
			action, ok := transacted[kind]
			if !ok {
				return nil, fmt.Errorf("a transaction of %s is not known here", kind)
			}
			need(action, of.TableName)
		}
	}
	if in.TableName != "" {
		need(operation, in.TableName)
		if in.IndexName != "" {
			out[0].Resource += "/index/" + in.IndexName
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no table in %s", body)
	}
	return out, nil
}

var transacted = map[string]string{
	"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem", "Get": "GetItem",
}

// queuePermissions: a batch needs the action of one (Amazon SQS developer guide, "Amazon SQS API permissions").
func queuePermissions(operation string, body []byte) ([]Permission, error) {
	var in struct{ QueueURL string }
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	name := in.QueueURL[strings.LastIndexByte(in.QueueURL, '/')+1:]
	if name == "" {
		return nil, fmt.Errorf("no queue in %s", body)
	}
	return []Permission{{
		awsaccess.IAMAction("SQS", strings.TrimSuffix(operation, "Batch")),
		"arn:aws:sqs:" + Region + ":" + Account + ":" + name,
	}}, nil
}

// keyPermissions names the key where the request does. Decrypt needs not: see Gateway.
func keyPermissions(operation string, body []byte) ([]Permission, error) {
	var in struct{ KeyID string }
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	return []Permission{{awsaccess.IAMAction("KMS", operation), in.KeyID}}, nil
}

// objectPermissions follows the Amazon S3 user guide, "Required permissions for Amazon S3 API operations", for requests
// with the bucket in their path.
func objectPermissions(r *http.Request) ([]Permission, error) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	arn, query := "arn:aws:s3:::"+bucket, r.URL.Query()
	if key == "" {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			return []Permission{{"s3:ListBucket", arn}}, nil
		}
		return nil, fmt.Errorf("%s of a bucket is not known here", r.Method)
	}
	arn += "/" + key
	switch {
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		return []Permission{{"s3:GetObject", arn}}, nil
	case r.Method == http.MethodDelete && query.Has("uploadId"):
		return []Permission{{"s3:AbortMultipartUpload", arn}}, nil
	case r.Method == http.MethodDelete:
		return []Permission{{"s3:DeleteObject", arn}}, nil
	case r.Method == http.MethodPut || r.Method == http.MethodPost:
		out := []Permission{{"s3:PutObject", arn}}
		if r.Header.Get("X-Amz-Tagging") != "" || query.Has("tagging") {
			out = append(out, Permission{"s3:PutObjectTagging", arn})
		}
		return out, nil
	}
	return nil, fmt.Errorf("%s of an object is not known here", r.Method)
}

// identityPermissions: nobody needs permission to ask who he is (STS API reference, GetCallerIdentity).
func identityPermissions(body []byte) (operation string, needs []Permission, err error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return "", nil, err
	}
	switch operation = form.Get("Action"); operation {
	case "GetCallerIdentity":
		return operation, nil, nil
	case "AssumeRole":
		return operation, []Permission{{awsaccess.ActionAssumeRole, form.Get("RoleArn")}}, nil
	}
	return operation, nil, fmt.Errorf("%s is not known here", operation)
}
