package store

import (
	"encoding/base64"
	"encoding/json"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
)

// Page is a part of a list. It may hold fewer items than asked for, even none; only an empty Next ends the list.
type Page[T any] struct {
	Items []T
	Next  string
}

// Paging says which part of a list is wanted. Cursor is the Next of the page before, of the same list with the same
// filters and team; any other is refused as Malformed.
type Paging struct {
	Limit  int // 1 to MaxLimit; 0 means DefaultLimit
	Cursor string
}

// Bounds of a page.
const (
	DefaultLimit = 50
	MaxLimit     = 200
)

func (p Paging) limit() int {
	switch {
	case p.Limit <= 0:
		return DefaultLimit
	case p.Limit > MaxLimit:
		return MaxLimit
	}
	return p.Limit
}

// PageOf returns a page of a list that is at hand whole, sorted by key: for what is no stored noun. name is the list's, with
// its filters.
func PageOf[T any](items []T, key func(*T) string, p Paging, name ...string) (Page[T], error) {
	var pos position
	bound := query(name...)
	if _, err := openCursor(bound, p.Cursor, &pos); err != nil {
		return Page[T]{}, err
	}
	out := Page[T]{}
	for i := range items {
		switch {
		case pos.After != "" && key(&items[i]) <= pos.After:
		case len(out.Items) == p.limit():
			out.Next = sealCursor(bound, position{After: key(&out.Items[len(out.Items)-1])})
			return out, nil
		default:
			out.Items = append(out.Items, items[i])
		}
	}
	return out, nil
}

// cursorLen is the length of the digest that binds a cursor to its query.
const cursorLen = 8

// query names a list with its team and filters, so that a cursor is good for no other.
func query(parts ...string) string { return audit.Digest(cursorLen, parts...) }

// sealCursor writes a position so that openCursor of the same query reads it.
func sealCursor(query string, position any) string {
	body, err := json.Marshal(position)
	if err != nil {
		panic(err) // positions are structs of strings
	}
	return base64.RawURLEncoding.EncodeToString(append([]byte(query), body...))
}

// openCursor reads a position. It reports false for the empty cursor.
func openCursor(query, cursor string, position any) (bool, error) {
	if cursor == "" {
		return false, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(raw) < cursorLen || string(raw[:cursorLen]) != query {
		return false, badCursor(err)
	}
	if err := json.Unmarshal(raw[cursorLen:], position); err != nil {
		return false, badCursor(err)
	}
	return true, nil
}

func badCursor(cause error) error {
	return &fault.Error{
		Kind: fault.Malformed, Code: "bad_cursor", Cause: cause,
		Message: "cursor: not one that this list gave; start again without it",
	}
}
