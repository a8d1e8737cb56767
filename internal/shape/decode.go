package shape

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
)

// MaxCanonicalLen bounds canonical configurations, in bytes. The largest that AWS allows is a security group with
// 1,000 rules, at about 150 KB.
const MaxCanonicalLen = 8 << 20

// Decode reads what Canonical wrote and fills in the hash. Numbers become int64 where they are whole, float64
// otherwise. The error is a fault of kind Malformed.
func Decode(canonical []byte) (audit.Configuration, error) {
	var raw struct {
		Config map[string]any          `json:"config"`
		Unread map[string]audit.Unread `json:"unread"`
	}
	if len(canonical) > MaxCanonicalLen {
		return audit.Configuration{}, fault.New(fault.Malformed, "configuration of %d bytes: at most %d",
			len(canonical), MaxCanonicalLen)
	}
	if err := decodeJSON(canonical, &raw); err != nil {
		return audit.Configuration{}, fault.Wrap(fault.Malformed, err, "configuration can't be parsed")
	}
	if raw.Config == nil {
		return audit.Configuration{}, fault.New(fault.Malformed, "configuration is missing")
	}
	if tooDeep(raw.Config, maxDepth) {
		return audit.Configuration{}, fault.New(fault.Malformed, "configuration nests deeper than %d", maxDepth)
	}
	return audit.Configuration{
		Hash: Hash(canonical), Config: fromJSON(raw.Config).(map[string]any), Unread: raw.Unread,
	}, nil
}

// DecodeObject reads a JSON object, such as a resource's facts. Numbers become int64 where they are whole, float64 otherwise.
func DecodeObject(b []byte) (map[string]any, error) {
	var raw map[string]any
	if err := decodeJSON(b, &raw); err != nil {
		return nil, fault.Wrap(fault.Malformed, err, "an object can't be parsed")
	}
	out, _ := fromJSON(raw).(map[string]any)
	return out, nil
}

// decodeJSON reads exactly one JSON value, with numbers as json.Number.
func decodeJSON(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value")
	}
	return nil
}

// fromJSON replaces, in place, json.Number by int64 or float64.
func fromJSON(v any) any {
	switch v := v.(type) {
	case json.Number:
		return number(string(v))
	case map[string]any:
		for k, e := range v {
			switch e.(type) {
			case json.Number, map[string]any, []any:
				v[k] = fromJSON(e)
			}
		}
	case []any:
		for i, e := range v {
			v[i] = fromJSON(e)
		}
	}
	return v
}

// number reads a JSON number. One that fits neither int64 nor float64 stays a string.
func number(s string) any {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) {
		return s
	}
	return whole(f)
}

// maxExact is the largest whole number up to which float64 has every one.
const maxExact = 1 << 53

// whole returns a float as int64 where it is a whole number that float64 holds exactly.
func whole(f float64) any {
	if f == math.Trunc(f) && math.Abs(f) <= maxExact {
		return int64(f)
	}
	return f
}

// tooDeep tells whether JSON maps and lists nest deeper than limit.
func tooDeep(v any, limit int) bool {
	switch v := v.(type) {
	case map[string]any:
		for _, e := range v {
			if limit == 0 || tooDeep(e, limit-1) {
				return true
			}
		}
	case []any:
		for _, e := range v {
			if limit == 0 || tooDeep(e, limit-1) {
				return true
			}
		}
	}
	return false
}

func unquote(s string) (string, error) {
	var out string
	err := json.NewDecoder(strings.NewReader(s)).Decode(&out)
	return out, err
}
