package job

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
)

// maxExpr bounds a cron expression, in bytes.
const maxExpr = 128

// parse reads a cron expression: five fields, UTC. Descriptors ("@daily", "@every 1h") and time zones are refused:
// a schedule must mean the same wherever it is read.
func parse(expr string) (cron.Schedule, error) {
	if len(expr) > maxExpr {
		return nil, fault.Field("schedule", "must be at most %d bytes", maxExpr)
	}
	if strings.HasPrefix(expr, "@") || strings.Contains(expr, "TZ=") {
		return nil, fault.Field("schedule", "must be a cron expression of five fields, in UTC")
	}
	s, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).Parse(expr)
	if err != nil {
		return nil, fault.Field("schedule", "must be a cron expression of five fields: %v", err)
	}
	return s, nil
}

// Next returns the first time strictly after a time at which a cron expression (five fields, UTC) is due. An
// expression that can't be parsed, or isn't due within five years ("0 0 30 2 *"), is an Invalid fault of the field
// "schedule".
func Next(expr string, after time.Time) (time.Time, error) {
	s, err := parse(expr)
	if err != nil {
		return time.Time{}, err
	}
	next := s.Next(after.UTC())
	if next.IsZero() {
		return time.Time{}, fault.Field("schedule", "never comes")
	}
	return next, nil
}

// defaultSchedule is the type's default, at a minute of the team's own: else every team would start at once.
func defaultSchedule(t audit.JobType, teamID string) string {
	h := fnv.New32a()
	h.Write([]byte(teamID))
	_, rest, _ := strings.Cut(audit.DefaultSchedule(t), " ")
	return fmt.Sprintf("%d %s", h.Sum32()%60, rest)
}
