package awscloud

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
	"github.com/infraudit/infraudit/internal/shape"
)

// cloudTrailCollector reads AWS CloudTrail (CloudTrail API reference).
func cloudTrailCollector() *collector {
	p := &trailProjectors{trails: projectorOf("cloudtrail_trail", map[string]string{
		"Trail.Name": "TrailName", "Trail.LogFileValidationEnabled": "EnableLogFileValidation",
	})}
	trail := func(paths ...string) map[string][]string { return map[string][]string{"cloudtrail_trail": paths} }
	selectors := trail("AdvancedEventSelectors", "EventSelectors")
	return &collector{
		service: "cloudtrail",
		listings: []listing{{
			types: []string{"cloudtrail_trail"},
			actions: []string{
				actionDescribeTrails, "cloudtrail:GetEventSelectors", "cloudtrail:GetInsightSelectors",
				"cloudtrail:GetTrailStatus", actionListTrailTags,
			},
			each: slices.Concat(
				eachOf("trail at home in the region", "no listing tells them; there are five trails a region at most",
					"cloudtrail:GetEventSelectors", "cloudtrail:GetInsightSelectors", "cloudtrail:GetTrailStatus",
				),
				[]each{{action: actionListTrailTags, of: "own trail", batch: maxTaggedTrails, because: "`DescribeTrails` leaves tags out"}},
			),
			collect: p.collect,
		}},
		events: map[string]map[string][]string{
			"UpdateTrail": trail(
				"CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn", "EnableLogFileValidation", "IncludeGlobalServiceEvents",
				"IsMultiRegionTrail", "IsOrganizationTrail", "KMSKeyId", "S3BucketName", "S3KeyPrefix", "SnsTopicName",
			),
			"StartLogging":        trail("IsLogging"),
			"StopLogging":         trail("IsLogging"),
			"PutEventSelectors":   selectors,
			"PutInsightSelectors": trail("InsightSelectors"),
			"AddTags":             trail("Tags"),
			"RemoveTags":          trail("Tags"),
		},
	}
}

const (
	actionDescribeTrails = "cloudtrail:DescribeTrails"
	actionListTrailTags  = "cloudtrail:ListTags"
	// maxTaggedTrails is the most trails that ListTags takes.
	maxTaggedTrails = 20
)

// trailProjectors turn the answers of the CloudTrail API into configurations.
type trailProjectors struct{ trails *shape.Projector }

// collect reads the trails whose home is this region. A multi-region trail is answered everywhere, and an organization's
// in every member account, where it is that account's audit trail, too: both are shadow trails to DescribeTrails, which
// is why these are asked for and told apart here. There are five trails of its own a region at most, so that calls for
// each cost little ("Quotas in AWS CloudTrail").
func (p *trailProjectors) collect(ctx context.Context, s *session, out inventory.Emitter) error {
	all, err := cloudTrailClient(s).DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{IncludeShadowTrails: aws.Bool(true)})
	if err != nil {
		return err
	}
	var trails []*audit.Observation
	for i := range all.TrailList {
		t := &all.TrailList[i]
		if home := aws.ToString(t.HomeRegion); home != "" && home != s.region {
			continue
		}
		o := p.trail(t)
		if !out.Done(o.Type, o.ExternalID) {
			trails = append(trails, o)
		}
	}
	if err := p.readTags(ctx, s, trails); err != nil {
		return err
	}
	return forEach(ctx, s, trails, func(ctx context.Context, o *audit.Observation) error {
		if o.ExternalID != "" {
			if err := p.readDetails(ctx, s, o); err != nil {
				return err
			}
		}
		return s.emit(ctx, out, o)
	})
}

func (p *trailProjectors) trail(t *types.Trail) *audit.Observation {
	c := p.trails.Project(t)
	if topic := aws.ToString(t.SnsTopicARN); c["SnsTopicName"] == nil && topic != "" {
		c["SnsTopicName"] = topic[strings.LastIndexByte(topic, ':')+1:]
	}
	return &audit.Observation{
		Type: "cloudtrail_trail", ExternalID: aws.ToString(t.TrailARN), Name: aws.ToString(t.Name), Config: c,
		Facts: object{
			"HomeRegion": t.HomeRegion, "HasCustomEventSelectors": t.HasCustomEventSelectors,
			"HasInsightSelectors": t.HasInsightSelectors, "SnsTopicArn": t.SnsTopicARN,
		},
	}
}

