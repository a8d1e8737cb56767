package store

import (
	"context"
	"errors"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/table"
)

// ProviderFilter narrows a list of providers; the zero filter keeps all.
type ProviderFilter struct {
	Type   audit.ProviderType
	Status audit.SyncStatus
}

const providerPrefix = "prv#"

func providerKey(teamID, id string) table.Key { return table.Key{PK: teamID, SK: providerPrefix + id} }

func credentialKey(teamID, id string) table.Key { return table.Key{PK: teamID, SK: "cred#" + id} }

func providerRecord() record[audit.Provider] {
	return record[audit.Provider]{
		what:    "provider",
		key:     func(p *audit.Provider) table.Key { return providerKey(p.TeamID, p.ID) },
		version: func(p *audit.Provider) *int64 { return &p.Version },
		restore: func(p *audit.Provider, key table.Key) { p.TeamID = key.PK },
	}
}

func putCredentials(teamID, id string, sealed []byte) table.Write {
	return table.Write{
		Table: tableControl, Kind: table.Put, Attrs: table.Attrs{attrBody: sealed},
		Key: credentialKey(teamID, id),
	}
}

// Connect stores a provider with its sealed credentials, and returns it as stored. A disconnected provider of that
// id is reconnected and keeps its history: when it was first connected and last synced. Conflict, with code
// provider_exists, when it is connected already.
func (s *Store) Connect(ctx context.Context, p audit.Provider, sealed []byte) (stored audit.Provider, reconnected bool, err error) {
	p.Version, p.UpdatedAt = 0, s.now()
	if p.ConnectedAt.IsZero() {
		p.ConnectedAt = p.UpdatedAt
	}
	r := providerRecord()
	err = transact(ctx, s.db, []table.Write{r.put(&p), putCredentials(p.TeamID, p.ID, sealed)})
	if err == nil {
		return p, false, nil
	}
	if !errors.Is(err, table.ErrCondition) {
		return audit.Provider{}, false, dbFault(err, "provider")
	}
	p, err = r.update(ctx, s.db, providerKey(p.TeamID, p.ID), func(old *audit.Provider) error {
		if old.SyncStatus != audit.SyncStatusDisconnected {
			return &fault.Error{
				Kind: fault.Conflict, Code: "provider_exists",
				Message: "this account is connected already, as " + old.ID,
			}
		}
		next := p
		next.Version, next.ConnectedAt, next.LastSyncAt = old.Version, old.ConnectedAt, old.LastSyncAt
		*old = next
		return nil
	}, func(p *audit.Provider) []table.Write {
		return []table.Write{putCredentials(p.TeamID, p.ID, sealed)}
	})
	return p, err == nil, err
}

// Provider returns a provider, disconnected ones too, or NotFound.
func (s *Store) Provider(ctx context.Context, teamID, id string) (audit.Provider, error) {
	if !knownID(id, audit.PrefixProvider) {
		return audit.Provider{}, noSuch("provider")
	}
	return providerRecord().get(ctx, s.db, providerKey(teamID, id))
}

// Providers lists a team's providers, by id.
func (s *Store) Providers(ctx context.Context, teamID string, f ProviderFilter, paging Paging) (Page[audit.Provider], error) {
	name := query("providers", teamID, string(f.Type), string(f.Status))
	q := table.Query{Table: tableControl, PK: teamID, Prefix: providerPrefix, Consistent: true}
	r := providerRecord()
	return list(ctx, s, q, paging, name, r.what, func(it table.Item) (audit.Provider, bool, error) {
		p, err := r.decode(it)
		return p, (f.Type == "" || p.Type == f.Type) && (f.Status == "" || p.SyncStatus == f.Status), err
	})
}

// UpdateProvider changes a provider and returns it as stored. change may be called more than once, each time with
// what is stored now; its error ends the update. A step that the provider's states don't allow is a Conflict.
func (s *Store) UpdateProvider(ctx context.Context, teamID, id string, change func(*audit.Provider) error) (audit.Provider, error) {
	return s.updateProvider(ctx, teamID, id, change, nil)
}

func (s *Store) updateProvider(ctx context.Context, teamID, id string, change func(*audit.Provider) error,
	with func(*audit.Provider) []table.Write,
) (audit.Provider, error) {
	if !knownID(id, audit.PrefixProvider) {
		return audit.Provider{}, noSuch("provider")
	}
	return providerRecord().update(ctx, s.db, providerKey(teamID, id), func(p *audit.Provider) error {
		from := p.SyncStatus
		if err := change(p); err != nil {
			return err
		}
		p.UpdatedAt = s.now()
		return checkStep(from, p.SyncStatus)
	}, with)
}

// checkStep allows what the provider's states do. Syncs of overlapping scopes end one after the other, so that the
// second finds a provider that is no longer syncing: for a connected one, a step by way of syncing is legal too.
func checkStep(from, to audit.SyncStatus) error {
	err := from.CheckTransition(to)
	if err != nil && from != audit.SyncStatusDisconnected && audit.SyncStatusSyncing.CheckTransition(to) == nil {
		return nil
	}
	return err
}

// Credentials returns what Connect sealed; NotFound when the provider is disconnected or there is none.
func (s *Store) Credentials(ctx context.Context, teamID, id string) ([]byte, error) {
	if !knownID(id, audit.PrefixProvider) {
		return nil, noSuch("provider")
	}
	it, err := s.db.Get(ctx, tableControl, credentialKey(teamID, id))
	if err != nil {
		return nil, dbFault(err, "credentials")
	}
	return it.Bytes(attrBody), nil
}

// Disconnect removes a provider's credentials and keeps its history. Disconnecting twice is fine.
func (s *Store) Disconnect(ctx context.Context, teamID, id string) (audit.Provider, error) {
	return s.updateProvider(ctx, teamID, id, func(p *audit.Provider) error {
		p.SyncStatus, p.SyncError = audit.SyncStatusDisconnected, ""
		return nil
	}, func(p *audit.Provider) []table.Write {
		return []table.Write{{Table: tableControl, Kind: table.Delete, Key: credentialKey(p.TeamID, p.ID)}}
	})
}
