package queue_test

import (
	"bytes"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/infraudit/infraudit/internal/queue"
)

func TestBodiesThatAreTextTravelAsTheyAre(t *testing.T) {
	for name, test := range map[string]struct{ body, want string }{
		"JSON":                          {`{"v":1}`, `{"v":1}`},
		"white space":                   {" \t\r\n", " \t\r\n"},
		"beyond ASCII":                  {"é \U0001F600 \uFFFD", "é \U0001F600 \uFFFD"},
		"a control character":           {"a\x00b", "base64:YQBi"},
		"bytes that aren't UTF-8":       {"\xff\xfe", "base64://4="},
		"a character that XML excludes": {"\uFFFE", "base64:77++"},
		"text that looks encoded":       {"base64:x", "base64:YmFzZTY0Ong="},
	} {
		if got := queue.EncodeText([]byte(test.body)); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestTextThatNobodyEncodedIsLeftAlone(t *testing.T) {
	for _, text := range []string{"", "plain", "base64:", "base64:!!", "base64:YQ"} {
		if got := string(queue.DecodeText(text)); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{"", "a", "base64:", "base64:YQ==", "\x00", "\xff", "\uFFFF", "\r\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		text := queue.EncodeText(body)
		if got := queue.DecodeText(text); !bytes.Equal(got, body) {
			t.Errorf("%q became %q", body, got)
		}
		// encoding/xml knows the same characters: it replaces those that it must not write.
		var escaped strings.Builder
		if err := xml.EscapeText(&escaped, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(text, "\uFFFD"); strings.Count(escaped.String(), "\uFFFD") != n {
			t.Errorf("%q holds what XML excludes", text)
		}
	})
}
