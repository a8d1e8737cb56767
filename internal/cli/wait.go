package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/infraudit/infraudit/internal/audit"
)

// How often an execution is looked at: often at first, since much is done soon.
const (
	firstPoll = 100 * time.Millisecond
	lastPoll  = 2 * time.Second
)

// waitFlag lets a command follow what it started.
func waitFlag(cmd *cobra.Command) *bool {
	return cmd.Flags().Bool("wait", false, "follow the execution to its end; exit 1 if it fails")
}

// start begins long work, and with wait follows it to its end.
func (a *app) start(ctx context.Context, path string, body any, wait bool) error {
	c, s, err := a.client()
	if err != nil {
		return err
	}
	item, err := c.do(ctx, http.MethodPost, path, nil, body)
	if err != nil {
		return err
	}
	return a.followOrTell(ctx, c, s, item, wait)
}

func (a *app) followOrTell(ctx context.Context, c *client, s settings, item json.RawMessage, wait bool) error {
	var e audit.Execution
	if err := json.Unmarshal(item, &e); err != nil {
		return fmt.Errorf("the server's answer can't be read: %w", err)
	}
	if !wait {
		a.note("follow it with: infraudit execution get %s", e.ID)
		return printOne(a, s.output, item, executionColumns())
	}
	e, item, err := a.follow(ctx, c, e.ID)
	if err != nil {
		return err
	}
	if err := printOne(a, s.output, item, executionColumns()); err != nil {
		return err
	}
	return a.verdict(e)
}

// startAndFollow asks for long work and returns its execution once it has ended well enough to be of use.
func (a *app) startAndFollow(ctx context.Context, c *client, path string, body any) (audit.Execution, error) {
	var e audit.Execution
	item, err := c.do(ctx, http.MethodPost, path, nil, body)
	if err != nil {
		return e, err
	}
	if err := json.Unmarshal(item, &e); err != nil {
		return e, fmt.Errorf("the server's answer can't be read: %w", err)
	}
	if e, _, err = a.follow(ctx, c, e.ID); err != nil {
		return e, err
	}
	return e, a.verdict(e)
}

// verdict fails for an execution that found nothing usable.
func (a *app) verdict(e audit.Execution) error {
	switch e.Status {
	case audit.ExecutionFailed, audit.ExecutionCancelled:
		return errors.New(strings.TrimSuffix("the execution was "+string(e.Status)+": "+clean(e.Error), ": "))
	case audit.ExecutionPartial:
		a.note("not everything could be read; see infraudit provider coverage")
	}
	return nil
}

