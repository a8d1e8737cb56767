// Package accounts connects cloud accounts and keeps their sealed credentials. Both hosts use it; package opener opens
// accounts for reading.
package accounts

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/infraudit/infraudit/internal/audit"
	"github.com/infraudit/infraudit/internal/fault"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/awsaccess"
	"github.com/infraudit/infraudit/internal/inventory/awscloud/shapes"
	"github.com/infraudit/infraudit/internal/job"
	"github.com/infraudit/infraudit/internal/secret"
	"github.com/infraudit/infraudit/internal/store"
)

// Accounts connects accounts.
type Accounts struct {
	Store  *store.Store
	Engine *job.Engine
	// Keys returns the installation's keys; it is called when they are first needed, and may be called again.
	Keys    func(ctx context.Context) (*secret.Keys, error)
	Version string
	Log     *slog.Logger
	// Principal is whom roles in customers' accounts have to trust: our own account, user or role. When it is empty,
	// the SDK's default chain says who we are.
	Principal string
	// Demo is where the embedded demo account is played; nil when there is none.
	Demo *Demo
}

// Demo is the embedded demo account, played on this machine.
type Demo struct {
	Endpoint string
	Client   *http.Client
	Services []string // those that it plays
}

// options says how to reach an account with given credentials.
func (a *Accounts) options(c awsaccess.Credentials, account, homeRegion string) (awsaccess.Options, error) {
	o := awsaccess.Options{Credentials: c, Account: account, HomeRegion: homeRegion, Version: a.Version}
	if c.Method == audit.AuthDemo {
		if a.Demo == nil {
			return o, &fault.Error{
				Kind: fault.Conflict, Code: "demo_only",
				Message: "the demo account is only there while the server runs with --demo",
			}
		}
		o.Endpoint, o.HTTPClient, o.Services = a.Demo.Endpoint, a.Demo.Client, a.Demo.Services
		// It is on this machine: there is nobody to spare.
		o.Limits = awsaccess.Limits{Rate: 1000, Burst: 1000, LookupRate: 1000}
	}
	return o, nil
}

// AWS returns how a connected account is reached, with its stored credentials.
func (a *Accounts) AWS(ctx context.Context, p audit.Provider) (awsaccess.Options, error) {
	sealed, err := a.Store.Credentials(ctx, p.TeamID, p.ID)
	if err != nil {
		return awsaccess.Options{}, err
	}
	keys, err := a.Keys(ctx)
	if err != nil {
		return awsaccess.Options{}, err
	}
	plain, err := keys.Open(ctx, sealed, p.TeamID, p.ID)
	if err != nil {
		return awsaccess.Options{}, fault.Wrap(fault.Internal, err, "the stored credentials can't be opened with this installation's key")
	}
	var c awsaccess.Credentials
	if err := json.Unmarshal(plain, &c); err != nil {
		return awsaccess.Options{}, fault.New(fault.Internal, "the stored credentials can't be read") // the cause may quote them
	}
	o, err := a.options(c, p.Account, p.HomeRegion)
	o.ResourceTypes = p.ResourceTypes
	return o, err
}

// Request asks to connect an AWS account.
type Request struct {
	TeamID, By  string
	Name        string // empty: made of the account
	Credentials awsaccess.Credentials
	HomeRegion  string
	// ResourceTypes are CloudFormation types to read besides those that InfraAudit knows.
	ResourceTypes []string
	AccountID     string // the account that the credentials must turn out to be of; empty takes any
}

