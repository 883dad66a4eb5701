"""`/healthz` says ok only if a write to the log would be taken, also where nobody has tried to."""

import contextlib
import signal
import sys
import time

import pytest

from tests.broker.disks import flip, place_of
from tests.endtoend.metrics import FLAG, connected, health, samples, until
from tests.endtoend.processes import Broker
from tests.endtoend.test_faults_disk import Limited, Mounted
from tests.endtoend.wire import LOBBY, Wire, refused

only_linux = pytest.mark.skipif(sys.platform != "linux", reason="limits of a running process, and mounts")


@pytest.fixture(params=[Mounted, Limited])
def disk(request, tmp_path):
    with contextlib.closing(request.param(tmp_path / "disk")) as disk:
        yield disk


@pytest.fixture
def broker(tmp_path):
    with Broker(tmp_path / "data", *FLAG, "--rate", "0") as broker:
        yield broker


def test_a_broker_that_stores_is_well(broker):
    assert health(broker) == (200, "ok\n")
    with Wire(broker) as wire:
        wire.joined().say("hello")
        assert health(broker) == (200, "ok\n")


def written_at(broker):
    """When something was written to the log last, ns."""
    return (broker.data / "loggia.db-wal").stat().st_mtime_ns


def test_to_be_asked_changes_nothing_that_is_stored(broker):
    with Wire(broker) as wire:
        ada = wire.joined()
        ada.say("hello")
        log, before = ada.log(), written_at(broker)
        until(lambda: health(broker).status == 200 and written_at(broker) > before, "it was never tried")
        assert ada.log() == log
        assert samples(broker)["loggia_messages_total",] == 1
    assert broker.stop() == 0
    broker.start()
    assert not any("new life" in line or "damaged" in line for line in broker.process.lines)
    assert health(broker).status == 200


def test_to_be_asked_without_end_writes_once_a_second(broker):
    began, written = time.monotonic(), set()
    for _ in range(100):
        assert health(broker).status == 200
        written.add(written_at(broker))
    assert len(written) <= time.monotonic() - began + 2


@only_linux
def test_a_full_disk_is_no_health_though_nobody_said_anything(disk):
    with Broker(disk.folder / "data", *FLAG, "--rate", "0") as broker:
        assert health(broker).status == 200

        def full():
            disk.fill(broker)  # what was copied back has made room
            return health(broker).status == 503

        until(full, "it is never full")
        told = health(broker)
        assert told.status == 503
        assert told.text.startswith("The disk refuses to store: ")
        assert samples(broker)["loggia_writable",] == 0
        broker.process.wait_for("The disk refuses to store")
        disk.give(broker)
        until(lambda: health(broker).status == 200, "there is room, and it is not noticed")
        assert samples(broker)["loggia_writable",] == 1
        broker.process.wait_for("The disk stores again")
        with Wire(broker) as wire:
            wire.joined().say("hello")
        assert broker.stop() == 0


@only_linux
def test_a_disk_that_somebody_found_full_is_no_health_either(disk):
    with Broker(disk.folder / "data", *FLAG, "--rate", "0") as broker, Wire(broker) as wire:
        ada = wire.joined()
        ada.say("hello")

        def full():
            disk.fill(broker)
            return ada.ask("message", room=LOBBY, text="x" * 10_000)["op"] == "error"

        until(full, "it is never full")
        assert health(broker).status == 503
        disk.give(broker)
        until(lambda: ada.ask("message", room=LOBBY, text="hello")["op"] == "stored", "never again")
        assert health(broker).status == 200


def test_a_damaged_log_is_no_health(broker):
    with Wire(broker) as wire:
        ada = wire.joined()
        for _ in range(200):
            last = ada.say("x" * 300)
    assert broker.stop() == 0
    file = broker.data / "loggia.db"
    flip(file, place_of(file, last["id"]))
    broker.start()
    told = health(broker)
    assert told.status == 503
    assert told.text.startswith("The log of this broker is damaged: room lobby from ")
    assert samples(broker)["loggia_writable",] == 0
    with Wire(broker) as wire:
        bob = wire.joined()
        refused(answer := bob.ask("message", room=LOBBY, text="x"), "unavailable", answer["id"])


def test_a_broker_that_hangs_says_nothing(broker):
    broker.process.send(signal.SIGSTOP)
    try:
        with connected(broker) as asking:
            asking.sendall(b"GET /healthz HTTP/1.1\r\n\r\n")
            asking.settimeout(0.2)
            with pytest.raises(TimeoutError):
                asking.recv(1)
    finally:
        broker.process.send(signal.SIGCONT)
    assert health(broker).status == 200
