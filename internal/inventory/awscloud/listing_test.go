package awscloud

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
)

func TestPages(t *testing.T) {
	for name, c := range map[string]struct {
		next  func(page int) *string
		pages int
		code  string
	}{
		"one page":                     {func(int) *string { return nil }, 1, ""},
		"an empty token ends it":       {func(int) *string { return new("") }, 1, ""},
		"three pages":                  {func(p int) *string { return []*string{new("a"), new("b"), nil}[p] }, 3, ""},
		"a token that repeats at once": {func(int) *string { return new("a") }, 2, "RepeatingToken"},
		"tokens that go in a circle":   {func(p int) *string { return new(strconv.Itoa(p % 3)) }, 4, "RepeatingToken"},
		"no end":                       {func(p int) *string { return new(strconv.Itoa(p)) }, 10, "TooManyPages"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &session{limits: awsaccess.Limits{Pages: 10}}
			var tokens []string
			err := s.paged(t.Context(), func(_ context.Context, token *string) (*string, error) {
				if token != nil {
					tokens = append(tokens, *token)
				} else if len(tokens) > 0 {
					t.Error("a later page was asked for without a token")
				} else {
					tokens = append(tokens, "")
				}
				return c.next(len(tokens) - 1), nil
			})
			if len(tokens) != c.pages {
				t.Errorf("%d pages, want %d: %v", len(tokens), c.pages, tokens)
			}
			if f := fault.From(err); c.code != "" && (f == nil || f.Code != c.code || f.Kind != fault.Upstream) || c.code == "" && err != nil {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestForEach(t *testing.T) {
	s := &session{limits: awsaccess.Limits{Parallel: 3}}
	items := make([]int, 50)
	for i := range items {
		items[i] = i
	}
	t.Run("at most so many at a time, all of them once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var now, most atomic.Int32
			var mu sync.Mutex
			var seen []int
			err := forEach(t.Context(), s, items, func(_ context.Context, i int) error {
				for n := now.Add(1); ; {
					if m := most.Load(); n <= m || most.CompareAndSwap(m, n) {
						break
					}
				}
				<-time.After(time.Second) // virtual: all that may run do
				now.Add(-1)
				mu.Lock()
				defer mu.Unlock()
				seen = append(seen, i)
				return nil
			})
			slices.Sort(seen)
			if err != nil || !slices.Equal(seen, items) || most.Load() > 3 {
				t.Errorf("%v, %v, %d at a time", err, seen, most.Load())
			}
		})
	})
	t.Run("what is gone is passed over", func(t *testing.T) {
		var n atomic.Int32
		err := forEach(t.Context(), s, items, func(context.Context, int) error { n.Add(1); return errGone })
		if err != nil || n.Load() != 50 {
			t.Errorf("%v after %d", err, n.Load())
		}
	})
	t.Run("the first error ends it", func(t *testing.T) {
		var n atomic.Int32
		err := forEach(t.Context(), s, items, func(context.Context, int) error { n.Add(1); return errNetwork })
		if !errors.Is(err, errNetwork) || n.Load() > 10 {
			t.Errorf("%v after %d", err, n.Load())
		}
	})
	t.Run("what was cut short isn't whole", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := forEach(ctx, s, items, func(context.Context, int) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
}

func TestMemory(t *testing.T) {
	t.Run("who asks at the same time shares one call", func(t *testing.T) {
		s := &session{memos: map[string]*memory{}}
		var calls atomic.Int32
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				v, err := memo(t.Context(), s, "kms:ListAliases", func(context.Context) (int, error) { calls.Add(1); return 7, nil })
				if v != 7 || err != nil {
					t.Errorf("%d, %v", v, err)
				}
			})
		}
		wg.Wait()
		if calls.Load() != 1 {
			t.Errorf("%d calls", calls.Load())
		}
	})
	t.Run("a refusal is remembered", func(t *testing.T) {
		s := &session{memos: map[string]*memory{}}
		calls := 0
		for range 2 {
			_, err := memo(t.Context(), s, "k", func(context.Context) (int, error) { calls++; return 0, errNetwork })
			if !errors.Is(err, errNetwork) || calls != 1 {
				t.Errorf("%v after %d calls", err, calls)
			}
		}
	})
	t.Run("an answer that was cut short is not", func(t *testing.T) {
		s := &session{memos: map[string]*memory{}}
		ctx, cancel := context.WithCancel(t.Context())
		_, err := memo(ctx, s, "k", func(ctx context.Context) (int, error) { cancel(); return 0, ctx.Err() })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		if v, err := memo(t.Context(), s, "k", func(context.Context) (int, error) { return 7, nil }); v != 7 || err != nil {
			t.Errorf("%d, %v", v, err)
		}
	})
	t.Run("who waits can give up", func(t *testing.T) {
		s := &session{memos: map[string]*memory{}}
		ctx, cancel := context.WithCancel(t.Context())
		_, err := memo(t.Context(), s, "k", func(context.Context) (int, error) {
			cancel()
			return memo(ctx, s, "k", func(context.Context) (int, error) { return 0, nil })
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
}

func TestClientsAreMadeOnce(t *testing.T) {
	a := openPlayed(t, keyOptions(by(nil)))
	var wg sync.WaitGroup
	clients := make([]*kms.Client, 10)
	for i := range clients {
		wg.Go(func() { clients[i] = kmsClient(a.session("eu-west-1")) })
	}
	wg.Wait()
	if slices.ContainsFunc(clients, func(c *kms.Client) bool { return c != clients[0] }) {
		t.Error("several clients")
	}
	if kmsClient(a.session("eu-west-2")) == clients[0] {
		t.Error("regions share a client")
	}
}

func TestClientsAreMadeWhenTheyAreCalled(t *testing.T) {
	p := by(map[string]func(playedCall) playedAnswer{"ListAliases": always(`{}`)})
	a := openPlayed(t, keyOptions(p))
	services, s := a.Services("eu-west-1"), a.session("eu-west-1")
	if len(services) < 2 || len(s.clients) > 0 || len(p.operations()) > 0 {
		t.Fatalf("%d services, %d clients, calls %v", len(services), len(s.clients), p.operations())
	}
	for _, service := range services {
		for _, l := range service.Listings {
			if l.Types[0] != "kms_alias" {
				continue
			}
			if err := l.Collect(t.Context(), &haul{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if s := a.session("eu-west-1"); len(s.clients) != 1 || !slices.Equal(p.operations(), []string{"ListAliases"}) {
		t.Errorf("%d clients, calls %v", len(s.clients), p.operations())
	}
}
