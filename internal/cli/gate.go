package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/infraudit/infraudit/internal/audit"
)

func checkSeverity(s string) error {
	if s != "" && audit.Severity(s).Rank() == 0 {
		return fmt.Errorf("--fail-on: must be critical, high, medium or low, not %q", s)
	}
	return nil
}

// gated is a list that a threshold is held against.
type gated struct{ path, there string }

// gate ends the program with exitReached when an item of the list that matches q is as severe as threshold, whether or not
// it was shown.
func (a *app) gate(ctx context.Context, of gated, q url.Values, threshold string) error {
	var severe []string
	wanted := strings.Split(q.Get("severity"), ",")
	for _, s := range audit.Severities() {
		if s.Rank() >= audit.Severity(threshold).Rank() && (q.Get("severity") == "" || slices.Contains(wanted, string(s))) {
			severe = append(severe, string(s))
		}
	}
	if len(severe) == 0 {
		return nil
	}
	c, _, err := a.client()
	if err != nil {
		return err
	}
	q.Set("severity", strings.Join(severe, ","))
	items, _, err := c.list(ctx, of.path, q, 1)
	if err != nil {
		return err
	}
	if len(items) > 0 {
		a.note("%s of severity %s or worse", of.there, threshold)
		return exit(exitReached)
	}
	return nil
}

type detectOptions struct {
	scope        audit.Scope
	wait         bool
	failOn       string
	failOnUnread bool
}

func newDetectCmd(a *app) *cobra.Command {
	var o detectOptions
	cmd := leaf("detect", "Look for drift now", `
infraudit drift detect --wait
infraudit drift detect --provider prv_1a2b3c --fail-on high   # a gate for CI`,
		func(ctx context.Context, _ []string) error { return a.detect(ctx, o) })
	cmd.Long = `Sync what was not read in the last 30 minutes, compare it with the baselines, and show the open drifts.

With --fail-on the exit status is 2 when a drift of that severity or worse is open, also when not everything could be
read; 1 when nothing usable was read or, below the threshold, when reading failed by throttling, time-out or expired
credentials; else 0. Reads that the cloud refused change nothing unless --fail-on-unread is given.`
	f := cmd.Flags()
	f.StringVar(&o.scope.ProviderID, "provider", "", "only this provider")
	f.StringVar(&o.scope.ResourceID, "resource", "", "only this resource")
	f.BoolVar(&o.wait, "wait", false, "follow it to its end and show the drifts")
	f.StringVar(&o.failOn, "fail-on", "", "exit 2 when a drift of this severity or worse is open; implies --wait")
	f.BoolVar(&o.failOnUnread, "fail-on-unread", false, "exit 1 when something could not be read; implies --wait")
	return cmd
}

func (a *app) detect(ctx context.Context, o detectOptions) error {
	if err := checkSeverity(o.failOn); err != nil {
		return err
	}
	if !o.wait && o.failOn == "" && !o.failOnUnread {
		return a.start(ctx, "/drifts/detect", o.scope, false)
	}
	c, _, err := a.client()
	if err != nil {
		return err
	}
	if _, err = a.startAndFollow(ctx, c, "/drifts/detect", o.scope); err != nil {
		return err
	}
	q := url.Values{}
	if o.scope.ProviderID != "" {
		q.Set("provider", o.scope.ProviderID)
	}
	if o.scope.ResourceID != "" {
		q.Set("resource", o.scope.ResourceID)
	}
	a.all = true
	if err := a.listDrifts(ctx, "/drifts", q); err != nil {
		return err
	}
	if o.failOn != "" {
		if err := a.gate(ctx, gated{"/drifts", "there is drift"}, q, o.failOn); err != nil {
			return err
		}
	}
	return a.holes(ctx, c, o)
}

// holes fails for what could not be read: by fault of neither side when there is a threshold to judge, and by refusal
// when that was asked for.
func (a *app) holes(ctx context.Context, c *client, o detectOptions) error {
	if o.failOn == "" && !o.failOnUnread {
		return nil
	}
	ids := []string{o.scope.ProviderID}
	if o.scope.ProviderID == "" {
		providers, _, err := c.list(ctx, "/providers", nil, 0)
		if err != nil {
			return err
		}
		ids = ids[:0]
		for _, item := range providers {
			var p audit.Provider
			if err := json.Unmarshal(item, &p); err != nil {
				return fmt.Errorf("the server's answer can't be read: %w", err)
			}
			if p.SyncStatus != audit.SyncStatusDisconnected {
				ids = append(ids, p.ID)
			}
		}
	}
	for _, id := range ids {
		coverage, err := get[struct {
			Data []audit.Coverage `json:"data"`
		}](ctx, c, at("/providers/%s/coverage", id))
		if err != nil {
			return err
		}
		for _, slice := range coverage.Data {
			if err := holeOf(slice, o); err != nil {
				return err
			}
		}
	}
	return nil
}

func holeOf(slice audit.Coverage, o detectOptions) error {
	for _, t := range slice.Types {
		failed := t.Status == audit.ReadFailed || t.Status == audit.ReadThrottled
		unread := t.Status == audit.ReadDenied || len(t.Unread) > 0
		if failed || unread && o.failOnUnread {
			return errors.New(clean(fmt.Sprintf("%s in %s could not be read whole (%s): the answer is not complete",
				t.ResourceType, slice.Region, strings.TrimSpace(string(t.Status)+" "+t.Action))))
		}
	}
	return nil
}
