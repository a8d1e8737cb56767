package drift

import (
	"slices"
	"strings"

	"github.com/infraudit/infraudit/internal/audit"
)

// Grade says how bad a change of an attribute is, whatever rules think of it: by the first row of the table below
// that matches, medium where none does.
func Grade(resourceType, path string, c Change) audit.Severity {
	for _, row := range grades {
		if glob(row.types, resourceType) && glob(row.path, path) && (row.when == nil || row.when(c)) {
			return row.severity
		}
	}
	return audit.SeverityMedium
}

// grade is a row: "*" in its globs stands for any characters.
type grade struct {
	types, path string
	when        func(Change) bool // of this change only; nil for any
	severity    audit.Severity
}

// grades is reviewed by hand. The order counts: what opens a resource to everyone first, then what weakens protection,
// then who may do what, then where traffic goes; labels last.
var grades = []grade{
	// Open to everyone.
	{"*", "*PublicAccessBlockConfiguration*", turnedOff, audit.SeverityCritical},
	{"s3_account_public_access_block", "*", turnedOff, audit.SeverityCritical},
	{"*", "*PolicyDocument", opensToAll, audit.SeverityCritical},
	{"iam_*", "Policies*", opensToAll, audit.SeverityCritical},
	{"*", "KeyPolicy", opensToAll, audit.SeverityCritical},
	{"ec2_security_group", "SecurityGroupIngress", opensToAll, audit.SeverityCritical},
	{"ec2_network_acl", "AWS::EC2::NetworkAclEntry", opensToAll, audit.SeverityHigh},
	{"ec2_snapshot", "CreateVolumePermissions", opensToAll, audit.SeverityCritical},
	{"ec2_image", "LaunchPermissions", opensToAll, audit.SeverityCritical},
	{"rds_*snapshot", "DB*SnapshotAttributes*", opensToAll, audit.SeverityCritical},
	{"rds_*", "PubliclyAccessible", turnedOn, audit.SeverityCritical},
	{"s3_bucket", "OwnershipControls*", nil, audit.SeverityHigh},
	{"s3_bucket", "WebsiteConfiguration*", nil, audit.SeverityHigh},
	{"ec2_account_settings", "*BlockPublicAccessState", nil, audit.SeverityHigh},
	{"ec2_account_settings", "SerialConsoleAccessEnabled", turnedOn, audit.SeverityHigh},

	// Logging.
	{"cloudtrail_trail", "IsLogging", turnedOff, audit.SeverityCritical},
	{"cloudtrail_trail", "Tags*", nil, audit.SeverityLow},
	{"cloudtrail_trail", "*", nil, audit.SeverityHigh},
	{"ec2_flow_log", "Tags*", nil, audit.SeverityLow},
	{"ec2_flow_log", "*", nil, audit.SeverityHigh},
	{"s3_bucket", "LoggingConfiguration*", nil, audit.SeverityHigh},
	{"rds_*", "EnableCloudwatchLogsExports", nil, audit.SeverityHigh},

	// Encryption and keys.
	{"*", "*StorageEncrypted", turnedOff, audit.SeverityCritical},
	{"*", "*Encrypted", turnedOff, audit.SeverityCritical},
	{"s3_bucket", "BucketEncryption*", nil, audit.SeverityHigh},
	{"*", "*KmsKeyId", nil, audit.SeverityHigh},
	{"*", "*KMSKeyId", nil, audit.SeverityHigh},
	{"ec2_account_settings", "EbsEncryptionByDefault", turnedOff, audit.SeverityHigh},
	{"kms_key", "Enabled", turnedOff, audit.SeverityHigh},
	{"kms_key", "EnableKeyRotation", turnedOff, audit.SeverityHigh},
	{"kms_alias", "TargetKeyId", nil, audit.SeverityHigh},

	// Who may do what.
	{"*", "*PolicyDocument", nil, audit.SeverityHigh},
	{"kms_key", "KeyPolicy", nil, audit.SeverityHigh},
	{"iam_*", "Policies*", nil, audit.SeverityHigh},
	{"iam_*", "ManagedPolicyArns", addsAdministrator, audit.SeverityCritical},
	{"iam_*", "ManagedPolicyArns", nil, audit.SeverityHigh},
	{"iam_*", "PermissionsBoundary", nil, audit.SeverityHigh},
	{"iam_*", "Groups", nil, audit.SeverityHigh},
	{"iam_user", "LoginProfile*", nil, audit.SeverityHigh},
	{"iam_access_key", "Status", nil, audit.SeverityHigh},
	{"iam_password_policy", "*", nil, audit.SeverityHigh},
	{"iam_*_provider", "Tags*", nil, audit.SeverityLow},
	{"iam_*_provider", "*", nil, audit.SeverityHigh},
	{"iam_instance_profile", "Roles", nil, audit.SeverityHigh},
	{"ec2_instance", "IamInstanceProfile", nil, audit.SeverityHigh},
	{"ec2_instance", "MetadataOptions.HttpTokens", nil, audit.SeverityHigh},
	{"ec2_account_settings", "InstanceMetadataDefaults*", nil, audit.SeverityHigh},
	{"ec2_instance", "UserData", nil, audit.SeverityHigh},
	{"rds_*", "EnableIAMDatabaseAuthentication", turnedOff, audit.SeverityHigh},
	{"rds_*", "MasterUsername", nil, audit.SeverityHigh},
	{"ec2_snapshot", "CreateVolumePermissions", nil, audit.SeverityHigh},
	{"ec2_image", "LaunchPermissions", nil, audit.SeverityHigh},
	{"rds_*snapshot", "DB*SnapshotAttributes*", nil, audit.SeverityHigh},

	// Where traffic goes, and what protects against loss.
	{"ec2_security_group", "SecurityGroup*gress", nil, audit.SeverityHigh},
	{"ec2_network_acl", "AWS::*", nil, audit.SeverityHigh},
	{"ec2_route_table", "AWS::*", nil, audit.SeverityHigh},
	{"ec2_instance", "*SecurityGroupIds", nil, audit.SeverityHigh},
	{"*", "*GroupSet", nil, audit.SeverityHigh},
	{"rds_*", "*SecurityGroup*", nil, audit.SeverityHigh},
	{"ec2_subnet", "MapPublicIpOnLaunch", turnedOn, audit.SeverityHigh},
	{"ec2_instance", "SourceDestCheck", turnedOff, audit.SeverityHigh},
	{"s3_bucket", "VersioningConfiguration*", nil, audit.SeverityHigh},
	{"s3_bucket", "ObjectLock*", nil, audit.SeverityHigh},
	{"s3_bucket", "ReplicationConfiguration*", nil, audit.SeverityHigh},
	{"*", "DeletionProtection", turnedOff, audit.SeverityHigh},
	{"*", "DisableApiTermination", turnedOff, audit.SeverityHigh},
	{"rds_*", "BackupRetentionPeriod", nil, audit.SeverityHigh},

	// Labels.
	{"*", "Tags*", nil, audit.SeverityLow},
	{"*", "*Description", nil, audit.SeverityLow},
	{"rds_*", "Preferred*Window", nil, audit.SeverityLow},
	{"rds_*", "CopyTagsToSnapshot", nil, audit.SeverityLow},
}

