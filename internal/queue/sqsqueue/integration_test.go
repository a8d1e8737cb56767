//go:build integration

package sqsqueue_test

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
	"github.com/infraudit/infraudit/internal/queue"
	"github.com/infraudit/infraudit/internal/queue/queuetest"
	"github.com/infraudit/infraudit/internal/queue/sqsqueue"
)

//go:embed testdata/moto_with_clock.py
var motoWithClock string

// moto's SQS tells the time that clock moves.
var (
	moto  = motoserver.Server{Script: motoWithClock}
	clock *os.File
)

func TestMain(m *testing.M) {
	var err error
	moto.Stdin, clock, err = os.Pipe()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	moto.Stop()
	os.Exit(code)
}

func newClient(t *testing.T) *sqs.Client {
	t.Helper()
	return sqs.New(sqs.Options{
		BaseEndpoint: aws.String(moto.Endpoint(t)),
		Region:       motoserver.Region,
		Credentials:  credentials.NewStaticCredentialsProvider("testing", "testing", ""),
	})
}

var queues atomic.Int64

// create makes a queue with a dead-letter queue and returns their URLs.
func create(t *testing.T, client *sqs.Client, maxReceives int) (url, deadURL string) {
	t.Helper()
	n := queues.Add(1)
	make := func(name string, attributes map[string]string) string {
		attributes["MessageRetentionPeriod"] = "1209600" // the clock leaps
		out, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
		if err != nil {
			t.Fatal(err)
		}
		return aws.ToString(out.QueueUrl)
	}
	dead := fmt.Sprintf("tasks-%d-dead", n)
	deadURL = make(dead, map[string]string{})
	url = make(fmt.Sprintf("tasks-%d", n), map[string]string{"RedrivePolicy": fmt.Sprintf(
		`{"deadLetterTargetArn":"arn:aws:sqs:%s:%s:%s","maxReceiveCount":"%d"}`,
		motoserver.Region, motoserver.Account, dead, maxReceives)})
	return url, deadURL
}

func advance(t *testing.T, d time.Duration) {
	t.Helper()
	if _, err := clock.WriteString(strconv.FormatFloat(d.Seconds(), 'f', 3, 64) + "\n"); err != nil {
		t.Fatal(err)
	}
	<-time.After(time.Millisecond) // a test that advances until something happens leaves it the time to
}

func TestConformance(t *testing.T) {
	client := newClient(t)
	queuetest.Run(t, queuetest.Harness{
		Open: func(t *testing.T, c queuetest.Config) queue.Queue {
			url, _ := create(t, client, c.MaxReceives)
			q, err := sqsqueue.Open(t.Context(), client, sqsqueue.Options{URL: url, Visibility: c.Visibility})
			if err != nil {
				t.Fatal(err)
			}
			return q
		},
		Tick:          10 * time.Second,
		Advance:       func(d time.Duration) { advance(t, d) },
		StaleAccepted: true,
	})
}

func TestAQueueIsOpenedByItsRedrivePolicy(t *testing.T) {
	client := newClient(t)
	url, deadURL := create(t, client, 7)
	q, err := sqsqueue.Open(t.Context(), client, sqsqueue.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	if q.MaxReceives() != 7 {
		t.Errorf("MaxReceives() = %d, want 7", q.MaxReceives())
	}
	for name, bad := range map[string]string{"has no redrive policy": deadURL, "isn't there": url + "-absent"} {
		if _, err := sqsqueue.Open(t.Context(), client, sqsqueue.Options{URL: bad}); err == nil {
			t.Errorf("a queue that %s was opened", name)
		}
	}
}

func TestAnyBytesComeThrough(t *testing.T) {
	client := newClient(t)
	url, _ := create(t, client, 3)
	q, err := sqsqueue.New(client, sqsqueue.Options{URL: url, MaxReceives: 3})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{
		"\x00\x01\xff": true, "base64:YQ==": true, `{"v":1,"name":"é <&> \u0000"}` + "\r\n": true,
		string(bytes.Repeat([]byte{0x80}, queue.MaxBody)): true,
	}
	for body := range want {
		if err := q.Send(t.Context(), queue.Message{Body: []byte(body)}); err != nil {
			t.Fatal(err)
		}
	}
	for range len(want) {
		got, err := q.Receive(t.Context(), 1, 0)
		if err != nil || len(got) != 1 {
			t.Fatalf("Receive = %d, %v", len(got), err)
		}
		if !want[string(got[0].Body)] {
			t.Errorf("received %.40q of %d bytes", got[0].Body, len(got[0].Body))
		}
		delete(want, string(got[0].Body))
	}
}

func TestManyMessagesAndManyDeadLettersTakeManyRequests(t *testing.T) {
	client := newClient(t)
	url, deadURL := create(t, client, 3)
	q, err := sqsqueue.New(client, sqsqueue.Options{URL: deadURL, DeadLetterURL: deadURL, MaxReceives: 3})
	if err != nil {
		t.Fatal(err)
	}
	var messages []queue.Message
	for i := range 45 {
		messages = append(messages, queue.Message{Body: fmt.Append(nil, i)})
	}
	if err := q.Send(t.Context(), messages...); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the first shows them again
		dead, err := q.DeadLetters(t.Context(), 100)
		if err != nil || len(dead) != len(messages) {
			t.Errorf("DeadLetters = %d, %v, want %d", len(dead), err, len(messages))
		}
	}
	if some, err := q.DeadLetters(t.Context(), 15); err != nil || len(some) != 15 {
		t.Errorf("DeadLetters of 15 = %d, %v", len(some), err)
	}
	alone, err := sqsqueue.New(client, sqsqueue.Options{URL: url, MaxReceives: 3})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := alone.DeadLetters(t.Context(), 1); err == nil {
		t.Error("a queue whose dead letters nobody named listed them")
	}
}
