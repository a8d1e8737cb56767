package memqueue

import (
	"container/heap"
	"time"
)

// entry is a message in the queue.
type entry struct {
	id       string
	body     []byte
	receives int
	receipt  string // of the current delivery; "" when nobody holds it

	visibleAt time.Time // while hidden
	seq       uint64    // order of hiding, for equal times
	index     int       // in the heap
}

// fifo is a queue of entries whose memory is reused once it was drained.
type fifo struct {
	entries []*entry
	head    int
}

func (f *fifo) push(e *entry) { f.entries = append(f.entries, e) }

func (f *fifo) pop() *entry {
	if f.head == len(f.entries) {
		return nil
	}
	e := f.entries[f.head]
	f.entries[f.head] = nil
	f.head++
	switch {
	case f.head == len(f.entries):
		f.entries, f.head = f.entries[:0], 0
	case f.head >= 1024 && f.head*2 >= len(f.entries): // never wholly drained: move the rest to the front
		n := copy(f.entries, f.entries[f.head:])
		clear(f.entries[n:])
		f.entries, f.head = f.entries[:n], 0
	}
	return e
}

// hiddenHeap holds hidden entries, the first to become visible on top.
type hiddenHeap struct {
	entries byVisibility
	seq     uint64
}

func (h *hiddenHeap) add(e *entry, at time.Time) {
	h.seq++
	e.visibleAt, e.seq = at, h.seq
	heap.Push(&h.entries, e)
}

func (h *hiddenHeap) move(e *entry, at time.Time) {
	h.seq++
	e.visibleAt, e.seq = at, h.seq
	heap.Fix(&h.entries, e.index)
}

func (h *hiddenHeap) remove(e *entry) { heap.Remove(&h.entries, e.index) }

func (h *hiddenHeap) next() (time.Time, bool) {
	if len(h.entries) == 0 {
		return time.Time{}, false
	}
	return h.entries[0].visibleAt, true
}

// popDue removes and returns the first entry that is visible at now, or nil.
func (h *hiddenHeap) popDue(now time.Time) *entry {
	if len(h.entries) == 0 || h.entries[0].visibleAt.After(now) {
		return nil
	}
	return heap.Pop(&h.entries).(*entry)
}

// byVisibility implements heap.Interface.
type byVisibility []*entry

func (b byVisibility) Len() int { return len(b) }

func (b byVisibility) Less(i, j int) bool {
	if !b[i].visibleAt.Equal(b[j].visibleAt) {
		return b[i].visibleAt.Before(b[j].visibleAt)
	}
	return b[i].seq < b[j].seq
}

func (b byVisibility) Swap(i, j int) {
	b[i], b[j] = b[j], b[i]
	b[i].index, b[j].index = i, j
}

func (b *byVisibility) Push(x any) {
	e := x.(*entry)
	e.index = len(*b)
	*b = append(*b, e)
}

func (b *byVisibility) Pop() any {
	old := *b
	last := len(old) - 1
	e := old[last]
	old[last] = nil
	*b = old[:last]
	return e
}
