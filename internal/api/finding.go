package api

import (
	"context"
	"net/http"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/store"
)

// FindingQuery filters findings.
type FindingQuery struct {
	Provider     string    `query:"provider" maxLength:"64" doc:"A provider's id"`
	Resource     string    `query:"resource" maxLength:"64" doc:"A resource's id"`
	ResourceType string    `query:"resource_type" maxLength:"64" doc:"A resource type" example:"s3_bucket"`
	Region       string    `query:"region" maxLength:"32" doc:"A region, or global"`
	Rule         string    `query:"rule" maxLength:"128" doc:"A rule's id"`
	Severity     []string  `query:"severity" enum:"critical,high,medium,low"`
	Status       []string  `query:"status" enum:"open,waived,resolved" doc:"Default: open"`
	Since        time.Time `query:"since" doc:"Only what was detected at or after this time"`
}

func (q *FindingQuery) filter() store.FindingFilter {
	return store.FindingFilter{
		ProviderID: q.Provider, ResourceID: q.Resource, ResourceType: q.ResourceType, Region: q.Region, RuleID: q.Rule,
		Severity: typed[audit.Severity](q.Severity), Status: typed[audit.FindingStatus](q.Status), Since: q.Since,
	}
}

func (a *api) findingRoutes() {
	s := a.services
	handle(a, operation{
		id: "list-findings", method: http.MethodGet, path: "/findings", summary: "List findings",
		description: "Open ones, then waived, then resolved ones, each worst first and then newest first, by detection; those of " +
			"one rule by status, those of one resource in a stable order.",
		errors: []int{http.StatusBadRequest},
	}, func(ctx context.Context, who Principal, in *struct {
		PageQuery
		FindingQuery
	},
	) (*one[list[audit.Finding]], error) {
		return pageOf(s.Findings.Findings(ctx, who.Team, in.filter(), in.store()))
	})
	handle(a, operation{
		id: "summarize-findings", method: http.MethodGet, path: "/findings/summary", summary: "Count findings",
		description: "By severity, status and resource type. truncated says that there are more than were counted.",
	}, func(ctx context.Context, who Principal, in *struct{ FindingQuery }) (*one[store.FindingSummary], error) {
		return oneOf(s.Findings.FindingSummary(ctx, who.Team, in.filter()))
	})
	handle(a, operation{
		id: "get-finding", method: http.MethodGet, path: "/findings/{id}", summary: "Get a finding",
	}, func(ctx context.Context, who Principal, in *ByID) (*one[audit.Finding], error) {
		return oneOf(s.Findings.Finding(ctx, who.Team, in.ID))
	})
	handle(a, operation{
		id: "list-resource-findings", method: http.MethodGet, path: "/resources/{id}/findings",
		summary: "List a resource's findings", description: "In a stable order.", errors: []int{http.StatusBadRequest},
	}, func(ctx context.Context, who Principal, in *struct {
		ByID
		PageQuery
		Status []string `query:"status" enum:"open,waived,resolved" doc:"Default: open"`
	},
	) (*one[list[audit.Finding]], error) {
		if _, err := s.Resources.Resource(ctx, who.Team, in.ID); err != nil {
			return nil, err
		}
		f := store.FindingFilter{ResourceID: in.ID, Status: typed[audit.FindingStatus](in.Status)}
		return pageOf(s.Findings.Findings(ctx, who.Team, f, in.store()))
	})
}

func (a *api) ruleRoutes() {
	s := a.services
	handle(a, operation{
		id: "list-rules", method: http.MethodGet, path: "/rules", summary: "List rules", description: "By id.",
		errors: []int{http.StatusBadRequest},
	}, func(ctx context.Context, who Principal, in *struct {
		PageQuery
		ResourceType string   `query:"resource_type" maxLength:"64" doc:"What it judges" example:"s3_bucket"`
		Severity     []string `query:"severity" enum:"critical,high,medium,low"`
		Category     string   `query:"category" maxLength:"64" doc:"What it is about" example:"exposure"`
		Framework    string   `query:"framework" maxLength:"64" doc:"A framework's id: only rules that it needs"`
	},
	) (*one[list[Rule]], error) {
		f := RuleFilter{
			ResourceType: in.ResourceType, Severity: typed[audit.Severity](in.Severity), Category: in.Category, FrameworkID: in.Framework,
		}
		return pageOf(s.Rules.Rules(ctx, who.Team, f, in.store()))
	})
	handle(a, operation{
		id: "get-rule", method: http.MethodGet, path: "/rules/{id}", summary: "Get a rule",
	}, func(ctx context.Context, who Principal, in *ByID) (*one[Rule], error) {
		return oneOf(s.Rules.Rule(ctx, who.Team, in.ID))
	})
	handle(a, operation{
		id: "create-rule", method: http.MethodPost, path: "/rules", summary: "Add a rule of one's own",
		description: "One rule in YAML, as docs/rules.md has it. It is compiled and its examples are tried before it is accepted; it judges " +
			"from the next assessment on.",
		status: http.StatusCreated, creates: true,
	}, func(ctx context.Context, who Principal, in *struct{ Body ruleBody }) (*created[Rule], error) {
		r, err := s.Rules.CreateRule(ctx, who.Team, in.Body.YAML, who.User)
		if err != nil {
			return nil, err
		}
		return &created[Rule]{Location: apiPrefix + "/rules/" + r.ID, Body: r}, nil
	})
	handle(a, operation{
		id: "validate-rule", method: http.MethodPost, path: "/rules/validate", summary: "Check a rule without adding it",
		description: "Answers the rule as it would be, or 422 with all that is wrong with it.",
	}, func(ctx context.Context, who Principal, in *struct{ Body ruleBody }) (*one[Rule], error) {
		return oneOf(s.Rules.CheckRule(ctx, who.Team, in.Body.YAML))
	})
	handle(a, operation{
		id: "delete-rule", method: http.MethodDelete, path: "/rules/{id}", summary: "Delete a rule of one's own",
		description: "Its findings are resolved with the next assessment. A built-in rule is 409, built_in_rule; one that a framework of the " +
			"team's own cites is 409, rule_in_use.",
		errors: []int{http.StatusConflict},
	}, func(ctx context.Context, who Principal, in *ByID) (*nothing, error) {
		return nil, s.Rules.DeleteRule(ctx, who.Team, in.ID)
	})
}

