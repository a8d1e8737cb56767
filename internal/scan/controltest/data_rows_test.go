//go:build integration

package controltest

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/efs"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func (w *world) s3() *s3.Client   { return s3.NewFromConfig(w.cfg) }
func (w *world) rds() *rds.Client { return rds.NewFromConfig(w.cfg) }

// bucket makes a bucket, whose name no other account has, and returns its ARN.
func (w *world) bucket(t *testing.T, name string) string {
	t.Helper()
	must(w.s3().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: w.bucketName(name)}))(t)
	return "arn:aws:s3:::" + *w.bucketName(name)
}

func (w *world) bucketName(name string) *string { return new(name + "-" + w.account) }

func (w *world) bucketPolicy(t *testing.T, name, document string) {
	t.Helper()
	document = strings.ReplaceAll(document, "$B", "arn:aws:s3:::"+*w.bucketName(name))
	must(w.s3().PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: w.bucketName(name), Policy: &document}))(t)
}

// Bucket policies, as the S3 user guide has them.
const (
	publicRead = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"$B/*"}]}`
	tlsOnly    = `{"Version":"2012-10-17","Statement":[{"Sid":"RestrictToTLSRequestsOnly","Effect":"Deny","Principal":"*","Action":"s3:*",` +
		`"Resource":["$B","$B/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`
)

func bucketRows() []row {
	policy := detail("S3 GetBucketPolicy", "s3:GetBucketPolicy")
	return []row{
		{
			rules: []string{"s3-bucket-policy-denies-http"}, denied: []denial{every(policy.call, policy.action), listing("S3 ListBuckets", "s3:ListAllMyBuckets")},
			insecure: func(t *testing.T, w *world) []string {
				bare, open := w.bucket(t, "bare"), w.bucket(t, "open")
				w.bucketPolicy(t, "open", publicRead)
				w.passing = []string{w.bucket(t, "tls")}
				w.bucketPolicy(t, "tls", tlsOnly)
				return []string{bare, open}
			},
			secure: func(t *testing.T, w *world) {
				w.bucketPolicy(t, "bare", tlsOnly)
				w.bucketPolicy(t, "open", tlsOnly)
			},
		},
		{
			rules: []string{"s3-bucket-policy-not-for-everyone"}, denied: []denial{policy},
			insecure: func(t *testing.T, w *world) []string {
				id := w.bucket(t, "open")
				w.bucketPolicy(t, "open", publicRead)
				return []string{id}
			},
			secure: func(t *testing.T, w *world) { w.bucketPolicy(t, "open", tlsOnly) },
		},
		{
			rules: []string{"s3-bucket-mfa-delete"}, denied: []denial{detail("S3 GetBucketVersioning", "s3:GetBucketVersioning")},
			insecure: func(t *testing.T, w *world) []string { return []string{w.bucket(t, "vault")} },
			secure: func(_ *testing.T, w *world) { // moto drops the setting
				w.write("S3 GetBucketVersioning", "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>")
			},
		},
		{
			rules: []string{"s3-bucket-public-access-blocked"},
			denied: []denial{
				every("S3 GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock"),
				detail("S3 Control GetPublicAccessBlock", "s3:GetAccountPublicAccessBlock"),
			},
			insecure: func(t *testing.T, w *world) []string {
				id := w.bucket(t, "open")
				w.block(t, "open", false)
				w.passing = []string{w.bucket(t, "blocked")}
				w.block(t, "blocked", true)
				return []string{id}
			},
			secure: func(t *testing.T, w *world) { w.block(t, "open", true) },
		},
		{
			rules: []string{"s3-bucket-encrypted-by-default"}, denied: []denial{detail("S3 GetBucketEncryption", "s3:GetEncryptionConfiguration")},
			insecure: func(t *testing.T, w *world) []string { return []string{w.bucket(t, "plain")} },
			secure: func(t *testing.T, w *world) {
				must(w.s3().PutBucketEncryption(t.Context(), &s3.PutBucketEncryptionInput{
					Bucket: w.bucketName("plain"), ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
						Rules: []types.ServerSideEncryptionRule{{ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{
							SSEAlgorithm: types.ServerSideEncryptionAes256,
						}}},
					},
				}))(t)
			},
		},
	}
}

// block sets a bucket's own block of public access; all four settings but, where it isn't whole, one.
func (w *world) block(t *testing.T, name string, whole bool) {
	t.Helper()
	must(w.s3().PutPublicAccessBlock(t.Context(), &s3.PutPublicAccessBlockInput{
		Bucket: w.bucketName(name), PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
			BlockPublicAcls: new(true), IgnorePublicAcls: new(true), BlockPublicPolicy: new(true), RestrictPublicBuckets: &whole,
		},
	}))(t)
}

// database makes a DB instance and returns its ARN.
func (w *world) database(t *testing.T, edit func(*rds.CreateDBInstanceInput)) string {
	t.Helper()
	in := &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: new("orders"), DBInstanceClass: new("db.t3.medium"), Engine: new("postgres"), AllocatedStorage: new(int32(20)),
		MasterUsername: new("admin1"), MasterUserPassword: new("correct-horse"), Port: new(int32(5432)), StorageEncrypted: new(true),
		AutoMinorVersionUpgrade: new(true), PubliclyAccessible: new(false), MultiAZ: new(true),
	}
	edit(in)
	return *must(w.rds().CreateDBInstance(t.Context(), in))(t).DBInstance.DBInstanceArn
}

