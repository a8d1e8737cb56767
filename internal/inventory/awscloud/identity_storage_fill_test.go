//go:build integration

package awscloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	controltypes "github.com/aws/aws-sdk-go-v2/service/s3control/types"

	"github.com/infraudit/infraudit/internal/inventory/inventorytest/motoserver"
)

func (e *estate) fillIAM(t *testing.T) {
	ctx, s := t.Context(), aws.String
	must(e.iam.CreateUser(ctx, &iam.CreateUserInput{
		UserName: s("alice"), Path: s("/staff/"), Tags: []iamtypes.Tag{{Key: s("team"), Value: s("blue")}},
	}))(t)
	must(e.iam.CreateUser(ctx, &iam.CreateUserInput{UserName: s("bob")}))(t)
	must(e.iam.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: s("admins")}))(t)
	must(e.iam.AddUserToGroup(ctx, &iam.AddUserToGroupInput{GroupName: s("admins"), UserName: s("alice")}))(t)
	policy := must(e.iam.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: s("read"), PolicyDocument: s(readDocument)}))(t).Policy
	must(e.iam.AttachGroupPolicy(ctx, &iam.AttachGroupPolicyInput{GroupName: s("admins"), PolicyArn: policy.Arn}))(t)
	must(e.iam.PutUserPolicy(ctx, &iam.PutUserPolicyInput{
		UserName: s("alice"), PolicyName: s("inline"), PolicyDocument: s(readDocument),
	}))(t)
	must(e.iam.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: s("alice")}))(t)
	must(e.iam.CreateLoginProfile(ctx, &iam.CreateLoginProfileInput{UserName: s("bob"), Password: s("Pass%1word")}))(t)
	must(e.iam.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: s("web"), AssumeRolePolicyDocument: s(trustDocument), Description: s("The web"), MaxSessionDuration: aws.Int32(7200),
		PermissionsBoundary: policy.Arn,
	}))(t)
	must(e.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: s("web"), PolicyName: s("inline"), PolicyDocument: s(readDocument)}))(t)
	must(e.iam.CreateInstanceProfile(ctx, &iam.CreateInstanceProfileInput{InstanceProfileName: s("web")}))(t)
	must(e.iam.AddRoleToInstanceProfile(ctx, &iam.AddRoleToInstanceProfileInput{InstanceProfileName: s("web"), RoleName: s("web")}))(t)
	must(e.iam.CreateAccountAlias(ctx, &iam.CreateAccountAliasInput{AccountAlias: s("example-corp")}))(t)
	must(e.iam.UpdateAccountPasswordPolicy(ctx, &iam.UpdateAccountPasswordPolicyInput{MinimumPasswordLength: aws.Int32(14)}))(t)
	must(e.iam.CreateVirtualMFADevice(ctx, &iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: s("phone"), Path: s("/staff/")}))(t)
	must(e.iam.CreateSAMLProvider(ctx, &iam.CreateSAMLProviderInput{Name: s("okta"), SAMLMetadataDocument: s("<EntityDescriptor/>")}))(t)
	must(e.iam.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{
		Url: s("https://token.actions.githubusercontent.com"), ClientIDList: []string{"sts.amazonaws.com"},
		ThumbprintList: []string{"6938fd4d98bab03faadb97b34396831e3780aea1"},
	}))(t)
	must(e.iam.UploadServerCertificate(ctx, &iam.UploadServerCertificateInput{
		ServerCertificateName: s("www"), CertificateBody: s("certificate"), PrivateKey: s("key"),
	}))(t)
}

