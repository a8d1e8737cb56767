//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/efs"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	ekstypes "github.com/aws/aws-sdk-go-v2/service/eks/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbv2types "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

// subnets makes a VPC with subnets in two zones.
func (e *estate) subnets(t *testing.T) (vpc *string, subnets []string) {
	t.Helper()
	ctx := t.Context()
	vpc = must(e.ec2.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: aws.String("10.0.0.0/16")}))(t).Vpc.VpcId
	for zone, block := range map[string]string{"a": "10.0.0.0/24", "b": "10.0.1.0/24"} {
		subnets = append(subnets, *must(e.ec2.CreateSubnet(ctx, &ec2.CreateSubnetInput{
			VpcId: vpc, CidrBlock: &block, AvailabilityZone: aws.String(motoserver.Region + zone),
		}))(t).Subnet.SubnetId)
	}
	return vpc, subnets
}

func balancersOfMoto() motoService {
	return motoService{
		service: "elasticloadbalancing", region: motoserver.Region,
		uncalled: []string{"elasticloadbalancing:DescribeLoadBalancerPolicies"}, // moto tells those of each balancer itself
		fill: func(t *testing.T, e *estate) map[string][]string {
			ctx, s := t.Context(), aws.String
			vpc, subnets := e.subnets(t)
			v2 := elbv2.NewFromConfig(e.cfg)
			tags := []elbv2types.Tag{{Key: s("env"), Value: s("prod")}}
			balancer := must(v2.CreateLoadBalancer(ctx, &elbv2.CreateLoadBalancerInput{Name: s("web"), Subnets: subnets, Tags: tags}))(t).LoadBalancers[0]
			group := must(v2.CreateTargetGroup(ctx, &elbv2.CreateTargetGroupInput{
				Name: s("web"), Protocol: elbv2types.ProtocolEnumHttp, Port: aws.Int32(80), VpcId: vpc, Tags: tags,
			}))(t).TargetGroups[0]
			listener := must(v2.CreateListener(ctx, &elbv2.CreateListenerInput{
				LoadBalancerArn: balancer.LoadBalancerArn, Port: aws.Int32(80), Protocol: elbv2types.ProtocolEnumHttp,
				DefaultActions: []elbv2types.Action{{Type: elbv2types.ActionTypeEnumForward, TargetGroupArn: group.TargetGroupArn}},
			}))(t).Listeners[0]
			must(elb.NewFromConfig(e.cfg).CreateLoadBalancer(ctx, &elb.CreateLoadBalancerInput{
				LoadBalancerName: s("old"), AvailabilityZones: []string{motoserver.Region + "a"},
				Listeners: []elbtypes.Listener{{Protocol: s("TCP"), LoadBalancerPort: 22, InstancePort: aws.Int32(22)}},
			}))(t)
			return map[string][]string{
				"elbv2_load_balancer": {*balancer.LoadBalancerArn}, "elbv2_target_group": {*group.TargetGroupArn}, "elbv2_listener": {*listener.ListenerArn},
				"elb_load_balancer": {"arn:aws:elasticloadbalancing:" + motoserver.Region + ":" + motoserver.Account + ":loadbalancer/old"},
			}
		},
	}
}

func autoScalingOfMoto() motoService {
	return motoService{
		service: "autoscaling", region: motoserver.Region,
		lacks: []string{"autoscaling:DescribeNotificationConfigurations"},
		fill: func(t *testing.T, e *estate) map[string][]string {
			ctx, s := t.Context(), aws.String
			_, subnets := e.subnets(t)
			out := map[string][]string{}
			scaling := autoscaling.NewFromConfig(e.cfg)
			must(scaling.CreateLaunchConfiguration(ctx, &autoscaling.CreateLaunchConfigurationInput{
				LaunchConfigurationName: s("old"), ImageId: s("ami-12c6146b"), InstanceType: s("t2.micro"),
			}))(t)
			must(scaling.CreateAutoScalingGroup(ctx, &autoscaling.CreateAutoScalingGroupInput{
				AutoScalingGroupName: s("web"), LaunchConfigurationName: s("old"), MinSize: aws.Int32(0), MaxSize: aws.Int32(1),
				VPCZoneIdentifier: &subnets[0],
			}))(t)
			for _, g := range must(scaling.DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{}))(t).AutoScalingGroups {
				out["autoscaling_group"] = append(out["autoscaling_group"], *g.AutoScalingGroupARN)
			}
			for _, l := range must(scaling.DescribeLaunchConfigurations(ctx, &autoscaling.DescribeLaunchConfigurationsInput{}))(t).LaunchConfigurations {
				out["autoscaling_launch_configuration"] = append(out["autoscaling_launch_configuration"], *l.LaunchConfigurationARN)
			}
			return out
		},
	}
}

