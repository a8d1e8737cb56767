package bolttable

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"github.com/infraudit/infraudit/internal/table"
)

// A value is a flag byte, the time of expiry in 8 bytes when the flag says so, the item's size by DynamoDB's rules
// as a varint, and the attributes as a CBOR map. The head lets a reader skip what has expired, and count a page,
// without decoding attributes.
const flagTTL = 1

// The modes are immutable. Sorted keys make equal attributes equal bytes, which is how an unchanged index entry is
// known.
var (
	encoding = must(cbor.EncOptions{
		Sort: cbor.SortBytewiseLexical, NilContainers: cbor.NilContainerAsEmpty,
	}.EncMode())
	decoding = must(cbor.DecOptions{IntDec: cbor.IntDecConvertSignedOrFail}.DecMode())
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// head is what a stored value says of itself before its attributes.
type head struct {
	ttl    int64
	hasTTL bool
	size   int
}

func (h head) expired(now int64) bool { return h.hasTTL && h.ttl <= now }

var errDamaged = errors.New("bolttable: damaged value")

func encodeValue(size int, attrs table.Attrs) (head, []byte, error) {
	h := head{size: size}
	h.ttl, h.hasTTL = attrs[table.AttrTTL].(int64)
	body, err := encoding.Marshal(map[string]any(attrs))
	if err != nil {
		return head{}, nil, fmt.Errorf("bolttable: encode: %w", err)
	}
	value := make([]byte, 1, 1+8+binary.MaxVarintLen32+len(body))
	if h.hasTTL {
		value[0] = flagTTL
		value = binary.BigEndian.AppendUint64(value, uint64(h.ttl))
	}
	value = binary.AppendUvarint(value, uint64(size))
	return h, append(value, body...), nil
}

// decodeHead returns the head and the encoded attributes, which alias value.
func decodeHead(value []byte) (head, []byte, error) {
	if len(value) == 0 || value[0] > flagTTL {
		return head{}, nil, errDamaged
	}
	h := head{hasTTL: value[0] == flagTTL}
	rest := value[1:]
	if h.hasTTL {
		if len(rest) < 8 {
			return head{}, nil, errDamaged
		}
		h.ttl = int64(binary.BigEndian.Uint64(rest))
		rest = rest[8:]
	}
	size, n := binary.Uvarint(rest)
	if n <= 0 || size > table.MaxItemSize {
		return head{}, nil, errDamaged
	}
	h.size = int(size)
	return h, rest[n:], nil
}

// decodeAttrs copies: nothing in the result aliases body.
func decodeAttrs(body []byte) (table.Attrs, error) {
	var attrs map[string]any
	if err := decoding.Unmarshal(body, &attrs); err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return attrs, nil
}

// image is an item as it is stored: its value, and its entry in each of the table's indexes.
type image struct {
	head
	value   []byte
	entries []entry // by index; one without a key means that the item isn't in that index
}

type entry struct {
	key, value []byte
	size       int
}

func (l *layout) encode(it table.Item, key []byte) (*image, error) {
	h, value, err := encodeValue(it.Size(), it.Attrs)
	if err != nil {
		return nil, err
	}
	entries, err := l.entries(it, key)
	if err != nil {
		return nil, err
	}
	return &image{head: h, value: value, entries: entries}, nil
}

// entries makes an item's index entries. An entry's value leaves out the index's keys, which its key has.
func (l *layout) entries(it table.Item, key []byte) ([]entry, error) {
	if len(l.indexes) == 0 {
		return nil, nil
	}
	entries := make([]entry, len(l.indexes))
	for i, ix := range l.indexes {
		view, ok := ix.View(it)
		if !ok {
			continue
		}
		body := make(table.Attrs, len(view.Attrs))
		for name, v := range view.Attrs {
			if name != ix.PK && name != ix.SK {
				body[name] = v
			}
		}
		e := entry{key: entryKey(view.String(ix.PK), view.String(ix.SK), key), size: view.Size()}
		var err error
		if _, e.value, err = encodeValue(e.size, body); err != nil {
			return nil, err
		}
		entries[i] = e
	}
	return entries, nil
}
