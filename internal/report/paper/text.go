package paper

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// covered are the characters that all three fonts have, without those that only draw boxes and symbols: the languages of
// Europe in Latin, Greek and Cyrillic letters, and punctuation. TestTheFontsHaveWhatIsSaid holds the fonts to it.
var covered = &unicode.RangeTable{R16: []unicode.Range16{
	{0x0020, 0x007E, 1},
	{0x00A0, 0x00AC, 1}, // 00AD is the soft hyphen, which isn't seen
	{0x00AE, 0x017F, 1},
	{0x0192, 0x0192, 1},
	{0x01FA, 0x01FF, 1},
	{0x0218, 0x021B, 1},
	{0x0384, 0x038A, 1},
	{0x038C, 0x038C, 1},
	{0x038E, 0x03A1, 1},
	{0x03A3, 0x03CE, 1},
	{0x0400, 0x045F, 1},
	{0x0490, 0x0491, 1},
	{0x1E80, 0x1E85, 1},
	{0x1EF2, 0x1EF3, 1},
	{0x2013, 0x2015, 1},
	{0x2017, 0x201E, 1},
	{0x2020, 0x2022, 1},
	{0x2026, 0x2026, 1},
	{0x2030, 0x2030, 1},
	{0x2039, 0x203A, 1},
	{0x20AC, 0x20AC, 1},
	{0x2116, 0x2116, 1},
	{0x2122, 0x2122, 1},
	{0x2190, 0x2195, 1},
	{0x2248, 0x2248, 1},
	{0x2260, 0x2260, 1},
	{0x2264, 0x2265, 1},
	{0xFFFD, 0xFFFD, 1},
}}

// Printable returns text as it can be printed so that nothing of it is lost or unseen: white space becomes a space, and a
// character that the fonts lack becomes its code point, as [U+4E2D]. Letters written from right to left are such, for they
// would have to be reordered; so are control and format characters, which could make one name look like another.
func Printable(s string) string {
	plain := utf8.ValidString(s)
	for _, r := range s {
		if !unicode.Is(covered, r) {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	var b strings.Builder
	inside := false // of brackets
	for _, r := range s {
		shown := unicode.Is(covered, r)
		space := r == '\n' || r == '\t' || r == '\r'
		if inside && (shown || space) {
			b.WriteByte(']')
			inside = false
		}
		switch {
		case shown:
			b.WriteRune(r)
		case space:
			b.WriteByte(' ')
		default:
			if inside {
				b.WriteByte(' ')
			} else {
				b.WriteByte('[')
			}
			inside = true
			fmt.Fprintf(&b, "U+%04X", r)
		}
	}
	if inside {
		b.WriteByte(']')
	}
	return b.String()
}

// A word that is wider than its line, such as an ARN, may go on in the next after these characters. After the first of
// them it does so rather than after the others, unless that would leave half of the line empty.
const (
	breaksBest  = "/:"
	breaksAfter = ",-_.@=&?;|)]}"
)

// wrap breaks printable text into lines of at most a width. A word that is wider is broken after punctuation, or, without
// any, anywhere: no character is ever left out.
func wrap(s string, width float64, of func(rune) float64) []string {
	runes := []rune(s)
	var lines []string
	var space, best, mark breakAt
	start, sum := 0, 0.0 // of the line
	for i, r := range runes {
		w := of(r)
		if sum+w > width && i > start && r != ' ' {
			at := breakAt{i, i, sum}
			switch {
			case space.end > start:
				at = space
			case best.end > start && best.used > width/2:
				at = best
			case mark.end > start:
				at = mark
			case best.end > start:
				at = best
			}
			lines = append(lines, strings.TrimRight(string(runes[start:at.end]), " "))
			start, sum = at.next, sum-at.used
			space.used, best.used, mark.used = space.used-at.used, best.used-at.used, mark.used-at.used
		}
		sum += w
		switch {
		case r == ' ':
			space = breakAt{i, i + 1, sum}
		case strings.ContainsRune(breaksBest, r):
			best = breakAt{i + 1, i + 1, sum}
		case strings.ContainsRune(breaksAfter, r):
			mark = breakAt{i + 1, i + 1, sum}
		}
	}
	if start < len(runes) || len(lines) == 0 {
		lines = append(lines, strings.TrimRight(string(runes[min(start, len(runes)):]), " "))
	}
	return lines
}

// breakAt is a place where a line may end: before end, to go on at next. Used is the width up to next.
type breakAt struct {
	end, next int
	used      float64
}
