// Package secret keeps secrets: a string that never prints, sealing of what has to be stored, and the keys that an
// installation derives from its own.
package secret

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// mask is what a secret prints as, set or not.
const mask = "***"

// String is a secret: an access key, a token, a password. It prints as *** with every verb of fmt, in slog, JSON,
// YAML and any other encoding that uses text, and reads from them as a plain string. The zero value is empty.
//
// It holds a pointer, not a string, because fmt prints unexported fields by reflection, without calling methods.
type String struct {
	value *string
}

// NewString makes a secret.
func NewString(value string) String { return String{&value} }

// Reveal returns the secret itself, for the one call that needs it.
func (s String) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero tells whether the secret is empty, so that omitzero leaves it out.
func (s String) IsZero() bool { return s.Reveal() == "" }

// Equal compares secrets in a time that depends on their lengths alone.
func (s String) Equal(other String) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// String returns ***.
func (s String) String() string { return mask }

// Format prints *** whatever the verb.
func (s String) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, mask) }

// LogValue logs ***.
func (s String) LogValue() slog.Value { return slog.StringValue(mask) }

// MarshalText encodes ***. Code that must send a secret on copies Reveal into a type of its own.
func (s String) MarshalText() ([]byte, error) { return []byte(mask), nil }

// UnmarshalText reads a secret as it is.
func (s *String) UnmarshalText(text []byte) error {
	*s = NewString(string(text))
	return nil
}
