package lambdafn_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/lambdafn"
	"github.com/infraudit/infraudit/internal/queue"
	"github.com/infraudit/infraudit/internal/table"
)

// host is a function whose log is kept.
func host() (*lambdafn.Host, *bytes.Buffer) {
	var log bytes.Buffer
	return &lambdafn.Host{Function: "test", Log: lambdafn.NewLogger(&log, slog.LevelInfo)}, &log
}

func TestMessages(t *testing.T) {
	type outcome func(d queue.Delivery) bool
	handled := func(queue.Delivery) bool { return true }
	for name, c := range map[string]struct {
		outcome outcome
		want    string // the answer, as Lambda reads it
	}{
		"those that are done are no failures, and no null": {handled, `{"batchItemFailures":[]}`},
		"one that isn't is named, whatever comes after it": {
			func(d queue.Delivery) bool { return d.ID != "m-1" }, `{"batchItemFailures":[{"itemIdentifier":"m-1"}]}`,
		},
		"a panic is its own message's failure": {
			func(d queue.Delivery) bool {
				if d.ID == "m-2" {
					panic("boom")
				}
				return true
			}, `{"batchItemFailures":[{"itemIdentifier":"m-2"}]}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, _ := host()
			var seen []queue.Delivery
			handle := h.Events(h.Messages(func(_ context.Context, d queue.Delivery) bool {
				seen = append(seen, d)
				return c.outcome(d)
			}), nil)
			answer, err := handle(t.Context(), json.RawMessage(`{"Records": [
				{"messageId": "m-1", "receiptHandle": "r-1", "body": "one", "attributes": {"ApproximateReceiveCount": "3"}},
				{"messageId": "m-2", "receiptHandle": "r-2", "body": "two", "attributes": {}}]}`))
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(answer)
			if err != nil || string(got) != c.want {
				t.Errorf("answered %s, %v; want %s", got, err, c.want)
			}
			want := []queue.Delivery{
				{ID: "m-1", Body: []byte("one"), Receives: 3, Receipt: "r-1"},
				{ID: "m-2", Body: []byte("two"), Receives: 1, Receipt: "r-2"},
			}
			if diff := cmp.Diff(want, seen); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestMessagesCanBeHandledAtOnce(t *testing.T) {
	h, _ := host()
	h.AtOnce = true
	both := make(chan struct{}, 2)
	handle := h.Events(h.Messages(func(ctx context.Context, d queue.Delivery) bool {
		both <- struct{}{}
		for len(both) < 2 && ctx.Err() == nil { // each waits for the other
			runtime.Gosched()
		}
		return d.ID == "m-1"
	}), nil)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	answer, err := handle(ctx, json.RawMessage(`{"Records": [{"messageId": "m-1", "body": "one"}, {"messageId": "m-2", "body": "two"}]}`))
	if err != nil || ctx.Err() != nil {
		t.Fatal(err, ctx.Err())
	}
	got, err := json.Marshal(answer)
	if want := `{"batchItemFailures":[{"itemIdentifier":"m-2"}]}`; string(got) != want || err != nil {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}

func TestCommands(t *testing.T) {
	commands := map[string]lambdafn.Command{
		"greet": func(_ context.Context, in json.RawMessage) (any, error) {
			var who struct{ Name string }
			err := json.Unmarshal(in, &who)
			return "hello " + who.Name, err
		},
		"fail":  func(context.Context, json.RawMessage) (any, error) { return nil, errors.New("out of order") },
		"panic": func(context.Context, json.RawMessage) (any, error) { panic("boom") },
	}
	for name, c := range map[string]struct {
		event, answer, fails string
	}{
		"a command gets its whole input":      {`{"job":"greet","name":"you"}`, "hello you", ""},
		"a command's failure is the event's":  {`{"job":"fail"}`, "", "out of order"},
		"a panic doesn't end the process":     {`{"job":"panic"}`, "", "panic: boom"},
		"a job that isn't there is named":     {`{"job":"dig"}`, "", `test has no job "dig"`},
		"an event without a job":              {`{}`, "", `no job ""`},
		"messages for who takes none":         {`{"Records":[]}`, "", `no job ""`},
		"an event that is no object":          {`"tick"`, "", "no JSON object"},
		"an event whose job is no text":       {`{"job":1}`, "", "no JSON object"},
		"an event that isn't JSON to its end": {`{"job":"gr`, "", "no JSON object"},
	} {
		t.Run(name, func(t *testing.T) {
			h, _ := host()
			answer, err := h.Events(nil, commands)(t.Context(), json.RawMessage(c.event))
			if c.fails != "" {
				if err == nil || !strings.Contains(err.Error(), c.fails) {
					t.Errorf("failed with %v, want %s", err, c.fails)
				}
				return
			}
			if err != nil || answer != c.answer {
				t.Errorf("answered %v, %v", answer, err)
			}
		})
	}
}

func FuzzEvents(f *testing.F) {
	for _, seed := range []string{`{"job":"tick"}`, `{"Records":[{"messageId":"m","attributes":null}]}`, `{"Records":{}}`, `[]`, ``} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, event []byte) {
		h := &lambdafn.Host{Function: "test", Log: slog.New(slog.DiscardHandler)}
		handle := h.Events(h.Messages(func(context.Context, queue.Delivery) bool { return true }), nil)
		answer, err := handle(t.Context(), event)
		if (answer == nil) == (err == nil) {
			t.Errorf("answered %v, %v", answer, err)
		}
	})
}

