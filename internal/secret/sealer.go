package secret

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/tink"
)

// ErrOpen means that a sealed value can't be opened: it was altered, sealed under a key that is gone, or sealed
// with other associated data.
var ErrOpen = errors.New("secret: sealed value can't be opened")

// Sealer encrypts what has to be stored. Associated data isn't stored with the sealed value, but has to be the same
// when it is opened: it binds a value to its place, so that a sealed value moved elsewhere doesn't open there.
type Sealer interface {
	Seal(ctx context.Context, plaintext []byte, associated ...string) ([]byte, error)
	// Open returns what was sealed. ErrOpen when it can't be opened, whatever the reason; another error when the keys could
	// not be read, and trying later may help.
	Open(ctx context.Context, sealed []byte, associated ...string) ([]byte, error)
}

// aeadSealer seals by a Tink AEAD, which names the key in each sealed value and so opens those of rotated keys.
type aeadSealer struct {
	aead tink.AEAD
}

func (s aeadSealer) Seal(ctx context.Context, plaintext []byte, associated ...string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	sealed, err := s.aead.Encrypt(plaintext, joinParts("seal", associated))
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return sealed, nil
}

func (s aeadSealer) Open(ctx context.Context, sealed []byte, associated ...string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	plaintext, err := s.aead.Decrypt(sealed, joinParts("seal", associated))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOpen, err)
	}
	return plaintext, nil
}

// joinParts encodes a purpose and parts, each after its length, so that ("ab", "c") and ("a", "bc") differ.
func joinParts(purpose string, parts []string) []byte {
	out := appendPart(nil, "infraudit "+purpose)
	for _, part := range parts {
		out = appendPart(out, part)
	}
	return out
}

func appendPart(out []byte, part string) []byte {
	out = binary.AppendUvarint(out, uint64(len(part)))
	return append(out, part...)
}
