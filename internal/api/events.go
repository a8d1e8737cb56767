package api

import (
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/webhook"
)

// eventDocs declares what webhooks are sent, each event by the schema of its body.
func (a *api) eventDocs() {
	doc := a.huma.OpenAPI()
	doc.Webhooks = map[string]*huma.PathItem{}
	for event, data := range map[audit.EventType]reflect.Type{
		audit.EventDriftDetected:       reflect.TypeFor[audit.DriftEvent](),
		audit.EventDriftResolved:       reflect.TypeFor[audit.DriftEvent](),
		audit.EventComplianceViolation: reflect.TypeFor[audit.FindingEvent](),
		audit.EventJobCompleted:        reflect.TypeFor[audit.JobEvent](),
		audit.EventJobFailed:           reflect.TypeFor[audit.JobEvent](),
		audit.EventPing:                reflect.TypeFor[audit.PingEvent](),
	} {
		doc.Webhooks[string(event)] = &huma.PathItem{Post: a.eventOperation(event, data)}
	}
}

func (a *api) eventOperation(event audit.EventType, data reflect.Type) *huma.Operation {
	schemas := a.huma.OpenAPI().Components.Schemas
	header := func(name, description string, required bool) *huma.Param {
		return &huma.Param{
			Name: name, In: "header", Required: required, Description: description, Schema: &huma.Schema{Type: huma.TypeString},
		}
	}
	of := huma.SchemaFromType(schemas, reflect.TypeFor[webhook.Envelope]())
	of.Properties["event"] = &huma.Schema{Type: huma.TypeString, Enum: []any{event}}
	of.Properties["data"] = schemas.Schema(data, true, data.Name())
	for _, s := range []*huma.Schema{of, schemas.Map()[data.Name()], schemas.Map()["EventDrift"], schemas.Map()["EventFinding"]} {
		if s != nil {
			s.AdditionalProperties = true // fields may be added; a receiver passes over what it doesn't know
		}
	}
	return &huma.Operation{
		OperationID: "on-" + strings.ReplaceAll(string(event), ".", "-"), Summary: summaries()[event], Tags: []string{"webhooks"},
		Description: "Answer 2xx within 10 s. Anything else is tried again after 5 min, 30 min and 2 h. The same delivery_id may come more than once.",
		Security:    []map[string][]string{},
		Parameters: []*huma.Param{
			header(webhook.HeaderSignature, "sha256= and the HMAC-SHA256 of the raw body under the webhook's secret, in hex", true),
			header(webhook.HeaderPrevious, "The same under the secret before, while that is good", false),
			header(webhook.HeaderEvent, "The body's event", true),
			header(webhook.HeaderDelivery, "The body's delivery_id", true),
			header(webhook.HeaderTimestamp, "The body's timestamp; only the body's is signed", true),
		},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: of}}},
		Responses:   map[string]*huma.Response{"2XX": {Description: "It has arrived: " + http.StatusText(http.StatusOK)}},
	}
}

func summaries() map[audit.EventType]string {
	return map[audit.EventType]string{
		audit.EventDriftDetected:       "Resources have changed from their baselines",
		audit.EventDriftResolved:       "Drifts are resolved",
		audit.EventComplianceViolation: "Rules newly fail",
		audit.EventJobCompleted:        "An execution has ended, wholly or in part as it should",
		audit.EventJobFailed:           "An execution has failed",
		audit.EventPing:                "Somebody tries the webhook",
	}
}
