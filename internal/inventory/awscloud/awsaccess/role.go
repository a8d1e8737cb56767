package awsaccess

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/infraudit/infraudit/infra/onboarding"
	"github.com/infraudit/infraudit/internal/fault"
)

// Policy is an IAM policy, its fields in the order in which people write them.
type Policy struct {
	Version   string      `json:"Version" yaml:"Version"`
	Statement []Statement `json:"Statement" yaml:"Statement"`
}

// Statement is one of a policy's.
type Statement struct {
	Sid       string         `json:"Sid,omitempty" yaml:"Sid,omitempty"`
	Effect    string         `json:"Effect" yaml:"Effect"`
	Principal map[string]any `json:"Principal,omitempty" yaml:"Principal,omitempty"`
	Action    []string       `json:"Action" yaml:"Action"`
	Resource  any            `json:"Resource,omitempty" yaml:"Resource,omitempty"` // a string or a list of them
	Condition map[string]any `json:"Condition,omitempty" yaml:"Condition,omitempty"`
}

var (
	// principalARN is whom a trust policy may name: an account's root, a user or a role (IAM user guide, "AWS JSON
	// policy elements: Principal").
	principalARN = sync.OnceValue(func() *regexp.Regexp { // as roleARN
		return regexp.MustCompile(`^arn:(aws|aws-cn|aws-us-gov):iam::[0-9]{12}:(root|(role|user)/[\w+=,.@/-]{1,512})$`)
	})
	// externalID is what AssumeRole accepts (STS API reference), but for its length: Go's expressions repeat 1,000
	// times at most.
	externalID = regexp.MustCompile(`^[\w+=,.@:/-]{2,}$`)
)

// RoleTemplate returns a CloudFormation template, in YAML, of the role that lets the principal read an account, and
// only with the external id. It fails with an Invalid fault when either can't be one.
func RoleTemplate(principal, external string) ([]byte, error) {
	if !principalARN().MatchString(principal) {
		return nil, fault.Field("principal", "is not the ARN of an account's root, a role or a user")
	}
	if !externalID.MatchString(external) || len(external) > 1224 {
		return nil, fault.Field("external_id", "must be 2 to 1224 letters, digits or _+=,.@:/-")
	}
	return encodeTemplate(newRoleTemplate(RoleName, principal, external))
}

// RoleStack returns the same template for whoever deploys roles to many accounts: principal, external id and the role's
// name are its parameters. It is infra/onboarding/role.yaml.
func RoleStack() ([]byte, error) {
	ref := func(parameter string) any { return map[string]any{"Ref": parameter} }
	t, err := newRoleTemplate(ref("RoleName"), ref("Principal"), ref("ExternalId"))
	t.Parameters = map[string]templateParameter{
		"Principal": {
			Type: "String", AllowedPattern: principalARN().String(),
			Description: "ARN of whom the role lets in: the output AwsPrincipal of InfraAudit's own stack.",
		},
		"ExternalId": {
			Type: "String", AllowedPattern: externalID.String(),
			Description: "Shown by `infraudit provider role-template --account-id` for the account: each has its own.",
		},
		"RoleName": {Type: "String", Default: RoleName, Description: "Name of the role. InfraAudit's own stack says which names it may assume."},
	}
	return encodeTemplate(t, err)
}

func encodeTemplate(t roleTemplate, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	enc := yaml.NewEncoder(&buf)
	enc.SetIndent(2)
	if err := enc.Encode(t); err != nil {
		return nil, fmt.Errorf("encode the role's template: %w", err)
	}
	return buf.Bytes(), nil
}

// RoleName is what the role of RoleTemplate is called, so that its ARN is known beforehand.
const RoleName = "InfraAuditReadOnly"

// policies are what the role may do.
func policies() ([]Policy, error) {
	names, err := fs.Glob(onboarding.FS, "policy-*.json")
	if err != nil {
		return nil, fmt.Errorf("read the role's policies: %w", err)
	}
	var out []Policy
	for _, name := range names { // in order
		raw, err := onboarding.FS.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read the role's policies: %w", err)
		}
		var p Policy
		if err := json.Unmarshal(raw, &p); err != nil {
			return nil, fmt.Errorf("read the role's policies: %s: %w", name, err)
		}
		out = append(out, p)
	}
	return out, nil
}

// roleTemplate is a CloudFormation template with fields in the order in which people write them.
type roleTemplate struct {
	AWSTemplateFormatVersion string                       `yaml:"AWSTemplateFormatVersion"`
	Description              string                       `yaml:"Description"`
	Parameters               map[string]templateParameter `yaml:"Parameters,omitempty"`
	Resources                map[string]templateResource  `yaml:"Resources"`
	Outputs                  map[string]any               `yaml:"Outputs"`
}

type templateParameter struct {
	Type           string `yaml:"Type"`
	Default        string `yaml:"Default,omitempty"`
	AllowedPattern string `yaml:"AllowedPattern,omitempty"`
	Description    string `yaml:"Description"`
}

type templateResource struct {
	Type       string `yaml:"Type"`
	Properties any    `yaml:"Properties"`
}

type templateRole struct {
	RoleName                 any              `yaml:"RoleName"`
	Description              string           `yaml:"Description"`
	AssumeRolePolicyDocument Policy           `yaml:"AssumeRolePolicyDocument"`
	ManagedPolicyArns        []map[string]any `yaml:"ManagedPolicyArns"`
}

type templatePolicy struct {
	Description    string `yaml:"Description"`
	PolicyDocument Policy `yaml:"PolicyDocument"`
}

// newRoleTemplate is of texts, or of references to parameters.
func newRoleTemplate(name, principal, external any) (roleTemplate, error) {
	access, err := policies()
	if err != nil {
		return roleTemplate{}, err
	}
	t := roleTemplate{
		AWSTemplateFormatVersion: "2010-09-09",
		Description:              "Lets InfraAudit read this account's configuration. It can change nothing and reads no data.",
		Resources:                map[string]templateResource{},
		Outputs: map[string]any{"RoleArn": map[string]any{
			"Description": "Connect the account with this ARN.",
			"Value":       map[string]any{"Fn::GetAtt": []string{"InfraAuditRole", "Arn"}},
		}},
	}
	role := templateRole{RoleName: name, Description: "Assumed by InfraAudit, read only", AssumeRolePolicyDocument: Policy{
		Version: "2012-10-17", Statement: []Statement{{
			Effect: "Allow", Principal: map[string]any{"AWS": principal}, Action: []string{"sts:AssumeRole"},
			Condition: map[string]any{"StringEquals": map[string]any{"sts:ExternalId": external}},
		}},
	}}
	for i, doc := range access {
		name := fmt.Sprintf("InfraAuditPolicy%d", i+1)
		t.Resources[name] = templateResource{Type: "AWS::IAM::ManagedPolicy", Properties: templatePolicy{
			Description: fmt.Sprintf("What InfraAudit reads, part %d of %d", i+1, len(access)), PolicyDocument: doc,
		}}
		role.ManagedPolicyArns = append(role.ManagedPolicyArns, map[string]any{"Ref": name})
	}
	t.Resources["InfraAuditRole"] = templateResource{Type: "AWS::IAM::Role", Properties: role}
	return t, nil
}
