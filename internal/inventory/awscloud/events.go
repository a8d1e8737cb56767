package awscloud

import (
	"context"
	"iter"
	"time"

	"github.com/infraudit/infraudit/internal/inventory"
)

// Changes yields the write events of a region.
func (a *Account) Changes(context.Context, string, time.Time, time.Time) iter.Seq2[inventory.Change, error] {
	return func(func(inventory.Change, error) bool) {}
}

// ChangesOf is Changes for one resource.
func (a *Account) ChangesOf(context.Context, string, string, time.Time, time.Time) iter.Seq2[inventory.Change, error] {
	return func(func(inventory.Change, error) bool) {}
}
