"""EC2 and RDS: networks, machines, volumes, databases."""

from account import ACCOUNT, FRANKFURT, HOME, VIRGINIA, ago, api, seed, spec, tags
from storage import KEYS

AMI = "ami-0c38b837cd80f13bb"  # a public Ubuntu image
# Whose other half was thrown away.
PUBLIC_KEY = (
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC1sEeZSGReyzzE3V9YpcCLFpw+QLymecxuKNqxxneu2hkad8BSXnhx90a66tBE"
    "ELASl/YoTk6gR83fzKLxM1JgKi1pKfIiILcCKi9updSV154mZ0ULLWewJvDbFP5y9Oz10yx+r+80jgWTixtKUauE5tPc/yI2hQAj"
    "mpNbc4WIOsUOxmtrc1omLBGMcKGGkPmiwtquT7tQOnMAifgV/3OSZLdJAevDN7nUmR6AD1MDaEOyigQjCRhXEjViJRga2A/RfVjY"
    "LDoAGXIdAtVoQBbKAKywDkvikFjWuSn0WCQSCC5h0SAVM9VhIP5o/nkWPR6Rkqs9iMKGCxa1Z1DKSHVt"
)
IDS = {}  # what a later step names: "web-1" -> "i-..."

FROM_ANYWHERE, OFFICE = "0.0.0.0/0", "203.0.113.0/26"


def populate():
    with ago(860):
        production()
    with ago(500):
        staging()
    instances()
    volumes()
    elsewhere()
    databases()


def subnet(ec2, vpc, name, cidr, zone, public=False, **labels):
    made = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone, TagSpecifications=spec("subnet", name, **labels))
    IDS[name] = made["Subnet"]["SubnetId"]
    if public:
        ec2.modify_subnet_attribute(SubnetId=IDS[name], MapPublicIpOnLaunch={"Value": True})


def group(ec2, vpc, name, about, *rules, **labels):
    made = ec2.create_security_group(GroupName=name, Description=about, VpcId=vpc,
                                     TagSpecifications=spec("security-group", name, **labels))
    IDS[name] = made["GroupId"]
    for port, source, why in rules:
        permission = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port}
        if source.startswith("sg:"):
            permission["UserIdGroupPairs"] = [{"GroupId": IDS[source[3:]], "Description": why}]
        else:
            permission["IpRanges"] = [{"CidrIp": source, "Description": why}]
        ec2.authorize_security_group_ingress(GroupId=IDS[name], IpPermissions=[permission])


def production():
    seed("production")
    ec2 = api("ec2")
    env = {"env": "production"}
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=spec("vpc", "production", **env))["Vpc"]["VpcId"]
    IDS["production"] = vpc
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    for name, cidr, zone, public in (
        ("production-public-a", "10.0.0.0/24", "a", True), ("production-public-b", "10.0.1.0/24", "b", True),
        ("production-app-a", "10.0.10.0/24", "a", False), ("production-app-b", "10.0.11.0/24", "b", False),
        ("production-data-a", "10.0.20.0/24", "a", False), ("production-data-b", "10.0.21.0/24", "b", False),
    ):
        subnet(ec2, vpc, name, cidr, HOME + zone, public, **env)
    gateway = ec2.create_internet_gateway(TagSpecifications=spec("internet-gateway", "production", **env))
    gateway = gateway["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    address = ec2.allocate_address(Domain="vpc", TagSpecifications=spec("elastic-ip", "production-nat", **env))
    nat = ec2.create_nat_gateway(SubnetId=IDS["production-public-a"], AllocationId=address["AllocationId"],
                                 TagSpecifications=spec("natgateway", "production", **env))["NatGateway"]["NatGatewayId"]
    routes(ec2, vpc, "production-public", {"GatewayId": gateway}, "production-public-a", "production-public-b")
    routes(ec2, vpc, "production-private", {"NatGatewayId": nat}, "production-app-a", "production-app-b", "production-data-a",
           "production-data-b")
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{HOME}.s3", VpcEndpointType="Gateway",
                            RouteTableIds=[IDS["production-private"]], PrivateDnsEnabled=False, TagSpecifications=spec("vpc-endpoint", "s3", **env))
    group(ec2, vpc, "production-web", "Web servers", (443, FROM_ANYWHERE, "shop"), (80, FROM_ANYWHERE, "redirect"), **env)
    group(ec2, vpc, "production-bastion", "The way in", (22, OFFICE, "office"), **env)
    group(ec2, vpc, "production-app", "Application", (8080, "sg:production-web", "web"), (22, "sg:production-bastion", "bastion"), **env)
    group(ec2, vpc, "production-data", "Databases", (5432, "sg:production-app", "application"), **env)
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{HOME}.kms", VpcEndpointType="Interface", PrivateDnsEnabled=True,
                            SubnetIds=[IDS["production-app-a"]], SecurityGroupIds=[IDS["production-app"]],
                            TagSpecifications=spec("vpc-endpoint", "kms", **env))
    acl(ec2, vpc, env)
    api("logs").create_log_group(logGroupName="/vpc/production")
    ec2.create_flow_logs(ResourceIds=[vpc], ResourceType="VPC", TrafficType="ALL", LogGroupName="/vpc/production",
                         DeliverLogsPermissionArn=f"arn:aws:iam::{ACCOUNT}:role/vpc-flow-logs",
                         TagSpecifications=spec("vpc-flow-log", "production", **env))
    ec2.import_key_pair(KeyName="production-2023", PublicKeyMaterial=PUBLIC_KEY, TagSpecifications=spec("key-pair", None, **env))


