package awscloud

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
)

// ecrRepositories lists the region's repositories. Images can be listed by repository only.
func ecrRepositories(ctx context.Context, s *session) ([]types.Repository, error) {
	return memo(ctx, s, actionDescribeRepositories, func(ctx context.Context) ([]types.Repository, error) {
		var all []types.Repository
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := ecrClient(s).DescribeRepositories(ctx, &ecr.DescribeRepositoriesInput{
				MaxResults: aws.Int32(ecrPageSize), NextToken: token,
			})
			if err != nil {
				return nil, err
			}
			all = append(all, page.Repositories...)
			return page.NextToken, nil
		})
		return all, err
	})
}

// collectImages reads the images that have a tag: the others are what tags have left, or parts of images of several
// platforms, and may be millions.
func (p *ecrProjectors) collectImages(ctx context.Context, s *session, out inventory.Emitter) error {
	repositories, err := ecrRepositories(ctx, s)
	if err != nil {
		return err
	}
	return forEach(ctx, s, repositories, func(ctx context.Context, r types.Repository) error {
		return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := ecrClient(s).DescribeImages(ctx, &ecr.DescribeImagesInput{
				RepositoryName: r.RepositoryName, RegistryId: r.RegistryId, MaxResults: aws.Int32(ecrPageSize), NextToken: token,
				Filter: &types.DescribeImagesFilter{TagStatus: types.TagStatusTagged},
			})
			if err != nil {
				return nil, goneIf(err, ecrGone)
			}
			for i := range page.ImageDetails {
				if err := s.emit(ctx, out, p.image(&r, &page.ImageDetails[i])); err != nil {
					return nil, err
				}
			}
			return page.NextToken, nil
		})
	})
}

// image makes the observation of an image. AWS has no ARN for it; its external id is the repository's with the digest, as
// Inspector writes it: "arn:aws:ecr:eu-west-1:123456789012:repository/web/sha256:...". Its tags are a fact, since each push
// moves one from image to image.
func (p *ecrProjectors) image(r *types.Repository, v *types.ImageDetail) *audit.Observation {
	o := &audit.Observation{
		Type: "ecr_image", Config: p.images.Project(v),
		Facts: object{
			"ImagePushedAt": v.ImagePushedAt, "ImageSizeInBytes": v.ImageSizeInBytes, "ImageStatus": told(v.ImageStatus),
			"ImageTags": slices.Sorted(slices.Values(v.ImageTags)), "LastRecordedPullDate": dayOf(v.LastRecordedPullTime),
		},
	}
	o.Config["RepositoryName"] = r.RepositoryName
	if digest := aws.ToString(v.ImageDigest); digest != "" {
		o.ExternalID = aws.ToString(r.RepositoryArn) + "/" + digest
	}
	if len(v.ImageTags) > 0 {
		o.Name = aws.ToString(r.RepositoryName) + ":" + slices.Min(v.ImageTags)
	}
	if scan := v.ImageScanStatus; scan != nil {
		o.Facts["ImageScanStatus"] = told(scan.Status)
	}
	if found := v.ImageScanFindingsSummary; found != nil {
		o.Facts["FindingSeverityCounts"] = found.FindingSeverityCounts
		o.Facts["ImageScanCompletedDate"] = dayOf(found.ImageScanCompletedAt)
	}
	return o
}
