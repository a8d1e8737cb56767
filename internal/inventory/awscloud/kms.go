package awscloud

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
)

// kmsCollector reads AWS KMS (KMS API reference).
func kmsCollector() *collector {
	return &collector{
		service: "kms",
		listings: []listing{
			{
				types: []string{"kms_key"},
				actions: []string{
					"kms:ListKeys", "kms:ListAliases", "kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus",
					"kms:ListResourceTags",
				},
				page: 1000,
				each: slices.Concat(
					[]each{{action: "kms:DescribeKey", of: "key", because: "`ListKeys` tells ids and nothing else"}},
					eachOf("customer's key", "no listing tells them; AWS's own keys can't be changed, so they are spared",
						"kms:GetKeyPolicy", "kms:ListResourceTags",
					),
					[]each{{action: "kms:GetKeyRotationStatus", of: "customer's symmetric key that AWS made", because: "no listing tells it, and of others the API refuses to say"}},
				),
				collect: collectKMSKeys,
			},
			{types: []string{"kms_alias"}, actions: []string{"kms:ListAliases"}, page: 100, collect: collectKMSAliases},
		},
		events: map[string]map[string][]string{
			"CreateKey":            {"kms_key": {"Description", "KeyPolicy", "KeySpec", "KeyUsage", "MultiRegion", "Origin", "Tags"}},
			"DisableKey":           {"kms_key": {"Enabled"}},
			"EnableKey":            {"kms_key": {"Enabled"}},
			"ScheduleKeyDeletion":  {"kms_key": {"Enabled"}},
			"CancelKeyDeletion":    {"kms_key": {"Enabled"}},
			"DisableKeyRotation":   {"kms_key": {"EnableKeyRotation"}},
			"EnableKeyRotation":    {"kms_key": {"EnableKeyRotation", "RotationPeriodInDays"}},
			"PutKeyPolicy":         {"kms_key": {"KeyPolicy"}},
			"UpdateKeyDescription": {"kms_key": {"Description"}},
			"TagResource":          {"kms_key": {"Tags"}},
			"UntagResource":        {"kms_key": {"Tags"}},
			"CreateAlias":          {"kms_alias": {"AliasName", "TargetKeyId"}},
			"UpdateAlias":          {"kms_alias": {"TargetKeyId"}},
		},
	}
}

func kmsClient(s *session) *kms.Client {
	return client(s, func(c aws.Config) *kms.Client { return kms.NewFromConfig(c) })
}

// kmsAliases lists the region's aliases. Both listings need them.
func kmsAliases(ctx context.Context, s *session) ([]types.AliasListEntry, error) {
	return memo(ctx, s, "kms:ListAliases", func(ctx context.Context) ([]types.AliasListEntry, error) {
		var all []types.AliasListEntry
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := kmsClient(s).ListAliases(ctx, &kms.ListAliasesInput{Limit: aws.Int32(100), Marker: token})
			if err != nil {
				return nil, err
			}
			all = append(all, page.Aliases...)
			return page.NextMarker, nil
		})
		return all, err
	})
}