func ecsOfMoto() motoService {
	return motoService{
		service: "ecs", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			ctx, s := t.Context(), aws.String
			run := ecs.NewFromConfig(e.cfg)
			cluster := must(run.CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: s("main")}))(t).Cluster
			must(run.RegisterTaskDefinition(ctx, &ecs.RegisterTaskDefinitionInput{Family: s("web"), ContainerDefinitions: []ecstypes.ContainerDefinition{
				{Name: s("web"), Image: s("nginx:1"), Memory: aws.Int32(128), Environment: []ecstypes.KeyValuePair{{Name: s("A"), Value: s("1")}}},
			}}))(t)
			service := must(run.CreateService(ctx, &ecs.CreateServiceInput{
				Cluster: s("main"), ServiceName: s("web"), TaskDefinition: s("web"), DesiredCount: aws.Int32(0),
			}))(t).Service
			return map[string][]string{
				"ecs_cluster": {*cluster.ClusterArn}, "ecs_service": {*service.ServiceArn},
				"ecs_task_definition": {"arn:aws:ecs:" + motoserver.Region + ":" + motoserver.Account + ":task-definition/web"},
			}
		},
	}
}

func eksOfMoto() motoService {
	return motoService{
		service: "eks", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			ctx, s := t.Context(), aws.String
			_, subnets := e.subnets(t)
			kubernetes := eks.NewFromConfig(e.cfg)
			role := s("arn:aws:iam::" + motoserver.Account + ":role/eks")
			control := must(kubernetes.CreateCluster(ctx, &eks.CreateClusterInput{
				Name: s("main"), RoleArn: role, ResourcesVpcConfig: &ekstypes.VpcConfigRequest{SubnetIds: subnets}, Tags: map[string]string{"env": "prod"},
			}))(t).Cluster
			nodes := must(kubernetes.CreateNodegroup(ctx, &eks.CreateNodegroupInput{
				ClusterName: s("main"), NodegroupName: s("web"), NodeRole: role, Subnets: subnets,
			}))(t).Nodegroup
			return map[string][]string{"eks_cluster": {*control.Arn}, "eks_nodegroup": {*nodes.NodegroupArn}}
		},
	}
}

func ecrOfMoto() motoService {
	return motoService{
		service: "ecr", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			ctx, s, api := t.Context(), aws.String, ecr.NewFromConfig(e.cfg)
			repository := must(api.CreateRepository(ctx, &ecr.CreateRepositoryInput{RepositoryName: s("team/web")}))(t).Repository
			image := must(api.PutImage(ctx, &ecr.PutImageInput{
				RepositoryName: s("team/web"), ImageTag: s("v1"), ImageManifestMediaType: s("application/vnd.docker.distribution.manifest.v2+json"),
				ImageManifest: s(`{"schemaVersion":2,"config":{"size":1},"layers":[]}`),
			}))(t).Image
			must(api.PutRegistryScanningConfiguration(ctx, &ecr.PutRegistryScanningConfigurationInput{ScanType: ecrtypes.ScanTypeBasic, Rules: []ecrtypes.RegistryScanningRule{}}))(t)
			return map[string][]string{
				ecrScanning:      {"arn:aws:ecr:" + motoserver.Region + ":" + motoserver.Account + ":registry-scanning-configuration"},
				"ecr_repository": {*repository.RepositoryArn}, "ecr_image": {*repository.RepositoryArn + "/" + *image.ImageId.ImageDigest},
			}
		},
	}
}

