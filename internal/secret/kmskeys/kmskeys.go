// Package kmskeys keeps an installation's keys on AWS: one item of a table, sealed by a KMS key.
//
// A process reads the item and has KMS open it once, when it starts; sealing and opening credentials then costs no
// request. The alternative, KMS opening each credential, costs a request and some milliseconds each, and has no place for
// the installation's own key. What KMS rotates within its key shows nowhere here; Rotate adds a sealing key of ours.
package kmskeys

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/secret"
	"github.com/infraudit/infraudit/internal/table"
)

// Options say where the keys are.
type Options struct {
	Table string // in which table
	KeyID string // the KMS key that seals them: its id, ARN or alias
}

// The item, and its attributes.
const (
	pk          = "installation"
	sk          = "keys"
	attrSealed  = "z" // a key file, sealed
	attrVersion = "v" // counts rotations
)

// rotateAttempts bounds how often Rotate starts again when others rotate at the same time.
const rotateAttempts = 5

// vault reads and writes the item.
type vault struct {
	db       table.DB
	opts     Options
	envelope tink.AEADWithContext
}

func newVault(client *kms.Client, db table.DB, opts Options) (*vault, error) {
	if opts.Table == "" || opts.KeyID == "" {
		return nil, errors.New("the table and the KMS key must be named")
	}
	envelope, err := aead.NewKMSEnvelopeAEADWithContext(aead.AES256GCMKeyTemplate(), kmsKey{client, opts.KeyID})
	if err != nil {
		return nil, err
	}
	return &vault{db: db, opts: opts, envelope: envelope}, nil
}

// Open reads the installation's keys, and makes them when there are none: of processes that start at once, the keys of
// one become everybody's.
func Open(ctx context.Context, client *kms.Client, db table.DB, opts Options) (*secret.Keys, error) {
	v, err := newVault(client, db, opts)
	if err != nil {
		return nil, fmt.Errorf("open installation keys: %w", err)
	}
	content, version, err := v.read(ctx)
	if errors.Is(err, table.ErrNotFound) {
		if err = v.create(ctx); err == nil {
			content, version, err = v.read(ctx)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open installation keys: %w", err)
	}
	keys, err := secret.ParseKeyFile(content)
	if err != nil {
		return nil, fmt.Errorf("open installation keys: %w", err)
	}
	return &secret.Keys{
		Sealer:       &sealer{vault: v, current: keys.Sealer, version: version},
		Installation: keys.Installation,
	}, nil
}

// Rotate adds a sealing key, which seals from now on, and seals all keys under the KMS key that opts name, which may be
// another than before. Processes that run meet the new key when they are given what it sealed; nothing stops meanwhile.
func Rotate(ctx context.Context, client *kms.Client, db table.DB, opts Options) error {
	v, err := newVault(client, db, opts)
	if err == nil {
		err = v.rotate(ctx)
	}
	if err != nil {
		return fmt.Errorf("rotate installation keys: %w", err)
	}
	return nil
}

func (v *vault) rotate(ctx context.Context) error {
	for attempt := 1; ; attempt++ {
		content, version, err := v.read(ctx)
		if err != nil {
			return err
		}
		if content, err = secret.RotateKeyFile(content); err != nil {
			return err
		}
		err = v.write(ctx, content, version+1, table.IfEqual(attrVersion, version))
		if err == nil || !errors.Is(err, table.ErrCondition) || attempt == rotateAttempts {
			return err
		}
	}
}

// create writes new keys, unless somebody else did.
func (v *vault) create(ctx context.Context) error {
	content, err := secret.NewKeyFile()
	if err != nil {
		return err
	}
	err = v.write(ctx, content, 1, table.IfAbsent())
	if errors.Is(err, table.ErrCondition) {
		return nil
	}
	return err
}

func (v *vault) write(ctx context.Context, content []byte, version int64, condition table.Conditions) error {
	sealed, err := v.envelope.EncryptWithContext(ctx, content, []byte(purpose))
	if err != nil {
		return fmt.Errorf("seal by KMS: %w", err)
	}
	_, err = v.db.Write(ctx, table.Write{
		Table: v.opts.Table, Kind: table.Put, Key: table.Key{PK: pk, SK: sk}, If: condition,
		Attrs: table.Attrs{attrSealed: sealed, attrVersion: version},
	})
	return err
}

func (v *vault) read(ctx context.Context) (content []byte, version int64, err error) {
	item, err := v.get(ctx)
	if err != nil {
		return nil, 0, err
	}
	content, err = v.unseal(ctx, item)
	return content, item.Int(attrVersion), err
}

func (v *vault) get(ctx context.Context) (table.Item, error) {
	return v.db.Get(ctx, v.opts.Table, table.Key{PK: pk, SK: sk})
}

func (v *vault) unseal(ctx context.Context, item table.Item) ([]byte, error) {
	content, err := v.envelope.DecryptWithContext(ctx, item.Bytes(attrSealed), []byte(purpose))
	if err != nil {
		return nil, fmt.Errorf("open by KMS: %w", err)
	}
	return content, nil
}

// sealer seals with the keys that were read last. It is safe for concurrent use.
type sealer struct {
	vault *vault

	mu      sync.Mutex
	current secret.Sealer
	version int64
}

var _ secret.Sealer = (*sealer)(nil)

func (s *sealer) keys() (keys secret.Sealer, version int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current, s.version
}

// Seal implements secret.Sealer. It asks nobody: a key that isn't the newest any more still opens.
func (s *sealer) Seal(ctx context.Context, plaintext []byte, associated ...string) ([]byte, error) {
	keys, _ := s.keys()
	return keys.Seal(ctx, plaintext, associated...)
}

// Open implements secret.Sealer. What doesn't open may have been sealed after a rotation by another process: then the
// keys are read again.
func (s *sealer) Open(ctx context.Context, sealed []byte, associated ...string) ([]byte, error) {
	keys, version := s.keys()
	plaintext, err := keys.Open(ctx, sealed, associated...)
	if !errors.Is(err, secret.ErrOpen) {
		return plaintext, err
	}
	newer, reloadErr := s.newerThan(ctx, version)
	if reloadErr != nil {
		return nil, fault.Wrap(fault.Unavailable, reloadErr, "the installation's keys can't be read")
	}
	if newer == nil {
		return nil, err
	}
	return newer.Open(ctx, sealed, associated...)
}

// newerThan returns the keys if they were rotated since version, or nil. Looking costs one read of the table, and KMS
// is asked only about what is new.
func (s *sealer) newerThan(ctx context.Context, version int64) (secret.Sealer, error) {
	item, err := s.vault.get(ctx)
	if err != nil || item.Int(attrVersion) == version {
		return nil, err
	}
	content, err := s.vault.unseal(ctx, item)
	if err != nil {
		return nil, err
	}
	keys, err := secret.ParseKeyFile(content)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if item.Int(attrVersion) > s.version {
		s.current, s.version = keys.Sealer, item.Int(attrVersion)
	}
	return keys.Sealer, nil
}
