package inventory

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/shape"
)

// Sizes of the parts of an index entry that are kept in memory for each resource of a slice.
const (
	externalSize = 16
	hashSize     = 26
	stampSize    = 8 // of what stands for facts and unread attributes
)

type externalKey [externalSize]byte

// entry is Known in a form that a hundred thousand of fit into a few megabytes.
type entry struct {
	external externalKey
	hash     [hashSize]byte
	facts    [stampSize]byte
	unread   [stampSize]byte
	typ      uint16 // index into names
	status   uint8  // index into statuses
	seen     bool
	fresh    bool // found by this sync, not in the index before
}

var statuses = []audit.ResourceStatus{audit.ResourceActive, audit.ResourceStopped, audit.ResourceDeleted}

// sliceSync is one sync of one slice.
type sliceSync struct {
	*Syncer
	team     string
	slice    audit.Slice
	sliceKey string
	started  time.Time

	mu         sync.Mutex
	names      []string // resource types
	entries    []entry
	at         map[externalKey]int32
	counts     map[string]int // resources seen, by type
	types      []audit.TypeCoverage
	found      audit.Found
	unsettled  []string
	unfinished bool
}

// text returns a fixed-size field without the zero bytes that fill it up.
func text(b []byte) string { return strings.TrimRight(string(b), "\x00") }

func (s *sliceSync) typeIndex(name string) uint16 {
	for i, n := range s.names {
		if n == name {
			return uint16(i)
		}
	}
	s.names = append(s.names, name)
	return uint16(len(s.names) - 1)
}

// load reads the slice's index, and where an earlier part of the sync ended.
func (s *sliceSync) load(ctx context.Context, from *Place) error {
	s.at, s.counts = map[externalKey]int32{}, map[string]int{}
	for k, err := range s.Store.Slice(ctx, s.team, s.slice) {
		if err != nil {
			return err
		}
		e := entry{typ: s.typeIndex(k.Type), status: uint8(max(slices.Index(statuses, k.Status), 0))}
		copy(e.external[:], k.External)
		copy(e.hash[:], k.Hash)
		copy(e.facts[:], k.FactsHash)
		copy(e.unread[:], k.UnreadKey)
		if !k.Settled() {
			s.unsettled = append(s.unsettled, k.External)
		}
		s.at[e.external] = int32(len(s.entries))
		s.entries = append(s.entries, e)
	}
	if from == nil {
		return nil
	}
	s.types = slices.Clone(from.Types)
	for typ, keys := range from.Seen {
		for ; len(keys) >= externalSize; keys = keys[externalSize:] {
			var key externalKey
			copy(key[:], keys)
			i, ok := s.at[key]
			if !ok { // written by the earlier part, and the index lags
				i = s.insert(key, typ)
			}
			s.entries[i].seen = true
			s.counts[typ]++
		}
	}
	return nil
}

func (s *sliceSync) insert(key externalKey, typ string) int32 {
	i := int32(len(s.entries))
	s.entries = append(s.entries, entry{external: key, typ: s.typeIndex(typ), fresh: true})
	s.at[key] = i
	return i
}

// readBefore tells whether an earlier part of this sync has read the listing's types.
func (s *sliceSync) readBefore(l Listing) bool {
	s.mu.Lock() // listings that run already add their own
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.types, func(t audit.TypeCoverage) bool { return slices.Contains(l.Types, t.ResourceType) })
}

// place is where an unfinished sync goes on: listings that ended are not repeated, and resources that were handled
// need no second look.
func (s *sliceSync) place() *Place {
	p := &Place{Types: s.types, Seen: map[string]string{}}
	keys := map[string]*strings.Builder{}
	for i := range s.entries {
		e := &s.entries[i]
		typ := s.names[e.typ]
		if !e.seen || slices.ContainsFunc(s.types, func(t audit.TypeCoverage) bool { return t.ResourceType == typ }) {
			continue
		}
		if keys[typ] == nil {
			keys[typ] = &strings.Builder{}
		}
		keys[typ].Write(e.external[:])
	}
	for typ, b := range keys {
		p.Seen[typ] = b.String()
	}
	return p
}

// removeUnseen marks as deleted the resources of types that a whole listing no longer shows.
func (s *sliceSync) removeUnseen(ctx context.Context, types []string) error {
	s.mu.Lock()
	var gone []Known
	for i := range s.entries {
		e := &s.entries[i]
		if !e.seen && !e.fresh && slices.Contains(types, s.names[e.typ]) {
			gone = append(gone, Known{External: text(e.external[:]), Hash: text(e.hash[:])})
		}
	}
	s.mu.Unlock()
	if len(gone) == 0 {
		return nil
	}
	removed, err := s.Store.Remove(ctx, s.team, s.slice, gone)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.found.Deleted += len(removed)
	s.unsettled = append(s.unsettled, removed...)
	return err
}

// emitter takes what one listing reads.
type emitter struct {
	*sliceSync
	ctx    context.Context // for writes: it outlives the time for collecting
	counts map[string]int
	unread map[string]map[string]int // resources that lack attributes, by type and refused action

	batchMu sync.Mutex
	batch   []Observed
	fatal   error
}

// Done tells that an earlier part of this sync has handled the resource.
func (e *emitter) Done(_, externalID string) bool {
	var key externalKey
	copy(key[:], audit.ExternalKey(externalID))
	e.mu.Lock()
	defer e.mu.Unlock()
	i, ok := e.at[key]
	return ok && e.entries[i].seen
}

