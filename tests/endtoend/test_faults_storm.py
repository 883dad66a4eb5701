"""A thousand clients that come back at once to a broker that was killed."""

import contextlib
import json
import resource
import sys
import time
from collections import Counter

import pytest

from tests.endtoend.crowd import TALKERS
from tests.endtoend.people import Raw
from tests.endtoend.processes import Broker, Running

CLIENTS = 1000
PROCESSES = 4
DESCRIPTORS = 2 * CLIENTS + 200  # of the broker; a process of the crowd needs eight for each client
JOINED_S = 60.0  # for the crowd to come in, which nobody promised anything about
RESUMED_S = 30.0
ANSWER_P99_S = 1.0


@pytest.mark.timeout(180)
@pytest.mark.skipif(sys.platform != "linux", reason="epoll watches the crowd")
@pytest.mark.skipif(
    resource.getrlimit(resource.RLIMIT_NOFILE)[1] < DESCRIPTORS,
    reason=f"needs {DESCRIPTORS} descriptors a process: ulimit -n {DESCRIPTORS}",
)
def test_a_thousand_clients_resume_after_the_broker_was_killed(tmp_path):
    with Broker(tmp_path / "broker", "--rate", "0") as broker, contextlib.ExitStack() as house:
        crowds = [house.enter_context(crowd(broker, number)) for number in range(PROCESSES)]
        for some in crowds:
            some.wait_for(r"^here ", timeout_s=JOINED_S)
        marks = [len(some.lines) for some in crowds]
        broker.kill()
        broker.start()
        deadline = time.monotonic() + RESUMED_S
        back = [
            json.loads(some.wait_for(r"^here (.*)", after=mark, timeout_s=deadline - time.monotonic())[1])
            for some, mark in zip(crowds, marks, strict=True)
        ]
        assert back == [{"members": CLIENTS // PROCESSES, "resumed": CLIENTS // PROCESSES}] * PROCESSES

        for some in crowds:
            some.type("say")
        waits = sorted(wait for some in crowds for wait in json.loads(some.wait_for(r"^answered (.*)")[1]))
        assert len(waits) == CLIENTS // TALKERS
        assert waits[len(waits) * 99 // 100 - 1] < ANSWER_P99_S, waits[-5:]

        with Raw(broker.requests, "witness") as witness:
            told = Counter(event["op"] for event in witness.log())
        assert told == {"joined": CLIENTS + 1, "message": CLIENTS // TALKERS}


@contextlib.contextmanager
def crowd(broker, number):
    """A process with its part of the crowd."""
    clients = CLIENTS // PROCESSES
    command = [sys.executable, "-P", "-W", "error", "-m", "tests.endtoend.crowd"]
    command += ["--requests", broker.requests, "--clients", f"{clients}", "--first", f"{number * clients}"]
    with Running(command) as some:
        yield some
        some.end_input()
        assert some.wait() == 0, some.lines
