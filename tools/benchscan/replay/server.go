package replay

import (
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Server answers from a tape. What no recording has is refused as AWS refuses what the caller may not do.
type Server struct {
	tape *Tape
	// next answers what is to be recorded; nil while replaying.
	next func(Call, *http.Request) (Answer, error)

	mu    sync.Mutex
	delay time.Duration
	count Count
}

// Count is what was asked since the last Reset.
type Count struct {
	Requests int
	First    time.Time // when the first request came in; zero before
	// Calls counts requests by "service operation", Missed those that no recording has, by key.
	Calls, Missed map[string]int
}

// NewServer replays a tape.
func NewServer(t *Tape) *Server {
	s := &Server{tape: t}
	s.Reset(0)
	return s
}

// NewRecorder answers all requests by next, and records its answers. Where it fails, the call is refused, and that is
// recorded.
func NewRecorder(t *Tape, next func(Call, *http.Request) (Answer, error)) *Server {
	s := NewServer(t)
	s.next = next
	return s
}

// Reset begins to count anew. Every answer is to wait for delay from now on.
func (s *Server) Reset(delay time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.delay, s.count = delay, Count{Calls: map[string]int{}, Missed: map[string]int{}}
}

// Count returns what was asked since the last Reset.
func (s *Server) Count() Count {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.count
	c.Calls, c.Missed = maps.Clone(c.Calls), maps.Clone(c.Missed)
	return c
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	came := time.Now()
	call, err := Parse(r)
	if err != nil {
		call = Call{Operation: "unreadable: " + err.Error(), protocol: protocolREST}
	}
	a, ok := s.answer(call, r, err)
	delay := s.counted(call, came, ok)
	if !ok {
		a = refusal(call)
	}
	if rest := delay - time.Since(came); rest > 0 {
		timer := time.NewTimer(rest)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
			return
		}
	}
	maps.Copy(w.Header(), a.Header)
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // the client may be gone
}

func (s *Server) answer(call Call, r *http.Request, unreadable error) (Answer, bool) {
	if unreadable != nil {
		return Answer{}, false
	}
	if s.next == nil {
		return s.tape.Answer(call)
	}
	a, err := s.next(call, r)
	if err != nil {
		a = refusal(call)
	}
	s.tape.Put(call, a)
	return a, true
}

func (s *Server) counted(c Call, came time.Time, known bool) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count.Requests == 0 {
		s.count.First = came
	}
	s.count.Requests++
	s.count.Calls[c.Service+" "+c.Operation]++
	if !known {
		s.count.Missed[c.Key()]++
	}
	return s.delay
}

// Operations are the names in Calls, sorted.
func (c Count) Operations() []string { return slices.Sorted(maps.Keys(c.Calls)) }
