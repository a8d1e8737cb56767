package awscloud

import (
	"context"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/shape"
)

// ec2EndpointListings read VPC endpoints and flow logs.
func ec2EndpointListings() []listing {
	p := &ec2Endpoints{
		endpoints: projectorOf("ec2_vpc_endpoint", map[string]string{
			"DnsOptions.PrivateDnsOnlyForInboundResolverEndpoint": "", // see endpoint
		}),
		flowLogs: projectorOf("ec2_flow_log", nil),
	}
	return []listing{
		{
			types: []string{"ec2_vpc_endpoint"}, actions: []string{"ec2:DescribeVpcEndpoints"},
			page: ec2PageSize, collect: ec2Collect(describeVPCEndpoints, p.endpoint),
		},
		{
			types: []string{"ec2_flow_log"}, actions: []string{"ec2:DescribeFlowLogs"},
			page: ec2PageSize, collect: ec2Collect(describeFlowLogs, p.flowLog),
		},
	}
}

func ec2EndpointEvents() map[string]map[string][]string {
	events := ec2Changes("ec2_vpc_endpoint", []string{
		"DnsOptions", "IpAddressType", "PolicyDocument", "PrivateDnsEnabled", "RouteTableIds", "SecurityGroupIds", "SubnetIds",
	}, "ModifyVpcEndpoint")
	// The call's resources are those whose traffic is logged: its change is the log's.
	maps.Copy(events, ec2Changes("ec2_flow_log", []string{
		"DeliverCrossAccountRole", "DeliverLogsPermissionArn", "DestinationOptions", "LogDestination", "LogDestinationType",
		"LogFormat", "LogGroupName", "MaxAggregationInterval", "ResourceId", "ResourceType", "TagFieldSpecifications", "Tags",
		"TrafficType",
	}, "CreateFlowLogs"))
	return events
}

func describeVPCEndpoints(ctx context.Context, api *ec2.Client, token *string) ([]types.VpcEndpoint, *string, error) {
	page, err := api.DescribeVpcEndpoints(ctx, &ec2.DescribeVpcEndpointsInput{MaxResults: aws.Int32(ec2PageSize), NextToken: token})
	if err != nil {
		return nil, nil, err
	}
	return page.VpcEndpoints, page.NextToken, nil
}

func describeFlowLogs(ctx context.Context, api *ec2.Client, token *string) ([]types.FlowLog, *string, error) {
	page, err := api.DescribeFlowLogs(ctx, &ec2.DescribeFlowLogsInput{MaxResults: aws.Int32(ec2PageSize), NextToken: token})
	if err != nil {
		return nil, nil, err
	}
	return page.FlowLogs, page.NextToken, nil
}

// ec2Endpoints turn the answers about endpoints and flow logs into configurations.
type ec2Endpoints struct{ endpoints, flowLogs *shape.Projector }

// endpoint reads a VPC endpoint. Those that an AWS service made in this account's VPCs are listed here and nowhere else.
func (p *ec2Endpoints) endpoint(s *session, e *types.VpcEndpoint) *audit.Observation {
	if ec2Others(s, e.OwnerId) && !aws.ToBool(e.RequesterManaged) {
		return nil
	}
	switch strings.ToLower(string(e.State)) { // the API's own case is the other
	case "deleting", "deleted", "rejected", "expired":
		return nil
	}
	c := p.endpoints.Project(e)
	groups := make([]*string, 0, len(e.Groups))
	for _, g := range e.Groups {
		groups = append(groups, g.GroupId)
	}
	c["SecurityGroupIds"] = groups
	if d := e.DnsOptions; d != nil && d.PrivateDnsOnlyForInboundResolverEndpoint != nil {
		options, _ := c["DnsOptions"].(object)
		if options == nil {
			options = object{}
			c["DnsOptions"] = options
		}
		// A word in CloudFormation (AWS::EC2::VPCEndpoint DnsOptionsSpecification), a Boolean in the API.
		options["PrivateDnsOnlyForInboundResolverEndpoint"] = "AllResolvers"
		if *d.PrivateDnsOnlyForInboundResolverEndpoint {
			options["PrivateDnsOnlyForInboundResolverEndpoint"] = "OnlyInboundResolver"
		}
	}
	return ec2Listed(s, "ec2_vpc_endpoint", "vpc-endpoint", e.VpcEndpointId, c, object{
		"State": told(e.State), "CreationTimestamp": e.CreationTimestamp, "RequesterManaged": e.RequesterManaged,
		"OwnerId": e.OwnerId, "NetworkInterfaceIds": e.NetworkInterfaceIds, "FailureReason": e.FailureReason,
	}, e.Tags)
}

func (p *ec2Endpoints) flowLog(s *session, l *types.FlowLog) *audit.Observation {
	c := p.flowLogs.Project(l)
	if t := flowLogResourceType(aws.ToString(l.ResourceId)); t != "" {
		c["ResourceType"] = t
	}
	return ec2Listed(s, "ec2_flow_log", "vpc-flow-log", l.FlowLogId, c, object{
		"CreationTime": l.CreationTime, "FlowLogStatus": l.FlowLogStatus, "DeliverLogsStatus": l.DeliverLogsStatus,
		"DeliverLogsErrorMessage": l.DeliverLogsErrorMessage,
	}, l.Tags)
}

// flowLogResourceType tells by its id what a flow log is about, in the words of AWS::EC2::FlowLog. The API doesn't say.
func flowLogResourceType(id string) string {
	for _, t := range []struct{ prefix, name string }{
		{"vpc-", "VPC"},
		{"subnet-", "Subnet"},
		{"eni-", "NetworkInterface"},
		{"tgw-attach-", "TransitGatewayAttachment"},
		{"tgw-", "TransitGateway"},
		{"nat-", "RegionalNatGateway"},
	} {
		if strings.HasPrefix(id, t.prefix) {
			return t.name
		}
	}
	return ""
}
