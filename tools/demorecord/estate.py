"""Fills a moto server with the demo account and serves it, first in one state, then in the other.

Usage: estate.py. Prints the server's address; at each line on standard input it makes the next state's changes and
prints "ok". It is run by the recorder (main.go) and ends with it.
"""

import logging
import os
import sys

os.environ.update(
    MOTO_EC2_LOAD_DEFAULT_AMIS="false", MOTO_IAM_LOAD_MANAGED_POLICIES="true", AWS_ACCESS_KEY_ID="none",
    AWS_SECRET_ACCESS_KEY="none", AWS_EC2_METADATA_DISABLED="true")

from moto import mock_aws  # noqa: E402
from moto.kms import responses as kms_responses  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402

import machines  # noqa: E402
import people  # noqa: E402
import storage  # noqa: E402
from account import ago, seed  # noqa: E402


def main():
    kms_responses.RESERVED_ALIASE_TARGET_KEY_IDS.clear()  # aliases of AWS's keys, whether or not the account uses any
    with mock_aws(), ago(0):
        storage.populate()
        people.populate()
        machines.populate()
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        print("http://%s:%d" % server.get_host_and_port(), flush=True)
        for _ in sys.stdin:
            seed("changes")
            people.change()
            storage.change()
            machines.change()
            print("ok", flush=True)


if __name__ == "__main__":
    main()
