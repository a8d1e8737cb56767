package awscloud

import (
	"context"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
	"github.com/aws/aws-sdk-go-v2/service/sagemaker/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

const (
	sageMakerDomain         = "sagemaker_domain"
	sageMakerEndpoint       = "sagemaker_endpoint"
	sageMakerEndpointConfig = "sagemaker_endpoint_config"
	sageMakerModel          = "sagemaker_model"
	sageMakerNotebook       = "sagemaker_notebook_instance"

	actionSageMakerTags = "sagemaker:ListTags"
	// sageMakerPage is the most that SageMaker lists at once.
	sageMakerPage = 100
)

// What the calls for details tell, by resource type.
var (
	sageMakerDomainDescribed = []string{
		"AppNetworkAccessType", "AppSecurityGroupManagement", "AuthMode", "DefaultSpaceSettings", "DefaultUserSettings", "DomainSettings",
		"HomeEfsFileSystemCreation", "KmsKeyId", "SubnetIds", "TagPropagation", "VpcId",
	}
	sageMakerEndpointDescribed       = []string{"DeploymentConfig", "EndpointConfigName"}
	sageMakerEndpointConfigDescribed = []string{
		"AsyncInferenceConfig", "DataCaptureConfig", "EnableNetworkIsolation", "ExecutionRoleArn", "ExplainerConfig", "KmsKeyId",
		"MetricsConfig", "ProductionVariants", "ShadowProductionVariants", "VpcConfig",
	}
	sageMakerModelDescribed = []string{
		"Containers", "EnableNetworkIsolation", "ExecutionRoleArn", "InferenceExecutionConfig", "PrimaryContainer", "VpcConfig",
	}
	sageMakerNotebookDescribed = []string{
		"AcceleratorTypes", "DirectInternetAccess", "InstanceMetadataServiceConfiguration", "KmsKeyId", "PlatformIdentifier", "RoleArn",
		"RootAccess", "SecurityGroupIds", "SubnetId", "VolumeSizeInGB",
	}
)

// sageMakerCollector reads Amazon SageMaker AI (SageMaker API reference): notebooks, domains, and what serves models. Jobs
// come and go.
func sageMakerCollector() *collector {
	p := &sageMakerProjectors{
		domains: projectorOf(sageMakerDomain, map[string]string{"CustomFileSystemConfigs": ""}), // see fileSystems
		endpoints: projectorOf(sageMakerEndpoint, map[string]string{
			"LastDeploymentConfig": "DeploymentConfig",
		}),
		configs: projectorOf(sageMakerEndpointConfig, nil),
		models:  projectorOf(sageMakerModel, nil),
		notebooks: projectorOf(sageMakerNotebook, map[string]string{
			"NotebookInstanceLifecycleConfigName": "LifecycleConfigName", "SecurityGroups": "SecurityGroupIds",
		}),
	}
	listed := func(typ, list, describe, of string, collect func(context.Context, *session, inventory.Emitter) error) listing {
		return listing{
			types: []string{typ}, actions: []string{"sagemaker:" + list, "sagemaker:" + describe, actionSageMakerTags}, page: sageMakerPage,
			each:    eachOf(of, "`"+list+"` tells names and states", "sagemaker:"+describe, actionSageMakerTags),
			collect: collect,
		}
	}
	tags := map[string][]string{}
	for _, typ := range []string{sageMakerDomain, sageMakerEndpoint, sageMakerEndpointConfig, sageMakerModel, sageMakerNotebook} {
		tags[typ] = []string{"Tags"}
	}
	return &collector{
		service: "sagemaker",
		listings: []listing{
			listed(sageMakerNotebook, "ListNotebookInstances", "DescribeNotebookInstance", "notebook instance", p.collectNotebooks),
			listed(sageMakerEndpoint, "ListEndpoints", "DescribeEndpoint", "endpoint", p.collectEndpoints),
			listed(sageMakerEndpointConfig, "ListEndpointConfigs", "DescribeEndpointConfig", "endpoint configuration", p.collectConfigs),
			listed(sageMakerModel, "ListModels", "DescribeModel", "model", p.collectModels),
			listed(sageMakerDomain, "ListDomains", "DescribeDomain", "domain", p.collectDomains),
		},
		events: map[string]map[string][]string{
			"AddTags":    tags,
			"DeleteTags": tags,
			"UpdateDomain": {sageMakerDomain: {
				"AppNetworkAccessType", "AppSecurityGroupManagement", "DefaultSpaceSettings", "DefaultUserSettings", "DomainSettings",
				"SubnetIds", "TagPropagation", "VpcId",
			}},
			"UpdateEndpoint": {sageMakerEndpoint: sageMakerEndpointDescribed},
		},
	}
}

func sageMakerClient(s *session) *sagemaker.Client {
	return client(s, func(c aws.Config) *sagemaker.Client { return sagemaker.NewFromConfig(c) })
}

// sageMakerProjectors turn the answers of the SageMaker API into configurations.
type sageMakerProjectors struct{ domains, endpoints, configs, models, notebooks *shape.Projector }

// emitSageMaker reads what no listing tells of a resource, and hands it over. Requests for details hold nothing but a name
// from a listing, so that SageMaker finding one invalid means that it is gone.
func emitSageMaker[In, Out any](
	ctx context.Context, s *session, out inventory.Emitter, p *shape.Projector, o *audit.Observation, described []string,
	call func(context.Context, *In, ...func(*sagemaker.Options)) (*Out, error), in *In, use func(*Out),
) error {
	if out.Done(o.Type, o.ExternalID) {
		return nil
	}
	if o.ExternalID != "" {
		about := aside{paths: described, gone: []string{"ResourceNotFound", "ValidationException"}}
		err := ask(ctx, s, o, about, call, in, func(got *Out) {
			maps.Copy(o.Config, p.Project(got))
			use(got)
		})
		if err != nil {
			return err
		}
		err = ask(ctx, s, o, aside{paths: []string{"Tags"}, gone: []string{"ResourceNotFound"}}, sageMakerClient(s).ListTags,
			&sagemaker.ListTagsInput{ResourceArn: &o.ExternalID, MaxResults: aws.Int32(sageMakerPage)}, // there are 50 at most
			func(got *sagemaker.ListTagsOutput) { o.Config["Tags"] = p.ProjectAt("Tags", got.Tags) })
		if err != nil {
			return err
		}
	}
	return s.emit(ctx, out, o)
}

func (p *sageMakerProjectors) collectNotebooks(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := sageMakerClient(s).ListNotebookInstances(ctx, &sagemaker.ListNotebookInstancesInput{
			MaxResults: aws.Int32(sageMakerPage), NextToken: token,
		})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.NotebookInstances, func(ctx context.Context, n types.NotebookInstanceSummary) error {
			if n.NotebookInstanceStatus == types.NotebookInstanceStatusDeleting {
				return nil
			}
			o := &audit.Observation{
				Type: sageMakerNotebook, ExternalID: aws.ToString(n.NotebookInstanceArn), Name: aws.ToString(n.NotebookInstanceName),
				Config: p.notebooks.Project(n),
				Facts: object{
					"CreationTime": n.CreationTime, "NotebookInstanceStatus": told(n.NotebookInstanceStatus), "Url": n.Url,
				},
			}
			if n.NotebookInstanceStatus == types.NotebookInstanceStatusStopped {
				o.Status = audit.ResourceStopped
			}
			return emitSageMaker(ctx, s, out, p.notebooks, o, sageMakerNotebookDescribed, sageMakerClient(s).DescribeNotebookInstance,
				&sagemaker.DescribeNotebookInstanceInput{NotebookInstanceName: n.NotebookInstanceName},
				func(got *sagemaker.DescribeNotebookInstanceOutput) {
					o.Facts["NetworkInterfaceId"] = got.NetworkInterfaceId
				})
		})
	})
}

