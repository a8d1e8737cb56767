package api

import (
	"context"
	"net/http"
)

const frameworkPath = "/compliance/frameworks"

type frameworkBody struct {
	YAML string `json:"yaml" minLength:"1" maxLength:"1048576" doc:"The framework, in YAML or JSON, as docs/compliance.md has it"`
}

func (a *api) frameworkRoutes() {
	s := a.services
	handle(a, operation{
		id: "create-framework", method: http.MethodPost, path: frameworkPath, summary: "Add a framework of one's own",
		description: "It may cite the team's own rules and those that come with the program. Nothing is assessed by it until it is enabled. " +
			"A known id is 409, framework_exists.",
		status: http.StatusCreated, creates: true, maxBody: maxBody,
	}, func(ctx context.Context, who Principal, in *struct{ Body frameworkBody }) (*created[FrameworkSummary], error) {
		f, err := s.Compliance.PutFramework(ctx, who.Team, "", in.Body.YAML, who.User)
		if err != nil {
			return nil, err
		}
		return &created[FrameworkSummary]{Location: apiPrefix + frameworkPath + "/" + f.ID, Body: f}, nil
	})
	handle(a, operation{
		id: "validate-framework", method: http.MethodPost, path: frameworkPath + "/validate", summary: "Check a framework without adding it",
		description: "Answers the framework as it would be, or 422 with all that is wrong with it, each with its line.", maxBody: maxBody,
	}, func(ctx context.Context, who Principal, in *struct{ Body frameworkBody }) (*one[FrameworkSummary], error) {
		return oneOf(s.Compliance.CheckFramework(ctx, who.Team, in.Body.YAML))
	})
	handle(a, operation{
		id: "replace-framework", method: http.MethodPut, path: frameworkPath + "/{id}", summary: "Replace a framework of one's own",
		description: "By another version of it. Earlier assessments stay as they are. A built-in framework is 409, built_in_framework.",
		errors:      []int{http.StatusConflict}, maxBody: maxBody,
	}, func(ctx context.Context, who Principal, in *struct {
		ByID
		Body frameworkBody
	},
	) (*one[FrameworkSummary], error) {
		return oneOf(s.Compliance.PutFramework(ctx, who.Team, in.ID, in.Body.YAML, who.User))
	})
	handle(a, operation{
		id: "delete-framework", method: http.MethodDelete, path: frameworkPath + "/{id}", summary: "Delete a framework of one's own",
		description: "Its assessments stay. A built-in framework is 409, built_in_framework.", errors: []int{http.StatusConflict},
	}, func(ctx context.Context, who Principal, in *ByID) (*nothing, error) {
		return nil, s.Compliance.DeleteFramework(ctx, who.Team, in.ID)
	})
}
