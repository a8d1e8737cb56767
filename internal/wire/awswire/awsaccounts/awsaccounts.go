// Package awsaccounts gives functions that connect or open cloud accounts what they need for that.
package awsaccounts

import (
	"github.com/infraudit/infraudit/internal/job"
	"github.com/infraudit/infraudit/internal/wire/accounts"
	"github.com/infraudit/infraudit/internal/wire/awswire"
	"github.com/infraudit/infraudit/internal/wire/awswire/awskeys"
)

// Accounts returns what connects accounts. Only what connects, and not what opens them again, needs an engine.
func Accounts(f *awswire.Function, keys awskeys.Source, engine *job.Engine) *accounts.Accounts {
	return &accounts.Accounts{
		Store: f.Store, Engine: engine, Keys: keys, Version: f.Config.Version, Log: f.Log, Principal: f.Config.Principal,
	}
}
