package shape

import (
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"time"
)

// scalar coerces to the declared type. What can't be coerced is kept, and reported.
func (n *normalizer) scalar(p *Property, v any) (any, bool) {
	flat, ok := plain(v)
	if !ok {
		return n.mismatch(p, v)
	}
	if flat == nil {
		return nil, false
	}
	if s, isString := flat.(string); isString && s == "" && !p.KeepEmpty {
		return nil, false
	}
	var out any
	switch p.Kind {
	case String:
		out, ok = toString(flat)
	case Integer:
		out, ok = toInteger(flat)
	case Number:
		out, ok = toNumber(flat)
	case Boolean:
		out, ok = toBoolean(flat)
	}
	if !ok {
		n.problemf("%T is no %s", flat, p.Kind)
		return flat, true
	}
	return out, true
}

// plain reduces a scalar of any Go type, also named types and pointers, to string, bool, int64 or float64; nil
// pointers to nil. Times become RFC 3339 in UTC. It returns false for anything else.
func plain(v any) (any, bool) {
	switch v := v.(type) {
	case nil, string, bool, int64:
		return v, true
	case int:
		return int64(v), true
	case int32:
		return int64(v), true
	case float64:
		return finite(v)
	case json.Number:
		return number(string(v)), true
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano), true
	}
	return plainValue(reflect.ValueOf(v))
}

func plainValue(rv reflect.Value) (any, bool) {
	switch rv.Kind() {
	case reflect.Pointer, reflect.Interface:
		if rv.IsNil() {
			return nil, true
		}
		return plain(rv.Elem().Interface())
	case reflect.String:
		return rv.String(), true
	case reflect.Bool:
		return rv.Bool(), true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return rv.Int(), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if rv.Uint() > math.MaxInt64 {
			return strconv.FormatUint(rv.Uint(), 10), true
		}
		return int64(rv.Uint()), true
	case reflect.Float32:
		return finite(widened(rv.Float()))
	case reflect.Float64:
		return finite(rv.Float())
	case reflect.Slice:
		if rv.Type().Elem().Kind() == reflect.Uint8 {
			return string(rv.Bytes()), true
		}
	}
	return nil, false
}

// widened returns the number that was written where an API has 32 bits for it: 0.3, not 0.30000001192092896.
func widened(f float64) float64 {
	short, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', -1, 32), 64)
	if err != nil {
		return f
	}
	return short
}

// finite returns whole floats as int64, and what JSON has no number for as a string.
func finite(f float64) (any, bool) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return strconv.FormatFloat(f, 'g', -1, 64), true
	}
	return whole(f), true
}

func toString(v any) (any, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	}
	return nil, false
}

func toNumber(v any) (any, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case float64:
		return whole(v), true
	case string:
		switch n := number(v).(type) {
		case int64, float64:
			return n, true
		}
	}
	return nil, false
}

func toInteger(v any) (any, bool) {
	n, ok := toNumber(v)
	if !ok {
		return nil, false
	}
	i, ok := n.(int64)
	return i, ok
}

func toBoolean(v any) (any, bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case string:
		switch v {
		case "true", "True", "TRUE":
			return true, true
		case "false", "False", "FALSE":
			return false, true
		}
	}
	return nil, false
}
