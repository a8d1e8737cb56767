//go:build integration

package awscloud

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
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
	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

// deliveryServices are those that run and publish what customers deploy.
var deliveryServices = []string{
	"acm", "autoscaling", "cloudfront", "ecr", "ecs", "eks", "elasticfilesystem", "elasticloadbalancing", "route53",
}

// fillBalancers makes balancers of both kinds and a group that scales, and returns external ids by type.
func (e *estate) fillBalancers(t *testing.T, out map[string][]string) {
	ctx, s := t.Context(), aws.String
	vpc := must(e.ec2.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: s("10.0.0.0/16")}))(t).Vpc
	var subnets []string
	for zone, block := range map[string]string{"a": "10.0.0.0/24", "b": "10.0.1.0/24"} {
		subnets = append(subnets, *must(e.ec2.CreateSubnet(ctx, &ec2.CreateSubnetInput{
			VpcId: vpc.VpcId, CidrBlock: &block, AvailabilityZone: s(motoserver.Region + zone),
		}))(t).Subnet.SubnetId)
	}
	v2 := elbv2.NewFromConfig(e.cfg)
	tags := []elbv2types.Tag{{Key: s("env"), Value: s("prod")}}
	balancer := must(v2.CreateLoadBalancer(ctx, &elbv2.CreateLoadBalancerInput{Name: s("web"), Subnets: subnets, Tags: tags}))(t).LoadBalancers[0]
	group := must(v2.CreateTargetGroup(ctx, &elbv2.CreateTargetGroupInput{
		Name: s("web"), Protocol: elbv2types.ProtocolEnumHttp, Port: aws.Int32(80), VpcId: vpc.VpcId, Tags: tags,
	}))(t).TargetGroups[0]
	listener := must(v2.CreateListener(ctx, &elbv2.CreateListenerInput{
		LoadBalancerArn: balancer.LoadBalancerArn, Port: aws.Int32(80), Protocol: elbv2types.ProtocolEnumHttp,
		DefaultActions: []elbv2types.Action{{Type: elbv2types.ActionTypeEnumForward, TargetGroupArn: group.TargetGroupArn}},
	}))(t).Listeners[0]
	out["elbv2_load_balancer"], out["elbv2_target_group"] = []string{*balancer.LoadBalancerArn}, []string{*group.TargetGroupArn}
	out["elbv2_listener"] = []string{*listener.ListenerArn}
	must(elb.NewFromConfig(e.cfg).CreateLoadBalancer(ctx, &elb.CreateLoadBalancerInput{
		LoadBalancerName: s("old"), AvailabilityZones: []string{motoserver.Region + "a"},
		Listeners: []elbtypes.Listener{{Protocol: s("TCP"), LoadBalancerPort: 22, InstancePort: aws.Int32(22)}},
	}))(t)
	out["elb_load_balancer"] = []string{"arn:aws:elasticloadbalancing:" + motoserver.Region + ":" + motoserver.Account + ":loadbalancer/old"}

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
	e.fillContainers(t, subnets, out)
}

func (e *estate) fillContainers(t *testing.T, subnets []string, out map[string][]string) {
	ctx, s := t.Context(), aws.String
	run := ecs.NewFromConfig(e.cfg)
	cluster := must(run.CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: s("main")}))(t).Cluster
	must(run.RegisterTaskDefinition(ctx, &ecs.RegisterTaskDefinitionInput{Family: s("web"), ContainerDefinitions: []ecstypes.ContainerDefinition{
		{Name: s("web"), Image: s("nginx:1"), Memory: aws.Int32(128), Environment: []ecstypes.KeyValuePair{{Name: s("A"), Value: s("1")}}},
	}}))(t)
	service := must(run.CreateService(ctx, &ecs.CreateServiceInput{
		Cluster: s("main"), ServiceName: s("web"), TaskDefinition: s("web"), DesiredCount: aws.Int32(0),
	}))(t).Service
	out["ecs_cluster"], out["ecs_service"] = []string{*cluster.ClusterArn}, []string{*service.ServiceArn}
	out["ecs_task_definition"] = []string{"arn:aws:ecs:" + motoserver.Region + ":" + motoserver.Account + ":task-definition/web"}

	kubernetes := eks.NewFromConfig(e.cfg)
	role := s("arn:aws:iam::" + motoserver.Account + ":role/eks")
	control := must(kubernetes.CreateCluster(ctx, &eks.CreateClusterInput{
		Name: s("main"), RoleArn: role, ResourcesVpcConfig: &ekstypes.VpcConfigRequest{SubnetIds: subnets}, Tags: map[string]string{"env": "prod"},
	}))(t).Cluster
	nodes := must(kubernetes.CreateNodegroup(ctx, &eks.CreateNodegroupInput{
		ClusterName: s("main"), NodegroupName: s("web"), NodeRole: role, Subnets: subnets,
	}))(t).Nodegroup
	out["eks_cluster"], out["eks_nodegroup"] = []string{*control.Arn}, []string{*nodes.NodegroupArn}

	repository := must(ecr.NewFromConfig(e.cfg).CreateRepository(ctx, &ecr.CreateRepositoryInput{RepositoryName: s("team/web")}))(t).Repository
	out["ecr_repository"] = []string{*repository.RepositoryArn}
	image := must(ecr.NewFromConfig(e.cfg).PutImage(ctx, &ecr.PutImageInput{
		RepositoryName: s("team/web"), ImageTag: s("v1"), ImageManifestMediaType: s("application/vnd.docker.distribution.manifest.v2+json"),
		ImageManifest: s(`{"schemaVersion":2,"config":{"size":1},"layers":[]}`),
	}))(t).Image
	out["ecr_image"] = []string{*repository.RepositoryArn + "/" + *image.ImageId.ImageDigest}
	system := must(efs.NewFromConfig(e.cfg).CreateFileSystem(ctx, &efs.CreateFileSystemInput{CreationToken: s("c"), Encrypted: new(true)}))(t)
	out["efs_file_system"] = []string{*system.FileSystemArn}
}

