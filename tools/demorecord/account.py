"""A small layer over boto3 on moto: a frozen clock, one client per service and region, and tags."""

import contextlib
import datetime
import json

import boto3
from freezegun import freeze_time
from moto.moto_api._internal import mock_random

ACCOUNT = "123456789012"
HOME, VIRGINIA, FRANKFURT = "eu-west-1", "us-east-1", "eu-central-1"

# What every recorded time is counted back from. The recorder knows it too.
NOW = datetime.datetime(2026, 1, 1, 12, 0, 0, tzinfo=datetime.timezone.utc)

_clients = {}


def api(service, region=HOME):
    """The boto3 client of a service and region, made once."""
    key = (service, region)
    if key not in _clients:
        _clients[key] = boto3.client(service, region_name=region)
    return _clients[key]


def seed(name):
    """Begins the ids of one part of the account: a change in one part doesn't change the ids of the others."""
    mock_random.seed(f"demo account, {name}")


@contextlib.contextmanager
def ago(days, hours=0):
    """Runs its block on a clock that stands still, so long before NOW."""
    with freeze_time(NOW - datetime.timedelta(days=days, hours=hours)):
        yield


def tags(name=None, **more):
    """Tags as most services take them."""
    pairs = {"Name": name} if name else {}
    pairs.update(more)
    return [{"Key": k, "Value": v} for k, v in pairs.items()]


def spec(kind, name, **more):
    """TagSpecifications of EC2."""
    return [{"ResourceType": kind, "Tags": tags(name, **more)}]


def allow(actions, resources="*", **more):
    """A policy document with one statement, as JSON."""
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources, **more}
    return document(statement)


def document(*statements):
    """A policy document, as JSON."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(principal, action="sts:AssumeRole", **more):
    """The trust policy of a role, as JSON."""
    return document({"Effect": "Allow", "Principal": principal, "Action": action, **more})
