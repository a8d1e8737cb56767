package awscloud

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
)

var update = flag.Bool("update", false, "rewrite infra/onboarding/policy-*.json and the table of docs/collectors.md")

const updateHow = "run: go test ./internal/inventory/awscloud -run 'Policy|Documented' -update"

func repository(t *testing.T, elem ...string) string {
	t.Helper()
	return filepath.Join(append([]string{"..", "..", ".."}, elem...)...)
}

// golden holds a file against what it should be.
func golden(t *testing.T, path string, want []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; %s", err, updateHow)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is stale; %s\n%s", path, updateHow, diff)
	}
}

func TestPolicyFilesAreWhatCollectorsDeclare(t *testing.T) {
	policies, err := Policies()
	if err != nil {
		t.Fatal(err)
	}
	for i, policy := range policies {
		golden(t, repository(t, "infra", "onboarding", fmt.Sprintf("policy-%d.json", i+1)), policy)
	}
	files, err := filepath.Glob(repository(t, "infra", "onboarding", "policy*.json"))
	if err != nil || len(files) != len(policies) {
		t.Errorf("%d policies, and the files are %v, %v", len(policies), files, err)
	}
}

func TestTheOnboardingStackIsWhatTheRoleTemplateSays(t *testing.T) {
	stack, err := awsaccess.RoleStack()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, repository(t, "infra", "onboarding", "role.yaml"), stack)
}

// maxPoliciesOfRole is how many managed policies a role takes without asking AWS for more (IAM user guide, "IAM and AWS
// STS quotas").
const maxPoliciesOfRole = 10

func TestPoliciesAreWithinTheBoundsOfIAM(t *testing.T) {
	docs, err := onboardingPolicies()
	if err != nil {
		t.Fatal(err)
	}
	var all []awsaccess.Statement
	for i, doc := range docs {
		b, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("policy %d has %d characters", i+1, len(b))
		if len(b) > maxManagedPolicy {
			t.Errorf("policy %d has %d characters, of which IAM takes %d", i+1, len(b), maxManagedPolicy)
		}
		all = append(all, doc.Statement...)
	}
	if len(docs) > maxPoliciesOfRole {
		t.Errorf("%d policies, of which a role takes %d", len(docs), maxPoliciesOfRole)
	}
	if diff := cmp.Diff(onboardingPolicy().Statement, all); diff != "" {
		t.Errorf("the parts are not the whole (-whole +parts):\n%s", diff)
	}
}

func TestPolicyReadsAndNothingElse(t *testing.T) {
	// GenerateCredentialReport writes nothing but the report that is then read: IAM calls its access level "Read".
	// The method GET of API Gateway is its action of reading, which the policy allows on APIs and not on API keys.
	harmless := []string{"iam:GenerateCredentialReport", "apigateway:GET"}
	// What tells of data instead of configuration.
	data := []string{"s3:GetObject", "kms:Decrypt", "ec2:GetConsoleOutput", "ec2:GetPasswordData", "secretsmanager:GetSecretValue"}
	reads := regexp.MustCompile(`^(BatchGet|Describe|Get|List|Lookup)`)
	doc := onboardingPolicy()
	var all []string
	for _, s := range doc.Statement {
		if s.Effect != "Allow" || s.Resource != "*" && s.Sid != "InfraAuditApigateway" || !regexp.MustCompile(`^[A-Za-z0-9]+$`).MatchString(s.Sid) {
			t.Errorf("%+v", s)
		}
		for _, action := range s.Action {
			_, verb, _ := strings.Cut(action, ":")
			if !reads.MatchString(verb) && !slices.Contains(harmless, action) || slices.Contains(data, action) || strings.Contains(action, "*") {
				t.Errorf("%s is not harmless", action)
			}
			all = append(all, action)
		}
	}
	if !slices.IsSorted(all) || len(slices.Compact(slices.Clone(all))) != len(all) {
		t.Errorf("not in order, or twice: %v", all)
	}
}

func TestPolicyKeepsAwayFromAPIKeys(t *testing.T) {
	for _, s := range onboardingPolicy().Statement {
		if !slices.Contains(s.Action, actionAPIGatewayGet) {
			continue
		}
		for _, arn := range s.Resource.([]string) {
			prefix, ok := strings.CutSuffix(arn, "*")
			if _, path, found := strings.Cut(prefix, "::"); !ok || !found || strings.HasPrefix("/apikeys", path) {
				t.Errorf("%s", arn)
			}
		}
	}
}

func TestRoleTemplateLetsInOnlyWithTheExternalID(t *testing.T) {
	b, err := awsaccess.RoleTemplate("arn:aws:iam::999999999999:role/infraudit-worker", `ext:"id`)
	if fault.KindOf(err) != fault.Invalid {
		t.Errorf("a quote in the external id: %s, %v", b, err)
	}
	b, err = awsaccess.RoleTemplate("arn:aws:iam::999999999999:role/infraudit-worker", "3f2a-9c")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Resources map[string]struct {
			Type       string
			Properties struct {
				RoleName                 string              `yaml:"RoleName"`
				AssumeRolePolicyDocument map[string]any      `yaml:"AssumeRolePolicyDocument"`
				ManagedPolicyArns        []map[string]string `yaml:"ManagedPolicyArns"`
				PolicyDocument           struct {
					Statement []struct {
						Action []string `yaml:"Action"`
					} `yaml:"Statement"`
				} `yaml:"PolicyDocument"`
			} `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	role := doc.Resources["InfraAuditRole"].Properties
	want := map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Effect": "Allow", "Principal": map[string]any{"AWS": "arn:aws:iam::999999999999:role/infraudit-worker"},
		"Action":    []any{"sts:AssumeRole"},
		"Condition": map[string]any{"StringEquals": map[string]any{"sts:ExternalId": "3f2a-9c"}},
	}}}
	if diff := cmp.Diff(want, role.AssumeRolePolicyDocument); diff != "" || role.RoleName != awsaccess.RoleName {
		t.Errorf("-want +got:\n%s", diff)
	}
	var actions, declared []string
	for _, ref := range role.ManagedPolicyArns {
		for _, s := range doc.Resources[ref["Ref"]].Properties.PolicyDocument.Statement {
			actions = append(actions, s.Action...)
		}
	}
	if len(doc.Resources) != 1+len(role.ManagedPolicyArns) {
		t.Errorf("%d resources, and the role has %v", len(doc.Resources), role.ManagedPolicyArns)
	}
	for _, s := range onboardingPolicy().Statement {
		declared = append(declared, s.Action...)
	}
	if diff := cmp.Diff(declared, actions); diff != "" {
		t.Error(diff)
	}
	for _, c := range [][2]string{
		{"*", "3f2a-9c"},
		{"arn:aws:iam::999:root", "3f2a-9c"},
		{"arn:aws:iam::999999999999:root\nx", "3f2a-9c"},
		{"arn:aws:iam::999999999999:root", ""},
		{"arn:aws:iam::999999999999:root", strings.Repeat("x", 1225)},
	} {
		if _, err := awsaccess.RoleTemplate(c[0], c[1]); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%.60q: %v", c, err)
		}
	}
}