// What reaches the handler is what the client sent, and what it answers reaches the client.
func TestHTTP(t *testing.T) {
	h, _ := host()
	var got *http.Request
	var body []byte
	handle := h.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.Header().Add("Set-Cookie", "a=1")
		w.Header().Set("Content-Type", "application/octet-stream")
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte{0xff, 0xfe})
	}))
	answer, err := handle(t.Context(), events.APIGatewayV2HTTPRequest{
		RawPath: "/api/v1/resources/a%2Fb", RawQueryString: "tag=x%3Dy&tag=z", Cookies: []string{"s=1", "u=2"},
		Headers: map[string]string{"authorization": "Bearer t", "X-REQUEST-ID": "forged-by-the-client"},
		Body:    "AAEC", IsBase64Encoded: true,
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RequestID: "JKJaXmPLvHcESHA=", HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
				Method: http.MethodPost, Path: "/api/v1/resources/a%2Fb", SourceIP: "192.0.2.7",
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Method != http.MethodPost || got.URL.EscapedPath() != "/api/v1/resources/a%2Fb" || !bytes.Equal(body, []byte{0, 1, 2}) {
		t.Errorf("%s %s, body %v", got.Method, got.URL, body)
	}
	if diff := cmp.Diff([]string{"x=y", "z"}, got.URL.Query()["tag"]); diff != "" {
		t.Error(diff)
	}
	if id := got.Header.Values("X-Request-Id"); len(id) != 1 || id[0] != "JKJaXmPLvHcESHA" {
		t.Errorf("request id %v", id)
	}
	if got.Header.Get("Authorization") != "Bearer t" || len(got.Cookies()) != 2 || !strings.HasPrefix(got.RemoteAddr, "192.0.2.7") {
		t.Errorf("headers %v, cookies %v, from %s", got.Header, got.Cookies(), got.RemoteAddr)
	}
	if answer.StatusCode != http.StatusTeapot || !answer.IsBase64Encoded || answer.Body != "//4=" {
		t.Errorf("answered %+v", answer)
	}
}

func TestEachEventLeavesItsMetricsInTheEmbeddedMetricFormat(t *testing.T) {
	h, log := host()
	ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "req-1"})
	handle := h.Messages(func(ctx context.Context, _ queue.Delivery) bool {
		table.Record(ctx, 1.5, 2, 1)
		return false
	})
	for range 2 {
		if _, err := handle(ctx, events.SQSEvent{Records: []events.SQSMessage{{MessageId: "m"}}}); err != nil {
			t.Fatal(err)
		}
	}
	type line struct {
		RequestID                                                               string `json:"request_id"`
		Function                                                                string
		Messages, MessagesReturned, ColdStarts, ReadUnits, WriteUnits, Duration float64
		AWS                                                                     struct {
			Timestamp         int64
			CloudWatchMetrics []struct {
				Namespace  string
				Dimensions [][]string
				Metrics    []struct{ Name, Unit string }
			}
		} `json:"_aws"`
	}
	decoder := json.NewDecoder(log)
	for i, cold := range []float64{1, 0} {
		var got line
		if err := decoder.Decode(&got); err != nil {
			t.Fatal(err)
		}
		if got.RequestID != "req-1" || got.Function != "test" || got.AWS.Timestamp < 1e12 {
			t.Errorf("line %d: %+v", i, got)
		}
		if got.Messages != 1 || got.MessagesReturned != 1 || got.ColdStarts != cold || got.ReadUnits != 1.5 || got.WriteUnits != 2 {
			t.Errorf("line %d: %+v", i, got)
		}
		def := got.AWS.CloudWatchMetrics
		if len(def) != 1 || def[0].Namespace != "InfraAudit" || len(def[0].Metrics) != 7 ||
			!cmp.Equal(def[0].Dimensions, [][]string{{"Function"}}) {
			t.Errorf("line %d: %+v", i, def)
		}
	}
}
