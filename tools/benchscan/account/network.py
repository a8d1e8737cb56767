"""EC2: networks, machines and volumes; load balancers; API gateways."""

from account import ACCOUNT, ANYWHERE, REGION, ago, api

VPCS, SUBNETS, GROUPS, INSTANCES, VOLUMES = 12, 4, 10, 150, 90
AMI = "ami-0c38b837cd80f13bb"


def populate():
    ec2 = api("ec2")
    with ago(600):
        networks = [network(ec2, n) for n in range(VPCS)]
        peer(ec2, networks)
    machines(ec2, networks)
    with ago(90):
        volumes(ec2)
        balancers(networks)
        gateways()


def named(kind, name):
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


def network(ec2, n):
    """Makes a VPC; returns its id, its subnets', its groups' and its private route table's."""
    vpc = ec2.create_vpc(CidrBlock=f"10.{n}.0.0/16", TagSpecifications=named("vpc", f"vpc-{n}"))["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.{n}.{i}.0/24", AvailabilityZone=REGION + "abcd"[i % 4])["Subnet"]["SubnetId"]
        for i in range(SUBNETS)
    ]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    tables = []
    for i in range(2):
        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        tables.append(table)
        for subnet in subnets[2 * i:2 * i + 2]:
            ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    ec2.create_route(RouteTableId=tables[0], DestinationCidrBlock=ANYWHERE, GatewayId=gateway)
    if n % 3:
        api("logs").create_log_group(logGroupName=f"/vpc/{n}")
        ec2.create_flow_logs(ResourceIds=[vpc], ResourceType="VPC", TrafficType="REJECT" if n % 2 else "ALL", LogGroupName=f"/vpc/{n}",
                             DeliverLogsPermissionArn=f"arn:aws:iam::{ACCOUNT}:role/role-0")
    if n % 4 == 0:
        for service in ("s3", "dynamodb"):
            ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.{service}", VpcEndpointType="Gateway",
                                    RouteTableIds=tables)
    groups = [group(ec2, vpc, i) for i in range(GROUPS)]
    if n % 2 == 0:  # nobody may use the default group
        default = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}])
        default = default["SecurityGroups"][0]
        if default["IpPermissions"]:
            ec2.revoke_security_group_ingress(GroupId=default["GroupId"], IpPermissions=default["IpPermissions"])
        ec2.revoke_security_group_egress(GroupId=default["GroupId"], IpPermissions=default["IpPermissionsEgress"])
    acls(ec2, vpc, n)
    return vpc, subnets, groups, tables[1]


def group(ec2, vpc, i):
    made = ec2.create_security_group(GroupName=f"group-{i}", Description="a group", VpcId=vpc)["GroupId"]
    rules = {
        0: [("tcp", 443, 443, ANYWHERE)],
        1: [("tcp", 22, 22, ANYWHERE)],
        2: [("tcp", 3389, 3389, "::/0")],
        3: [("-1", None, None, ANYWHERE)],
        4: [("tcp", 0, 65535, ANYWHERE)],
        5: [("tcp", 22, 22, "203.0.113.0/24")],
        6: [("tcp", 445, 445, ANYWHERE)],
        7: [("tcp", 20, 25, ANYWHERE), ("udp", 53, 53, ANYWHERE)],
    }.get(i, [("tcp", 5432, 5432, "10.0.0.0/8")])
    for protocol, first, last, source in rules:
        permission = {"IpProtocol": protocol}
        if first is not None:
            permission.update(FromPort=first, ToPort=last)
        if ":" in source:
            permission["Ipv6Ranges"] = [{"CidrIpv6": source}]
        else:
            permission["IpRanges"] = [{"CidrIp": source}]
        ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=[permission])
    return made


