//go:build integration

package deploytest_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What customers deploy by Terraform lets in whom it should, on the same condition, with the same policies. No provider can
// be fetched where this runs, so that the module is read and not planned.
func TestTheTerraformModuleIsTheOnboardingStack(t *testing.T) {
	dir := filepath.Join(root(t), "infra", "onboarding", "terraform")
	var module struct {
		Variable []map[string]struct{ Type, Default string }
		Locals   []map[string]any
		Data     []map[string]map[string]struct {
			Statement []struct {
				Actions    []string
				Principals []struct{ Identifiers []string }
				Condition  []struct {
					Test, Variable string
					Values         []string
				}
			}
		}
		Resource []map[string]map[string]map[string]any
	}
	_, body, _ := strings.Cut(run(t, dir, tool(t, "hcl2tojson"), "main.tf"), "{") // it says the file's name first
	if err := json.Unmarshal([]byte("{"+body), &module); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, v := range module.Variable {
		for name := range v {
			names = append(names, strings.Trim(name, `"`))
		}
	}
	if diff := cmp.Diff([]string{"principal", "external_id", "role_name"}, names); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	trust := module.Data[0][`"aws_iam_policy_document"`][`"trust"`].Statement[0]
	condition := trust.Condition[0]
	if len(trust.Actions) != 1 || trust.Actions[0] != `"sts:AssumeRole"` || trust.Principals[0].Identifiers[0] != "${var.principal}" ||
		condition.Test != `"StringEquals"` || condition.Variable != `"sts:ExternalId"` || condition.Values[0] != "${var.external_id}" {
		t.Errorf("the trust policy is %+v", trust)
	}
	resources := map[string]map[string]any{}
	for _, r := range module.Resource {
		for typ, named := range r {
			for name, body := range named {
				resources[strings.Trim(typ, `"`)+"."+strings.Trim(name, `"`)] = body
			}
		}
	}
	for what, want := range map[string]string{
		"aws_iam_policy.read": "${local.policies}", "aws_iam_role_policy_attachment.read": "${local.policies}",
	} {
		if got := resources[what]["for_each"]; got != want {
			t.Errorf("%s is for each of %v, want %s", what, got, want)
		}
	}
	pattern, err := filepath.Glob(filepath.Join(dir, "..", "policy-*.json"))
	if err != nil || len(pattern) == 0 || !strings.Contains(fmt.Sprint(module.Locals[0]["policies"]), `policy-*.json`) {
		t.Errorf("policies %v, files %v, %v", module.Locals[0]["policies"], pattern, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "..", "role.yaml")); err != nil {
		t.Error(err)
	}
}
