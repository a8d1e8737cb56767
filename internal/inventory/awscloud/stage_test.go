package awscloud

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
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
	action := iamAction(service, operation)
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
	isXML := form || service == "CloudFront" || service == "Route 53"
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

// staged is what a service answers, and what follows of each refusal.
type staged struct {
	service, region string
	name            string   // of the golden file, where it isn't the service's
	resourceTypes   []string // CloudFormation's, that are read besides
	types           []string // only the listings of these, where a service has several tests
	answers         map[string]string
	// refusals are by IAM action, and name every one that the listings declare.
	refusals map[string]refusal
	// counters are words of the answers that change by themselves, and what they change to.
	counters map[string]string
	// ordered are the members of JSON answers whose lists mean something by their order.
	ordered []string
	// variants are other answers and what follows of them, by what they are.
	variants map[string]variant
}

// variant is what a service answers instead, and what becomes of that: a listing that fails, or a resource less.
type variant struct {
	answers map[string]string   // those that differ
	fails   []string            // first types of the listings that fail: as refused where an answer is !AccessDenied, otherwise by nonsense
	gone    string              // "type name" of a resource that is left out
	none    bool                // nothing is emitted, and nothing fails
	unread  map[string][]string // attributes by type
}

// refusal says what is lost: whole listings, by their first types, or attributes, by type.
type refusal struct {
	fails  []string
	unread map[string][]string
}

func (c *staged) listings(t *testing.T, s *stage) []inventory.Listing {
	t.Helper()
	o := keyOptions(nil)
	o.HTTPClient, o.ResourceTypes = s, c.resourceTypes
	var out []inventory.Listing
	for _, svc := range openPlayed(t, o).Services(c.region) {
		for _, l := range svc.Listings {
			if svc.Name == c.service && (len(c.types) == 0 || slices.Contains(c.types, l.Types[0])) {
				out = append(out, l)
			}
		}
	}
	return out
}

// read reads the listings. Every configuration must be what its shape declares.
func (c *staged) read(t *testing.T, answers map[string]string, refused string) (*haul, map[string]error, map[string]int) {
	t.Helper()
	s := newStage(answers, refused)
	h, errs := c.play(t, s)
	return h, errs, s.calls
}

func (c *staged) play(t *testing.T, s *stage) (*haul, map[string]error) {
	t.Helper()
	h, errs := &haul{}, map[string]error{}
	for _, l := range c.listings(t, s) {
		if err := l.Collect(t.Context(), h); err != nil {
			errs[l.Types[0]] = err
		}
	}
	for _, o := range h.all {
		checkShape(t, o)
	}
	if len(s.strange) > 0 {
		t.Errorf("requests without an answer: %q", s.strange)
	}
	return h, errs
}

// run holds a service against its golden file, and what it does when it is refused, cut short, or answered in another
// order. Lists whose order means something have one element in the answers.
func (c *staged) run(t *testing.T) {
	t.Helper()
	s := newStage(c.answers, "")
	everything, errs := c.play(t, s)
	if len(errs) > 0 {
		t.Fatalf("failed: %v", errs)
	}
	t.Run("what is read is what was recorded", func(t *testing.T) {
		name := c.service
		if c.name != "" {
			name = c.name
		}
		golden(t, filepath.Join("testdata", name+".json"), goldenHaul(t, everything, s.calls))
	})
	t.Run("nothing is asked more often than is declared", func(t *testing.T) { c.checkCalls(t, s, everything) })
	t.Run("refusals lose what the call is for and nothing else", func(t *testing.T) { c.refuse(t, everything) })
	t.Run("order means nothing, nor do counters", func(t *testing.T) {
		turned := map[string]string{}
		for key, body := range c.answers {
			for from, to := range c.counters {
				body = strings.ReplaceAll(body, from, to)
			}
			turned[key] = turnedRound(t, body, c.ordered)
		}
		again, errs, _ := c.read(t, turned, "")
		if len(errs) > 0 {
			t.Fatalf("failed: %v", errs)
		}
		sameHashes(t, everything, again)
	})
	t.Run("answers cut short are noticed", func(t *testing.T) {
		for key, body := range c.answers {
			if strings.HasPrefix(body, "!") || len(body) < 4 {
				continue
			}
			h, errs, _ := c.read(t, with(c.answers, key, body[:len(body)*2/3]), "")
			if unread := unreadOf(h); len(errs) == 0 && len(unread) == 0 {
				t.Errorf("%s: nothing was noticed", key)
			}
		}
	})
	t.Run("answers of nothing are noticed", func(t *testing.T) { c.nothing(t, s) })
	for name, v := range c.variants {
		t.Run(name, func(t *testing.T) { c.vary(t, everything, v) })
	}
	t.Run("a page token that repeats is noticed", func(t *testing.T) {
		for key := range c.answers {
			first, ok := c.firstPage(key)
			if !ok {
				continue
			}
			h, errs, _ := c.read(t, with(c.answers, key, c.answers[first]), "")
			noticed := slices.ContainsFunc(unreadOf(h), func(u audit.Unread) bool { return u.Code == "RepeatingToken" })
			for _, err := range errs {
				noticed = noticed || fault.From(err).Code == "RepeatingToken"
			}
			if !noticed {
				t.Errorf("%s: %v", key, errs)
			}
		}
	})
}

