// Package inventory collects resources and keeps what is stored in step with them: a sync streams the cloud's
// listings past a slice of the inventory and writes only what is new, changed or gone.
//
// The provider packages (awscloud, and others later) implement Account; nothing else in the product knows a cloud.
package inventory

import (
	"context"
	"iter"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
)

// Account is a connected cloud account, opened with its credentials. It is safe for concurrent use. Clients are
// made lazily: what isn't asked for costs nothing.
type Account interface {
	// Regions returns the regions to read, audit.RegionGlobal included, sorted. When the account refuses to tell,
	// it returns those that every account has enabled, along with the *fault.Error that names the action refused.
	Regions(ctx context.Context) ([]string, error)
	// Services returns the services to read in a region, sorted by name; each is a slice of the inventory.
	Services(region string) []Service
	// Changes yields the write events of a region between two times, newest first, from the cloud's audit log.
	// It is limited by the provider package to the rate that the log allows. An error ends it.
	Changes(ctx context.Context, region string, from, to time.Time) iter.Seq2[Change, error]
	// ChangesOf is Changes for the events that name one resource.
	ChangesOf(ctx context.Context, region, resourceName string, from, to time.Time) iter.Seq2[Change, error]
	// Calls returns how many API requests were sent so far, retries included.
	Calls() int
}

// Service is a service of one region: the listings that read it, which may run concurrently.
type Service struct {
	Name     string
	Listings []Listing
}

// Listing reads one or a few resource types, whole or not at all: what it could not read whole is never taken for
// deleted.
type Listing struct {
	Types []string
	// Action is the API action that the listing stands on, as IAM names it: "ec2:DescribeInstances".
	Action string
	// Collect emits every resource there is. It returns nil only when all of it was read; otherwise a *fault.Error
	// whose kind says how it failed and whose Action names the call that was refused.
	Collect func(ctx context.Context, out Emitter) error
}

// Emitter takes what a listing reads. It is safe for concurrent use.
type Emitter interface {
	// Emit hands over a resource; it may block while earlier ones are written, and fails when the sync must stop.
	Emit(ctx context.Context, o *audit.Observation) error
	// Done tells that an earlier part of this task has handled the resource already, so that the calls for its
	// details can be spared. A listing need not ask.
	Done(resourceType, externalID string) bool
}

// Change is an event of a cloud's audit log that changed something.
type Change struct {
	EventID string
	At      time.Time
	Call    string // "ec2:AuthorizeSecurityGroupIngress"
	Actor   audit.Actor
	// Resources are the names, ids and ARNs that the event says it touched, from its resource list and from its
	// request's parameters.
	Resources []string
	// Paths are the attribute paths that such a call changes, by resource type, as far as the collector declares
	// them: it tells calls on one resource apart.
	Paths map[string][]string
}