func collectKMSAliases(ctx context.Context, s *session, out inventory.Emitter) error {
	aliases, err := kmsAliases(ctx, s)
	if err != nil {
		return err
	}
	for _, a := range aliases {
		if a.TargetKeyId == nil {
			continue // a name that AWS reserves for a key that doesn't exist yet
		}
		err := s.emit(ctx, out, &audit.Observation{
			Type: "kms_alias", ExternalID: aws.ToString(a.AliasArn), Name: aws.ToString(a.AliasName),
			Config: object{"AliasName": a.AliasName, "TargetKeyId": a.TargetKeyId},
			Facts:  object{"CreationDate": a.CreationDate},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func collectKMSKeys(ctx context.Context, s *session, out inventory.Emitter) error {
	names := map[string]string{} // key id -> alias
	if aliases, err := kmsAliases(ctx, s); err == nil {
		for _, a := range aliases {
			if id := aws.ToString(a.TargetKeyId); id != "" && names[id] == "" {
				names[id] = aws.ToString(a.AliasName)
			}
		}
	} // a refusal is the other listing's to report: here only names depend on it
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := kmsClient(s).ListKeys(ctx, &kms.ListKeysInput{Limit: aws.Int32(1000), Marker: token})
		if err != nil {
			return nil, err
		}
		return page.NextMarker, forEach(ctx, s, page.Keys, func(ctx context.Context, k types.KeyListEntry) error {
			o, err := readKMSKey(ctx, s, k)
			if err != nil {
				return err
			}
			o.Name = strings.TrimPrefix(names[aws.ToString(k.KeyId)], "alias/")
			return s.emit(ctx, out, o)
		})
	})
}

// kmsDescribed are the attributes that come from DescribeKey.
var kmsDescribed = []string{"Description", "Enabled", "KeySpec", "KeyUsage", "MultiRegion", "Origin"}

// readKMSKey reads one key. AWS managed keys have a policy and a yearly rotation that nobody can change, so that calls
// about these are spared.
func readKMSKey(ctx context.Context, s *session, k types.KeyListEntry) (*audit.Observation, error) {
	api := kmsClient(s)
	o := &audit.Observation{Type: "kms_key", ExternalID: aws.ToString(k.KeyArn), Config: object{}}
	var about *types.KeyMetadata
	err := s.detail(ctx, o, kmsDescribed, func(ctx context.Context) error {
		out, err := api.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: k.KeyArn})
		if err == nil {
			about = out.KeyMetadata
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if about != nil {
		describeKMSKey(o, about)
		if about.KeyManager == types.KeyManagerTypeAws {
			return o, nil
		}
	}
	err = s.detail(ctx, o, []string{"KeyPolicy"}, func(ctx context.Context) error {
		out, err := api.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: k.KeyArn, PolicyName: aws.String("default")})
		if err == nil {
			o.Config["KeyPolicy"] = out.Policy
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := readKMSRotation(ctx, s, o, k, about); err != nil {
		return nil, err
	}
	return o, readKMSTags(ctx, s, o, k)
}

func describeKMSKey(o *audit.Observation, about *types.KeyMetadata) {
	o.Config["Description"] = about.Description
	o.Config["Enabled"] = about.Enabled
	o.Config["KeySpec"] = about.KeySpec
	o.Config["KeyUsage"] = about.KeyUsage
	o.Config["MultiRegion"] = about.MultiRegion
	o.Config["Origin"] = about.Origin
	o.Facts = object{
		"CreationDate": about.CreationDate, "DeletionDate": about.DeletionDate, "ValidTo": about.ValidTo,
		"KeyManager": about.KeyManager, "KeyState": about.KeyState,
	}
	if !about.Enabled {
		o.Status = audit.ResourceStopped
	}
}

// readKMSRotation reads whether the key rotates. Only symmetric encryption keys whose material AWS made can; for others
// the API refuses the question (KMS API reference, GetKeyRotationStatus).
func readKMSRotation(ctx context.Context, s *session, o *audit.Observation, k types.KeyListEntry, about *types.KeyMetadata) error {
	if about != nil && (about.KeySpec != types.KeySpecSymmetricDefault || about.Origin != types.OriginTypeAwsKms) {
		return nil
	}
	return s.detail(ctx, o, []string{"EnableKeyRotation", "RotationPeriodInDays"}, func(ctx context.Context) error {
		out, err := kmsClient(s).GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: k.KeyArn})
		if err == nil {
			o.Config["EnableKeyRotation"] = out.KeyRotationEnabled
			o.Config["RotationPeriodInDays"] = out.RotationPeriodInDays
		}
		return err
	}, "UnsupportedOperationException")
}

func readKMSTags(ctx context.Context, s *session, o *audit.Observation, k types.KeyListEntry) error {
	return s.detail(ctx, o, []string{"Tags"}, func(ctx context.Context) error {
		var tags []object
		err := s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := kmsClient(s).ListResourceTags(ctx, &kms.ListResourceTagsInput{KeyId: k.KeyArn, Limit: aws.Int32(50), Marker: token})
			if err != nil {
				return nil, err
			}
			for _, t := range page.Tags {
				tags = append(tags, object{"Key": t.TagKey, "Value": t.TagValue})
			}
			return page.NextMarker, nil
		})
		if err == nil {
			o.Config["Tags"] = tags
		}
		return err
	})
}
