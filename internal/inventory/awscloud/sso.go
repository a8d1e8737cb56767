package awscloud

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// ssoCollector reads IAM Identity Center (IAM Identity Center API reference), whose IAM prefix is sso. What members and
// delegated administrators see of another account's instance is that account's to tell.
func ssoCollector() *collector {
	p := &ssoProjectors{
		instances: projectorOf("sso_instance", nil),
		sets:      projectorOf("sso_permission_set", map[string]string{"PermissionSet.RelayState": "RelayStateType"}),
	}
	instance := func(paths ...string) map[string][]string { return map[string][]string{"sso_instance": paths} }
	set := func(paths ...string) map[string][]string { return map[string][]string{"sso_permission_set": paths} }
	tags := map[string][]string{"sso_instance": {"Tags"}, "sso_permission_set": {"Tags"}}
	return &collector{
		service: "sso",
		listings: []listing{
			{
				types: []string{"sso_instance"},
				actions: []string{
					actionListSSOInstances, actionDescribeSSOInstance, "sso:DescribeInstanceAccessControlAttributeConfiguration",
					"sso:ListTagsForResource",
				},
				page: ssoPage,
				each: slices.Concat(
					eachOf("instance", "`ListInstances` tells neither keys nor tags", actionDescribeSSOInstance, "sso:ListTagsForResource"),
					[]each{{
						action: "sso:DescribeInstanceAccessControlAttributeConfiguration", of: "instance with permission sets",
						because: "no listing tells it",
					}},
				),
				collect: p.collectInstances,
			},
			{
				types:   []string{"sso_permission_set"},
				actions: append([]string{actionListSSOSets, actionListSSOInstances, actionDescribeSSOInstance}, ssoSetActions()...),
				page:    ssoPage,
				each:    eachOf("permission set", "`ListPermissionSets` tells ARNs and nothing else", ssoSetActions()...),
				collect: p.collectSets,
			},
			{
				types: []string{"sso_account_assignment"},
				actions: []string{
					actionListSSOAssignments, actionListSSOAccounts, actionListSSOSets, actionListSSOInstances, actionDescribeSSOInstance,
				},
				each: []each{
					{
						action: actionListSSOAssignments, of: "account and permission set that it has", other: true,
						because: "it takes one account and one permission set",
					},
					{action: actionListSSOAccounts, of: "permission set", other: true, because: "it takes one permission set"},
				},
				collect: collectSSOAssignments,
			},
		},
		events: map[string]map[string][]string{
			"AddRegion":      instance("Regions"),
			"RemoveRegion":   instance("Regions"),
			"UpdateInstance": instance("EncryptionConfiguration", "Name"),
			"CreateInstanceAccessControlAttributeConfiguration":     instance(ssoAttributes),
			"UpdateInstanceAccessControlAttributeConfiguration":     instance(ssoAttributes),
			"DeleteInstanceAccessControlAttributeConfiguration":     instance(ssoAttributes),
			"UpdatePermissionSet":                                   set("Description", "RelayStateType", "SessionDuration"),
			"PutInlinePolicyToPermissionSet":                        set("InlinePolicy"),
			"DeleteInlinePolicyFromPermissionSet":                   set("InlinePolicy"),
			"AttachManagedPolicyToPermissionSet":                    set("ManagedPolicies"),
			"DetachManagedPolicyFromPermissionSet":                  set("ManagedPolicies"),
			"AttachCustomerManagedPolicyReferenceToPermissionSet":   set("CustomerManagedPolicyReferences"),
			"DetachCustomerManagedPolicyReferenceFromPermissionSet": set("CustomerManagedPolicyReferences"),
			"PutPermissionsBoundaryToPermissionSet":                 set("PermissionsBoundary"),
			"DeletePermissionsBoundaryFromPermissionSet":            set("PermissionsBoundary"),
			"TagResource":   tags,
			"UntagResource": tags,
		},
	}
}

const (
	ssoAttributes             = "AWS::SSO::InstanceAccessControlAttributeConfiguration"
	actionListSSOInstances    = "sso:ListInstances"
	actionDescribeSSOInstance = "sso:DescribeInstance"
	actionListSSOSets         = "sso:ListPermissionSets"
	actionListSSOAccounts     = "sso:ListAccountsForProvisionedPermissionSet"
	actionListSSOAssignments  = "sso:ListAccountAssignments"
	// ssoPage is the most that Identity Center lists at once.
	ssoPage = 100
	// ssoGone says that what was asked about isn't there, or that it has none of what was asked for.
	ssoGone = "ResourceNotFoundException"
)

func ssoClient(s *session) *ssoadmin.Client {
	return client(s, func(c aws.Config) *ssoadmin.Client { return ssoadmin.NewFromConfig(c) })
}

// ssoProjectors turn the answers of the API into configurations.
type ssoProjectors struct{ instances, sets *shape.Projector }

