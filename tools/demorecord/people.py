"""IAM: the people, machines and rules of the account."""

import json

from account import ACCOUNT, ago, allow, api, document, seed, trust

TEAM = {
    "maria.lopez": ["platform"],
    "jonas.weber": ["developers"],
    "priya.shah": ["developers"],
    "tomas.novak": ["auditors"],
}
SAML_METADATA = """<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://sso.example.com/nordwind">
<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://sso.example.com/nordwind/saml"/>
</IDPSSODescriptor></EntityDescriptor>""".ljust(1200)


def policy_arn(name):
    return f"arn:aws:iam::{ACCOUNT}:policy/{name}"


def populate():
    iam = api("iam")
    seed("policies")
    with ago(900):
        iam.create_account_alias(AccountAlias="nordwind-shop")
        iam.update_account_password_policy(
            MinimumPasswordLength=14, RequireSymbols=True, RequireNumbers=True, RequireUppercaseCharacters=True,
            RequireLowercaseCharacters=True, AllowUsersToChangePassword=True, MaxPasswordAge=365, PasswordReusePrevention=24,
        )
        policies(iam)
        groups(iam)
    users(iam)
    seed("roles")
    roles(iam)
    with ago(610):
        iam.create_saml_provider(Name="nordwind-sso", SAMLMetadataDocument=SAML_METADATA)


