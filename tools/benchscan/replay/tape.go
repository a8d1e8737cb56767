package replay

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
)

// Answer is what a call was answered.
type Answer struct {
	Status int         `json:"status"`
	Header http.Header `json:"header"`
	Body   []byte      `json:"body"`
}

// Tape holds answers by the key of their call. It is safe for concurrent use.
type Tape struct {
	mu      sync.RWMutex
	answers map[string]Answer
}

// NewTape returns an empty tape.
func NewTape() *Tape { return &Tape{answers: map[string]Answer{}} }

// Put keeps an answer. A later one to the same call replaces it: what is asked until it is ready is ready at last.
func (t *Tape) Put(c Call, a Answer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.answers[c.Key()] = a
}

// Answer returns what the call was answered; false where it was not recorded.
func (t *Tape) Answer(c Call) (Answer, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	a, ok := t.answers[c.Key()]
	return a, ok
}

// Len is how many answers there are.
func (t *Tape) Len() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.answers)
}

// entry is a line of a tape's file.
type entry struct {
	Key string `json:"key"`
	Answer
}

// WriteTo writes the tape, sorted: JSON lines in gzip.
func (t *Tape) WriteTo(w io.Writer) (int64, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	zip := gzip.NewWriter(w)
	enc := json.NewEncoder(zip)
	for _, key := range slices.Sorted(maps.Keys(t.answers)) {
		if err := enc.Encode(entry{key, t.answers[key]}); err != nil {
			return 0, fmt.Errorf("write the tape: %w", err)
		}
	}
	if err := zip.Close(); err != nil {
		return 0, fmt.Errorf("write the tape: %w", err)
	}
	return int64(len(t.answers)), nil
}

// ReadTape reads what WriteTo wrote.
func ReadTape(r io.Reader) (*Tape, error) {
	zip, err := gzip.NewReader(bufio.NewReader(r))
	if err != nil {
		return nil, fmt.Errorf("read the tape: %w", err)
	}
	t := NewTape()
	for dec := json.NewDecoder(zip); ; {
		var e entry
		if err := dec.Decode(&e); errors.Is(err, io.EOF) {
			return t, nil
		} else if err != nil {
			return nil, fmt.Errorf("read the tape: %w", err)
		}
		t.answers[e.Key] = e.Answer
	}
}
