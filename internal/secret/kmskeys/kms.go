package kmskeys

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// purpose is the encryption context of every request to KMS. It stands in CloudTrail, and a key policy can demand it
// (kms:EncryptionContext:purpose). It names no table: one that was restored has another name.
const purpose = "infraudit installation keys"

func encryptionContext() map[string]string { return map[string]string{"purpose": purpose} }

// kmsKey is a KMS key as Tink's envelope uses it: for the data key that seals the rest. It implements
// tink.AEADWithContext; Tink gives it no associated data.
type kmsKey struct {
	client *kms.Client
	id     string
}

func (k kmsKey) EncryptWithContext(ctx context.Context, plaintext, _ []byte) ([]byte, error) {
	out, err := k.client.Encrypt(ctx, &kms.EncryptInput{
		KeyId: &k.id, Plaintext: plaintext, EncryptionContext: encryptionContext(),
	})
	if err != nil {
		return nil, err
	}
	return out.CiphertextBlob, nil
}

// DecryptWithContext names no key, for the keys may still be sealed under the one before; a role's policy says which of
// them it may use.
func (k kmsKey) DecryptWithContext(ctx context.Context, ciphertext, _ []byte) ([]byte, error) {
	out, err := k.client.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: ciphertext, EncryptionContext: encryptionContext()})
	if err != nil {
		return nil, err
	}
	return out.Plaintext, nil
}
