package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/store"
)

// ResourceQuery filters the inventory.
type ResourceQuery struct {
	Provider string    `query:"provider" maxLength:"64" doc:"A provider's id"`
	Type     string    `query:"type" maxLength:"64" doc:"A resource type" example:"s3_bucket"`
	Region   string    `query:"region" maxLength:"32" doc:"A region, or global"`
	Service  string    `query:"service" maxLength:"32" doc:"A service" example:"ec2"`
	Status   []string  `query:"status" enum:"active,stopped,deleted" doc:"Default: those that exist"`
	Tag      string    `query:"tag" maxLength:"512" doc:"A tag that must be there, as key or key=value"`
	Since    time.Time `query:"since" doc:"Only what changed at or after this time"`
	Name     string    `query:"name" maxLength:"256" doc:"A part of the name or the external id, in any case"`
}

func (q *ResourceQuery) filter() (store.ResourceFilter, error) {
	f := store.ResourceFilter{
		ProviderID: q.Provider, Type: q.Type, Region: q.Region, Service: q.Service,
		Status: typed[audit.ResourceStatus](q.Status), Since: q.Since, Name: q.Name,
	}
	if q.Tag == "" {
		return f, nil
	}
	f.TagKey, f.TagValue, _ = strings.Cut(q.Tag, "=")
	if f.TagKey == "" {
		return f, fault.Field("tag", "must be key or key=value")
	}
	return f, nil
}

func typed[T ~string](values []string) []T {
	if len(values) == 0 {
		return nil
	}
	out := make([]T, len(values))
	for i, v := range values {
		out[i] = T(v)
	}
	return out
}

// exportBody is ResourceQuery as a body.
type exportBody struct {
	Provider string    `json:"provider,omitempty" maxLength:"64"`
	Type     string    `json:"type,omitempty" maxLength:"64"`
	Region   string    `json:"region,omitempty" maxLength:"32"`
	Service  string    `json:"service,omitempty" maxLength:"32"`
	Status   []string  `json:"status,omitempty" enum:"active,stopped,deleted" nullable:"false"`
	Tag      string    `json:"tag,omitempty" maxLength:"512"`
	Since    time.Time `json:"since,omitzero"`
	Name     string    `json:"name,omitempty" maxLength:"256"`
}

// resourceConfig is a configuration with what was read beside it.
type resourceConfig struct {
	ResourceID string                  `json:"resource_id"`
	Hash       string                  `json:"hash"`
	Config     map[string]any          `json:"config" doc:"What one would write to declare the resource"`
	Unread     map[string]audit.Unread `json:"unread,omitempty" doc:"Attribute paths that could not be read, and why"`
	Facts      map[string]any          `json:"facts,omitempty" doc:"What nobody declares: states, ages, counters; only with the current configuration"`
}

func (a *api) resourceRoutes() {
	s := a.services
	handle(a, operation{
		id: "list-resources", method: http.MethodGet, path: "/resources", summary: "List resources",
		description: "In a stable order: by slice (provider, region, service), then type.",
		errors:      []int{http.StatusBadRequest},
	}, func(ctx context.Context, who Principal, in *struct {
		PageQuery
		ResourceQuery
	},
	) (*one[list[audit.Resource]], error) {
		f, err := in.filter()
		if err != nil {
			return nil, err
		}
		page, err := s.Resources.Resources(ctx, who.Team, f, in.store())
		for i := range page.Items {
			page.Items[i] = tagged(page.Items[i])
		}
		return pageOf(page, err)
	})
	handle(a, operation{
		id: "get-resource", method: http.MethodGet, path: "/resources/{id}", summary: "Get a resource",
	}, func(ctx context.Context, who Principal, in *ByID) (*one[audit.Resource], error) {
		r, err := s.Resources.Resource(ctx, who.Team, in.ID)
		return oneOf(tagged(r), err)
	})
	handle(a, operation{
		id: "get-resource-config", method: http.MethodGet, path: "/resources/{id}/config",
		summary: "Get a resource's configuration",
	}, a.resourceConfig)
	handle(a, operation{
		id: "list-resource-history", method: http.MethodGet, path: "/resources/{id}/history",
		summary: "List what happened to a resource", description: "Newest first.", errors: []int{http.StatusBadRequest},
	}, func(ctx context.Context, who Principal, in *struct {
		ByID
		PageQuery
	},
	) (*one[list[store.HistoryEvent]], error) {
		return pageOf(s.Resources.ResourceHistory(ctx, who.Team, in.ID, in.store()))
	})
	handle(a, operation{
		id: "list-resource-drifts", method: http.MethodGet, path: "/resources/{id}/drifts",
		summary: "List a resource's drifts", description: "Newest first, by detection.", errors: []int{http.StatusBadRequest},
	}, a.resourceDrifts)
	handle(a, operation{
		id: "delete-resource", method: http.MethodDelete, path: "/resources/{id}", summary: "Forget a resource",
		description: "Deletes our record, nothing in the cloud: the next sync finds a resource that still exists again.",
	}, func(ctx context.Context, who Principal, in *ByID) (*nothing, error) {
		return nil, s.Resources.DeleteResource(ctx, who.Team, in.ID)
	})
	handle(a, operation{
		id: "export-resources", method: http.MethodPost, path: "/resources/export", summary: "Export resources as CSV",
		description: "The execution's result_url is where the file can be fetched for 24 hours.",
		status:      http.StatusAccepted, creates: true,
	}, func(ctx context.Context, who Principal, in *struct{ Body *exportBody }) (*started, error) {
		var q ResourceQuery
		if in.Body != nil {
			q = ResourceQuery(*in.Body)
		}
		f, err := q.filter()
		if err != nil {
			return nil, err
		}
		return startedOf(s.Work.ExportResources(ctx, who.Team, f, who.User))
	})
}

func (a *api) resourceConfig(ctx context.Context, who Principal, in *struct {
	ByID
	Hash string `query:"hash" maxLength:"128" doc:"One of the resource's earlier configurations; default: the current one"`
},
) (*one[resourceConfig], error) {
	c, err := a.services.Resources.Configuration(ctx, who.Team, in.ID, in.Hash)
	if err != nil {
		return nil, err
	}
	out := resourceConfig{ResourceID: in.ID, Hash: c.Hash, Config: c.Config, Unread: c.Unread}
	if in.Hash == "" {
		if out.Facts, err = a.services.Resources.Facts(ctx, who.Team, in.ID); err != nil {
			return nil, err
		}
	}
	return &one[resourceConfig]{out}, nil
}

func (a *api) resourceDrifts(ctx context.Context, who Principal, in *struct {
	ByID
	PageQuery
	Status []string `query:"status" enum:"detected,investigating,resolved" doc:"Default: the open ones"`
},
) (*one[list[audit.Drift]], error) {
	if _, err := a.services.Resources.Resource(ctx, who.Team, in.ID); err != nil {
		return nil, err
	}
	f := store.DriftFilter{ResourceID: in.ID, Status: typed[audit.DriftStatus](in.Status)}
	return pageOf(a.services.Drifts.Drifts(ctx, who.Team, f, in.store()))
}

// tagged makes a resource without tags encode as {}, not null.
func tagged(r audit.Resource) audit.Resource {
	if r.Tags == nil {
		r.Tags = map[string]string{}
	}
	return r
}
