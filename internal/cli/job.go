package cli

import (
	"context"
	"net/http"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/infraudit/infraudit/internal/audit"
)

func newJobCmd(a *app) *cobra.Command {
	f := filters{}
	list := leaf("list", "List jobs", "", func(ctx context.Context, _ []string) error {
		return showList(ctx, a, "/jobs", f.query(), jobColumns())
	})
	a.addListFlags(list)
	f.flag(list, "type", "type", "resource_sync, drift_detection or compliance_check")
	get := leaf("get ID", "Show a job", "", func(ctx context.Context, args []string) error {
		return showOne(ctx, a, http.MethodGet, at("/jobs/%s", args[0]), nil, nil, jobColumns())
	})
	remove := leaf("delete ID", "Delete a job; its executions stay", "", func(ctx context.Context, args []string) error {
		return a.send(ctx, http.MethodDelete, at("/jobs/%s", args[0]), "deleted")
	})
	post := func(verb string) func(context.Context, []string) error {
		return func(ctx context.Context, args []string) error {
			return showOne(ctx, a, http.MethodPost, at("/jobs/%s/", args[0])+verb, nil, nil, jobColumns())
		}
	}
	var wait *bool
	trigger := leaf("trigger ID", "Run a job now", "infraudit job trigger job_1a2b3c --wait",
		func(ctx context.Context, args []string) error {
			return a.start(ctx, at("/jobs/%s/trigger", args[0]), nil, *wait)
		})
	wait = waitFlag(trigger)
	executions := leaf("executions ID", "List a job's runs, newest first", "",
		func(ctx context.Context, args []string) error {
			return showList(ctx, a, at("/jobs/%s/executions", args[0]), nil, executionColumns())
		})
	a.addListFlags(executions)
	return group("job", "Scheduled work", list, get, newJobCreateCmd(a), newJobUpdateCmd(a), remove,
		leaf("enable ID", "Let a job run on its schedule", "", post("enable")),
		leaf("disable ID", "Keep a job from running on its schedule", "", post("disable")), trigger, executions)
}

func jobColumns() []column[audit.Job] {
	return []column[audit.Job]{
		{head: "id", value: func(j *audit.Job) string { return j.ID }},
		{head: "name", value: func(j *audit.Job) string { return j.Name }},
		{head: "type", value: func(j *audit.Job) string { return string(j.Type) }},
		{head: "schedule", value: func(j *audit.Job) string { return j.Schedule }},
		{head: "enabled", value: func(j *audit.Job) string { return strconv.FormatBool(j.Enabled) }},
		{head: "next run", value: func(j *audit.Job) string { return whenPtr(j.NextRunAt) }},
		{head: "last run", value: func(j *audit.Job) string { return whenPtr(j.LastRunAt) }},
		{head: "default", value: func(j *audit.Job) string { return strconv.FormatBool(j.Default) }, wide: true},
		{head: "scope", value: func(j *audit.Job) string { return firstOf(j.Scope.ResourceID, j.Scope.ProviderID) }, wide: true},
	}
}

func newJobCreateCmd(a *app) *cobra.Command {
	var typ, name, schedule string
	var scope audit.Scope
	var disabled bool
	cmd := leaf("create", "Create a job",
		`infraudit job create --type drift_detection --name "hourly in production" --schedule "0 * * * *" --provider prv_1a2b3c`,
		func(ctx context.Context, _ []string) error {
			body := map[string]any{"type": typ, "name": name, "scope": scope, "enabled": !disabled}
			if schedule != "" {
				body["schedule"] = schedule
			}
			return showOne(ctx, a, http.MethodPost, "/jobs", nil, body, jobColumns())
		})
	f := cmd.Flags()
	f.StringVar(&typ, "type", "", "resource_sync, drift_detection or compliance_check")
	f.StringVar(&name, "name", "", "what to call it")
	f.StringVar(&schedule, "schedule", "", "cron, five fields, UTC (default: the type's)")
	f.StringVar(&scope.ProviderID, "provider", "", "only this provider")
	f.StringVar(&scope.ResourceID, "resource", "", "only this resource")
	f.BoolVar(&disabled, "disabled", false, "don't run it on its schedule yet")
	_ = cmd.MarkFlagRequired("type") // only fails for a flag that doesn't exist
	_ = cmd.MarkFlagRequired("name")
	return cmd
}

func newJobUpdateCmd(a *app) *cobra.Command {
	f := filters{}
	cmd := leaf("update ID", "Change a job's name or schedule", `infraudit job update job_1a2b3c --schedule "30 2 * * *"`,
		func(ctx context.Context, args []string) error {
			body := map[string]string{}
			for name := range f.query() {
				body[name] = *f[name]
			}
			return showOne(ctx, a, http.MethodPatch, at("/jobs/%s", args[0]), nil, body, jobColumns())
		})
	f.flag(cmd, "name", "name", "what to call it")
	f.flag(cmd, "schedule", "schedule", "cron, five fields, UTC")
	cmd.MarkFlagsOneRequired("name", "schedule")
	return cmd
}
