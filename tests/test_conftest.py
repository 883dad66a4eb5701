"""That what tests leave behind or log unasked is really noticed: each test here plants one such thing."""

import logging
import socket
import subprocess
import sys
import threading
import time

import pytest
import zmq
from hypothesis import HealthCheck, settings

from tests import conftest

NOW = 0.0


@pytest.fixture
def before():
    return {kind: kind() for kind in conftest.LEFTOVERS}


def test_nothing_is_left_by_a_test_that_cleans_up(before):
    socket.socket().close()
    subprocess.run([sys.executable, "-c", ""], check=True)
    assert conftest.leftovers(before, NOW) == []


def test_a_thread_is_found(before):
    release = threading.Event()
    thread = threading.Thread(target=release.wait, name="lost")
    thread.start()
    assert "lost" in conftest.leftovers(before, NOW)[0]
    release.set()
    thread.join()


def test_a_thread_that_is_ending_is_given_time(before):
    threading.Thread(target=threading.Event().wait, args=(0.05,)).start()
    assert conftest.leftovers(before) == []


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_context_of_zeromq_is_found(before):
    left = []
    with zmq.Context() as context, context.socket(zmq.PAIR):
        deadline = time.monotonic() + conftest.SETTLE_S
        while not left and time.monotonic() < deadline:  # its thread gives itself a name when it runs
            left = [
                thing for thing in conftest.leftovers(before, NOW) if "context was not terminated" in thing
            ]
    assert left
    assert conftest.leftovers(before) == []


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_child_is_found_running_and_dead(before):
    command = [sys.executable, "-c", "print(flush=True); input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        running = conftest.leftovers(before, NOW)
        child.kill()
        dead = conftest.leftovers(before, 0.5)
    assert "input()" in running[0]
    assert dead == [f"process {child.pid}: ended, but not waited for"]
    assert conftest.leftovers(before) == []


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("program", ["input()", ""])
def test_a_child_that_was_left_is_ended_and_warns_nowhere(before, program):
    child = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    conftest.end_processes(conftest.leftovers(before, NOW))
    assert child.returncode is not None
    assert child.stdin.closed
    assert child.stdout.closed
    assert conftest.leftovers(before) == []


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_socket_is_found(before):
    with socket.socket():
        assert "socket:" in conftest.leftovers(before, NOW)[0]


def test_logs_that_nobody_expected_and_that_never_came_are_told():
    log = conftest.LogExpectations()
    log("disk is (full|slow)")
    log("never said")
    log.emit(logging.makeLogRecord({"levelname": "ERROR", "name": "loggia.log", "msg": "the disk is full"}))
    log.emit(logging.makeLogRecord({"levelname": "WARNING", "name": "loggia.hub", "msg": "what is this"}))
    assert log.complaints() == [
        "logged, but not expected: WARNING loggia.hub: what is this",
        "expected, but not logged: never said",
    ]


def test_an_expected_log_fails_nothing(expect_log):
    logging.getLogger("loggia.log").error("the disk is full")
    expect_log("disk is full")


def test_a_busy_machine_fails_no_example():
    assert settings().deadline is None
    assert HealthCheck.too_slow in settings().suppress_health_check
