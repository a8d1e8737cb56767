package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/store"
)

// humaConfig is huma without what we serve ourselves: its documentation page loads scripts from a CDN, and its
// schema links would change every body.
func (a *api) humaConfig() huma.Config {
	jsonFormat := huma.DefaultJSONFormat
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "InfraAudit", Version: a.version,
				Description: "Inventory, baselines, drift and compliance of cloud accounts.\n\nLists are paged: follow " +
					"`meta.next_cursor` until it is absent. Errors are `application/problem+json` (RFC 9457) with a stable " +
					"`code`. Long work answers 202 with an execution to follow. Times are RFC 3339, UTC.",
				License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", schemaName),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"bearer": {Type: "http", Scheme: "bearer", Description: "A token: `Authorization: Bearer <token>`"},
				},
			},
			Tags: []*huma.Tag{
				{Name: "providers", Description: "Connected cloud accounts"},
				{Name: "resources", Description: "What runs there"},
				{Name: "baselines", Description: "Known good configurations"},
				{Name: "drifts", Description: "Differences from the baselines"},
				{Name: "findings", Description: "What rules say is wrong"},
				{Name: "rules", Description: "What resources are judged by"},
				{Name: "waivers", Description: "Failures that are accepted, for a time"},
				{Name: "compliance", Description: "Frameworks, and assessments by them"},
				{Name: "jobs", Description: "Scheduled work"},
				{Name: "executions", Description: "Runs of work, to follow"},
				{Name: "webhooks", Description: "Where events are sent, and what was sent there"},
				{Name: "auth", Description: "Who is asking"},
			},
		},
		Formats:                      map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{a.translate},
	}
}

// schemaName names what clients see: a type's name, "ResourceList" for a list.
func schemaName(t reflect.Type, hint string) string {
	if t == reflect.TypeFor[audit.Problem]() {
		return "FieldProblem" // Problem is the whole answer
	}
	name := huma.DefaultSchemaNamer(t, hint)
	if rest, ok := strings.CutPrefix(name, "List"); ok && rest != "Meta" && rest != "" {
		return rest + "List"
	}
	return name
}

// enums are the closed sets of strings in answers; in requests, tags say them, since they validate.
func enums() map[string][]any {
	severities := make([]any, 0, 4)
	for _, s := range audit.Severities() {
		severities = append(severities, s)
	}
	controls := []any{
		audit.ControlPassed, audit.ControlFailed, audit.ControlNotAssessed, audit.ControlWaived, audit.ControlManual,
	}
	return map[string][]any{
		"Provider.type": {audit.ProviderAWS, audit.ProviderGCP, audit.ProviderAzure, audit.ProviderKubernetes},
		"Provider.sync_status": {
			audit.SyncStatusSyncing, audit.SyncStatusSynced, audit.SyncStatusPartial,
			audit.SyncStatusError, audit.SyncStatusDisconnected,
		},
		"Provider.auth_method": {audit.AuthRole, audit.AuthAccessKey, audit.AuthDefault, audit.AuthDemo},
		"TypeCoverage.status": {
			audit.ReadOK, audit.ReadDenied, audit.ReadThrottled, audit.ReadFailed,
			audit.ReadUnsupported,
		},
		"Resource.status":       {audit.ResourceActive, audit.ResourceStopped, audit.ResourceDeleted},
		"Baseline.kind":         {audit.BaselineAutomatic, audit.BaselineManual},
		"Drift.type":            {audit.DriftConfiguration, audit.DriftSecurity, audit.DriftCompliance},
		"Drift.severity":        severities,
		"EventDrift.type":       {audit.DriftConfiguration, audit.DriftSecurity, audit.DriftCompliance},
		"EventDrift.severity":   severities,
		"EventDrift.status":     {audit.DriftDetected, audit.DriftResolved},
		"EventDrift.change":     {audit.ChangeAdded, audit.ChangeRemoved, audit.ChangeModified},
		"EventFinding.severity": severities,
		"JobEvent.status":       {audit.ExecutionSucceeded, audit.ExecutionPartial, audit.ExecutionFailed},
		"Drift.status":          {audit.DriftDetected, audit.DriftInvestigating, audit.DriftResolved},
		"Drift.change":          {audit.ChangeAdded, audit.ChangeRemoved, audit.ChangeModified},
		"Finding.severity":      severities,
		"Finding.status":        {audit.FindingOpen, audit.FindingWaived, audit.FindingResolved},
		"Finding.resolved_by": {
			audit.ResolvedPassed, audit.ResolvedNotApplicable, audit.ResolvedDeleted, audit.ResolvedRuleRemoved,
		},
		"Rule.severity":          severities,
		"ControlResult.status":   controls,
		"ControlResult.severity": severities,
		"RuleResult.status":      controls[:4],
		"RuleResult.severity":    severities,
		"ControlChange.to":       controls,
		"Change.change":          {audit.ChangeAdded, audit.ChangeRemoved, audit.ChangeModified},
		"Actor.status":           {audit.ActorPending, audit.ActorKnown, audit.ActorUnknown},
		"Job.type": {
			audit.JobResourceSync, audit.JobDriftDetection, audit.JobVulnerabilityScan, audit.JobCostSync,
			audit.JobComplianceCheck,
		},
		"Execution.type": {
			audit.JobResourceSync, audit.JobDriftDetection, audit.JobVulnerabilityScan, audit.JobCostSync,
			audit.JobComplianceCheck, audit.JobResourceExport, audit.JobComplianceExport,
		},
		"Execution.status": {
			audit.ExecutionRunning, audit.ExecutionSucceeded, audit.ExecutionPartial,
			audit.ExecutionFailed, audit.ExecutionCancelled,
		},
		"HistoryEvent.kind": {
			store.HistoryCreated, store.HistoryChanged, store.HistoryDeleted,
			store.HistoryReappeared, store.HistoryBaseline,
		},
		"LogLine.level":   {"info", "warn", "error"},
		"Webhook.events":  eventTypes(),
		"Delivery.event":  append(eventTypes(), audit.EventPing),
		"Delivery.status": {audit.DeliveryPending, audit.DeliveryDelivered, audit.DeliveryFailed},
	}
}

