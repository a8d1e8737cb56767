package awscloud

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/guardduty/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// guardDutyCollector reads Amazon GuardDuty (GuardDuty API reference). Where GuardDuty isn't enabled there is no detector.
func guardDutyCollector() *collector {
	p := &guardDutyProjectors{detectors: projectorOf("guardduty_detector", nil)}
	detector := func(paths ...string) map[string][]string { return map[string][]string{"guardduty_detector": paths} }
	return &collector{
		service: "guardduty",
		listings: []listing{{
			types: []string{"guardduty_detector"}, actions: []string{"guardduty:ListDetectors", "guardduty:GetDetector"},
			page:    guardDutyPage,
			each:    []each{{action: "guardduty:GetDetector", of: "detector", because: "`ListDetectors` tells ids; a region has one detector at most"}},
			collect: p.collect,
		}},
		events: map[string]map[string][]string{
			"CreateDetector":         detector(guardDutyDescribed...),
			"UpdateDetector":         detector("Enable", "Features", "FindingPublishingFrequency"),
			"UpdateMemberDetectors":  detector("Features"),
			"StopMonitoringMembers":  detector("Enable"),
			"StartMonitoringMembers": detector("Enable"),
			"TagResource":            detector("Tags"),
			"UntagResource":          detector("Tags"),
		},
	}
}

func guardDutyClient(s *session) *guardduty.Client {
	return client(s, func(c aws.Config) *guardduty.Client { return guardduty.NewFromConfig(c) })
}

// guardDutyPage is the most that GuardDuty returns at once.
const guardDutyPage = 50

// guardDutyDescribed are the attributes that come from GetDetector.
var guardDutyDescribed = []string{"Enable", "Features", "FindingPublishingFrequency", "Tags"}

// guardDutyProjectors turn the answers of the GuardDuty API into configurations.
type guardDutyProjectors struct{ detectors *shape.Projector }

// collect reads the detectors, of which a region has one at most: what each call costs matters little.
func (p *guardDutyProjectors) collect(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := guardDutyClient(s).ListDetectors(ctx, &guardduty.ListDetectorsInput{MaxResults: aws.Int32(guardDutyPage), NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.DetectorIds, func(ctx context.Context, id string) error {
			o := &audit.Observation{Type: "guardduty_detector", Name: id, Config: object{}}
			if id != "" {
				o.ExternalID = s.arn("guardduty", "detector/"+id)
			}
			if out.Done(o.Type, o.ExternalID) {
				return nil
			}
			err := s.detail(ctx, o, guardDutyDescribed, func(ctx context.Context) error {
				got, err := guardDutyClient(s).GetDetector(ctx, &guardduty.GetDetectorInput{DetectorId: &id})
				if err == nil {
					p.describe(o, got)
				}
				return err
			})
			if err != nil {
				return err
			}
			return s.emit(ctx, out, o)
		})
	})
}

func (p *guardDutyProjectors) describe(o *audit.Observation, got *guardduty.GetDetectorOutput) {
	o.Config["Enable"] = got.Status == types.DetectorStatusEnabled
	o.Config["FindingPublishingFrequency"] = told(got.FindingPublishingFrequency)
	o.Config["Tags"] = p.detectors.ProjectAt("Tags", got.Tags)
	// What every detector reads is in the answer too, but nobody can declare it.
	features := slices.DeleteFunc(slices.Clone(got.Features), func(f types.DetectorFeatureConfigurationResult) bool {
		switch f.Name {
		case types.DetectorFeatureResultFlowLogs, types.DetectorFeatureResultCloudTrail, types.DetectorFeatureResultDnsLogs:
			return true
		}
		return false
	})
	o.Config["Features"] = p.detectors.ProjectAt("Features", features)
	o.Facts = object{"CreatedAt": got.CreatedAt, "ServiceRole": got.ServiceRole}
	if got.Status != types.DetectorStatusEnabled {
		o.Status = audit.ResourceStopped
	}
}
