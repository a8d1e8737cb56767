//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func kmsOfMoto() motoService {
	return motoService{
		service: "kms", region: motoserver.Region,
		fill: func(t *testing.T, e *estate) map[string][]string {
			ctx, api := t.Context(), kms.NewFromConfig(e.cfg)
			key := must(api.CreateKey(ctx, &kms.CreateKeyInput{
				Description: aws.String("orders"), Tags: []types.Tag{{TagKey: aws.String("env"), TagValue: aws.String("prod")}},
			}))(t).KeyMetadata
			must(api.CreateKey(ctx, &kms.CreateKeyInput{KeySpec: types.KeySpecRsa2048, KeyUsage: types.KeyUsageTypeSignVerify}))(t)
			going := must(api.CreateKey(ctx, &kms.CreateKeyInput{}))(t).KeyMetadata
			must(api.EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: key.KeyId}))(t)
			must(api.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: going.KeyId}))(t)
			must(api.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: aws.String("alias/orders"), TargetKeyId: key.KeyId}))(t)
			out := map[string][]string{}
			for _, k := range must(api.ListKeys(ctx, &kms.ListKeysInput{}))(t).Keys {
				out["kms_key"] = append(out["kms_key"], *k.KeyArn)
			}
			for _, a := range must(api.ListAliases(ctx, &kms.ListAliasesInput{}))(t).Aliases {
				out["kms_alias"] = append(out["kms_alias"], *a.AliasArn)
			}
			return out
		},
		check: func(t *testing.T, h *haul) {
			o := h.one(t, "kms_key", "orders")
			want := object{
				"Description": "orders", "Enabled": true, "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT", "Origin": "AWS_KMS",
				"MultiRegion": false, "EnableKeyRotation": true,
				"KeyPolicy": o.Config["KeyPolicy"], "Tags": []any{object{"Key": "env", "Value": "prod"}},
			}
			if diff := cmp.Diff(want, o.Config); diff != "" {
				t.Errorf("the key (-want +got):\n%s", diff)
			}
			if _, parsed := o.Config["KeyPolicy"].(object)["Statement"].([]any); !parsed {
				t.Errorf("policy %v", o.Config["KeyPolicy"])
			}
			if alias := h.one(t, "kms_alias", "alias/orders"); alias.Config["TargetKeyId"] != lastPart(o.ExternalID) {
				t.Errorf("%+v", alias)
			}
		},
	}
}