def routes(ec2, vpc, name, target, *subnets):
    table = ec2.create_route_table(VpcId=vpc, TagSpecifications=spec("route-table", name))["RouteTable"]["RouteTableId"]
    IDS[name] = table
    ec2.create_route(RouteTableId=table, DestinationCidrBlock=FROM_ANYWHERE, **target)
    for s in subnets:
        ec2.associate_route_table(RouteTableId=table, SubnetId=IDS[s])


def acl(ec2, vpc, env):
    made = ec2.create_network_acl(VpcId=vpc, TagSpecifications=spec("network-acl", "production-data", **env))
    made = made["NetworkAcl"]["NetworkAclId"]
    for number, egress, cidr, protocol in ((100, False, "10.0.0.0/16", "-1"), (100, True, "10.0.0.0/16", "-1"),
                                           (110, True, FROM_ANYWHERE, "6")):
        ports = {"PortRange": {"From": 443, "To": 443}} if protocol == "6" else {}
        ec2.create_network_acl_entry(NetworkAclId=made, RuleNumber=number, Protocol=protocol, RuleAction="allow", Egress=egress,
                                     CidrBlock=cidr, **ports)


def staging():
    seed("staging")
    ec2 = api("ec2")
    env = {"env": "staging"}
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16", TagSpecifications=spec("vpc", "staging", **env))["Vpc"]["VpcId"]
    subnet(ec2, vpc, "staging-a", "10.1.0.0/24", HOME + "a", True, **env)
    subnet(ec2, vpc, "staging-b", "10.1.1.0/24", HOME + "b", True, **env)
    gateway = ec2.create_internet_gateway(TagSpecifications=spec("internet-gateway", "staging", **env))
    gateway = gateway["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    routes(ec2, vpc, "staging", {"GatewayId": gateway}, "staging-a", "staging-b")
    group(ec2, vpc, "staging-web", "Staging", (443, OFFICE, "office"), (22, OFFICE, "office"), **env)
    peering = ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=IDS["production"],
                                                TagSpecifications=spec("vpc-peering-connection", "staging-production"))
    peering = peering["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    ec2.create_route(RouteTableId=IDS["staging"], DestinationCidrBlock="10.0.0.0/16", VpcPeeringConnectionId=peering)
    ec2.import_key_pair(KeyName="staging", PublicKeyMaterial=PUBLIC_KEY, TagSpecifications=spec("key-pair", None, **env))


def run(name, kind, subnet_name, groups, days, profile=None, hop=1, region=HOME, image=AMI, **labels):
    seed(f"instance {name}")
    ec2 = api("ec2", region)
    more = {"IamInstanceProfile": {"Name": profile}} if profile else {}
    if name:
        more["TagSpecifications"] = spec("instance", name, **labels) + spec("volume", f"{name}-root", **labels)
    where = {"SubnetId": IDS[subnet_name], "SecurityGroupIds": [IDS[g] for g in groups]} if subnet_name else {}
    with ago(days):
        made = ec2.run_instances(
            ImageId=image, InstanceType=kind, MinCount=1, MaxCount=1, ClientToken=f"launch-{name or kind}",
            MetadataOptions={"HttpTokens": "required" if hop else "optional", "HttpEndpoint": "enabled", "HttpPutResponseHopLimit": 2},
            BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 30, "VolumeType": "gp3", "Encrypted": bool(hop),
                                                                     "DeleteOnTermination": True}}],
            **where, **more)
        IDS[name] = made["Instances"][0]["InstanceId"]


