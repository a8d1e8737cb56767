package awscloud

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
)

// collectPrincipals emits users, groups, roles and the account's own policies, as GetAccountAuthorizationDetails pages
// them. AWS's managed policies are not the account's; what is attached names them by their ARN.
//
// Where ListRoles or the credential report is refused, what they would have told is unread on every role or user.
func collectPrincipals(ctx context.Context, s *session, out inventory.Emitter) error {
	roles, rolesErr := listRoles(ctx, s)
	if err := fatal(ctx, rolesErr); err != nil {
		return err
	}
	report, reportErr := credentialReport(ctx, s)
	if err := fatal(ctx, reportErr); err != nil {
		return err
	}
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := iamClient(s).GetAccountAuthorizationDetails(ctx, &iam.GetAccountAuthorizationDetailsInput{
			Filter: []types.EntityType{
				types.EntityTypeUser, types.EntityTypeGroup, types.EntityTypeRole, types.EntityTypeLocalManagedPolicy,
			},
			MaxItems: aws.Int32(iamPageSize), Marker: token,
		})
		if err != nil {
			return nil, err
		}
		var all []*audit.Observation
		for i := range page.UserDetailList {
			o := iamUser(&page.UserDetailList[i])
			report.describe(o, reportErr)
			all = append(all, o)
		}
		for i := range page.GroupDetailList {
			all = append(all, iamGroup(&page.GroupDetailList[i]))
		}
		for i := range page.RoleDetailList {
			o := iamRole(&page.RoleDetailList[i])
			roles.describe(o, rolesErr)
			all = append(all, o)
		}
		for i := range page.Policies {
			if o, local := iamPolicy(s, &page.Policies[i]); local {
				all = append(all, o)
			}
		}
		for _, o := range all {
			if err := s.emit(ctx, out, o); err != nil {
				return nil, err
			}
		}
		return iamNext(page.IsTruncated, page.Marker), nil
	})
}

func iamUser(u *types.UserDetail) *audit.Observation {
	return &audit.Observation{
		Type: "iam_user", ExternalID: aws.ToString(u.Arn), Name: aws.ToString(u.UserName),
		Config: object{
			"UserName": u.UserName, "Path": u.Path, "Groups": u.GroupList, "Tags": u.Tags,
			"ManagedPolicyArns": attachedARNs(u.AttachedManagedPolicies), "Policies": u.UserPolicyList,
			"PermissionsBoundary": boundaryARN(u.PermissionsBoundary),
		},
		Facts: object{"CreateDate": u.CreateDate, "UserId": u.UserId},
	}
}

func iamGroup(g *types.GroupDetail) *audit.Observation {
	return &audit.Observation{
		Type: "iam_group", ExternalID: aws.ToString(g.Arn), Name: aws.ToString(g.GroupName),
		Config: object{
			"GroupName": g.GroupName, "Path": g.Path,
			"ManagedPolicyArns": attachedARNs(g.AttachedManagedPolicies), "Policies": g.GroupPolicyList,
		},
		Facts: object{"CreateDate": g.CreateDate, "GroupId": g.GroupId},
	}
}

func iamRole(r *types.RoleDetail) *audit.Observation {
	o := &audit.Observation{
		Type: "iam_role", ExternalID: aws.ToString(r.Arn), Name: aws.ToString(r.RoleName),
		Config: object{
			"RoleName": r.RoleName, "Path": r.Path, "AssumeRolePolicyDocument": r.AssumeRolePolicyDocument, "Tags": r.Tags,
			"ManagedPolicyArns": attachedARNs(r.AttachedManagedPolicies), "Policies": r.RolePolicyList,
			"PermissionsBoundary": boundaryARN(r.PermissionsBoundary),
		},
		Facts: object{
			"CreateDate": r.CreateDate, "RoleId": r.RoleId,
			// A role under this path is a service's own: only the service can change its policies.
			"ServiceLinked": strings.HasPrefix(aws.ToString(r.Path), "/aws-service-role/"),
		},
	}
	if u := r.RoleLastUsed; u != nil && u.LastUsedDate != nil {
		o.Facts["RoleLastUsed"] = object{"LastUsedDate": day(u.LastUsedDate), "Region": u.Region}
	}
	return o
}