// cluster makes a DB cluster and returns its ARN.
func (w *world) cluster(t *testing.T, edit func(*rds.CreateDBClusterInput)) string {
	t.Helper()
	in := &rds.CreateDBClusterInput{
		DBClusterIdentifier: new("main"), Engine: new("aurora-postgresql"), MasterUsername: new("admin1"), MasterUserPassword: new("correct-horse"),
		StorageEncrypted: new(true),
	}
	edit(in)
	return *must(w.rds().CreateDBCluster(t.Context(), in))(t).DBCluster.DBClusterArn
}

// instead deletes the database and makes another: what is wrong with it can't be changed.
func instead(edit func(*rds.CreateDBInstanceInput)) func(*testing.T, *world) {
	return func(t *testing.T, w *world) {
		must(w.rds().DeleteDBInstance(t.Context(), &rds.DeleteDBInstanceInput{DBInstanceIdentifier: new("orders"), SkipFinalSnapshot: new(true)}))(t)
		w.database(t, edit)
	}
}

func clusterInstead(edit func(*rds.CreateDBClusterInput)) func(*testing.T, *world) {
	return func(t *testing.T, w *world) {
		must(w.rds().DeleteDBCluster(t.Context(), &rds.DeleteDBClusterInput{DBClusterIdentifier: new("main"), SkipFinalSnapshot: new(true)}))(t)
		w.cluster(t, func(in *rds.CreateDBClusterInput) {
			in.DBClusterIdentifier = new("next") // moto keeps the old one's snapshots
			edit(in)
		})
	}
}