func (c *staged) refuse(t *testing.T, everything *haul) {
	var actions []string
	for _, l := range c.declared() {
		actions = append(actions, l.actions...)
	}
	slices.Sort(actions)
	if diff := cmp.Diff(slices.Compact(actions), slices.Sorted(maps.Keys(c.refusals))); diff != "" {
		t.Errorf("actions (-declared +in the test):\n%s", diff)
	}
	full := map[string]*audit.Observation{}
	for _, o := range everything.all {
		full[o.ExternalID] = o
	}
	for action, want := range c.refusals {
		h, errs, _ := c.read(t, c.answers, action)
		for typ, err := range errs {
			if f := fault.From(err); f.Kind != fault.Denied || f.Action != action {
				t.Errorf("without %s %s fails with %v", action, typ, err)
			}
		}
		failed := slices.Sorted(maps.Keys(errs))
		if diff := cmp.Diff(want.fails, failed, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("without %s (-want +failed):\n%s", action, diff)
		}
		for _, o := range h.all {
			for path, u := range o.Unread {
				if u.Action != action {
					t.Errorf("%s %s is unread because of %s", o.ExternalID, path, u.Action)
				}
			}
			if full[o.ExternalID] == nil { // only the refused call would have told that it is gone
				continue
			}
			lost := cmpopts.IgnoreMapEntries(func(path string, _ any) bool { _, lost := o.Unread[path]; return lost })
			if diff := cmp.Diff(full[o.ExternalID].Config, o.Config, lost); diff != "" {
				t.Errorf("without %s %s changed (-want +got):\n%s", action, o.ExternalID, diff)
			}
		}
		if diff := cmp.Diff(sortedPaths(want.unread), unreadPaths(h), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("without %s unread (-want +got):\n%s", action, diff)
		}
		if len(want.fails) == 0 && len(h.all) < len(everything.all) {
			t.Errorf("without %s %d resources of %d are left", action, len(h.all), len(everything.all))
		}
	}
}

// firstPage returns the key of the answer that leads to another, which has "two" or "more" as its token.
func (c *staged) firstPage(key string) (string, bool) {
	first, ok := strings.CutSuffix(key, " two")
	if !ok {
		first, ok = strings.CutSuffix(key, " more")
	}
	_, leads := c.answers[first]
	return first, ok && leads
}

// nothing answers the calls on which listings stand with nothing at all, which the SDK would take for an empty list. Those of
// the query protocols can't be told from one: their envelope is an answer.
func (c *staged) nothing(t *testing.T, s *stage) {
	for operation, action := range s.actions {
		want, enveloped := c.refusals[action], false
		for key, body := range c.answers {
			enveloped = enveloped || strings.Fields(key)[0] == operation && strings.HasPrefix(body, "<")
		}
		if len(want.fails) == 0 || enveloped {
			continue
		}
		_, errs, _ := c.read(t, withAlways(c.answers, operation, ""), "")
		for typ, err := range errs {
			if fault.KindOf(err) != fault.Upstream || !slices.Contains(want.fails, typ) {
				t.Errorf("%s: %s fails with %v", operation, typ, err)
			}
		}
		if len(errs) == 0 {
			t.Errorf("%s: nothing was noticed", operation)
		}
	}
}

// withAlways returns the answers with one for every request of an operation.
func withAlways(answers map[string]string, operation, body string) map[string]string {
	out := maps.Clone(answers)
	maps.DeleteFunc(out, func(key, _ string) bool { return strings.Fields(key)[0] == operation })
	out[operation] = body
	return out
}

