package audit

import "time"

// DriftType says what a drift means.
type DriftType string

// The drift types.
const (
	DriftConfiguration DriftType = "configuration"
	DriftSecurity      DriftType = "security"   // the change weakens the security posture
	DriftCompliance    DriftType = "compliance" // the change breaks a control of an enabled framework
)

// DriftStatus is where a drift is in its life.
type DriftStatus string

// The drift statuses. Reverting the change resolves a drift; a recurrence reopens it.
const (
	DriftDetected      DriftStatus = "detected"
	DriftInvestigating DriftStatus = "investigating"
	DriftResolved      DriftStatus = "resolved"
)

var driftTransitions = map[DriftStatus][]DriftStatus{
	DriftDetected:      {DriftInvestigating, DriftResolved},
	DriftInvestigating: {DriftDetected, DriftResolved},
	DriftResolved:      {DriftDetected},
}

// CheckTransition returns a *TransitionError unless a drift may go from s to next.
func (s DriftStatus) CheckTransition(next DriftStatus) error {
	return transition("drift", driftTransitions, s, next)
}

// Open tells whether the drift still needs someone.
func (s DriftStatus) Open() bool { return s == DriftDetected || s == DriftInvestigating }

// ChangeKind says how an attribute differs from its baseline.
type ChangeKind string

// The kinds of changes.
const (
	ChangeAdded    ChangeKind = "added"
	ChangeRemoved  ChangeKind = "removed"
	ChangeModified ChangeKind = "modified"
)

// Drift is one difference between a resource's current configuration and its baseline.
type Drift struct {
	ID           string      `json:"id"`
	TeamID       string      `json:"-"`
	ProviderID   string      `json:"provider_id"`
	ResourceID   string      `json:"resource_id"`
	ExternalID   string      `json:"external_id"`
	ResourceType string      `json:"resource_type"`
	ResourceName string      `json:"resource_name"`
	Service      string      `json:"service"`
	Region       string      `json:"region"`
	BaselineID   string      `json:"baseline_id"`
	Type         DriftType   `json:"type"`
	Severity     Severity    `json:"severity"`
	Status       DriftStatus `json:"status"`
	Path         string      `json:"path"` // attribute path, such as "SecurityGroupIngress" or "Tags[env]"
	Change       ChangeKind  `json:"change"`
	// Expected is the baseline's value, Actual the current one; nil where the attribute is absent.
	Expected any    `json:"expected"`
	Actual   any    `json:"actual"`
	Summary  string `json:"summary"` // one line
	// Verdicts are those that the change turned over, worst first; the first few of many.
	Verdicts []DriftVerdict `json:"verdicts,omitempty"`
	// Actor says who made the change, as far as the cloud's audit log tells.
	Actor           Actor      `json:"actor"`
	FirstDetectedAt time.Time  `json:"first_detected_at"`
	LastSeenAt      time.Time  `json:"last_seen_at"`
	DetectedAt      time.Time  `json:"detected_at"` // this occurrence; later than the first after a reopening
	ResolvedAt      *time.Time `json:"resolved_at,omitempty"`
	ResolvedBy      string     `json:"resolved_by,omitempty"` // a user, or "reverted", "baseline" or "deleted"
	Reopened        int        `json:"reopened"`
	// ChangedAfter and ChangedBefore bound when the change was made: the last sync without it and the first with it.
	ChangedAfter  time.Time `json:"changed_after"`
	ChangedBefore time.Time `json:"changed_before"`
	Version       int64     `json:"-"`
}

// ActorStatus tells whether we know who made a change.
type ActorStatus string

// The actor statuses. Audit logs lag, so an actor is pending before it is unknown.
const (
	ActorPending ActorStatus = "pending"
	ActorKnown   ActorStatus = "known"
	ActorUnknown ActorStatus = "unknown"
)

// Actor says who made a change, from the cloud's audit log.
type Actor struct {
	Status ActorStatus `json:"status"`
	// Name is whom to ask: an IAM user's name, a role's session name, "root", or a service's name.
	Name      string     `json:"name,omitempty"`
	ARN       string     `json:"arn,omitempty"`
	Type      string     `json:"type,omitempty"` // CloudTrail's userIdentity.type
	Call      string     `json:"call,omitempty"` // as "service:Operation"
	EventID   string     `json:"event_id,omitempty"`
	SourceIP  string     `json:"source_ip,omitempty"`
	UserAgent string     `json:"user_agent,omitempty"`
	At        *time.Time `json:"at,omitempty"`
	// Reason says why the actor is unknown, or that other calls of the window also touched the resource.
	Reason string `json:"reason,omitempty"`
}

// DriftVerdict is a rule's verdict that a drift turned over: of the resource that drifted, or of another that depends on it.
type DriftVerdict struct {
	RuleID     string   `json:"rule_id"`
	Title      string   `json:"title"` // what is true when the rule passes
	Severity   Severity `json:"severity"`
	ResourceID string   `json:"resource_id,omitempty"`
	ExternalID string   `json:"external_id"`
	// Better tells that the verdict went from failed to passed.
	Better bool   `json:"better"`
	Reason string `json:"reason"`
	// Frameworks are those enabled that the rule serves.
	Frameworks []string `json:"frameworks,omitempty"`
}
