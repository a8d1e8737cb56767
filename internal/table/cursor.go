package table

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Position is where a page ended: the key of the last item read and, for an index, its sort key there.
type Position struct {
	Key
	IndexSK string // "" for a query of the table itself
}

const (
	cursorVersion = 1
	cursorSumLen  = 8
)

// EncodeCursor makes the Next of a page: url-safe, and bound to the query (table, index, partition, range,
// direction; not its limit) by a checksum. The checksum isn't a signature: a forged cursor starts elsewhere in the
// same partition and range, which shows nothing that the query itself doesn't.
func EncodeCursor(q Query, at Position) string {
	parts := []string{at.SK}
	if q.Index != "" {
		parts = []string{at.IndexSK, at.PK, at.SK}
	}
	position := strings.Join(parts, "\x00")
	raw := make([]byte, 0, 1+cursorSumLen+len(position))
	raw = append(raw, cursorVersion)
	raw = append(raw, cursorSum(q, position)...)
	raw = append(raw, position...)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// DecodeCursor returns the position that q.After names; an error matches ErrCursor when it isn't a cursor that
// a page of this query gave.
func DecodeCursor(q Query) (Position, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(q.After)
	if err != nil || len(raw) < 1+cursorSumLen || raw[0] != cursorVersion {
		return Position{}, fmt.Errorf("%w: malformed", ErrCursor)
	}
	sum, position := raw[1:1+cursorSumLen], string(raw[1+cursorSumLen:])
	if !bytes.Equal(sum, cursorSum(q, position)) {
		return Position{}, fmt.Errorf("%w: of another query", ErrCursor)
	}
	parts := strings.Split(position, "\x00")
	at := Position{}
	switch {
	case q.Index == "" && len(parts) == 1:
		at.Key = Key{PK: q.PK, SK: parts[0]}
	case q.Index != "" && len(parts) == 3:
		at = Position{Key: Key{PK: parts[1], SK: parts[2]}, IndexSK: parts[0]}
	default:
		return Position{}, fmt.Errorf("%w: malformed", ErrCursor)
	}
	if CheckKey(at.Key) != nil || !utf8.ValidString(at.IndexSK) || (q.Index != "") != (at.IndexSK != "") {
		return Position{}, fmt.Errorf("%w: malformed", ErrCursor)
	}
	return at, nil
}

// cursorSum hashes what a cursor belongs to, each part behind its length, and the position.
func cursorSum(q Query, position string) []byte {
	direction := "up"
	if q.Reverse {
		direction = "down"
	}
	var buf []byte
	for _, part := range []string{q.Table, q.Index, q.PK, q.Prefix, q.From, q.To, direction, position} {
		buf = binary.AppendUvarint(buf, uint64(len(part)))
		buf = append(buf, part...)
	}
	sum := sha256.Sum256(buf)
	return sum[:cursorSumLen]
}
