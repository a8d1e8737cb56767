package demo

import "strings"

// stringAt returns the string at a path of nested objects, "" when there is none.
func stringAt(m map[string]any, path ...string) string {
	for _, name := range path[:len(path)-1] {
		next, ok := m[name].(map[string]any)
		if !ok {
			return ""
		}
		m = next
	}
	s, _ := m[path[len(path)-1]].(string) // absent is ""
	return s
}

// cutLast is strings.Cut at the last separator.
func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
