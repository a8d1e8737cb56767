package apitest

import (
	"fmt"
	"time"

	"github.com/infraudit/infraudit/internal/audit"
)

// ProviderID returns the id of the connected account of Team.
func ProviderID() string { return audit.ProviderID(Team, audit.ProviderAWS, "123456789012") }

// New returns a fake with an account of three resources, two of which drifted.
func New() *Fake {
	now := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	f := &Fake{now: now, answers: map[string]kept{}, configs: map[string]audit.Configuration{}}
	synced := now.Add(-5 * time.Minute)
	f.providers = []audit.Provider{{
		ID: ProviderID(), TeamID: Team, Type: audit.ProviderAWS, Name: "production", Account: "123456789012",
		AuthMethod: audit.AuthRole, Principal: "arn:aws:sts::123456789012:assumed-role/InfraAuditReadOnly/infraudit",
		HomeRegion: "eu-central-1", SyncStatus: audit.SyncStatusPartial, LastSyncAt: &synced,
		ConnectedAt: now.Add(-72 * time.Hour), UpdatedAt: synced,
	}}
	three := 3
	f.coverage = []audit.Coverage{{
		Slice:    audit.Slice{ProviderID: ProviderID(), Region: "eu-central-1", Service: "ec2"},
		SyncedAt: synced,
		Types: []audit.TypeCoverage{
			{ResourceType: "ec2_instance", Status: audit.ReadOK, Count: &three},
			{
				ResourceType: "ec2_snapshot", Status: audit.ReadDenied, Action: "ec2:DescribeSnapshots",
				Code: "UnauthorizedOperation",
			},
		},
	}}
	f.add("ec2", "ec2_security_group", "eu-central-1", "sg-0a1b2c3d", "web")
	f.add("s3", "s3_bucket", "global", "arn:aws:s3:::acme-logs", "acme-logs")
	f.add("ec2", "ec2_instance", "eu-central-1", "i-0123456789abcdef0", "=cmd|' /C calc'!A0")
	f.drift(0, "SecurityGroupIngress", audit.SeverityCritical, audit.ChangeModified,
		[]any{map[string]any{"CidrIp": "10.0.0.0/8", "FromPort": 22}},
		[]any{map[string]any{"CidrIp": "0.0.0.0/0", "FromPort": 22}},
		"port 22 was opened to 0.0.0.0/0")
	f.drift(1, "VersioningConfiguration.Status", audit.SeverityMedium, audit.ChangeModified, "Enabled", "Suspended",
		"versioning was suspended")
	f.judge()
	f.jobs = []audit.Job{{
		ID: audit.DeriveID(audit.PrefixJob, Team, "sync"), TeamID: Team, Type: audit.JobResourceSync, Name: "Sync everything",
		Schedule: audit.DefaultSchedule(audit.JobResourceSync), Enabled: true, Default: true, CreatedAt: now, UpdatedAt: now,
	}}
	return f
}

func (f *Fake) add(service, typ, region, external, name string) {
	slice := audit.Slice{ProviderID: ProviderID(), Region: region, Service: service}
	id := audit.ResourceID(slice.Key(), audit.ExternalKey(external))
	key, _ := audit.ParseResourceID(id)
	before, after := fmt.Sprintf("hash-%d-old", len(f.resources)), fmt.Sprintf("hash-%d", len(f.resources))
	f.configs[before] = audit.Configuration{Hash: before, Config: map[string]any{"Name": name, "Size": 1}}
	f.configs[after] = audit.Configuration{Hash: after, Config: map[string]any{"Name": name, "Size": 2}}
	baseline := audit.BaselineID(key, audit.FirstCapture)
	f.resources = append(f.resources, audit.Resource{
		ID: id, TeamID: Team, ProviderID: ProviderID(), Service: service, ExternalID: external, Type: typ, Region: region,
		Name: name, Status: audit.ResourceActive, Tags: map[string]string{"env": "prod"}, ConfigHash: after,
		BaselineID: baseline, FirstSeenAt: f.now.Add(-72 * time.Hour), ChangedAt: f.now.Add(-5 * time.Minute),
		LastSeenAt: f.now.Add(-5 * time.Minute),
	})
	f.baselines = append(f.baselines, audit.Baseline{
		ID: baseline, TeamID: Team, ResourceID: id, Kind: audit.BaselineAutomatic, ConfigHash: before,
		CapturedBy: "infraudit", CapturedAt: f.now.Add(-72 * time.Hour),
	})
}

func (f *Fake) drift(of int, path string, severity audit.Severity, change audit.ChangeKind, expected, actual any, summary string) {
	r := f.resources[of]
	key, _ := audit.ParseResourceID(r.ID)
	at := f.now.Add(-17 * time.Minute)
	f.drifts = append(f.drifts, audit.Drift{
		ID: audit.DriftID(key, path), TeamID: Team, ProviderID: r.ProviderID, ResourceID: r.ID, ExternalID: r.ExternalID,
		ResourceType: r.Type, ResourceName: r.Name, Service: r.Service, Region: r.Region, BaselineID: r.BaselineID,
		Type: audit.DriftConfiguration, Severity: severity, Status: audit.DriftDetected, Path: path, Change: change,
		Expected: expected, Actual: actual, Summary: summary,
		Actor: audit.Actor{
			Status: audit.ActorKnown, Name: "mallory", Type: "AssumedRole",
			ARN:  "arn:aws:sts::123456789012:assumed-role/Deployer/mallory",
			Call: "ec2:AuthorizeSecurityGroupIngress", SourceIP: "203.0.113.7", At: &at,
		},
		FirstDetectedAt: f.now.Add(-5 * time.Minute), LastSeenAt: f.now, DetectedAt: f.now.Add(-5 * time.Minute),
		ChangedAfter: f.now.Add(-6 * time.Hour), ChangedBefore: f.now.Add(-5 * time.Minute),
	})
}