// follow looks at an execution until it ends, and shows its progress on a terminal.
func (a *app) follow(ctx context.Context, c *client, id string) (audit.Execution, json.RawMessage, error) {
	start, pause := time.Now(), firstPoll
	for {
		var e audit.Execution
		item, err := c.do(ctx, http.MethodGet, at("/executions/%s", id), nil, nil)
		if err == nil {
			err = json.Unmarshal(item, &e)
		}
		if err != nil {
			a.clearLine()
			if ctx.Err() != nil {
				return e, nil, fmt.Errorf("stopped waiting; it goes on: infraudit execution get %s", id)
			}
			return e, nil, err
		}
		if e.Status.Done() {
			a.clearLine()
			return e, item, nil
		}
		if a.progress {
			fmt.Fprintf(a.err, "\r\x1b[K%s  %d of %d tasks, %d resources, %ds", e.Type,
				e.Progress.TasksDone, e.Progress.TasksTotal, e.Found.Resources, int(time.Since(start).Seconds()))
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(pause*3/2, lastPoll)
	}
}

func (a *app) clearLine() {
	if a.progress {
		fmt.Fprint(a.err, "\r\x1b[K")
	}
}

func executionColumns() []column[audit.Execution] {
	return []column[audit.Execution]{
		{head: "id", value: func(e *audit.Execution) string { return e.ID }},
		{head: "type", value: func(e *audit.Execution) string { return string(e.Type) }},
		{head: "status", value: func(e *audit.Execution) string { return string(e.Status) }},
		{head: "started", value: func(e *audit.Execution) string { return when(e.StartedAt) }},
		{head: "took", value: func(e *audit.Execution) string {
			if e.FinishedAt == nil {
				return ""
			}
			return e.FinishedAt.Sub(e.StartedAt).Round(100 * time.Millisecond).String()
		}},
		{head: "tasks", value: func(e *audit.Execution) string {
			return fmt.Sprintf("%d/%d", e.Progress.TasksDone, e.Progress.TasksTotal)
		}},
		{head: "found", value: func(e *audit.Execution) string { return foundText(e.Found) }},
		{head: "trigger", value: func(e *audit.Execution) string { return e.Trigger }},
		{head: "error", value: func(e *audit.Execution) string { return e.Error }, wide: true},
		{head: "result url", value: func(e *audit.Execution) string { return e.ResultURL }, wide: true},
	}
}

// foundText names what is not zero.
func foundText(f audit.Found) string {
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{
		{f.Resources, "resources"},
		{f.Created, "new"},
		{f.Changed, "changed"},
		{f.Deleted, "deleted"},
		{f.DriftsDetected, "drifts"},
		{f.DriftsReopened, "drifts reopened"},
		{f.DriftsResolved, "drifts resolved"},
		{f.FindingsOpened, "findings"},
		{f.FindingsReopened, "findings reopened"},
		{f.FindingsResolved, "findings resolved"},
		{f.Unread, "types unread"},
	} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return strings.Join(parts, ", ")
}

func newExecutionCmd(a *app) *cobra.Command {
	f := filters{}
	list := leaf("list", "List executions, newest first", "infraudit execution list --status running",
		func(ctx context.Context, _ []string) error {
			return showList(ctx, a, "/executions", f.query(), executionColumns())
		})
	a.addListFlags(list)
	f.flag(list, "type", "type", "resource_sync, drift_detection, compliance_check, resource_export or compliance_export")
	f.flag(list, "status", "status", "running, succeeded, partial, failed or cancelled")

	var wait *bool
	get := leaf("get ID", "Show an execution and its log", "infraudit execution get exe_1a2b3c --wait",
		func(ctx context.Context, args []string) error { return a.getExecution(ctx, args[0], *wait) })
	wait = waitFlag(get)
	cancel := leaf("cancel ID", "Stop an execution", "", func(ctx context.Context, args []string) error {
		return showOne(ctx, a, http.MethodPost, at("/executions/%s/cancel", args[0]), nil, nil, executionColumns())
	})
	return group("execution", "Runs of work", list, get, cancel)
}

func (a *app) getExecution(ctx context.Context, id string, wait bool) error {
	c, s, err := a.client()
	if err != nil {
		return err
	}
	item, err := c.do(ctx, http.MethodGet, at("/executions/%s", id), nil, nil)
	var e audit.Execution
	if err == nil {
		err = json.Unmarshal(item, &e)
	}
	if err == nil && wait {
		e, item, err = a.follow(ctx, c, id)
	}
	if err != nil {
		return err
	}
	if err := printOne(a, s.output, item, executionColumns()); err != nil {
		return err
	}
	if s.output == "table" {
		for _, l := range e.Log {
			fmt.Fprintf(a.out, "%s %-5s %s\n", l.At.UTC().Format("15:04:05"), clean(l.Level), clean(l.Message))
		}
	}
	if wait {
		return a.verdict(e)
	}
	return nil
}

// resolve makes a URL that may be relative to the server absolute.
func (c *client) resolve(ref string) (string, error) {
	base, err := url.Parse(c.base)
	if err != nil {
		return "", err
	}
	u, err := base.Parse(ref)
	if err != nil {
		return "", fmt.Errorf("the download's URL can't be read: %w", err)
	}
	return u.String(), nil
}
