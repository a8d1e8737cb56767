package shape

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Attribute paths name places in a configuration:
//
//	path    = name *( "." name / "[" step "]" )
//	name    = a property's name: any characters but . [ ] "
//	step    = index / key / quoted / "*"
//	index   = decimal digits: the element of an ordered list
//	key     = any characters but [ ] ", not all digits: the element of a keyed set, or of a map
//	quoted  = a JSON string: a key that can't be written bare
//	"*"     = every element; in patterns only
//
// Examples: MetadataOptions.HttpTokens, Rules[0].Status, Tags[env], Tags["a]b"], Policies[*].PolicyDocument.

// Bounds of paths: longer ones come from nobody that we know.
const (
	maxPathLen      = 4096
	maxPathSegments = 64
)

// SegmentKind says how a path segment selects.
type SegmentKind uint8

// The kinds of segments.
const (
	NameSegment  SegmentKind = iota // a property of an object
	IndexSegment                    // an element of an ordered list
	KeySegment                      // an element of a keyed set or of a map
	AnySegment                      // every element
)

// Segment is one step of a path.
type Segment struct {
	Kind  SegmentKind
	Name  string // of a NameSegment or KeySegment
	Index int    // of an IndexSegment
}

// Path is a place in a configuration.
type Path []Segment

// Name returns the path of a property below p.
func (p Path) Name(name string) Path { return p.with(Segment{Kind: NameSegment, Name: name}) }

// Index returns the path of a list's element below p.
func (p Path) Index(i int) Path { return p.with(Segment{Kind: IndexSegment, Index: i}) }

// Key returns the path of a keyed set's or a map's element below p.
func (p Path) Key(key string) Path { return p.with(Segment{Kind: KeySegment, Name: key}) }

func (p Path) with(seg Segment) Path { return append(p[:len(p):len(p)], seg) }

// String writes the path; ParsePath reads it back.
func (p Path) String() string {
	if len(p) == 1 && p[0].Kind == NameSegment {
		return p[0].Name
	}
	var b strings.Builder
	for i, seg := range p {
		switch seg.Kind {
		case NameSegment:
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(seg.Name)
		case IndexSegment:
			b.WriteByte('[')
			b.WriteString(strconv.Itoa(seg.Index))
			b.WriteByte(']')
		case KeySegment:
			b.WriteByte('[')
			if bareKey(seg.Name) {
				b.WriteString(seg.Name)
			} else {
				b.Write(appendString(nil, seg.Name))
			}
			b.WriteByte(']')
		case AnySegment:
			b.WriteString("[*]")
		}
	}
	return b.String()
}

func bareKey(key string) bool {
	return key != "" && key != "*" && !strings.ContainsAny(key, "[]\"") && !digits(key) &&
		strings.ToValidUTF8(key, "") == key
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// ParsePath reads a path. It fails on anything that String doesn't write.
func ParsePath(s string) (Path, error) {
	if len(s) > maxPathLen {
		return nil, fmt.Errorf("path of %d bytes: at most %d", len(s), maxPathLen)
	}
	var out Path
	rest := s
	for first := true; rest != ""; first = false {
		if len(out) == maxPathSegments {
			return nil, fmt.Errorf("path %q: more than %d segments", s, maxPathSegments)
		}
		var seg Segment
		var err error
		switch {
		case rest[0] == '[' && !first:
			seg, rest, err = parseStep(rest[1:])
		case rest[0] == '.' && !first:
			seg, rest, err = parseName(rest[1:])
		case first:
			seg, rest, err = parseName(rest)
		default:
			err = fmt.Errorf("unexpected %q", rest[0])
		}
		if err != nil {
			return nil, fmt.Errorf("path %q: %w", s, err)
		}
		out = append(out, seg)
	}
	if len(out) == 0 {
		return nil, errors.New("path is empty")
	}
	return out, nil
}

func parseName(s string) (Segment, string, error) {
	end := strings.IndexAny(s, ".[]\"")
	if end < 0 {
		end = len(s)
	}
	if end == 0 {
		return Segment{}, "", errors.New("a name is missing")
	}
	return Segment{Kind: NameSegment, Name: s[:end]}, s[end:], nil
}

func parseStep(s string) (Segment, string, error) {
	if strings.HasPrefix(s, `"`) {
		return parseQuoted(s)
	}
	text, rest, ok := strings.Cut(s, "]")
	if !ok {
		return Segment{}, "", errors.New("a ] is missing")
	}
	switch {
	case text == "*":
		return Segment{Kind: AnySegment}, rest, nil
	case digits(text):
		n, err := strconv.Atoi(text)
		if err != nil || len(text) > 1 && text[0] == '0' {
			return Segment{}, "", fmt.Errorf("%q is no index", text)
		}
		return Segment{Kind: IndexSegment, Index: n}, rest, nil
	case bareKey(text):
		return Segment{Kind: KeySegment, Name: text}, rest, nil
	}
	return Segment{}, "", fmt.Errorf("%q is no key", text)
}

func parseQuoted(s string) (Segment, string, error) {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			key, err := unquote(s[:i+1])
			if err != nil {
				return Segment{}, "", err
			}
			rest, ok := strings.CutPrefix(s[i+1:], "]")
			if !ok {
				return Segment{}, "", errors.New("a ] is missing")
			}
			return Segment{Kind: KeySegment, Name: key}, rest, nil
		}
	}
	return Segment{}, "", errors.New(`a " is missing`)
}

// Covers tells whether the attribute at path is unread when unreadPath is: it is the same place or below it. A path
// above an unread one is not covered: what else it holds is comparable (see Prune).
func Covers(unreadPath, path string) bool {
	if strings.ContainsAny(unreadPath, "*\"") || strings.Contains(path, `"`) {
		return coversParsed(unreadPath, path)
	}
	rest, ok := strings.CutPrefix(path, unreadPath)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

func coversParsed(unreadPath, path string) bool {
	unread, err := ParsePath(unreadPath)
	if err != nil {
		return unreadPath == path
	}
	at, err := ParsePath(path)
	if err != nil || len(at) < len(unread) {
		return false
	}
	for i, seg := range unread {
		if seg.Kind == AnySegment && at[i].Kind != NameSegment {
			continue
		}
		if seg != at[i] {
			return false
		}
	}
	return true
}
