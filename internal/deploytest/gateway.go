package deploytest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Gateway is the one address by which functions reach AWS: it passes their calls on to moto and DynamoDB Local, if the role
// of whoever calls allows them, and refuses the others as IAM would. Who calls is told by the access key: a function's is its
// logical id. What has the customer's key reaches the audited account.
type Gateway struct {
	URL string

	cloud       Cloud
	functions   map[string]Function
	customerKey string
	customer    http.Handler
	next        http.RoundTripper

	mu         sync.Mutex
	hooks      map[int]Hook
	seq        int
	used       map[Use]int
	refused    []string
	externalID string
	sent       func(queue string)
	server     *http.Server
}

// SessionSecret is the secret key of those who have assumed a role of the audited account.
const SessionSecret = "secretOfTheSessionEXAMPLE"

// Use is what a function did.
type Use struct{ Function, Action, Resource string }

// Hook is called for each call before it is passed on. It may wait, or answer in AWS's place and say so.
type Hook func(w http.ResponseWriter, r *http.Request, c Call) (answered bool)

// listen serves the gateway on a free port of the loopback interface until Close.
func (g *Gateway) listen(ctx context.Context) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("gateway: %w", err)
	}
	g.URL = "http://" + listener.Addr().String()
	g.hooks, g.used = map[int]Hook{}, map[Use]int{}
	g.next = &http.Transport{MaxIdleConnsPerHost: 64}
	g.server = &http.Server{Handler: g, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := g.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			slog.Error("the gateway stopped", "error", err)
		}
	}()
	return nil
}

// Close ends the gateway.
func (g *Gateway) Close() { _ = g.server.Close() }

// Use adds a hook, and returns what removes it.
func (g *Gateway) Use(h Hook) (remove func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seq++
	id := g.seq
	g.hooks[id] = h
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		delete(g.hooks, id)
	}
}

// Trust has roles of the audited account let in whoever shows this external id.
func (g *Gateway) Trust(externalID string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.externalID = externalID
}

// Uses counts what functions did, by action and resource.
func (g *Gateway) Uses() map[Use]int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return maps.Clone(g.used)
}

// Refused lists, sorted and each once, what functions did that their roles don't allow, or that isn't known here.
func (g *Gateway) Refused() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Compact(slices.Sorted(slices.Values(g.refused)))
}

func (g *Gateway) refuse(format string, args ...any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refused = append(g.refused, fmt.Sprintf(format, args...))
}

// ServeHTTP takes requests of every service, signed or by presigned URLs.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller was killed
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	key, region, service := credential(r)
	f, ok := g.functions[key]
	switch {
	case key == g.customerKey:
		if !g.hooked(w, r, Call{Service: service, Region: region}) {
			g.customer.ServeHTTP(w, r)
		}
		return
	case !ok:
		g.refuse("%s %s is signed with the key %q, which is nobody's", r.Method, r.URL, key)
		Fail(w, service, http.StatusForbidden, "InvalidClientTokenId")
		return
	}
	call, err := parseCall(f.ID, region, service, r, body)
	if err != nil {
		g.refuse("%v", err)
		Fail(w, service, http.StatusBadRequest, "ValidationException")
		return
	}
	if g.hooked(w, r, call) {
		return
	}
	if call.Operation == "AssumeRole" && g.allowed(f, call.Needs) {
		g.assumeRole(w, body)
		return
	}
	g.pass(w, r, f, call, body)
}

func (g *Gateway) hooked(w http.ResponseWriter, r *http.Request, c Call) bool {
	g.mu.Lock()
	hooks := slices.Collect(maps.Values(g.hooks))
	g.mu.Unlock()
	for _, h := range hooks {
		if h(w, r, c) {
			return true
		}
	}
	return false
}

