package audit

import (
	"encoding/json"
	"time"
)

// FindingStatus is where a finding is in its life.
type FindingStatus string

// The finding statuses. A verdict that turns to passed resolves a finding; failing again reopens it.
const (
	FindingOpen     FindingStatus = "open"
	FindingResolved FindingStatus = "resolved"
	FindingWaived   FindingStatus = "waived" // it fails, and a waiver says that it may
)

// FindingStatuses lists every status.
func FindingStatuses() []FindingStatus {
	return []FindingStatus{FindingOpen, FindingWaived, FindingResolved}
}

// Failing tells whether the rule fails on the resource, as far as is known.
func (s FindingStatus) Failing() bool { return s == FindingOpen || s == FindingWaived }

// Why a finding was resolved.
const (
	ResolvedPassed        = "passed"         // the rule passes
	ResolvedNotApplicable = "not_applicable" // the rule no longer concerns the resource
	ResolvedDeleted       = "deleted"        // the resource is gone
	ResolvedRuleRemoved   = "rule_removed"   // there is no such rule any more
)

// Finding is the failed verdict of one rule on one resource, with its life. It exists from the first failure on.
type Finding struct {
	ID           string        `json:"id"`
	TeamID       string        `json:"-"`
	RuleID       string        `json:"rule_id"`
	Title        string        `json:"title"` // what the rule says is true when it passes
	Severity     Severity      `json:"severity"`
	Status       FindingStatus `json:"status"`
	ProviderID   string        `json:"provider_id"`
	ResourceID   string        `json:"resource_id"`
	ExternalID   string        `json:"external_id"`
	ResourceType string        `json:"resource_type"`
	ResourceName string        `json:"resource_name"`
	Service      string        `json:"service"`
	Region       string        `json:"region"`
	// Reason says in a line why it fails; Seen are the values that it rests on.
	Reason string  `json:"reason"`
	Seen   []Value `json:"seen,omitempty"`
	// WaiverID is the waiver of a finding that is waived.
	WaiverID    string    `json:"waiver_id,omitempty"`
	FirstSeenAt time.Time `json:"first_seen_at"`
	// DetectedAt is when this occurrence was found; later than the first after a reopening.
	DetectedAt time.Time `json:"detected_at"`
	// LastSeenAt is when it was last judged and failed.
	LastSeenAt time.Time  `json:"last_seen_at"`
	ResolvedAt *time.Time `json:"resolved_at,omitempty"`
	ResolvedBy string     `json:"resolved_by,omitempty"`
	Reopened   int        `json:"reopened"`
	// StaleSince is since when it could not be judged: the status is the last that was known, StaleReason says what is
	// missing.
	StaleSince  *time.Time `json:"stale_since,omitempty"`
	StaleReason string     `json:"stale_reason,omitempty"`
	Version     int64      `json:"-"`
}

// Fail records that the rule failed at a time, as next has it: rule, resource, severity, reason, values and waiver are
// taken from it. It reports whether that says anything new.
func (f *Finding) Fail(next *Finding, at time.Time) (changed bool) {
	now := *next
	now.Version, now.TeamID = f.Version, f.TeamID
	now.Status = FindingOpen
	if now.WaiverID != "" {
		now.Status = FindingWaived
	}
	now.FirstSeenAt, now.DetectedAt, now.LastSeenAt, now.Reopened = f.FirstSeenAt, f.DetectedAt, f.LastSeenAt, f.Reopened
	switch {
	case f.FirstSeenAt.IsZero():
		now.FirstSeenAt, now.DetectedAt = at, at
	case f.Status == FindingResolved:
		now.DetectedAt = at
		now.Reopened++
	case f.Fingerprint() == now.Fingerprint():
		return false
	}
	now.LastSeenAt = at
	*f = now
	return true
}

// Fingerprint stands for what a failing finding shows: one that is judged to the same is not written again.
func (f *Finding) Fingerprint() string {
	seen, err := json.Marshal(f.Seen)
	if err != nil {
		seen = nil // what can't be written isn't shown either
	}
	stale := ""
	if f.StaleSince != nil {
		stale = "stale"
	}
	return Digest(digestLen, string(f.Status), f.WaiverID, string(f.Severity), f.Title, f.Reason, f.ResourceName, string(seen), stale)
}

// Resolve records at a time that the finding is no more, and why; lastSeen is when its provider was judged before. It
// reports whether that is new.
func (f *Finding) Resolve(why string, lastSeen, at time.Time) (changed bool) {
	if !f.Status.Failing() {
		return false
	}
	if f.StaleSince == nil && lastSeen.After(f.LastSeenAt) {
		f.LastSeenAt = lastSeen
	}
	f.Status, f.ResolvedAt, f.ResolvedBy = FindingResolved, &at, why
	f.WaiverID, f.StaleSince, f.StaleReason = "", nil, ""
	return true
}

// Stale records that the finding can't be judged since a time: it keeps its status; lastSeen is when its
// provider was judged before. It reports whether that is new.
func (f *Finding) Stale(reason string, lastSeen, at time.Time) (changed bool) {
	if !f.Status.Failing() || f.StaleSince != nil {
		return false
	}
	f.StaleSince, f.StaleReason = &at, reason
	if lastSeen.After(f.LastSeenAt) {
		f.LastSeenAt = lastSeen
	}
	return true
}

// Waive puts a failing finding under a waiver, or, with "", out of it. It reports whether that is new.
func (f *Finding) Waive(waiverID string) (changed bool) {
	if !f.Status.Failing() || f.WaiverID == waiverID {
		return false
	}
	f.Status, f.WaiverID = FindingOpen, waiverID
	if waiverID != "" {
		f.Status = FindingWaived
	}
	return true
}

// NewlyFails tells whether a finding fails that did not before, as was has it: the zero value where there was none.
func (f *Finding) NewlyFails(was *Finding) bool {
	return f.Status == FindingOpen && (was.FirstSeenAt.IsZero() || was.Status == FindingResolved)
}
