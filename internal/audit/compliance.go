package audit

import "time"

// ControlStatus is what an assessment says of a control.
type ControlStatus string

// The control statuses. Waived controls fail only where a waiver says that they may; manual ones no rule judges.
const (
	ControlPassed      ControlStatus = "passed"
	ControlFailed      ControlStatus = "failed"
	ControlNotAssessed ControlStatus = "not_assessed"
	ControlWaived      ControlStatus = "waived"
	ControlManual      ControlStatus = "manual"
)

// FrameworkRef names a framework.
type FrameworkRef struct {
	ID      string `json:"id"` // "cis-aws-7.0"
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Assessment is one run of one framework.
type Assessment struct {
	ID        string       `json:"assessment_id,omitempty"`
	TeamID    string       `json:"-"`
	Framework FrameworkRef `json:"framework"`
	StartedAt time.Time    `json:"started_at"`
	EndedAt   time.Time    `json:"ended_at"`
	// ExecutionID is the run that made it; PreviousID the assessment before it of the same framework and providers.
	ExecutionID string `json:"execution_id,omitempty"`
	PreviousID  string `json:"previous_id,omitempty"`
	// Score is passed / (passed + failed) controls, 0 to 1; nil where none was assessed.
	Score *float64 `json:"score"`
	// Assessed is the part of the standard's controls that passed or failed, 0 to 1.
	Assessed float64         `json:"assessed"`
	Counts   ControlCounts   `json:"counts"`
	Sections []SectionScore  `json:"sections"`
	Accounts []AccountScore  `json:"accounts"`
	Controls []ControlResult `json:"controls"`
}

// ControlCounts counts controls: those of the standard, of these those that rules are mapped to, and of these those
// that passed or failed in this run; then by status.
type ControlCounts struct {
	Controls    int `json:"controls"`
	Mapped      int `json:"mapped"`
	Assessed    int `json:"assessed"`
	Passed      int `json:"passed"`
	Failed      int `json:"failed"`
	NotAssessed int `json:"not_assessed"`
	Waived      int `json:"waived"`
	Manual      int `json:"manual"`
}

// Add counts a control.
func (c *ControlCounts) Add(s ControlStatus, mapped bool) {
	c.Controls++
	if mapped {
		c.Mapped++
	}
	switch s {
	case ControlPassed:
		c.Passed++
		c.Assessed++
	case ControlFailed:
		c.Failed++
		c.Assessed++
	case ControlNotAssessed:
		c.NotAssessed++
	case ControlWaived:
		c.Waived++
	case ControlManual:
		c.Manual++
	}
}

// Score is passed / (passed + failed), nil where there is neither.
func (c *ControlCounts) Score() *float64 {
	if c.Assessed == 0 {
		return nil
	}
	score := float64(c.Passed) / float64(c.Assessed)
	return &score
}

// SectionScore is the score of one section of a framework.
type SectionScore struct {
	ID     string        `json:"id"`
	Title  string        `json:"title"`
	Score  *float64      `json:"score"`
	Counts ControlCounts `json:"counts"`
}

// AccountScore is the score of one provider.
type AccountScore struct {
	ProviderID string        `json:"provider_id,omitempty"`
	Account    string        `json:"account"`
	Score      *float64      `json:"score"`
	Counts     ControlCounts `json:"counts"`
}

// ControlResult is what an assessment says of one control.
type ControlResult struct {
	ID        string        `json:"id"`
	Title     string        `json:"title"`
	Section   string        `json:"section"`
	Status    ControlStatus `json:"status"`
	Automated bool          `json:"automated"`
	// Severity is that of the worst rule that failed, of the worst mapped where none did; "" without rules.
	Severity Severity `json:"severity,omitempty"`
	Rules    []string `json:"rules"`
	// Resources counts the verdicts of its rules on resources.
	Resources VerdictCounts `json:"resources"`
	// Reason says why a control is manual, or was not assessed.
	Reason string `json:"reason,omitempty"`
	// Results are the verdicts that are not passed. They may be cut off: Resources has the true numbers.
	Results []RuleResult `json:"results"`
}

// VerdictCounts counts verdicts on resources.
type VerdictCounts struct {
	Passed      int `json:"passed"`
	Failed      int `json:"failed"`
	NotAssessed int `json:"not_assessed"`
	Waived      int `json:"waived"`
}

// Add adds up.
func (c *VerdictCounts) Add(o VerdictCounts) {
	c.Passed += o.Passed
	c.Failed += o.Failed
	c.NotAssessed += o.NotAssessed
	c.Waived += o.Waived
}

// RuleResult is the verdict of a rule on a resource, or, without a resource, on a listing that could not be read.
type RuleResult struct {
	FindingID    string        `json:"finding_id,omitempty"`
	RuleID       string        `json:"rule_id"`
	ProviderID   string        `json:"provider_id,omitempty"`
	Account      string        `json:"account,omitempty"`
	ResourceID   string        `json:"resource_id,omitempty"`
	ExternalID   string        `json:"external_id,omitempty"`
	ResourceType string        `json:"resource_type"`
	ResourceName string        `json:"resource_name,omitempty"`
	Region       string        `json:"region"`
	Status       ControlStatus `json:"status"` // passed, failed, not_assessed or waived
	Severity     Severity      `json:"severity"`
	Reason       string        `json:"reason,omitempty"`
	Seen         []Value       `json:"seen,omitempty"`
	Gaps         []Gap         `json:"gaps,omitempty"`
	Waiver       string        `json:"waiver_id,omitempty"`
}

// AssessmentChanges is what is different in an assessment from the one before it.
type AssessmentChanges struct {
	AssessmentID  string       `json:"assessment_id"`
	PreviousID    string       `json:"previous_id,omitempty"`
	Framework     FrameworkRef `json:"framework"`
	StartedAt     time.Time    `json:"started_at"`
	PreviousAt    time.Time    `json:"previous_at,omitzero"`
	Score         *float64     `json:"score"`
	PreviousScore *float64     `json:"previous_score"`
	// Controls are those that changed, in the framework's order.
	Controls []ControlChange `json:"controls"`
}

// ControlChange is a control whose status or failures changed.
type ControlChange struct {
	ID       string        `json:"id"`
	Title    string        `json:"title"`
	Severity Severity      `json:"severity,omitempty"`
	From     ControlStatus `json:"from"` // "" for a control that the framework did not have
	To       ControlStatus `json:"to"`
	// FailedBefore and Failed count failures on resources.
	FailedBefore int `json:"failed_before"`
	Failed       int `json:"failed"`
	// New and Gone are the failures that came and went; both empty where an assessment could not keep all of a control's.
	New  []RuleResult `json:"new"`
	Gone []RuleResult `json:"gone"`
}