func (e *estate) fillS3(t *testing.T) {
	ctx, s := t.Context(), aws.String
	b := s("logs")
	must(e.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: b, ObjectLockEnabledForBucket: new(true)}))(t)
	must(e.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: s("bare")}))(t)
	must(e.s3.CreateBucket(ctx, &s3.CreateBucketInput{
		Bucket: s("far"), CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: "eu-west-1"},
	}))(t)
	must(e.s3.PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{
		Bucket: b, ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: []types.ServerSideEncryptionRule{{
			ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAes256},
		}}},
	}))(t)
	must(e.s3.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
		Bucket: b, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
	}))(t)
	must(e.s3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: b, Policy: s(bucketDocument)}))(t)
	must(e.s3.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{
		Bucket: b, PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{BlockPublicAcls: new(true)},
	}))(t)
	must(e.s3.PutBucketOwnershipControls(ctx, &s3.PutBucketOwnershipControlsInput{
		Bucket: b, OwnershipControls: &types.OwnershipControls{Rules: []types.OwnershipControlsRule{{ObjectOwnership: types.ObjectOwnershipBucketOwnerEnforced}}},
	}))(t)
	must(e.s3.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{
		Bucket: b, LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{{
			ID: s("old"), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: s("a/")},
			Expiration: &types.LifecycleExpiration{Days: aws.Int32(30)},
		}}},
	}))(t)
	must(e.s3.PutBucketCors(ctx, &s3.PutBucketCorsInput{Bucket: b, CORSConfiguration: &types.CORSConfiguration{
		CORSRules: []types.CORSRule{{AllowedMethods: []string{"GET"}, AllowedOrigins: []string{"*"}}},
	}}))(t)
	must(e.s3.PutBucketWebsite(ctx, &s3.PutBucketWebsiteInput{Bucket: b, WebsiteConfiguration: &types.WebsiteConfiguration{
		IndexDocument: &types.IndexDocument{Suffix: s("index.html")},
	}}))(t)
	must(e.s3.PutBucketTagging(ctx, &s3.PutBucketTaggingInput{Bucket: b, Tagging: &types.Tagging{
		TagSet: []types.Tag{{Key: s("env"), Value: s("prod")}},
	}}))(t)
	must(e.control.PutPublicAccessBlock(ctx, &s3control.PutPublicAccessBlockInput{
		AccountId: s(motoserver.Account), PublicAccessBlockConfiguration: &controltypes.PublicAccessBlockConfiguration{
			BlockPublicAcls: new(true), BlockPublicPolicy: new(true),
			IgnorePublicAcls: new(true), RestrictPublicBuckets: new(true),
		},
	}))(t)
}

func (e *estate) fillRDS(t *testing.T) {
	ctx, s := t.Context(), aws.String
	vpc := must(e.ec2.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: s("10.0.0.0/16")}))(t).Vpc
	subnet := must(e.ec2.CreateSubnet(ctx, &ec2.CreateSubnetInput{VpcId: vpc.VpcId, CidrBlock: s("10.0.0.0/24")}))(t).Subnet
	tags := []rdstypes.Tag{{Key: s("env"), Value: s("prod")}}
	must(e.rds.CreateDBSubnetGroup(ctx, &rds.CreateDBSubnetGroupInput{
		DBSubnetGroupName: s("private"), DBSubnetGroupDescription: s("Private"), SubnetIds: []string{*subnet.SubnetId}, Tags: tags,
	}))(t)
	must(e.rds.CreateDBInstance(ctx, &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: s("orders"), DBInstanceClass: s("db.t3.micro"), Engine: s("postgres"), MasterUsername: s("root"),
		MasterUserPassword: s("secret123"), AllocatedStorage: aws.Int32(20), DBSubnetGroupName: s("private"), Tags: tags,
	}))(t)
	must(e.rds.CreateDBCluster(ctx, &rds.CreateDBClusterInput{
		DBClusterIdentifier: s("shop"), Engine: s("aurora-postgresql"), MasterUsername: s("root"), MasterUserPassword: s("secret123"),
		Tags: tags,
	}))(t)
	must(e.rds.CreateDBSnapshot(ctx, &rds.CreateDBSnapshotInput{DBInstanceIdentifier: s("orders"), DBSnapshotIdentifier: s("before")}))(t)
	must(e.rds.ModifyDBSnapshotAttribute(ctx, &rds.ModifyDBSnapshotAttributeInput{
		DBSnapshotIdentifier: s("before"), AttributeName: s("restore"), ValuesToAdd: []string{"210987654321"},
	}))(t)
	must(e.rds.CreateDBClusterSnapshot(ctx, &rds.CreateDBClusterSnapshotInput{
		DBClusterIdentifier: s("shop"), DBClusterSnapshotIdentifier: s("shop-1"),
	}))(t)
}
