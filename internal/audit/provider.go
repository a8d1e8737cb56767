package audit

import (
	"regexp"
	"time"
)

// ProviderType is a kind of cloud account.
type ProviderType string

// The provider types.
const (
	ProviderAWS        ProviderType = "aws"
	ProviderGCP        ProviderType = "gcp"
	ProviderAzure      ProviderType = "azure"
	ProviderKubernetes ProviderType = "kubernetes"
)

// SyncStatus tells how the last sync of a provider went.
type SyncStatus string

// The sync statuses. Partial means that something could not be read; Coverage names it.
const (
	SyncStatusSyncing      SyncStatus = "syncing"
	SyncStatusSynced       SyncStatus = "synced"
	SyncStatusPartial      SyncStatus = "partial"
	SyncStatusError        SyncStatus = "error"
	SyncStatusDisconnected SyncStatus = "disconnected"
)

// Any connected status may follow another: a sync of a single resource ends without the provider as a whole having
// been "syncing".
var syncTransitions = map[SyncStatus][]SyncStatus{
	SyncStatusSyncing:      {SyncStatusSynced, SyncStatusPartial, SyncStatusError, SyncStatusDisconnected},
	SyncStatusSynced:       {SyncStatusSyncing, SyncStatusPartial, SyncStatusError, SyncStatusDisconnected},
	SyncStatusPartial:      {SyncStatusSyncing, SyncStatusSynced, SyncStatusError, SyncStatusDisconnected},
	SyncStatusError:        {SyncStatusSyncing, SyncStatusSynced, SyncStatusPartial, SyncStatusDisconnected},
	SyncStatusDisconnected: {SyncStatusSyncing},
}

// CheckTransition returns a *TransitionError unless a provider may go from s to next.
func (s SyncStatus) CheckTransition(next SyncStatus) error {
	return transition("provider", syncTransitions, s, next)
}

// AuthMethod is how a provider lets us in.
type AuthMethod string

// The ways into an AWS account.
const (
	AuthRole      AuthMethod = "role"       // a role that requires our external id
	AuthAccessKey AuthMethod = "access_key" // an access key, its secret and perhaps a session token
	AuthDefault   AuthMethod = "default"    // the SDK's ordinary chain on the machine that runs InfraAudit
	AuthDemo      AuthMethod = "demo"       // the embedded demo account
)

// Provider is a connected cloud account. Its credentials are sealed elsewhere and never part of it.
type Provider struct {
	ID         string       `json:"id"`
	TeamID     string       `json:"-"`
	Type       ProviderType `json:"type"`
	Name       string       `json:"name"`    // display name
	Account    string       `json:"account"` // AWS account id, GCP project, Azure subscription, cluster
	AuthMethod AuthMethod   `json:"auth_method"`
	Principal  string       `json:"principal,omitempty"`   // who we are there: an ARN; no secret
	HomeRegion string       `json:"home_region,omitempty"` // where account-wide calls go
	// ResourceTypes are the CloudFormation types that are read besides those that InfraAudit knows, sorted.
	ResourceTypes []string   `json:"resource_types,omitempty" doc:"CloudFormation types that are read besides those that InfraAudit knows"`
	Demo          bool       `json:"demo,omitempty"`
	SyncStatus    SyncStatus `json:"sync_status"`
	SyncError     string     `json:"sync_error,omitempty"` // why the last sync read nothing usable
	LastSyncAt    *time.Time `json:"last_sync_at,omitempty"`
	ConnectedAt   time.Time  `json:"connected_at"`
	UpdatedAt     time.Time  `json:"updated_at"`
	Version       int64      `json:"-"` // counts writes, for conditional updates
}

var awsAccountID = regexp.MustCompile(`^[0-9]{12}$`)

// ValidAWSAccount tells whether s has the form of an AWS account id: 12 digits.
func ValidAWSAccount(s string) bool { return awsAccountID.MatchString(s) }

// MaxNameLen bounds display names, in bytes.
const MaxNameLen = 128

// Validate reports every field that is missing or malformed.
func (p *Provider) Validate() error {
	var ps problems
	ps.id("id", p.ID, PrefixProvider)
	ps.id("team_id", p.TeamID, PrefixTeam)
	oneOf(&ps, "type", p.Type, ProviderAWS, ProviderGCP, ProviderAzure, ProviderKubernetes)
	ps.require("name", p.Name)
	if len(p.Name) > MaxNameLen {
		ps.addf("name", "must be at most %d bytes", MaxNameLen)
	}
	ps.require("account", p.Account)
	if p.Type == ProviderAWS && !ValidAWSAccount(p.Account) {
		ps.addf("account", "must be an AWS account id: 12 digits")
	}
	oneOf(&ps, "sync_status", p.SyncStatus,
		SyncStatusSyncing, SyncStatusSynced, SyncStatusPartial, SyncStatusError, SyncStatusDisconnected)
	return ps.err()
}
