// Package opener opens connected accounts for reading. It links the SDK of every service that is read, which what only
// connects accounts (package accounts) must not.
package opener

import (
	"context"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory"
	"github.com/infraudit/infraudit/internal/inventory/awscloud"
	"github.com/infraudit/infraudit/internal/wire/accounts"
)

// Opener opens accounts with the credentials that Accounts keeps. It implements task.Opener.
type Opener struct{ Accounts *accounts.Accounts }

// OpenAccount opens a connected account with its stored credentials.
func (o Opener) OpenAccount(ctx context.Context, p audit.Provider) (inventory.Account, error) {
	if p.Type != audit.ProviderAWS {
		return nil, fault.New(fault.Unsupported, "providers of type %s can't be read yet", p.Type)
	}
	options, err := o.Accounts.AWS(ctx, p)
	if err != nil {
		return nil, err
	}
	return awscloud.Open(ctx, options)
}
