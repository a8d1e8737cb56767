// Package awskeys gives functions that deal with credentials the installation's keys.
package awskeys

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/infraudit/infraudit/internal/job"
	"github.com/infraudit/infraudit/internal/secret"
	"github.com/infraudit/infraudit/internal/secret/kmskeys"
	"github.com/infraudit/infraudit/internal/wire/accounts"
	"github.com/infraudit/infraudit/internal/wire/awswire"
)

// Accounts returns what connects accounts. Only what connects, and not what opens them again, needs an engine.
func Accounts(f *awswire.Function, engine *job.Engine) (*accounts.Accounts, error) {
	if f.Config.KMSKey == "" {
		return nil, errors.New("environment: INFRAUDIT_KMS_KEY is not set")
	}
	return &accounts.Accounts{
		Store: f.Store, Engine: engine, Keys: keys(f), Version: f.Config.Version, Log: f.Log, Principal: f.Config.Principal,
	}, nil
}

// keys opens the installation's keys when they are first needed, with one call of KMS, and keeps them.
func keys(f *awswire.Function) func(context.Context) (*secret.Keys, error) {
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
	}
}
