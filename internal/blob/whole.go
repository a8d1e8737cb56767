package blob

import (
	"bytes"
	"context"
	"fmt"
	"io"
)

// Whole reads and writes a store's objects whole, for those that fit in memory.
type Whole struct{ *Store }

// Put stores data under key, replacing what was there.
func (w Whole) Put(ctx context.Context, key string, data []byte) error {
	return w.Store.Put(ctx, key, bytes.NewReader(data), PutOptions{ContentType: "application/octet-stream"})
}

// Get returns an object's content. NotFound when there is none.
func (w Whole) Get(ctx context.Context, key string) ([]byte, error) {
	o, err := w.Store.Get(ctx, key)
	if err != nil {
		return nil, err
	}
	defer func() { _ = o.Close() }() // only read from
	data, err := io.ReadAll(o)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	return data, nil
}
