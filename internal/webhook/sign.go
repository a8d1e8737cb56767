// Package webhook is what travels to a webhook: the envelope, its signature, and the client that sends it to an address that
// somebody else chose. It knows no storage: package notify decides what is sent, and when.
package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/secret"
)

// Headers of a delivery.
const (
	// HeaderSignature is "sha256=" and the HMAC-SHA256 of the raw body under the webhook's secret, in hex.
	HeaderSignature = "X-InfraAudit-Signature"
	// HeaderPrevious is the same under the secret before, while that is still good.
	HeaderPrevious = "X-InfraAudit-Signature-Previous"
	// HeaderTimestamp repeats the body's timestamp. Only the body's is signed.
	HeaderTimestamp = "X-InfraAudit-Timestamp"
	HeaderEvent     = "X-InfraAudit-Event"
	HeaderDelivery  = "X-InfraAudit-Delivery"
)

// Tolerance is how far a delivery's timestamp may be from a receiver's clock before it is to be taken for a replay.
const Tolerance = 5 * time.Minute

const signaturePrefix = "sha256="

// Envelope is the body of a delivery.
type Envelope struct {
	Event      audit.EventType `json:"event"`
	Timestamp  time.Time       `json:"timestamp" doc:"When it was sent this time; refuse what is older than five minutes, it may be a replay"`
	WebhookID  string          `json:"webhook_id"`
	DeliveryID string          `json:"delivery_id" doc:"The same each time it is sent: by it a receiver tells what it has had before"`
	Data       json.RawMessage `json:"data"`
}

// NewSecret makes a webhook's secret: 260 bits, in characters that survive every shell and environment.
func NewSecret() secret.String { return secret.NewString("whs_" + rand.Text() + rand.Text()) }

// Sign returns the signature of a body under a secret, as headers carry it.
func Sign(key secret.String, body []byte) string {
	mac := hmac.New(sha256.New, []byte(key.Reveal()))
	mac.Write(body) // never fails
	return signaturePrefix + hex.EncodeToString(mac.Sum(nil))
}

// Errors of Verify. Match with errors.Is.
var (
	ErrSignature = errors.New("webhook: the signature is not that of the body")
	ErrReplay    = errors.New("webhook: the timestamp is too far from now")
	ErrBody      = errors.New("webhook: the body is no envelope")
)

// Verify does what a receiver does: it checks that a body was signed under the secret, by either of the two signatures that
// there may be, and that it was sent within Tolerance of now.
func Verify(key secret.String, header http.Header, body []byte, now time.Time) (Envelope, error) {
	want := []byte(Sign(key, body))
	signed := false
	for _, name := range []string{HeaderSignature, HeaderPrevious} {
		for _, got := range header.Values(name) {
			signed = hmac.Equal([]byte(strings.TrimSpace(got)), want) || signed
		}
	}
	if !signed {
		return Envelope{}, ErrSignature
	}
	var e Envelope
	if err := json.Unmarshal(body, &e); err != nil {
		return e, fmt.Errorf("%w: %w", ErrBody, err)
	}
	if age := now.Sub(e.Timestamp); age > Tolerance || age < -Tolerance {
		return e, ErrReplay
	}
	return e, nil
}

// Message is a delivery ready to be sent.
type Message struct {
	URL    string
	Header http.Header
	Body   []byte
}

// NewMessage puts an envelope into a message, signed under the secret and, unless it is empty, under the one before.
func NewMessage(url string, e Envelope, key, previous secret.String) (Message, error) {
	body, err := json.Marshal(e)
	if err != nil {
		return Message{}, fmt.Errorf("envelope: %w", err)
	}
	h := http.Header{}
	h.Set("Content-Type", "application/json")
	h.Set(HeaderEvent, string(e.Event))
	h.Set(HeaderDelivery, e.DeliveryID)
	h.Set(HeaderTimestamp, e.Timestamp.Format(time.RFC3339Nano))
	h.Set(HeaderSignature, Sign(key, body))
	if !previous.IsZero() {
		h.Set(HeaderPrevious, Sign(previous, body))
	}
	return Message{URL: url, Header: h, Body: body}, nil
}
