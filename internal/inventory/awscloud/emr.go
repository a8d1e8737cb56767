package awscloud

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/emr"
	"github.com/aws/aws-sdk-go-v2/service/emr/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

const (
	emrCluster  = "emr_cluster"
	emrSecurity = "emr_security_configuration"
	emrBlocking = "emr_block_public_access_configuration"

	actionDescribeEMRCluster  = "elasticmapreduce:DescribeCluster"
	actionDescribeEMRSecurity = "elasticmapreduce:DescribeSecurityConfiguration"
	// emrPage is the most that EMR lists at once. It takes no other size.
	emrPage = 50
)

// emrDescribed are what DescribeCluster tells.
var emrDescribed = []string{
	"Applications", "AutoScalingRole", "Configurations", "CustomAmiId", "EbsRootVolumeIops", "EbsRootVolumeSize", "EbsRootVolumeThroughput",
	"Instances", "JobFlowRole", "KerberosAttributes", "LogEncryptionKmsKeyId", "LogUri", "OSReleaseLabel", "PlacementGroupConfigs", "ReleaseLabel",
	"ScaleDownBehavior", "SecurityConfiguration", "ServiceRole", "StepConcurrencyLevel", "Tags", "VisibleToAllUsers",
}

// emrCollector reads Amazon EMR (EMR API reference), whose IAM prefix is "elasticmapreduce".
func emrCollector() *collector {
	p := &emrProjectors{
		clusters: projectorOf(emrCluster, map[string]string{
			"Cluster.PlacementGroups": "PlacementGroupConfigs",
			"Cluster.Configurations":  "", // see emrConfigurations
		}),
		blocking: projectorOf(emrBlocking, nil),
	}
	cluster := func(paths ...string) map[string][]string { return map[string][]string{emrCluster: paths} }
	return &collector{
		service: "elasticmapreduce",
		listings: []listing{
			{
				types: []string{emrCluster}, actions: []string{"elasticmapreduce:ListClusters", actionDescribeEMRCluster}, page: emrPage,
				each: []each{{
					action: actionDescribeEMRCluster, of: "cluster that isn't terminated", because: "`ListClusters` tells names and states",
				}},
				collect: p.collectClusters,
			},
			{
				types:   []string{emrSecurity},
				actions: []string{"elasticmapreduce:ListSecurityConfigurations", actionDescribeEMRSecurity}, page: emrPage,
				each: []each{{
					action: actionDescribeEMRSecurity, of: "security configuration", because: "`ListSecurityConfigurations` tells names",
				}},
				collect: collectEMRSecurity,
			},
			{
				types: []string{emrBlocking}, actions: []string{"elasticmapreduce:GetBlockPublicAccessConfiguration"}, collect: p.collectBlocking,
			},
		},
		events: map[string]map[string][]string{
			"AddTags":                           cluster("Tags"),
			"ModifyCluster":                     cluster("StepConcurrencyLevel"),
			"PutBlockPublicAccessConfiguration": {emrBlocking: {"BlockPublicSecurityGroupRules", "PermittedPublicSecurityGroupRuleRanges"}},
			"RemoveTags":                        cluster("Tags"),
			"SetKeepJobFlowAliveWhenNoSteps":    cluster("Instances.KeepJobFlowAliveWhenNoSteps"),
			"SetTerminationProtection":          cluster("Instances.TerminationProtected"),
			"SetUnhealthyNodeReplacement":       cluster("Instances.UnhealthyNodeReplacement"),
			"SetVisibleToAllUsers":              cluster("VisibleToAllUsers"),
		},
	}
}

func emrClient(s *session) *emr.Client {
	return client(s, func(c aws.Config) *emr.Client { return emr.NewFromConfig(c) })
}

// emrProjectors turn the answers of the EMR API into configurations.
type emrProjectors struct{ clusters, blocking *shape.Projector }

// emrAlive are the states of clusters that run. Terminated ones are listed for two months.
func emrAlive() []types.ClusterState {
	return []types.ClusterState{
		types.ClusterStateStarting, types.ClusterStateBootstrapping, types.ClusterStateRunning, types.ClusterStateWaiting,
	}
}

func (p *emrProjectors) collectClusters(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := emrClient(s).ListClusters(ctx, &emr.ListClustersInput{ClusterStates: emrAlive(), Marker: token})
		if err != nil {
			return nil, err
		}
		return page.Marker, forEach(ctx, s, page.Clusters, func(ctx context.Context, c types.ClusterSummary) error {
			o := &audit.Observation{
				Type: emrCluster, ExternalID: aws.ToString(c.ClusterArn), Name: aws.ToString(c.Name), Config: object{"Name": c.Name},
				Facts: object{"Id": c.Id},
			}
			if out.Done(o.Type, o.ExternalID) {
				return nil
			}
			ended := false
			err := ask(ctx, s, o, aside{paths: emrDescribed, gone: []string{"InvalidRequestException"}}, emrClient(s).DescribeCluster,
				&emr.DescribeClusterInput{ClusterId: c.Id}, func(got *emr.DescribeClusterOutput) {
					if got.Cluster != nil {
						ended = emrEnded(got.Cluster.Status)
						p.describe(o, got.Cluster)
					}
				})
			if err != nil {
				return err
			}
			if ended {
				return errGone
			}
			return s.emit(ctx, out, o)
		})
	})
}

