package awscloud

import "testing"

func TestIdentityCenter(t *testing.T) {
	const (
		instance  = "arn:aws:sso:::instance/ssoins-main"
		set       = "arn:aws:sso:::permissionSet/ssoins-main/ps-"
		sets      = "sso_permission_set"
		assigned  = "sso_account_assignment"
		described = `"InstanceArn":"` + instance + `","OwnerAccountId":"123456789012","PrimaryRegion":"eu-west-1","Status":"ACTIVE"`
	)
	all := []string{assigned, "sso_instance", sets}
	unread := func(path ...string) refusal { return refusal{unread: map[string][]string{sets: path}} }
	(&staged{
		service: "sso", region: "eu-west-1",
		answers: map[string]string{
			"ListInstances": `{"NextToken":"two","Instances":[{` + described + `,"CreatedDate":1767323045,"IdentityStoreId":"d-1","Name":"main",
"Regions":[{"RegionName":"eu-west-1","IsPrimaryRegion":true,"Status":"ACTIVE"},{"RegionName":"eu-central-1","Status":"ADDING"},{"RegionName":"us-east-1","Status":"REMOVING"}]},
{"InstanceArn":"arn:aws:sso:::instance/ssoins-organization0000","OwnerAccountId":"210987654321","Status":"ACTIVE"}]}`,
			"ListInstances two": `{"Instances":[{"InstanceArn":"arn:aws:sso:::instance/ssoins-bare"},{"InstanceArn":"arn:aws:sso:::instance/ssoins-gone"},
{"InstanceArn":"arn:aws:sso:::instance/ssoins-account","OwnerAccountId":"123456789012"},
{"InstanceArn":"arn:aws:sso:::instance/ssoins-deleted","OwnerAccountId":"123456789012","Status":"DELETE_IN_PROGRESS"},
{"InstanceArn":"arn:aws:sso:::instance/ssoins-elsewhere","OwnerAccountId":"123456789012","PrimaryRegion":"us-east-1","Status":"ACTIVE"}]}`,
			"DescribeInstance ssoins-main": `{` + described + `,"PermissionSetsEnabled":true,
"EncryptionConfigurationDetails":{"KeyType":"CUSTOMER_MANAGED_KEY","KmsKeyArn":"arn:aws:kms:eu-west-1:123456789012:key/k","EncryptionStatus":"ENABLED"}}`,
			"DescribeInstance ssoins-bare":    `{}`,
			"DescribeInstance ssoins-account": `{"PermissionSetsEnabled":false}`,
			"DescribeInstance ssoins-gone":    `!ResourceNotFoundException`,
			"DescribeInstanceAccessControlAttributeConfiguration": `{"Status":"ENABLED","InstanceAccessControlAttributeConfiguration":{"AccessControlAttributes":[
{"Key":"team","Value":{"Source":["${path:b}","${path:a}"]}},{"Key":"cost","Value":{"Source":["${path:c}"]}}]}}`,
			"DescribeInstanceAccessControlAttributeConfiguration ssoins-bare": `!ResourceNotFoundException`,
			"ListTagsForResource":                                                `{"Tags":[{"Key":"b","Value":"2"},{"Key":"a","Value":"1"}]}`,
			"ListTagsForResource ps-admin":                                       `{"NextToken":"two","Tags":[{"Key":"z","Value":""}]}`,
			"ListTagsForResource ps-admin two":                                   `{"Tags":[{"Key":"y","Value":"1"}]}`,
			"ListTagsForResource ps-bare":                                        `{}`,
			"ListTagsForResource ssoins-bare":                                    `{}`,
			"ListPermissionSets ssoins-main":                                     `{"NextToken":"two","PermissionSets":["` + set + `admin","` + set + `gone"]}`,
			"ListPermissionSets ssoins-main two":                                 `{"PermissionSets":["` + set + `bare"]}`,
			"ListPermissionSets ssoins-account":                                  `!ValidationException`,
			"DescribeInstanceAccessControlAttributeConfiguration ssoins-account": `!ValidationException`,
			"ListPermissionSets ssoins-bare":                                     `!ValidationException`,
			"ListPermissionSets ssoins-gone":                                     `{"PermissionSets":[]}`,
			"DescribePermissionSet ps-admin":                                     `{"PermissionSet":{"PermissionSetArn":"` + set + `admin","Name":"admin","Description":"d","SessionDuration":"PT4H","RelayState":"https://example.com","CreatedDate":1767323045}}`,
			"DescribePermissionSet ps-bare":                                      `{"PermissionSet":{}}`,
			"DescribePermissionSet ps-gone":                                      `!ResourceNotFoundException`,
			"GetInlinePolicyForPermissionSet":                                    `{"InlinePolicy":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":[\"a:two\",\"a:one\"],\"Resource\":\"*\"}}"}`,
			"GetInlinePolicyForPermissionSet ps-bare":                            `{"InlinePolicy":""}`,
			"GetPermissionsBoundaryForPermissionSet":                             `{"PermissionsBoundary":{"CustomerManagedPolicyReference":{"Name":"limit","Path":"/"}}}`,
			"GetPermissionsBoundaryForPermissionSet ps-bare":                     `!ResourceNotFoundException`,
			"ListManagedPoliciesInPermissionSet":                                 `{"NextToken":"two","AttachedManagedPolicies":[{"Arn":"arn:aws:iam::aws:policy/Z","Name":"Z"},{"Arn":"arn:aws:iam::aws:policy/Y","Name":"Y"}]}`,
			"ListManagedPoliciesInPermissionSet two":                             `{"AttachedManagedPolicies":[{"Arn":"arn:aws:iam::aws:policy/AdministratorAccess","Name":"AdministratorAccess"}]}`,
			"ListManagedPoliciesInPermissionSet ps-bare":                         `{}`,
			"ListCustomerManagedPolicyReferencesInPermissionSet":                 `{"NextToken":"two","CustomerManagedPolicyReferences":[{"Name":"z","Path":"/p/"},{"Name":"y"}]}`,
			"ListCustomerManagedPolicyReferencesInPermissionSet two":             `{"CustomerManagedPolicyReferences":[{"Name":"a","Path":"/"}]}`,
			"ListCustomerManagedPolicyReferencesInPermissionSet ps-bare":         `{}`,
			"ListAccountsForProvisionedPermissionSet ps-admin":                   `{"NextToken":"two","AccountIds":["111111111111","222222222222"]}`,
			"ListAccountsForProvisionedPermissionSet ps-admin two":               `{"AccountIds":["333333333333"]}`,
			"ListAccountsForProvisionedPermissionSet ps-bare":                    `{}`,
			"ListAccountsForProvisionedPermissionSet ps-gone":                    `!ResourceNotFoundException`,
			"ListAccountAssignments ps-admin 111111111111":                       `{"NextToken":"two","AccountAssignments":[{"AccountId":"111111111111","PermissionSetArn":"` + set + `admin","PrincipalId":"g-1","PrincipalType":"GROUP"},{"PrincipalId":"u-1","PrincipalType":"USER"}]}`,
			"ListAccountAssignments ps-admin 111111111111 two":                   `{"AccountAssignments":[{"PrincipalId":"g-2","PrincipalType":"GROUP"}]}`,
			"ListAccountAssignments ps-admin 222222222222":                       `{}`,
			"ListAccountAssignments ps-admin 333333333333":                       `!ResourceNotFoundException`,
		},
		refusals: map[string]refusal{
			actionListSSOInstances:    {fails: all},
			actionListSSOSets:         {fails: []string{assigned, sets}},
			actionListSSOAccounts:     {fails: []string{assigned}},
			actionListSSOAssignments:  {fails: []string{assigned}},
			actionDescribeSSOInstance: {unread: map[string][]string{"sso_instance": {"EncryptionConfiguration"}}},
			"sso:DescribeInstanceAccessControlAttributeConfiguration": {unread: map[string][]string{"sso_instance": {ssoAttributes}}},
			"sso:ListTagsForResource":                                 {unread: map[string][]string{"sso_instance": {"Tags"}, sets: {"Tags"}}},
			"sso:DescribePermissionSet":                               unread("Description", "Name", "RelayStateType", "SessionDuration"),
			"sso:GetInlinePolicyForPermissionSet":                     unread("InlinePolicy"),
			"sso:GetPermissionsBoundaryForPermissionSet":              unread("PermissionsBoundary"),
			"sso:ListCustomerManagedPolicyReferencesInPermissionSet":  unread("CustomerManagedPolicyReferences"),
			"sso:ListManagedPoliciesInPermissionSet":                  unread("ManagedPolicies"),
		},
		variants: map[string]variant{
			"a permission set vanishes":        {answers: map[string]string{"DescribePermissionSet ps-admin": "!ResourceNotFoundException"}, gone: sets + " admin"},
			"there is no instance":             {answers: map[string]string{"ListInstances": `{"Instances":[]}`}, none: true},
			"what has permission sets answers": {answers: map[string]string{"ListPermissionSets ssoins-main": "!ValidationException"}, fails: []string{assigned, sets}},
			"assignments have no principal": {
				answers: map[string]string{"ListAccountAssignments ps-admin 222222222222": `{"AccountAssignments":[{}]}`}, fails: []string{assigned},
			},
		},
	}).run(t)
}
