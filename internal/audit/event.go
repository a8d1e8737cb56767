package audit

import (
	"encoding/json"
	"strconv"
	"time"
)

// EventType says what happened. Webhooks subscribe to types.
type EventType string

// The event types.
const (
	EventDriftDetected       EventType = "drift.detected"
	EventDriftResolved       EventType = "drift.resolved"
	EventComplianceViolation EventType = "compliance.violation"
	EventJobCompleted        EventType = "job.completed"
	EventJobFailed           EventType = "job.failed"
	// EventPing is sent by hand, to try a webhook; nobody subscribes to it.
	EventPing EventType = "ping"
)

// EventTypes lists what can be subscribed to.
func EventTypes() []EventType {
	return []EventType{EventDriftDetected, EventDriftResolved, EventComplianceViolation, EventJobCompleted, EventJobFailed}
}

// EventVersion is the version of the payloads: it counts up when a field is removed or changes its meaning, never when one
// is added.
const EventVersion = 1

// MaxEventItems is how many drifts or findings one event names: of a bulk change, one event tells many.
const MaxEventItems = 50

// maxEventText bounds free text in an event, in bytes: many of them share an item of the table.
const maxEventText = 500

// Event is something that others may want to know of. It is written with the change that it reports, all or none. Its
// id is derived from that change, so a change is never two events.
type Event struct {
	ID     string
	TeamID string
	Type   EventType
	At     time.Time
	Data   json.RawMessage // DriftEvent, FindingEvent, JobEvent or PingEvent
	Done   bool            // everyone who is to know has a delivery of it
}

// EventHead begins the data of every event.
type EventHead struct {
	EventID    string    `json:"event_id" doc:"The same however often, and to whomever, the event is sent"`
	Version    int       `json:"version" doc:"Of the form of this data: it counts up when a field goes or changes its meaning"`
	OccurredAt time.Time `json:"occurred_at"`
}

// DriftEvent is the data of drift.detected and drift.resolved: drifts found, or resolved, by one look at the inventory.
type DriftEvent struct {
	EventHead
	Drifts []EventDrift `json:"drifts" nullable:"false" doc:"1 to 50 of them"`
}

// EventDrift is a drift as events tell it: what it is about, not the values, which a request for the drift answers.
type EventDrift struct {
	ID           string      `json:"id"`
	ProviderID   string      `json:"provider_id"`
	ResourceID   string      `json:"resource_id"`
	ExternalID   string      `json:"external_id"`
	ResourceType string      `json:"resource_type"`
	ResourceName string      `json:"resource_name"`
	Region       string      `json:"region"`
	Type         DriftType   `json:"type"`
	Severity     Severity    `json:"severity"`
	Path         string      `json:"path"`
	Change       ChangeKind  `json:"change"`
	Summary      string      `json:"summary"`
	Rules        []string    `json:"rules,omitempty" doc:"Ids of rules whose verdict the change made worse; the first ten"`
	DetectedAt   time.Time   `json:"detected_at"`
	Reopened     int         `json:"reopened,omitempty" doc:"How often it has come back"`
	Status       DriftStatus `json:"status"`
	ResolvedBy   string      `json:"resolved_by,omitempty"`
}

// FindingEvent is the data of compliance.violation: rules that newly fail, or fail again, on resources.
type FindingEvent struct {
	EventHead
	Findings []EventFinding `json:"findings" nullable:"false" doc:"1 to 50 of them"`
}

// EventFinding is a finding as events tell it.
type EventFinding struct {
	ID           string    `json:"id"`
	RuleID       string    `json:"rule_id"`
	Title        string    `json:"title" doc:"What is true when the rule passes"`
	Severity     Severity  `json:"severity"`
	ProviderID   string    `json:"provider_id"`
	ResourceID   string    `json:"resource_id"`
	ExternalID   string    `json:"external_id"`
	ResourceType string    `json:"resource_type"`
	ResourceName string    `json:"resource_name"`
	Region       string    `json:"region"`
	Reason       string    `json:"reason"`
	DetectedAt   time.Time `json:"detected_at"`
	Reopened     int       `json:"reopened,omitempty" doc:"How often it has come back"`
}

// JobEvent is the data of job.completed and job.failed: an execution that ended. One that was cancelled tells nothing: who
// cancelled it knows.
type JobEvent struct {
	EventHead
	ExecutionID string          `json:"execution_id"`
	JobID       string          `json:"job_id,omitempty" doc:"Absent for work asked for by hand"`
	Type        JobType         `json:"type"`
	Status      ExecutionStatus `json:"status"`
	Scope       Scope           `json:"scope"`
	Trigger     string          `json:"trigger"`
	StartedAt   time.Time       `json:"started_at"`
	FinishedAt  time.Time       `json:"finished_at"`
	Progress    Progress        `json:"progress"`
	Found       Found           `json:"found"`
	Error       string          `json:"error,omitempty"`
}