def instances():
    env = {"env": "production", "team": "shop"}
    run("web-1", "t3.large", "production-public-a", ["production-web"], 120, "shop-web", **env)
    run("web-2", "t3.large", "production-public-b", ["production-web"], 120, "shop-web", **env)
    run("app-1", "m6i.large", "production-app-a", ["production-app"], 118, "shop-web", **env)
    run("app-2", "m6i.large", "production-app-b", ["production-app"], 118, "shop-web", **env)
    run("worker-1", "c6i.xlarge", "production-app-a", ["production-app"], 96, "shop-worker", **env)
    run("bastion", "t3.micro", "production-public-a", ["production-bastion"], 640, hop=0, env="production", team="platform")
    run("staging-web-1", "t3.medium", "staging-a", ["staging-web"], 61, "shop-web", env="staging", team="shop")
    run("staging-worker-1", "t3.medium", "staging-b", ["staging-web"], 61, env="staging", team="shop")
    seed("addresses")
    ec2 = api("ec2")
    with ago(9):
        ec2.stop_instances(InstanceIds=[IDS["staging-worker-1"]])
    with ago(640):
        address = ec2.allocate_address(Domain="vpc", TagSpecifications=spec("elastic-ip", "bastion", env="production"))
        ec2.associate_address(AllocationId=address["AllocationId"], InstanceId=IDS["bastion"])
    with ago(220):
        ec2.allocate_address(Domain="vpc", TagSpecifications=spec("elastic-ip", "old-mail-relay"))  # used by nothing


def volumes():
    seed("volumes")
    ec2 = api("ec2")
    key = f"arn:aws:kms:{HOME}:{ACCOUNT}:key/{KEYS['shop-data', HOME]}"
    with ago(96):
        data = ec2.create_volume(AvailabilityZone=HOME + "a", Size=200, VolumeType="gp3", Encrypted=True, KmsKeyId=key,
                                 TagSpecifications=spec("volume", "worker-1-queue", env="production"))["VolumeId"]
        ec2.attach_volume(VolumeId=data, InstanceId=IDS["worker-1"], Device="/dev/sdf")
    with ago(410):
        IDS["migration-scratch"] = ec2.create_volume(
            AvailabilityZone=HOME + "b", Size=500, VolumeType="gp2",
            TagSpecifications=spec("volume", "migration-scratch"))["VolumeId"]  # attached to nothing
    for days in (3, 2, 1):
        with ago(days, hours=9):
            ec2.create_snapshot(VolumeId=data, Description="nightly", TagSpecifications=spec("snapshot", "worker-1-queue", env="production"))
    with ago(409):
        ec2.create_snapshot(VolumeId=IDS["migration-scratch"], Description="before the migration",
                            TagSpecifications=spec("snapshot", "migration"))
    with ago(119):
        ec2.create_image(InstanceId=IDS["web-1"], Name="nordwind-web-2025-09", Description="Web servers", NoReboot=True,
                         TagSpecifications=spec("image", "nordwind-web", env="production"))


    with ago(300):
        ec2.enable_ebs_encryption_by_default()


def elsewhere():
    seed("elsewhere")
    virginia, frankfurt = api("ec2", VIRGINIA), api("ec2", FRANKFURT)
    with ago(730):
        vpc = virginia.create_vpc(CidrBlock="10.8.0.0/16", TagSpecifications=spec("vpc", "newsletter"))["Vpc"]["VpcId"]
        subnet(virginia, vpc, "newsletter-a", "10.8.0.0/24", VIRGINIA + "a", True)
        group(virginia, vpc, "newsletter", "Newsletter", (443, FROM_ANYWHERE, "web"), (25, FROM_ANYWHERE, "mail"))
    run("newsletter-1", "t3.small", "newsletter-a", ["newsletter"], 730, hop=0, region=VIRGINIA, image="ami-0fc5d935ebf8bc3bc")
    with ago(350):
        vpc = frankfurt.create_vpc(CidrBlock="10.9.0.0/16", TagSpecifications=spec("vpc", "reporting", env="production"))["Vpc"]["VpcId"]
        subnet(frankfurt, vpc, "reporting-a", "10.9.0.0/24", FRANKFURT + "a", env="production")
        subnet(frankfurt, vpc, "reporting-b", "10.9.1.0/24", FRANKFURT + "b", env="production")
        group(frankfurt, vpc, "reporting", "Reporting", (5432, "10.9.0.0/16", "inside"), env="production")


