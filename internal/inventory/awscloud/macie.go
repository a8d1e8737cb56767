package awscloud

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"
	"github.com/aws/smithy-go"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// macieCollector reads Amazon Macie (Macie API reference). Where Macie isn't enabled there is neither session nor job. What
// it found is never read.
func macieCollector() *collector {
	p := &macieProjectors{jobs: projectorOf("macie2_classification_job", nil), sessions: projectorOf("macie2_session", nil)}
	session := func(paths ...string) map[string][]string { return map[string][]string{"macie2_session": paths} }
	tags := map[string][]string{"macie2_classification_job": {"Tags"}}
	return &collector{
		service: "macie2",
		listings: []listing{
			{
				types: []string{"macie2_session"},
				actions: []string{
					"macie2:GetMacieSession", "macie2:GetClassificationExportConfiguration", "macie2:GetFindingsPublicationConfiguration",
				},
				collect: p.collectSession,
			},
			{
				types:   []string{"macie2_classification_job"},
				actions: []string{"macie2:ListClassificationJobs", "macie2:DescribeClassificationJob"},
				page:    maciePage,
				each: []each{{
					action: "macie2:DescribeClassificationJob", of: "job that isn't cancelled",
					because: "the listing leaves schedule, scope, identifiers and tags out",
				}},
				collect: p.collectJobs,
			},
		},
		events: map[string]map[string][]string{
			"EnableMacie":                          session("FindingPublishingFrequency", "Status"),
			"UpdateMacieSession":                   session("FindingPublishingFrequency", "Status"),
			"PutClassificationExportConfiguration": session("ClassificationExportConfiguration"),
			"PutFindingsPublicationConfiguration":  session("SecurityHubConfiguration"),
			"TagResource":                          tags,
			"UntagResource":                        tags,
		},
	}
}

// maciePage is the most jobs that Macie lists at once.
const maciePage = 200

// macieDescribed are what DescribeClassificationJob tells and the listing doesn't.
var macieDescribed = []string{
	"AllowListIds", "CustomDataIdentifierIds", "Description", "InitialRun", "ManagedDataIdentifierIds", "ManagedDataIdentifierSelector",
	"S3JobDefinition", "SamplingPercentage", "ScheduleFrequency", "Tags",
}

func macieClient(s *session) *macie2.Client {
	return client(s, func(c aws.Config) *macie2.Client { return macie2.NewFromConfig(c) })
}

// macieDisabled tells whether Macie says that the account doesn't have it in the region. Its code is that of a refusal, so
// that only the message tells: "Macie is not enabled".
func macieDisabled(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	switch api.ErrorCode() {
	case "AccessDeniedException":
		return strings.Contains(api.ErrorMessage(), "Macie is not enabled")
	case "ResourceNotFoundException":
		return true
	}
	return false
}

// macieProjectors turn the answers of the Macie API into configurations.
type macieProjectors struct{ jobs, sessions *shape.Projector }

// collectSession emits the account's settings of Macie in the region. AWS has no ARN for them; theirs is
// "arn:aws:macie2:eu-west-1:123456789012:session".
func (p *macieProjectors) collectSession(ctx context.Context, s *session, out inventory.Emitter) error {
	got, err := macieClient(s).GetMacieSession(ctx, &macie2.GetMacieSessionInput{})
	if macieDisabled(err) {
		return nil
	}
	if err != nil {
		return err
	}
	o := &audit.Observation{
		Type: "macie2_session", ExternalID: s.arn("macie2", "session"), Name: "Macie", Config: p.sessions.Project(got),
		Facts: object{"CreatedAt": got.CreatedAt, "ServiceRole": got.ServiceRole},
	}
	if got.Status == types.MacieStatusPaused {
		o.Status = audit.ResourceStopped
	}
	const exported, published = "ClassificationExportConfiguration", "SecurityHubConfiguration"
	err = ask(ctx, s, o, aside{paths: []string{exported}}, macieClient(s).GetClassificationExportConfiguration,
		&macie2.GetClassificationExportConfigurationInput{}, func(got *macie2.GetClassificationExportConfigurationOutput) {
			o.Config[exported] = p.sessions.ProjectAt(exported, got.Configuration)
		})
	if err != nil {
		return err
	}
	err = ask(ctx, s, o, aside{paths: []string{published}}, macieClient(s).GetFindingsPublicationConfiguration,
		&macie2.GetFindingsPublicationConfigurationInput{}, func(got *macie2.GetFindingsPublicationConfigurationOutput) {
			o.Config[published] = p.sessions.ProjectAt(published, got.SecurityHubConfiguration)
		})
	if err != nil {
		return err
	}
	return s.emit(ctx, out, o)
}

// collectJobs reads the jobs but for those that are cancelled: they never run again, and can't be deleted.
func (p *macieProjectors) collectJobs(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := macieClient(s).ListClassificationJobs(ctx, &macie2.ListClassificationJobsInput{
			MaxResults: aws.Int32(maciePage), NextToken: token,
		})
		if macieDisabled(err) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.Items, func(ctx context.Context, j types.JobSummary) error {
			o := p.job(s, &j)
			if j.JobStatus == types.JobStatusCancelled || out.Done(o.Type, o.ExternalID) {
				return nil
			}
			err := ask(ctx, s, o, aside{paths: macieDescribed, gone: []string{"ResourceNotFoundException"}},
				macieClient(s).DescribeClassificationJob, &macie2.DescribeClassificationJobInput{JobId: j.JobId},
				func(got *macie2.DescribeClassificationJobOutput) {
					o.Config, o.Tags = p.jobs.Project(got), got.Tags
					if f := got.ScheduleFrequency; f != nil && f.DailySchedule != nil { // in which there is nothing
						o.Config["ScheduleFrequency"] = object{"DailySchedule": true}
					}
				})
			if err != nil {
				return err
			}
			return s.emit(ctx, out, o)
		})
	})
}

// job makes an observation of a job. Whether it just runs, or waits for its next run, is nobody's wish.
func (p *macieProjectors) job(s *session, j *types.JobSummary) *audit.Observation {
	o := &audit.Observation{
		Type: "macie2_classification_job", Name: aws.ToString(j.Name), Config: object{"JobType": told(j.JobType), "Name": j.Name},
		Facts: object{"CreatedAt": j.CreatedAt, "JobStatus": told(j.JobStatus)},
	}
	if id := aws.ToString(j.JobId); id != "" {
		o.ExternalID = s.arn("macie2", "classification-job/"+id)
	}
	switch j.JobStatus {
	case types.JobStatusPaused, types.JobStatusUserPaused, types.JobStatusComplete:
		o.Status = audit.ResourceStopped
	}
	return o
}
