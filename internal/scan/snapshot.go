package scan

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/drift"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/shape"
)

// A snapshot is zstd-compressed JSON, a line each: the head, the resources, and the end, without which the file was cut off.
const (
	snapshotFormat = 1
	maxLine        = shape.MaxCanonicalLen + 64<<10
	maxWindow      = 64 << 20 // of the decompressor, in bytes
)

type snapshotLine struct {
	Head     *snapshotHead     `json:"infraudit,omitempty"`
	Resource *snapshotResource `json:"resource,omitempty"`
	End      *snapshotEnd      `json:"end,omitempty"`
}

type snapshotHead struct {
	Format  int       `json:"format"`
	Account string    `json:"account"`
	At      time.Time `json:"at"`
}

type snapshotResource struct {
	Type       string          `json:"type"`
	Service    string          `json:"service"`
	Region     string          `json:"region"`
	ExternalID string          `json:"external_id"`
	Name       string          `json:"name,omitempty"`
	State      json.RawMessage `json:"state"` // the canonical configuration, secrets as digests, and what was unread
}

type snapshotEnd struct {
	Resources int              `json:"resources"`
	Coverage  []audit.Coverage `json:"coverage"`
}

// SnapshotWriter writes what a scan reads. Add is safe for concurrent use.
type SnapshotWriter struct {
	shapes *shape.Set
	mu     sync.Mutex
	zip    *zstd.Encoder
	enc    *json.Encoder
	n      int
}

// NewSnapshotWriter begins a snapshot of an account.
func NewSnapshotWriter(w io.Writer, account string, at time.Time, shapes *shape.Set) (*SnapshotWriter, error) {
	zip, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
	if err != nil {
		return nil, fmt.Errorf("compress the snapshot: %w", err)
	}
	s := &SnapshotWriter{shapes: shapes, zip: zip, enc: json.NewEncoder(zip)}
	s.enc.SetEscapeHTML(false)
	return s, s.enc.Encode(snapshotLine{Head: &snapshotHead{Format: snapshotFormat, Account: account, At: at}})
}

// Add writes a resource. Values that its shape calls secret are written as digests.
func (s *SnapshotWriter) Add(slice audit.Slice, o *audit.Observation) error {
	state, err := shape.Canonical(drift.RedactStored(s.shapes, o.Type, o.Config), o.Unread)
	if err != nil {
		return fmt.Errorf("%s: %w", o.ExternalID, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	return s.enc.Encode(snapshotLine{Resource: &snapshotResource{
		Type: o.Type, Service: slice.Service, Region: slice.Region, ExternalID: o.ExternalID, Name: o.Name, State: state,
	}})
}

// Close ends the snapshot.
func (s *SnapshotWriter) Close(coverage []audit.Coverage) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.enc.Encode(snapshotLine{End: &snapshotEnd{s.n, coverage}}), s.zip.Close())
}

// Snapshot is an account as an earlier scan read it. Configurations stay compressed until they are compared.
type Snapshot struct {
	Account  string
	At       time.Time
	entries  map[string]*entry // by external key
	coverage map[audit.Slice]map[string]bool
}

type entry struct {
	typ, name, externalID string
	slice                 audit.Slice
	hash                  string
	state                 []byte // compressed
	seen                  bool
}

// ReadSnapshot reads a snapshot whole. The errors are Malformed faults that say where.
func ReadSnapshot(r io.Reader) (*Snapshot, error) {
	zip, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, fault.Wrap(fault.Malformed, err, "the snapshot can't be decompressed")
	}
	defer zip.Close()
	s := &Snapshot{entries: map[string]*entry{}, coverage: map[audit.Slice]map[string]bool{}}
	lines := bufio.NewScanner(zip)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	ended := false
	for n := 1; lines.Scan(); n++ {
		var line snapshotLine
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return nil, fault.Wrap(fault.Malformed, err, "line %d of the snapshot can't be read", n)
		}
		switch {
		case ended:
			return nil, fault.New(fault.Malformed, "line %d of the snapshot is after its end", n)
		case n == 1:
			err = s.head(line.Head)
		case line.End != nil:
			ended = true
			err = s.end(line.End)
		case line.Resource != nil:
			err = s.add(line.Resource)
		default:
			err = errors.New("it is empty")
		}
		if err != nil {
			return nil, fault.Wrap(fault.Malformed, err, "line %d of the snapshot: %v", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fault.Wrap(fault.Malformed, err, "the file is no snapshot, or damaged")
	}
	if !ended {
		return nil, fault.New(fault.Malformed, "the file is no snapshot, or was cut off")
	}
	return s, nil
}

func (s *Snapshot) head(h *snapshotHead) error {
	if h == nil || h.Format != snapshotFormat {
		return errors.New("it was not written by this version")
	}
	s.Account, s.At = h.Account, h.At
	return nil
}

func (s *Snapshot) add(r *snapshotResource) error {
	if r.ExternalID == "" || r.Type == "" || len(r.State) == 0 {
		return errors.New("a resource has no id, type or state")
	}
	key := audit.ExternalKey(r.ExternalID)
	if s.entries[key] != nil {
		return fmt.Errorf("%.200s is there twice", r.ExternalID)
	}
	state, err := shape.Compress(r.State)
	if err != nil {
		return err
	}
	s.entries[key] = &entry{
		typ: r.Type, name: r.Name, externalID: r.ExternalID, slice: audit.Slice{Region: r.Region, Service: r.Service},
		hash: shape.Hash(bytes.TrimSpace(r.State)), state: state,
	}
	return nil
}

func (s *Snapshot) end(e *snapshotEnd) error {
	if e.Resources != len(s.entries) {
		return fmt.Errorf("%d resources, of which %d are there", e.Resources, len(s.entries))
	}
	s.coverage = readWhole(e.Coverage)
	return nil
}

// readWhole tells which types of which slices were read whole.
func readWhole(coverage []audit.Coverage) map[audit.Slice]map[string]bool {
	out := map[audit.Slice]map[string]bool{}
	for i := range coverage {
		slice := audit.Slice{Region: coverage[i].Region, Service: coverage[i].Service}
		if out[slice] == nil {
			out[slice] = map[string]bool{}
		}
		for _, t := range coverage[i].Types {
			out[slice][t.ResourceType] = t.Status == audit.ReadOK || t.Status == audit.ReadUnsupported
		}
	}
	return out
}

func (e *entry) configuration() (audit.Configuration, error) {
	state, err := shape.Decompress(e.state)
	if err != nil {
		return audit.Configuration{}, err
	}
	return shape.Decode(state)
}