func eventTypes() []any {
	var out []any
	for _, t := range audit.EventTypes() {
		out = append(out, t)
	}
	return out
}

// finishDocument completes what huma derived from types. Requests are validated by it, so it is complete before the first.
func (a *api) finishDocument() {
	schemas := a.huma.OpenAPI().Components.Schemas.Map()
	// huma declares its own errors, which translate replaces.
	delete(schemas, "ErrorModel")
	delete(schemas, "ErrorDetail")
	for where, values := range enums() {
		noun, field, _ := strings.Cut(where, ".")
		if s := schemas[noun]; s != nil && s.Properties[field] != nil {
			p := s.Properties[field]
			if p.Items != nil {
				p = p.Items
			}
			p.Enum = values
		}
	}
	for _, s := range schemas {
		for _, p := range s.Properties {
			if p.Type == huma.TypeArray {
				p.Nullable = false // every answer says [] instead
			}
		}
	}
	for _, path := range a.huma.OpenAPI().Paths {
		for _, op := range []*huma.Operation{path.Get, path.Post, path.Patch, path.Delete} {
			if op == nil {
				continue
			}
			for status, r := range op.Responses {
				r.Headers = withRequestID(r.Headers, status)
			}
		}
	}
	a.document = sync.OnceValues(func() ([]byte, error) {
		document, err := json.Marshal(a.huma.OpenAPI())
		if err != nil {
			return nil, fmt.Errorf("openapi document: %w", err)
		}
		return document, nil
	})
}

func withRequestID(h map[string]*huma.Param, status string) map[string]*huma.Param {
	if h == nil {
		h = map[string]*huma.Param{}
	}
	h["X-Request-Id"] = &huma.Param{
		Description: "Names the request in the server's log",
		Schema:      &huma.Schema{Type: huma.TypeString},
	}
	if status == "503" {
		h["Retry-After"] = &huma.Param{Description: "Seconds to wait", Schema: &huma.Schema{Type: huma.TypeInteger}}
	}
	return h
}

func (a *api) serveDocument(w http.ResponseWriter, r *http.Request) {
	document, err := a.document()
	if err != nil {
		a.writeProblem(w, r, a.report(r.Context(), err))
		return
	}
	w.Header().Set("Content-Type", "application/openapi+json")
	_, _ = w.Write(document) // buffered
}
