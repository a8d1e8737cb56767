package audit

import (
	"net/url"
	"slices"
	"time"
)

// Bounds of a webhook.
const (
	MaxURLLen   = 2048
	MaxWebhooks = 20 // of a team
)

// Webhook is an address that is sent each event of some types, signed with a secret of its own.
type Webhook struct {
	ID        string      `json:"id"`
	TeamID    string      `json:"-"`
	Name      string      `json:"name"`
	URL       string      `json:"url"`
	Events    []EventType `json:"events"`
	Enabled   bool        `json:"enabled"`
	CreatedBy string      `json:"created_by"`
	CreatedAt time.Time   `json:"created_at"`
	UpdatedAt time.Time   `json:"updated_at"`
	// PreviousUntil is until when deliveries are also signed with the secret before the present one.
	PreviousUntil *time.Time `json:"previous_secret_until,omitempty"`
	Version       int64      `json:"-"`
}

// Wants tells whether the webhook is sent events of a type.
func (w *Webhook) Wants(t EventType) bool { return w.Enabled && slices.Contains(w.Events, t) }

// Validate reports every field that is missing or malformed. Where the URL may lead is for whoever dials it.
func (w *Webhook) Validate() error {
	var ps problems
	ps.id("id", w.ID, PrefixWebhook)
	ps.id("team_id", w.TeamID, PrefixTeam)
	ps.require("name", w.Name)
	if len(w.Name) > MaxNameLen {
		ps.addf("name", "must be at most %d bytes", MaxNameLen)
	}
	u, err := url.Parse(w.URL)
	switch {
	case len(w.URL) > MaxURLLen:
		ps.addf("url", "must be at most %d bytes", MaxURLLen)
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		ps.addf("url", "must be a URL, such as https://example.com/hooks/infraudit")
	case u.User != nil:
		ps.addf("url", "must hold no user and password: lists show it")
	case u.Fragment != "":
		ps.addf("url", "must have no fragment")
	}
	if len(w.Events) == 0 {
		ps.addf("events", "at least one is required")
	}
	for _, e := range w.Events {
		oneOf(&ps, "events", e, EventTypes()...)
	}
	return ps.err()
}

// DeliveryStatus is where a delivery is.
type DeliveryStatus string

// The delivery statuses.
const (
	DeliveryPending   DeliveryStatus = "pending" // is being sent, or waits for another attempt
	DeliveryDelivered DeliveryStatus = "delivered"
	DeliveryFailed    DeliveryStatus = "failed" // given up; it can be sent again by hand
)

// Delivery is one event on its way to one webhook.
type Delivery struct {
	ID            string         `json:"id"`
	WebhookID     string         `json:"webhook_id"`
	TeamID        string         `json:"-"`
	EventID       string         `json:"event_id"`
	Event         EventType      `json:"event"`
	Status        DeliveryStatus `json:"status"`
	Attempts      int            `json:"attempts"` // that came to an end, of all rounds
	CreatedAt     time.Time      `json:"created_at"`
	LastAttemptAt *time.Time     `json:"last_attempt_at,omitempty"`
	NextAttemptAt *time.Time     `json:"next_attempt_at,omitempty"`
	// ResponseStatus and ResponseExcerpt are of the last attempt; no status means that there was no answer.
	ResponseStatus  int    `json:"response_status,omitempty"`
	ResponseExcerpt string `json:"response_excerpt,omitempty"`
	TookMS          int64  `json:"took_ms,omitempty"`
	Error           string `json:"error,omitempty"`
	// LeaseUntil is until when whoever sends it has it to themselves, or when it may be sent next.
	LeaseUntil time.Time `json:"-"`
	// Round counts attempts since it was last sent by hand, Starts those that were begun: each round has all retries.
	Round   int   `json:"-"`
	Starts  int   `json:"-"`
	Version int64 `json:"-"`
}

// DeliveryID derives a delivery's id from webhook and event, so that an event that is handed out twice is delivered once. It
// begins with the time, so that ids sort by it.
func DeliveryID(webhookID, eventID string, at time.Time) string {
	return PrefixDelivery + "_" + CaptureKey(at.UnixMilli(), 0) + Digest(digestLen, webhookID, eventID)
}

// RetryAfter is how long after a failed attempt of a round the next one follows; false after the last.
func RetryAfter(attempts int) (time.Duration, bool) {
	waits := []time.Duration{5 * time.Minute, 30 * time.Minute, 2 * time.Hour}
	if attempts < 1 || attempts > len(waits) {
		return 0, false
	}
	return waits[attempts-1], true
}

// Record notes what became of an attempt: delivered, to be tried again, or given up.
func (d *Delivery) Record(status int, excerpt, failure string, took time.Duration, at time.Time) {
	d.Attempts++
	d.Round++
	d.LastAttemptAt, d.NextAttemptAt = &at, nil
	d.ResponseStatus, d.ResponseExcerpt, d.Error, d.TookMS = status, excerpt, failure, took.Milliseconds()
	wait, again := RetryAfter(d.Round)
	switch {
	case failure == "":
		d.Status = DeliveryDelivered
	case again && d.Event != EventPing:
		next := at.Add(wait)
		d.NextAttemptAt, d.LeaseUntil = &next, next
	default:
		d.Status = DeliveryFailed
	}
}

// Fail gives a delivery up, without an attempt.
func (d *Delivery) Fail(why string) {
	d.Status, d.Error, d.NextAttemptAt = DeliveryFailed, why, nil
}

// Again begins a new round, at a time.
func (d *Delivery) Again(at time.Time) {
	d.Status, d.Round, d.Starts, d.NextAttemptAt, d.LeaseUntil = DeliveryPending, 0, 0, &at, at
}
