package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/detective"
	"github.com/aws/aws-sdk-go-v2/service/detective/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// detectiveCollector reads Amazon Detective (Detective API reference). Where Detective isn't enabled there is no graph.
func detectiveCollector() *collector {
	p := &detectiveProjectors{graphs: projectorOf("detective_graph", nil)}
	graph := func(path string) map[string][]string { return map[string][]string{"detective_graph": {path}} }
	return &collector{
		service: "detective",
		listings: []listing{{
			types: []string{"detective_graph"},
			actions: []string{
				"detective:ListGraphs", "detective:ListDatasourcePackages", "detective:ListMembers", "detective:ListTagsForResource",
			},
			page: detectivePage,
			each: []each{
				{action: "detective:ListDatasourcePackages", of: "graph", because: "sources are listed by graph; an account has one at most"},
				{action: "detective:ListMembers", of: "graph", because: "members are listed by graph"},
				{action: "detective:ListTagsForResource", of: "graph", because: "the listing leaves tags out"},
			},
			collect: p.collect,
		}},
		events: map[string]map[string][]string{
			"CreateMembers":            graph(detectiveMembers),
			"DeleteMembers":            graph(detectiveMembers),
			"UpdateDatasourcePackages": graph("DatasourcePackages"),
			"TagResource":              graph("Tags"),
			"UntagResource":            graph("Tags"),
		},
	}
}

const (
	// detectiveMembers are the accounts whose data a graph has, besides its own.
	detectiveMembers = "AWS::Detective::MemberInvitation"
	// detectivePage is the most that Detective returns at once.
	detectivePage = 200
	// detectiveGone is the code that says that a graph vanished.
	detectiveGone = "ResourceNotFoundException"
)

func detectiveClient(s *session) *detective.Client {
	return client(s, func(c aws.Config) *detective.Client { return detective.NewFromConfig(c) })
}

// detectiveProjectors turn the answers of the Detective API into configurations.
type detectiveProjectors struct{ graphs *shape.Projector }

func (p *detectiveProjectors) collect(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := detectiveClient(s).ListGraphs(ctx, &detective.ListGraphsInput{MaxResults: aws.Int32(detectivePage), NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.GraphList, func(ctx context.Context, g types.Graph) error {
			o := &audit.Observation{
				Type: "detective_graph", ExternalID: aws.ToString(g.Arn), Config: object{}, Facts: object{"CreatedTime": g.CreatedTime},
			}
			if out.Done(o.Type, o.ExternalID) {
				return nil
			}
			for _, read := range []func(context.Context, *session, *audit.Observation, *string) error{
				p.readSources, p.readMembers, p.readTags,
			} {
				if err := read(ctx, s, o, g.Arn); err != nil {
					return err
				}
			}
			return s.emit(ctx, out, o)
		})
	})
}

// readSources reads what the graph is fed with.
func (p *detectiveProjectors) readSources(ctx context.Context, s *session, o *audit.Observation, graph *string) error {
	return s.detail(ctx, o, []string{"DatasourcePackages"}, func(ctx context.Context) error {
		var started []string
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := detectiveClient(s).ListDatasourcePackages(ctx, &detective.ListDatasourcePackagesInput{
				GraphArn: graph, MaxResults: aws.Int32(detectivePage), NextToken: token,
			})
			if err != nil {
				return nil, err
			}
			for name, about := range page.DatasourcePackages {
				if about.DatasourcePackageIngestState == types.DatasourcePackageIngestStateStarted {
					started = append(started, name)
				}
			}
			return page.NextToken, nil
		})
		if err == nil {
			o.Config["DatasourcePackages"] = started
		}
		return goneIf(err, detectiveGone)
	})
}

// readMembers reads whose data the graph has, those included who have yet to accept.
func (p *detectiveProjectors) readMembers(ctx context.Context, s *session, o *audit.Observation, graph *string) error {
	return s.detail(ctx, o, []string{detectiveMembers}, func(ctx context.Context) error {
		var members []any
		status := object{} // by account
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := detectiveClient(s).ListMembers(ctx, &detective.ListMembersInput{
				GraphArn: graph, MaxResults: aws.Int32(detectivePage), NextToken: token,
			})
			if err != nil {
				return nil, err
			}
			for _, m := range page.MemberDetails {
				members = append(members, object{"MemberId": m.AccountId, "MemberEmailAddress": m.EmailAddress})
				status[aws.ToString(m.AccountId)] = told(m.Status)
			}
			return page.NextToken, nil
		})
		if err == nil {
			o.Config[detectiveMembers], o.Facts["MemberStatus"] = members, status
		}
		return goneIf(err, detectiveGone)
	})
}

func (p *detectiveProjectors) readTags(ctx context.Context, s *session, o *audit.Observation, graph *string) error {
	return ask(ctx, s, o, aside{paths: []string{"Tags"}, gone: []string{detectiveGone}}, detectiveClient(s).ListTagsForResource,
		&detective.ListTagsForResourceInput{ResourceArn: graph}, func(got *detective.ListTagsForResourceOutput) {
			o.Config["Tags"] = p.graphs.ProjectAt("Tags", got.Tags)
		})
}