// PingEvent is the data of ping.
type PingEvent struct {
	EventHead
	RequestedBy string `json:"requested_by"`
}

// DriftChange is a drift to be written, and what of it is to be told: EventDriftDetected, EventDriftResolved, or "" for
// nothing.
type DriftChange struct {
	Drift Drift
	Event EventType
}

// DriftNews tells what an update of a drift is to others.
func DriftNews(was, now *Drift) EventType {
	switch {
	case was.Status.Open() && !now.Status.Open():
		return EventDriftResolved
	case !was.Status.Open() && now.Status.Open():
		return EventDriftDetected
	}
	return ""
}

// NewDriftEvent makes the event of drifts of one team, each with the version that it is written with.
func NewDriftEvent(teamID string, typ EventType, drifts []Drift, at time.Time) Event {
	id := []string{teamID, string(typ)}
	data := DriftEvent{Drifts: make([]EventDrift, 0, len(drifts))}
	for i := range drifts {
		d := &drifts[i]
		id = append(id, d.ID, strconv.FormatInt(d.Version, 10))
		var rules []string
		for _, v := range d.Verdicts {
			if !v.Better && len(rules) < 10 {
				rules = append(rules, v.RuleID)
			}
		}
		data.Drifts = append(data.Drifts, EventDrift{
			ID: d.ID, ProviderID: d.ProviderID, ResourceID: d.ResourceID, ExternalID: d.ExternalID, ResourceType: d.ResourceType,
			ResourceName: cut(d.ResourceName), Region: d.Region, Type: d.Type, Severity: d.Severity, Path: cut(d.Path), Change: d.Change,
			Summary: cut(d.Summary), Rules: rules, DetectedAt: d.DetectedAt, Reopened: d.Reopened, Status: d.Status, ResolvedBy: d.ResolvedBy,
		})
	}
	data.EventHead = newHead(at, id...)
	return newEvent(teamID, typ, data.EventHead, data)
}

// NewFindingEvent makes the event of findings of one team that newly fail, each with the version that it is written with.
func NewFindingEvent(teamID string, findings []Finding, at time.Time) Event {
	id := []string{teamID, string(EventComplianceViolation)}
	data := FindingEvent{Findings: make([]EventFinding, 0, len(findings))}
	for i := range findings {
		f := &findings[i]
		id = append(id, f.ID, strconv.FormatInt(f.Version, 10))
		data.Findings = append(data.Findings, EventFinding{
			ID: f.ID, RuleID: f.RuleID, Title: cut(f.Title), Severity: f.Severity, ProviderID: f.ProviderID, ResourceID: f.ResourceID,
			ExternalID: f.ExternalID, ResourceType: f.ResourceType, ResourceName: cut(f.ResourceName), Region: f.Region,
			Reason: cut(f.Reason), DetectedAt: f.DetectedAt, Reopened: f.Reopened,
		})
	}
	data.EventHead = newHead(at, id...)
	return newEvent(teamID, EventComplianceViolation, data.EventHead, data)
}

// NewJobEvent makes the event of an execution that has ended; false for one that was cancelled.
func NewJobEvent(e *Execution) (Event, bool) {
	typ := EventJobCompleted
	switch e.Status {
	case ExecutionSucceeded, ExecutionPartial:
	case ExecutionFailed:
		typ = EventJobFailed
	default:
		return Event{}, false
	}
	head := newHead(*e.FinishedAt, e.TeamID, "job", e.ID)
	return newEvent(e.TeamID, typ, head, JobEvent{
		EventHead: head, ExecutionID: e.ID, JobID: e.JobID, Type: e.Type, Status: e.Status, Scope: e.Scope, Trigger: e.Trigger,
		StartedAt: e.StartedAt, FinishedAt: *e.FinishedAt, Progress: e.Progress, Found: e.Found, Error: cut(e.Error),
	}), true
}

// NewPing makes the event that tries a webhook; nonce tells it from others of the same time.
func NewPing(teamID, webhookID, by, nonce string, at time.Time) Event {
	head := newHead(at, teamID, webhookID, nonce)
	return newEvent(teamID, EventPing, head, PingEvent{EventHead: head, RequestedBy: by})
}

func newHead(at time.Time, id ...string) EventHead {
	return EventHead{EventID: DeriveID(PrefixEvent, id...), Version: EventVersion, OccurredAt: at}
}

func newEvent(teamID string, typ EventType, head EventHead, data any) Event {
	raw, err := json.Marshal(data)
	if err != nil {
		panic("audit: " + err.Error()) // the types above are made of text, numbers and times
	}
	return Event{ID: head.EventID, TeamID: teamID, Type: typ, At: head.OccurredAt, Data: raw}
}

// cut bounds free text, between two characters.
func cut(s string) string {
	if len(s) <= maxEventText {
		return s
	}
	n := 0
	for i := range s {
		if i > maxEventText {
			break
		}
		n = i
	}
	return s[:n] + "…"
}