def acls(ec2, vpc, n):
    made = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    sources = {0: (ANYWHERE, 22), 1: ("10.0.0.0/8", 22), 2: (ANYWHERE, 443), 3: (ANYWHERE, 3389)}
    cidr, port = sources[n % 4]
    ec2.create_network_acl_entry(NetworkAclId=made, RuleNumber=100, Protocol="6", RuleAction="allow", Egress=False, CidrBlock=cidr,
                                 PortRange={"From": port, "To": port})
    if n % 8 == 0:  # denied before it is allowed
        ec2.create_network_acl_entry(NetworkAclId=made, RuleNumber=50, Protocol="6", RuleAction="deny", Egress=False, CidrBlock=cidr,
                                     PortRange={"From": port, "To": port})


def peer(ec2, networks):
    for a, b, cidr in ((0, 1, "10.1.0.0/16"), (2, 3, "10.3.1.0/24")):
        made = ec2.create_vpc_peering_connection(VpcId=networks[a][0], PeerVpcId=networks[b][0])["VpcPeeringConnection"]
        made = made["VpcPeeringConnectionId"]
        ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=made)
        ec2.create_route(RouteTableId=networks[a][3], DestinationCidrBlock=cidr, VpcPeeringConnectionId=made)


def machines(ec2, networks):
    for i in range(INSTANCES):
        vpc, subnets, groups, _ = networks[i % VPCS]
        more = {"IamInstanceProfile": {"Name": f"role-{i % 20 * 4}"}} if i % 3 else {}
        with ago(30 + i):
            ec2.run_instances(
                ImageId=AMI, InstanceType="t3.large", MinCount=1, MaxCount=1, SubnetId=subnets[i % SUBNETS],
                SecurityGroupIds=[groups[i % GROUPS]], TagSpecifications=named("instance", f"machine-{i}"),
                MetadataOptions={"HttpTokens": "optional" if i % 4 == 0 else "required", "HttpEndpoint": "enabled"},
                BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": {
                    "VolumeSize": 30, "VolumeType": "gp3", "Encrypted": i % 2 == 0, "DeleteOnTermination": True}}], **more)
    reservations = ec2.describe_instances(MaxResults=10)["Reservations"]
    ec2.stop_instances(InstanceIds=[r["Instances"][0]["InstanceId"] for r in reservations])
    address = ec2.allocate_address(Domain="vpc")
    ec2.associate_address(AllocationId=address["AllocationId"], InstanceId=reservations[6]["Instances"][0]["InstanceId"])


def volumes(ec2):
    for i in range(VOLUMES):
        made = ec2.create_volume(AvailabilityZone=REGION + "a", Size=100, VolumeType="gp3", Encrypted=i % 3 == 0)["VolumeId"]
        if i % 3 == 1:
            ec2.create_snapshot(VolumeId=made, Description="nightly")


def balancers(networks):
    elb = api("elbv2")
    for i in range(8):
        vpc, subnets, groups, _ = networks[i]
        made = elb.create_load_balancer(Name=f"balancer-{i}", Subnets=subnets[:2], SecurityGroups=[groups[0]],
                                        Type="network" if i % 4 == 3 else "application")["LoadBalancers"][0]["LoadBalancerArn"]
        if i % 2 == 0:
            elb.modify_load_balancer_attributes(LoadBalancerArn=made, Attributes=[
                {"Key": "access_logs.s3.enabled", "Value": "true"}, {"Key": "access_logs.s3.bucket", "Value": "team-0"}])


def gateways():
    rest, http = api("apigateway"), api("apigatewayv2")
    for i in range(6):
        made = rest.create_rest_api(name=f"rest-{i}")["id"]
        root = rest.get_resources(restApiId=made)["items"][0]["id"]
        rest.put_method(restApiId=made, resourceId=root, httpMethod="GET", authorizationType="NONE")
        rest.put_integration(restApiId=made, resourceId=root, httpMethod="GET", type="MOCK")
        rest.create_deployment(restApiId=made, stageName="live")
        http.create_api(Name=f"http-{i}", ProtocolType="HTTP")