def policies(iam):
    make = lambda name, doc, about: iam.create_policy(PolicyName=name, PolicyDocument=doc, Description=about)  # noqa: E731
    make("shop-assets-read", allow(["s3:GetObject", "s3:ListBucket"],
         ["arn:aws:s3:::nordwind-shop-assets", "arn:aws:s3:::nordwind-shop-assets/*"]), "Web servers read the shop's pictures")
    make("shop-orders-write", allow(["sqs:SendMessage", "sqs:GetQueueUrl"], f"arn:aws:sqs:eu-west-1:{ACCOUNT}:orders"),
         "Web servers hand orders over")
    make("shop-deploy", allow(["ec2:Describe*", "ec2:RunInstances", "ec2:CreateTags", "rds:Describe*", "rds:ModifyDBInstance",
         "s3:*"], "*"), "What the pipeline may do")
    make("backup-write", allow(["s3:PutObject", "s3:AbortMultipartUpload"], "arn:aws:s3:::nordwind-backups/*"), "Nightly backups")
    make("require-mfa", document({"Effect": "Deny", "NotAction": ["iam:*MFADevice", "sts:GetSessionToken"], "Resource": "*",
         "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}), "Nothing without a second factor")
    make("invoices-read", allow("s3:GetObject", "arn:aws:s3:::nordwind-invoices/*"), "Bookkeeping")


def groups(iam):
    for name, attached in {
        "platform": ["arn:aws:iam::aws:policy/PowerUserAccess", policy_arn("require-mfa")],
        "developers": ["arn:aws:iam::aws:policy/ReadOnlyAccess", policy_arn("require-mfa")],
        "auditors": ["arn:aws:iam::aws:policy/SecurityAudit"],
        "bookkeeping": [policy_arn("invoices-read")],
    }.items():
        iam.create_group(GroupName=name)
        for arn in attached:
            iam.attach_group_policy(GroupName=name, PolicyArn=arn)


def users(iam):
    for days, (name, member_of) in zip((880, 540, 300, 210), TEAM.items()):
        seed(f"user {name}")
        with ago(days):
            iam.create_user(UserName=name, Tags=[{"Key": "team", "Value": member_of[0]}])
            iam.create_login_profile(UserName=name, Password="changed-At-First-Sign-in-1", PasswordResetRequired=False)
            for group in member_of:
                iam.add_user_to_group(UserName=name, GroupName=group)
            if name != "jonas.weber":  # the one without a second factor
                serial = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]["SerialNumber"]
                iam.enable_mfa_device(UserName=name, SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321")
    seed("machine users")
    with ago(760):  # the one old key
        iam.create_user(UserName="ci-deploy", Tags=[{"Key": "team", "Value": "platform"}])
        iam.attach_user_policy(UserName="ci-deploy", PolicyArn=policy_arn("shop-deploy"))
        iam.create_access_key(UserName="ci-deploy")
    with ago(75):
        iam.create_user(UserName="backup-agent")
        iam.attach_user_policy(UserName="backup-agent", PolicyArn=policy_arn("backup-write"))
        iam.create_access_key(UserName="backup-agent")
    with ago(40):
        iam.create_access_key(UserName="maria.lopez")


def roles(iam):
    compute = trust({"Service": "ec2.amazonaws.com"})
    for days, name, attached in (
        (700, "shop-web", ["shop-assets-read", "shop-orders-write"]),
        (700, "shop-worker", ["shop-assets-read", "backup-write"]),
        (420, "reporting", []),
    ):
        with ago(days):
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=compute, Description=f"Instances of {name}",
                            Tags=[{"Key": "env", "Value": "production"}])
            iam.create_instance_profile(InstanceProfileName=name)
            iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
            for policy in attached:
                iam.attach_role_policy(RoleName=name, PolicyArn=policy_arn(policy))
    with ago(420):
        iam.put_role_policy(RoleName="reporting", PolicyName="data-lake-read",
                            PolicyDocument=allow(["s3:GetObject", "s3:ListBucket"], ["arn:aws:s3:::nordwind-data-lake",
                                                 "arn:aws:s3:::nordwind-data-lake/*"]))
        iam.create_role(RoleName="rds-monitoring", AssumeRolePolicyDocument=trust({"Service": "monitoring.rds.amazonaws.com"}))
        iam.create_role(RoleName="vpc-flow-logs", AssumeRolePolicyDocument=trust({"Service": "vpc-flow-logs.amazonaws.com"}))
    with ago(380):
        iam.create_role(RoleName="github-deploy", Description="The pipeline", AssumeRolePolicyDocument=trust(
            {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"},
            "sts:AssumeRoleWithWebIdentity", Condition={"StringEquals": {
                "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                "token.actions.githubusercontent.com:sub": "repo:nordwind/shop:ref:refs/heads/main"}}))
        iam.attach_role_policy(RoleName="github-deploy", PolicyArn=policy_arn("shop-deploy"))
    with ago(610):
        for policy, suffix in (("PowerUserAccess", "4f1c2b7a9d0e3c55"), ("AdministratorAccess", "9be07d1f6a2c4e88")):
            name = f"AWSReservedSSO_{policy}_{suffix}"
            iam.create_role(RoleName=name, Path="/aws-reserved/sso.amazonaws.com/eu-west-1/", AssumeRolePolicyDocument=trust(
                {"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/nordwind-sso"}, ["sts:AssumeRoleWithSAML", "sts:TagSession"]))
            iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
    with ago(190):
        iam.create_role(RoleName="support-partner", Description="The agency that looks after the shop at night",
                        AssumeRolePolicyDocument=trust({"AWS": "arn:aws:iam::210987654321:root"},
                                                       Condition={"StringEquals": {"sts:ExternalId": "nordwind-7731"}}))
        iam.attach_role_policy(RoleName="support-partner", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    with ago(2):
        iam.create_role(RoleName="InfraAuditReadOnly", AssumeRolePolicyDocument=trust(
            {"AWS": "arn:aws:iam::999988887777:role/infraaudit"},
            Condition={"StringEquals": {"sts:ExternalId": "ia-5f0c7f6c9b"}}))
        iam.attach_role_policy(RoleName="InfraAuditReadOnly", PolicyArn="arn:aws:iam::aws:policy/SecurityAudit")


def change():
    """The second state: someone lets a second agency in, without an external id, and someone becomes administrator."""
    iam = api("iam")
    iam.update_assume_role_policy(RoleName="support-partner", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::210987654321:root"}, "Action": "sts:AssumeRole",
             "Condition": {"StringEquals": {"sts:ExternalId": "nordwind-7731"}}},
            {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "sts:AssumeRole"},
        ]}))
    iam.attach_user_policy(UserName="jonas.weber", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
