package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// ecrCollector reads the private registry of Amazon ECR (ECR API reference).
func ecrCollector() *collector {
	p := &ecrProjectors{
		repositories: projectorOf("ecr_repository", map[string]string{
			"ImageTagMutabilityExclusionFilter.Filter":     "ImageTagMutabilityExclusionFilterValue",
			"ImageTagMutabilityExclusionFilter.FilterType": "ImageTagMutabilityExclusionFilterType",
		}),
		scanning: projectorOf(ecrScanning, nil),
		images:   projectorOf("ecr_image", nil),
	}
	repository := func(path string) map[string][]string { return map[string][]string{"ecr_repository": {path}} }
	return &collector{
		service: "ecr",
		listings: []listing{
			{
				types: []string{"ecr_repository"},
				actions: []string{
					actionDescribeRepositories, "ecr:GetLifecyclePolicy", "ecr:GetRepositoryPolicy", "ecr:ListTagsForResource",
				},
				page:    ecrPageSize,
				each:    eachOf("repository", "no listing tells them", "ecr:GetLifecyclePolicy", "ecr:GetRepositoryPolicy", "ecr:ListTagsForResource"),
				collect: p.collectRepositories,
			},
			{
				types: []string{"ecr_image"}, actions: []string{"ecr:DescribeImages", actionDescribeRepositories}, page: ecrPageSize,
				each: []each{{
					action: "ecr:DescribeImages", of: "repository", other: true, because: "images are listed by repository",
				}},
				collect: p.collectImages,
			},
			{types: []string{ecrScanning}, actions: []string{"ecr:GetRegistryScanningConfiguration"}, collect: p.collectScanning},
		},
		events: map[string]map[string][]string{
			"DeleteLifecyclePolicy":            repository("LifecyclePolicy"),
			"PutLifecyclePolicy":               repository("LifecyclePolicy"),
			"DeleteRepositoryPolicy":           repository("RepositoryPolicyText"),
			"SetRepositoryPolicy":              repository("RepositoryPolicyText"),
			"PutImageScanningConfiguration":    repository("ImageScanningConfiguration"),
			"PutImageTagMutability":            {"ecr_repository": {"ImageTagMutability", "ImageTagMutabilityExclusionFilters"}},
			"TagResource":                      repository("Tags"),
			"UntagResource":                    repository("Tags"),
			"PutRegistryScanningConfiguration": {ecrScanning: {"Rules", "ScanType"}},
		},
	}
}

const (
	ecrScanning                = "ecr_registry_scanning_configuration"
	actionDescribeRepositories = "ecr:DescribeRepositories"
	// ecrPageSize is the most repositories, and images, that ECR returns at once.
	ecrPageSize = 1000
)

func ecrClient(s *session) *ecr.Client {
	return client(s, func(c aws.Config) *ecr.Client { return ecr.NewFromConfig(c) })
}

// ecrProjectors turn the answers of the API into configurations.
type ecrProjectors struct{ repositories, scanning, images *shape.Projector }

func (p *ecrProjectors) collectRepositories(ctx context.Context, s *session, out inventory.Emitter) error {
	repositories, err := ecrRepositories(ctx, s)
	if err != nil {
		return err
	}
	return forEach(ctx, s, repositories, func(ctx context.Context, r types.Repository) error {
		o := &audit.Observation{
			Type: "ecr_repository", ExternalID: aws.ToString(r.RepositoryArn), Name: aws.ToString(r.RepositoryName),
			Config: p.repositories.Project(r), Facts: object{"CreatedAt": r.CreatedAt, "RepositoryUri": r.RepositoryUri},
		}
		if out.Done(o.Type, o.ExternalID) {
			return nil
		}
		if err := p.detail(ctx, s, o, &r); err != nil {
			return err
		}
		return s.emit(ctx, out, o)
	})
}

// ecrGone is the code that says that a repository vanished.
const ecrGone = "RepositoryNotFoundException"

// detail reads what DescribeRepositories leaves out, a call for each: the two policies and the tags.
func (p *ecrProjectors) detail(ctx context.Context, s *session, o *audit.Observation, r *types.Repository) error {
	api := ecrClient(s)
	err := s.detail(ctx, o, []string{"RepositoryPolicyText"}, func(ctx context.Context) error {
		got, err := api.GetRepositoryPolicy(ctx, &ecr.GetRepositoryPolicyInput{RepositoryName: r.RepositoryName, RegistryId: r.RegistryId})
		if err == nil {
			o.Config["RepositoryPolicyText"] = got.PolicyText
		}
		return goneIf(err, ecrGone)
	})
	if err != nil {
		return err
	}
	err = s.detail(ctx, o, []string{"LifecyclePolicy"}, func(ctx context.Context) error {
		got, err := api.GetLifecyclePolicy(ctx, &ecr.GetLifecyclePolicyInput{RepositoryName: r.RepositoryName, RegistryId: r.RegistryId})
		if err == nil {
			o.Config["LifecyclePolicy"] = object{"LifecyclePolicyText": got.LifecyclePolicyText}
		}
		return goneIf(err, ecrGone)
	})
	if err != nil {
		return err
	}
	return s.detail(ctx, o, []string{"Tags"}, func(ctx context.Context) error {
		got, err := api.ListTagsForResource(ctx, &ecr.ListTagsForResourceInput{ResourceArn: r.RepositoryArn})
		if err == nil {
			o.Config["Tags"] = p.repositories.ProjectAt("Tags", got.Tags)
		}
		return goneIf(err, ecrGone)
	})
}

// collectScanning reads how the registry scans images: under enhanced scanning what repositories say doesn't count. AWS
// has no ARN for it; its external id ends in registry-scanning-configuration.
func (p *ecrProjectors) collectScanning(ctx context.Context, s *session, out inventory.Emitter) error {
	got, err := ecrClient(s).GetRegistryScanningConfiguration(ctx, &ecr.GetRegistryScanningConfigurationInput{})
	if err != nil {
		return err
	}
	return s.emit(ctx, out, &audit.Observation{
		Type: ecrScanning, ExternalID: s.arn("ecr", "registry-scanning-configuration"), Config: p.scanning.Project(got.ScanningConfiguration),
	})
}