// Connect tries the credentials, stores the provider with them sealed, and starts its first sync. Nothing is stored
// unless they are good.
func (a *Accounts) Connect(ctx context.Context, r Request) (audit.Provider, audit.Execution, error) {
	if err := shapes.CheckTypes(r.ResourceTypes); err != nil {
		return audit.Provider{}, audit.Execution{}, err
	}
	keys, err := a.Keys(ctx)
	if err != nil {
		return audit.Provider{}, audit.Execution{}, err
	}
	if r.Credentials.Method == audit.AuthRole {
		account, err := roleAccount(r.Credentials.RoleARN)
		if err != nil {
			return audit.Provider{}, audit.Execution{}, err
		}
		r.Credentials.ExternalID = keys.ExternalID(r.TeamID, account)
	}
	o, err := a.options(r.Credentials, r.AccountID, r.HomeRegion)
	if err != nil {
		return audit.Provider{}, audit.Execution{}, err
	}
	who, err := awsaccess.Validate(ctx, o)
	if err != nil {
		return audit.Provider{}, audit.Execution{}, err
	}
	p := audit.Provider{
		ID: audit.ProviderID(r.TeamID, audit.ProviderAWS, who.Account), TeamID: r.TeamID, Type: audit.ProviderAWS,
		Name: r.Name, Account: who.Account, AuthMethod: r.Credentials.Method, Principal: who.ARN,
		HomeRegion: r.HomeRegion, ResourceTypes: shapes.SortTypes(r.ResourceTypes), Demo: r.Credentials.Method == audit.AuthDemo, SyncStatus: audit.SyncStatusSyncing,
	}
	if p.Name == "" {
		p.Name = "aws " + who.Account
	}
	if err := p.Validate(); err != nil {
		return audit.Provider{}, audit.Execution{}, err
	}
	plain, err := json.Marshal(r.Credentials)
	if err != nil {
		return audit.Provider{}, audit.Execution{}, fault.New(fault.Internal, "the credentials can't be written")
	}
	sealed, err := keys.Seal(ctx, plain, p.TeamID, p.ID)
	if err != nil {
		return audit.Provider{}, audit.Execution{}, fault.Wrap(fault.Internal, err, "the credentials can't be sealed")
	}
	p, reconnected, err := a.Store.Connect(ctx, p, sealed)
	if err != nil {
		return audit.Provider{}, audit.Execution{}, err
	}
	a.Log.InfoContext(ctx, "provider connected", "team", p.TeamID, "provider", p.ID, "account", p.Account,
		"method", p.AuthMethod, "by", r.By, "reconnected", reconnected)
	x, _, err := a.Engine.Trigger(ctx, p.TeamID, job.Request{
		Type: audit.JobResourceSync, Scope: audit.Scope{ProviderID: p.ID}, Trigger: "connect",
	})
	return p, x, err
}

// roleAccount returns the account id of a role's ARN.
func roleAccount(arn string) (string, error) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "iam" || !audit.ValidAWSAccount(parts[4]) ||
		!strings.HasPrefix(parts[5], "role/") {
		return "", fault.Field("role_arn", "must be a role's ARN, such as arn:aws:iam::123456789012:role/InfraAudit")
	}
	return parts[4], nil
}

// Template returns the external id that a team's role in an account has to require, and a CloudFormation template of
// such a role. Conflict when nobody knows whom the role has to trust.
func (a *Accounts) Template(ctx context.Context, teamID, accountID string) (externalID string, template []byte, err error) {
	principal := a.Principal
	if principal == "" {
		who, err := awsaccess.Validate(ctx, awsaccess.Options{
			Credentials: awsaccess.Credentials{Method: audit.AuthDefault}, Version: a.Version,
		})
		if err != nil {
			return "", nil, &fault.Error{
				Kind: fault.Conflict, Code: "no_principal", Cause: err,
				Message: "whom the role has to trust isn't known: this server has no AWS credentials of its own; " +
					"give it some, or set INFRAUDIT_AWS_PRINCIPAL to the ARN of our account, user or role",
			}
		}
		principal = fmt.Sprintf("arn:%s:iam::%s:root", who.Partition, who.Account)
	}
	keys, err := a.Keys(ctx)
	if err != nil {
		return "", nil, err
	}
	externalID = keys.ExternalID(teamID, accountID)
	template, err = awsaccess.RoleTemplate(principal, externalID)
	return externalID, template, err
}
