package cli

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"

	"github.com/spf13/cobra"
)

// addListFlags lets a list be cut.
func (a *app) addListFlags(cmd *cobra.Command) {
	cmd.Flags().IntVar(&a.limit, "limit", 50, "how many to show at most")
	cmd.Flags().BoolVar(&a.all, "all", false, "show all of them")
	cmd.MarkFlagsMutuallyExclusive("limit", "all")
}

// filters are the flags of a list that are sent as they are.
type filters map[string]*string

// flag adds a flag that is the query parameter of that name.
func (f filters) flag(cmd *cobra.Command, name, parameter, usage string) {
	v := new(string)
	f[parameter] = v
	cmd.Flags().StringVar(v, name, "", usage)
}

func (f filters) query() url.Values {
	q := url.Values{}
	for name, v := range f {
		if *v != "" {
			q.Set(name, *v)
		}
	}
	return q
}

// fetch reads as much of a list as was asked for, and says on stderr when there is more.
func (a *app) fetch(ctx context.Context, c *client, path string, q url.Values) ([]json.RawMessage, error) {
	limit := a.limit
	if a.all {
		limit = 0
	} else if limit < 1 {
		return nil, errors.New("--limit: must be at least 1")
	}
	items, more, err := c.list(ctx, path, q, limit)
	if more {
		a.note("there are more than these %d; use --limit or --all", len(items))
	}
	return items, err
}

// showList reads a list and shows it.
func showList[T any](ctx context.Context, a *app, path string, q url.Values, columns []column[T]) error {
	c, s, err := a.client()
	if err != nil {
		return err
	}
	items, err := a.fetch(ctx, c, path, q)
	if err != nil {
		return err
	}
	return printList(a, s.output, items, columns)
}

// showOne sends a request and shows the one thing that it answers.
func showOne[T any](ctx context.Context, a *app, method, path string, q url.Values, body any, columns []column[T]) error {
	c, s, err := a.client()
	if err != nil {
		return err
	}
	item, err := c.do(ctx, method, path, q, body)
	if err != nil {
		return err
	}
	return printOne(a, s.output, item, columns)
}

// send sends a request that answers nothing, and says what it did.
func (a *app) send(ctx context.Context, method, path, done string) error {
	c, _, err := a.client()
	if err != nil {
		return err
	}
	if _, err = c.do(ctx, method, path, nil, nil); err == nil {
		a.note("%s", done)
	}
	return err
}
