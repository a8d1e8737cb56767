package awscloud

import (
	"reflect"
	"slices"
	"time"

	"github.com/infraudit/infraudit/internal/shape"
)

// plain turns what SDK types hold into what JSON has: nil, string, bool, int64, float64, []any, map[string]any.
// Structures become objects by their fields' names, which are the API's; what is nil, or empty, is left out. Times are
// RFC 3339 in UTC.
func plain(v any) any {
	switch v := v.(type) { // what configurations mostly hold, without reflection
	case nil:
		return nil
	case string, bool, int64, float64:
		return v
	case *string:
		if v == nil {
			return nil
		}
		return *v
	case object:
		return plainObject(v)
	case []any:
		return plainAnys(v)
	}
	return plainValue(reflect.ValueOf(v))
}

func plainObject(v object) any {
	if len(v) == 0 {
		return nil
	}
	out := make(object, len(v))
	for name, e := range v {
		if e := plain(e); e != nil {
			out[name] = e
		}
	}
	return out
}

// plainConfig is plain for a configuration, or the part of one that p declares: what is empty stays where its existence
// means something (shape.Property, Presence).
func plainConfig(p *shape.Property, v any) any {
	if !p.HoldsPresence() {
		return plain(v)
	}
	var out any
	switch v := v.(type) {
	case object:
		o := make(object, len(v))
		for name, e := range v {
			if e := plainConfig(declaredAt(p, name), e); e != nil {
				o[name] = e
			}
		}
		if len(v) > 0 || p.Presence {
			out = o
		}
	case []any:
		l := make([]any, 0, len(v))
		for _, e := range v {
			if e := plainConfig(declaredAt(p, ""), e); e != nil {
				l = append(l, e)
			}
		}
		if len(v) > 0 {
			out = l
		}
	default:
		out = plain(v)
		if rv := reflect.ValueOf(v); out == nil && p.Presence && rv.Kind() == reflect.Struct {
			out = object{}
		}
	}
	return out
}

// declaredAt returns what p declares for its property name, or for its elements. All that is in JSON is as the JSON itself.
func declaredAt(p *shape.Property, name string) *shape.Property {
	switch p.Kind {
	case shape.JSON:
		return p
	case shape.Object:
		return p.Properties[name]
	}
	return p.Items
}

func plainAnys(v []any) any {
	if len(v) == 0 {
		return nil
	}
	out := make([]any, 0, len(v))
	for _, e := range v {
		if e := plain(e); e != nil {
			out = append(out, e)
		}
	}
	return out
}

var timeType = reflect.TypeFor[time.Time]()

func plainValue(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return plain(v.Interface())
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return plainValue(v.Elem())
	case reflect.String:
		return v.String()
	case reflect.Bool:
		return v.Bool()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int()
	case reflect.Float32, reflect.Float64:
		return v.Float()
	case reflect.Slice, reflect.Array:
		return plainList(v)
	case reflect.Map:
		return plainMap(v)
	case reflect.Struct:
		return plainStruct(v)
	}
	return nil
}

func plainList(v reflect.Value) any {
	if v.Len() == 0 {
		return nil
	}
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return string(v.Bytes())
	}
	out := make([]any, 0, v.Len())
	for i := range v.Len() {
		if e := plainValue(v.Index(i)); e != nil {
			out = append(out, e)
		}
	}
	return out
}

func plainMap(v reflect.Value) any {
	if v.Len() == 0 || v.Type().Key().Kind() != reflect.String {
		return nil
	}
	out := make(object, v.Len())
	for it := v.MapRange(); it.Next(); {
		if e := plainValue(it.Value()); e != nil {
			out[it.Key().String()] = e
		}
	}
	return out
}

func plainStruct(v reflect.Value) any {
	if v.Type() == timeType {
		t := v.Interface().(time.Time)
		if t.IsZero() {
			return nil
		}
		return t.UTC().Format(time.RFC3339)
	}
	out := object{}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() || f.Name == "ResultMetadata" {
			continue
		}
		if e := plainValue(v.Field(i)); e != nil && e != "" {
			out[f.Name] = e
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// tagsOf reads a list of tags, of whichever SDK's type, whose elements have Key and Value.
func tagsOf(list any) map[string]string {
	items, _ := plain(list).([]any)
	out := make(map[string]string, len(items))
	for _, item := range items {
		tag, _ := item.(object)
		if key, ok := tag["Key"].(string); ok {
			value, _ := tag["Value"].(string)
			out[key] = value
		}
	}
	return out
}

// sortedTexts returns what a list of texts holds, in order: facts are compared as they are.
func sortedTexts(list []*string) []string {
	out := make([]string, 0, len(list))
	for _, text := range list {
		if text != nil {
			out = append(out, *text)
		}
	}
	slices.Sort(out)
	return out
}
