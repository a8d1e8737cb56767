package awscloud

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v3"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/shape"
)

const testAccount = "123456789012"

// wire plays AWS services in process. Answers are keyed by operation, or by "operation subject" and
// "operation@token" where they differ by resource and by page; the most precise key wins. An operation without an answer
// is refused, so that a test sees every call it didn't expect.
type wire struct {
	answers map[string]string // XML or JSON bodies; one that begins with an error code and a space is that error
	// rest reads the calls of a service that speaks JSON over REST.
	rest  func(r *http.Request) (operation, subject, token string)
	mu    sync.Mutex
	calls []string // "operation subject", in order
}

// s3Subresources are the query keys of S3's calls about buckets.
var s3Subresources = map[string]string{
	"location": "GetBucketLocation", "encryption": "GetBucketEncryption", "versioning": "GetBucketVersioning",
	"policy": "GetBucketPolicy", "policyStatus": "GetBucketPolicyStatus", "publicAccessBlock": "GetPublicAccessBlock",
	"acl": "GetBucketAcl", "ownershipControls": "GetBucketOwnershipControls", "logging": "GetBucketLogging",
	"lifecycle": "GetBucketLifecycleConfiguration", "replication": "GetBucketReplication",
	"notification": "GetBucketNotificationConfiguration", "website": "GetBucketWebsite", "cors": "GetBucketCors",
	"tagging": "GetBucketTagging", "object-lock": "GetObjectLockConfiguration",
	"accelerate": "GetBucketAccelerateConfiguration",
}

// jsonSubjects are the members of JSON requests that say which resource a call is about, jsonTokens which page.
var (
	jsonSubjects = []string{
		"Name", "QueueUrl", "ResourceARN", "ResourceArn", "ResourceId", "Rule", "SecretId", "StreamARN", "TableName", "TrailName",
		"resourceArn", "stateMachineArn", "EventBusName",
	}
	jsonTokens = []string{"ExclusiveStartTableName", "NextToken", "nextToken"}
)

func firstOf(in map[string]any, names []string) string {
	for _, name := range names {
		if text, ok := in[name].(string); ok {
			return text
		}
	}
	return ""
}

func parseWireCall(r *http.Request) (operation, subject, token string, err error) {
	if r.Method == http.MethodPost { // the query protocol of IAM and RDS, and EC2's own
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return "", "", "", err
		}
		if target := r.Header.Get("X-Amz-Target"); target != "" { // the JSON protocols
			var in map[string]any
			err := json.Unmarshal(body, &in)
			return target[strings.LastIndexByte(target, '.')+1:], firstOf(in, jsonSubjects), firstOf(in, jsonTokens), err
		}
		if isCBOR(r) {
			var in map[string]any
			err := cbor.Unmarshal(body, &in)
			return r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:], firstOf(in, jsonSubjects), firstOf(in, jsonTokens), err
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return "", "", "", err
		}
		for _, key := range []string{
			"UserName", "SAMLProviderArn", "OpenIDConnectProviderArn", "ServerCertificateName", "DBSnapshotIdentifier",
			"DBClusterSnapshotIdentifier", "ResourceName", "ImageId", "RestorableBy.1", "TopicArn", "ResourceArn",
		} {
			subject += form.Get(key)
		}
		return form.Get("Action"), subject, form.Get("Marker") + form.Get("NextToken"), nil
	}
	query := r.URL.Query()
	if strings.HasSuffix(r.URL.Path, "/configuration/publicAccessBlock") {
		return "GetAccountPublicAccessBlock", "", "", nil
	}
	for key, name := range s3Subresources {
		if _, ok := query[key]; ok {
			subject = strings.Trim(r.URL.Path, "/")
			if subject == "" {
				subject, _, _ = strings.Cut(r.URL.Host, ".s3.")
			}
			return name, subject, "", nil
		}
	}
	return "ListBuckets", "", query.Get("continuation-token"), nil
}

