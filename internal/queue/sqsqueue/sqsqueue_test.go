package sqsqueue_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/queue"
	"github.com/infraudit/infraudit/internal/queue/sqsqueue"
)

// fake answers requests as SQS would when it is in trouble, which no emulator is. It speaks SQS's JSON protocol.
type fake struct {
	answer func(call string, in request) (status int, body any)

	mu    sync.Mutex
	calls []string
}

// request is what the tests look at of any request.
type request struct {
	Entries         []struct{ Id, MessageBody string } //nolint:revive // as SQS names it
	WaitTimeSeconds int
}

func (f *fake) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	var in request
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return nil, err
	}
	call := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonSQS.")
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, call)
	status, body := f.answer(call, in)
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

func (f *fake) queue(t *testing.T) *sqsqueue.Queue {
	t.Helper()
	client := sqs.New(sqs.Options{
		BaseEndpoint: aws.String("http://sqs.test"), Region: "eu-west-1", HTTPClient: &http.Client{Transport: f},
		Credentials:      credentials.NewStaticCredentialsProvider("test", "test", ""),
		RetryMaxAttempts: 1, DisableMessageChecksumValidation: true,
	})
	q, err := sqsqueue.New(client, sqsqueue.Options{URL: "http://sqs.test/1/tasks", MaxReceives: 3})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

type sent struct{ Successful, Failed []map[string]any }

// taking answers a SendMessageBatch, refusing the entries for which refuse gives a code.
func taking(in request, refuse func(body string) (code string, senderFault bool)) (int, any) {
	out := sent{Successful: []map[string]any{}, Failed: []map[string]any{}}
	for _, e := range in.Entries {
		if code, senderFault := refuse(e.MessageBody); code != "" {
			out.Failed = append(out.Failed, map[string]any{"Id": e.Id, "Code": code, "SenderFault": senderFault})
			continue
		}
		out.Successful = append(out.Successful, map[string]any{"Id": e.Id, "MessageId": "m", "MD5OfMessageBody": "x"})
	}
	return http.StatusOK, out
}

func numbered(n int) []queue.Message {
	out := make([]queue.Message, n)
	for i := range out {
		out[i].Body = []byte(strconv.Itoa(i))
	}
	return out
}

func TestWhatSQSDidNotTakeIsSentAgainAndNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // waits between attempts are the bubble's
		times := map[string]int{}
		f := &fake{answer: func(_ string, in request) (int, any) {
			return taking(in, func(body string) (string, bool) {
				times[body]++
				if n, _ := strconv.Atoi(body); n%4 == 0 && times[body] <= n/4 {
					return "InternalError", false
				}
				return "", false
			})
		}}
		if err := f.queue(t).Send(t.Context(), numbered(14)...); err != nil {
			t.Fatal(err)
		}
		want := map[string]int{}
		for i := range 14 {
			want[strconv.Itoa(i)] = 1
		}
		want["4"], want["8"], want["12"] = 2, 3, 4
		if diff := cmp.Diff(want, times); diff != "" {
			t.Errorf("sent, times (-want +got):\n%s", diff)
		}
	})
}

func TestSendingEnds(t *testing.T) {
	for name, test := range map[string]struct {
		senderFault bool
		requests    int
		unavailable bool
	}{
		"after five attempts when SQS can't": {false, 5, true},
		"at once when the message is wrong":  {true, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fake{answer: func(_ string, in request) (int, any) {
					return taking(in, func(string) (string, bool) { return "Refused", test.senderFault })
				}}
				err := f.queue(t).Send(t.Context(), numbered(1)...)
				if err == nil || fault.Is(err, fault.Unavailable) != test.unavailable {
					t.Errorf("Send = %v", err)
				}
				if len(f.calls) != test.requests {
					t.Errorf("%d requests, want %d", len(f.calls), test.requests)
				}
			})
		})
	}
}

