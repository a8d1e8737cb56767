package rule

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// catches tells whether a filter pattern of CloudWatch Logs matches an event of CloudTrail. A pattern in braces is a condition
// on the event's fields; another is terms that the event's text has. A pattern that is neither, or malformed, matches
// nothing.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
func catches(pattern string, event map[string]any) bool {
	pattern = strings.TrimSpace(pattern)
	switch {
	case pattern == "":
		return true
	case strings.HasPrefix(pattern, "["): // of logs whose fields are divided by spaces
		return false
	case strings.HasPrefix(pattern, "{"):
		p := &logPattern{text: pattern, event: event}
		matched, err := p.whole()
		return err == nil && matched
	}
	text, err := json.Marshal(event)
	return err == nil && termsMatch(pattern, string(text))
}

var term = regexp.MustCompile(`([?-]?)("(?:[^"\\]|\\.)*"|\S+)`)

// termsMatch holds a pattern of terms against a text: each must be in it, one that begins with "-" must not, and of those that
// begin with "?" one must.
func termsMatch(pattern, text string) bool {
	optional, found := false, false
	for _, m := range term.FindAllStringSubmatch(pattern, -1) {
		word := m[2]
		if unquoted, err := strconv.Unquote(word); err == nil {
			word = unquoted
		}
		there := strings.Contains(text, word)
		switch m[1] {
		case "?":
			optional, found = true, found || there
		case "-":
			if there {
				return false
			}
		default:
			if !there {
				return false
			}
		}
	}
	return !optional || found
}

// logPattern is a condition while it is read and judged at once: CloudWatch's grammar has no more than that "&&" binds closer
// than "||", and parentheses.
type logPattern struct {
	text  string
	at    int
	depth int
	event map[string]any
}

// maxPattern is how deep parentheses may be.
const maxPattern = 100

var errPattern = errors.New("the filter pattern is malformed")

func (p *logPattern) whole() (bool, error) {
	if !p.take("{") {
		return false, errPattern
	}
	v, err := p.any()
	if err != nil {
		return false, err
	}
	if !p.take("}") || strings.TrimSpace(p.text[p.at:]) != "" {
		return false, errPattern
	}
	return v, nil
}

func (p *logPattern) any() (bool, error) {
	v, err := p.all()
	for err == nil && p.take("||") {
		var next bool
		next, err = p.all()
		v = v || next
	}
	return v, err
}

func (p *logPattern) all() (bool, error) {
	v, err := p.one()
	for err == nil && p.take("&&") {
		var next bool
		next, err = p.one()
		v = v && next
	}
	return v, err
}

func (p *logPattern) one() (bool, error) {
	if p.take("(") {
		if p.depth++; p.depth > maxPattern {
			return false, errPattern
		}
		v, err := p.any()
		p.depth--
		if err == nil && !p.take(")") {
			err = errPattern
		}
		return v, err
	}
	values, err := p.selected()
	if err != nil {
		return false, err
	}
	if w := strings.ToUpper(p.peek()); w == "NOT" || w == "IS" || w == "EXISTS" {
		return p.state(values)
	}
	for _, op := range []string{">=", "<=", "!=", "=", ">", "<"} {
		if p.take(op) {
			return p.compare(op, values)
		}
	}
	return false, errPattern
}

// state judges "EXISTS", "NOT EXISTS" and "IS TRUE", "IS FALSE", "IS NULL".
func (p *logPattern) state(values []any) (bool, error) {
	switch strings.ToUpper(p.word()) {
	case "EXISTS":
		return len(values) > 0, nil
	case "NOT":
		if strings.ToUpper(p.word()) != "EXISTS" {
			return false, errPattern
		}
		return len(values) == 0, nil
	}
	var want any
	switch strings.ToUpper(p.word()) {
	case "TRUE":
		want = true
	case "FALSE":
		want = false
	case "NULL":
	default:
		return false, errPattern
	}
	return slices.Contains(values, want), nil
}

var selectorPart = regexp.MustCompile(`^(?:\.?\[\s*(?:(\d+|\*)|"([^"]*)"|'([^']*)')\s*\]|\.([\w:@/-]+))`)

