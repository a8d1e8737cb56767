package fleet

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"

	"github.com/infraudit/infraudit/internal/demo/awscall"
)

// queryAnswer frames the result of a query-protocol operation.
func (f *Fleet) queryAnswer(call awscall.Call, result writer) awscall.Answer {
	w := make(writer, 0, len(result)+256)
	w.open(call.Operation + "Response")
	w.open(call.Operation + "Result")
	w = append(w, result...)
	w.close(call.Operation + "Result")
	w.raw("<ResponseMetadata><RequestId>" + f.requestID() + "</RequestId></ResponseMetadata>")
	w.close(call.Operation + "Response")
	return ok(w)
}

func (f *Fleet) sts(call awscall.Call) awscall.Answer {
	var w writer
	if call.Operation == "GetCallerIdentity" {
		w.el("Arn", "arn:aws:sts::"+Account+":assumed-role/InfraAuditReadOnly/test")
		w.el("UserId", "AROAIOSFODNN7EXAMPLE:test")
		w.el("Account", Account)
	}
	return f.queryAnswer(call, w)
}

// rdsPage is the most that RDS's listings return at once.
const rdsPage = 100

func (f *Fleet) rds(call awscall.Call) awscall.Answer {
	var w writer
	list := func(name string, k kind, item func(w *writer, ordinal int)) {
		w.raw("<" + name + ">")
		next := f.items(&w, call, listing{kind: k, most: rdsPage, token: "Marker", item: item})
		w.close(name)
		if next != "" {
			w.el("Marker", next)
		}
	}
	switch call.Operation {
	case "DescribeDBInstances":
		list("DBInstances", dbInstance, f.dbInstance)
	case "DescribeDBSnapshots":
		list("DBSnapshots", dbSnapshot, f.dbSnapshot)
	case "DescribeDBSnapshotAttributes":
		w.in("DBSnapshotAttributesResult", func() {
			w.el("DBSnapshotIdentifier", call.Params["DBSnapshotIdentifier"])
			w.raw("<DBSnapshotAttributes><DBSnapshotAttribute><AttributeName>restore</AttributeName><AttributeValues/>" +
				"</DBSnapshotAttribute></DBSnapshotAttributes>")
		})
	}
	return f.queryAnswer(call, w)
}

func (f *Fleet) rdsTags(w *writer, k kind, ordinal int, r rng) {
	w.open("TagList")
	for _, t := range f.tags(k, ordinal, r) {
		w.raw("<Tag><Key>" + t.key + "</Key><Value>" + t.value + "</Value></Tag>")
	}
	w.close("TagList")
}

func (f *Fleet) rdsARN(k kind, noun string, ordinal int) string {
	return "arn:aws:rds:" + f.o.Regions[ordinal%len(f.o.Regions)] + ":" + Account + ":" + noun + ":" + f.id(k, ordinal)
}

func (f *Fleet) dbInstance(w *writer, ordinal int) {
	r := f.rng(dbInstance, ordinal)
	w.open("DBInstance")
	w.el("DBInstanceIdentifier", f.id(dbInstance, ordinal))
	w.el("DBInstanceArn", f.rdsARN(dbInstance, "db", ordinal))
	w.raw("<DBInstanceClass>db.m6g.large</DBInstanceClass><Engine>postgres</Engine><EngineVersion>16.4</EngineVersion>")
	w.el("DBInstanceStatus", [2]string{"available", "backing-up"}[r.shuffle.Uint64()&1])
	w.num("AllocatedStorage", 50+int(r.content.Uint64()%500))
	w.time("InstanceCreateTime", made(r))
	w.raw("<PreferredBackupWindow>01:00-02:00</PreferredBackupWindow><PreferredMaintenanceWindow>sun:03:00-sun:04:00</PreferredMaintenanceWindow>" +
		"<BackupRetentionPeriod>14</BackupRetentionPeriod><MultiAZ>true</MultiAZ><StorageType>gp3</StorageType>" +
		"<StorageEncrypted>true</StorageEncrypted><DeletionProtection>true</DeletionProtection><PubliclyAccessible>false</PubliclyAccessible>")
	w.time("LatestRestorableTime", f.lastUse(r))
	w.in("VpcSecurityGroups", func() {
		for _, i := range shuffled(r, uint64(0), 1) {
			w.raw("<VpcSecurityGroupMembership><VpcSecurityGroupId>" + f.neighbour(securityGroup, ordinal, uint64(ordinal)+i) +
				"</VpcSecurityGroupId><Status>active</Status></VpcSecurityGroupMembership>")
		}
	})
	w.in("EnabledCloudwatchLogsExports", func() {
		for _, name := range shuffled(r, "postgresql", "upgrade") {
			w.el("member", name)
		}
	})
	f.rdsTags(w, dbInstance, ordinal, r)
	w.close("DBInstance")
}

