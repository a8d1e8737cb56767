// Package awscall reads the requests of AWS SDKs and writes answers that they understand: what a stand-in for AWS
// needs to know of the wire protocols of the services that InfraAudit reads. It knows names and shapes, no state.
package awscall

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sort"
	"strings"
)

// The services, as the credential scope of a signature names them; S3 Control signs as "s3" and is told apart by
// its paths.
const (
	CloudTrail = "cloudtrail"
	EC2        = "ec2"
	IAM        = "iam"
	KMS        = "kms"
	RDS        = "rds"
	S3         = "s3"
	S3Control  = "s3control"
	STS        = "sts"
)

// Call is one request, told apart by what it asks and not by how: page sizes, API versions and signatures are gone.
type Call struct {
	Service   string
	Region    string // of the signature: "us-east-1" for global services
	Operation string
	// Params are the parameters by wire name ("Filter.1.Name", "KeyId", "Bucket"); nested JSON stays JSON.
	Params map[string]string
	// PageSize is how many results the caller wants at most in a page; empty when it left that to the service.
	PageSize string
}

// maxBody bounds how much of a request's body is read, in bytes.
const maxBody = 1 << 20

// ignored are the parameters that say nothing about what is asked.
var ignored = map[string]bool{"Action": true, "Version": true, "x-id": true, "AWSAccountId": true}

// pageSizes are the names under which services take the size of a page.
var pageSizes = map[string]bool{
	"MaxResults": true, "MaxItems": true, "MaxRecords": true, "Limit": true,
	"max-buckets": true, "max-keys": true, "maxResults": true,
}

// Parse reads a request. It consumes the body.
func Parse(r *http.Request) (Call, error) {
	service, region, err := Scope(r)
	if err != nil {
		return Call{}, err
	}
	c := Call{Service: service, Region: region, Params: map[string]string{}}
	switch {
	case service == S3 && strings.HasPrefix(r.URL.Path, s3ControlPrefix):
		c.Service = S3Control
		err = c.readS3Control(r)
	case service == S3:
		err = c.readS3(r)
	case r.Header.Get("X-Amz-Target") != "":
		err = c.readJSON(r)
	default:
		err = c.readQuery(r)
	}
	return c, err
}

// Scope reads service and region from a Signature Version 4 header, whose credential is
// KEY/DATE/REGION/SERVICE/aws4_request (IAM user guide, "Elements of an AWS API request signature").
func Scope(r *http.Request) (service, region string, err error) {
	_, rest, ok := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	if !ok {
		return "", "", errors.New("the request is not signed with Signature Version 4")
	}
	credential, _, _ := strings.Cut(rest, ",")
	parts := strings.Split(credential, "/")
	if len(parts) != 5 {
		return "", "", fmt.Errorf("credential scope %q has %d parts, want 5", credential, len(parts))
	}
	return parts[3], parts[2], nil
}

func (c *Call) readJSON(r *http.Request) error {
	target := r.Header.Get("X-Amz-Target")
	c.Operation = target[strings.LastIndexByte(target, '.')+1:]
	body, err := readBody(r)
	if err != nil || len(body) == 0 {
		return err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return fmt.Errorf("body of %s: %w", c.Operation, err)
	}
	for name, raw := range fields {
		var s string
		if json.Unmarshal(raw, &s) != nil {
			var compact bytes.Buffer
			if err := json.Compact(&compact, raw); err != nil {
				return fmt.Errorf("parameter %s of %s: %w", name, c.Operation, err)
			}
			s = compact.String()
		}
		c.set(name, s)
	}
	return nil
}

func (c *Call) readQuery(r *http.Request) error {
	body, err := readBody(r)
	if err != nil {
		return err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return fmt.Errorf("query of %s: %w", c.Service, err)
	}
	c.setAll(r.URL.Query())
	c.setAll(form)
	c.Operation = form.Get("Action")
	if c.Operation == "" {
		c.Operation = r.URL.Query().Get("Action")
	}
	if c.Operation == "" {
		return fmt.Errorf("a request to %s names no action", c.Service)
	}
	return nil
}

func (c *Call) setAll(values url.Values) {
	for name, v := range values {
		c.set(name, v[0])
	}
}

func (c *Call) set(name, value string) {
	switch {
	case pageSizes[name]:
		c.PageSize = value
	case ignored[name]:
	default:
		c.Params[name] = value
	}
}

func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	defer func() { _ = r.Body.Close() }() // only read from
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("read the request's body: %w", err)
	}
	if len(body) > maxBody {
		return nil, fmt.Errorf("the request's body has more than %d bytes", maxBody)
	}
	return body, nil
}

// keyEscape keeps a key on one line and its parts apart.
var keyEscape = strings.NewReplacer("%", "%25", " ", "%20", "\n", "%0A", "\r", "%0D")

// Key is the operation and its parameters in one line, sorted: "GetKeyPolicy KeyId=1234 PolicyName=default". It
// doesn't name service and region.
func (c Call) Key() string {
	names := make([]string, 0, len(c.Params))
	for name := range c.Params {
		names = append(names, name)
	}
	sort.Strings(names)
	var b strings.Builder
	b.WriteString(c.Operation)
	for _, name := range names {
		b.WriteByte(' ')
		b.WriteString(keyEscape.Replace(name))
		b.WriteByte('=')
		b.WriteString(keyEscape.Replace(c.Params[name]))
	}
	return b.String()
}

// String names the call in full: "kms eu-west-1 GetKeyPolicy KeyId=1234".
func (c Call) String() string { return c.Service + " " + c.Region + " " + c.Key() }

// Action is the call as IAM names it: "kms:GetKeyPolicy". S3's REST operations differ from their actions in a few
// names; those that InfraAudit uses are mapped (service authorization reference, "Actions defined by Amazon S3").
func (c Call) Action() string {
	switch c.Service {
	case S3:
		if a, ok := s3Actions[c.Operation]; ok {
			return "s3:" + a
		}
	case S3Control:
		if c.Operation == "GetPublicAccessBlock" {
			return "s3:GetAccountPublicAccessBlock"
		}
		return "s3:" + c.Operation
	}
	return c.Service + ":" + c.Operation
}
