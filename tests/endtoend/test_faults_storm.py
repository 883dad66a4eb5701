"""A thousand clients that come back at once to a broker that was killed."""

import contextlib
import json
import resource
import sys
from collections import Counter

import pytest

from tests.endtoend.crowd import TALKERS
from tests.endtoend.metrics import FLAG, samples
from tests.endtoend.people import Raw
from tests.endtoend.processes import Broker, Running
from tests.patience import Stopwatch

CLIENTS = 1000
PROCESSES = 4
DESCRIPTORS = 2 * CLIENTS + 200  # of the broker; a process of the crowd needs eight for each client
CROWD_S = 240.0  # for the crowd to come in, on a busy machine
RESUMED_S = 30.0
ANSWER_P99_S = 1.0
ROUNDS = 10  # of talk: in the best of them, other programs take the least


# What it is started with again: without bounds, and with those that it has where nothing is said
FREE, BOUNDED = ("--rate", "0", *FLAG), FLAG


@pytest.mark.parametrize("flags", [FREE, BOUNDED], ids=["free", "bounded"])
@pytest.mark.timeout(900)
@pytest.mark.skipif(sys.platform != "linux", reason="epoll watches the crowd")
@pytest.mark.skipif(
    resource.getrlimit(resource.RLIMIT_NOFILE)[1] < DESCRIPTORS,
    reason=f"needs {DESCRIPTORS} descriptors a process: ulimit -n {DESCRIPTORS}",
)
def test_a_thousand_clients_of_one_address_resume_after_the_broker_was_killed(tmp_path, flags):
    patient = ("tests.endtoend.patient", "broker")
    with (
        Broker(tmp_path / "broker", *FREE, program=patient) as broker,
        contextlib.ExitStack() as house,
    ):
        crowds = [house.enter_context(crowd(broker, number)) for number in range(PROCESSES)]
        for some in crowds:
            some.wait_for(r"^here ", timeout_s=CROWD_S)
        calm_s = talk(crowds)  # on a machine that is busy with other things, that much is not our doing
        marks = [len(some.lines) for some in crowds]
        broker.kill()
        broker.start(*flags)
        watch = Stopwatch()
        back = [
            json.loads(some.wait_for(r"^here (.*)", after=mark, timeout_s=CROWD_S)[1])
            for some, mark in zip(crowds, marks, strict=True)
        ]
        assert watch.read_s() < RESUMED_S  # nobody idles for long
        assert broker.process.cpu_s() < RESUMED_S  # nor has the broker more to do
        assert samples(broker)["loggia_refusals_total", "slow_down"] == 0  # to come back costs nothing
        assert back == [{"members": CLIENTS // PROCESSES, "resumed": CLIENTS // PROCESSES}] * PROCESSES

        promised_s, p99_s = max(ANSWER_P99_S, 2 * calm_s), [talk(crowds)]
        while min(p99_s) >= promised_s and len(p99_s) < ROUNDS:
            p99_s.append(talk(crowds))
        assert min(p99_s) < promised_s, (calm_s, p99_s)

        with Raw(broker.requests, "witness") as witness:
            told = Counter(event["op"] for event in witness.log())
        assert told == {"joined": CLIENTS + 1, "message": (1 + len(p99_s)) * CLIENTS // TALKERS}


def talk(crowds):
    """Every tenth says something; gives how long 99 of 100 waited at most for the answer (s)."""
    marks = [len(some.lines) for some in crowds]
    for some in crowds:
        some.type("say")
    waits = []
    for some, mark in zip(crowds, marks, strict=True):
        waits += json.loads(some.wait_for(r"^answered (.*)", after=mark, timeout_s=CROWD_S)[1])
    assert len(waits) == CLIENTS // TALKERS
    return sorted(waits)[len(waits) * 99 // 100 - 1]


@contextlib.contextmanager
def crowd(broker, number):
    """A process with its part of the crowd."""
    clients = CLIENTS // PROCESSES
    command = [sys.executable, "-P", "-W", "error", "-m", "tests.endtoend.patient", "tests.endtoend.crowd"]
    command += ["--requests", broker.requests, "--clients", f"{clients}", "--first", f"{number * clients}"]
    with Running(command) as some:
        yield some
        some.end_input()
        assert some.wait() == 0, some.lines
