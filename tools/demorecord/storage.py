"""S3, KMS and CloudTrail."""

import json

from account import ACCOUNT, FRANKFURT, HOME, VIRGINIA, ago, api, document, seed, tags

KEYS = {}  # alias -> key id

BUCKETS = (
    # name, region, days old, tags
    ("nordwind-access-logs", HOME, 900, {"env": "production", "team": "platform"}),
    ("nordwind-backups", HOME, 890, {"env": "production", "team": "platform"}),
    ("nordwind-cloudtrail", HOME, 895, {"env": "production", "team": "platform"}),
    ("nordwind-data-lake", HOME, 410, {"env": "production", "team": "data"}),
    ("nordwind-invoices", HOME, 640, {"env": "production", "team": "bookkeeping"}),
    ("nordwind-shop-assets", HOME, 880, {"env": "production", "team": "shop"}),
    ("nordwind-shop-uploads", HOME, 505, {"env": "production", "team": "shop"}),
    ("nordwind-terraform-state", HOME, 870, {"team": "platform"}),
    ("nordwind-vault", HOME, 333, {"env": "production", "team": "security"}),
    ("nordwind-newsletter", VIRGINIA, 730, {}),
    ("nordwind-backups-copy", FRANKFURT, 350, {"env": "production", "team": "platform"}),
)

BLOCK_ALL = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}


def populate():
    keys()
    for name, region, days, labels in BUCKETS:
        with ago(days):
            bucket(name, region, labels)
    trail()


def keys():
    for alias, region, days, about in (
        ("shop-data", HOME, 850, "Databases and volumes of the shop"),
        ("backups", HOME, 845, "Backups"),
        ("cloudtrail", HOME, 895, "The trail"),
        ("vault", HOME, 333, "What few may read"),
        ("backups", FRANKFURT, 350, "Copies of the backups"),
        ("newsletter", VIRGINIA, 730, "Addresses"),
    ):
        seed(f"key {alias} {region}")
        with ago(days):
            kms = api("kms", region)
            made = kms.create_key(Description=about, KeyUsage="ENCRYPT_DECRYPT", MultiRegion=False, Tags=[{"TagKey": "team", "TagValue": "platform"}], Policy=document(
                {"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*",
                 "Resource": "*"}))
            key = made["KeyMetadata"]["KeyId"]
            KEYS[alias, region] = key
            kms.create_alias(AliasName=f"alias/{alias}", TargetKeyId=key)
            if alias != "newsletter":
                kms.enable_key_rotation(KeyId=key)
    seed("old key")
    with ago(700):
        kms = api("kms")
        old = kms.create_key(Description="The shop's first key", KeyUsage="ENCRYPT_DECRYPT", MultiRegion=False)["KeyMetadata"]["KeyId"]
        kms.disable_key(KeyId=old)


def bucket(name, region, labels):
    seed(f"bucket {name}")
    s3 = api("s3", region)
    where = {} if region == VIRGINIA else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=name, **where)
    if labels:
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags(**labels)})
    s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})
    if name != "nordwind-newsletter":
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=BLOCK_ALL)
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    if "backups" in name:
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID":
                f"arn:aws:kms:{region}:{ACCOUNT}:key/{KEYS['backups', region]}"}, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    if name == "nordwind-access-logs":
        s3.put_bucket_policy(Bucket=name, Policy=only_tls(name, {
            "Sid": "Delivery", "Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{name}/*", "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}))
    elif region == HOME:
        s3.put_bucket_policy(Bucket=name, Policy=only_tls(name))
    if name in ("nordwind-backups", "nordwind-terraform-state", "nordwind-invoices", "nordwind-vault"):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    if name in ("nordwind-shop-assets", "nordwind-invoices", "nordwind-vault"):
        s3.put_bucket_logging(Bucket=name, BucketLoggingStatus={"LoggingEnabled": {
            "TargetBucket": "nordwind-access-logs", "TargetPrefix": f"{name}/"}})
    if name in ("nordwind-access-logs", "nordwind-backups"):
        s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [
            {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 400},
             "Transitions": [{"Days": 60, "StorageClass": "STANDARD_IA"}]}]})
    if name == "nordwind-shop-assets":
        s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": [
            {"AllowedMethods": ["GET"], "AllowedOrigins": ["https://shop.example.com"], "MaxAgeSeconds": 3600}]})


def only_tls(name, *more):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Sid": "OnlyTLS", "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:*",
         "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        *more]})


def trail():
    seed("trail")
    s3 = api("s3")
    with ago(895):
        s3.put_bucket_policy(Bucket="nordwind-cloudtrail", Policy=only_tls(
            "nordwind-cloudtrail",
            {"Sid": "AclCheck", "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:GetBucketAcl",
             "Resource": "arn:aws:s3:::nordwind-cloudtrail"},
            {"Sid": "Write", "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject",
             "Resource": f"arn:aws:s3:::nordwind-cloudtrail/AWSLogs/{ACCOUNT}/*"}))
        trails = api("cloudtrail")
        trails.create_trail(
            Name="nordwind-account", S3BucketName="nordwind-cloudtrail", IncludeGlobalServiceEvents=True, IsMultiRegionTrail=True,
            EnableLogFileValidation=True, KmsKeyId=f"arn:aws:kms:{HOME}:{ACCOUNT}:key/{KEYS['cloudtrail', HOME]}",
            TagsList=tags(team="platform"))
        trails.put_event_selectors(TrailName="nordwind-account", EventSelectors=[
            {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}])
        trails.start_logging(Name="nordwind-account")


def change():
    """The second state: a bucket goes public, a key stops rotating, the trail's files are no longer validated."""
    s3 = api("s3")
    s3.delete_public_access_block(Bucket="nordwind-shop-uploads")
    s3.put_bucket_policy(Bucket="nordwind-shop-uploads", Policy=only_tls(
        "nordwind-shop-uploads",
        {"Sid": "PublicRead", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
         "Resource": "arn:aws:s3:::nordwind-shop-uploads/*"}))
    s3.put_bucket_tagging(Bucket="nordwind-data-lake", Tagging={"TagSet": tags(env="production", team="analytics", owner="priya.shah")})
    api("kms").disable_key_rotation(KeyId=KEYS["shop-data", HOME])
    api("cloudtrail").update_trail(Name="nordwind-account", EnableLogFileValidation=False)
