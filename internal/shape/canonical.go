package shape

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/infraudit/infraudit/internal/audit"
)

// maxDepth bounds how deep values nest. The deepest schema property is at 12.
const maxDepth = 48

// hashLen is the length of hashes, in characters of 5 bits: 130 bits.
const hashLen = 26

// encoding is the one of package audit's ids.
var encoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// Canonical writes a normalised configuration, and what of it was unread, as JSON with sorted keys and no spaces:
// {"config":{...},"unread":{path:{"action","code"}}}, the latter only where there is any. Reasons are left out: their
// wording may differ from day to day. Equal bytes mean equal configurations. It fails on values that Normalize
// doesn't leave behind.
func Canonical(config map[string]any, unread map[string]audit.Unread) ([]byte, error) {
	buf := make([]byte, 0, 1024)
	buf = append(buf, `{"config":`...)
	buf, err := appendMap(buf, config, 0)
	if err != nil {
		return nil, fmt.Errorf("encode configuration: %w", err)
	}
	if len(unread) > 0 {
		buf = append(buf, `,"unread":{`...)
		for i, path := range sortedKeys(make([]string, 0, 8), unread) {
			if i > 0 {
				buf = append(buf, ',')
			}
			u := unread[path]
			buf = appendString(buf, path)
			buf = append(buf, `:{"action":`...)
			buf = appendString(buf, u.Action)
			buf = append(buf, `,"code":`...)
			buf = appendString(buf, u.Code)
			buf = append(buf, '}')
		}
		buf = append(buf, '}')
	}
	return append(buf, '}'), nil
}

// Hash returns the 26 characters (130 bits of SHA-256) that stand for a canonical configuration.
func Hash(canonical []byte) string {
	sum := sha256.Sum256(canonical)
	var out [52]byte
	encoding.Encode(out[:], sum[:])
	return string(out[:hashLen])
}

func appendValue(buf []byte, v any, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nests deeper than %d", maxDepth)
	}
	switch v := v.(type) {
	case string:
		return appendString(buf, v), nil
	case bool:
		return strconv.AppendBool(buf, v), nil
	case int64:
		return strconv.AppendInt(buf, v, 10), nil
	case float64:
		return appendFloat(buf, v)
	case map[string]any:
		return appendMap(buf, v, depth)
	case []any:
		buf = append(buf, '[')
		for i, e := range v {
			if i > 0 {
				buf = append(buf, ',')
			}
			var err error
			if buf, err = appendValue(buf, e, depth+1); err != nil {
				return nil, err
			}
		}
		return append(buf, ']'), nil
	case nil:
		return append(buf, "null"...), nil
	}
	return nil, fmt.Errorf("a value of type %T is not canonical", v)
}

func appendMap(buf []byte, m map[string]any, depth int) ([]byte, error) {
	var room [24]string // on the stack for ordinary objects
	buf = append(buf, '{')
	for i, k := range sortedKeys(room[:0], m) {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = append(appendString(buf, k), ':')
		var err error
		if buf, err = appendValue(buf, m[k], depth+1); err != nil {
			return nil, err
		}
	}
	return append(buf, '}'), nil
}

func sortedKeys[V any](keys []string, m map[string]V) []string {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// appendFloat writes a number as encoding/json does.
func appendFloat(buf []byte, f float64) ([]byte, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, fmt.Errorf("%v is no JSON number", f)
	}
	b, err := json.Marshal(f)
	return append(buf, b...), err
}

const hexDigits = "0123456789abcdef"

// appendString writes a JSON string. Bytes that are not UTF-8 become U+FFFD.
func appendString(buf []byte, s string) []byte {
	buf = append(buf, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			buf = append(buf, s[start:i]...)
			switch c {
			case '"', '\\':
				buf = append(buf, '\\', c)
			case '\n':
				buf = append(buf, '\\', 'n')
			case '\t':
				buf = append(buf, '\\', 't')
			default:
				buf = append(buf, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			buf = append(buf, s[start:i]...)
			buf = append(buf, "\uFFFD"...)
			i++
			start = i
			continue
		}
		i += size
	}
	buf = append(buf, s[start:]...)
	return append(buf, '"')
}
