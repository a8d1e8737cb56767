// Package fleet is a synthetic AWS account of any size, for benchmarks and for tests of what collectors make of odd
// answers: a round tripper that speaks the wire protocols of the services that InfraAudit reads, in this process,
// without sockets. Answers are rendered as they are asked for, cheaply enough not to be what a benchmark measures.
//
// Two fleets with the same Options answer alike, byte for byte.
package fleet

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/infraudit/infraudit/internal/demo/awscall"
)

// Services are those that the fleet speaks for, by the names of the inventory's slices.
func Services() []string { return []string{"cloudtrail", "ec2", "iam", "kms", "rds", "s3"} }

// Account is the fleet's account id.
const Account = "123456789012"

// Options says what a fleet is like. The zero value has no resources, one region and no faults.
type Options struct {
	// N is how many resources there are in the kinds of the mix (see Counts). Small fleets have at least one of each.
	N int
	// Regions are where they are spread evenly. The default is eu-west-1.
	Regions []string
	// Seed picks ids and contents.
	Seed uint64
	// ShuffleSeed, unless 0, puts every list whose order AWS doesn't promise into another order (pages, tags, rules,
	// groups, policy statements), writes policies in other equivalent forms, and changes what is no configuration
	// (states, times of last use, request ids).
	ShuffleSeed uint64
	// Changed is how many resources differ in one declared attribute from a fleet with the same other options.
	Changed int
	// Deny refuses an operation, named as IAM names it ("ec2:DescribeVolumes"), for want of permission.
	Deny func(action string) bool
	// Throttle refuses a request for coming too fast; attempt counts the requests for the action, from 1.
	Throttle func(action string, attempt int) bool
	// Truncate cuts an answer off in the middle.
	Truncate func(action string) bool
	// RepeatToken answers every page of an operation with the token that asked for it.
	RepeatToken func(action string) bool
}

// Fleet is the account. It is an http.RoundTripper, safe for concurrent use.
type Fleet struct {
	o      Options
	counts [kinds]int
	orders sync.Map // order of a listing: listKey -> []int

	mu     sync.Mutex
	calls  map[string]int // by action
	served int64          // bytes
}

// New makes a fleet.
func New(o Options) *Fleet {
	if len(o.Regions) == 0 {
		o.Regions = []string{"eu-west-1"}
	}
	return &Fleet{o: o, counts: share(o.N), calls: map[string]int{}}
}

// Client returns an HTTP client whose requests the fleet answers, whatever their host.
func (f *Fleet) Client() *http.Client { return &http.Client{Transport: f} }

// Calls returns how often each action was asked for, refusals included.
func (f *Fleet) Calls() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.calls)
}

// Served returns how many bytes of bodies were answered.
func (f *Fleet) Served() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.served
}

// RoundTrip answers a request. It fails only when the request's context has ended or the request can't be read.
func (f *Fleet) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if a, contentType, ok := awscall.Unplayed(r, append(Services(), "sts")...); ok {
		return &http.Response{
			StatusCode: a.Status, Status: strconv.Itoa(a.Status) + " " + http.StatusText(a.Status),
			Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
			Header: http.Header{"Content-Type": {contentType}, "Smithy-Protocol": {r.Header.Get("Smithy-Protocol")}},
			Body:   io.NopCloser(bytes.NewReader(a.Body)), ContentLength: int64(len(a.Body)),
		}, nil
	}
	call, err := awscall.Parse(r)
	if err != nil {
		return nil, fmt.Errorf("the fleet can't read the request: %w", err)
	}
	a := f.answer(call)
	if f.o.Truncate != nil && f.o.Truncate(call.Action()) {
		a.Body = a.Body[:len(a.Body)/2]
	}
	f.mu.Lock()
	f.served += int64(len(a.Body))
	f.mu.Unlock()
	return &http.Response{
		StatusCode: a.Status, Status: strconv.Itoa(a.Status) + " " + http.StatusText(a.Status),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{
			"Content-Type":     {awscall.ContentType(call.Service)},
			"X-Amzn-Requestid": {f.requestID()},
		},
		Body: io.NopCloser(bytes.NewReader(a.Body)), ContentLength: int64(len(a.Body)),
	}, nil
}

func (f *Fleet) answer(call awscall.Call) awscall.Answer {
	action := call.Action()
	f.mu.Lock()
	f.calls[action]++
	attempt := f.calls[action]
	f.mu.Unlock()
	switch {
	case f.o.Deny != nil && f.o.Deny(action):
		return awscall.Denied(call, "arn:aws:sts::"+Account+":assumed-role/InfraAuditReadOnly/test")
	case f.o.Throttle != nil && f.o.Throttle(action, attempt):
		return awscall.Throttled(call.Service)
	}
	switch call.Service {
	case awscall.EC2:
		return f.ec2(call)
	case awscall.RDS:
		return f.rds(call)
	case awscall.IAM:
		return f.iam(call)
	case awscall.S3, awscall.S3Control:
		return f.s3(call)
	case awscall.KMS, awscall.CloudTrail:
		return f.json(call)
	}
	return f.sts(call)
}

func ok(body []byte) awscall.Answer { return awscall.Answer{Status: http.StatusOK, Body: body} }

// requestID differs from shuffle to shuffle.
func (f *Fleet) requestID() string {
	return fmt.Sprintf("%08x-0000-4000-8000-%012x", uint32(f.o.ShuffleSeed), f.o.ShuffleSeed>>16)
}

// origin is when the fleet's oldest resource was made.
var origin = time.Date(2023, 3, 1, 8, 0, 0, 0, time.UTC)

// lastUse is a time that changes from shuffle to shuffle, such as that of a role's last use.
func (f *Fleet) lastUse(r rng) time.Time {
	return origin.Add(time.Duration(r.shuffle.Uint64()%(900*24)) * time.Hour)
}
