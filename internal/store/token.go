package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/table"
)

// Token says whom an API token lets in. The token itself is never stored, only its SHA-256: it is random and long,
// so that a slow hash would add nothing.
type Token struct {
	TeamID    string    `json:"team_id"`
	UserID    string    `json:"user_id"`
	Role      string    `json:"role"` // "user", "admin" or "support"
	Name      string    `json:"name"` // what its owner calls it
	CreatedAt time.Time `json:"created_at"`
}

func tokenKey(token string) table.Key {
	sum := sha256.Sum256([]byte(token))
	return table.Key{PK: "tok#" + hex.EncodeToString(sum[:]), SK: "tok"}
}

// CreateToken makes token good for what t says. Conflict when the token exists.
func (s *Store) CreateToken(ctx context.Context, token string, t Token) error {
	if t.CreatedAt.IsZero() {
		t.CreatedAt = s.now()
	}
	_, err := s.db.Write(ctx, table.Write{
		Table: tableControl, Kind: table.Put, Key: tokenKey(token),
		Attrs: table.Attrs{attrDoc: encode(t)}, If: table.IfAbsent(),
	})
	return dbFault(err, "token")
}

// LookupToken tells whom a token lets in; Unauthorized when it is no token of ours.
func (s *Store) LookupToken(ctx context.Context, token string) (Token, error) {
	it, err := s.db.Get(ctx, tableControl, tokenKey(token))
	switch {
	case errors.Is(err, table.ErrNotFound):
		return Token{}, fault.New(fault.Unauthorized, "the token is not valid")
	case err != nil:
		return Token{}, dbFault(err, "token")
	}
	var t Token
	return t, decode(it, &t)
}
