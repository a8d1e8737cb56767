package awscloud

import (
	"testing"

	"github.com/infraudit/infraudit/internal/fault"
)

const testKey = "arn:aws:kms:eu-west-1:123456789012:key/"

// kmsAnswers play a region with a customer's key "own", an asymmetric one "rsa", AWS's own "managed" and one on its way out
// "going".
func kmsAnswers() map[string]string {
	const alias = "arn:aws:kms:eu-west-1:123456789012:alias/"
	return map[string]string{
		"ListKeys":      `{"Keys":[{"KeyId":"own","KeyArn":"` + testKey + `own"},{"KeyId":"rsa","KeyArn":"` + testKey + `rsa"}],"Truncated":true,"NextMarker":"more"}`,
		"ListKeys more": `{"Keys":[{"KeyId":"managed","KeyArn":"` + testKey + `managed"},{"KeyId":"going","KeyArn":"` + testKey + `going"}]}`,
		"ListAliases": `{"Aliases":[{"AliasName":"alias/orders","AliasArn":"` + alias + `orders","TargetKeyId":"own"},
{"AliasName":"alias/aws/ebs","AliasArn":"` + alias + `aws/ebs","TargetKeyId":"managed"}],"Truncated":true,"NextMarker":"more"}`,
		"ListAliases more": `{"Aliases":[{"AliasName":"alias/aws/s3","AliasArn":"` + alias + `aws/s3"}]}`,
		"DescribeKey key/own": `{"KeyMetadata":{"KeyId":"own","KeyManager":"CUSTOMER","Enabled":true,"KeyState":"Enabled","KeySpec":"SYMMETRIC_DEFAULT","KeyUsage":"ENCRYPT_DECRYPT",
"Origin":"AWS_KMS","Description":"orders","MultiRegion":false,"CreationDate":1767225600}}`,
		"DescribeKey key/rsa":            `{"KeyMetadata":{"KeyId":"rsa","KeyManager":"CUSTOMER","Enabled":true,"KeyState":"Enabled","KeySpec":"RSA_2048","KeyUsage":"SIGN_VERIFY","Origin":"AWS_KMS","Description":""}}`,
		"DescribeKey key/managed":        `{"KeyMetadata":{"KeyId":"managed","KeyManager":"AWS","Enabled":true,"KeyState":"Enabled","KeySpec":"SYMMETRIC_DEFAULT","KeyUsage":"ENCRYPT_DECRYPT","Origin":"AWS_KMS"}}`,
		"DescribeKey key/going":          `{"KeyMetadata":{"KeyId":"going","KeyManager":"CUSTOMER","Enabled":false,"KeyState":"PendingDeletion","KeySpec":"SYMMETRIC_DEFAULT","KeyUsage":"ENCRYPT_DECRYPT","Origin":"AWS_KMS"}}`,
		"GetKeyPolicy":                   `{"Policy":"` + openDocument + `"}`,
		"GetKeyRotationStatus key/own":   `{"KeyRotationEnabled":true,"RotationPeriodInDays":365}`,
		"GetKeyRotationStatus":           "!UnsupportedOperationException", // of the others; they are asked about when nobody tells what they are
		"GetKeyRotationStatus key/going": `{"KeyRotationEnabled":false}`,
		"ListResourceTags":               `{"Tags":[{"TagKey":"env","TagValue":"prod"},{"TagKey":"app","TagValue":"shop"}],"Truncated":false}`,
	}
}

func kmsCase() *staged {
	key := func(paths ...string) refusal { return refusal{unread: map[string][]string{"kms_key": paths}} }
	return &staged{
		service: "kms", region: "eu-west-1", answers: kmsAnswers(),
		refusals: map[string]refusal{
			"kms:ListKeys":             {fails: []string{"kms_key"}},
			"kms:ListAliases":          {fails: []string{"kms_alias"}},
			"kms:DescribeKey":          {unread: map[string][]string{"kms_key": kmsDescribed}, more: true},
			"kms:GetKeyPolicy":         key("KeyPolicy"),
			"kms:GetKeyRotationStatus": key("EnableKeyRotation", "RotationPeriodInDays"),
			"kms:ListResourceTags":     key("Tags"),
		},
	}
}

func TestKMS(t *testing.T) { kmsCase().run(t) }

func TestKMSAliasesAreRefusedOnce(t *testing.T) {
	h, errs, calls := kmsCase().read(t, kmsAnswers(), "kms:ListAliases")
	if calls["kms:ListAliases"] != 1 || len(h.ids("kms_key")) != 4 || h.one(t, "kms_key", "own").Unread != nil ||
		fault.KindOf(errs["kms_alias"]) != fault.Denied {
		t.Errorf("%v, failed: %v", calls, errs)
	}
}
