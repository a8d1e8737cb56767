//go:build integration

package awscloud

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/google/go-cmp/cmp"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func TestKeysOfMoto(t *testing.T) {
	server := &motoserver.Server{}
	t.Cleanup(server.Stop)
	e := newEstate(t, server)
	api := kms.NewFromConfig(e.cfg)
	ctx := t.Context()
	key := must(api.CreateKey(ctx, &kms.CreateKeyInput{
		Description: aws.String("orders"), Tags: []types.Tag{{TagKey: aws.String("env"), TagValue: aws.String("prod")}},
	}))(t).KeyMetadata
	rsa := must(api.CreateKey(ctx, &kms.CreateKeyInput{KeySpec: types.KeySpecRsa2048, KeyUsage: types.KeyUsageTypeSignVerify}))(t).KeyMetadata
	going := must(api.CreateKey(ctx, &kms.CreateKeyInput{}))(t).KeyMetadata
	must(api.EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: key.KeyId}))(t)
	must(api.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: going.KeyId}))(t)
	must(api.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: aws.String("alias/orders"), TargetKeyId: key.KeyId}))(t)

	h, called := e.sync(t, []string{"kms"}, motoserver.Region)
	t.Run("every key and alias is found", func(t *testing.T) {
		want := []string{*key.Arn, *rsa.Arn, *going.Arn}
		slices.Sort(want)
		if diff := cmp.Diff(want, h.ids("kms_key")); diff != "" {
			t.Errorf("keys (-want +got):\n%s", diff)
		}
		if alias := h.one(t, "kms_alias", "alias/orders"); alias.Config["TargetKeyId"] != *key.KeyId {
			t.Errorf("%+v", alias)
		}
	})
	t.Run("a key is read whole", func(t *testing.T) {
		o := h.one(t, "kms_key", "orders")
		want := object{
			"Description": "orders", "Enabled": true, "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT", "Origin": "AWS_KMS",
			"MultiRegion": false, "EnableKeyRotation": true,
			"KeyPolicy": o.Config["KeyPolicy"], "Tags": []any{object{"Key": "env", "Value": "prod"}},
		}
		if diff := cmp.Diff(want, o.Config); diff != "" || len(o.Unread) > 0 {
			t.Errorf("unread %v (-want +got):\n%s", o.Unread, diff)
		}
		if _, parsed := o.Config["KeyPolicy"].(object)["Statement"].([]any); !parsed {
			t.Errorf("policy %v", o.Config["KeyPolicy"])
		}
	})
	t.Run("the calls that are made are those declared", func(t *testing.T) {
		var declared []string
		for _, l := range kmsCollector().listings {
			declared = append(declared, l.actions...)
		}
		slices.Sort(declared)
		if diff := cmp.Diff(slices.Compact(declared), called); diff != "" {
			t.Errorf("(-declared +called):\n%s", diff)
		}
	})
	t.Run("a second sync reads the same", func(t *testing.T) {
		again, _ := e.sync(t, []string{"kms"}, motoserver.Region)
		sameHashes(t, h, again)
	})
}
