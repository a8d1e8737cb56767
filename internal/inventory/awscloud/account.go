package awscloud

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
)

// Account is an AWS account. It implements inventory.Account. It is opened for one piece of work: what it was told
// once it remembers, so that no call is made twice in a sync.
type Account struct {
	id         string
	partition  string
	access     *awsaccess.Access
	collectors []*collector
	services   []string          // those to read; none means all
	standsOn   map[string]string // resource type -> the action of its listing

	mu       sync.Mutex
	sessions map[string]*session // by region
}

var _ inventory.Account = (*Account)(nil)

// Open opens an account. It calls AWS only where the account is not known for certain: without awsaccess.Options.Account, and
// for the SDK's default chain, whose credentials may be another account's than when it was connected. The errors are
// *fault.Error: Expired when AWS doesn't know the credentials or they are another account's, Invalid for
// malformed options.
func Open(ctx context.Context, o awsaccess.Options) (*Account, error) {
	access, err := awsaccess.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	made := make(chan []*collector, 1)
	go func() { made <- collectors() }() // it takes as long as a call
	a := &Account{
		id: o.Account, partition: awsaccess.PartitionOf(access.Config.Region), access: access,
		services: o.Services, standsOn: map[string]string{}, sessions: map[string]*session{},
	}
	if a.id == "" || o.Credentials.Method == audit.AuthDefault {
		who, err := access.Identity(ctx, o.Account)
		if err != nil {
			return nil, err
		}
		a.id, a.partition = who.Account, who.Partition
	}
	a.collectors = <-made
	if extra := shapes.Besides(o.ResourceTypes); len(extra) > 0 {
		a.collectors = append(a.collectors, cloudControlCollector(extra))
	}
	for _, c := range a.collectors {
		for _, l := range c.listings {
			for _, typ := range l.types {
				a.standsOn[typ] = l.actions[0]
			}
		}
	}
	return a, nil
}

// session returns the session of a region, audit.RegionGlobal included.
func (a *Account) session(region string) *session {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.sessions[region]
	if s == nil {
		s = newSession(a, region)
		a.sessions[region] = s
	}
	return s
}

// Services returns the services that are read in a region, sorted by name.
func (a *Account) Services(region string) []inventory.Service {
	at := regional
	if region == audit.RegionGlobal {
		at = global
	}
	var out []inventory.Service
	for _, c := range a.collectors {
		if len(a.services) > 0 && !slices.Contains(a.services, c.service) {
			continue
		}
		svc := inventory.Service{Name: c.service}
		for i := range c.listings {
			if c.listings[i].where == at {
				svc.Listings = append(svc.Listings, a.bind(region, &c.listings[i]))
			}
		}
		if len(svc.Listings) > 0 {
			out = append(out, svc)
		}
	}
	slices.SortFunc(out, func(x, y inventory.Service) int { return cmp.Compare(x.Name, y.Name) })
	return out
}

// bind ties a listing to a region.
func (a *Account) bind(region string, l *listing) inventory.Listing {
	return inventory.Listing{
		Types: slices.Clone(l.types), Action: l.actions[0],
		Collect: func(ctx context.Context, out inventory.Emitter) error {
			err := l.collect(ctx, a.session(region), out)
			if err == nil {
				return nil
			}
			f := *awsaccess.Classify(err)
			if f.Action == "" {
				f.Action = l.actions[0]
			}
			return &f
		},
	}
}

// Calls returns how many API requests were sent so far, retries included.
func (a *Account) Calls() int { return a.access.Calls() }

// ID returns the account's id, 12 digits.
func (a *Account) ID() string { return a.id }