// turnedOff tells whether a switch is off now, or gone.
func turnedOff(c Change) bool {
	switch v := c.Actual.(type) {
	case nil:
		return true
	case bool:
		return !v
	case map[string]any:
		for _, e := range v {
			if e == false {
				return true
			}
		}
	}
	return false
}

func turnedOn(c Change) bool { return c.Actual == true }

// opensToAll tells whether what was added names everyone: any address, any principal, the group "all".
func opensToAll(c Change) bool {
	var added []any
	switch actual := c.Actual.(type) {
	case []any:
		added, _ = difference(c.Expected, actual)
	case map[string]any:
		if inline, ok := actual["PolicyDocument"]; ok {
			after, _ := statements(inline)
			return containsOpenStatement(after)
		}
		if _, isPolicy := actual["Statement"]; isPolicy {
			before, _ := statements(c.Expected)
			after, _ := statements(actual)
			return containsOpenStatement(without(after, before))
		}
		added = []any{actual}
	}
	return slices.ContainsFunc(added, namesEveryone)
}

func namesEveryone(v any) bool {
	switch v := v.(type) {
	case string:
		return v == "0.0.0.0/0" || v == "::/0" || v == "all"
	case []any:
		if slices.ContainsFunc(v, namesEveryone) {
			return true
		}
	case map[string]any:
		if v["Egress"] == true || strings.EqualFold(text(v, "RuleAction"), "deny") {
			return false
		}
		for _, name := range []string{"CidrIp", "CidrIpv6", "CidrBlock", "Ipv6CidrBlock", "Group", "AttributeValues"} {
			if namesEveryone(v[name]) {
				return true
			}
		}
	}
	return false
}

// containsOpenStatement tells whether a statement allows everyone. A Condition may narrow that down, or not: it is
// graded as open all the same, and the rules engine knows better.
func containsOpenStatement(list []any) bool {
	for _, s := range list {
		m, _ := s.(map[string]any)
		if m["Effect"] != "Allow" {
			continue
		}
		if _, allBut := m["NotPrincipal"]; allBut {
			return true
		}
		principal, _ := m["Principal"].(map[string]any)
		if values, _ := listOrNil(principal["AWS"]); contains(values, "*") {
			return true
		}
		if m["Principal"] != nil {
			continue
		}
		actions, _ := listOrNil(m["Action"])
		resources, _ := listOrNil(m["Resource"])
		if contains(actions, "*") && contains(resources, "*") {
			return true // an identity's policy that allows everything
		}
	}
	return false
}

func addsAdministrator(c Change) bool {
	added, _ := difference(c.Expected, c.Actual)
	for _, e := range added {
		if s, ok := e.(string); ok && strings.HasSuffix(s, ":policy/AdministratorAccess") {
			return true
		}
	}
	return false
}

func contains(list []any, want string) bool {
	for _, e := range list {
		if e == want {
			return true
		}
	}
	return false
}

// glob matches a whole string against a pattern in which "*" stands for any characters.
func glob(pattern, s string) bool {
	first, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == s
	}
	s, ok := strings.CutPrefix(s, first)
	if !ok {
		return false
	}
	for {
		part, more, star := strings.Cut(rest, "*")
		if !star {
			return strings.HasSuffix(s, part)
		}
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s, rest = s[i+len(part):], more
	}
}
