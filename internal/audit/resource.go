package audit

import "time"

// ResourceStatus tells whether a resource runs, rests or is gone.
type ResourceStatus string

// The resource statuses.
const (
	ResourceActive  ResourceStatus = "active"
	ResourceStopped ResourceStatus = "stopped"
	ResourceDeleted ResourceStatus = "deleted"
)

// Resource is one thing in an account, without its configuration (see Configuration).
type Resource struct {
	ID         string            `json:"resource_id"`
	TeamID     string            `json:"-"`
	ProviderID string            `json:"provider_id"`
	Service    string            `json:"service"`
	ExternalID string            `json:"external_id"`
	Type       string            `json:"resource_type"`
	Region     string            `json:"region"`
	Name       string            `json:"name"`
	Status     ResourceStatus    `json:"status"`
	Tags       map[string]string `json:"tags"`
	// Unread names the attributes that could not be read: path -> refused action.
	Unread map[string]Unread `json:"unread,omitempty"`
	// ConfigHash stands for the canonical configuration and what of it was unread.
	ConfigHash string `json:"config_hash"`
	// BaselineID is the newest baseline, the comparison target; BaselineHash its configuration's hash.
	BaselineID   string `json:"baseline_id"`
	BaselineHash string `json:"-"`
	// Judged names the comparison last judged (see store); it is empty until the first.
	Judged      string     `json:"-"`
	FirstSeenAt time.Time  `json:"first_seen_at"`
	ChangedAt   time.Time  `json:"changed_at"`
	LastSeenAt  time.Time  `json:"last_seen_at"`
	DeletedAt   *time.Time `json:"deleted_at,omitempty"`
}

// Slice returns the partition that the resource is in.
func (r *Resource) Slice() Slice {
	return Slice{ProviderID: r.ProviderID, Region: r.Region, Service: r.Service}
}

// Configuration is what one would write to declare a resource, in canonical form, and what of it could not be read.
type Configuration struct {
	Hash   string            `json:"hash"`
	Config map[string]any    `json:"config"`
	Unread map[string]Unread `json:"unread,omitempty"`
}

// Observation is a resource as a collector read it, before it is compared with what is stored.
type Observation struct {
	Type       string
	ExternalID string
	Name       string
	Status     ResourceStatus
	Tags       map[string]string
	Config     map[string]any // canonical, in the declared shape of Type
	// Facts are what nobody declares: states, ages, counters. Never hashed, never drift.
	Facts  map[string]any
	Unread map[string]Unread // attribute path -> why it is missing from Config
}
