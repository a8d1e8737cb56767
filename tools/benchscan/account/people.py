"""IAM: users, groups, roles and policies."""

from account import ACCOUNT, ago, allow, api, document, trust

USERS, ROLES, POLICIES, GROUPS = 120, 200, 150, 12
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def populate():
    iam = api("iam")
    with ago(900):
        iam.update_account_password_policy(
            MinimumPasswordLength=10, RequireSymbols=True, RequireNumbers=True, RequireUppercaseCharacters=True,
            RequireLowercaseCharacters=True, AllowUsersToChangePassword=True, PasswordReusePrevention=24)
        policies(iam)
        groups(iam)
    users(iam)
    roles(iam)
    certificates(iam)


def arn(kind, name):
    return f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"


def policies(iam):
    for i in range(POLICIES):
        body = allow(["s3:GetObject", "s3:ListBucket"], [f"arn:aws:s3:::team-{i % 60}", f"arn:aws:s3:::team-{i % 60}/*"])
        if i % 50 == 0:
            body = allow("*")
        elif i % 50 == 1:
            body = document({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})
        elif i % 50 == 2:  # all of everything, said otherwise
            body = document({"Effect": "Allow", "Action": ["*:*"], "Resource": ["*"]})
        iam.create_policy(PolicyName=f"policy-{i}", PolicyDocument=body)


def groups(iam):
    for i in range(GROUPS):
        iam.create_group(GroupName=f"group-{i}")
        iam.attach_group_policy(GroupName=f"group-{i}", PolicyArn=arn("policy", f"policy-{i + 10}"))
    iam.attach_group_policy(GroupName="group-0", PolicyArn=ADMINISTRATOR)
    iam.put_group_policy(GroupName="group-1", PolicyName="inline", PolicyDocument=allow("ec2:Describe*"))


def users(iam):
    for i in range(USERS):
        name = f"user-{i}"
        with ago(400 - 3 * i):
            iam.create_user(UserName=name, Tags=[{"Key": "team", "Value": str(i % 7)}])
            iam.add_user_to_group(UserName=name, GroupName=f"group-{i % GROUPS}")
            if i % 2 == 0:
                iam.create_login_profile(UserName=name, Password="changed-At-First-Sign-in-1", PasswordResetRequired=False)
            if i % 3 == 0:
                serial = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]["SerialNumber"]
                iam.enable_mfa_device(UserName=name, SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321")
            if i % 4 == 1:
                made = iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
                if i % 8 == 5:
                    iam.update_access_key(UserName=name, AccessKeyId=made, Status="Inactive")
        if i % 20 == 3:
            iam.attach_user_policy(UserName=name, PolicyArn=arn("policy", f"policy-{i}"))
        if i % 20 == 7:
            iam.put_user_policy(UserName=name, PolicyName="inline", PolicyDocument=allow("s3:ListAllMyBuckets"))
        if i % 40 == 9:
            iam.create_access_key(UserName=name)
    iam.put_user_policy(UserName="user-2", PolicyName="everything", PolicyDocument=allow("*"))


def roles(iam):
    for i in range(ROLES):
        name = f"role-{i}"
        service = ("ec2", "lambda", "ecs-tasks", "rds")[i % 4]
        policy = trust({"Service": f"{service}.amazonaws.com"})
        if i % 40 == 8:
            policy = trust({"AWS": "arn:aws:iam::999988887777:root"})
        elif i % 40 == 9:
            policy = trust({"AWS": "*"})
        with ago(700 - 3 * i):
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy)
        iam.attach_role_policy(RoleName=name, PolicyArn=arn("policy", f"policy-{i % POLICIES}"))
        if i % 5 == 0:
            iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=allow("logs:PutLogEvents"))
        if i % 4 == 0 and i < 80:
            iam.create_instance_profile(InstanceProfileName=name)
            iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    iam.attach_role_policy(RoleName="role-4", PolicyArn=ADMINISTRATOR)
    iam.attach_role_policy(RoleName="role-5", PolicyArn="arn:aws:iam::aws:policy/AWSCloudShellFullAccess")


def certificates(iam):
    body = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"
    with ago(500):
        for name in ("www", "old"):
            iam.upload_server_certificate(ServerCertificateName=name, CertificateBody=body, PrivateKey="key")
