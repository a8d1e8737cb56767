package api

import (
	"context"
	"net/http"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/store"
)

// connected answers a connection: the provider, and the first sync to follow.
type connected struct {
	Provider    audit.Provider `json:"provider"`
	ExecutionID string         `json:"execution_id" doc:"The first sync"`
}

type updateProviderInput struct {
	ByID
	Body struct {
		Name          *string   `json:"name,omitempty" minLength:"1" maxLength:"128"`
		ResourceTypes *[]string `json:"resource_types,omitempty" maxItems:"50" doc:"CloudFormation types to read besides those that InfraAudit knows; replaces the list"`
	} `nameHint:"UpdateProviderBody"`
}

type coverageList struct {
	Data []audit.Coverage `json:"data" nullable:"false"`
}

func (a *api) providerRoutes() {
	s := a.services
	a.connectRoutes()
	handle(a, operation{
		id: "list-providers", method: http.MethodGet, path: "/providers", summary: "List connected accounts",
		description: "By id, which is stable.", errors: []int{http.StatusBadRequest},
	}, func(ctx context.Context, who Principal, in *struct {
		PageQuery
		Type   string `query:"type" enum:"aws,gcp,azure,kubernetes"`
		Status string `query:"status" enum:"syncing,synced,partial,error,disconnected"`
	},
	) (*one[list[audit.Provider]], error) {
		f := store.ProviderFilter{Type: audit.ProviderType(in.Type), Status: audit.SyncStatus(in.Status)}
		return pageOf(s.Providers.Providers(ctx, who.Team, f, in.store()))
	})
	handle(a, operation{
		id: "get-provider", method: http.MethodGet, path: "/providers/{id}", summary: "Get a connected account",
	}, func(ctx context.Context, who Principal, in *ByID) (*one[audit.Provider], error) {
		return oneOf(s.Providers.Provider(ctx, who.Team, in.ID))
	})
	handle(a, operation{
		id: "update-provider", method: http.MethodPatch, path: "/providers/{id}", summary: "Change a connected account's name or settings",
		description: "What is absent stays as it is. A change of resource_types takes effect with the next sync.",
		errors:      []int{http.StatusConflict},
	}, func(ctx context.Context, who Principal, in *updateProviderInput) (*one[audit.Provider], error) {
		return oneOf(s.Providers.UpdateProvider(ctx, who.Team, in.ID, func(p *audit.Provider) (err error) {
			if name := in.Body.Name; name != nil {
				p.Name = *name
			}
			if types := in.Body.ResourceTypes; types != nil {
				p.ResourceTypes, err = s.Connector.CheckResourceTypes(*p, *types)
			}
			return err
		}))
	})
	handle(a, operation{
		id: "disconnect-provider", method: http.MethodDelete, path: "/providers/{id}", summary: "Disconnect an account",
		description: "Removes the credentials and keeps all history. Connecting the account again finds it.",
		errors:      []int{http.StatusConflict},
	}, func(ctx context.Context, who Principal, in *ByID) (*nothing, error) {
		_, err := s.Providers.Disconnect(ctx, who.Team, in.ID)
		return nil, err
	})
	handle(a, operation{
		id: "sync-provider", method: http.MethodPost, path: "/providers/{id}/sync", summary: "Sync an account now",
		description: "Reads everything. When a sync is running already, that one is answered.",
		status:      http.StatusAccepted, creates: true,
	}, func(ctx context.Context, who Principal, in *ByID) (*started, error) {
		return startedOf(s.Work.SyncProvider(ctx, who.Team, in.ID, who.User))
	})
	handle(a, operation{
		id: "get-coverage", method: http.MethodGet, path: "/providers/{id}/coverage",
		summary: "Tell what the last sync could and could not read",
		description: "Per region, service and resource type. A count that is null is unknown, never zero; action is the " +
			"API action that was refused.",
	}, func(ctx context.Context, who Principal, in *ByID) (*one[coverageList], error) {
		lines, err := s.Providers.Coverage(ctx, who.Team, in.ID)
		if err != nil {
			return nil, err
		}
		if lines == nil {
			lines = []audit.Coverage{}
		}
		return &one[coverageList]{coverageList{lines}}, nil
	})
}

func (a *api) connectRoutes() {
	handle(a, operation{
		id: "get-aws-role-template", method: http.MethodGet, path: "/providers/aws/role-template",
		summary: "Get the role that lets InfraAudit into an AWS account",
		description: "A CloudFormation template of a read-only role that requires the external id, which is derived " +
			"from your team and the account.",
	}, func(ctx context.Context, who Principal, in *struct {
		AccountID string `query:"account_id" required:"true" pattern:"^[0-9]{12}$" patternDescription:"an AWS account id: 12 digits"`
	},
	) (*one[RoleTemplate], error) {
		return oneOf(a.services.Connector.RoleTemplate(ctx, who.Team, in.AccountID))
	})
	handle(a, operation{
		id: "connect-aws", method: http.MethodPost, path: "/providers/aws/connect", summary: "Connect an AWS account",
		description: "Tries the credentials before anything is stored, then starts the first sync. Give exactly one way " +
			"in: role_arn (recommended), an access key, or use_default_chain.",
		status: http.StatusCreated, errors: []int{http.StatusBadGateway}, creates: true,
	}, func(ctx context.Context, who Principal, in *struct{ Body connectAWSBody }) (*created[connected], error) {
		c, err := in.Body.check()
		if err != nil {
			return nil, err
		}
		p, e, err := a.services.Connector.ConnectAWS(ctx, who.Team, who.User, c)
		if err != nil {
			return nil, err
		}
		return &created[connected]{Location: apiPrefix + "/providers/" + p.ID, Body: connected{p, e.ID}}, nil
	})
	handle(a, operation{
		id: "connect-provider", method: http.MethodPost, path: "/providers/{type}/connect",
		summary:     "Connect an account of another type",
		description: "Only AWS accounts can be connected in this version: see connect-aws. Other types answer 422.",
	}, func(_ context.Context, _ Principal, in *struct {
		Type string `path:"type" maxLength:"32" doc:"The type of account"`
	},
	) (*nothing, error) {
		switch audit.ProviderType(in.Type) {
		case audit.ProviderGCP, audit.ProviderAzure, audit.ProviderKubernetes:
			return nil, &fault.Error{
				Kind: fault.Unsupported, Code: "unsupported_provider",
				Message: in.Type + " accounts can't be connected in this version; aws accounts can",
			}
		}
		return nil, &fault.Error{
			Kind: fault.Unsupported, Code: "unsupported_provider",
			Message: "there is no such type of account; aws accounts can be connected",
		}
	})
}
