package audit

import "time"

// BaselineKind tells why a baseline was captured.
type BaselineKind string

// The kinds of baselines.
const (
	BaselineAutomatic BaselineKind = "automatic" // at first discovery
	BaselineManual    BaselineKind = "manual"    // on demand: "known good"
)

// Baseline is a snapshot of one resource's configuration. The newest is the comparison target.
type Baseline struct {
	ID         string       `json:"id"`
	TeamID     string       `json:"-"`
	ResourceID string       `json:"resource_id"`
	Kind       BaselineKind `json:"kind"`
	ConfigHash string       `json:"config_hash"`
	Name       string       `json:"name,omitempty"`
	CapturedBy string       `json:"captured_by"`
	CapturedAt time.Time    `json:"captured_at"`
}
