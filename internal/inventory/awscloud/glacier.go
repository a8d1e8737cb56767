package awscloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glacier"
	"github.com/aws/aws-sdk-go-v2/service/glacier/types"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/inventory"
)

const (
	glacierVault = "glacier_vault"

	actionGlacierPolicy        = "glacier:GetVaultAccessPolicy"
	actionGlacierLock          = "glacier:GetVaultLock"
	actionGlacierNotifications = "glacier:GetVaultNotifications"
	actionGlacierTags          = "glacier:ListTagsForVault"
	// glacierPage is how many vaults Glacier lists at once unless it is asked for fewer.
	glacierPage = 10
)

// glacierCollector reads the vaults of Amazon S3 Glacier (S3 Glacier developer guide, "API reference").
func glacierCollector() *collector {
	vault := func(path string) map[string][]string { return map[string][]string{glacierVault: {path}} }
	untold := func(action string) each { return each{action: action, of: "vault", because: "no listing tells it"} }
	return &collector{
		service: "glacier",
		listings: []listing{{
			types: []string{glacierVault},
			actions: []string{
				"glacier:ListVaults", actionGlacierPolicy, actionGlacierLock, actionGlacierNotifications, actionGlacierTags,
			},
			page: glacierPage,
			each: []each{
				untold(actionGlacierPolicy), untold(actionGlacierLock), untold(actionGlacierNotifications), untold(actionGlacierTags),
			},
			collect: collectGlacier,
		}},
		events: map[string]map[string][]string{
			"AbortVaultLock":           vault("VaultLock"),
			"AddTagsToVault":           vault("Tags"),
			"CompleteVaultLock":        vault("VaultLock"),
			"DeleteVaultAccessPolicy":  vault("AccessPolicy"),
			"DeleteVaultNotifications": vault("Notifications"),
			"InitiateVaultLock":        vault("VaultLock"),
			"RemoveTagsFromVault":      vault("Tags"),
			"SetVaultAccessPolicy":     vault("AccessPolicy"),
			"SetVaultNotifications":    vault("Notifications"),
		},
	}
}

func glacierClient(s *session) *glacier.Client {
	return client(s, func(c aws.Config) *glacier.Client { return glacier.NewFromConfig(c) })
}

func collectGlacier(ctx context.Context, s *session, out inventory.Emitter) error {
	return s.paged(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := glacierClient(s).ListVaults(ctx, &glacier.ListVaultsInput{
			AccountId: &s.account, Limit: aws.Int32(glacierPage), Marker: token,
		})
		if err != nil {
			return nil, err
		}
		return page.Marker, forEach(ctx, s, page.VaultList, func(ctx context.Context, v types.DescribeVaultOutput) error {
			o := &audit.Observation{
				Type: glacierVault, ExternalID: aws.ToString(v.VaultARN), Name: aws.ToString(v.VaultName),
				Config: object{"VaultName": v.VaultName}, Facts: object{"CreationDate": v.CreationDate},
			}
			if out.Done(o.Type, o.ExternalID) {
				return nil
			}
			if v.VaultName != nil {
				if err := readGlacier(ctx, s, o, v.VaultName); err != nil {
					return err
				}
			}
			return s.emit(ctx, out, o)
		})
	})
}

// readGlacier reads what the listing leaves out. A vault without a policy, a lock or notifications answers
// ResourceNotFoundException, as one that vanished does; of tags only one that vanished.
func readGlacier(ctx context.Context, s *session, o *audit.Observation, vault *string) error {
	api := glacierClient(s)
	err := ask(ctx, s, o, aside{paths: []string{"Tags"}, gone: []string{"ResourceNotFoundException"}}, api.ListTagsForVault,
		&glacier.ListTagsForVaultInput{AccountId: &s.account, VaultName: vault},
		func(got *glacier.ListTagsForVaultOutput) { o.Config["Tags"], o.Tags = got.Tags, got.Tags })
	if err != nil {
		return err
	}
	err = ask(ctx, s, o, aside{paths: []string{"AccessPolicy"}}, api.GetVaultAccessPolicy,
		&glacier.GetVaultAccessPolicyInput{AccountId: &s.account, VaultName: vault}, func(got *glacier.GetVaultAccessPolicyOutput) {
			if got.Policy != nil {
				o.Config["AccessPolicy"] = got.Policy.Policy
			}
		})
	if err != nil {
		return err
	}
	err = ask(ctx, s, o, aside{paths: []string{"VaultLock"}}, api.GetVaultLock,
		&glacier.GetVaultLockInput{AccountId: &s.account, VaultName: vault}, func(got *glacier.GetVaultLockOutput) {
			o.Config["VaultLock"] = object{"Policy": got.Policy, "State": got.State}
			o.Facts["VaultLockExpirationDate"] = got.ExpirationDate
		})
	if err != nil {
		return err
	}
	return ask(ctx, s, o, aside{paths: []string{"Notifications"}}, api.GetVaultNotifications,
		&glacier.GetVaultNotificationsInput{AccountId: &s.account, VaultName: vault}, func(got *glacier.GetVaultNotificationsOutput) {
			if n := got.VaultNotificationConfig; n != nil {
				o.Config["Notifications"] = object{"Events": n.Events, "SNSTopic": n.SNSTopic}
			}
		})
}
