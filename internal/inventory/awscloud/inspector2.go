package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/inspector2"
	"github.com/aws/aws-sdk-go-v2/service/inspector2/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
)

const (
	inspectorAccount       = "inspector2_account"
	actionInspectorAccount = "inspector2:BatchGetAccountStatus"
)

// inspectorCollector reads Amazon Inspector (Inspector API reference), whose IAM prefix is "inspector2": what it scans in each
// region. Where it isn't enabled it scans nothing, which is as much of a configuration.
func inspectorCollector() *collector {
	scans := map[string][]string{inspectorAccount: {"CodeRepository", "Ec2", "Ecr", "Lambda", "LambdaCode"}}
	return &collector{
		service: "inspector2",
		listings: []listing{{
			types: []string{inspectorAccount}, actions: []string{actionInspectorAccount, "inspector2:GetConfiguration"},
			collect: collectInspector,
		}},
		events: map[string]map[string][]string{
			"Disable":             scans,
			"Enable":              scans,
			"UpdateConfiguration": {inspectorAccount: {"Ec2Configuration", "EcrConfiguration"}},
		},
	}
}

func inspectorClient(s *session) *inspector2.Client {
	return client(s, func(c aws.Config) *inspector2.Client { return inspector2.NewFromConfig(c) })
}

// collectInspector reads the account's settings, which are no resource of AWS's: their external id is
// "arn:aws:inspector2:<region>:<account>:account".
func collectInspector(ctx context.Context, s *session, out inventory.Emitter) error {
	got, err := inspectorClient(s).BatchGetAccountStatus(ctx, &inspector2.BatchGetAccountStatusInput{AccountIds: []string{s.account}})
	if err != nil {
		return err
	}
	for i := range got.FailedAccounts {
		if err := inspectorFailure(&got.FailedAccounts[i]); err != nil {
			return err
		}
	}
	for i := range got.Accounts {
		if got.Accounts[i].ResourceState == nil {
			return &fault.Error{
				Kind: fault.Upstream, Code: "MalformedAnswer", Action: actionInspectorAccount, Message: "an account's scans have no state",
			}
		}
		if err := emitInspector(ctx, s, out, &got.Accounts[i]); err != nil {
			return err
		}
	}
	return nil
}

// inspectorFailure returns why the account's state isn't told; nil where Inspector doesn't know the account.
func inspectorFailure(f *types.FailedAccount) error {
	failed := &fault.Error{
		Kind: fault.Unavailable, Code: string(f.ErrorCode), Action: actionInspectorAccount, Message: actionInspectorAccount + " left out the account",
	}
	switch f.ErrorCode {
	case types.ErrorCodeResourceNotFound:
		return nil
	case types.ErrorCodeAccessDenied, types.ErrorCodeBlockedByOrganizationPolicy:
		failed.Kind = fault.Denied
	}
	return failed
}

func emitInspector(ctx context.Context, s *session, out inventory.Emitter, a *types.AccountState) error {
	r := a.ResourceState
	o := &audit.Observation{
		Type: inspectorAccount, ExternalID: s.arn("inspector2", "account"), Name: s.account,
		Config: object{
			"CodeRepository": inspectorScan(r.CodeRepository), "Ec2": inspectorScan(r.Ec2), "Ecr": inspectorScan(r.Ecr),
			"Lambda": inspectorScan(r.Lambda), "LambdaCode": inspectorScan(r.LambdaCode),
		},
	}
	if a.State != nil {
		o.Facts = object{"ErrorCode": told(a.State.ErrorCode), "Status": told(a.State.Status)}
	}
	if inspectorScan(a.State) == string(types.StatusDisabled) {
		o.Status = audit.ResourceStopped
		return s.emit(ctx, out, o) // how it would scan Inspector tells where it does
	}
	err := ask(ctx, s, o, aside{paths: []string{"Ec2Configuration", "EcrConfiguration"}}, inspectorClient(s).GetConfiguration,
		&inspector2.GetConfigurationInput{}, func(got *inspector2.GetConfigurationOutput) {
			if c := got.Ec2Configuration; c != nil && c.ScanModeState != nil {
				o.Config["Ec2Configuration"] = object{"ScanMode": told(c.ScanModeState.ScanMode)}
			}
			if c := got.EcrConfiguration; c != nil && c.RescanDurationState != nil {
				o.Config["EcrConfiguration"] = object{
					"PullDateRescanDuration": told(c.RescanDurationState.PullDateRescanDuration),
					"PullDateRescanMode":     told(c.RescanDurationState.PullDateRescanMode),
					"RescanDuration":         told(c.RescanDurationState.RescanDuration),
				}
			}
		})
	if err != nil {
		return err
	}
	return s.emit(ctx, out, o)
}

// inspectorScan says whether something is scanned: ENABLED, DISABLED or SUSPENDED. What is on its way there counts as there.
func inspectorScan(state *types.State) any {
	if state == nil {
		return nil
	}
	switch state.Status {
	case types.StatusEnabling:
		return string(types.StatusEnabled)
	case types.StatusDisabling:
		return string(types.StatusDisabled)
	case types.StatusSuspending:
		return string(types.StatusSuspended)
	}
	return told(state.Status)
}
