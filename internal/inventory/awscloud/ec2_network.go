package awscloud

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
)

// ec2NetworkListings read the network: VPCs and what is in them, what guards them and what leads out of them.
func ec2NetworkListings() []listing {
	return slices.Concat(ec2FirewallListings(), ec2VPCListings(), ec2RouteListings(), ec2GatewayListings(), ec2EndpointListings())
}

// ec2NetworkEvents says which attribute paths the calls of the network's API change, by resource type.
func ec2NetworkEvents() map[string]map[string][]string {
	events := map[string]map[string][]string{}
	for _, more := range []map[string]map[string][]string{
		ec2FirewallEvents(), ec2VPCEvents(), ec2RouteEvents(), ec2GatewayEvents(), ec2EndpointEvents(),
	} {
		maps.Copy(events, more)
	}
	return events
}

// ec2Changes makes the events of one resource type: paths to the names of the calls that change them.
func ec2Changes(resourceType string, paths []string, calls ...string) map[string]map[string][]string {
	out := make(map[string]map[string][]string, len(calls))
	for _, call := range calls {
		out[call] = map[string][]string{resourceType: paths}
	}
	return out
}

// ec2Collect reads a listing whose items tell everything: fetch returns a page's items and the token of the next, one
// the observation of an item, nil where it is to be left out.
func ec2Collect[T any](
	fetch func(ctx context.Context, api *ec2.Client, token *string) ([]T, *string, error),
	one func(s *session, item *T) *audit.Observation,
) func(ctx context.Context, s *session, out inventory.Emitter) error {
	return func(ctx context.Context, s *session, out inventory.Emitter) error {
		return ec2Pages(ctx, s, out,
			func(ctx context.Context, token *string) ([]T, *string, error) { return fetch(ctx, ec2Client(s), token) },
			func(item *T) *audit.Observation { return one(s, item) },
		)
	}
}

// ec2Others tells whether a resource is another account's, which shares it with this one through AWS RAM: its owner's
// inventory has it.
func ec2Others(s *session, owner *string) bool {
	id := aws.ToString(owner)
	return id != "" && id != s.account
}

// gatewayAttachment is the child that says which VPC a gateway belongs to.
const gatewayAttachment = "AWS::EC2::VPCGatewayAttachment"

// ec2Attached tells whether an attachment holds, or is about to. Internet gateways say "available" where others say
// "attached" (EC2 API reference, InternetGatewayAttachment).
func ec2Attached(state string) bool {
	return state != "detaching" && state != "detached"
}
