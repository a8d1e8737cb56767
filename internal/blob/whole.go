package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// Whole reads and writes a store's objects whole, for those that fit in memory. Without a store every call fails: some
// functions on AWS have no bucket.
type Whole struct{ *Store }

var errNoStore = errors.New("blob: this program was given no bucket")

// Put stores data under key, replacing what was there.
func (w Whole) Put(ctx context.Context, key string, data []byte) error {
	if w.Store == nil {
		return errNoStore
	}
	return w.Store.Put(ctx, key, bytes.NewReader(data), PutOptions{ContentType: "application/octet-stream"})
}

// Get returns an object's content. NotFound when there is none.
func (w Whole) Get(ctx context.Context, key string) ([]byte, error) {
	if w.Store == nil {
		return nil, errNoStore
	}
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

// Delete removes an object. One that isn't there is no error.
func (w Whole) Delete(ctx context.Context, key string) error {
	if w.Store == nil {
		return errNoStore
	}
	return w.Store.Delete(ctx, key)
}
