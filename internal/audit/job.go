package audit

import "time"

// JobType is a kind of scheduled work.
type JobType string

// The job types.
const (
	JobResourceSync      JobType = "resource_sync"
	JobDriftDetection    JobType = "drift_detection"
	JobVulnerabilityScan JobType = "vulnerability_scan"
	JobCostSync          JobType = "cost_sync"
	JobComplianceCheck   JobType = "compliance_check"
	// Exports are only made by hand, never scheduled.
	JobResourceExport   JobType = "resource_export"
	JobComplianceExport JobType = "compliance_export"
)

// Export tells whether the work makes a file.
func (t JobType) Export() bool { return t == JobResourceExport || t == JobComplianceExport }

// DefaultSchedule returns the cron expression (five fields, UTC) that a job type has unless a team changes it.
func DefaultSchedule(t JobType) string {
	switch t {
	case JobResourceSync:
		return "0 */6 * * *"
	case JobDriftDetection:
		return "0 */4 * * *"
	case JobVulnerabilityScan:
		return "0 2 * * *"
	case JobCostSync:
		return "0 3 * * *"
	case JobComplianceCheck:
		return "0 4 * * *"
	}
	return ""
}

// Scope narrows a job or an execution. The zero Scope is everything that the team has.
type Scope struct {
	ProviderID string `json:"provider_id,omitempty"`
	ResourceID string `json:"resource_id,omitempty"`
}

// Job is scheduled work.
type Job struct {
	ID       string  `json:"id"`
	TeamID   string  `json:"-"`
	Type     JobType `json:"type"`
	Name     string  `json:"name"`
	Schedule string  `json:"schedule"` // cron, five fields, UTC
	Scope    Scope   `json:"scope"`
	Enabled  bool    `json:"enabled"`
	// Default marks the jobs that every team gets.
	Default   bool       `json:"default"`
	NextRunAt *time.Time `json:"next_run_at,omitempty"`
	LastRunAt *time.Time `json:"last_run_at,omitempty"`
	CreatedAt time.Time  `json:"created_at"`
	UpdatedAt time.Time  `json:"updated_at"`
	Version   int64      `json:"-"`
}

// Validate reports every field that is missing or malformed. The cron expression is checked where it is parsed.
func (j *Job) Validate() error {
	var ps problems
	ps.id("id", j.ID, PrefixJob)
	ps.id("team_id", j.TeamID, PrefixTeam)
	oneOf(&ps, "type", j.Type,
		JobResourceSync, JobDriftDetection, JobVulnerabilityScan, JobCostSync, JobComplianceCheck)
	ps.require("name", j.Name)
	if len(j.Name) > MaxNameLen {
		ps.addf("name", "must be at most %d bytes", MaxNameLen)
	}
	ps.require("schedule", j.Schedule)
	if j.Scope.ProviderID != "" {
		ps.id("scope.provider_id", j.Scope.ProviderID, PrefixProvider)
	}
	if j.Scope.ResourceID != "" {
		if _, ok := ParseResourceID(j.Scope.ResourceID); !ok {
			ps.addf("scope.resource_id", "must be a resource id")
		}
	}
	return ps.err()
}
