"""Fills a moto server with an account of some 2,000 resources, secure and insecure ones mixed, and serves it.

Usage: account.py. Prints the server's address once the account is there, and ends when its standard input does. It is
run by the recorder (../record.go), by the Python of tools/moto.
"""

import contextlib
import datetime
import json
import logging
import os
import sys

os.environ.update(
    MOTO_EC2_LOAD_DEFAULT_AMIS="false", MOTO_IAM_LOAD_MANAGED_POLICIES="true", AWS_ACCESS_KEY_ID="none",
    AWS_SECRET_ACCESS_KEY="none", AWS_EC2_METADATA_DISABLED="true", AWS_DEFAULT_REGION="us-east-1")

import boto3  # noqa: E402
from freezegun import freeze_time  # noqa: E402
from moto import mock_aws  # noqa: E402
from moto.kms import responses as kms_responses  # noqa: E402
from moto.moto_api._internal import mock_random  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402

ACCOUNT, REGION = "123456789012", "us-east-1"
ANYWHERE = "0.0.0.0/0"

_clients = {}


def api(service):
    """The boto3 client of a service, made once."""
    if service not in _clients:
        _clients[service] = boto3.client(service, region_name=REGION)
    return _clients[service]


@contextlib.contextmanager
def ago(days):
    """Runs its block on a clock that stands still, so many days before the recording."""
    with freeze_time(datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=days)):
        yield


def document(*statements):
    """A policy document, as JSON."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions, resources="*", **more):
    """A policy document with one statement, as JSON."""
    return document({"Effect": "Allow", "Action": actions, "Resource": resources, **more})


def trust(principal, **more):
    """The trust policy of a role, as JSON."""
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more})


def open_to(principal, action, resource, **more):
    """A resource policy with one statement, as JSON."""
    return document({"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource, **more})


def main():
    import data
    import network
    import people

    kms_responses.RESERVED_ALIASE_TARGET_KEY_IDS.clear()  # aliases of AWS's keys, whether or not the account uses any
    with mock_aws():
        mock_random.seed("account to compare on")
        people.populate()
        network.populate()
        data.populate()
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        print("http://%s:%d" % server.get_host_and_port(), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    # Those parts import this file by its name: it must be the same module.
    sys.modules["account"] = sys.modules["__main__"]
    main()