type ruleBody struct {
	YAML string `json:"yaml" minLength:"1" maxLength:"16384" doc:"The rule"`
}

type waiverChangeBody struct {
	Reason    *string    `json:"reason,omitempty" minLength:"1" maxLength:"1024"`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"Within two years from now"`
}

type newWaiverBody struct {
	RuleID     string    `json:"rule_id,omitempty" maxLength:"128" doc:"Only failures of this rule"`
	ResourceID string    `json:"resource_id,omitempty" maxLength:"64" doc:"Only on this resource"`
	Tag        string    `json:"tag,omitempty" maxLength:"512" doc:"Only on resources that have this tag, as key or key=value"`
	Reason     string    `json:"reason" minLength:"1" maxLength:"1024"`
	ExpiresAt  time.Time `json:"expires_at" doc:"Within two years"`
}

func (a *api) waiverRoutes() {
	s := a.services
	handle(a, operation{
		id: "list-waivers", method: http.MethodGet, path: "/waivers", summary: "List waivers",
		description: "By id, expired ones too.", errors: []int{http.StatusBadRequest},
	}, func(ctx context.Context, who Principal, in *PageQuery) (*one[list[audit.Waiver]], error) {
		return pageOf(s.Waivers.Waivers(ctx, who.Team, in.store()))
	})
	handle(a, operation{
		id: "create-waiver", method: http.MethodPost, path: "/waivers", summary: "Accept failures",
		description: "A waiver covers what matches all that it names, at least one of rule, resource and tag: such failures are " +
			"waived, outside of every score, until it expires. Findings that are open are waived at once, up to 1,000 of " +
			"them; the others with the next assessment.",
		status: http.StatusCreated, creates: true,
	}, func(ctx context.Context, who Principal, in *struct {
		Body newWaiverBody `nameHint:"NewWaiverBody"`
	},
	) (*created[audit.Waiver], error) {
		b := in.Body
		w, err := s.Waivers.CreateWaiver(ctx, who.Team, audit.Waiver{
			RuleID: b.RuleID, ResourceID: b.ResourceID, Tag: b.Tag, Reason: b.Reason, Author: who.User, ExpiresAt: b.ExpiresAt.UTC(),
		})
		if err != nil {
			return nil, err
		}
		return &created[audit.Waiver]{Location: apiPrefix + "/waivers/" + w.ID, Body: w}, nil
	})
	handle(a, operation{
		id: "get-waiver", method: http.MethodGet, path: "/waivers/{id}", summary: "Get a waiver",
	}, func(ctx context.Context, who Principal, in *ByID) (*one[audit.Waiver], error) {
		return oneOf(s.Waivers.Waiver(ctx, who.Team, in.ID))
	})
	handle(a, operation{
		id: "update-waiver", method: http.MethodPatch, path: "/waivers/{id}", summary: "Change a waiver's reason or its end",
		description: "What it covers stays as it is: for that, make another. One that has expired holds again with a new end.",
		errors:      []int{http.StatusConflict},
	}, func(ctx context.Context, who Principal, in *struct {
		ByID
		Body waiverChangeBody
	},
	) (*one[audit.Waiver], error) {
		if end := in.Body.ExpiresAt; end != nil {
			*end = end.UTC()
		}
		return oneOf(s.Waivers.UpdateWaiver(ctx, who.Team, in.ID, WaiverChange(in.Body), who.User))
	})
	handle(a, operation{
		id: "delete-waiver", method: http.MethodDelete, path: "/waivers/{id}", summary: "End a waiver",
		description: "Findings that no other waiver covers are open again.",
	}, func(ctx context.Context, who Principal, in *ByID) (*nothing, error) {
		return nil, s.Waivers.DeleteWaiver(ctx, who.Team, in.ID)
	})
}