func emrEnded(status *types.ClusterStatus) bool {
	if status == nil {
		return false
	}
	switch status.State {
	case types.ClusterStateTerminating, types.ClusterStateTerminated, types.ClusterStateTerminatedWithErrors:
		return true
	}
	return false
}

func (p *emrProjectors) describe(o *audit.Observation, k *types.Cluster) {
	c := p.clusters.Project(k)
	c["Name"], c["Configurations"] = o.Config["Name"], emrConfigurations(k.Configurations)
	if k.LogUri != nil { // EMR answers the scheme's older name
		c["LogUri"] = strings.Replace(*k.LogUri, "s3n://", "s3://", 1)
	}
	instances := object{"TerminationProtected": k.TerminationProtected, "UnhealthyNodeReplacement": k.UnhealthyNodeReplacement}
	if k.AutoTerminate != nil {
		instances["KeepJobFlowAliveWhenNoSteps"] = !*k.AutoTerminate
	}
	if e := k.Ec2InstanceAttributes; e != nil {
		c["JobFlowRole"] = e.IamInstanceProfile
		instances["AdditionalMasterSecurityGroups"] = e.AdditionalMasterSecurityGroups
		instances["AdditionalSlaveSecurityGroups"] = e.AdditionalSlaveSecurityGroups
		instances["Ec2KeyName"], instances["Ec2SubnetIds"] = e.Ec2KeyName, e.RequestedEc2SubnetIds
		instances["EmrManagedMasterSecurityGroup"] = e.EmrManagedMasterSecurityGroup
		instances["EmrManagedSlaveSecurityGroup"] = e.EmrManagedSlaveSecurityGroup
		instances["ServiceAccessSecurityGroup"] = e.ServiceAccessSecurityGroup
		if len(e.RequestedEc2SubnetIds) == 0 {
			instances["Ec2SubnetId"] = e.Ec2SubnetId
		}
		o.Facts["Ec2AvailabilityZone"], o.Facts["Ec2SubnetId"] = e.Ec2AvailabilityZone, e.Ec2SubnetId
	}
	c["Instances"] = instances
	o.Config = c
	o.Facts["MasterPublicDnsName"] = k.MasterPublicDnsName
	if k.Status != nil {
		o.Facts["State"] = told(k.Status.State)
		if k.Status.Timeline != nil {
			o.Facts["CreationDateTime"] = k.Status.Timeline.CreationDateTime
		}
	}
}

// emrConfigurations writes applications' settings as CloudFormation declares them, at every depth.
func emrConfigurations(list []types.Configuration) []object {
	out := make([]object, 0, len(list))
	for i := range list {
		out = append(out, object{
			"Classification": list[i].Classification, "ConfigurationProperties": list[i].Properties,
			"Configurations": emrConfigurations(list[i].Configurations),
		})
	}
	return out
}

// collectEMRSecurity reads the security configurations, which have no ARN: their external id is
// "arn:aws:elasticmapreduce:<region>:<account>:security-configuration/<name>".
func collectEMRSecurity(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := emrClient(s).ListSecurityConfigurations(ctx, &emr.ListSecurityConfigurationsInput{Marker: token})
		if err != nil {
			return nil, err
		}
		return page.Marker, forEach(ctx, s, page.SecurityConfigurations, func(ctx context.Context, c types.SecurityConfigurationSummary) error {
			o := &audit.Observation{
				Type: emrSecurity, Name: aws.ToString(c.Name), Config: object{"Name": c.Name}, Facts: object{"CreationDateTime": c.CreationDateTime},
			}
			if o.Name != "" {
				o.ExternalID = s.arn("elasticmapreduce", "security-configuration/"+o.Name)
			}
			if out.Done(o.Type, o.ExternalID) {
				return nil
			}
			err := ask(ctx, s, o, aside{paths: []string{"SecurityConfiguration"}, gone: []string{"InvalidRequestException"}},
				emrClient(s).DescribeSecurityConfiguration, &emr.DescribeSecurityConfigurationInput{Name: c.Name},
				func(got *emr.DescribeSecurityConfigurationOutput) {
					o.Config["SecurityConfiguration"] = got.SecurityConfiguration
				})
			if err != nil {
				return err
			}
			return s.emit(ctx, out, o)
		})
	})
}

// collectBlocking reads whether clusters may be public. The setting is no resource of AWS's: its external id is
// "arn:aws:elasticmapreduce:<region>:<account>:block-public-access-configuration".
func (p *emrProjectors) collectBlocking(ctx context.Context, s *session, out inventory.Emitter) error {
	got, err := emrClient(s).GetBlockPublicAccessConfiguration(ctx, &emr.GetBlockPublicAccessConfigurationInput{})
	if err != nil {
		return err
	}
	o := &audit.Observation{
		Type: emrBlocking, ExternalID: s.arn("elasticmapreduce", "block-public-access-configuration"),
		Config: p.blocking.Project(got.BlockPublicAccessConfiguration),
	}
	if by := got.BlockPublicAccessConfigurationMetadata; by != nil {
		o.Facts = object{"CreatedByArn": by.CreatedByArn, "CreationDateTime": by.CreationDateTime}
	}
	return s.emit(ctx, out, o)
}
