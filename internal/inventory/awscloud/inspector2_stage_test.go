package awscloud

import (
	"errors"
	"testing"

	"github.com/infraudit/infraudit/internal/fault"
)

const inspectorEnabled = `{"accounts":[{"accountId":"123456789012","state":{"status":"ENABLED","errorCode":"ALREADY_ENABLED","errorMessage":"m"},"resourceState":{"ec2":{"status":"ENABLED"},"ecr":{"status":"ENABLING"},"lambda":{"status":"DISABLED"},"lambdaCode":{"status":"DISABLING"},"codeRepository":{"status":"SUSPENDING"}}}],"failedAccounts":[]}`

func TestInspector(t *testing.T) {
	(&staged{
		service: "inspector2", region: "eu-west-1",
		answers: map[string]string{
			`BatchGetAccountStatus "123456789012"`: inspectorEnabled,
			"GetConfiguration": `{"ec2Configuration":{"scanModeState":{"scanMode":"EC2_HYBRID","scanModeStatus":"SUCCESS"}},
"ecrConfiguration":{"rescanDurationState":{"rescanDuration":"DAYS_30","pullDateRescanDuration":"DAYS_14","pullDateRescanMode":"LAST_IN_USE_AT","status":"SUCCESS","updatedAt":1767225600}}}`,
		},
		refusals: map[string]refusal{
			actionInspectorAccount:        {fails: []string{inspectorAccount}},
			"inspector2:GetConfiguration": {unread: map[string][]string{inspectorAccount: {"Ec2Configuration", "EcrConfiguration"}}},
		},
		counters: map[string]string{
			`"ENABLING"`: `"ENABLED"`, `"DISABLING"`: `"DISABLED"`, `"SUSPENDING"`: `"SUSPENDED"`, `"SUCCESS"`: `"PENDING"`, `1767225600`: `1767225601`,
		},
	}).run(t)
}

func TestInspectorWhereItIsNotEnabled(t *testing.T) {
	(&staged{
		service: "inspector2", region: "eu-west-1", name: "inspector2_disabled",
		answers: map[string]string{
			"BatchGetAccountStatus": `{"accounts":[{"accountId":"123456789012","state":{"status":"DISABLED"},"resourceState":{"ec2":{"status":"DISABLED"},"ecr":{"status":"DISABLED"}}}]}`,
		},
		refusals: map[string]refusal{actionInspectorAccount: {fails: []string{inspectorAccount}}, "inspector2:GetConfiguration": {}},
	}).run(t)
}

func TestInspectorTellsWhyAnAccountIsLeftOut(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		kind   fault.Kind // "" where nothing fails
		code   string
	}{
		"an account that it doesn't know has no state": {`{"failedAccounts":[{"accountId":"123456789012","errorCode":"RESOURCE_NOT_FOUND"}]}`, "", ""},
		"a refusal is one":                     {`{"failedAccounts":[{"accountId":"123456789012","errorCode":"ACCESS_DENIED"}]}`, fault.Denied, "ACCESS_DENIED"},
		"a policy of the organization refuses": {`{"failedAccounts":[{"accountId":"123456789012","errorCode":"BLOCKED_BY_ORGANIZATION_POLICY"}]}`, fault.Denied, "BLOCKED_BY_ORGANIZATION_POLICY"},
		"an error of its own passes":           {`{"failedAccounts":[{"accountId":"123456789012","errorCode":"INTERNAL_ERROR"}]}`, fault.Unavailable, "INTERNAL_ERROR"},
		"no state at all is nonsense":          {`{"accounts":[{"accountId":"123456789012"}]}`, fault.Upstream, "MalformedAnswer"},
	} {
		t.Run(name, func(t *testing.T) {
			played := &staged{service: "inspector2", region: "eu-west-1"}
			h, errs, _ := played.read(t, map[string]string{"BatchGetAccountStatus": c.answer}, "")
			if len(h.all) > 0 {
				t.Errorf("emitted %d", len(h.all))
			}
			err := errs[inspectorAccount]
			if c.kind == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if f, ok := errors.AsType[*fault.Error](err); !ok || f.Kind != c.kind || f.Code != c.code || f.Action != actionInspectorAccount {
				t.Errorf("got %v", err)
			}
		})
	}
}
