package compliance

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/infraudit/infraudit/internal/audit"
)

// What a spool holds in memory before it writes, and how much of that is read back at once, in bytes of JSON, about.
const (
	spoolHeld  = 4 << 20
	spoolChunk = 32 << 10
)

// Spool keeps results by rule and status, in the order of region and resource. What is more than some megabytes goes to a
// compressed temporary file that has no name. It is safe for concurrent use; Close frees it.
type Spool struct {
	mu   sync.Mutex
	held map[spoolKey][]audit.RuleResult
	size int // of what is held
	runs map[spoolKey][]spoolRun
	file *os.File // nil until one is needed
	end  int64    // of the file
	zip  *zstd.Encoder
	unz  *zstd.Decoder
}

type spoolKey struct {
	rule   string
	status audit.ControlStatus
}

// spoolRun is a part of the file whose results are in order.
type spoolRun []spoolPart

type spoolPart struct {
	at     int64
	length int
}

// Add keeps a result.
func (s *Spool) Add(r audit.RuleResult) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held == nil {
		s.held, s.runs = map[spoolKey][]audit.RuleResult{}, map[spoolKey][]spoolRun{}
	}
	key := spoolKey{r.RuleID, r.Status}
	s.held[key] = append(s.held[key], r)
	s.size += 500 + len(r.Reason) + 2*len(r.ExternalID) + 100*(len(r.Seen)+len(r.Gaps))
	if s.size < spoolHeld {
		return nil
	}
	return s.flush()
}

func (s *Spool) flush() (err error) {
	if s.file == nil {
		if err := s.open(); err != nil {
			return fmt.Errorf("keep results in a temporary file: %w", err)
		}
	}
	for key, list := range s.held {
		slices.SortFunc(list, inPlace)
		var run spoolRun
		var text bytes.Buffer
		enc := json.NewEncoder(&text)
		for i := range list {
			if err := enc.Encode(&list[i]); err != nil {
				return fmt.Errorf("keep a result: %w", err)
			}
			if text.Len() < spoolChunk && i+1 < len(list) {
				continue
			}
			part := s.zip.EncodeAll(text.Bytes(), nil)
			text.Reset()
			if _, err := s.file.WriteAt(part, s.end); err != nil {
				return fmt.Errorf("keep results in a temporary file: %w", err)
			}
			run = append(run, spoolPart{s.end, len(part)})
			s.end += int64(len(part))
		}
		s.runs[key] = append(s.runs[key], run)
	}
	s.held, s.size = map[spoolKey][]audit.RuleResult{}, 0
	return nil
}

func (s *Spool) open() (err error) {
	if s.zip, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<16), zstd.WithEncoderLevel(zstd.SpeedFastest)); err != nil {
		return err
	}
	if s.unz, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true)); err != nil {
		return err
	}
	if s.file, err = os.CreateTemp("", "infraudit-*"); err != nil {
		return err
	}
	_ = os.Remove(s.file.Name()) // where an open file can't be removed, Close does
	return nil
}

// inPlace orders the results of one rule and status.
func inPlace(a, b audit.RuleResult) int {
	return cmp.Or(strings.Compare(a.Region, b.Region), strings.Compare(a.ExternalID, b.ExternalID), strings.Compare(a.ResourceType, b.ResourceType))
}

// Results yields the results of a rule that have a status, in order. Nothing may be added meanwhile.
func (s *Spool) Results(ruleID string, status audit.ControlStatus) iter.Seq2[audit.RuleResult, error] {
	return func(yield func(audit.RuleResult, error) bool) {
		key := spoolKey{ruleID, status}
		s.mu.Lock()
		rest := slices.Clone(s.held[key])
		runs := s.runs[key]
		s.mu.Unlock()
		slices.SortFunc(rest, inPlace)
		sources := []*spoolSource{{spool: s, read: rest}}
		for _, run := range runs {
			sources = append(sources, &spoolSource{spool: s, left: run})
		}
		for {
			var next *spoolSource
			for _, from := range sources {
				if err := from.fill(); err != nil {
					yield(audit.RuleResult{}, fmt.Errorf("read results from a temporary file: %w", err))
					return
				}
				if len(from.read) > 0 && (next == nil || inPlace(from.read[0], next.read[0]) < 0) {
					next = from
				}
			}
			if next == nil || !yield(next.read[0], nil) {
				return
			}
			next.read = next.read[1:]
		}
	}
}

// spoolSource is a run while it is read.
type spoolSource struct {
	spool *Spool
	left  spoolRun
	read  []audit.RuleResult
}

// fill reads the next part, if there is one and it is needed.
func (f *spoolSource) fill() error {
	if len(f.read) > 0 || len(f.left) == 0 {
		return nil
	}
	part := make([]byte, f.left[0].length)
	if _, err := f.spool.file.ReadAt(part, f.left[0].at); err != nil {
		return err
	}
	f.left = f.left[1:]
	text, err := f.spool.unz.DecodeAll(part, nil)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	for dec.More() {
		var r audit.RuleResult
		if err := dec.Decode(&r); err != nil {
			return err
		}
		f.read = append(f.read, r)
	}
	return nil
}

// Close frees the file.
func (s *Spool) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return nil
	}
	s.unz.Close()
	err := s.file.Close()
	if gone := os.Remove(s.file.Name()); !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	s.file = nil
	return errors.Join(err, s.zip.Close())
}