func (p *sageMakerProjectors) collectDomains(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := sageMakerClient(s).ListDomains(ctx, &sagemaker.ListDomainsInput{MaxResults: aws.Int32(sageMakerPage), NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.Domains, func(ctx context.Context, d types.DomainDetails) error {
			if d.Status == types.DomainStatusDeleting {
				return nil
			}
			o := &audit.Observation{
				Type: sageMakerDomain, ExternalID: aws.ToString(d.DomainArn), Name: aws.ToString(d.DomainName), Config: p.domains.Project(d),
				Facts: object{"CreationTime": d.CreationTime, "Status": told(d.Status), "Url": d.Url},
			}
			return emitSageMaker(ctx, s, out, p.domains, o, sageMakerDomainDescribed, sageMakerClient(s).DescribeDomain,
				&sagemaker.DescribeDomainInput{DomainId: d.DomainId}, func(got *sagemaker.DescribeDomainOutput) { p.describeDomain(o, got) })
		})
	})
}

func (p *sageMakerProjectors) describeDomain(o *audit.Observation, got *sagemaker.DescribeDomainOutput) {
	if d := got.DefaultSpaceSettings; d != nil {
		p.fileSystems(o, "DefaultSpaceSettings", d.CustomFileSystemConfigs)
	}
	if d := got.DefaultUserSettings; d != nil {
		p.fileSystems(o, "DefaultUserSettings", d.CustomFileSystemConfigs)
	}
	o.Facts["HomeEfsFileSystemId"] = got.HomeEfsFileSystemId
	o.Facts["SecurityGroupIdForDomainBoundary"] = got.SecurityGroupIdForDomainBoundary
	o.Facts["SingleSignOnApplicationArn"] = got.SingleSignOnApplicationArn
}

// fileSystems puts the file systems that are mounted, each of one of three kinds, into the settings at path.
func (p *sageMakerProjectors) fileSystems(o *audit.Observation, path string, list []types.CustomFileSystemConfig) {
	all := make([]object, 0, len(list))
	for _, f := range list {
		switch f := f.(type) {
		case *types.CustomFileSystemConfigMemberEFSFileSystemConfig:
			all = append(all, object{"EFSFileSystemConfig": f.Value})
		case *types.CustomFileSystemConfigMemberFSxLustreFileSystemConfig:
			all = append(all, object{"FSxLustreFileSystemConfig": f.Value})
		case *types.CustomFileSystemConfigMemberS3FileSystemConfig:
			all = append(all, object{"S3FileSystemConfig": f.Value})
		}
	}
	if len(all) == 0 {
		return
	}
	settings, ok := o.Config[path].(object)
	if !ok {
		settings = object{}
		o.Config[path] = settings
	}
	settings["CustomFileSystemConfigs"] = p.domains.ProjectAt(path+".CustomFileSystemConfigs", all)
}
