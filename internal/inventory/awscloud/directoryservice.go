package awscloud

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	ds "github.com/aws/aws-sdk-go-v2/service/directoryservice"
	"github.com/aws/aws-sdk-go-v2/service/directoryservice/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/shape"
)

// directoryServiceCollector reads AWS Directory Service (AWS Directory Service API reference), whose IAM prefix is ds. How
// many directories a page has the service neither says nor limits.
func directoryServiceCollector() *collector {
	p := &directoryProjectors{directories: projectorOf("directoryservice_directory", nil)}
	directory := func(paths ...string) map[string][]string {
		return map[string][]string{"directoryservice_directory": paths}
	}
	return &collector{
		service: "ds",
		listings: []listing{{
			types: []string{"directoryservice_directory"},
			actions: []string{
				"ds:DescribeDirectories", "ds:DescribeLDAPSSettings", "ds:DescribeTrusts", "ds:ListLogSubscriptions",
				"ds:ListTagsForResource",
			},
			each: []each{
				{
					action: "ds:DescribeLDAPSSettings", of: "directory of Microsoft's kind, or connector",
					because: "no listing tells whether clients are served by LDAPS",
				},
				{action: "ds:ListTagsForResource", of: "directory", because: "no listing tells tags"},
			},
			collect: p.collect,
		}},
		events: map[string]map[string][]string{
			"AddRegion":                       directory("RegionsInfo"),
			"RemoveRegion":                    directory("RegionsInfo"),
			"CreateAlias":                     directory("Alias"),
			"CreateLogSubscription":           directory("LogSubscriptions"),
			"DeleteLogSubscription":           directory("LogSubscriptions"),
			"CreateTrust":                     directory("Trusts"),
			"UpdateTrust":                     directory("Trusts"),
			"DeleteTrust":                     directory("Trusts"),
			"EnableLDAPS":                     directory("LDAPSEnabled"),
			"DisableLDAPS":                    directory("LDAPSEnabled"),
			"EnableRadius":                    directory("RadiusSettings"),
			"UpdateRadius":                    directory("RadiusSettings"),
			"DisableRadius":                   directory("RadiusSettings"),
			"EnableSso":                       directory("SsoEnabled"),
			"DisableSso":                      directory("SsoEnabled"),
			"UpdateDirectorySetup":            directory("NetworkType", "OsVersion", "Size"),
			"UpdateNumberOfDomainControllers": directory("DesiredNumberOfDomainControllers"),
			"AddTagsToResource":               directory("Tags"),
			"RemoveTagsFromResource":          directory("Tags"),
		},
	}
}

func directoryClient(s *session) *ds.Client {
	return client(s, func(c aws.Config) *ds.Client { return ds.NewFromConfig(c) })
}

// directoryGone are the codes that say that a directory vanished.
var directoryGone = []string{"EntityDoesNotExistException", "DirectoryDoesNotExistException"}

// directoryProjectors turn the answers of the API into configurations.
type directoryProjectors struct{ directories *shape.Projector }

func (p *directoryProjectors) collect(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := directoryClient(s).DescribeDirectories(ctx, &ds.DescribeDirectoriesInput{NextToken: token})
		if err != nil {
			return nil, err
		}
		return page.NextToken, forEach(ctx, s, page.DirectoryDescriptions, func(ctx context.Context, d types.DirectoryDescription) error {
			o := p.directory(s, &d)
			switch d.Stage {
			case types.DirectoryStageDeleting, types.DirectoryStageDeleted:
				return nil
			}
			if out.Done(o.Type, o.ExternalID) {
				return nil
			}
			for _, read := range []func(context.Context, *session, *audit.Observation, *types.DirectoryDescription) error{
				p.readLDAPS, p.readTrusts, p.readLogs, p.readTags,
			} {
				if err := read(ctx, s, o, &d); err != nil {
					return err
				}
			}
			return s.emit(ctx, out, o)
		})
	})
}

// directory makes an observation of a directory. The addresses of its servers AWS chooses, but for a connector: they are
// those of the customer's own.
func (p *directoryProjectors) directory(s *session, d *types.DirectoryDescription) *audit.Observation {
	o := &audit.Observation{
		Type: "directoryservice_directory", Name: aws.ToString(d.Name), Config: p.directories.Project(d),
		Facts: object{
			"AccessUrl": d.AccessUrl, "LaunchTime": d.LaunchTime, "RadiusStatus": told(d.RadiusStatus), "ShareMethod": told(d.ShareMethod),
			"ShareStatus": told(d.ShareStatus), "Stage": told(d.Stage),
		},
	}
	if id := aws.ToString(d.DirectoryId); id != "" {
		o.ExternalID = s.arn("ds", "directory/"+id)
	}
	if r := d.RadiusSettings; r != nil && len(r.RadiusServers)+len(r.RadiusServersIpv6) == 0 {
		delete(o.Config, "RadiusSettings")
	}
	if v := d.VpcSettings; v != nil {
		o.Facts["SecurityGroupId"] = v.SecurityGroupId
	}
	if v := d.OwnerDirectoryDescription; v != nil {
		o.Facts["OwnerAccountId"], o.Facts["OwnerDirectoryId"] = v.AccountId, v.DirectoryId
	}
	v := d.ConnectSettings
	if v == nil {
		o.Facts["DnsIpAddrs"] = slices.Sorted(slices.Values(slices.Concat(d.DnsIpAddrs, d.DnsIpv6Addrs)))
		return o
	}
	o.Facts["SecurityGroupId"] = v.SecurityGroupId
	o.Facts["ConnectIps"] = slices.Sorted(slices.Values(slices.Concat(v.ConnectIps, v.ConnectIpsV6)))
	o.Config["ConnectSettings"] = object{
		"CustomerDnsIps": d.DnsIpAddrs, "CustomerDnsIpsV6": d.DnsIpv6Addrs, "CustomerUserName": v.CustomerUserName,
		"SubnetIds": v.SubnetIds, "VpcId": v.VpcId,
	}
	return o
}