// vary holds what follows of other answers. An error that is answered by an operation's name alone is always answered.
func (c *staged) vary(t *testing.T, everything *haul, v variant) {
	t.Helper()
	answers, kind := maps.Clone(c.answers), fault.Upstream
	for key, body := range v.answers {
		if strings.HasPrefix(body, "!") && !strings.Contains(key, " ") {
			answers = withAlways(answers, key, body)
		}
		answers[key] = body
		if body == "!AccessDenied" {
			kind = fault.Denied
		}
	}
	h, errs, _ := c.read(t, answers, "")
	if diff := cmp.Diff(v.fails, slices.Sorted(maps.Keys(errs)), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +failed):\n%s", diff)
	}
	for typ, err := range errs {
		if fault.KindOf(err) != kind {
			t.Errorf("%s fails with %v", typ, err)
		}
	}
	if diff := cmp.Diff(sortedPaths(v.unread), unreadPaths(h), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("unread (-want +got):\n%s", diff)
	}
	if v.none && len(h.all) > 0 {
		t.Errorf("%d resources", len(h.all))
	}
	if v.gone == "" {
		return
	}
	typ, name, _ := strings.Cut(v.gone, " ")
	is := func(o *audit.Observation) bool { return o.Type == typ && o.Name == name }
	if len(h.all) != len(everything.all)-1 || !slices.ContainsFunc(everything.all, is) || slices.ContainsFunc(h.all, is) {
		t.Errorf("%d resources of %d", len(h.all), len(everything.all))
	}
}

// sortedPaths sorts what a test expects.
func sortedPaths(unread map[string][]string) map[string][]string {
	out := map[string][]string{}
	for typ, paths := range unread {
		out[typ] = slices.Sorted(slices.Values(paths))
	}
	return out
}

// unreadPaths returns what is unread, by type.
func unreadPaths(h *haul) map[string][]string {
	unread := map[string][]string{}
	for _, o := range h.all {
		unread[o.Type] = slices.AppendSeq(unread[o.Type], maps.Keys(o.Unread))
	}
	for typ, paths := range unread {
		slices.Sort(paths)
		if unread[typ] = slices.Compact(paths); len(paths) == 0 {
			delete(unread, typ)
		}
	}
	return unread
}

func with(answers map[string]string, key, body string) map[string]string {
	out := maps.Clone(answers)
	out[key] = body
	return out
}

func unreadOf(h *haul) []audit.Unread {
	var out []audit.Unread
	for _, o := range h.all {
		out = slices.AppendSeq(out, maps.Values(o.Unread))
	}
	return out
}

// goldenHaul writes what was emitted, and how often each action was called, in an order of its own.
func goldenHaul(t *testing.T, h *haul, calls map[string]int) []byte {
	t.Helper()
	type resource struct {
		Type, ID, Name, Status string
		Config, Facts, Unread  any               `json:",omitempty"`
		Tags                   map[string]string `json:",omitempty"`
	}
	all := []resource{}
	for _, o := range h.all {
		r := resource{Type: o.Type, ID: o.ExternalID, Name: o.Name, Status: string(o.Status), Config: o.Config, Facts: o.Facts, Tags: o.Tags}
		if len(o.Unread) > 0 {
			r.Unread = o.Unread
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b resource) int { return strings.Compare(a.Type+" "+a.ID, b.Type+" "+b.ID) })
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(map[string]any{"calls": calls, "resources": all}); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// turnedRound turns round every list of an answer: JSON's arrays, and in XML the children of elements that have several and
// only of one name.
func turnedRound(t *testing.T, body string, ordered []string) string {
	t.Helper()
	switch {
	case strings.HasPrefix(body, "{"):
		var v any
		if err := json.Unmarshal([]byte(body), &v); err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(reverseJSON(v, ordered))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	case strings.HasPrefix(body, "<"):
		var n xmlNode
		if err := xml.Unmarshal([]byte("<all>"+body+"</all>"), &n); err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		b, err := xml.Marshal(n.reverse())
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSuffix(strings.TrimPrefix(string(b), "<all>"), "</all>")
	}
	return body
}

func reverseJSON(v any, ordered []string) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = reverseJSON(v[i], ordered)
		}
		slices.Reverse(v)
	case map[string]any:
		for k := range v {
			if !slices.Contains(ordered, k) {
				v[k] = reverseJSON(v[k], ordered)
			}
		}
	}
	return v
}

type xmlNode struct {
	XMLName  xml.Name
	Text     string    `xml:",chardata"`
	Children []xmlNode `xml:",any"`
}

func (n xmlNode) reverse() xmlNode {
	names := map[string]bool{}
	for i := range n.Children {
		n.Children[i] = n.Children[i].reverse()
		names[n.Children[i].XMLName.Local] = true
	}
	if len(names) == 1 {
		slices.Reverse(n.Children)
	}
	return n
}

// openDocument is a policy that lets everyone in, as a JSON string holds it.
const openDocument = `{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":[\"a:two\",\"a:one\"],\"Resource\":\"*\"}}`
