// Package awskeys gives functions that deal with secrets the installation's keys.
package awskeys

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/infraudit/infraudit/internal/secret"
	"github.com/infraudit/infraudit/internal/secret/kmskeys"
	"github.com/infraudit/infraudit/internal/wire/awswire"
)

// Source opens the installation's keys when they are first needed, with one call of KMS, and keeps them.
type Source func(context.Context) (*secret.Keys, error)

// Keys returns the source of a function's keys. It makes no request.
func Keys(f *awswire.Function) (Source, error) {
	if f.Config.KMSKey == "" {
		return nil, errors.New("environment: INFRAUDIT_KMS_KEY is not set")
	}
	var mu sync.Mutex
	var opened *secret.Keys
	return func(ctx context.Context) (*secret.Keys, error) {
		mu.Lock()
		defer mu.Unlock()
		if opened != nil {
			return opened, nil
		}
		k, err := kmskeys.Open(ctx, kms.NewFromConfig(f.AWS), f.DB, kmskeys.Options{Table: "control", KeyID: f.Config.KMSKey})
		if err != nil {
			return nil, fmt.Errorf("the installation's keys: %w", err)
		}
		opened = k
		return k, nil
	}, nil
}
