package audit

import "time"

// ExecutionStatus is where a run of a job is.
type ExecutionStatus string

// The execution statuses.
const (
	ExecutionRunning   ExecutionStatus = "running"
	ExecutionSucceeded ExecutionStatus = "succeeded"
	ExecutionPartial   ExecutionStatus = "partial"
	ExecutionFailed    ExecutionStatus = "failed"
	ExecutionCancelled ExecutionStatus = "cancelled"
)

// Done tells whether the execution has ended.
func (s ExecutionStatus) Done() bool { return s != ExecutionRunning }

var executionTransitions = map[ExecutionStatus][]ExecutionStatus{
	ExecutionRunning: {ExecutionSucceeded, ExecutionPartial, ExecutionFailed, ExecutionCancelled},
}

// CheckTransition returns a *TransitionError unless an execution may go from s to next.
func (s ExecutionStatus) CheckTransition(next ExecutionStatus) error {
	return transition("execution", executionTransitions, s, next)
}

// Progress counts an execution's tasks.
type Progress struct {
	TasksDone  int `json:"tasks_done"`
	TasksTotal int `json:"tasks_total"`
}

// Found counts what a run found and did.
type Found struct {
	Resources        int `json:"resources"` // read
	Created          int `json:"created"`
	Changed          int `json:"changed"`
	Deleted          int `json:"deleted"`
	DriftsDetected   int `json:"drifts_detected"`
	DriftsReopened   int `json:"drifts_reopened"`
	DriftsResolved   int `json:"drifts_resolved"`
	FindingsOpened   int `json:"findings_opened,omitempty"`
	FindingsReopened int `json:"findings_reopened,omitempty"`
	FindingsResolved int `json:"findings_resolved,omitempty"`
	Unread           int `json:"unread"` // resource types that could not be read whole, over all slices
	APICalls         int `json:"api_calls"`
}

// Add sums counts.
func (f *Found) Add(g Found) {
	f.Resources += g.Resources
	f.Created += g.Created
	f.Changed += g.Changed
	f.Deleted += g.Deleted
	f.DriftsDetected += g.DriftsDetected
	f.DriftsReopened += g.DriftsReopened
	f.DriftsResolved += g.DriftsResolved
	f.FindingsOpened += g.FindingsOpened
	f.FindingsReopened += g.FindingsReopened
	f.FindingsResolved += g.FindingsResolved
	f.Unread += g.Unread
	f.APICalls += g.APICalls
}

// Execution is one run of a job, or of work asked for by hand.
type Execution struct {
	ID      string          `json:"id"`
	TeamID  string          `json:"-"`
	JobID   string          `json:"job_id,omitempty"`
	Type    JobType         `json:"type"`
	Scope   Scope           `json:"scope"`
	Status  ExecutionStatus `json:"status"`
	Trigger string          `json:"trigger"` // "schedule", "connect", or the id of who asked
	// MaxAge, in seconds, is how old a slice's last reading may be before the run reads it again; 0 reads all.
	MaxAge     int        `json:"max_age,omitempty"`
	StartedAt  time.Time  `json:"started_at"`
	FinishedAt *time.Time `json:"finished_at,omitempty"`
	Progress   Progress   `json:"progress"`
	Found      Found      `json:"found"`
	Log        []LogLine  `json:"log"` // an excerpt: the newest lines of its tasks
	Error      string     `json:"error,omitempty"`
	// ResultFile is the name of the file that an export makes.
	ResultFile string `json:"result_file,omitempty"`
	// ResultURL is where an export can be fetched, until ResultExpiresAt.
	ResultURL       string     `json:"result_url,omitempty"`
	ResultExpiresAt *time.Time `json:"result_expires_at,omitempty"`
	Version         int64      `json:"-"`
}

// LogLine is one line of an execution's log.
type LogLine struct {
	At      time.Time `json:"at"`
	Level   string    `json:"level"` // "info", "warn" or "error"
	Message string    `json:"message"`
}

// TaskKind says what a task does.
type TaskKind string

// The kinds of tasks.
const (
	TaskPlan      TaskKind = "plan"      // find out a provider's regions and add a sync task for each
	TaskSync      TaskKind = "sync"      // read one region of one provider, compare, write drifts
	TaskAttribute TaskKind = "attribute" // find out who made the changes of one region
	TaskExport    TaskKind = "export"    // write a list as a file
	TaskJudge     TaskKind = "judge"     // judge a provider's resources by rules, write findings
	TaskAssess    TaskKind = "assess"    // make assessments of what was judged
)

// TaskStatus is where a task is.
type TaskStatus string

// The task statuses.
const (
	TaskOpen      TaskStatus = "open" // waits, or is leased
	TaskSucceeded TaskStatus = "succeeded"
	TaskPartial   TaskStatus = "partial"
	TaskFailed    TaskStatus = "failed"
	TaskCancelled TaskStatus = "cancelled"
)

// Done tells whether the task has ended.
func (s TaskStatus) Done() bool { return s != TaskOpen }

// Task is a part of an execution that fits a worker: one provider and one region.
type Task struct {
	ExecutionID string     `json:"execution_id"`
	ID          string     `json:"id"` // derived from what the task covers, so that planning twice adds it once
	TeamID      string     `json:"team_id"`
	Kind        TaskKind   `json:"kind"`
	ProviderID  string     `json:"provider_id,omitempty"`
	Region      string     `json:"region,omitempty"`
	Services    []string   `json:"services,omitempty"` // all when empty
	Status      TaskStatus `json:"status"`
	Attempts    int        `json:"attempts"`
	// Owner holds the lease until LeaseUntil; another worker may take the task after that.
	Owner      string    `json:"owner,omitempty"`
	LeaseUntil time.Time `json:"lease_until,omitzero"`
	// Place is where an unfinished task goes on: opaque to all but its handler.
	Place      []byte     `json:"place,omitempty"`
	Found      Found      `json:"found"`
	Log        []LogLine  `json:"log,omitempty"`
	Error      string     `json:"error,omitempty"`
	CreatedAt  time.Time  `json:"created_at"`
	FinishedAt *time.Time `json:"finished_at,omitempty"`
	Version    int64      `json:"-"`
}