// allowed notes what is done, and tells whether the function's role allows it. A key that isn't known yet is judged later.
func (g *Gateway) allowed(f Function, needs []Permission) bool {
	for _, p := range needs {
		if p.Resource == "" {
			continue
		}
		if !f.Allows(p.Action, p.Resource) {
			g.refuse("%s may not %s on %s", f.ID, p.Action, p.Resource)
			return false
		}
		g.mu.Lock()
		g.used[Use{f.ID, p.Action, p.Resource}]++
		g.mu.Unlock()
	}
	return true
}

// pass passes a call on, if it is allowed.
func (g *Gateway) pass(w http.ResponseWriter, r *http.Request, f Function, c Call, body []byte) {
	if !g.allowed(f, c.Needs) {
		Fail(w, c.Service, http.StatusForbidden, "AccessDeniedException")
		return
	}
	to := g.cloud.Moto
	if c.Service == "dynamodb" {
		to = g.cloud.DynamoDB
	}
	out, err := http.NewRequestWithContext(r.Context(), r.Method, to+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		g.refuse("%v", err)
		return
	}
	out.Header = r.Header.Clone()
	if c.Service == "dynamodb" { // it keeps the tables of each key apart
		sign := strings.Replace(out.Header.Get("Authorization"), "Credential="+f.ID+"/", "Credential="+accessKey+"/", 1)
		out.Header.Set("Authorization", sign)
	}
	resp, err := g.next.RoundTrip(out)
	if err != nil {
		if r.Context().Err() == nil {
			g.refuse("%s %s: %v", c.Service, c.Operation, err)
		}
		Fail(w, c.Service, http.StatusServiceUnavailable, "ServiceUnavailable")
		return
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		g.refuse("%s %s: %v", c.Service, c.Operation, err)
		return
	}
	if c.Service == "kms" && !g.keyAllowed(f, c, answer) {
		Fail(w, c.Service, http.StatusBadRequest, "AccessDeniedException")
		return
	}
	maps.Copy(w.Header(), resp.Header)
	w.WriteHeader(resp.StatusCode)
	_, _ = w.Write(answer) // the caller may be gone
	if c.Service == "sqs" && strings.HasPrefix(c.Operation, "SendMessage") && g.sent != nil {
		g.sent(c.Needs[0].Resource)
	}
}

// keyAllowed judges a call by the key that KMS says it used: a ciphertext tells KMS its key, so a request need not.
func (g *Gateway) keyAllowed(f Function, c Call, answer []byte) bool {
	var used struct{ KeyID string }
	if c.Needs[0].Resource != "" || json.Unmarshal(answer, &used) != nil || used.KeyID == "" {
		return true
	}
	return g.allowed(f, []Permission{{c.Needs[0].Action, used.KeyID}})
}

// assumeRole lets into the audited account who shows its external id (STS API reference, AssumeRole).
func (g *Gateway) assumeRole(w http.ResponseWriter, body []byte) {
	form, err := url.ParseQuery(string(body))
	g.mu.Lock()
	trusted := g.externalID != "" && form.Get("ExternalId") == g.externalID
	g.mu.Unlock()
	if err != nil || !trusted {
		Fail(w, "sts", http.StatusForbidden, "AccessDenied")
		return
	}
	w.Header().Set("Content-Type", "text/xml")
	_, _ = fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>`+
		`<AssumedRoleUser><Arn>%s</Arn><AssumedRoleId>AROAEXAMPLE:infraudit</AssumedRoleId></AssumedRoleUser>`+
		`<Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>%s</SecretAccessKey><SessionToken>session</SessionToken>`+
		`<Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
		strings.Replace(form.Get("RoleArn"), ":iam:", ":sts:", 1), g.customerKey, SessionSecret, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
}

// Fail answers with a failure in the form of a service.
func Fail(w http.ResponseWriter, service string, status int, code string) {
	const message = "said by the test's gateway"
	if service == "s3" || service == "sts" {
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(status)
		format := "<ErrorResponse><Error><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>"
		if service == "s3" {
			format = "<Error><Code>%s</Code><Message>%s</Message></Error>"
		}
		_, _ = fmt.Fprintf(w, format, code, message)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": "com.amazonaws#" + code, "message": message})
}
