package table

import (
	"context"
	"sync/atomic"
)

// Usage counts what calls cost, in DynamoDB's on-demand units: half a read unit for 4 KiB read eventually
// consistently, a whole one for a consistent read, a write unit per KiB written and per index entry changed, twice
// that in transactions. The local driver counts by the same rules. Units are kept in halves, so that they are exact.
//
// Source: Amazon DynamoDB Developer Guide, "DynamoDB on-demand capacity mode".
type Usage struct {
	readHalves, writes, requests atomic.Int64
	itemWrites                   atomic.Int64
}

// ReadUnits returns the read units used so far.
func (u *Usage) ReadUnits() float64 { return float64(u.readHalves.Load()) / 2 }

// WriteUnits returns the write units used so far.
func (u *Usage) WriteUnits() float64 { return float64(u.writes.Load()) }

// Requests returns how many requests were made to the database.
func (u *Usage) Requests() int64 { return u.requests.Load() }

// Items returns how many items were put, updated or deleted.
func (u *Usage) Items() int64 { return u.itemWrites.Load() }

type usageKey struct{}

// WithUsage returns a context whose calls are counted in u, beside any counter that ctx already has.
func WithUsage(ctx context.Context, u *Usage) context.Context {
	outer, _ := ctx.Value(usageKey{}).([]*Usage)
	return context.WithValue(ctx, usageKey{}, append(append([]*Usage(nil), outer...), u))
}

// Record is called by drivers: read units and write units of one request, and how many items it wrote.
func Record(ctx context.Context, readUnits, writeUnits float64, items int) {
	counters, _ := ctx.Value(usageKey{}).([]*Usage)
	for _, u := range counters {
		u.readHalves.Add(int64(readUnits*2 + 0.5))
		u.writes.Add(int64(writeUnits + 0.5))
		u.requests.Add(1)
		u.itemWrites.Add(int64(items))
	}
}
