package api

import (
	"context"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/store"
)

// Findings are the failed verdicts, worst first.
type Findings interface {
	Findings(ctx context.Context, team string, f store.FindingFilter, p store.Paging) (store.Page[audit.Finding], error)
	Finding(ctx context.Context, team, id string) (audit.Finding, error)
	FindingSummary(ctx context.Context, team string, f store.FindingFilter) (store.FindingSummary, error)
}

// Rule is a rule as clients see it.
type Rule struct {
	ID            string         `json:"id" example:"s3-bucket-versioning-enabled"`
	Title         string         `json:"title" doc:"What is true when it passes"`
	Severity      audit.Severity `json:"severity"`
	ResourceTypes []string       `json:"resource_types" doc:"What it judges"`
	Categories    []string       `json:"categories"`
	LooksUp       []string       `json:"looks_up" doc:"The types of other resources that its verdict depends on"`
	Applies       string         `json:"applies,omitempty" doc:"A CEL expression: whether it concerns a resource"`
	Passes        string         `json:"passes" doc:"The CEL expression that is the rule"`
	Wanted        string         `json:"wanted" doc:"What would pass, in words"`
	Risk          string         `json:"risk"`
	Remediation   string         `json:"remediation"`
	References    []string       `json:"references"`
	Custom        bool           `json:"custom" doc:"Whether it is the team's own"`
	Frameworks    []RuleUse      `json:"frameworks" doc:"The controls that it judges"`
}

// RuleUse names the controls of a framework that a rule judges.
type RuleUse struct {
	FrameworkID string   `json:"framework_id"`
	Controls    []string `json:"controls"`
}

// RuleFilter narrows a list of rules; the zero filter keeps all.
type RuleFilter struct {
	ResourceType string
	Severity     []audit.Severity
	Category     string
	FrameworkID  string
}

// Rules are what resources are judged by, by id.
type Rules interface {
	Rules(ctx context.Context, team string, f RuleFilter, p store.Paging) (store.Page[Rule], error)
	Rule(ctx context.Context, team, id string) (Rule, error)
	// CheckRule tells what a team's own rule would be. Invalid names what is wrong with it.
	CheckRule(ctx context.Context, team, yaml string) (Rule, error)
	// CreateRule checks and keeps a rule of the team's own; it judges from the next assessment on.
	CreateRule(ctx context.Context, team, yaml, by string) (Rule, error)
	// DeleteRule is a Conflict for a rule that comes with the program.
	DeleteRule(ctx context.Context, team, id string) error
}

// WaiverChange is what a PATCH changes of a waiver; nil leaves a field as it is.
type WaiverChange struct {
	Reason    *string
	ExpiresAt *time.Time
}

// Waivers are the accepted failures, by id.
type Waivers interface {
	Waivers(ctx context.Context, team string, p store.Paging) (store.Page[audit.Waiver], error)
	Waiver(ctx context.Context, team, id string) (audit.Waiver, error)
	// CreateWaiver fills in id and time, and waives the findings that are open. A rule or resource that isn't there is
	// Invalid.
	CreateWaiver(ctx context.Context, team string, w audit.Waiver) (audit.Waiver, error)
	// UpdateWaiver changes its reason or its end. What an expired one covers is waived again.
	UpdateWaiver(ctx context.Context, team, id string, change WaiverChange, by string) (audit.Waiver, error)
	// DeleteWaiver opens the findings again that no other waiver covers.
	DeleteWaiver(ctx context.Context, team, id string) error
}

// FrameworkSummary is a framework, whether it is enabled, and how its newest assessment ended.
type FrameworkSummary struct {
	ID       string `json:"id" example:"cis-aws-7.0"`
	Name     string `json:"name"`
	Version  string `json:"version"`
	Provider string `json:"provider" doc:"The provider type that it is for, or any"`
	URL      string `json:"url" doc:"Where the standard is published"`
	About    string `json:"about"`
	Custom   bool   `json:"custom"`
	Controls int    `json:"controls" doc:"How many controls the standard has"`
	Mapped   int    `json:"mapped" doc:"How many of them rules judge"`
	Assessed *int   `json:"assessed" doc:"How many of them passed or failed in the newest assessment; null without one"`
	Enabled  bool   `json:"enabled"`
	// ProviderIDs are those that it is enabled for.
	ProviderIDs    []string        `json:"provider_ids" doc:"The providers that it is enabled for; none means all"`
	LastAssessment *LastAssessment `json:"last_assessment,omitempty"`
}

// LastAssessment is how a framework's newest assessment ended.
type LastAssessment struct {
	ID        string              `json:"assessment_id"`
	StartedAt time.Time           `json:"started_at"`
	Score     *float64            `json:"score" doc:"passed / (passed + failed), 0 to 1; null where nothing was assessed"`
	Counts    audit.ControlCounts `json:"counts"`
}

// Framework is a framework with its controls.
type Framework struct {
	FrameworkSummary
	Sections    []FrameworkSection `json:"sections"`
	ControlList []FrameworkControl `json:"control_list" doc:"In the standard's order"`
	Source      string             `json:"source,omitempty" doc:"A framework of one's own as it was written"`
}

// FrameworkSection is a chapter of a framework.
type FrameworkSection struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// FrameworkControl is a requirement of a framework.
type FrameworkControl struct {
	ID        string   `json:"id"`
	Title     string   `json:"title"`
	Section   string   `json:"section"`
	Automated bool     `json:"automated"`
	Profiles  []string `json:"profiles" doc:"The standard's levels or baselines that it belongs to"`
	Rules     []string `json:"rules"`
	Note      string   `json:"note,omitempty"`
}

// Compliance is frameworks, by id, and assessments, newest first.
type Compliance interface {
	Frameworks(ctx context.Context, team string, p store.Paging) (store.Page[FrameworkSummary], error)
	Framework(ctx context.Context, team, id string) (Framework, error)
	// CheckFramework tells what a team's own framework would be. Invalid names what is wrong with it.
	CheckFramework(ctx context.Context, team, yaml string) (FrameworkSummary, error)
	// PutFramework checks and keeps a framework of the team's own: a new one where replaced is "", else another version of the
	// one that has this id. Conflict for one that comes with the program.
	PutFramework(ctx context.Context, team, replaced, yaml, by string) (FrameworkSummary, error)
	// DeleteFramework is a Conflict for a framework that comes with the program.
	DeleteFramework(ctx context.Context, team, id string) error
	// SetFramework enables a framework for providers, all when there are none, or disables it.
	SetFramework(ctx context.Context, team, id string, enabled bool, providerIDs []string, by string) (FrameworkSummary, error)
	// Assessments are listed without their controls.
	Assessments(ctx context.Context, team, frameworkID string, p store.Paging) (store.Page[audit.Assessment], error)
	Assessment(ctx context.Context, team, id string) (audit.Assessment, error)
	// AssessmentChanges compares an assessment with the one before it of the same framework and providers, or, with from,
	// with another of the framework.
	AssessmentChanges(ctx context.Context, team, id, from string) (audit.AssessmentChanges, error)
}

// AssessmentExport says which assessment to write as a file, and how.
type AssessmentExport struct {
	AssessmentID string `json:"assessment_id,omitempty" maxLength:"64" doc:"Default: the newest"`
	Framework    string `json:"framework,omitempty" maxLength:"64" doc:"Without assessment_id: the newest by this framework"`
	Format       string `json:"format" enum:"pdf,csv,json,ocsf,sarif,html"`
}