// Emit compares a resource with what is known of it, and keeps it for writing when it differs.
func (e *emitter) Emit(ctx context.Context, o *audit.Observation) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	if e.Redact != nil {
		redacted := *o
		redacted.Config = e.Redact(o.Type, o.Config)
		o = &redacted
	}
	canonical, err := shape.Canonical(o.Config, o.Unread)
	if err != nil {
		return fault.Wrap(fault.Internal, err, "%s %s can't be written as JSON", o.Type, o.ExternalID)
	}
	factsHash, err := hashFacts(o.Name, o.Facts)
	if err != nil {
		return fault.Wrap(fault.Internal, err, "facts of %s %s can't be written as JSON", o.Type, o.ExternalID)
	}
	ob := Observed{
		External: audit.ExternalKey(o.ExternalID), Hash: shape.Hash(canonical), Canonical: canonical,
		FactsHash: factsHash, UnreadKey: unreadKey(o.Unread), Observation: o,
	}
	if !e.differs(&ob) {
		return nil
	}
	if ob.Verb != VerbTouch || ob.Before == ob.Hash {
		ob.Config = nil // only write's comparison needs it beside its canonical form, and batches wait
	}
	e.batchMu.Lock()
	e.batch = append(e.batch, ob)
	full := len(e.batch) >= e.batchSize()
	e.batchMu.Unlock()
	if full {
		return e.flush()
	}
	return nil
}

// differs notes that a resource was seen, and tells whether it has to be written.
func (e *emitter) differs(ob *Observed) bool {
	var key externalKey
	copy(key[:], ob.External)
	e.mu.Lock()
	defer e.mu.Unlock()
	i, known := e.at[key]
	if known && e.entries[i].seen {
		return false // a listing that moves while it is paged shows things twice
	}
	if !known {
		i = e.insert(key, ob.Type)
	}
	rec := &e.entries[i]
	rec.seen = true
	e.sliceSync.counts[ob.Type]++
	e.found.Resources++
	e.countUnread(ob)
	if !known {
		ob.Verb = VerbCreate
		return true
	}
	ob.Before = text(rec.hash[:])
	switch {
	case ob.Before != ob.Hash:
		ob.Verb = VerbChange
		// What can't be read now, or couldn't then, is no change: only a comparison tells.
		if ob.UnreadKey != "" || text(rec.unread[:]) != "" {
			ob.Verb = VerbTouch
		}
		return true
	case text(rec.facts[:]) != ob.FactsHash, statuses[rec.status] != ob.Status:
		ob.Verb = VerbTouch
		return true
	}
	return false
}

func (e *emitter) countUnread(ob *Observed) {
	if len(ob.Unread) == 0 {
		return
	}
	byAction := e.unread[ob.Type]
	if byAction == nil {
		byAction = map[string]int{}
		e.unread[ob.Type] = byAction
	}
	actions := map[string]bool{}
	for _, u := range ob.Unread {
		actions[cmp.Or(u.Action, u.Code)] = true
	}
	for a := range actions {
		byAction[a]++
	}
}

// flush writes what was kept.
func (e *emitter) flush() error {
	e.batchMu.Lock()
	batch := e.batch
	e.batch = nil
	e.batchMu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	err := e.write(batch)
	if err != nil {
		e.batchMu.Lock()
		e.fatal = cmp.Or(e.fatal, err)
		e.batchMu.Unlock()
	}
	return err
}

func (e *emitter) write(batch []Observed) error {
	for i := range batch {
		ob := &batch[i]
		if ob.Verb != VerbTouch || ob.Before == ob.Hash {
			continue
		}
		changed, err := e.changed(ob)
		if err != nil {
			return err
		}
		if changed {
			ob.Verb = VerbChange
		}
	}
	rec, err := e.Store.Record(e.ctx, e.team, e.slice, batch)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.found.Created += rec.Created
	e.found.Changed += rec.Changed
	e.unsettled = append(e.unsettled, rec.Unsettled...)
	return err
}

// changed compares a resource, of which something is or was unread, with its configuration before.
func (e *emitter) changed(ob *Observed) (bool, error) {
	key := audit.ResourceKey{Slice: e.sliceKey, External: ob.External}
	before, err := e.Store.ConfigurationAt(e.ctx, e.team, key, ob.Before)
	if err != nil {
		return false, err
	}
	return e.Differs(ob.Type, before, audit.Configuration{Hash: ob.Hash, Config: ob.Config, Unread: ob.Unread})
}

// hashFacts stands for what is no configuration and yet is kept: facts, and the name, which may come from elsewhere (a
// key's is its alias).
func hashFacts(name string, facts map[string]any) (string, error) {
	if len(facts) == 0 {
		return audit.Digest(stampSize, name), nil
	}
	b, err := json.Marshal(facts) // sorts keys
	if err != nil {
		return "", err
	}
	return audit.Digest(stampSize, name, string(b)), nil
}

// unreadKey stands for which attributes are unread and why.
func unreadKey(unread map[string]audit.Unread) string {
	if len(unread) == 0 {
		return ""
	}
	parts := make([]string, 0, 3*len(unread))
	for _, path := range slices.Sorted(maps.Keys(unread)) {
		parts = append(parts, path, unread[path].Action, unread[path].Code)
	}
	return audit.Digest(stampSize, parts...)
}

func sortTypes(types []audit.TypeCoverage) {
	slices.SortFunc(types, func(a, b audit.TypeCoverage) int { return cmp.Compare(a.ResourceType, b.ResourceType) })
}
