package awscloud

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
)

// spoken plays AWS in process, whatever protocol the service speaks: the SDK itself tells which operation a request is.
// Answers are keyed by operation, or by "operation|text" and "operation|text|text" for requests whose path, query or body
// has the texts: the key with the most texts wins, the longest among equals. Bodies are JSON objects or the inner XML of
// the query protocol; one that begins with a word and a space is that error. An operation without an answer is refused.
type spoken struct {
	answers map[string]string
	mu      sync.Mutex
	calls   map[string]int // by operation
}

func (s *spoken) Do(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	operation := awsmiddleware.GetOperationName(r.Context())
	isQuery := strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
	request := r.URL.Path + "?" + r.URL.RawQuery + "\n" + string(body)
	if plain, err := url.QueryUnescape(request); err == nil {
		request = plain
	}
	s.mu.Lock()
	s.calls[operation]++
	s.mu.Unlock()
	answer, ok := s.answer(operation, request)
	if !ok {
		answer = "AccessDeniedException not allowed"
	}
	status := http.StatusOK
	if code, message, isError := strings.Cut(answer, " "); isError && !strings.ContainsAny(answer[:1], "<{") {
		status = http.StatusBadRequest
		if strings.HasPrefix(code, "AccessDenied") {
			status = http.StatusForbidden
		}
		answer = fmt.Sprintf(`{"__type":%q,"code":%q,"message":%q}`, code, code, message)
		if isQuery {
			answer = fmt.Sprintf("<ErrorResponse><Error><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>", code, message)
		}
	} else if isQuery {
		answer = fmt.Sprintf("<%[1]sResponse><%[1]sResult>%[2]s</%[1]sResult></%[1]sResponse>", operation, answer)
	}
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Header: http.Header{}, Request: r,
		Body: io.NopCloser(strings.NewReader(answer)), ContentLength: int64(len(answer)),
	}, nil
}

func (s *spoken) answer(operation, request string) (string, bool) {
	best, texts := "", -1
	for key := range s.answers {
		parts := strings.Split(key, "|")
		if parts[0] != operation || slices.ContainsFunc(parts[1:], func(text string) bool { return !strings.Contains(request, text) }) {
			continue
		}
		if n := len(parts) - 1; n > texts || n == texts && len(key) > len(best) {
			best, texts = key, n
		}
	}
	return s.answers[best], texts >= 0
}

// estateCase is what a service's collector is held against: what it reads of a played region, and what becomes of that
// under every refusal and nonsense.
type estateCase struct {
	service, region string
	// action names an operation's IAM action where the name isn't the operation's.
	action  func(operation string) string
	answers map[string]string
	// want are configurations by "type external-id". Every resource that is emitted is here.
	want map[string]object
	// facts are facts by "type external-id", for the resources whose facts matter to the test.
	facts map[string]object
	// refused are the attributes, by type, that each operation's refusal leaves unread.
	refused map[string]map[string][]string
	// fails are the first types of the listings that an operation's refusal fails.
	fails map[string][]string
	// empty are error codes, by operation, that mean that the service isn't used there: no resources, no error.
	empty map[string]string
	// swaps are neighbours, in answers, whose order means nothing.
	swaps [][2]string
	// pages are the answers that come again when a token repeats: later page -> first page.
	pages map[string]string
}

func (c *estateCase) with(changes map[string]string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, c.answers)
	maps.Copy(out, changes)
	return out
}

func (c *estateCase) without(operation string) map[string]string {
	out := map[string]string{}
	for key, body := range c.answers {
		if op, _, _ := strings.Cut(key, "|"); op != operation {
			out[key] = body
		}
	}
	return out
}

func (c *estateCase) read(t *testing.T, answers map[string]string) (*haul, map[string]error, *spoken) {
	t.Helper()
	w := &spoken{answers: answers, calls: map[string]int{}}
	account, err := Open(t.Context(), Options{
		Credentials: Credentials{Method: audit.AuthAccessKey, AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "secret"},
		Account:     testAccount, HomeRegion: "us-east-1", HTTPClient: w, Limits: testLimits(),
	})
	if err != nil {
		t.Fatal(err)
	}
	all := account.Services(c.region)
	i := slices.IndexFunc(all, func(s inventory.Service) bool { return s.Name == c.service })
	if i < 0 {
		t.Fatalf("%s is not read in %s", c.service, c.region)
	}
	h, errs := &haul{}, map[string]error{}
	for _, l := range all[i].Listings {
		if err := l.Collect(t.Context(), h); err != nil {
			errs[l.Types[0]] = err
		}
	}
	for _, o := range h.all {
		checkShape(t, o)
	}
	return h, errs, w
}

func (c *estateCase) actionOf(operation string) string {
	if c.action != nil {
		return c.action(operation)
	}
	return c.service + ":" + operation
}

// run holds the collector against everything in the case.
func (c *estateCase) run(t *testing.T) {
	t.Helper()
	isolate(t)
	everything, errs, w := c.read(t, c.answers)
	if len(errs) > 0 {
		t.Fatalf("failed: %v", errs)
	}
	t.Run("everything is read", func(t *testing.T) { c.holds(t, everything) })
	t.Run("every call made is declared, and its refusal tested", func(t *testing.T) {
		for operation := range w.calls {
			_, attributes := c.refused[operation]
			_, listing := c.fails[operation]
			if !attributes && !listing {
				t.Errorf("%s", operation)
			}
			if !slices.Contains(declaredBy(c.service), c.actionOf(operation)) {
				t.Errorf("%s is not declared", c.actionOf(operation))
			}
		}
	})
	c.refusals(t, everything)
	t.Run("order means nothing", func(t *testing.T) {
		answers := c.with(nil)
		for _, pair := range c.swaps {
			found := false
			for key, body := range answers {
				for _, between := range []string{",", "", ",\n", "\n"} {
					there := strings.Contains(body, pair[0]+between+pair[1])
					found = found || there
					if there {
						answers[key] = strings.Replace(body, pair[0]+between+pair[1], pair[1]+between+pair[0], 1)
						break
					}
				}
			}
			if !found {
				t.Errorf("no answer has %s before %s", pair[0], pair[1])
			}
		}
		again, errs, _ := c.read(t, answers)
		if len(errs) > 0 {
			t.Errorf("failed: %v", errs)
		}
		sameHashes(t, everything, again)
	})
	c.hostile(t)
}