func databaseRows() []row {
	instances := listing("RDS DescribeDBInstances", "rds:DescribeDBInstances")
	clusters := listing("RDS DescribeDBClusters", "rds:DescribeDBClusters")
	asIs, clusterAsIs := func(*rds.CreateDBInstanceInput) {}, func(*rds.CreateDBClusterInput) {}
	modify := func(edit func(*rds.ModifyDBInstanceInput)) func(*testing.T, *world) {
		return func(t *testing.T, w *world) {
			in := &rds.ModifyDBInstanceInput{DBInstanceIdentifier: new("orders"), ApplyImmediately: new(true)}
			edit(in)
			must(w.rds().ModifyDBInstance(t.Context(), in))(t)
		}
	}
	instanceRow := func(rule string, bad func(*rds.CreateDBInstanceInput), secure func(*testing.T, *world)) row {
		return row{
			rules: []string{rule}, denied: []denial{instances}, secure: secure,
			insecure: func(t *testing.T, w *world) []string { return []string{w.database(t, bad)} },
		}
	}
	clusterRow := func(rule string, bad func(*rds.CreateDBClusterInput), secure func(*testing.T, *world)) row {
		return row{
			rules: []string{rule}, denied: []denial{clusters}, secure: secure,
			insecure: func(t *testing.T, w *world) []string { return []string{w.cluster(t, bad)} },
		}
	}
	return []row{
		instanceRow("rds-instance-encrypted", func(in *rds.CreateDBInstanceInput) { in.StorageEncrypted = new(false) }, instead(asIs)),
		instanceRow("rds-instance-minor-upgrades", func(in *rds.CreateDBInstanceInput) { in.AutoMinorVersionUpgrade = new(false) },
			modify(func(in *rds.ModifyDBInstanceInput) { in.AutoMinorVersionUpgrade = new(true) })),
		instanceRow("rds-instance-not-public", func(in *rds.CreateDBInstanceInput) { in.PubliclyAccessible = new(true) },
			modify(func(in *rds.ModifyDBInstanceInput) { in.PubliclyAccessible = new(false) })),
		instanceRow("rds-instance-multi-az", func(in *rds.CreateDBInstanceInput) { in.MultiAZ = new(false) },
			modify(func(in *rds.ModifyDBInstanceInput) { in.MultiAZ = new(true) })),
		clusterRow("rds-cluster-encrypted", func(in *rds.CreateDBClusterInput) { in.StorageEncrypted = new(false) }, clusterInstead(clusterAsIs)),
		clusterRow("rds-cluster-minor-upgrades", func(in *rds.CreateDBClusterInput) { multiAZ(in).AutoMinorVersionUpgrade = new(false) },
			clusterInstead(func(in *rds.CreateDBClusterInput) { multiAZ(in).AutoMinorVersionUpgrade = new(true) })),
		clusterRow("rds-cluster-multi-az", clusterAsIs, func(t *testing.T, w *world) { // a cluster is in the zones of its instances
			for _, zone := range []string{"a", "b"} {
				w.database(t, func(in *rds.CreateDBInstanceInput) {
					*in = rds.CreateDBInstanceInput{
						DBInstanceIdentifier: new("main-" + zone), DBClusterIdentifier: new("main"), DBInstanceClass: new("db.r6g.large"),
						Engine: new("aurora-postgresql"), AvailabilityZone: new(motoserver.Region + zone),
					}
				})
			}
		}),
		{
			rules: []string{"efs-file-system-encrypted"}, denied: []denial{listing("EFS DescribeFileSystems", "elasticfilesystem:DescribeFileSystems")},
			insecure: func(t *testing.T, w *world) []string {
				made := must(efs.NewFromConfig(w.cfg).CreateFileSystem(t.Context(), &efs.CreateFileSystemInput{CreationToken: new("a")}))(t)
				w.state["id"] = *made.FileSystemId
				return []string{*made.FileSystemArn}
			},
			secure: func(t *testing.T, w *world) {
				api := efs.NewFromConfig(w.cfg)
				must(api.DeleteFileSystem(t.Context(), &efs.DeleteFileSystemInput{FileSystemId: new(w.state["id"])}))(t)
				must(api.CreateFileSystem(t.Context(), &efs.CreateFileSystemInput{CreationToken: new("b"), Encrypted: new(true)}))(t)
			},
		},
		{
			rules: []string{"kms-key-rotation-enabled"}, denied: []denial{detail("KMS GetKeyRotationStatus", "kms:GetKeyRotationStatus")},
			insecure: func(t *testing.T, w *world) []string {
				key := must(kms.NewFromConfig(w.cfg).CreateKey(t.Context(), nil))(t).KeyMetadata
				w.state["key"] = *key.KeyId
				return []string{*key.Arn}
			},
			secure: func(t *testing.T, w *world) {
				must(kms.NewFromConfig(w.cfg).EnableKeyRotation(t.Context(), &kms.EnableKeyRotationInput{KeyId: new(w.state["key"])}))(t)
			},
		},
	}
}

// multiAZ makes a cluster one of RDS rather than Aurora, over three availability zones.
func multiAZ(in *rds.CreateDBClusterInput) *rds.CreateDBClusterInput {
	in.Engine, in.DBClusterInstanceClass, in.AllocatedStorage, in.Iops = new("postgres"), new("db.m6gd.large"), new(int32(100)), new(int32(1000))
	in.StorageType = new("io1")
	return in
}
