package shape

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// defaultVersion is what a policy without a Version has:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
const defaultVersion = "2008-10-17"

// NormalizePolicy returns an IAM policy document in the one form that stands for all that mean the same. It takes an
// object, or a string that holds one, perhaps URL-encoded, and leaves it as it was. In the result:
//
//   - Version is there; Statement is a list, sorted by content, without duplicates;
//   - Action, NotAction, Resource and NotResource are sorted lists; actions are in lower case, for IAM ignores theirs
//     (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html);
//   - Principal and NotPrincipal are objects of sorted lists; "*" is {"AWS": ["*"]}, and an account's root ARN is the
//     account's id (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html);
//   - Condition values are sorted lists of strings, and condition keys are in lower case, for IAM ignores theirs
//     (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html);
//   - Sid, Effect and elements that we don't know stay.
//
// The error says why it is no policy document.
func NormalizePolicy(v any) (map[string]any, error) {
	var doc any
	switch v := v.(type) {
	case string:
		parsed, err := parseDocument(v)
		if err != nil {
			return nil, err
		}
		doc = parsed
	default:
		copied, _ := generic(v)
		if _, tooDeep := copied.(string); tooDeep {
			return nil, fmt.Errorf("document nests deeper than %d", maxDocumentDepth)
		}
		doc = copied
	}
	m, ok := doc.(map[string]any)
	if !ok {
		return nil, errors.New("policy document is not a JSON object")
	}
	if s, ok := m["Version"].(string); !ok || s == "" {
		m["Version"] = defaultVersion
	}
	dropEmpty(m, "Id")
	statements, err := statementList(m["Statement"])
	if err != nil {
		return nil, err
	}
	if len(statements) == 0 {
		delete(m, "Statement")
		return m, nil
	}
	var n normalizer
	m["Statement"] = n.sort(&Property{Kind: Unique, Items: &Property{Kind: JSON}}, statements)
	return m, nil
}

func statementList(v any) ([]any, error) {
	var list []any
	switch v := v.(type) {
	case nil:
		return nil, nil
	case map[string]any:
		list = []any{v}
	case []any:
		list = v
	default:
		return nil, errors.New("its Statement is neither an object nor a list")
	}
	for _, s := range list {
		m, ok := s.(map[string]any)
		if !ok {
			return nil, errors.New("a statement is not an object")
		}
		normalizeStatement(m)
	}
	return list, nil
}

func normalizeStatement(s map[string]any) {
	dropEmpty(s, "Sid")
	for _, name := range []string{"Action", "NotAction"} {
		if v, ok := s[name]; ok {
			s[name] = stringSet(v, strings.ToLower)
		}
	}
	for _, name := range []string{"Resource", "NotResource"} {
		if v, ok := s[name]; ok {
			s[name] = stringSet(v, nil)
		}
	}
	for _, name := range []string{"Principal", "NotPrincipal"} {
		if v, ok := s[name]; ok {
			s[name] = normalizePrincipal(v)
		}
	}
	if operators, ok := s["Condition"].(map[string]any); ok {
		for operator, v := range operators {
			if keys, ok := v.(map[string]any); ok {
				operators[operator] = normalizeConditionKeys(keys)
			}
		}
		if len(operators) == 0 {
			delete(s, "Condition")
		}
	}
}

// accountRoot matches the ARN that stands for an account, in any partition.
var accountRoot = regexp.MustCompile(`^arn:aws[a-z-]*:iam::([0-9]{12}):root$`)

func normalizePrincipal(v any) any {
	if v == "*" {
		return map[string]any{"AWS": []any{"*"}}
	}
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	for kind, values := range m {
		var convert func(string) string
		if kind == "AWS" {
			convert = func(s string) string {
				if match := accountRoot.FindStringSubmatch(s); match != nil {
					return match[1]
				}
				return s
			}
		}
		m[kind] = stringSet(values, convert)
	}
	return m
}

// normalizeConditionKeys lower-cases keys, unless two of them would become one: IAM's answer to that isn't
// documented, so they stay apart.
func normalizeConditionKeys(keys map[string]any) map[string]any {
	out := make(map[string]any, len(keys))
	for key, v := range keys {
		out[strings.ToLower(key)] = stringSet(v, nil)
	}
	if len(out) == len(keys) {
		return out
	}
	for key, v := range keys {
		keys[key] = stringSet(v, nil)
	}
	return keys
}

// stringSet returns a scalar or a list of scalars as a sorted list of strings without duplicates. Anything else stays.
func stringSet(v any, convert func(string) string) any {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	out := make([]any, 0, len(list))
	for _, e := range list {
		text, ok := toString(e)
		if !ok {
			return v
		}
		s := text.(string)
		if convert != nil {
			s = convert(s)
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	return slices.Compact(out)
}

func dropEmpty(m map[string]any, name string) {
	if v, ok := m[name]; ok && (v == nil || v == "") {
		delete(m, name)
	}
}
