package bench_test

import (
	"context"
	"strings"
	"sync/atomic"

	"github.com/infraudit/infraudit/internal/table"
)

// counting counts, beside what table.Usage does, which items are read and written: configurations and resources.
type counting struct {
	table.DB
	configs   atomic.Int64 // configurations read
	resources atomic.Int64 // resource items written
}

// isConfig tells configurations by their sort key: external key, "#c#", hash (docs/keys.md).
func isConfig(name string, k table.Key) bool {
	return name == "inventory" && strings.Contains(k.SK, "#c#")
}

// isResource tells resources by theirs: the external key alone.
func isResource(w *table.Write) bool {
	return w.Table == "inventory" && w.Kind != table.Check && !strings.Contains(w.Key.SK, "#")
}

func (c *counting) Get(ctx context.Context, name string, key table.Key) (table.Item, error) {
	if isConfig(name, key) {
		c.configs.Add(1)
	}
	return c.DB.Get(ctx, name, key)
}

func (c *counting) BatchGet(ctx context.Context, name string, keys []table.Key) ([]table.Item, error) {
	for _, k := range keys {
		if isConfig(name, k) {
			c.configs.Add(1)
		}
	}
	return c.DB.BatchGet(ctx, name, keys)
}

func (c *counting) Write(ctx context.Context, w table.Write) (table.Item, error) {
	c.count(w)
	return c.DB.Write(ctx, w)
}

func (c *counting) Apply(ctx context.Context, writes []table.Write) ([]int, error) {
	c.count(writes...)
	return c.DB.Apply(ctx, writes)
}

func (c *counting) Transact(ctx context.Context, writes []table.Write) error {
	c.count(writes...)
	return c.DB.Transact(ctx, writes)
}

func (c *counting) count(writes ...table.Write) {
	for i := range writes {
		if isResource(&writes[i]) {
			c.resources.Add(1)
		}
	}
}
