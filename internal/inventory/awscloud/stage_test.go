package awscloud

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/fxamacker/cbor/v2"
	"go.yaml.in/yaml/v3"

	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
)

// stage plays AWS services in process whatever their protocol: what is called it learns from the SDK. Answers are keyed
// by the operation and words that the request must hold, in its address or its body; the key with the most such words
// wins, the longest among equals. A body "!Code" is an error, "!Code text" one with a message. What has no answer is refused,
// and fails the test.
type stage struct {
	answers map[string]string
	refused string // an IAM action
	mu      sync.Mutex
	calls   map[string]int    // by action
	actions map[string]string // by operation
	asked   map[string]int    // by operation and request
	strange []string          // requests without an answer
}

func newStage(answers map[string]string, refused string) *stage {
	return &stage{
		answers: answers, refused: refused, calls: map[string]int{}, actions: map[string]string{}, asked: map[string]int{},
	}
}

func (s *stage) Do(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	form := strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
	text, err := url.QueryUnescape(r.URL.RequestURI() + " " + string(body))
	if err != nil {
		return nil, err
	}
	service, operation := awsmiddleware.GetServiceID(r.Context()), awsmiddleware.GetOperationName(r.Context())
	if service == "S3" { // a bucket is in the host's name
		text = r.URL.Host + text
	}
	action := awsaccess.IAMAction(service, operation)
	answer, ok := s.find(operation, text)
	s.mu.Lock()
	s.calls[action]++
	s.asked[operation+" "+r.URL.Host+text]++
	s.actions[operation] = action
	if !ok {
		s.strange = append(s.strange, operation+" "+text)
	}
	s.mu.Unlock()
	if !ok || action == s.refused {
		answer = "!AccessDenied"
	}
	status, header := http.StatusOK, http.Header{}
	isXML := form || slices.Contains([]string{"CloudFront", "Route 53", "S3", "S3 Control"}, service)
	if failure, failed := strings.CutPrefix(answer, "!"); failed {
		code, message, told := strings.Cut(failure, " ")
		if !told {
			message = "no"
		}
		status = http.StatusBadRequest
		if code == "AccessDenied" {
			status = http.StatusForbidden
		}
		header.Set("X-Amzn-Errortype", code)
		answer = fmt.Sprintf(`{"__type":%q,"message":%q}`, code, message)
		switch {
		case service == "EC2":
			answer = "<Response><Errors><Error><Code>" + code + "</Code></Error></Errors></Response>"
		case service == "S3":
			answer = "<Error><Code>" + code + "</Code></Error>"
		case isXML:
			answer = "<ErrorResponse><Error><Code>" + code + "</Code></Error></ErrorResponse>"
		}
	} else if service == "EC2" {
		answer = fmt.Sprintf("<%[1]sResponse>%[2]s</%[1]sResponse>", operation, answer)
	} else if form {
		answer = fmt.Sprintf("<%[1]sResponse><%[1]sResult>%[2]s</%[1]sResult></%[1]sResponse>", operation, answer)
	}
	if isCBOR(r) {
		header.Set("Content-Type", "application/cbor")
		header.Set("Smithy-Protocol", "rpc-v2-cbor")
		if answer, err = cborOf(answer); err != nil {
			return nil, err
		}
	}
	return &http.Response{
		StatusCode: status, Header: header, Request: r, ContentLength: int64(len(answer)), Body: io.NopCloser(strings.NewReader(answer)),
	}, nil
}

func (s *stage) find(operation, text string) (string, bool) {
	best, found := "", 0
	for key := range s.answers {
		words := strings.Fields(key)
		if words[0] != operation || len(words) < found || len(words) == found && len(key) <= len(best) {
			continue
		}
		if !slices.ContainsFunc(words[1:], func(w string) bool { return !strings.Contains(text, w) }) {
			best, found = key, len(words)
		}
	}
	return s.answers[best], found > 0
}

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

func with(answers map[string]string, key, body string) map[string]string {
	out := maps.Clone(answers)
	out[key] = body
	return out
}

// withAlways returns the answers with one for every request of an operation.
func withAlways(answers map[string]string, operation, body string) map[string]string {
	out := maps.Clone(answers)
	maps.DeleteFunc(out, func(key, _ string) bool { return strings.Fields(key)[0] == operation })
	out[operation] = body
	return out
}

// openDocument is a policy that lets everyone in, as a JSON string holds it.
const openDocument = `{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":[\"a:two\",\"a:one\"],\"Resource\":\"*\"}}`
