package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/infraudit/infraudit/internal/audit"
)

// overview is what status shows.
type overview struct {
	Server     string         `json:"server"`
	Version    string         `json:"version"`
	User       string         `json:"user"`
	Providers  map[string]int `json:"providers"` // by sync status
	Drifts     int            `json:"open_drifts"`
	BySeverity map[string]int `json:"open_drifts_by_severity"`
	Running    int            `json:"running_executions"`
}

func newStatusCmd(a *app) *cobra.Command {
	return leaf("status", "Show how the server and its accounts are", "", func(ctx context.Context, _ []string) error {
		c, s, err := a.client()
		if err != nil {
			return err
		}
		o, err := c.overview(ctx)
		if err != nil {
			return err
		}
		item, err := json.Marshal(o)
		if err != nil {
			return err
		}
		return printOne(a, s.output, item, []column[overview]{
			{head: "server", value: func(o *overview) string { return o.Server }},
			{head: "version", value: func(o *overview) string { return o.Version }},
			{head: "signed in as", value: func(o *overview) string { return o.User }},
			{head: "accounts", value: func(o *overview) string {
				return counted(o.Providers, []string{"synced", "syncing", "partial", "error", "disconnected"})
			}},
			{head: "open drifts", value: func(o *overview) string { return counted(o.BySeverity, []string{"critical", "high", "medium", "low"}) }},
			{head: "running", value: func(o *overview) string { return fmt.Sprintf("%d executions", o.Running) }},
		})
	})
}

// counted names counts in an order: "2 critical, 1 low".
func counted(n map[string]int, order []string) string {
	var out strings.Builder
	for _, k := range order {
		if n[k] > 0 {
			out.WriteString(fmt.Sprintf(", %d %s", n[k], k))
		}
	}
	if out.String() == "" {
		return "none"
	}
	return out.String()[2:]
}

func (c *client) overview(ctx context.Context) (overview, error) {
	o := overview{Server: c.base, Providers: map[string]int{}}
	health, err := c.health(ctx)
	if err != nil {
		return o, err
	}
	o.Version = health
	who, err := get[principal](ctx, c, "/auth/me")
	if err != nil {
		return o, err
	}
	o.User = who.User
	providers, _, err := c.list(ctx, "/providers", nil, 0)
	if err != nil {
		return o, err
	}
	for _, item := range providers {
		var p audit.Provider
		if err := json.Unmarshal(item, &p); err != nil {
			return o, err
		}
		o.Providers[string(p.SyncStatus)]++
	}
	sum, err := get[driftSummary](ctx, c, "/drifts/summary")
	if err != nil {
		return o, err
	}
	o.Drifts, o.BySeverity = sum.Total, sum.BySeverity
	running, _, err := c.list(ctx, "/executions", map[string][]string{"status": {"running"}}, 0)
	o.Running = len(running)
	return o, err
}

// health asks a server that need not know us for its version.
func (c *client) health(ctx context.Context) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/healthz", nil)
	if err != nil {
		return "", err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return "", c.unreachable(err)
	}
	defer resp.Body.Close() // only read from
	var h struct {
		Version string `json:"version"`
	}
	if resp.StatusCode != http.StatusOK || json.NewDecoder(resp.Body).Decode(&h) != nil {
		return "", errors.New(c.base + " is not an InfraAudit server")
	}
	return h.Version, nil
}