// iamPolicy returns false for AWS's own policies, which something that plays IAM may return in spite of the filter.
func iamPolicy(s *session, p *types.ManagedPolicyDetail) (*audit.Observation, bool) {
	if strings.HasPrefix(aws.ToString(p.Arn), "arn:"+s.partition+":iam::aws:") {
		return nil, false
	}
	o := &audit.Observation{
		Type: "iam_policy", ExternalID: aws.ToString(p.Arn), Name: aws.ToString(p.PolicyName),
		// Whom it is attached to is said by them; saying it here too would make two drifts of one change.
		Config: object{"ManagedPolicyName": p.PolicyName, "Path": p.Path, "Description": p.Description},
		Facts: object{
			"CreateDate": p.CreateDate, "UpdateDate": p.UpdateDate, "PolicyId": p.PolicyId,
			"DefaultVersionId": p.DefaultVersionId, "AttachmentCount": p.AttachmentCount,
			"PermissionsBoundaryUsageCount": p.PermissionsBoundaryUsageCount,
		},
	}
	for i := range p.PolicyVersionList {
		if v := &p.PolicyVersionList[i]; v.IsDefaultVersion && v.Document != nil {
			o.Config["PolicyDocument"] = v.Document
			return o, true
		}
	}
	setUnread(o, &fault.Error{
		Kind: fault.Upstream, Code: "NoDefaultVersion", Action: "iam:GetAccountAuthorizationDetails",
		Message: "the answer holds no default version of the policy",
	}, "PolicyDocument")
	return o, true
}

func attachedARNs(attached []types.AttachedPolicy) []*string {
	arns := make([]*string, len(attached))
	for i := range attached {
		arns[i] = attached[i].PolicyArn
	}
	return arns
}

func boundaryARN(b *types.AttachedPermissionsBoundary) *string {
	if b == nil {
		return nil
	}
	return b.PermissionsBoundaryArn
}

// roleSettings are what of a role only ListRoles tells, by ARN. Roles that have neither a description nor a session
// duration of their own, which are most, aren't in it.
type roleSettings map[string]roleSetting

type roleSetting struct {
	description *string
	maxSession  int32 // seconds
}

// defaultMaxSession is a role's MaxSessionDuration unless another is set, in seconds (IAM API reference, CreateRole).
const defaultMaxSession = 3600

func listRoles(ctx context.Context, s *session) (roleSettings, error) {
	settings := roleSettings{}
	err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := iamClient(s).ListRoles(ctx, &iam.ListRolesInput{MaxItems: aws.Int32(iamPageSize), Marker: token})
		if err != nil {
			return nil, err
		}
		for i := range page.Roles {
			r := &page.Roles[i]
			set := roleSetting{description: r.Description, maxSession: defaultMaxSession}
			if r.MaxSessionDuration != nil {
				set.maxSession = *r.MaxSessionDuration
			}
			if aws.ToString(set.description) != "" || set.maxSession != defaultMaxSession {
				settings[aws.ToString(r.Arn)] = set
			}
		}
		return iamNext(page.IsTruncated, page.Marker), nil
	})
	return settings, err
}

func (rs roleSettings) describe(o *audit.Observation, err error) {
	if err != nil {
		setUnread(o, awsaccess.Classify(err), "Description", "MaxSessionDuration")
		return
	}
	set, ok := rs[o.ExternalID]
	if !ok {
		set.maxSession = defaultMaxSession
	}
	o.Config["Description"], o.Config["MaxSessionDuration"] = set.description, set.maxSession
}
