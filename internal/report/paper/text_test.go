package paper

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
)

func TestTheFontsHaveWhatIsSaid(t *testing.T) {
	for name, ttf := range map[string][]byte{"regular": goregular.TTF, "bold": gobold.TTF, "mono": gomono.TTF} {
		font, err := sfnt.Parse(ttf)
		if err != nil {
			t.Fatal(err)
		}
		for r := rune(0); r <= 0xFFFF; r++ {
			if !unicode.Is(covered, r) {
				continue
			}
			if glyph, err := font.GlyphIndex(nil, r); err != nil || glyph == 0 {
				t.Errorf("the %s font has no %U: %v", name, r, err)
			}
		}
	}
}

func TestPrintable(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"letters of Europe stay":                   {"Größe ŁÓDŹ Ελλάδα Київ", "Größe ŁÓDŹ Ελλάδα Київ"},
		"what the fonts lack is named":             {"bucket-数据", "bucket-[U+6570 U+636E]"},
		"beyond the first plane too":               {"a🙂b", "a[U+1F642]b"},
		"Hebrew would have to be reordered":        {"שלום x", "[U+05E9 U+05DC U+05D5 U+05DD] x"},
		"an override of direction is seen":         {"exe\u202Efdp", "exe[U+202E]fdp"},
		"a character of no width is seen":          {"a\u200Bb\u00ADc", "a[U+200B]b[U+00AD]c"},
		"white space is a space":                   {"a\nb\tc", "a b c"},
		"control characters are seen":              {"a\x00\x1bb", "a[U+0000 U+001B]b"},
		"bytes that are no text are seen as such":  {"a\xffb", "a\uFFFDb"},
		"what stands for page numbers can't occur": {placeholder(0), "[U+F8F8 U+F880]"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Printable(c.in); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// one is the width of every character in these tests.
func one(rune) float64 { return 1 }

func TestWrap(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"what fits stays":                                {"short", []string{"short"}},
		"nothing is an empty line":                       {"", []string{""}},
		"lines end at spaces":                            {"one two three four", []string{"one two", "three four"}},
		"a word of a whole line":                         {"0123456789 a", []string{"0123456789", "a"}},
		"an ARN goes on after a slash":                   {"a:b:c/d-e/0123", []string{"a:b:c/d-e/", "0123"}},
		"a slash is preferred to a hyphen":               {"abcdef/i-0123", []string{"abcdef/", "i-0123"}},
		"a hyphen, where the slash is far":               {"a/bcdef-0123", []string{"a/bcdef-", "0123"}},
		"a word without punctuation is broken somewhere": {"0123456789abc", []string{"0123456789", "abc"}},
		"a long word begins its own line":                {"see 0123456789abc", []string{"see", "0123456789", "abc"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, wrap(c.in, 10, one)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzWrapLosesNothing(f *testing.F) {
	for _, s := range []string{"arn:aws:s3:::a-very-long-name/with/parts and words", "   ", "a  b", "数据", "x\u00a0y"} {
		f.Add(s, 7)
	}
	bare := func(s string) string { return strings.ReplaceAll(s, " ", "") }
	f.Fuzz(func(t *testing.T, s string, width int) {
		if width < 1 || width > 100 {
			return
		}
		text := Printable(s)
		for _, r := range text {
			if !unicode.Is(covered, r) {
				t.Fatalf("%U is printable", r)
			}
		}
		lines := wrap(text, float64(width), one)
		if got := bare(strings.Join(lines, "")); got != bare(text) {
			t.Fatalf("%q of %q", got, text)
		}
		for _, l := range lines {
			if utf8.RuneCountInString(l) > width {
				t.Fatalf("%q is wider than %d", l, width)
			}
		}
	})
}
