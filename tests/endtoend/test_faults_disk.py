"""A disk that is full, for real: senders are told, reading goes on, and it stores again by itself.

docs/protocol.md, "Errors", `storage_full`. Each test runs on two disks: one of a few MB that is mounted for
it, where that is allowed, and everywhere one on which the system lets no file of the broker grow.
"""

import contextlib
import itertools
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from loggia.shared.client.api.client import Client

from tests.endtoend.people import HEAR_S, Visitor
from tests.endtoend.processes import Broker
from tests.endtoend.test_contract_durability import is_there_once
from tests.endtoend.wire import LOBBY, Caller, Item, Wire, refused

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of a running process, and mounts")

SIZE = "6m"
LEFT_BYTES = 300_000  # when the pouring begins; the disk is full in the middle of it
BLOCK_BYTES = 64 * 1024
LONG, SHORT = "x" * 10_000, "x" * 100
WAITING = [f"said to a full disk {number}" for number in range(5)]


class Mounted:
    """A small file system of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"
        folder.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
        done = subprocess.run(mount, capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"nothing may be mounted here ({done.stderr.strip()}); a limit stands in for it")

    def fill(self, broker: Broker, left_bytes: int = 0) -> None:
        """Leave only so much room."""
        with self._ballast.open("ab", buffering=0) as ballast, contextlib.suppress(OSError):
            while self._free() > left_bytes:
                ballast.write(bytes(min(BLOCK_BYTES, self._free() - left_bytes)))

    def give(self, broker: Broker) -> None:
        self._ballast.unlink()

    def close(self) -> None:
        subprocess.run(["umount", str(self.folder)], check=True)

    def _free(self) -> int:
        disk = os.statvfs(self.folder)
        return disk.f_bavail * disk.f_frsize


class Limited:
    """The system lets no file of the broker become larger than the largest is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, broker: Broker, left_bytes: int = 0) -> None:
        largest = max(file.stat().st_size for file in broker.data.iterdir())
        self._limit(broker, largest + left_bytes)

    def give(self, broker: Broker) -> None:
        self._limit(broker, resource.RLIM_INFINITY)

    def close(self) -> None:
        pass

    def _limit(self, broker: Broker, most: int) -> None:
        pid = broker.process.pid
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, hard))


@pytest.fixture(params=[Mounted, Limited])
def disk(request, tmp_path) -> Iterator[Mounted | Limited]:
    with contextlib.closing(request.param(tmp_path / "disk")) as disk:
        yield disk


@pytest.fixture
def broker(disk, tmp_path) -> Iterator[Broker]:
    with Broker(disk.folder / "data", "--rate", "0") as broker:
        yield broker


class Sender:
    """Ada, who says much. `stored`, `lost`: her answers by account and id, and the ids that were refused."""

    def __init__(self, caller: Caller, before: "Sender | None" = None) -> None:
        self.caller = caller
        self.stored: dict[tuple[str, str], Item] = before.stored if before else {}
        self.lost: set[str] = before.lost if before else set()

    def says(self, text: str, count: int = 1) -> Item:
        """Several messages in one frame; gives the last answer."""
        requests = [self.caller.request("message", room=LOBBY, text=text) for _ in range(count)]
        self.caller.post(*requests)
        for request, answer in zip(requests, self.caller.take(count), strict=True):
            assert answer["id"] == request["id"]
            if answer["op"] == "stored":
                self.stored[self.caller.account, answer["id"]] = answer
            else:
                assert refused(answer, "storage_full", request["id"])
                assert 0 < answer["retry_after_ms"] <= 60_000
                self.lost.add(answer["id"])
        return answer

    def fills(self, *amounts: tuple[str, int]) -> None:
        """Say ever less, until not even the least can be stored; each time the broker tries again."""
        for text, count in amounts:
            while (answer := self.says(text, count))["op"] == "stored":
                pass
            self.waits(answer)

    def waits(self, answer: Item) -> None:
        """As long as the broker asked for; nothing comes meanwhile."""
        assert not self.caller.socket.poll(answer["retry_after_ms"] + 50)

    def says_at_last(self, text: str) -> None:
        """Under new ids, until it is stored."""
        deadline = time.monotonic() + HEAR_S
        while (answer := self.says(text))["op"] != "stored":
            assert time.monotonic() < deadline
            self.waits(answer)


