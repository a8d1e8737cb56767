package blob

import (
	"fmt"
	"strings"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
)

// maxKey bounds a key, in bytes: S3 takes 1,024, a file name 255 a part with what fileblob adds.
const (
	maxKey  = 512
	maxPart = 200
)

// CheckKey says whether a key can name an object: a team's id and at least one more part, separated by slashes, each
// of letters, digits, "-", "_" and ".". The grammar is narrow so that a key is a safe file name and needs no escaping in
// any store: no empty part, "." or "..", no absolute path, no control character. The fault is Malformed.
func CheckKey(key string) error {
	parts := strings.Split(key, "/")
	if len(key) > maxKey || len(parts) < 2 {
		return badKey(key)
	}
	return checkParts(key, parts)
}

// checkPrefix is CheckKey for a prefix: a key's beginning up to and with a slash.
func checkPrefix(prefix string) error {
	whole, ok := strings.CutSuffix(prefix, "/")
	if !ok || len(prefix) > maxKey {
		return badKey(prefix)
	}
	return checkParts(prefix, strings.Split(whole, "/"))
}

func checkParts(key string, parts []string) error {
	if !audit.HasPrefix(parts[0], audit.PrefixTeam) {
		return badKey(key)
	}
	for _, part := range parts {
		// fileblob keeps attributes in files of that suffix.
		if part == "" || len(part) > maxPart || part[0] == '.' || strings.HasSuffix(part, ".attrs") {
			return badKey(key)
		}
		for i := range len(part) {
			if !isKeyByte(part[i]) {
				return badKey(key)
			}
		}
	}
	return nil
}

func isKeyByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.'
}

func badKey(key string) error {
	if len(key) > 64 {
		key = key[:64] + "..."
	}
	return fault.New(fault.Malformed, "not an object's key: %q", key)
}

// disposition has a browser save an object, under the last part of its key, rather than show it.
func disposition(key string) string {
	return fmt.Sprintf(`attachment; filename="%s"`, key[strings.LastIndexByte(key, '/')+1:])
}
