package awscloud

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/infraudit/infraudit/internal/fault"
)

// policyDocument is an IAM policy, its fields in the order in which people write them.
type policyDocument struct {
	Version   string            `json:"Version" yaml:"Version"`
	Statement []policyStatement `json:"Statement" yaml:"Statement"`
}

type policyStatement struct {
	Sid       string         `json:"Sid,omitempty" yaml:"Sid,omitempty"`
	Effect    string         `json:"Effect" yaml:"Effect"`
	Principal map[string]any `json:"Principal,omitempty" yaml:"Principal,omitempty"`
	Action    []string       `json:"Action" yaml:"Action"`
	Resource  any            `json:"Resource,omitempty" yaml:"Resource,omitempty"` // a string or a list of them
	Condition map[string]any `json:"Condition,omitempty" yaml:"Condition,omitempty"`
}

// maxManagedPolicy is how many characters a managed policy may have, white space aside (IAM user guide, "IAM and AWS STS
// quotas"). A role takes ten of them, while all that is inline has 10,240 together.
const maxManagedPolicy = 6_144

// Policies returns the IAM policies that InfraAudit needs in an account, as indented JSON: read only, made from what the
// collectors declare, one statement for each service, and as many policies as it takes for each to be within IAM's bounds.
func Policies() ([][]byte, error) {
	docs, err := onboardingPolicies()
	if err != nil {
		return nil, err
	}
	var out [][]byte
	for _, doc := range docs {
		var buf bytes.Buffer
		enc := json.NewEncoder(&buf)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		if err := enc.Encode(doc); err != nil {
			return nil, fmt.Errorf("encode the onboarding policy: %w", err)
		}
		out = append(out, buf.Bytes())
	}
	return out, nil
}

// onboardingPolicies splits the onboarding policy, by services in order.
func onboardingPolicies() ([]policyDocument, error) {
	whole := onboardingPolicy()
	empty := policyDocument{Version: whole.Version}
	frame, err := json.Marshal(empty)
	if err != nil {
		return nil, fmt.Errorf("encode the onboarding policy: %w", err)
	}
	var out []policyDocument
	left := 0
	for _, s := range whole.Statement {
		b, err := json.Marshal(s)
		if err != nil {
			return nil, fmt.Errorf("encode the onboarding policy: %w", err)
		}
		if size := len(b) + len(","); len(out) == 0 || size > left {
			out, left = append(out, empty), maxManagedPolicy-len(frame)
		}
		left -= len(b) + len(",")
		last := &out[len(out)-1]
		last.Statement = append(last.Statement, s)
	}
	return out, nil
}

func onboardingPolicy() policyDocument {
	actions := accountActions()
	for _, c := range collectors() {
		for _, l := range c.listings {
			actions = append(actions, l.actions...)
		}
	}
	slices.Sort(actions)
	doc := policyDocument{Version: "2012-10-17"}
	for _, action := range slices.Compact(actions) {
		service, _, _ := strings.Cut(action, ":")
		sid := "InfraAudit" + strings.ToUpper(service[:1]) + strings.ReplaceAll(service[1:], "-", "") // letters and digits only
		if n := len(doc.Statement); n == 0 || doc.Statement[n-1].Sid != sid {
			doc.Statement = append(doc.Statement, policyStatement{Sid: sid, Effect: "Allow", Resource: resourcesOf(action)})
		}
		last := &doc.Statement[len(doc.Statement)-1]
		last.Action = append(last.Action, action)
	}
	return doc
}

// resourcesOf returns what an action is allowed on: everything, but for API Gateway's one action of reading, which would
// give away the values of API keys (API Gateway developer guide, "Control access for managing a REST API").
func resourcesOf(action string) any {
	if action == actionAPIGatewayGet {
		return []string{"arn:aws*:apigateway:*::/apis*", "arn:aws*:apigateway:*::/restapis*"}
	}
	return "*"
}

