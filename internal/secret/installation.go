package secret

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"log/slog"
)

// KeySize is the size of an installation's key and of the keys derived from it, in bytes.
const KeySize = 32

// Installation derives what is the same for as long as an installation lives, from a key of its own that is never
// rotated: rotating it would change the external id that every connected role requires.
type Installation struct {
	key String // KeySize bytes
}

// NewInstallation uses a key of KeySize random bytes.
func NewInstallation(key []byte) (Installation, error) {
	if len(key) != KeySize {
		return Installation{}, fmt.Errorf("installation key: has %d bytes, want %d", len(key), KeySize)
	}
	return Installation{NewString(string(key))}, nil
}

// Key derives a key of KeySize bytes for a purpose, such as "blob url". Keys of different purposes tell nothing
// about each other (HKDF, RFC 5869).
func (i Installation) Key(purpose string) []byte {
	key, err := hkdf.Key(sha256.New, []byte(i.key.Reveal()), nil, "infraudit "+purpose, KeySize)
	if err != nil {
		panic(err) // only for a length that SHA-256 can't give
	}
	return key
}

// ExternalID returns the external id that a team's role in an AWS account has to require: "infraudit-" and 32
// characters (160 bits). Nobody can have the id of another team, so nobody can have us enter another team's account
// (the "confused deputy", AWS IAM User Guide). AWS allows 2 to 1,224 characters of letters, digits and +=,.@:/-.
func (i Installation) ExternalID(teamID, awsAccount string) string {
	mac := hmac.New(sha256.New, i.Key("external id"))
	mac.Write(joinParts("external id", []string{teamID, awsAccount})) // never fails
	return "infraudit-" + externalIDEncoding().EncodeToString(mac.Sum(nil)[:20])
}

func externalIDEncoding() *base32.Encoding {
	return base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
}

// Format prints *** whatever the verb.
func (i Installation) Format(f fmt.State, verb rune) { i.key.Format(f, verb) }

// LogValue logs ***.
func (i Installation) LogValue() slog.Value { return i.key.LogValue() }
