// Package task is what the tasks of an execution do: plan finds out a provider's regions, sync reads one of them and
// judges what changed, and the Attributor finds out who changed it. Package job runs them.
package task

import (
	"context"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/compliance"
	"github.com/infraudit/infraudit/internal/drift"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/rule"
	"github.com/infraudit/infraudit/internal/shape"
	"github.com/infraudit/infraudit/internal/store"
)

// Opener opens a connected account with its stored credentials. Conflict when the provider is disconnected.
type Opener interface {
	OpenAccount(ctx context.Context, p audit.Provider) (inventory.Account, error)
}

// Blobs holds the places of unfinished tasks that are too large for an item.
type Blobs interface {
	Put(ctx context.Context, key string, data []byte) error
	Get(ctx context.Context, key string) ([]byte, error)
	Delete(ctx context.Context, key string) error
}

// Tasks are the handlers of an execution's tasks, and what they share.
type Tasks struct {
	Store  *store.Store
	Blobs  Blobs
	Opener Opener
	Shapes *shape.Set
	// Attribute asks for the actors of a region's new drifts; it must not wait.
	Attribute func(ctx context.Context, teamID, providerID, region string)
	// Rules returns a team's rules and frameworks, by which drifts are weighed; nil weighs them by their paths alone.
	Rules func(ctx context.Context, teamID string) (*rule.Set, *compliance.Catalog, error)
	// Services is how many services of a region are read at once; 0 means 3.
	Services int
}

func (t *Tasks) syncer() *inventory.Syncer {
	return &inventory.Syncer{
		Store: t.Store, Now: t.Store.Now,
		Differs: func(resourceType string, before, after audit.Configuration) (bool, error) {
			return drift.Differs(t.Shapes, resourceType, before, after)
		},
		Redact: func(resourceType string, config map[string]any) map[string]any {
			return drift.RedactStored(t.Shapes, resourceType, config)
		},
	}
}

func (t *Tasks) judge(w *weigher) *drift.Judge {
	j := &drift.Judge{Store: t.Store, Shapes: t.Shapes, Now: t.Store.Now}
	if w != nil {
		j.Weigher = w
	}
	return j
}

// JudgeResource judges one resource at once: after its baseline was promoted or removed.
func (t *Tasks) JudgeResource(ctx context.Context, teamID string, key audit.ResourceKey) error {
	_, err := t.judge(t.weigher()).Resource(ctx, teamID, key, nil)
	return err
}

// sinceOf tells when each resource type was read in the sync before.
func sinceOf(before audit.Coverage) drift.Since {
	return func(resourceType string) time.Time { return before.ReadAt(resourceType) }
}
