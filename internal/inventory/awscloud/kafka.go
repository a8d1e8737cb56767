package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kafka"
	"github.com/aws/aws-sdk-go-v2/service/kafka/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

const (
	kafkaCluster       = "kafka_cluster"
	kafkaServerless    = "kafka_serverless_cluster"
	kafkaConfiguration = "kafka_configuration"
	kafkaPolicy        = "AWS::MSK::ClusterPolicy"

	actionKafkaPolicy   = "kafka:GetClusterPolicy"
	actionKafkaRevision = "kafka:DescribeConfigurationRevision"
	// kafkaPage is the most that MSK returns at once.
	kafkaPage = 100
)

// kafkaCollector reads Amazon MSK (MSK API reference).
func kafkaCollector() *collector {
	p := &kafkaProjectors{
		clusters:   projectorOf(kafkaCluster, nil),
		serverless: projectorOf(kafkaServerless, map[string]string{"VpcConfig.SecurityGroupIds": "SecurityGroups"}),
	}
	cluster := func(paths ...string) map[string][]string { return map[string][]string{kafkaCluster: paths} }
	policy := map[string][]string{kafkaCluster: {kafkaPolicy}, kafkaServerless: {kafkaPolicy}}
	tags := map[string][]string{kafkaCluster: {"Tags"}, kafkaServerless: {"Tags"}}
	return &collector{
		service: "kafka",
		listings: []listing{
			{
				types: []string{kafkaCluster, kafkaServerless}, actions: []string{"kafka:ListClustersV2", actionKafkaPolicy}, page: kafkaPage,
				each:    []each{{action: actionKafkaPolicy, of: "cluster", because: "`ListClustersV2` leaves the policy out"}},
				collect: p.collectClusters,
			},
			{
				types: []string{kafkaConfiguration}, actions: []string{"kafka:ListConfigurations", actionKafkaRevision}, page: kafkaPage,
				each: []each{{
					action: actionKafkaRevision, of: "configuration", because: "`ListConfigurations` tells names and versions, not what is configured",
				}},
				collect: collectKafkaConfigurations,
			},
		},
		events: map[string]map[string][]string{
			"DeleteClusterPolicy":        policy,
			"PutClusterPolicy":           policy,
			"TagResource":                tags,
			"UntagResource":              tags,
			"UpdateBrokerCount":          cluster("NumberOfBrokerNodes"),
			"UpdateBrokerStorage":        cluster("BrokerNodeGroupInfo.StorageInfo"),
			"UpdateBrokerType":           cluster("BrokerNodeGroupInfo.InstanceType"),
			"UpdateClusterConfiguration": cluster("ConfigurationInfo"),
			"UpdateClusterKafkaVersion":  cluster("ConfigurationInfo", "KafkaVersion"),
			"UpdateConfiguration":        {kafkaConfiguration: {"Description", "ServerProperties"}},
			"UpdateConnectivity":         cluster("BrokerNodeGroupInfo.ConnectivityInfo"),
			"UpdateMonitoring":           cluster("EnhancedMonitoring", "LoggingInfo", "OpenMonitoring"),
			"UpdateRebalancing":          cluster("Rebalancing"),
			"UpdateSecurity":             cluster("ClientAuthentication", "EncryptionInfo"),
			"UpdateStorage":              cluster("BrokerNodeGroupInfo.StorageInfo", "StorageMode"),
		},
	}
}

func kafkaClient(s *session) *kafka.Client {
	return client(s, func(c aws.Config) *kafka.Client { return kafka.NewFromConfig(c) })
}

// kafkaProjectors turn the answers of the MSK API into configurations.
type kafkaProjectors struct{ clusters, serverless *shape.Projector }

func (p *kafkaProjectors) collectClusters(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := kafkaClient(s).ListClustersV2(ctx, &kafka.ListClustersV2Input{MaxResults: aws.Int32(kafkaPage), NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.ClusterInfoList, func(ctx context.Context, k types.Cluster) error {
			o := p.cluster(&k)
			if k.State == types.ClusterStateDeleting || out.Done(o.Type, o.ExternalID) {
				return nil
			}
			if o.ExternalID != "" {
				// One without a policy answers as one that is gone does.
				err := ask(ctx, s, o, aside{paths: []string{kafkaPolicy}, absent: []string{"NotFoundException"}}, kafkaClient(s).GetClusterPolicy,
					&kafka.GetClusterPolicyInput{ClusterArn: k.ClusterArn}, func(got *kafka.GetClusterPolicyOutput) {
						o.Config[kafkaPolicy] = object{"Policy": got.Policy}
					})
				if err != nil {
					return err
				}
			}
			return s.emit(ctx, out, o)
		})
	})
}

func (p *kafkaProjectors) cluster(k *types.Cluster) *audit.Observation {
	o := &audit.Observation{
		Type: kafkaCluster, ExternalID: aws.ToString(k.ClusterArn), Name: aws.ToString(k.ClusterName), Tags: k.Tags,
		Facts: object{"CreationTime": k.CreationTime, "State": told(k.State)},
	}
	if k.ClusterType == types.ClusterTypeServerless {
		o.Type, o.Config = kafkaServerless, object{}
		if k.Serverless != nil {
			o.Config = p.serverless.Project(k.Serverless)
		}
	} else {
		o.Config = p.provisioned(k.Provisioned)
	}
	o.Config["ClusterName"], o.Config["Tags"] = k.ClusterName, k.Tags
	return o
}

func (p *kafkaProjectors) provisioned(k *types.Provisioned) object {
	if k == nil {
		return object{}
	}
	c := p.clusters.Project(k)
	if software := k.CurrentBrokerSoftwareInfo; software != nil {
		c["KafkaVersion"] = software.KafkaVersion
		if software.ConfigurationArn != nil {
			c["ConfigurationInfo"] = object{"Arn": software.ConfigurationArn, "Revision": software.ConfigurationRevision}
		}
	}
	return c
}

// collectKafkaConfigurations reads the newest revision of each configuration.
func collectKafkaConfigurations(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := kafkaClient(s).ListConfigurations(ctx, &kafka.ListConfigurationsInput{MaxResults: aws.Int32(kafkaPage), NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.Configurations, func(ctx context.Context, k types.Configuration) error {
			o := &audit.Observation{
				Type: kafkaConfiguration, ExternalID: aws.ToString(k.Arn), Name: aws.ToString(k.Name),
				Config: object{"Description": k.Description, "KafkaVersionsList": k.KafkaVersions, "Name": k.Name},
				Facts:  object{"CreationTime": k.CreationTime, "State": told(k.State)},
			}
			if k.State == types.ConfigurationStateDeleting || out.Done(o.Type, o.ExternalID) {
				return nil
			}
			if k.Arn != nil && k.LatestRevision != nil {
				o.Facts["Revision"] = k.LatestRevision.Revision
				err := ask(ctx, s, o, aside{paths: []string{"ServerProperties"}}, kafkaClient(s).DescribeConfigurationRevision,
					&kafka.DescribeConfigurationRevisionInput{Arn: k.Arn, Revision: k.LatestRevision.Revision},
					func(got *kafka.DescribeConfigurationRevisionOutput) {
						o.Config["ServerProperties"] = string(got.ServerProperties)
					})
				if err != nil {
					return err
				}
			}
			return s.emit(ctx, out, o)
		})
	})
}
