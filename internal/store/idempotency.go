package store

import (
	"context"
	"errors"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/table"
)

// Times and limits of idempotency keys.
const (
	IdempotencyTTL      = 24 * time.Hour
	IdempotencyTakeover = time.Minute // after which a request that never ended may be made again
	MaxIdempotentBody   = 256 << 10
)

// Answer is a response to a request that carried an idempotency key.
type Answer struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    []byte            `json:"-"`
}

// Request is a request that carries an idempotency key. Fingerprint stands for all that two requests of one key must
// have in common: method, path and body.
type Request struct {
	TeamID, UserID, Key, Fingerprint string
}

// Attributes of an idempotency record.
const (
	attrFingerprint = "fp"
	attrBegun       = "at" // stamp; tells one attempt from the next
)

const (
	requestInProgress = "in_progress"
	requestDone       = "done"
)

// Attempt is a request being answered. End it with Complete or Abandon.
type Attempt struct {
	s     *Store
	key   table.Key
	begun string
}

// BeginRequest says what to do about a request: answer it (an Attempt), or replay what was answered before (an Answer).
// Invalid, code idempotency_key_reused, when the key was used for another request; Conflict, code request_in_progress,
// while the first is being answered. A record lives for 24 hours.
//
// Source: draft-ietf-httpapi-idempotency-key-header-07.
func (s *Store) BeginRequest(ctx context.Context, r Request) (*Attempt, *Answer, error) {
	now := s.now()
	a := &Attempt{
		s: s, begun: stamp(now),
		key: table.Key{PK: r.TeamID + "#idem#" + audit.Digest(26, r.UserID, r.Key), SK: "idem"},
	}
	put := table.Write{Table: tableHistory, Kind: table.Put, Key: a.key, If: table.IfAbsent(), Attrs: table.Attrs{
		attrFingerprint: r.Fingerprint, attrStatus: requestInProgress, attrBegun: a.begun,
		table.AttrTTL: now.Add(IdempotencyTTL).Unix(),
	}}
	for try := 1; ; try++ {
		_, err := s.db.Write(ctx, put)
		if err == nil {
			return a, nil, nil
		}
		if !errors.Is(err, table.ErrCondition) || try == tries {
			return nil, nil, dbFault(err, "idempotency key")
		}
		it, err := s.db.Get(ctx, tableHistory, a.key)
		switch {
		case errors.Is(err, table.ErrNotFound): // abandoned, or expired, meanwhile
			put.If = table.IfAbsent()
			continue
		case err != nil:
			return nil, nil, dbFault(err, "idempotency key")
		case it.String(attrFingerprint) != r.Fingerprint:
			return nil, nil, &fault.Error{
				Kind: fault.Invalid, Code: "idempotency_key_reused",
				Message: "this Idempotency-Key was used for another request",
			}
		case it.String(attrStatus) == requestDone:
			ans := Answer{Body: it.Bytes(attrBody)}
			return nil, &ans, decode(it, &ans)
		case it.String(attrBegun) > stamp(now.Add(-IdempotencyTakeover)):
			return nil, nil, &fault.Error{
				Kind: fault.Conflict, Code: "request_in_progress",
				Message: "the first request with this Idempotency-Key is still being answered",
			}
		}
		put.If = table.IfEqual(attrBegun, it.String(attrBegun)).
			And(table.Condition{Attr: attrStatus, Op: table.Eq, Value: requestInProgress})
	}
}

// Complete keeps the answer for later requests. A body over MaxIdempotentBody isn't kept: the key is free again.
// Once another attempt has taken over, it does nothing.
func (a *Attempt) Complete(ctx context.Context, ans Answer) error {
	if len(ans.Body) > MaxIdempotentBody {
		return a.Abandon(ctx)
	}
	attrs := table.Attrs{attrDoc: encode(ans), attrStatus: requestDone}
	if len(ans.Body) > 0 {
		attrs[attrBody] = ans.Body
	}
	return a.end(ctx, table.Write{Kind: table.Update, Attrs: attrs})
}

// Abandon frees the key: the request had no effect, and may be made again.
func (a *Attempt) Abandon(ctx context.Context) error {
	return a.end(ctx, table.Write{Kind: table.Delete})
}

func (a *Attempt) end(ctx context.Context, w table.Write) error {
	w.Table, w.Key = tableHistory, a.key
	w.If = table.IfEqual(attrBegun, a.begun).And(table.Condition{Attr: attrStatus, Op: table.Eq, Value: requestInProgress})
	_, err := a.s.db.Write(ctx, w)
	if errors.Is(err, table.ErrCondition) {
		return nil
	}
	return dbFault(err, "idempotency key")
}
