package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/infraudit/infraudit/internal/audit"
)

func newProviderCmd(a *app) *cobra.Command {
	f := filters{}
	list := leaf("list", "List connected accounts", "infraudit provider list -o json",
		func(ctx context.Context, _ []string) error {
			return showList(ctx, a, "/providers", f.query(), providerColumns())
		})
	a.addListFlags(list)
	f.flag(list, "type", "type", "aws, gcp, azure or kubernetes")
	f.flag(list, "status", "status", "syncing, synced, partial, error or disconnected")

	get := leaf("get ID", "Show a connected account", "", func(ctx context.Context, args []string) error {
		return showOne(ctx, a, http.MethodGet, at("/providers/%s", args[0]), nil, nil, providerColumns())
	})
	var wait *bool
	sync := leaf("sync ID", "Read an account again now", "infraudit provider sync prv_1a2b3c --wait",
		func(ctx context.Context, args []string) error {
			return a.start(ctx, at("/providers/%s/sync", args[0]), nil, *wait)
		})
	wait = waitFlag(sync)
	var holes bool
	coverage := leaf("coverage ID", "Show what the last sync could and could not read",
		"infraudit provider coverage prv_1a2b3c --unread",
		func(ctx context.Context, args []string) error { return a.coverage(ctx, args[0], holes) })
	coverage.Flags().BoolVar(&holes, "unread", false, "only what could not be read")
	update := newProviderUpdateCmd(a)
	disconnect := leaf("disconnect ID", "Remove an account's credentials; its history stays", "",
		func(ctx context.Context, args []string) error {
			return a.send(ctx, http.MethodDelete, at("/providers/%s", args[0]), "disconnected; its history is kept")
		})
	var account string
	template := leaf("role-template", "Print the role that lets InfraAudit into an AWS account, as a CloudFormation template",
		"infraudit provider role-template --account-id 123456789012 > role.yaml",
		func(ctx context.Context, _ []string) error { return a.roleTemplate(ctx, account) })
	template.Flags().StringVar(&account, "account-id", "", "the AWS account: 12 digits")
	_ = template.MarkFlagRequired("account-id")
	return group("provider", "Connected cloud accounts", list, get,
		group("connect", "Connect a cloud account", newConnectAWSCmd(a)), sync, coverage, update, disconnect, template)
}

func newProviderUpdateCmd(a *app) *cobra.Command {
	var name string
	var types []string
	var none bool
	var cmd *cobra.Command
	cmd = leaf("update ID", "Change a connected account's name, or what is read of it", `
infraudit provider update prv_1a2b3c --name production
infraudit provider update prv_1a2b3c --resource-type AWS::IVS::PlaybackKeyPair --resource-type AWS::IVS::Channel
infraudit provider update prv_1a2b3c --no-resource-types`,
		func(ctx context.Context, args []string) error {
			body := map[string]any{}
			if cmd.Flags().Changed("name") {
				body["name"] = name
			}
			if none {
				body["resource_types"] = []string{}
			} else if len(types) > 0 {
				body["resource_types"] = types
			}
			return showOne(ctx, a, http.MethodPatch, at("/providers/%s", args[0]), nil, body, providerColumns())
		})
	cmd.Flags().StringVar(&name, "name", "", "the new display name")
	resourceTypeFlag(cmd, &types)
	cmd.Flags().BoolVar(&none, "no-resource-types", false, "read nothing but what InfraAudit knows")
	cmd.MarkFlagsOneRequired("name", "resource-type", "no-resource-types")
	cmd.MarkFlagsMutuallyExclusive("resource-type", "no-resource-types")
	return cmd
}

// resourceTypeFlag adds the flag that names what is read besides what InfraAudit knows.
func resourceTypeFlag(cmd *cobra.Command, types *[]string) {
	cmd.Flags().StringSliceVar(types, "resource-type", nil,
		"also read this CloudFormation type, AWS::Service::Type, by Cloud Control; repeat it for several")
}