func TestAFleetIsQueuedByFullBatches(t *testing.T) {
	accept := func(_ string, in request) (int, any) {
		return taking(in, func(string) (string, bool) { return "", false })
	}
	large := make([]queue.Message, 10)
	for i := range large {
		large[i].Body = make([]byte, queue.MaxBody) // in base64, two to a request's 1 MiB
	}
	for name, test := range map[string]struct {
		messages []queue.Message
		want     int
	}{"3,400 tasks": {numbered(3400), 340}, "ten of the largest": {large, 5}, "eleven": {numbered(11), 2}} {
		f := &fake{answer: accept}
		if err := f.queue(t).Send(t.Context(), test.messages...); err != nil {
			t.Fatal(err)
		}
		if len(f.calls) != test.want {
			t.Errorf("%s: %d requests, want %d", name, len(f.calls), test.want)
		}
	}
}

func TestALongWaitIsManyPolls(t *testing.T) {
	for name, test := range map[string]struct {
		wait  time.Duration
		polls []int
	}{
		"no wait":           {0, []int{0}},
		"less than a poll":  {1500 * time.Millisecond, []int{2}},
		"one poll":          {20 * time.Second, []int{20}},
		"a minute and more": {61 * time.Second, []int{20, 20, 20, 1}},
	} {
		var polls []int
		f := &fake{answer: func(_ string, in request) (int, any) {
			polls = append(polls, in.WaitTimeSeconds)
			return http.StatusOK, map[string]any{}
		}}
		if got, err := f.queue(t).Receive(t.Context(), 1, test.wait); err != nil || len(got) != 0 {
			t.Errorf("%s: Receive = %v, %v", name, got, err)
		}
		if diff := cmp.Diff(test.polls, polls); diff != "" {
			t.Errorf("%s: polls (-want +got):\n%s", name, diff)
		}
	}
}

func TestErrorsBecomeKinds(t *testing.T) {
	for code, test := range map[string]struct {
		status  int
		receipt bool
		want    fault.Kind
	}{
		"com.amazonaws.sqs#ReceiptHandleIsInvalid":                {400, true, fault.Internal},
		"com.amazonaws.sqs#MessageNotInflight":                    {400, true, fault.Internal},
		"com.amazon.coral.service#InvalidParameterValueException": {400, true, fault.Internal},
		"com.amazonaws.sqs#OverLimit":                             {400, false, fault.Throttled},
		"com.amazonaws.sqs#RequestThrottled":                      {400, false, fault.Throttled},
		"ThrottlingException":                                     {400, false, fault.Throttled},
		"com.amazonaws.sqs#KmsThrottled":                          {400, false, fault.Throttled},
		"InternalFailure":                                         {500, false, fault.Unavailable},
		"ServiceUnavailable":                                      {503, false, fault.Unavailable},
		"AccessDeniedException":                                   {400, false, fault.Internal},
		"com.amazonaws.sqs#QueueDoesNotExist":                     {400, false, fault.Internal},
	} {
		f := &fake{answer: func(string, request) (int, any) {
			return test.status, map[string]string{"__type": code, "message": "no"}
		}}
		err := f.queue(t).Extend(t.Context(), queue.Delivery{Receipt: "r"}, 0)
		if errors.Is(err, queue.ErrReceipt) != test.receipt || !fault.Is(err, test.want) {
			t.Errorf("%s: %v (%s), want receipt %v, %s", code, err, fault.KindOf(err), test.receipt, test.want)
		}
	}
}

func TestOptionsThatCanNotWorkAreRefused(t *testing.T) {
	for name, opts := range map[string]sqsqueue.Options{
		"no URL":            {MaxReceives: 3},
		"no receives":       {URL: "u"},
		"a long visibility": {URL: "u", MaxReceives: 3, Visibility: queue.MaxVisibility + 1},
	} {
		if _, err := sqsqueue.New(nil, opts); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