func efsOfMoto() motoService {
	return motoService{
		service: "elasticfilesystem", region: motoserver.Region,
		lacks: []string{"elasticfilesystem:DescribeReplicationConfigurations"},
		fill: func(t *testing.T, e *estate) map[string][]string {
			ctx, s := t.Context(), aws.String
			system := must(efs.NewFromConfig(e.cfg).CreateFileSystem(ctx, &efs.CreateFileSystemInput{CreationToken: s("c"), Encrypted: new(true)}))(t)
			return map[string][]string{"efs_file_system": {*system.FileSystemArn}}
		},
	}
}

func acmOfMoto() motoService {
	return motoService{
		service: "acm", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			ctx, s := t.Context(), aws.String
			certificate := must(acm.NewFromConfig(e.cfg).RequestCertificate(ctx, &acm.RequestCertificateInput{DomainName: s("example.com")}))(t)
			return map[string][]string{"acm_certificate": {*certificate.CertificateArn}}
		},
	}
}

func cloudFrontOfMoto() motoService {
	return motoService{
		service: "cloudfront", region: audit.RegionGlobal,
		fill: func(t *testing.T, e *estate) map[string][]string {
			ctx, s := t.Context(), aws.String
			edge := cloudfront.NewFromConfig(e.cfg)
			distribution := must(edge.CreateDistribution(ctx, &cloudfront.CreateDistributionInput{DistributionConfig: &cftypes.DistributionConfig{
				CallerReference: s("c"), Comment: s("web"), Enabled: new(true),
				Origins: &cftypes.Origins{Quantity: aws.Int32(1), Items: []cftypes.Origin{
					{Id: s("s3"), DomainName: s("b.s3.amazonaws.com"), S3OriginConfig: &cftypes.S3OriginConfig{OriginAccessIdentity: s("")}},
				}},
				DefaultCacheBehavior: &cftypes.DefaultCacheBehavior{TargetOriginId: s("s3"), ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyHttpsOnly},
			}}))(t).Distribution
			control := must(edge.CreateOriginAccessControl(ctx, &cloudfront.CreateOriginAccessControlInput{
				OriginAccessControlConfig: &cftypes.OriginAccessControlConfig{
					Name: s("s3"), OriginAccessControlOriginType: cftypes.OriginAccessControlOriginTypesS3,
					SigningBehavior: cftypes.OriginAccessControlSigningBehaviorsAlways, SigningProtocol: cftypes.OriginAccessControlSigningProtocolsSigv4,
				},
			}))(t).OriginAccessControl
			return map[string][]string{
				"cloudfront_distribution":          {*distribution.ARN},
				"cloudfront_origin_access_control": {"arn:aws:cloudfront::" + motoserver.Account + ":origin-access-control/" + *control.Id},
			}
		},
	}
}

func route53OfMoto() motoService {
	return motoService{
		service: "route53", region: audit.RegionGlobal,
		fill: func(t *testing.T, e *estate) map[string][]string {
			ctx, s, api := t.Context(), aws.String, route53.NewFromConfig(e.cfg)
			must(api.CreateHostedZone(ctx, &route53.CreateHostedZoneInput{Name: s("example.com."), CallerReference: s("c")}))(t)
			vpc, _ := e.subnets(t)
			must(api.CreateHostedZone(ctx, &route53.CreateHostedZoneInput{
				Name: s("inside."), CallerReference: s("d"), VPC: &r53types.VPC{VPCId: vpc, VPCRegion: motoserver.Region},
				HostedZoneConfig: &r53types.HostedZoneConfig{PrivateZone: true},
			}))(t)
			var ids []string
			for _, zone := range must(api.ListHostedZones(ctx, &route53.ListHostedZonesInput{}))(t).HostedZones {
				ids = append(ids, "arn:aws:route53:::hostedzone/"+lastPart(*zone.Id))
			}
			return map[string][]string{"route53_hosted_zone": ids}
		},
	}
}
