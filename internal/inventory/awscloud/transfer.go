package awscloud

import (
	"context"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/transfer"
	"github.com/aws/aws-sdk-go-v2/service/transfer/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// transferCollector reads AWS Transfer Family (Transfer Family API reference).
func transferCollector() *collector {
	p := &transferProjectors{
		servers: projectorOf("transfer_server", nil),
		users:   projectorOf("transfer_user", map[string]string{"DescribedUser.SshPublicKeys": ""}), // see user
	}
	user := func(path string) map[string][]string { return map[string][]string{"transfer_user": {path}} }
	tags := map[string][]string{"transfer_server": {"Tags"}, "transfer_user": {"Tags"}}
	return &collector{
		service: "transfer",
		listings: []listing{
			{
				types: []string{"transfer_server"}, actions: []string{actionListTransferServers, "transfer:DescribeServer"},
				page: transferPage,
				each: []each{{
					action: "transfer:DescribeServer", of: "server", because: "the listing leaves protocols, networks and the security policy out",
				}},
				collect: p.collectServers,
			},
			{
				types:   []string{"transfer_user"},
				actions: []string{"transfer:ListUsers", "transfer:DescribeUser", actionListTransferServers}, page: transferPage,
				each: []each{
					{action: "transfer:ListUsers", of: "server with users of its own", other: true, because: "users are listed by server"},
					{action: "transfer:DescribeUser", of: "user", because: "the listing leaves the policy, the mappings, the keys and tags out"},
				},
				collect: p.collectUsers,
			},
		},
		events: map[string]map[string][]string{
			"ImportSshPublicKey": user("SshPublicKeys"),
			"DeleteSshPublicKey": user("SshPublicKeys"),
			"UpdateUser": {"transfer_user": {
				"HomeDirectory", "HomeDirectoryMappings", "HomeDirectoryType", "Policy", "PosixProfile", "Role",
			}},
			"TagResource":   tags,
			"UntagResource": tags,
		},
	}
}

const (
	actionListTransferServers = "transfer:ListServers"
	// transferPage is the most that Transfer Family lists at once.
	transferPage = 1000
	// transferGone is the code that says that a server or a user vanished.
	transferGone = "ResourceNotFoundException"
)

var (
	// transferServerDescribed are what DescribeServer tells and the listing doesn't.
	transferServerDescribed = []string{
		"Certificate", "EndpointDetails", "IdentityProviderDetails", "IpAddressType", "PostAuthenticationLoginBanner",
		"PreAuthenticationLoginBanner", "ProtocolDetails", "Protocols", "S3StorageOptions", "SecurityPolicyName", "StructuredLogDestinations", "Tags",
		"WorkflowDetails",
	}
	// transferUserDescribed are the same of DescribeUser.
	transferUserDescribed = []string{"HomeDirectoryMappings", "Policy", "PosixProfile", "SshPublicKeys", "Tags"}
)

func transferClient(s *session) *transfer.Client {
	return client(s, func(c aws.Config) *transfer.Client { return transfer.NewFromConfig(c) })
}

// transferProjectors turn the answers of the API into configurations.
type transferProjectors struct{ servers, users *shape.Projector }

// transferServers lists the region's servers. Users can be listed by server only.
func transferServers(ctx context.Context, s *session) ([]types.ListedServer, error) {
	return memo(ctx, s, actionListTransferServers, func(ctx context.Context) ([]types.ListedServer, error) {
		var all []types.ListedServer
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := transferClient(s).ListServers(ctx, &transfer.ListServersInput{MaxResults: aws.Int32(transferPage), NextToken: token})
			if err != nil {
				return nil, err
			}
			all = append(all, page.Servers...)
			return page.NextToken, nil
		})
		return all, err
	})
}

func (p *transferProjectors) collectServers(ctx context.Context, s *session, out inventory.Emitter) error {
	servers, err := transferServers(ctx, s)
	if err != nil {
		return err
	}
	return forEach(ctx, s, servers, func(ctx context.Context, v types.ListedServer) error {
		o := &audit.Observation{
			Type: "transfer_server", ExternalID: aws.ToString(v.Arn), Config: p.servers.Project(v),
			Facts: object{"State": told(v.State), "UserCount": v.UserCount},
		}
		if out.Done(o.Type, o.ExternalID) {
			return nil
		}
		if v.State == types.StateOffline {
			o.Status = audit.ResourceStopped
		}
		err := s.detail(ctx, o, transferServerDescribed, func(ctx context.Context) error {
			got, err := transferClient(s).DescribeServer(ctx, &transfer.DescribeServerInput{ServerId: v.ServerId})
			if err == nil && got.Server != nil {
				maps.Copy(o.Config, p.servers.Project(got.Server))
				o.Facts["HostKeyFingerprint"] = got.Server.HostKeyFingerprint
			}
			return goneIf(err, transferGone)
		})
		if err != nil {
			return err
		}
		return s.emit(ctx, out, o)
	})
}

// collectUsers reads the users that servers keep themselves; those of directories and of other identity providers are
// unknown to the service.
func (p *transferProjectors) collectUsers(ctx context.Context, s *session, out inventory.Emitter) error {
	servers, err := transferServers(ctx, s)
	if err != nil {
		return err
	}
	return forEach(ctx, s, servers, func(ctx context.Context, v types.ListedServer) error {
		if v.IdentityProviderType != "" && v.IdentityProviderType != types.IdentityProviderTypeServiceManaged {
			return nil
		}
		return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := transferClient(s).ListUsers(ctx, &transfer.ListUsersInput{
				ServerId: v.ServerId, MaxResults: aws.Int32(transferPage), NextToken: token,
			})
			if err != nil {
				return nil, goneIf(err, transferGone)
			}
			return page.NextToken, forEach(ctx, s, page.Users, func(ctx context.Context, u types.ListedUser) error {
				return p.user(ctx, s, out, v.ServerId, &u)
			})
		})
	})
}

func (p *transferProjectors) user(ctx context.Context, s *session, out inventory.Emitter, server *string, u *types.ListedUser) error {
	o := &audit.Observation{
		Type: "transfer_user", ExternalID: aws.ToString(u.Arn), Name: aws.ToString(u.UserName), Config: p.users.Project(u),
		Facts: object{"SshPublicKeyCount": u.SshPublicKeyCount},
	}
	o.Config["ServerId"] = server
	if out.Done(o.Type, o.ExternalID) {
		return nil
	}
	err := s.detail(ctx, o, transferUserDescribed, func(ctx context.Context) error {
		got, err := transferClient(s).DescribeUser(ctx, &transfer.DescribeUserInput{ServerId: server, UserName: u.UserName})
		if err != nil || got.User == nil {
			return goneIf(err, transferGone)
		}
		maps.Copy(o.Config, p.users.Project(got.User))
		var keys []any // the API tells of each when it was imported, too
		for _, k := range got.User.SshPublicKeys {
			keys = append(keys, k.SshPublicKeyBody)
		}
		o.Config["SshPublicKeys"] = keys
		return nil
	})
	if err != nil {
		return err
	}
	return s.emit(ctx, out, o)
}
