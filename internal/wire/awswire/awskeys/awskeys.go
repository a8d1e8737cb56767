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
	o, err := options(f)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	var opened *secret.Keys
	return func(ctx context.Context) (*secret.Keys, error) {
		mu.Lock()
		defer mu.Unlock()
		if opened != nil {
			return opened, nil
		}
		k, err := kmskeys.Open(ctx, kms.NewFromConfig(f.AWS), f.DB, o)
		if err != nil {
			return nil, fmt.Errorf("the installation's keys: %w", err)
		}
		opened = k
		return k, nil
	}, nil
}

// Rotate returns what adds a sealing key. What was sealed before still opens, and the functions that run meet the new key when
// they are given what it sealed.
func Rotate(f *awswire.Function) (func(context.Context) error, error) {
	o, err := options(f)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error { return kmskeys.Rotate(ctx, kms.NewFromConfig(f.AWS), f.DB, o) }, nil
}

func options(f *awswire.Function) (kmskeys.Options, error) {
	if f.Config.KMSKey == "" {
		return kmskeys.Options{}, errors.New("environment: INFRAUDIT_KMS_KEY is not set")
	}
	return kmskeys.Options{Table: "control", KeyID: f.Config.KMSKey}, nil
}