def fills_the_rest(visitor: Visitor) -> str:
    """A visitor's line is the least to store. Gives the first that is not stored, as the visitor is told."""
    for number in itertools.count():
        visitor.say(f"from the door {number}")
        while not visitor.heard[-1].endswith(f"from the door {number}"):
            visitor._hear()
        if visitor.heard[-1] != f"visitor: from the door {number}":
            assert "disk is full" in visitor.heard[-1]
            assert visitor.heard[-1].endswith(f"Not stored: from the door {number}")
            return f"from the door {number}"
    raise AssertionError


def reading_goes_on(wire: Wire, sender: Sender, reader: Caller) -> None:
    """Whoever is here reads, and whoever was here comes back to read; nobody new comes in."""
    log = reader.log(LOBBY)
    is_there_once(sender.stored, log)
    assert not sender.lost & {event["id"] for event in log}
    assert reader.ask("ping", cursors={LOBBY: 0})["heads"] == {LOBBY: len(log)}
    assert sender.caller.nick in [member["nick"] for member in reader.ask("members", room=LOBBY)["members"]]
    assert wire.resumed(sender.caller).account == sender.caller.account
    stranger = wire.caller().ask("join", nick=wire.name())
    assert refused(stranger, "storage_full", stranger["id"])


def test_a_full_disk_is_told_read_from_and_written_again_once_there_is_room(disk, broker, tmp_path):
    with contextlib.ExitStack() as people:
        script = people.enter_context(Client("script", connect=broker.requests, data=tmp_path / "script.db"))
        script.send("before")
        wire = people.enter_context(Wire(broker))
        ada, bob = Sender(wire.joined("ada")), wire.joined("bob")
        visitor = people.enter_context(Visitor(broker.front_door, "visitor"))
        visitor.say("before")
        visitor.hears("before", by="visitor")
        ada.says(LONG, 10)

        disk.fill(broker, LEFT_BYTES)
        ada.fills((LONG, 20), (LONG, 1), (SHORT, 1))
        assert len(ada.stored) > 10
        assert len(ada.lost) >= 3
        broker.process.wait_for("The disk refuses to store")
        refused_at_the_door = fills_the_rest(visitor)
        for text in WAITING:
            script.send(text, wait=False)
        reading_goes_on(wire, ada, bob)
        assert script.status().connection == "connected"

        for ends in (broker.kill, broker.stop):
            assert not ends()
            assert "Traceback" not in "\n".join(broker.process.lines)
            broker.start()
            disk.fill(broker)
            wire = people.enter_context(Wire(broker))
            back = Sender(wire.resumed(ada.caller), ada)
            back.fills((SHORT, 1))
            reading_goes_on(wire, back, wire.resumed(bob))
            ada = back

        disk.give(broker)
        back.says_at_last("after")
        broker.process.wait_for("The disk stores again")
        for event in script:
            if event.text == "after":
                break
        deadline = time.monotonic() + HEAR_S
        while script_said(log := back.caller.log(LOBBY)) != ["before", *WAITING]:
            assert time.monotonic() < deadline, script_said(log)
        is_there_once(back.stored, log)
        assert not back.lost & {event["id"] for event in log}
        assert refused_at_the_door not in {event.get("text") for event in log}
    assert broker.stop() == 0
    assert "Traceback" not in "\n".join(broker.process.lines)


def script_said(log: list[Item]) -> list[str]:
    return [event["text"] for event in log if event["op"] == "message" and event["nick"] == "script"]