func (w *wire) Do(r *http.Request) (*http.Response, error) {
	var operation, subject, token string
	var err error
	if w.rest != nil {
		operation, subject, token = w.rest(r)
	} else if operation, subject, token, err = parseWireCall(r); err != nil {
		return nil, err
	}
	w.mu.Lock()
	w.calls = append(w.calls, strings.TrimSpace(operation+" "+subject))
	w.mu.Unlock()
	body, ok := "", false
	for _, key := range []string{operation + " " + subject + "@" + token, operation + "@" + token, operation + " " + subject, operation} {
		if body, ok = w.answers[key]; ok {
			break
		}
	}
	status := http.StatusOK
	if !ok {
		body = "AccessDenied not allowed"
	}
	if code, message, isError := strings.Cut(body, " "); isError && !strings.ContainsAny(body[:1], "<{") {
		status = http.StatusNotFound
		if code == "AccessDenied" {
			status = http.StatusForbidden
		}
		inner := fmt.Sprintf("<Code>%s</Code><Message>%s</Message>", code, message)
		body = "<ErrorResponse><Error>" + inner + "</Error></ErrorResponse>"
		if w.rest != nil || isJSON(r) {
			body = fmt.Sprintf(`{"__type":%q,"message":%q}`, code, message)
		} else if isEC2(r) {
			body = "<Response><Errors><Error>" + inner + "</Error></Errors></Response>"
		}
		if w.rest == nil && r.Method != http.MethodPost && operation != "GetAccountPublicAccessBlock" { // S3 alone has no envelope
			body = "<Error>" + inner + "</Error>"
		}
	} else if isEC2(r) { // no envelope within the answer
		body = fmt.Sprintf("<%[1]sResponse>%[2]s</%[1]sResponse>", operation, body)
	} else if w.rest == nil && r.Method == http.MethodPost && !isJSON(r) {
		body = fmt.Sprintf("<%[1]sResponse><%[1]sResult>%[2]s</%[1]sResult></%[1]sResponse>", operation, body)
	}
	header := http.Header{"Content-Type": {"text/xml"}}
	if isCBOR(r) {
		header = http.Header{"Content-Type": {"application/cbor"}, "Smithy-Protocol": {"rpc-v2-cbor"}}
		if body, err = cborOf(body); err != nil {
			return nil, err
		}
	}
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Header: header,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}, nil
}

// isJSON tells whether answers are written in JSON. Those of CBOR are too, until they are sent.
func isJSON(r *http.Request) bool { return r.Header.Get("X-Amz-Target") != "" || isCBOR(r) }

func isCBOR(r *http.Request) bool { return r.Header.Get("Smithy-Protocol") == "rpc-v2-cbor" }

// cborOf writes a JSON answer in CBOR. One that is cut off stays cut off.
func cborOf(body string) (string, error) {
	cut := !json.Valid([]byte(body))
	if cut {
		body = `{"cut":"off"}`
	}
	var v any
	if err := yaml.Unmarshal([]byte(body), &v); err != nil { // JSON is YAML, whose integers stay integers
		return "", err
	}
	b, err := cbor.Marshal(v)
	if cut {
		b = b[:len(b)-1]
	}
	return string(b), err
}

func isEC2(r *http.Request) bool { return strings.HasPrefix(r.URL.Host, "ec2.") }

// called returns how often an operation was called about a subject.
func (w *wire) called(call string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, c := range w.calls {
		if c == call {
			n++
		}
	}
	return n
}

// with returns another wire with some answers replaced; "" removes one.
func (w *wire) with(changes map[string]string) *wire {
	out := &wire{answers: make(map[string]string, len(w.answers)), rest: w.rest}
	maps.Copy(out.answers, w.answers)
	for k, v := range changes {
		if out.answers[k] = v; v == "" {
			delete(out.answers, k)
		}
	}
	return out
}

// without returns another wire that refuses an operation.
func (w *wire) without(operation string) *wire {
	out := w.with(nil)
	maps.DeleteFunc(out.answers, func(key, _ string) bool {
		op, _, _ := strings.Cut(strings.ReplaceAll(key, "@", " "), " ")
		return op == operation
	})
	return out
}

// haul takes what listings emit.
type haul struct {
	mu  sync.Mutex
	all []*audit.Observation
}

func (h *haul) Emit(_ context.Context, o *audit.Observation) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, o)
	return nil
}

func (h *haul) Done(_, _ string) bool { return false }

// one returns the only resource of a type with that name.
func (h *haul) one(t *testing.T, resourceType, name string) *audit.Observation {
	t.Helper()
	var found *audit.Observation
	for _, o := range h.all {
		if o.Type == resourceType && o.Name == name {
			if found != nil {
				t.Fatalf("%s %q was emitted twice", resourceType, name)
			}
			found = o
		}
	}
	if found == nil {
		t.Fatalf("%s %q was not emitted", resourceType, name)
	}
	return found
}

