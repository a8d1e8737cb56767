package bolttable

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/infraudit/infraudit/internal/table"
)

// layout names the buckets of one table.
type layout struct {
	schema  table.Schema
	items   []byte
	expiry  []byte
	indexes []indexLayout
}

type indexLayout struct {
	table.Index
	bucket []byte
}

func newLayout(s table.Schema) *layout {
	l := &layout{schema: s, items: []byte("t/" + s.Name), expiry: []byte("x/" + s.Name)}
	for _, ix := range s.Indexes {
		l.indexes = append(l.indexes, indexLayout{Index: ix, bucket: []byte("i/" + s.Name + "/" + ix.Name)})
	}
	return l
}

// itemKey is where an item is in its table. Keys hold no NUL, so that no key is another's prefix and keys of one
// partition sort as their sort keys do.
func itemKey(k table.Key) []byte {
	key := make([]byte, 0, len(k.PK)+1+len(k.SK))
	key = append(key, k.PK...)
	key = append(key, 0)
	return append(key, k.SK...)
}

// entryKey is where an item is in an index.
func entryKey(pk, sk string, item []byte) []byte {
	key := make([]byte, 0, len(pk)+len(sk)+2+len(item))
	key = append(key, pk...)
	key = append(key, 0)
	key = append(key, sk...)
	key = append(key, 0)
	return append(key, item...)
}

// splitItemKey is the inverse of itemKey.
func splitItemKey(key []byte) (table.Key, error) {
	pk, sk, ok := bytes.Cut(key, []byte{0})
	if !ok {
		return table.Key{}, fmt.Errorf("bolttable: damaged key %q", key)
	}
	return table.Key{PK: string(pk), SK: string(sk)}, nil
}

// expiryKey orders items by when they expire. The sign bit is flipped, so that times before the epoch sort first.
func expiryKey(ttl int64, item []byte) []byte {
	key := make([]byte, 8, 8+len(item))
	binary.BigEndian.PutUint64(key, uint64(ttl)^(1<<63))
	return append(key, item...)
}

func splitExpiryKey(key []byte) (ttl int64, item []byte, err error) {
	if len(key) < 8 {
		return 0, nil, fmt.Errorf("bolttable: damaged expiry key %q", key)
	}
	return int64(binary.BigEndian.Uint64(key) ^ (1 << 63)), key[8:], nil
}

// bucket returns a bucket that migrate has made.
func bucket(tx *bbolt.Tx, name []byte) (*bbolt.Bucket, error) {
	b := tx.Bucket(name)
	if b == nil {
		return nil, fmt.Errorf("bolttable: bucket %q is missing", name)
	}
	return b, nil
}
