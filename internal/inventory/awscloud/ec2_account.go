package awscloud

import (
	"cmp"
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
)

const ec2AccountSettings = "ec2_account_settings"

func ec2AccountListings() []listing {
	return []listing{{
		types: []string{ec2AccountSettings},
		actions: []string{
			"ec2:GetEbsEncryptionByDefault", "ec2:GetEbsDefaultKmsKeyId", "ec2:GetSnapshotBlockPublicAccessState",
			"ec2:GetImageBlockPublicAccessState", "ec2:GetInstanceMetadataDefaults", "ec2:GetSerialConsoleAccessStatus",
		},
		collect: collectEC2AccountSettings,
	}}
}

func ec2AccountEvents() map[string]map[string][]string {
	settings := func(path string) map[string][]string { return map[string][]string{ec2AccountSettings: {path}} }
	return map[string]map[string][]string{
		"EnableEbsEncryptionByDefault":     settings("EbsEncryptionByDefault"),
		"DisableEbsEncryptionByDefault":    settings("EbsEncryptionByDefault"),
		"ModifyEbsDefaultKmsKeyId":         settings("EbsDefaultKmsKeyId"),
		"ResetEbsDefaultKmsKeyId":          settings("EbsDefaultKmsKeyId"),
		"EnableSnapshotBlockPublicAccess":  settings("SnapshotBlockPublicAccessState"),
		"DisableSnapshotBlockPublicAccess": settings("SnapshotBlockPublicAccessState"),
		"EnableImageBlockPublicAccess":     settings("ImageBlockPublicAccessState"),
		"DisableImageBlockPublicAccess":    settings("ImageBlockPublicAccessState"),
		"ModifyInstanceMetadataDefaults":   settings("InstanceMetadataDefaults"),
		"EnableSerialConsoleAccess":        settings("SerialConsoleAccessEnabled"),
		"DisableSerialConsoleAccess":       settings("SerialConsoleAccessEnabled"),
	}
}

// collectEC2AccountSettings emits what the account has set for all of EC2 in the region. AWS has no name for that as a
// whole; ours is arn:{partition}:ec2:{region}:{account}:account-settings. A refusal of one question leaves only its
// attribute unread, that of all fails the listing. Which of the settings a declarative policy of the organization holds are facts.
func collectEC2AccountSettings(ctx context.Context, s *session, out inventory.Emitter) error {
	api := ec2Client(s)
	o := &audit.Observation{
		Type: ec2AccountSettings, ExternalID: s.arn("ec2", "account-settings"), Name: s.account + " " + s.region,
		Config: object{}, Facts: object{},
	}
	managed := func(path string, by types.ManagedBy) {
		if by != "" {
			o.Facts[path+"ManagedBy"] = string(by)
		}
	}
	settings := []struct {
		path string
		ask  func(ctx context.Context, path string) (any, error)
	}{
		{"EbsEncryptionByDefault", func(ctx context.Context, _ string) (any, error) {
			got, err := api.GetEbsEncryptionByDefault(ctx, &ec2.GetEbsEncryptionByDefaultInput{})
			if err != nil {
				return nil, err
			}
			return got.EbsEncryptionByDefault, nil
		}},
		{"EbsDefaultKmsKeyId", func(ctx context.Context, _ string) (any, error) {
			got, err := api.GetEbsDefaultKmsKeyId(ctx, &ec2.GetEbsDefaultKmsKeyIdInput{})
			if err != nil {
				return nil, err
			}
			return got.KmsKeyId, nil
		}},
		{"SnapshotBlockPublicAccessState", func(ctx context.Context, path string) (any, error) {
			got, err := api.GetSnapshotBlockPublicAccessState(ctx, &ec2.GetSnapshotBlockPublicAccessStateInput{})
			if err != nil {
				return nil, err
			}
			managed(path, got.ManagedBy)
			return told(got.State), nil
		}},
		{"ImageBlockPublicAccessState", func(ctx context.Context, path string) (any, error) {
			got, err := api.GetImageBlockPublicAccessState(ctx, &ec2.GetImageBlockPublicAccessStateInput{})
			if err != nil {
				return nil, err
			}
			managed(path, got.ManagedBy)
			return got.ImageBlockPublicAccessState, nil
		}},
		{"InstanceMetadataDefaults", func(ctx context.Context, path string) (any, error) {
			got, err := api.GetInstanceMetadataDefaults(ctx, &ec2.GetInstanceMetadataDefaultsInput{})
			if err != nil || got.AccountLevel == nil {
				return nil, err
			}
			managed(path, got.AccountLevel.ManagedBy)
			return ec2MetadataDefaults(got.AccountLevel), nil
		}},
		{"SerialConsoleAccessEnabled", func(ctx context.Context, path string) (any, error) {
			got, err := api.GetSerialConsoleAccessStatus(ctx, &ec2.GetSerialConsoleAccessStatusInput{})
			if err != nil {
				return nil, err
			}
			managed(path, got.ManagedBy)
			return got.SerialConsoleAccessEnabled, nil
		}},
	}
	var first error
	for _, setting := range settings {
		err := s.detail(ctx, o, []string{setting.path}, func(ctx context.Context) error {
			v, err := setting.ask(ctx, setting.path)
			if v != nil {
				o.Config[setting.path] = v
			}
			first = cmp.Or(first, err)
			return err
		})
		if err != nil {
			return err
		}
	}
	if len(o.Unread) == len(settings) { // EC2 is closed to us altogether
		return first
	}
	return s.emit(ctx, out, o)
}

// ec2MetadataDefaults leaves out what has no preference, as the API does: an empty element, or -1 for the hop limit.
func ec2MetadataDefaults(d *types.InstanceMetadataDefaultsResponse) object {
	c := object{
		"HttpEndpoint": told(d.HttpEndpoint), "HttpTokens": told(d.HttpTokens), "HttpTokensEnforced": told(d.HttpTokensEnforced),
		"InstanceMetadataTags": told(d.InstanceMetadataTags),
	}
	if d.HttpPutResponseHopLimit != nil && *d.HttpPutResponseHopLimit > 0 {
		c["HttpPutResponseHopLimit"] = d.HttpPutResponseHopLimit
	}
	return c
}