func (e *estate) fillEdge(t *testing.T, out map[string][]string) {
	ctx, s := t.Context(), aws.String
	certificate := must(acm.NewFromConfig(e.cfg).RequestCertificate(ctx, &acm.RequestCertificateInput{DomainName: s("example.com")}))(t)
	out["acm_certificate"] = []string{*certificate.CertificateArn}
	edge := cloudfront.NewFromConfig(e.cfg)
	distribution := must(edge.CreateDistribution(ctx, &cloudfront.CreateDistributionInput{DistributionConfig: &cftypes.DistributionConfig{
		CallerReference: s("c"), Comment: s("web"), Enabled: new(true),
		Origins: &cftypes.Origins{Quantity: aws.Int32(1), Items: []cftypes.Origin{
			{Id: s("s3"), DomainName: s("b.s3.amazonaws.com"), S3OriginConfig: &cftypes.S3OriginConfig{OriginAccessIdentity: s("")}},
		}},
		DefaultCacheBehavior: &cftypes.DefaultCacheBehavior{TargetOriginId: s("s3"), ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyHttpsOnly},
	}}))(t).Distribution
	out["cloudfront_distribution"] = []string{*distribution.ARN}
	control := must(edge.CreateOriginAccessControl(ctx, &cloudfront.CreateOriginAccessControlInput{
		OriginAccessControlConfig: &cftypes.OriginAccessControlConfig{
			Name: s("s3"), OriginAccessControlOriginType: cftypes.OriginAccessControlOriginTypesS3,
			SigningBehavior: cftypes.OriginAccessControlSigningBehaviorsAlways, SigningProtocol: cftypes.OriginAccessControlSigningProtocolsSigv4,
		},
	}))(t).OriginAccessControl
	out["cloudfront_origin_access_control"] = []string{"arn:aws:cloudfront::" + motoserver.Account + ":origin-access-control/" + *control.Id}
	zone := must(route53.NewFromConfig(e.cfg).CreateHostedZone(ctx, &route53.CreateHostedZoneInput{Name: s("example.com."), CallerReference: s("c")}))(t)
	out["route53_hosted_zone"] = []string{"arn:aws:route53:::hostedzone/" + lastPart(*zone.HostedZone.Id)}
	must(e.ec2.CreateLaunchTemplate(ctx, &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: s("web"), LaunchTemplateData: &ec2types.RequestLaunchTemplateData{ImageId: s("ami-12c6146b")},
	}))(t)
}

func TestDeliveryOfMoto(t *testing.T) {
	server := &motoserver.Server{}
	t.Cleanup(server.Stop)
	e := newEstate(t, server)
	want := map[string][]string{}
	e.fillBalancers(t, want)
	e.fillEdge(t, want)
	regions := []string{audit.RegionGlobal, motoserver.Region, "eu-west-1"}
	h, called := e.sync(t, deliveryServices, regions...)
	t.Run("everything that moto has is found", func(t *testing.T) {
		for typ, ids := range want {
			slices.Sort(ids)
			if diff := cmp.Diff(ids, h.ids(typ)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", typ, diff)
			}
		}
	})
	t.Run("nothing but what moto can't tell is unread", func(t *testing.T) {
		lacks := []string{"autoscaling:DescribeNotificationConfigurations", "elasticfilesystem:DescribeReplicationConfigurations"}
		for _, o := range h.all {
			for path, u := range o.Unread {
				if slices.Contains(lacks, u.Action) {
					continue
				}
				t.Errorf("%s %s: %s: %v", o.Type, o.ExternalID, path, u)
			}
		}
	})
	t.Run("no call is made that isn't declared", func(t *testing.T) {
		var declared []string
		for _, c := range collectors() {
			for _, l := range c.listings {
				declared = append(declared, l.actions...)
			}
		}
		for _, action := range called {
			if !slices.Contains(declared, action) {
				t.Errorf("%s was called", action)
			}
		}
	})
	t.Run("a second sync reads the same", func(t *testing.T) {
		again, _ := e.sync(t, deliveryServices, regions...)
		sameHashes(t, h, again)
	})
	t.Run("a launch template is its default version", func(t *testing.T) {
		templates := &haul{}
		for _, service := range e.open(t, nil).Services(motoserver.Region) {
			for _, l := range service.Listings {
				if l.Types[0] != "ec2_launch_template" {
					continue
				}
				if err := l.Collect(t.Context(), templates); err != nil {
					t.Error(err)
				}
			}
		}
		o := templates.one(t, "ec2_launch_template", "web")
		if diff := cmp.Diff(object{"ImageId": "ami-12c6146b"}, o.Config["LaunchTemplateData"]); diff != "" {
			t.Error(diff)
		}
	})
}