def databases():
    seed("databases")
    rds, frankfurt = api("rds"), api("rds", FRANKFURT)
    shop = {"MasterUsername": "shop", "MasterUserPassword": "never-used-1", "Tags": tags(env="production", team="shop")}
    key = f"arn:aws:kms:{HOME}:{ACCOUNT}:key/{KEYS['shop-data', HOME]}"
    with ago(840):
        rds.create_db_subnet_group(DBSubnetGroupName="production-data", DBSubnetGroupDescription="Databases",
                                   SubnetIds=[IDS["production-data-a"], IDS["production-data-b"]])
        rds.create_db_instance(
            DBInstanceIdentifier="shop-catalogue", Engine="postgres", EngineVersion="16.4", DBInstanceClass="db.m6g.large", LicenseModel="postgresql-license",
            AllocatedStorage=200, StorageType="gp3", MultiAZ=True, StorageEncrypted=True, KmsKeyId=key, BackupRetentionPeriod=14,
            DeletionProtection=True, DBSubnetGroupName="production-data", VpcSecurityGroupIds=[IDS["production-data"]],
            CopyTagsToSnapshot=True, AutoMinorVersionUpgrade=True, PreferredBackupWindow="01:00-02:00",
            PreferredMaintenanceWindow="sun:03:00-sun:04:00", PubliclyAccessible=False, EnableIAMDatabaseAuthentication=True, **shop)
    with ago(400):
        rds.create_db_cluster(
            DBClusterIdentifier="shop-orders", Engine="aurora-postgresql", EngineVersion="16.6", StorageEncrypted=True, KmsKeyId=key,
            BackupRetentionPeriod=14, DeletionProtection=True, DBSubnetGroupName="production-data",
            VpcSecurityGroupIds=[IDS["production-data"]], CopyTagsToSnapshot=True, PreferredBackupWindow="01:00-02:00",
            PreferredMaintenanceWindow="sun:03:00-sun:04:00", **shop)
        for name in ("shop-orders-1", "shop-orders-2"):
            rds.create_db_instance(DBInstanceIdentifier=name, DBClusterIdentifier="shop-orders", Engine="aurora-postgresql",
                                   DBInstanceClass="db.r6g.large", LicenseModel="postgresql-license", Tags=tags(env="production", team="shop"))
    with ago(500):
        rds.create_db_instance(
            DBInstanceIdentifier="shop-staging", Engine="postgres", EngineVersion="16.4", DBInstanceClass="db.t4g.medium", LicenseModel="postgresql-license",
            AllocatedStorage=50, StorageType="gp3", StorageEncrypted=False, BackupRetentionPeriod=1, PubliclyAccessible=False,
            MasterUsername="shop", MasterUserPassword="never-used-1", Tags=tags(env="staging", team="shop"))
    with ago(30):
        rds.create_db_snapshot(DBInstanceIdentifier="shop-catalogue", DBSnapshotIdentifier="catalogue-before-16-4", Tags=tags(env="production"))
        rds.create_db_cluster_snapshot(DBClusterIdentifier="shop-orders", DBClusterSnapshotIdentifier="orders-before-sale",
                                       Tags=tags(env="production"))
    with ago(6):
        rds.create_db_snapshot(DBInstanceIdentifier="shop-staging", DBSnapshotIdentifier="staging-copy")
    with ago(350):
        frankfurt.create_db_subnet_group(DBSubnetGroupName="reporting", DBSubnetGroupDescription="Reporting",
                                         SubnetIds=[IDS["reporting-a"], IDS["reporting-b"]])
        frankfurt.create_db_instance(
            DBInstanceIdentifier="reporting", Engine="postgres", EngineVersion="15.8", DBInstanceClass="db.t4g.large", AllocatedStorage=100,
            LicenseModel="postgresql-license", KmsKeyId=f"arn:aws:kms:{FRANKFURT}:{ACCOUNT}:key/{KEYS['backups', FRANKFURT]}",
            StorageEncrypted=True, BackupRetentionPeriod=7, DBSubnetGroupName="reporting", VpcSecurityGroupIds=[IDS["reporting"]],
            MasterUsername="reporting", MasterUserPassword="never-used-1", Tags=tags(env="production", team="data"))


def change():
    """The second state: a door is opened, a database loses its safety nets, a machine grows, another appears."""
    ec2, rds = api("ec2"), api("rds")
    ec2.authorize_security_group_ingress(GroupId=IDS["production-web"], IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": FROM_ANYWHERE, "Description": "temporary"}]}])
    ec2.stop_instances(InstanceIds=[IDS["worker-1"]])
    ec2.modify_instance_attribute(InstanceId=IDS["worker-1"], InstanceType={"Value": "c6i.4xlarge"})
    ec2.start_instances(InstanceIds=[IDS["worker-1"]])
    ec2.delete_volume(VolumeId=IDS["migration-scratch"])
    rds.modify_db_instance(DBInstanceIdentifier="shop-catalogue", DeletionProtection=False, BackupRetentionPeriod=1, ApplyImmediately=True)
    run("", "g5.xlarge", None, [], 0, hop=0, region=FRANKFURT, image="ami-0faab6bdbac9486fb")
