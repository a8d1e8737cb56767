package drift

import (
	"strings"
)

// policySummary names the statements that were added, changed or removed.
func policySummary(c Change) string {
	before, okBefore := statements(c.Expected)
	after, okAfter := statements(c.Actual)
	switch {
	case !okBefore || !okAfter:
		return "changed, and one side is no policy document"
	case c.Expected == nil:
		return "policy added: " + some(renderAll(after, statement), 3)
	case c.Actual == nil:
		return "policy removed: it was " + some(renderAll(before, statement), 3)
	}
	gone, came := without(before, after), without(after, before)
	var added, changed, removed []string
	for _, s := range came {
		if i := sameSid(gone, s); i >= 0 {
			gone[i] = nil
			changed = append(changed, clip(statement(s), maxValue))
			continue
		}
		added = append(added, clip(statement(s), maxValue))
	}
	for _, s := range gone {
		if s != nil {
			removed = append(removed, clip(statement(s), maxValue))
		}
	}
	if len(added)+len(changed)+len(removed) == 0 {
		return "changed outside its statements" // its Version or Id
	}
	return joinChanges(added, changed, removed)
}

func statements(v any) ([]any, bool) {
	doc, ok := mapOrNil(v)
	if !ok {
		return nil, false
	}
	return listOrNil(doc["Statement"])
}

func sameSid(list []any, s any) int {
	m, _ := s.(map[string]any)
	sid := text(m, "Sid")
	if sid == "" {
		return -1
	}
	for i, other := range list {
		if o, ok := other.(map[string]any); ok && text(o, "Sid") == sid {
			return i
		}
	}
	return -1
}

// statement writes a statement: AllowRead (Allow s3:getobject on * to *).
func statement(v any) string {
	m, ok := v.(map[string]any)
	if !ok {
		return plain(v)
	}
	parts := []string{text(m, "Effect")}
	for _, element := range []struct{ name, before string }{
		{"Action", ""},
		{"NotAction", "all but"},
		{"Resource", "on"},
		{"NotResource", "on all but"},
		{"Principal", "to"},
		{"NotPrincipal", "to all but"},
		{"Condition", "if"},
	} {
		if e, there := m[element.name]; there {
			parts = append(parts, strings.TrimSpace(element.before+" "+brief(e)))
		}
	}
	content := strings.Join(parts, " ")
	if sid := text(m, "Sid"); sid != "" {
		return sid + " (" + content + ")"
	}
	return content
}

// brief writes lists as their first two elements, and a principal without its kind where there is one kind alone.
func brief(v any) string {
	switch v := v.(type) {
	case []any:
		return some(renderAll(v, plainText), 2)
	case map[string]any:
		if values, ok := v["AWS"]; ok && len(v) == 1 {
			return brief(values)
		}
	}
	return plain(v)
}

func plainText(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return plain(v)
}
