package queue

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// textMark begins a body that EncodeText had to encode.
const textMark = "base64:"

// EncodeText makes a body into text for a queue that carries nothing else. Text stays as it is. What isn't, or what could
// be taken for encoded, becomes base64, a third longer.
//
// Text is what SQS lets through, the characters of XML 1.0 (Amazon SQS API Reference, SendMessage): #x9, #xA, #xD,
// #x20 to #xD7FF, #xE000 to #xFFFD and #x10000 to #x10FFFF, in UTF-8.
func EncodeText(body []byte) string {
	if text := string(body); isText(text) && !strings.HasPrefix(text, textMark) {
		return text
	}
	return textMark + base64.StdEncoding.EncodeToString(body)
}

// DecodeText returns the body of which EncodeText made text. Text that it can't have made is returned as it is: it is
// for the receiver to say that it can't be understood.
func DecodeText(text string) []byte {
	if encoded, ok := strings.CutPrefix(text, textMark); ok {
		if body, err := base64.StdEncoding.DecodeString(encoded); err == nil && len(body) > 0 {
			return body
		}
	}
	return []byte(text)
}

func isText(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		switch {
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r == 0xFFFE, r == 0xFFFF:
			return false
		}
	}
	return true
}
