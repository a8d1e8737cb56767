// Package demo plays one AWS account to the ordinary AWS SDK: an embedded estate in two states, the second a while
// after several people have changed things in the first, and the CloudTrail events that tell who. Some calls are
// refused, as they are in real accounts.
//
// Nothing leaves the machine. Times count back from the start, so that the estate never looks old. A call that the
// estate doesn't know is refused and remembered.
package demo

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/infraudit/infraudit/internal/demo/awscall"
	"github.com/infraudit/infraudit/internal/demo/estate"
)

// Who and where one is in the demo account.
const (
	Account    = "123456789012"
	HomeRegion = "eu-west-1"
	// AccessKeyID and SecretAccessKey open nothing: the server takes any. They are the examples of AWS's documentation.
	AccessKeyID     = "AKIAIOSFODNN7EXAMPLE"
	SecretAccessKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	// Principal is who the account takes us for.
	Principal = "arn:aws:sts::" + Account + ":assumed-role/InfraAuditReadOnly/infraudit-demo"
)

// Services are those that the account has answers for, by the names of the inventory's slices.
func Services() []string { return []string{"cloudtrail", "ec2", "iam", "kms", "rds", "s3"} }

// Server is the account. It is an http.Handler that takes the requests of every service and region, and is safe for
// concurrent use.
type Server struct {
	clock  func() time.Time
	start  time.Time
	events []event
	first  *estate.Estate
	second *estate.Estate

	mu       sync.Mutex
	answered time.Time // when the newest call of the first state was answered
	advanced time.Time // when the second state began; zero before
	unknown  []string
}

// New makes the account in its first state. Times in it count back from clock's present reading.
func New(clock func() time.Time) (*Server, error) {
	files := estate.Files()
	first, err := estate.Load(files, estate.RecordedBase, estate.WrittenBase)
	if err != nil {
		return nil, err
	}
	second, err := estate.Load(files, estate.RecordedBase, estate.RecordedSecond, estate.WrittenBase, estate.WrittenSecond)
	if err != nil {
		return nil, err
	}
	events, err := loadEvents(files)
	if err != nil {
		return nil, err
	}
	now := clock().UTC()
	return &Server{clock: clock, start: now, answered: now, events: events, first: first, second: second}, nil
}

// Advance turns to the second state. The events that made it happened between the newest answer so far and now:
// whoever has read the first state sees them as newer. Later calls of Advance do nothing.
func (s *Server) Advance() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.advanced.IsZero() {
		s.advanced = s.clock().UTC()
	}
}

// Unknown lists the calls that the estate had no answer for, sorted, each once.
func (s *Server) Unknown() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Sorted(slices.Values(s.unknown))
	return slices.Compact(out)
}

// ServeHTTP answers one call.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call, err := awscall.Parse(r)
	if err != nil {
		s.remember(fmt.Sprintf("%s %s: %v", r.Method, r.URL.Path, err))
		s.send(w, call, awscall.Failure(call.Service, http.StatusBadRequest, "InvalidRequest", err.Error()))
		return
	}
	s.send(w, call, s.answer(call))
}

func (s *Server) send(w http.ResponseWriter, call awscall.Call, a awscall.Answer) {
	if err := a.WriteTo(w, call.Service); err != nil {
		slog.Debug("demo: the caller is gone", "call", call.String(), "error", err)
	}
}

func (s *Server) answer(call awscall.Call) awscall.Answer {
	state, period := s.now()
	if call.Service == awscall.CloudTrail && call.Operation == "LookupEvents" {
		return lookup(s.events, call, period)
	}
	entry, ok := state.Lookup(call)
	if !ok {
		s.remember(call.String())
		return awscall.Denied(call, Principal)
	}
	a, err := state.Render(call, entry, s.start, Principal)
	if err != nil {
		s.remember(err.Error())
		return awscall.Failure(call.Service, http.StatusInternalServerError, "InternalFailure", err.Error())
	}
	return a
}

// now returns the estate in its present state, and notes that it was seen.
func (s *Server) now() (*estate.Estate, period) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.advanced.IsZero() {
		s.answered = s.clock().UTC()
		return s.first, period{start: s.start}
	}
	return s.second, period{start: s.start, from: s.answered, to: s.advanced}
}

func (s *Server) remember(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unknown = append(s.unknown, what)
}