// readTags reads the tags of many trails at once. Those of an organization's trail are its management account's to read.
func (p *trailProjectors) readTags(ctx context.Context, s *session, trails []*audit.Observation) error {
	own := make([]*audit.Observation, 0, len(trails))
	for _, o := range trails {
		at, err := arn.Parse(o.ExternalID)
		switch {
		case err != nil: // nothing can be asked about it, and emit tells if that is because it has no id
		case at.AccountID == s.account:
			own = append(own, o)
		}
		// The tags of an organization's trail are its management account's to read, never ours: a hole that nobody could
		// fill would leave every member account partial for ever.
	}
	for some := range slices.Chunk(own, maxTaggedTrails) {
		byARN, err := p.tags(ctx, s, some)
		if err := fatal(ctx, err); err != nil {
			return err
		}
		for _, o := range some {
			if err != nil {
				setUnread(o, awsaccess.Classify(err), "Tags")
				continue
			}
			o.Config["Tags"] = byARN[o.ExternalID]
		}
	}
	return nil
}

func (p *trailProjectors) tags(ctx context.Context, s *session, trails []*audit.Observation) (map[string]any, error) {
	ids := make([]string, 0, len(trails))
	for _, o := range trails {
		ids = append(ids, o.ExternalID)
	}
	byARN := make(map[string]any, len(trails))
	all := map[string][]types.Tag{}
	err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := cloudTrailClient(s).ListTags(ctx, &cloudtrail.ListTagsInput{ResourceIdList: ids, NextToken: token})
		if err != nil {
			return nil, err
		}
		for _, r := range page.ResourceTagList {
			id := aws.ToString(r.ResourceId)
			all[id] = append(all[id], r.TagsList...)
		}
		return page.NextToken, nil
	})
	for id, tags := range all {
		byARN[id] = p.trails.ProjectAt("Tags", tags)
	}
	return byARN, err
}

// readDetails reads what only calls for each trail tell.
func (p *trailProjectors) readDetails(ctx context.Context, s *session, o *audit.Observation) error {
	api, id := cloudTrailClient(s), aws.String(o.ExternalID)
	err := s.detail(ctx, o, []string{"AdvancedEventSelectors", "EventSelectors"}, func(ctx context.Context) error {
		got, err := api.GetEventSelectors(ctx, &cloudtrail.GetEventSelectorsInput{TrailName: id})
		if err == nil {
			o.Config["AdvancedEventSelectors"] = p.trails.ProjectAt("AdvancedEventSelectors", got.AdvancedEventSelectors)
			o.Config["EventSelectors"] = p.trails.ProjectAt("EventSelectors", got.EventSelectors)
		}
		return err
	})
	if err != nil {
		return err
	}
	err = s.detail(ctx, o, []string{"InsightSelectors"}, func(ctx context.Context) error {
		got, err := api.GetInsightSelectors(ctx, &cloudtrail.GetInsightSelectorsInput{TrailName: id})
		if err == nil {
			o.Config["InsightSelectors"] = p.trails.ProjectAt("InsightSelectors", got.InsightSelectors)
		}
		return err
	}, "InsightNotEnabledException")
	if err != nil {
		return err
	}
	return s.detail(ctx, o, []string{"IsLogging"}, func(ctx context.Context) error {
		got, err := api.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: id})
		if err != nil {
			return err
		}
		o.Config["IsLogging"] = got.IsLogging
		o.Facts["StartLoggingTime"], o.Facts["StopLoggingTime"] = got.StartLoggingTime, got.StopLoggingTime
		o.Facts["LatestDeliveryError"] = got.LatestDeliveryError
		o.Facts["LatestDigestDeliveryError"] = got.LatestDigestDeliveryError
		o.Facts["LatestCloudWatchLogsDeliveryError"] = got.LatestCloudWatchLogsDeliveryError
		if at := got.LatestCloudWatchLogsDeliveryTime; at != nil { // another one at every reading
			o.Facts["LatestCloudWatchLogsDeliveryTime"] = day(at)
		}
		return nil
	})
}
