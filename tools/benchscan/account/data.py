"""Keys, buckets, trails, logs and alarms, topics, queues, functions, databases, secrets and file systems."""

import io
import json
import zipfile

from account import ACCOUNT, REGION, ago, allow, api, document, open_to

KEYS, BUCKETS, LOGS, ALARMS, TOPICS, QUEUES, FUNCTIONS, TABLES, DATABASES, SECRETS, FILES = 60, 60, 150, 60, 60, 80, 80, 40, 40, 60, 15
ANYONE = {"AWS": "*"}

# What CIS 5.1 to 5.15 look for; the account watches some of it.
FILTERS = {
    "unauthorized": '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }',
    "sign-in-without-mfa": '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") }',
    "root": '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }',
    "sign-in-failures": '{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }',
    "keys": '{ ($.eventSource = kms.amazonaws.com) && (($.eventName=DisableKey)||($.eventName=ScheduleKeyDeletion)) }',
    "trails": '{ ($.eventName = CreateTrail) || ($.eventName = UpdateTrail) || ($.eventName = DeleteTrail) || '
              '($.eventName = StartLogging) || ($.eventName = StopLogging) }',
}


def populate():
    with ago(500):
        keys = [key(i) for i in range(KEYS)]
        bucket_for_logs()
        for i in range(BUCKETS):
            bucket(i, keys)
        watched(keys)
    with ago(200):
        logs(keys)
        messages(keys)
        functions()
        tables(keys)
        databases()
        others(keys)


def key(i):
    kms = api("kms")
    owner = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
    statements = [owner]
    if i % 20 == 3:
        statements.append({"Effect": "Allow", "Principal": ANYONE, "Action": "kms:Decrypt", "Resource": "*"})
    if i % 20 == 4:  # everyone, but only through a service of this account
        statements.append({"Effect": "Allow", "Principal": ANYONE, "Action": "kms:Decrypt", "Resource": "*",
                           "Condition": {"StringEquals": {"kms:CallerAccount": ACCOUNT}}})
    kind = {"KeyUsage": "SIGN_VERIFY", "KeySpec": "RSA_2048"} if i % 15 == 14 else {}
    made = kms.create_key(Description=f"key {i}", Policy=document(*statements), **kind)["KeyMetadata"]
    kms.create_alias(AliasName=f"alias/key-{i}", TargetKeyId=made["KeyId"])
    if i % 2 == 0 and not kind:
        kms.enable_key_rotation(KeyId=made["KeyId"])
    if i % 12 == 7:
        kms.disable_key(KeyId=made["KeyId"])
    if i == 41:
        kms.schedule_key_deletion(KeyId=made["KeyId"])
    return made["Arn"]


def bucket_for_logs():
    s3, name = api("s3"), "access-logs"
    s3.create_bucket(Bucket=name)
    s3.put_bucket_policy(Bucket=name, Policy=open_to(
        {"Service": "logging.s3.amazonaws.com"}, "s3:PutObject", f"arn:aws:s3:::{name}/*",
        Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}}))


def bucket(i, keys):
    s3, name = api("s3"), f"team-{i}"
    s3.create_bucket(Bucket=name)
    objects = [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
    if i % 3:
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration={
            "BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": i % 7 != 1, "RestrictPublicBuckets": True})
    if i % 4 == 0:
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [
            {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": keys[i]}}]})
    if i % 2:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    if i % 5 == 0:
        s3.put_bucket_logging(Bucket=name, BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "access-logs", "TargetPrefix": name}})
    plain = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": objects, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    policies = {
        0: [plain],
        1: [dict(plain, Resource=objects[1])],  # the objects alone
        2: [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": objects[1]}],
        3: [plain, {"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": objects[1]}],
        4: [dict(plain, Action="s3:GetObject")],  # reading alone
        5: [{"Effect": "Allow", "Principal": ANYONE, "Action": "s3:*", "Resource": objects,
             "Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}}, plain],
    }
    if i % 8 in policies:
        s3.put_bucket_policy(Bucket=name, Policy=document(*policies[i % 8]))
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "team", "Value": str(i)}]})