func providerColumns() []column[audit.Provider] {
	return []column[audit.Provider]{
		{head: "id", value: func(p *audit.Provider) string { return p.ID }},
		{head: "name", value: func(p *audit.Provider) string {
			if p.Demo {
				return p.Name + " (demo)"
			}
			return p.Name
		}},
		{head: "type", value: func(p *audit.Provider) string { return string(p.Type) }},
		{head: "account", value: func(p *audit.Provider) string { return p.Account }},
		{head: "status", value: func(p *audit.Provider) string { return string(p.SyncStatus) }},
		{head: "last sync", value: func(p *audit.Provider) string { return whenPtr(p.LastSyncAt) }},
		{head: "auth", value: func(p *audit.Provider) string { return string(p.AuthMethod) }},
		{head: "principal", value: func(p *audit.Provider) string { return p.Principal }, wide: true},
		{head: "also reads", value: func(p *audit.Provider) string { return strings.Join(p.ResourceTypes, ", ") }, wide: true},
		{head: "error", value: func(p *audit.Provider) string { return p.SyncError }, wide: true},
		{head: "connected", value: func(p *audit.Provider) string { return when(p.ConnectedAt) }, wide: true},
	}
}

// coverageLine is one resource type of one slice.
type coverageLine struct {
	audit.Slice
	audit.TypeCoverage
}

func (l *coverageLine) hole() bool {
	return l.Status != audit.ReadOK && l.Status != audit.ReadUnsupported || len(l.Unread) > 0
}

func (a *app) coverage(ctx context.Context, id string, holes bool) error {
	c, s, err := a.client()
	if err != nil {
		return err
	}
	slicesOf, err := get[struct {
		Data []struct {
			audit.Slice
			Types []json.RawMessage `json:"types"`
		} `json:"data"`
	}](ctx, c, at("/providers/%s/coverage", id))
	if err != nil {
		return err
	}
	var items []json.RawMessage
	for _, slice := range slicesOf.Data {
		for _, t := range slice.Types {
			var line coverageLine
			if err := json.Unmarshal(t, &line.TypeCoverage); err != nil {
				return fmt.Errorf("the server's answer can't be read: %w", err)
			}
			line.Slice = slice.Slice
			if holes && !line.hole() {
				continue
			}
			item, err := json.Marshal(line)
			if err != nil {
				return err
			}
			items = append(items, item)
		}
	}
	return printList(a, s.output, items, []column[coverageLine]{
		{head: "region", value: func(l *coverageLine) string { return l.Region }},
		{head: "service", value: func(l *coverageLine) string { return l.Service }},
		{head: "resource type", value: func(l *coverageLine) string { return l.ResourceType }},
		{head: "status", value: func(l *coverageLine) string { return string(l.Status) }},
		{head: "count", value: func(l *coverageLine) string {
			if l.Count == nil {
				return "unknown"
			}
			return strconv.Itoa(*l.Count)
		}},
		{head: "could not read", value: (*coverageLine).refused},
	})
}

func (l *coverageLine) refused() string {
	var parts []string
	if l.Status != audit.ReadOK {
		parts = append(parts, strings.TrimSpace(l.Action+" "+l.Code))
	}
	for action, n := range l.Unread {
		parts = append(parts, fmt.Sprintf("%s on %d", action, n))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

func (a *app) roleTemplate(ctx context.Context, account string) error {
	c, s, err := a.client()
	if err != nil {
		return err
	}
	item, err := c.do(ctx, http.MethodGet, "/providers/aws/role-template", url.Values{"account_id": {account}}, nil)
	if err != nil {
		return err
	}
	if s.output == "json" || s.output == "yaml" {
		return printRaw(a.out, s.output, item)
	}
	var t struct {
		ExternalID string `json:"external_id"`
		RoleARN    string `json:"role_arn"`
		Template   string `json:"template"`
	}
	if err := json.Unmarshal(item, &t); err != nil {
		return fmt.Errorf("the server's answer can't be read: %w", err)
	}
	if t.Template == "" {
		return errors.New("the server gave no template")
	}
	fmt.Fprint(a.out, t.Template)
	a.note("external id: %s\ndeploy the template in account %s, then:\n  infraudit provider connect aws --role-arn %s",
		t.ExternalID, account, t.RoleARN)
	return nil
}
