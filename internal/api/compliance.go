package api

import (
	"context"
	"net/http"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/store"
)

// AssessmentSummary is an assessment without its controls, as lists show it.
type AssessmentSummary struct {
	ID          string               `json:"assessment_id"`
	Framework   audit.FrameworkRef   `json:"framework"`
	StartedAt   time.Time            `json:"started_at"`
	EndedAt     time.Time            `json:"ended_at"`
	ExecutionID string               `json:"execution_id"`
	PreviousID  string               `json:"previous_id,omitempty" doc:"The one before of the same framework and providers"`
	Score       *float64             `json:"score" doc:"passed / (passed + failed) controls, 0 to 1; null where none was assessed"`
	Assessed    float64              `json:"assessed" doc:"The part of the controls that passed or failed, 0 to 1"`
	Counts      audit.ControlCounts  `json:"counts"`
	Sections    []audit.SectionScore `json:"sections"`
	Accounts    []audit.AccountScore `json:"accounts" doc:"Each provider by itself"`
}

func (a *api) complianceRoutes() {
	s := a.services
	handle(a, operation{
		id: "list-frameworks", method: http.MethodGet, path: "/compliance/frameworks", summary: "List frameworks",
		description: "By id. Each has three counts: the standard's controls, those that rules judge, and those that passed or failed " +
			"in the newest assessment.",
		errors: []int{http.StatusBadRequest},
	}, func(ctx context.Context, who Principal, in *PageQuery) (*one[list[FrameworkSummary]], error) {
		return pageOf(s.Compliance.Frameworks(ctx, who.Team, in.store()))
	})
	handle(a, operation{
		id: "get-framework", method: http.MethodGet, path: "/compliance/frameworks/{id}",
		summary: "Get a framework with its controls",
	}, func(ctx context.Context, who Principal, in *ByID) (*one[Framework], error) {
		return oneOf(s.Compliance.Framework(ctx, who.Team, in.ID))
	})
	handle(a, operation{
		id: "enable-framework", method: http.MethodPost, path: "/compliance/frameworks/{id}/enable",
		summary: "Assess by a framework", description: "For the providers named, or for all.",
	}, func(ctx context.Context, who Principal, in *struct {
		ByID
		Body *struct {
			ProviderIDs []string `json:"provider_ids,omitempty" maxItems:"1000" nullable:"false" doc:"Default: all providers"`
		} `nameHint:"EnableBody"`
	},
	) (*one[FrameworkSummary], error) {
		var providers []string
		if in.Body != nil {
			providers = in.Body.ProviderIDs
		}
		return oneOf(s.Compliance.SetFramework(ctx, who.Team, in.ID, true, providers, who.User))
	})
	handle(a, operation{
		id: "disable-framework", method: http.MethodPost, path: "/compliance/frameworks/{id}/disable",
		summary: "Assess no longer by a framework", description: "Its assessments stay.",
	}, func(ctx context.Context, who Principal, in *ByID) (*one[FrameworkSummary], error) {
		return oneOf(s.Compliance.SetFramework(ctx, who.Team, in.ID, false, nil, who.User))
	})
	handle(a, operation{
		id: "assess", method: http.MethodPost, path: "/compliance/assess", summary: "Assess now",
		description: "Syncs what was not read in the last 30 minutes, judges it by all rules, and makes an assessment by each enabled " +
			"framework: of one provider, or of all.",
		status: http.StatusAccepted, creates: true, errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, who Principal, in *struct {
		Body *struct {
			ProviderID string `json:"provider_id,omitempty" maxLength:"64"`
		} `nameHint:"AssessBody"`
	},
	) (*started, error) {
		var scope audit.Scope
		if in.Body != nil {
			scope.ProviderID = in.Body.ProviderID
		}
		return startedOf(s.Work.Assess(ctx, who.Team, scope, who.User))
	})
	handle(a, operation{
		id: "list-assessments", method: http.MethodGet, path: "/compliance/assessments", summary: "List assessments",
		description: "Newest first, without their controls.", errors: []int{http.StatusBadRequest},
	}, func(ctx context.Context, who Principal, in *struct {
		PageQuery
		Framework string `query:"framework" maxLength:"64" doc:"A framework's id"`
	},
	) (*one[list[AssessmentSummary]], error) {
		page, err := s.Compliance.Assessments(ctx, who.Team, in.Framework, in.store())
		out := store.Page[AssessmentSummary]{Next: page.Next}
		for i := range page.Items {
			out.Items = append(out.Items, summaryOf(&page.Items[i]))
		}
		return pageOf(out, err)
	})
	handle(a, operation{
		id: "get-assessment", method: http.MethodGet, path: "/compliance/assessments/{id}", summary: "Get an assessment with its controls",
		description: "A control's results are the verdicts that are not passed; where there are very many they are cut off, and " +
			"resources has the true numbers. The findings have all that fail.",
	}, func(ctx context.Context, who Principal, in *ByID) (*one[audit.Assessment], error) {
		return oneOf(s.Compliance.Assessment(ctx, who.Team, in.ID))
	})
	handle(a, operation{
		id: "get-assessment-changes", method: http.MethodGet, path: "/compliance/assessments/{id}/changes",
		summary: "Compare an assessment with an earlier one", description: "Only controls that differ.",
	}, func(ctx context.Context, who Principal, in *struct {
		ByID
		From string `query:"from" maxLength:"64" doc:"Another assessment of the framework; default: the one before, of the same providers"`
	},
	) (*one[audit.AssessmentChanges], error) {
		return oneOf(s.Compliance.AssessmentChanges(ctx, who.Team, in.ID, in.From))
	})
}

func (a *api) complianceExportRoutes() {
	handle(a, operation{
		id: "export-assessment", method: http.MethodPost, path: "/compliance/export", summary: "Export an assessment",
		description: "As an evidence report for auditors (pdf), as csv, json, OCSF 1.6 compliance findings, SARIF 2.1.0 or a page (html). " +
			"The execution's result_url is where the file can be fetched for 24 hours. All failures are in it, except that html shows at most " +
			"200 of a control, and pdf lists at most 10,000; both say how many there are.",
		status: http.StatusAccepted, creates: true, errors: []int{http.StatusNotFound},
	}, func(ctx context.Context, who Principal, in *struct{ Body AssessmentExport }) (*started, error) {
		return startedOf(a.services.Work.ExportAssessment(ctx, who.Team, in.Body, who.User))
	})
}

func summaryOf(a *audit.Assessment) AssessmentSummary {
	return AssessmentSummary{
		ID: a.ID, Framework: a.Framework, StartedAt: a.StartedAt, EndedAt: a.EndedAt, ExecutionID: a.ExecutionID, PreviousID: a.PreviousID,
		Score: a.Score, Assessed: a.Assessed, Counts: a.Counts, Sections: a.Sections, Accounts: a.Accounts,
	}
}