def watched(keys):
    """Trails, and what watches their log group."""
    s3, logs, sns, watch = api("s3"), api("logs"), api("sns"), api("cloudwatch")
    for name in ("trail-logs", "trail-logs-plain"):
        s3.create_bucket(Bucket=name)
    s3.put_bucket_logging(Bucket="trail-logs", BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "access-logs", "TargetPrefix": "trail"}})
    logs.create_log_group(logGroupName="trail")
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:trail:*"
    role = f"arn:aws:iam::{ACCOUNT}:role/role-0"
    trails = api("cloudtrail")
    trails.create_trail(Name="account", S3BucketName="trail-logs", IncludeGlobalServiceEvents=True, IsMultiRegionTrail=True,
                        EnableLogFileValidation=True, KmsKeyId=keys[0], CloudWatchLogsLogGroupArn=group, CloudWatchLogsRoleArn=role)
    trails.put_event_selectors(TrailName="account", EventSelectors=[
        {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": [
            {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}])
    trails.start_logging(Name="account")
    for i in range(2):
        trails.create_trail(Name=f"plain-{i}", S3BucketName="trail-logs-plain", IncludeGlobalServiceEvents=False)
        if i:
            trails.start_logging(Name=f"plain-{i}")
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue-1")
    for name, pattern in FILTERS.items():
        logs.put_metric_filter(logGroupName="trail", filterName=name, filterPattern=pattern, metricTransformations=[
            {"metricName": name, "metricNamespace": "CIS", "metricValue": "1"}])
        if name != "keys":  # a filter without an alarm
            watch.put_metric_alarm(AlarmName=name, MetricName=name, Namespace="CIS", Statistic="Sum", Period=300, EvaluationPeriods=1,
                                   Threshold=1, ComparisonOperator="GreaterThanOrEqualToThreshold", AlarmActions=[topic])


def logs(keys):
    api_logs, watch = api("logs"), api("cloudwatch")
    for i in range(LOGS):
        more = {"kmsKeyId": keys[0]} if i % 10 == 0 else {}
        api_logs.create_log_group(logGroupName=f"/app/{i}", **more)
        if i % 2:
            api_logs.put_retention_policy(logGroupName=f"/app/{i}", retentionInDays=365 if i % 4 == 1 else 30)
    for i in range(ALARMS):
        watch.put_metric_alarm(AlarmName=f"alarm-{i}", MetricName="CPUUtilization", Namespace="AWS/EC2", Statistic="Average", Period=300,
                               EvaluationPeriods=2, Threshold=90, ComparisonOperator="GreaterThanThreshold")


def messages(keys):
    sns, sqs = api("sns"), api("sqs")
    for i in range(TOPICS):
        arn = sns.create_topic(Name=f"topic-{i}")["TopicArn"]
        if i % 12 == 5:
            sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=open_to(ANYONE, "sns:Publish", arn))
        if i % 12 == 6:
            sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=open_to(
                "*", "sns:Publish", arn, Condition={"ArnLike": {"aws:SourceArn": f"arn:aws:s3:::team-{i}"}}))
        if i % 3 == 0:
            sns.set_topic_attributes(TopicArn=arn, AttributeName="KmsMasterKeyId", AttributeValue=keys[1])
    for i in range(QUEUES):
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue-{i}"
        attributes = {"KmsMasterKeyId": keys[1]} if i % 3 == 0 else {}
        if i % 16 == 5:
            attributes["Policy"] = open_to("*", "sqs:SendMessage", arn)
        if i % 16 == 6:
            attributes["Policy"] = open_to("*", "sqs:SendMessage", arn, Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}})
        sqs.create_queue(QueueName=f"queue-{i}", Attributes=attributes)


def functions():
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as z:
        z.writestr("index.py", "def handler(event, context): pass")
    fn = api("lambda")
    for i in range(FUNCTIONS):
        name = f"function-{i}"
        fn.create_function(FunctionName=name, Runtime="python3.8" if i % 5 == 0 else "python3.13", Handler="index.handler",
                           Role=f"arn:aws:iam::{ACCOUNT}:role/role-1", Code={"ZipFile": code.getvalue()},
                           Environment={"Variables": {"STAGE": "live"}})
        if i % 10 == 1:
            fn.add_permission(FunctionName=name, StatementId="any", Action="lambda:InvokeFunction", Principal="*")
        if i % 10 == 2:
            fn.add_permission(FunctionName=name, StatementId="bucket", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
                              SourceArn=f"arn:aws:s3:::team-{i}")


def tables(keys):
    db = api("dynamodb")
    for i in range(TABLES):
        more = {"SSESpecification": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": keys[2]}} if i % 2 else {}
        db.create_table(TableName=f"table-{i}", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}], **more)


def databases():
    rds = api("rds")
    for i in range(DATABASES):
        rds.create_db_instance(
            DBInstanceIdentifier=f"database-{i}", Engine="postgres", DBInstanceClass="db.t3.medium", AllocatedStorage=20,
            MasterUsername="app", MasterUserPassword="not-a-Secret-1", StorageEncrypted=i % 2 == 0, PubliclyAccessible=i % 5 == 0,
            AutoMinorVersionUpgrade=i % 3 != 0, MultiAZ=i % 4 == 0, BackupRetentionPeriod=i % 8)
    for i in range(4):
        rds.create_db_cluster(DBClusterIdentifier=f"cluster-{i}", Engine="aurora-postgresql", MasterUsername="app",
                              MasterUserPassword="not-a-Secret-1", StorageEncrypted=i % 2 == 0)


def others(keys):
    secrets, efs, ecr, events, glacier = api("secretsmanager"), api("efs"), api("ecr"), api("events"), api("glacier")
    for i in range(SECRETS):
        secrets.create_secret(Name=f"secret-{i}", SecretString=json.dumps({"user": "app"}))
        if i % 20 == 7:
            secrets.put_resource_policy(SecretId=f"secret-{i}", ResourcePolicy=open_to("*", "secretsmanager:GetSecretValue", "*"))
    for i in range(FILES):
        efs.create_file_system(CreationToken=f"files-{i}", Encrypted=i % 2 == 0)
    for i in range(20):
        ecr.create_repository(repositoryName=f"image-{i}")
    for i in range(10):
        events.create_event_bus(Name=f"bus-{i}")
        if i % 5 == 1:
            events.put_permission(EventBusName=f"bus-{i}", StatementId="any", Action="events:PutEvents", Principal="*")
    for i in range(4):
        glacier.create_vault(accountId=ACCOUNT, vaultName=f"vault-{i}")
    api("ec2").enable_ebs_encryption_by_default()
    config = api("config")
    config.put_configuration_recorder(ConfigurationRecorder={
        "name": "default", "roleARN": f"arn:aws:iam::{ACCOUNT}:role/role-0",
        "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True}})
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "team-1"})
    config.start_configuration_recorder(ConfigurationRecorderName="default")
    api("guardduty").create_detector(Enable=True)
    api("securityhub").enable_security_hub()
