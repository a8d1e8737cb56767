package fleet

import (
	"slices"
	"strconv"
	"time"

	"github.com/infraudit/infraudit/internal/demo/awscall"
)

// writer appends XML. Values are the fleet's own and need no escaping; documents are escaped by text.
type writer []byte

func (w *writer) raw(s string) { *w = append(*w, s...) }

// el appends <name>value</name>.
func (w *writer) el(name, value string) {
	*w = append(*w, '<')
	*w = append(*w, name...)
	*w = append(*w, '>')
	*w = append(*w, value...)
	w.close(name)
}

func (w *writer) num(name string, value int) { w.el(name, strconv.Itoa(value)) }

func (w *writer) flag(name string, value bool) { w.el(name, strconv.FormatBool(value)) }

// text appends an element whose value may hold characters that XML must not.
func (w *writer) text(name, value string) {
	w.open(name)
	for i := range len(value) {
		switch c := value[i]; c {
		case '"':
			w.raw("&quot;")
		case '&':
			w.raw("&amp;")
		case '<':
			w.raw("&lt;")
		case '\n':
			w.raw("&#xA;")
		default:
			*w = append(*w, c)
		}
	}
	w.close(name)
}

func (w *writer) time(name string, t time.Time) {
	w.open(name)
	*w = t.AppendFormat(*w, "2006-01-02T15:04:05.000Z")
	w.close(name)
}

func (w *writer) open(name string) {
	*w = append(*w, '<')
	*w = append(*w, name...)
	*w = append(*w, '>')
}

func (w *writer) close(name string) {
	*w = append(*w, '<', '/')
	*w = append(*w, name...)
	*w = append(*w, '>')
}

// in appends <name>…</name> around what body writes.
func (w *writer) in(name string, body func()) {
	w.open(name)
	body()
	w.close(name)
}

// listing is one paged list of an answer.
type listing struct {
	kind  kind
	most  int    // in a page
	token string // the name of the page token in requests
	item  func(w *writer, ordinal int)
}

// itemBytes is about how long an item is, tags included: what a page is allocated by.
const itemBytes = 1000

// items appends a page's items and returns the next page's token.
func (f *Fleet) items(w *writer, call awscall.Call, l listing) string {
	order := f.order(l.kind, f.regionOf(call, l.kind))
	token := call.Params[l.token]
	from, to, next := page(len(order), token, call.PageSize, l.most)
	*w = slices.Grow(*w, (to-from)*itemBytes)
	for _, ordinal := range order[from:to] {
		l.item(w, ordinal)
	}
	if f.o.RepeatToken != nil && f.o.RepeatToken(call.Action()) {
		if token == "" {
			return "1"
		}
		return token
	}
	return next
}

func (f *Fleet) regionOf(call awscall.Call, k kind) int {
	if mix[k].global {
		return 0
	}
	return f.regionIndex(call.Region)
}

// made is when a resource was made.
func made(r rng) time.Time {
	return origin.Add(time.Duration(r.content.Uint64()%(800*24)) * time.Hour)
}

// pair is a tag.
type pair struct{ key, value string }

// tags are the tags of most resources, in an order of no meaning.
func (f *Fleet) tags(k kind, ordinal int, r rng) []pair {
	n := r.content.Uint64()
	list := []pair{
		{"Name", mix[k].name + "-" + strconv.Itoa(ordinal)},
		{"env", [...]string{"production", "staging", "test"}[n%3]},
		{"team", "team-" + strconv.Itoa(int(n>>8%20))},
	}
	if k == snapshot && f.changed(k, ordinal) {
		list[1].value = "changed"
	}
	return shuffled(r, list...)
}
