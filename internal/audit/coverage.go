package audit

import "time"

// ReadStatus tells how one listing went.
type ReadStatus string

// The read statuses. Anything but ok or unsupported is a hole: what it covers is unknown, not absent.
const (
	ReadOK          ReadStatus = "ok"
	ReadDenied      ReadStatus = "denied"
	ReadThrottled   ReadStatus = "throttled"
	ReadFailed      ReadStatus = "failed"
	ReadUnsupported ReadStatus = "unsupported"
)

// TypeCoverage is what the last sync could read of one resource type in one slice.
type TypeCoverage struct {
	ResourceType string     `json:"resource_type"`
	Status       ReadStatus `json:"status"`
	// Count is how many resources were read; nil when the listing was not read whole: unknown, never zero.
	Count *int `json:"count"`
	// ReadAt is when the type was last read whole; resources that did not change since were last seen then.
	ReadAt *time.Time `json:"read_at,omitempty"`
	// Action is the API action that was refused or failed, as "service:Operation"; Code and Reason say how.
	Action string `json:"action,omitempty"`
	Code   string `json:"code,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Unread counts, per refused action, the resources that lack attributes because of it.
	Unread map[string]int `json:"unread,omitempty"`
}

// Coverage is what the last sync of a slice could and could not read.
type Coverage struct {
	Slice
	// SyncedAt is when the slice was last read, wholly or in part.
	SyncedAt time.Time      `json:"synced_at"`
	Types    []TypeCoverage `json:"types"`
}

// Complete tells whether everything that exists was read: each type ok or unsupported, nothing unread.
func (c *Coverage) Complete() bool {
	for _, t := range c.Types {
		if t.Status != ReadOK && t.Status != ReadUnsupported || len(t.Unread) > 0 {
			return false
		}
	}
	return true
}

// Unread says why an attribute could not be read.
type Unread struct {
	Action string `json:"action"` // the API action that was refused, as "service:Operation"
	Code   string `json:"code"`   // the provider's error code
	Reason string `json:"reason,omitempty"`
}

// ReadAt returns when a resource type of the slice was last read whole; the zero time if it never was.
func (c *Coverage) ReadAt(resourceType string) time.Time {
	for _, t := range c.Types {
		if t.ResourceType == resourceType && t.ReadAt != nil {
			return *t.ReadAt
		}
	}
	return time.Time{}
}
