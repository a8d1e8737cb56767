package store

import (
	"context"
	"errors"
	"strconv"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/shape"
	"github.com/infraudit/infraudit/internal/table"
)

// maxInlineConfig is the size, in compressed bytes, from which a configuration goes to the blob store: an item may
// hold 400 KiB, and every KiB of it costs a write unit.
const maxInlineConfig = 64 << 10

func configKey(teamID string, key audit.ResourceKey, hash string) table.Key {
	return table.Key{PK: slicePK(teamID, key.Slice), SK: key.External + "#c#" + hash}
}

// configWrite stores a configuration under its hash, compressed. One that is large is put into the blob store first.
func (s *Store) configWrite(ctx context.Context, teamID string, key audit.ResourceKey, hash string, canonical []byte) (table.Write, error) {
	body, err := shape.Compress(canonical)
	if err != nil {
		return table.Write{}, fault.Wrap(fault.Internal, err, "a configuration could not be compressed")
	}
	w := table.Write{Table: tableInventory, Kind: table.Put, Key: configKey(teamID, key, hash)}
	if len(body) <= maxInlineConfig {
		w.Attrs = table.Attrs{attrBody: body}
		return w, nil
	}
	// The time tells an object apart from one of the same configuration that is just being dropped.
	blobKey := teamID + "/config/" + key.Slice + key.External + "/" + hash + "-" + strconv.FormatInt(ms(s.now()), 36)
	if err := s.blobs.Put(ctx, blobKey, body); err != nil {
		return w, fault.Wrap(fault.Unavailable, err, "a large configuration could not be stored")
	}
	w.Attrs = table.Attrs{attrBlob: blobKey}
	return w, nil
}

// PutConfiguration stores a configuration of a resource under its hash.
func (s *Store) PutConfiguration(ctx context.Context, teamID string, key audit.ResourceKey, hash string, canonical []byte) error {
	w, err := s.configWrite(ctx, teamID, key, hash, canonical)
	if err != nil {
		return err
	}
	_, err = s.db.Write(ctx, w)
	return dbFault(err, "configuration")
}

// ConfigurationAt returns a configuration that a resource has or had, by its hash.
func (s *Store) ConfigurationAt(ctx context.Context, teamID string, key audit.ResourceKey, hash string) (audit.Configuration, error) {
	it, err := s.db.Get(ctx, tableInventory, configKey(teamID, key, hash))
	if err != nil {
		return audit.Configuration{}, dbFault(err, "configuration")
	}
	return s.configurationOf(ctx, it, hash)
}

// configurationOf reads the configuration that an item holds or refers to.
func (s *Store) configurationOf(ctx context.Context, it table.Item, hash string) (audit.Configuration, error) {
	body := it.Bytes(attrBody)
	var err error
	if blobKey := it.String(attrBlob); blobKey != "" {
		if body, err = s.blobs.Get(ctx, blobKey); err != nil {
			return audit.Configuration{}, fault.Wrap(fault.Unavailable, err, "a large configuration could not be read")
		}
	}
	canonical, err := shape.Decompress(body)
	if err != nil {
		return audit.Configuration{}, fault.Wrap(fault.Internal, err, "a stored configuration can't be read")
	}
	c, err := shape.Decode(canonical)
	if err != nil {
		return audit.Configuration{}, fault.Wrap(fault.Internal, err, "a stored configuration can't be read")
	}
	c.Hash = hash
	return c, nil
}

// Configuration returns a resource's current configuration, or the one with that hash.
func (s *Store) Configuration(ctx context.Context, teamID, id, hash string) (audit.Configuration, error) {
	key, ok := audit.ParseResourceID(id)
	if !ok {
		return audit.Configuration{}, fault.New(fault.NotFound, "no such resource")
	}
	if hash == "" {
		it, err := s.rawResource(ctx, teamID, key)
		if err != nil {
			return audit.Configuration{}, err
		}
		hash = it.String(attrHash)
	}
	return s.ConfigurationAt(ctx, teamID, key, hash)
}

// dropConfig removes a configuration that neither the resource nor one of its baselines has any more.
func (s *Store) dropConfig(ctx context.Context, teamID string, key audit.ResourceKey, hash string) error {
	it, err := s.db.Get(ctx, tableInventory, resourceKey(teamID, key))
	if err != nil && !errors.Is(err, table.ErrNotFound) {
		return dbFault(err, "resource")
	}
	if it.String(attrHash) == hash {
		return nil
	}
	for b, err := range s.allBaselines(ctx, teamID, key) {
		if err != nil {
			return err
		}
		if b.ConfigHash == hash {
			return nil
		}
	}
	config, err := s.db.Get(ctx, tableInventory, configKey(teamID, key, hash))
	if errors.Is(err, table.ErrNotFound) {
		return nil
	} else if err != nil {
		return dbFault(err, "configuration")
	}
	// It is dropped only while the resource is as it was read: one that takes the configuration on again writes both
	// at once, and a baseline of it can't be captured before.
	err = transact(ctx, s.db, []table.Write{
		{
			Table: tableInventory, Kind: table.Check, Key: resourceKey(teamID, key),
			If: table.IfEqual(attrHash, it.String(attrHash)).And(table.IfEqual(attrBaseline, it.String(attrBaseline))...),
		},
		{Table: tableInventory, Kind: table.Delete, Key: config.Key},
	})
	if errors.Is(err, table.ErrCondition) {
		return nil // kept: too much is better than too little
	} else if err != nil {
		return dbFault(err, "configuration")
	}
	return s.deleteBlob(ctx, config)
}

// deleteBlob removes the object that an item refers to, if it does.
func (s *Store) deleteBlob(ctx context.Context, it table.Item) error {
	blob := it.String(attrBlob)
	if blob == "" {
		return nil
	}
	if err := s.blobs.Delete(ctx, blob); err != nil {
		return fault.Wrap(fault.Unavailable, err, "a large configuration could not be removed")
	}
	return nil
}
