package iampolicy

import "strings"

// awsManaged are those of AWS's managed policies that decide who is an administrator: "AWS managed policy reference",
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
var awsManaged = map[string]map[string]any{
	"AdministratorAccess": oneStatement("Allow", "Action", "*"),
	"AWSDenyAll":          oneStatement("Deny", "Action", "*"),
	"IAMFullAccess": oneStatement("Allow", "Action", "iam:*", "organizations:DescribeAccount", "organizations:DescribeOrganization",
		"organizations:DescribeOrganizationalUnit", "organizations:DescribePolicy", "organizations:ListChildren",
		"organizations:ListParents", "organizations:ListPoliciesForTarget", "organizations:ListRoots",
		"organizations:ListPolicies", "organizations:ListTargetsForPolicy"),
	"PowerUserAccess": {"Version": "2012-10-17", "Statement": []any{
		statementOf("Allow", "NotAction", "account:*", "iam:*", "organizations:*"),
		statementOf("Allow", "Action", "account:GetAccountInformation", "account:GetGovCloudAccountInformation",
			"account:GetPrimaryEmail", "account:ListRegions", "iam:CreateServiceLinkedRole", "iam:DeleteServiceLinkedRole",
			"iam:ListRoles", "organizations:DescribeEffectivePolicy", "organizations:DescribeOrganization"),
	}},
}

// AWSManaged returns the document of one of AWS's managed policies by its ARN, where that is one that allows or denies
// practically everything. Of others it knows nothing. The document must not be changed.
func AWSManaged(arn string) (map[string]any, bool) {
	parts, n := splitARN(arn)
	name, ok := strings.CutPrefix(parts[5], "policy/")
	if !ok || n < len(parts) || parts[2] != "iam" || parts[4] != "aws" {
		return nil, false
	}
	doc, ok := awsManaged[name]
	return doc, ok
}

func oneStatement(effect, element string, patterns ...string) map[string]any {
	return map[string]any{"Version": "2012-10-17", "Statement": []any{statementOf(effect, element, patterns...)}}
}

func statementOf(effect, element string, patterns ...string) map[string]any {
	list := make([]any, 0, len(patterns))
	for _, p := range patterns {
		list = append(list, p)
	}
	return map[string]any{"Effect": effect, element: list, "Resource": "*"}
}