func (f *Fleet) dbSnapshot(w *writer, ordinal int) {
	r := f.rng(dbSnapshot, ordinal)
	w.open("DBSnapshot")
	w.el("DBSnapshotIdentifier", f.id(dbSnapshot, ordinal))
	w.el("DBSnapshotArn", f.rdsARN(dbSnapshot, "snapshot", ordinal))
	w.el("DBInstanceIdentifier", f.neighbour(dbInstance, ordinal, r.content.Uint64()))
	w.time("SnapshotCreateTime", made(r))
	w.raw("<Engine>postgres</Engine><EngineVersion>16.4</EngineVersion><Status>available</Status><SnapshotType>manual</SnapshotType>" +
		"<AllocatedStorage>100</AllocatedStorage><Encrypted>true</Encrypted><StorageType>gp3</StorageType>")
	f.rdsTags(w, dbSnapshot, ordinal, r)
	w.close("DBSnapshot")
}

// iamPage is the most that IAM returns at once.
const iamPage = 1000

func (f *Fleet) iam(call awscall.Call) awscall.Answer {
	var w writer
	switch call.Operation {
	case "GetAccountAuthorizationDetails":
		f.authorizationDetails(&w, call)
	case "ListRoles":
		f.members(&w, call, "Roles", role, f.roleListed)
	case "ListUsers":
		f.members(&w, call, "Users", user, f.userListed)
	case "GetAccountPasswordPolicy":
		return awscall.Failure(awscall.IAM, http.StatusNotFound, "NoSuchEntity", "The Password Policy with domain name "+Account+" cannot be found.")
	case "GenerateCredentialReport":
		w.el("State", "COMPLETE")
	case "GetCredentialReport":
		w.el("Content", base64.StdEncoding.EncodeToString([]byte(f.credentialReport())))
		w.el("ReportFormat", "text/csv")
		w.time("GeneratedTime", origin)
	case "ListAccessKeys":
		w.raw("<AccessKeyMetadata/><IsTruncated>false</IsTruncated>")
	default:
		w.raw("<IsTruncated>false</IsTruncated>")
	}
	return f.queryAnswer(call, w)
}

func (f *Fleet) members(w *writer, call awscall.Call, name string, k kind, item func(w *writer, ordinal int)) {
	w.raw("<" + name + ">")
	next := f.items(w, call, listing{kind: k, most: iamPage, token: "Marker", item: item})
	w.close(name)
	w.marker(next)
}

func (w *writer) marker(next string) {
	w.flag("IsTruncated", next != "")
	if next != "" {
		w.el("Marker", next)
	}
}

// credentialReport has the columns of the IAM user guide, "Getting credential reports for your AWS account".
func (f *Fleet) credentialReport() string {
	var b strings.Builder
	b.WriteString("user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation," +
		"mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region," +
		"access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date," +
		"access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n")
	row := func(name, arn, lastUsed string) {
		b.WriteString(name + "," + arn + ",2023-03-01T08:00:00+00:00,true," + lastUsed + ",2023-03-01T08:00:00+00:00,N/A,true," +
			"false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n")
	}
	row("<root_account>", "arn:aws:iam::"+Account+":root", "no_information")
	for _, ordinal := range f.order(user, 0) {
		r := f.rng(user, ordinal)
		row(f.id(user, ordinal), f.iamARN(user, "user", ordinal), f.lastUse(r).Format("2006-01-02T15:04:05+00:00"))
	}
	return b.String()
}

func (f *Fleet) iamARN(k kind, noun string, ordinal int) string {
	return "arn:aws:iam::" + Account + ":" + noun + "/" + f.id(k, ordinal)
}

func iamID(prefix string, ordinal int) string {
	digits := strconv.Itoa(ordinal)
	return prefix + "000000000000000000"[:17-len(digits)] + digits
}