func declaredBy(service string) []string {
	var out []string
	for _, c := range collectors() {
		if c.service == service {
			for _, l := range c.listings {
				out = append(out, l.actions...)
			}
		}
	}
	return out
}

func (c *estateCase) holds(t *testing.T, h *haul) {
	t.Helper()
	got, facts := map[string]object{}, map[string]object{}
	for _, o := range h.all {
		key := o.Type + " " + o.ExternalID
		if _, twice := got[key]; twice {
			t.Errorf("%s was emitted twice", key)
		}
		if got[key] = o.Config; c.facts[key] != nil {
			facts[key] = o.Facts
		}
		if len(o.Unread) > 0 {
			t.Errorf("%s: unread %v", key, o.Unread)
		}
	}
	if diff := cmp.Diff(c.want, got); diff != "" {
		t.Errorf("configurations (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(c.facts, facts); len(c.facts) > 0 && diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
}

func (c *estateCase) refusals(t *testing.T, everything *haul) {
	for operation, unread := range c.refused {
		t.Run("without "+operation, func(t *testing.T) {
			h, errs, _ := c.read(t, c.without(operation))
			if len(errs) > 0 || len(h.all) != len(everything.all) {
				t.Errorf("%d resources of %d, failed: %v", len(h.all), len(everything.all), errs)
			}
			found := map[string]bool{}
			for _, o := range h.all {
				for path, u := range o.Unread {
					found[o.Type+" "+path] = true
					if u.Action != c.actionOf(operation) || u.Code != "AccessDenied" && u.Code != "AccessDeniedException" {
						t.Errorf("%s: %s is unread because of %s (%s)", o.Type, path, u.Action, u.Code)
					}
					if !slices.Contains(unread[o.Type], path) {
						t.Errorf("%s: %s is unread", o.ExternalID, path)
					}
					delete(o.Config, path)
				}
				full := everything.byID(t, o.Type, o.ExternalID)
				for name, value := range full.Config {
					if _, lost := o.Unread[name]; lost {
						continue
					}
					if diff := cmp.Diff(value, o.Config[name]); diff != "" && !slices.ContainsFunc(unread[o.Type], func(path string) bool {
						return strings.HasPrefix(path, name+".")
					}) {
						t.Errorf("%s: %s changed (-want +got):\n%s", o.ExternalID, name, diff)
					}
				}
			}
			for typ, paths := range unread {
				for _, path := range paths {
					if !found[typ+" "+path] {
						t.Errorf("%s: %s is not unread", typ, path)
					}
				}
			}
		})
	}
	for operation, types := range c.fails {
		t.Run("without "+operation, func(t *testing.T) {
			_, errs, _ := c.read(t, c.without(operation))
			if len(errs) != len(types) {
				t.Errorf("failed: %v", errs)
			}
			for _, typ := range types {
				if f := fault.From(errs[typ]); errs[typ] == nil || f.Kind != fault.Denied || f.Action != c.actionOf(operation) {
					t.Errorf("%s: %v", typ, errs[typ])
				}
			}
		})
	}
	for operation, code := range c.empty {
		t.Run("where "+operation+" answers "+code, func(t *testing.T) {
			answers := c.without(operation)
			answers[operation] = code + " not here"
			h, errs, _ := c.read(t, answers)
			if len(h.all) > 0 || len(errs) > 0 {
				t.Errorf("%d resources, failed: %v", len(h.all), errs)
			}
		})
	}
}

// hostile answers the calls on which listings stand with what isn't theirs.
func (c *estateCase) hostile(t *testing.T) {
	for operation, types := range c.fails {
		nonsense := map[string]string{"cut short": `{"a":[{"b":`, "empty": ""}
		if strings.HasPrefix(c.first(operation), "<") { // whose envelope alone is an answer
			nonsense = map[string]string{"cut short": "<a><b>"}
		}
		for what, body := range nonsense {
			t.Run(operation+" is "+what, func(t *testing.T) {
				answers := c.without(operation)
				answers[operation] = body
				_, errs, _ := c.read(t, answers)
				for _, typ := range types {
					if errs[typ] == nil || fault.KindOf(errs[typ]) != fault.Upstream {
						t.Errorf("%s: %v", typ, errs[typ])
					}
				}
			})
		}
	}
	for later, first := range c.pages {
		t.Run("the token of "+first+" repeats", func(t *testing.T) {
			_, errs, _ := c.read(t, c.with(map[string]string{later: c.answers[first]}))
			for _, typ := range c.fails[strings.Split(first, "|")[0]] {
				if fault.KindOf(errs[typ]) != fault.Upstream {
					t.Errorf("%s: %v", typ, errs[typ])
				}
			}
		})
	}
}

func (c *estateCase) first(operation string) string {
	for key, body := range c.answers {
		if op, _, _ := strings.Cut(key, "|"); op == operation {
			return body
		}
	}
	return ""
}