// readLDAPS reads whether clients are served by LDAPS, which Simple AD doesn't have.
func (p *directoryProjectors) readLDAPS(ctx context.Context, s *session, o *audit.Observation, d *types.DirectoryDescription) error {
	if d.Type != types.DirectoryTypeMicrosoftAd && d.Type != types.DirectoryTypeAdConnector {
		return nil
	}
	return s.detail(ctx, o, []string{"LDAPSEnabled"}, func(ctx context.Context) error {
		enabled := false
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := directoryClient(s).DescribeLDAPSSettings(ctx, &ds.DescribeLDAPSSettingsInput{
				DirectoryId: d.DirectoryId, Type: types.LDAPSTypeClient, NextToken: token,
			})
			if err != nil {
				return nil, err
			}
			for _, setting := range page.LDAPSSettingsInfo {
				enabled = enabled || setting.LDAPSStatus == types.LDAPSStatusEnabled || setting.LDAPSStatus == types.LDAPSStatusEnabling
				o.Facts["LDAPSStatus"] = told(setting.LDAPSStatus)
			}
			return page.NextToken, nil
		})
		if err == nil {
			o.Config["LDAPSEnabled"] = enabled
		}
		return goneIf(err, directoryGone...)
	}, "UnsupportedOperationException")
}

// readTrusts reads whom the directory trusts. One listing tells the trusts of all directories.
func (p *directoryProjectors) readTrusts(ctx context.Context, s *session, o *audit.Observation, d *types.DirectoryDescription) error {
	return s.detail(ctx, o, []string{"Trusts"}, func(ctx context.Context) error {
		all, err := directoryTrusts(ctx, s)
		o.Config["Trusts"] = p.directories.ProjectAt("Trusts", all[aws.ToString(d.DirectoryId)])
		return err
	})
}

// directoryTrusts lists the trusts of the region's directories, by directory.
func directoryTrusts(ctx context.Context, s *session) (map[string][]types.Trust, error) {
	return memo(ctx, s, "ds:DescribeTrusts", func(ctx context.Context) (map[string][]types.Trust, error) {
		all := map[string][]types.Trust{}
		return all, s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := directoryClient(s).DescribeTrusts(ctx, &ds.DescribeTrustsInput{NextToken: token})
			if err != nil {
				return nil, err
			}
			for _, t := range page.Trusts {
				if t.TrustState != types.TrustStateDeleting && t.TrustState != types.TrustStateDeleted {
					all[aws.ToString(t.DirectoryId)] = append(all[aws.ToString(t.DirectoryId)], t)
				}
			}
			return page.NextToken, nil
		})
	})
}

// readLogs reads where the directory's security log goes. One listing tells the subscriptions of all directories.
func (p *directoryProjectors) readLogs(ctx context.Context, s *session, o *audit.Observation, d *types.DirectoryDescription) error {
	return s.detail(ctx, o, []string{"LogSubscriptions"}, func(ctx context.Context) error {
		all, err := directoryLogs(ctx, s)
		o.Config["LogSubscriptions"] = p.directories.ProjectAt("LogSubscriptions", all[aws.ToString(d.DirectoryId)])
		return err
	})
}

func directoryLogs(ctx context.Context, s *session) (map[string][]types.LogSubscription, error) {
	return memo(ctx, s, "ds:ListLogSubscriptions", func(ctx context.Context) (map[string][]types.LogSubscription, error) {
		all := map[string][]types.LogSubscription{}
		return all, s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := directoryClient(s).ListLogSubscriptions(ctx, &ds.ListLogSubscriptionsInput{NextToken: token})
			if err != nil {
				return nil, err
			}
			for _, l := range page.LogSubscriptions {
				all[aws.ToString(l.DirectoryId)] = append(all[aws.ToString(l.DirectoryId)], l)
			}
			return page.NextToken, nil
		})
	})
}

func (p *directoryProjectors) readTags(ctx context.Context, s *session, o *audit.Observation, d *types.DirectoryDescription) error {
	return s.detail(ctx, o, []string{"Tags"}, func(ctx context.Context) error {
		var tags []types.Tag
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := directoryClient(s).ListTagsForResource(ctx, &ds.ListTagsForResourceInput{ResourceId: d.DirectoryId, NextToken: token})
			if err != nil {
				return nil, err
			}
			tags = append(tags, page.Tags...)
			return page.NextToken, nil
		})
		if err == nil {
			o.Config["Tags"] = p.directories.ProjectAt("Tags", tags)
		}
		return goneIf(err, directoryGone...)
	})
}