// ssoInstances lists the account's own instances whose home is the region: one at most, and of an organization's management
// account two. An instance that was extended to further regions is listed in each of them.
func ssoInstances(ctx context.Context, s *session) ([]types.InstanceMetadata, error) {
	return memo(ctx, s, actionListSSOInstances, func(ctx context.Context) ([]types.InstanceMetadata, error) {
		var own []types.InstanceMetadata
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := ssoClient(s).ListInstances(ctx, &ssoadmin.ListInstancesInput{MaxResults: aws.Int32(ssoPage), NextToken: token})
			if err != nil {
				return nil, err
			}
			for _, i := range page.Instances {
				owner, home := aws.ToString(i.OwnerAccountId), aws.ToString(i.PrimaryRegion)
				if (owner == "" || owner == s.account) && (home == "" || home == s.region) && i.Status != types.InstanceStatusDeleteInProgress {
					own = append(own, i)
				}
			}
			return page.NextToken, nil
		})
		return own, err
	})
}

// ssoInstance describes an instance, for the instance itself and for whether it has permission sets.
func ssoInstance(ctx context.Context, s *session, arn *string) (*ssoadmin.DescribeInstanceOutput, error) {
	return memo(ctx, s, actionDescribeSSOInstance+" "+aws.ToString(arn), func(ctx context.Context) (*ssoadmin.DescribeInstanceOutput, error) {
		return ssoClient(s).DescribeInstance(ctx, &ssoadmin.DescribeInstanceInput{InstanceArn: arn})
	})
}

func (p *ssoProjectors) collectInstances(ctx context.Context, s *session, out inventory.Emitter) error {
	instances, err := ssoInstances(ctx, s)
	if err != nil {
		return err
	}
	return forEach(ctx, s, instances, func(ctx context.Context, i types.InstanceMetadata) error {
		o := &audit.Observation{
			Type: "sso_instance", ExternalID: aws.ToString(i.InstanceArn), Name: aws.ToString(i.Name),
			Config: object{"Name": i.Name, "Regions": ssoRegions(i.Regions)},
			Facts: object{
				"CreatedDate": i.CreatedDate, "IdentityStoreId": i.IdentityStoreId, "OwnerAccountId": i.OwnerAccountId,
				"PrimaryRegion": i.PrimaryRegion, "Status": told(i.Status),
			},
		}
		if out.Done(o.Type, o.ExternalID) {
			return nil
		}
		if err := p.readInstance(ctx, s, o); err != nil {
			return err
		}
		return s.emit(ctx, out, o)
	})
}

// ssoRegions are the regions that the instance is in, or will be.
func ssoRegions(regions []types.RegionMetadata) []any {
	var names []any
	for _, r := range regions {
		if r.Status != types.RegionStatusRemoving {
			names = append(names, r.RegionName)
		}
	}
	return names
}

// readInstance reads what the listing leaves out. Attributes for access control are an organization's instance's: of an
// account's the question is not valid.
func (p *ssoProjectors) readInstance(ctx context.Context, s *session, o *audit.Observation) error {
	if o.ExternalID == "" {
		return nil
	}
	sets := true
	err := s.detail(ctx, o, []string{"EncryptionConfiguration"}, func(ctx context.Context) error {
		got, err := ssoInstance(ctx, s, &o.ExternalID)
		if err != nil {
			return goneIf(err, ssoGone)
		}
		sets = aws.ToBool(got.PermissionSetsEnabled) || got.PermissionSetsEnabled == nil
		o.Facts["PermissionSetsEnabled"] = got.PermissionSetsEnabled
		if e := got.EncryptionConfigurationDetails; e != nil {
			o.Config["EncryptionConfiguration"] = object{"KeyType": told(e.KeyType), "KmsKeyArn": e.KmsKeyArn}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if sets {
		about := aside{paths: []string{ssoAttributes}, absent: []string{"ValidationException"}}
		err := ask(ctx, s, o, about, ssoClient(s).DescribeInstanceAccessControlAttributeConfiguration,
			&ssoadmin.DescribeInstanceAccessControlAttributeConfigurationInput{InstanceArn: &o.ExternalID},
			func(got *ssoadmin.DescribeInstanceAccessControlAttributeConfigurationOutput) {
				if c := got.InstanceAccessControlAttributeConfiguration; c != nil {
					o.Config[ssoAttributes] = p.instances.ProjectAt(ssoAttributes, c)
				}
			})
		if err != nil {
			return err
		}
	}
	return readSSOTags(ctx, s, o, &o.ExternalID)
}

func readSSOTags(ctx context.Context, s *session, o *audit.Observation, instance *string) error {
	return s.detail(ctx, o, []string{"Tags"}, func(ctx context.Context) error {
		var tags []types.Tag
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := ssoClient(s).ListTagsForResource(ctx, &ssoadmin.ListTagsForResourceInput{
				InstanceArn: instance, ResourceArn: &o.ExternalID, NextToken: token,
			})
			if err != nil {
				return nil, err
			}
			tags = append(tags, page.Tags...)
			return page.NextToken, nil
		})
		if err == nil {
			o.Config["Tags"] = plain(tags)
		}
		return goneIf(err, ssoGone)
	})
}