// byID returns the only resource of a type with that external id.
func (h *haul) byID(t *testing.T, resourceType, id string) *audit.Observation {
	t.Helper()
	var found []*audit.Observation
	for _, o := range h.all {
		if o.Type == resourceType && o.ExternalID == id {
			found = append(found, o)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%s %q was emitted %d times", resourceType, id, len(found))
	}
	return found[0]
}

// ids returns the external ids of a type, sorted.
func (h *haul) ids(resourceType string) []string {
	var out []string
	for _, o := range h.all {
		if o.Type == resourceType {
			out = append(out, o.ExternalID)
		}
	}
	slices.Sort(out)
	return out
}

// sync reads the listings of one service and region, and returns what they emitted and how each failed, by its first
// type. Every configuration must be what its shape declares.
func (w *wire) sync(t *testing.T, service, region string) (*haul, map[string]error) {
	t.Helper()
	t.Setenv("AWS_CA_BUNDLE", "") // the SDK refuses one together with a client that isn't its own
	return w.read(t, service, region)
}

// read is sync in an environment that is set up already.
func (w *wire) read(t *testing.T, service, region string) (*haul, map[string]error) {
	t.Helper()
	account, err := Open(t.Context(), Options{
		Credentials: Credentials{Method: audit.AuthAccessKey, AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "secret"},
		Account:     testAccount, HomeRegion: "us-east-1", HTTPClient: w, Limits: Limits{Attempts: 1, Rate: 1e6, Burst: 1e6},
	})
	if err != nil {
		t.Fatal(err)
	}
	var services []inventory.Service
	for _, s := range account.Services(region) {
		if s.Name == service {
			services = append(services, s)
		}
	}
	if len(services) != 1 {
		t.Fatalf("%d services called %s in %s", len(services), service, region)
	}
	h, errs := &haul{}, map[string]error{}
	for _, l := range services[0].Listings {
		if err := l.Collect(t.Context(), h); err != nil {
			errs[l.Types[0]] = err
		}
	}
	for _, o := range h.all {
		checkShape(t, o)
	}
	return h, errs
}

// checkShape fails the test where a configuration is not what its type's shape declares.
func checkShape(t *testing.T, o *audit.Observation) {
	t.Helper()
	sh, ok := shapes.Load().Lookup(o.Type)
	if !ok {
		t.Fatalf("%s has no shape", o.Type)
	}
	for _, p := range sh.Check(o.Config) {
		t.Errorf("%s %s: %s: %s", o.Type, o.ExternalID, p.Field, p.Message)
	}
	if o.ExternalID == "" || o.Name == "" || o.Status == "" {
		t.Errorf("%s %q lacks its id, name or status", o.Type, o.ExternalID)
	}
}

// hashOf names an observation's configuration and what of it is unread.
func hashOf(t *testing.T, o *audit.Observation) string {
	t.Helper()
	canonical, err := shape.Canonical(o.Config, o.Unread)
	if err != nil {
		t.Fatal(err)
	}
	return shape.Hash(canonical)
}

var sortStrings = cmpopts.SortSlices(func(a, b string) bool { return a < b })

// sameButUnread holds what was read under a refusal against everything: exactly the given paths are unread, by type and
// because of the action, and all else is the same.
func sameButUnread(t *testing.T, everything, h *haul, action string, unread map[string][]string) {
	t.Helper()
	full := map[string]*audit.Observation{}
	for _, o := range everything.all {
		full[o.ExternalID] = o
	}
	for _, o := range h.all {
		var paths []string
		for path, u := range o.Unread {
			paths = append(paths, path)
			if u.Action != action || u.Code != "AccessDenied" {
				t.Errorf("%s: %s is unread because of %s (%s)", o.Type, path, u.Action, u.Code)
			}
		}
		if diff := cmp.Diff(unread[o.Type], paths, sortStrings); diff != "" {
			t.Errorf("%s %s: unread (-want +got):\n%s", o.Type, o.Name, diff)
		}
		if full[o.ExternalID] == nil {
			continue // found because of the refusal, which is the caller's to expect
		}
		read := cmpopts.IgnoreMapEntries(func(path string, _ any) bool { _, lost := o.Unread[path]; return lost })
		if diff := cmp.Diff(full[o.ExternalID].Config, o.Config, read); diff != "" {
			t.Errorf("%s %s changed (-want +got):\n%s", o.Type, o.Name, diff)
		}
	}
}

// sameHashes holds two syncs of the same estate against each other.
func sameHashes(t *testing.T, a, b *haul) {
	t.Helper()
	if diff := cmp.Diff(hashes(t, a), hashes(t, b)); diff != "" {
		t.Errorf("hashes differ (-first +second):\n%s", diff)
	}
}

func hashes(t *testing.T, h *haul) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, o := range h.all {
		out[o.Type+" "+o.ExternalID] = hashOf(t, o)
	}
	return out
}
