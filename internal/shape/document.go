package shape

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Bounds of documents. AWS's largest, a KMS key policy, has 32 KB; a policy nests to depth 6.
const (
	maxDocumentLen   = 256 << 10
	maxDocumentDepth = 24
)

// document normalises a free-form JSON value: one given as a string that holds a JSON object or list is parsed.
func (n *normalizer) document(v any) (any, bool) {
	if s, ok := v.(string); ok {
		t := strings.TrimSpace(s)
		if t == "" {
			return nil, false
		}
		if t[0] != '{' && t[0] != '[' {
			return s, true
		}
		parsed, err := parseDocument(s)
		if err != nil {
			n.problemf("%v", err)
			return s, true
		}
		v = parsed
	}
	return n.generic(v)
}

// policy normalises a policy document. One that isn't a policy stays the string that it was.
func (n *normalizer) policy(v any) (any, bool) {
	if rv, ok := plain(v); ok { // a string of any type, or a pointer to one
		if rv == nil || rv == "" {
			return nil, false
		}
		v = rv
	}
	if m, ok := v.(map[string]any); ok && len(m) == 0 {
		return nil, false
	}
	doc, err := NormalizePolicy(v)
	if err != nil {
		n.problemf("%v", err)
		if s, ok := v.(string); ok {
			return s, true
		}
		return generic(v)
	}
	return doc, true
}

func (n *normalizer) generic(v any) (any, bool) {
	out, ok := generic(v)
	if s, isString := out.(string); isString {
		if _, was := v.(string); !was {
			n.problemf("nests deeper than %d, or can't be written as JSON", maxDocumentDepth)
		}
		return s, s != ""
	}
	return out, ok
}

// generic returns any Go value as JSON values in canonical types; as a string of JSON where it nests too deeply.
func generic(v any) (any, bool) {
	if v == nil {
		return nil, false
	}
	if isGeneric(v, maxDocumentDepth) {
		return Clone(v), true
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("(%T)", v), true // cycles, functions, channels: nothing that an API answers
	}
	var out any
	if err := decodeJSON(b, &out); err != nil || tooDeep(out, maxDocumentDepth) {
		return string(b), true
	}
	return fromJSON(out), out != nil
}

// isGeneric tells whether v has canonical types only and is not too deep.
func isGeneric(v any, depth int) bool {
	switch v := v.(type) {
	case string, bool, int64:
		return true
	case map[string]any:
		for _, e := range v {
			if depth == 0 || !isGeneric(e, depth-1) {
				return false
			}
		}
		return true
	case []any:
		for _, e := range v {
			if depth == 0 || !isGeneric(e, depth-1) {
				return false
			}
		}
		return true
	}
	return false
}

// parseDocument reads a JSON document, as it is or URL-encoded (RFC 3986, as IAM returns it:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html).
func parseDocument(s string) (any, error) {
	if len(s) > maxDocumentLen {
		return nil, fmt.Errorf("document of %d bytes: at most %d", len(s), maxDocumentLen)
	}
	text := strings.TrimSpace(s)
	if strings.HasPrefix(text, "%") {
		decoded, err := url.PathUnescape(text)
		if err != nil {
			return nil, fmt.Errorf("document is neither JSON nor URL-encoded: %w", err)
		}
		text = decoded
	}
	var out any
	if err := decodeJSON([]byte(text), &out); err != nil {
		return nil, fmt.Errorf("document is not JSON: %w", err)
	}
	if tooDeep(out, maxDocumentDepth) {
		return nil, fmt.Errorf("document nests deeper than %d", maxDocumentDepth)
	}
	switch out.(type) {
	case map[string]any, []any:
		return fromJSON(out), nil
	}
	return nil, errors.New("document is not a JSON object")
}