// selected reads a selector, as $.userIdentity.type or $.resources[0].ARN, and returns what it finds.
func (p *logPattern) selected() ([]any, error) {
	if !p.take("$") {
		return nil, errPattern
	}
	found := []any{any(p.event)}
	parts := 0
	for ; ; parts++ {
		m := selectorPart.FindStringSubmatch(p.text[p.at:])
		if m == nil {
			break
		}
		p.at += len(m[0])
		var next []any
		for _, v := range found {
			switch v := v.(type) {
			case map[string]any:
				if e, there := v[m[2]+m[3]+m[4]]; there && m[1] == "" {
					next = append(next, e)
				}
			case []any:
				if m[1] == "*" {
					next = append(next, v...)
				} else if i, err := strconv.Atoi(m[1]); err == nil && i < len(v) {
					next = append(next, v[i])
				}
			}
		}
		found = next
	}
	if parts == 0 {
		return nil, errPattern
	}
	return found, nil
}

// compare judges a comparison. Of a field that isn't there none is true.
func (p *logPattern) compare(op string, values []any) (bool, error) {
	text, matches, err := p.value()
	if err != nil {
		return false, err
	}
	number, noNumber := strconv.ParseFloat(text, 64)
	for _, v := range values {
		var matched bool
		switch op {
		case "=", "!=":
			shown := fmt.Sprint(v)
			if v == nil {
				shown = "null"
			}
			matched = matches(shown) == (op == "=")
		default:
			n, err := strconv.ParseFloat(fmt.Sprint(v), 64)
			if err != nil || noNumber != nil {
				continue
			}
			matched = op == ">" && n > number || op == "<" && n < number || op == ">=" && n >= number || op == "<=" && n <= number
		}
		if matched {
			return true, nil
		}
	}
	return false, nil
}

// value reads what a field is compared with: a word or a text in quotes, in which "*" is anything, or a regular expression
// between "%".
func (p *logPattern) value() (text string, matches func(string) bool, err error) {
	p.blank()
	rest := p.text[p.at:]
	quote, quoted := firstOf(rest, `"%`)
	if !quoted {
		text = p.word()
		if text == "" {
			return "", nil, errPattern
		}
	} else {
		end := strings.IndexByte(rest[1:], quote)
		if end < 0 {
			return "", nil, errPattern
		}
		text = rest[1 : end+1]
		p.at += end + 2
	}
	if quote == '%' {
		re, err := regexp.Compile(text)
		if err != nil {
			return "", nil, err
		}
		return text, re.MatchString, nil
	}
	if !utf8.ValidString(text) {
		return "", nil, errPattern
	}
	return text, func(shown string) bool { return wildcard(text, shown) }, nil
}

func firstOf(text, bytes string) (byte, bool) {
	if text == "" || strings.IndexByte(bytes, text[0]) < 0 {
		return 0, false
	}
	return text[0], true
}

// wildcard tells whether a pattern in which "*" is anything matches the whole of a text.
func wildcard(pattern, text string) bool {
	first, rest, more := strings.Cut(pattern, "*")
	text, found := strings.CutPrefix(text, first)
	if !found || !more {
		return found && text == ""
	}
	parts := strings.Split(rest, "*")
	last := len(parts) - 1
	for _, part := range parts[:last] { // the first place that fits leaves most for what follows
		if _, text, found = strings.Cut(text, part); !found {
			return false
		}
	}
	return strings.HasSuffix(text, parts[last])
}

func (p *logPattern) blank() {
	p.at = len(p.text) - len(strings.TrimLeftFunc(p.text[p.at:], unicode.IsSpace))
}

func (p *logPattern) take(token string) bool {
	p.blank()
	if !strings.HasPrefix(p.text[p.at:], token) {
		return false
	}
	p.at += len(token)
	return true
}

func (p *logPattern) peek() string {
	at := p.at
	defer func() { p.at = at }()
	return p.word()
}

// word reads what has no blanks and no sign of the grammar.
func (p *logPattern) word() string {
	p.blank()
	rest := p.text[p.at:]
	end := strings.IndexFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`(){}&|=!<>"`, r) })
	if end < 0 {
		end = len(rest)
	}
	p.at += end
	return rest[:end]
}
