package awscloud

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
)

// reportPath is where the facts from the credential report are; it is unread where there is no report.
const reportPath = "facts.CredentialReport"

// report is the rows of a credential report by ARN.
type report map[string]credentialRow

// The pauses between asking for a report that AWS is still making, and how long is waited in all. It takes seconds.
const (
	reportPause   = 500 * time.Millisecond
	reportLongest = 4 * time.Second
	reportPatient = 30 * time.Second
)

// credentialReport asks AWS to make a credential report and fetches it. AWS makes a new one every four hours at most, and
// returns the last one in between: what it says is up to four hours old.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
func credentialReport(ctx context.Context, s *session) (report, error) {
	return memo(ctx, s, "iam:GetCredentialReport", func(ctx context.Context) (report, error) {
		api := iamClient(s)
		if _, err := api.GenerateCredentialReport(ctx, &iam.GenerateCredentialReportInput{}); err != nil {
			return nil, err
		}
		deadline := time.Now().Add(reportPatient)
		for pause := reportPause; ; pause = min(2*pause, reportLongest) {
			out, err := api.GetCredentialReport(ctx, &iam.GetCredentialReportInput{})
			if err == nil {
				return readReport(out)
			}
			if !isReportPending(err) || time.Now().After(deadline) {
				return nil, err
			}
			if err := sleep(ctx, pause); err != nil {
				return nil, err
			}
		}
	})
}

func readReport(out *iam.GetCredentialReportOutput) (report, error) {
	rows, err := parseCredentialReport(out.Content)
	if err != nil {
		return nil, &fault.Error{
			Kind: fault.Upstream, Code: "MalformedReport", Action: "iam:GetCredentialReport", Cause: awsaccess.Redacted(err),
			Message: "the credential report can't be parsed",
		}
	}
	return rows, nil
}

// isReportPending tells whether AWS is still making the report.
func isReportPending(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	switch strings.TrimSuffix(api.ErrorCode(), "Exception") {
	case "ReportInProgress", "CredentialReportNotReady", "ReportNotPresent", "CredentialReportNotPresent",
		"ReportExpired", "CredentialReportExpired":
		return true
	}
	return false
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// describe adds the facts of the report's row about a user, or the account's root user, named by ARN. Where there is no
// report, or it is older than the user, they are unread: absent would mean "has no password, no MFA".
func (r report) describe(o *audit.Observation, err error) {
	if err == nil {
		row, ok := r[o.ExternalID]
		if ok {
			o.Facts["CredentialReport"] = row.facts
			return
		}
		err = &fault.Error{
			Kind: fault.Upstream, Code: "NotInReport", Action: "iam:GetCredentialReport",
			Message: "the newest credential report has no row for it",
		}
	}
	setUnread(o, awsaccess.Classify(err), reportPath)
}

// collectAccessKeys asks for the keys of those who have one, says the credential report. A user's first key that is
// younger than the report is found with the next one, within four hours: a call for every user would be the price of
// finding it at once.
func collectAccessKeys(ctx context.Context, s *session, out inventory.Emitter) error {
	r, err := credentialReport(ctx, s)
	if err != nil {
		return err
	}
	var users []string // ARNs
	for arn, row := range r {
		if row.hasKeys && strings.Contains(arn, ":user/") {
			users = append(users, arn)
		}
	}
	return forEach(ctx, s, users, func(ctx context.Context, arn string) error {
		return collectKeysOf(ctx, s, r[arn].user, out)
	})
}

func collectKeysOf(ctx context.Context, s *session, user string, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := iamClient(s).ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: &user, Marker: token})
		if err != nil {
			return nil, goneIf(err, noSuchEntity)
		}
		for i := range page.AccessKeyMetadata {
			if err := s.emit(ctx, out, accessKey(s, user, &page.AccessKeyMetadata[i])); err != nil {
				return nil, err
			}
		}
		return iamNext(page.IsTruncated, page.Marker), nil
	})
}

// accessKey names a key "arn:aws:iam::123456789012:access-key/alice/AKIA...": AWS has no ARN for it.
func accessKey(s *session, user string, k *types.AccessKeyMetadata) *audit.Observation {
	id := aws.ToString(k.AccessKeyId)
	o := &audit.Observation{
		Type: "iam_access_key", ExternalID: s.arn("iam", "access-key/"+user+"/"+id), Name: id,
		Config: object{"UserName": user, "Status": k.Status},
		Facts:  object{"CreateDate": k.CreateDate},
	}
	if k.Status == types.StatusTypeInactive {
		o.Status = audit.ResourceStopped
	}
	return o
}
