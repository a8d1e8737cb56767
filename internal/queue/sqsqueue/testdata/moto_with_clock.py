"""moto's server, with an SQS whose time a test moves: by the seconds, a number to a line, that come by standard input.

While a receive waits in vain, a second passes in a hundredth of one.
"""

import os
import sys
import threading
import time

import moto.sqs.models as sqs
from moto.server import main

PACE = 100

lock = threading.Lock()
offset, rest = 0.0, b""


def now(passed=0.0):
    """Seconds since the epoch. What was written before a request counts in it."""
    global offset, rest
    with lock:
        try:
            rest += os.read(0, 1 << 16)
        except BlockingIOError:
            pass
        *lines, rest = rest.split(b"\n")
        offset += passed + sum(map(float, lines))
        return time.time() + offset


def wait_for_messages(queue, timeout):
    with queue._messages_lock:
        found = queue._messages_lock.wait_for(lambda: queue.messages, timeout=timeout / PACE)
    if not found:
        now(passed=timeout)


os.set_blocking(0, False)
sqs.unix_time = now
sqs.unix_time_millis = lambda: now() * 1000
sqs.Queue.wait_for_messages = wait_for_messages

# moto looks for a visible message and then hides it: two threads would take the same one.
receiving = threading.Lock()
receive_message = sqs.SQSBackend.receive_message


def one_by_one(*args, **kwargs):
    with receiving:
        return receive_message(*args, **kwargs)


sqs.SQSBackend.receive_message = one_by_one
main(sys.argv[1:])
