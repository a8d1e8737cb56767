package awscloud

import (
	"context"
	"errors"
	"hash/maphash"

	"golang.org/x/sync/errgroup"

	"github.com/infraudit/infraudit/internal/fault"
)

// paged calls fetch for every page of a listing, with the token that the last one returned. fetch handles what it
// got before it returns the next token; nil or "" ends the listing. A token that comes twice, or pages without
// end, is a fault of kind Upstream.
func (s *session) paged(ctx context.Context, fetch func(ctx context.Context, token *string) (next *string, err error)) error {
	seed := maphash.MakeSeed()
	seen := map[uint64]struct{}{} // hashes: tokens may be long
	var token *string
	for range s.limits.Pages {
		next, err := fetch(ctx, token)
		if err != nil {
			return err
		}
		if next == nil || *next == "" {
			return nil
		}
		h := maphash.String(seed, *next)
		if _, again := seen[h]; again {
			return &fault.Error{Kind: fault.Upstream, Code: "RepeatingToken", Message: "the listing repeats a page token"}
		}
		seen[h] = struct{}{}
		token = next
	}
	return &fault.Error{Kind: fault.Upstream, Code: "TooManyPages", Message: "the listing has no end"}
}

// forEach calls do for each item, a bounded number at a time, and stops at the first error. It is for calls about
// single resources; an item whose resource is gone is passed over.
func forEach[T any](ctx context.Context, s *session, items []T, do func(ctx context.Context, item T) error) error {
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(s.limits.Parallel)
	for _, item := range items {
		if inner.Err() != nil {
			break
		}
		g.Go(func() error {
			if err := do(inner, item); !errors.Is(err, errGone) {
				return err
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}