var (
	// principalARN is whom a trust policy may name: an account's root, a user or a role (IAM user guide, "AWS JSON
	// policy elements: Principal").
	principalARN = regexp.MustCompile(`^arn:(aws|aws-cn|aws-us-gov):iam::[0-9]{12}:(root|(role|user)/[\w+=,.@/-]{1,512})$`)
	// externalID is what AssumeRole accepts (STS API reference), but for its length: Go's expressions repeat 1,000
	// times at most.
	externalID = regexp.MustCompile(`^[\w+=,.@:/-]{2,}$`)
)

// RoleTemplate returns a CloudFormation template, in YAML, of the role that lets the principal read an account, and
// only with the external id. It fails with an Invalid fault when either can't be one.
func RoleTemplate(principal, external string) ([]byte, error) {
	if !principalARN.MatchString(principal) {
		return nil, fault.Field("principal", "is not the ARN of an account's root, a role or a user")
	}
	if !externalID.MatchString(external) || len(external) > 1224 {
		return nil, fault.Field("external_id", "must be 2 to 1224 letters, digits or _+=,.@:/-")
	}
	trust := policyDocument{Version: "2012-10-17", Statement: []policyStatement{{
		Effect: "Allow", Principal: map[string]any{"AWS": principal}, Action: []string{"sts:AssumeRole"},
		Condition: map[string]any{"StringEquals": map[string]any{"sts:ExternalId": external}},
	}}}
	access, err := onboardingPolicies()
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	enc := yaml.NewEncoder(&buf)
	enc.SetIndent(2)
	if err := enc.Encode(newRoleTemplate(trust, access)); err != nil {
		return nil, fmt.Errorf("encode the role's template: %w", err)
	}
	return buf.Bytes(), nil
}

// RoleName is what the role of RoleTemplate is called, so that its ARN is known beforehand.
const RoleName = "InfraAuditReadOnly"

// roleTemplate is a CloudFormation template with fields in the order in which people write them.
type roleTemplate struct {
	AWSTemplateFormatVersion string                      `yaml:"AWSTemplateFormatVersion"`
	Description              string                      `yaml:"Description"`
	Resources                map[string]templateResource `yaml:"Resources"`
	Outputs                  map[string]any              `yaml:"Outputs"`
}

type templateResource struct {
	Type       string `yaml:"Type"`
	Properties any    `yaml:"Properties"`
}

type templateRole struct {
	RoleName                 string           `yaml:"RoleName"`
	Description              string           `yaml:"Description"`
	AssumeRolePolicyDocument policyDocument   `yaml:"AssumeRolePolicyDocument"`
	ManagedPolicyArns        []map[string]any `yaml:"ManagedPolicyArns"`
}

type templatePolicy struct {
	Description    string         `yaml:"Description"`
	PolicyDocument policyDocument `yaml:"PolicyDocument"`
}

func newRoleTemplate(trust policyDocument, access []policyDocument) roleTemplate {
	t := roleTemplate{
		AWSTemplateFormatVersion: "2010-09-09",
		Description:              "Lets InfraAudit read this account's configuration. It can change nothing and reads no data.",
		Resources:                map[string]templateResource{},
		Outputs: map[string]any{"RoleArn": map[string]any{
			"Description": "Connect the account with this ARN.",
			"Value":       map[string]any{"Fn::GetAtt": []string{"InfraAuditRole", "Arn"}},
		}},
	}
	role := templateRole{RoleName: RoleName, Description: "Assumed by InfraAudit, read only", AssumeRolePolicyDocument: trust}
	for i, doc := range access {
		name := fmt.Sprintf("InfraAuditPolicy%d", i+1)
		t.Resources[name] = templateResource{Type: "AWS::IAM::ManagedPolicy", Properties: templatePolicy{
			Description: fmt.Sprintf("What InfraAudit reads, part %d of %d", i+1, len(access)), PolicyDocument: doc,
		}}
		role.ManagedPolicyArns = append(role.ManagedPolicyArns, map[string]any{"Ref": name})
	}
	t.Resources["InfraAuditRole"] = templateResource{Type: "AWS::IAM::Role", Properties: role}
	return t
}
