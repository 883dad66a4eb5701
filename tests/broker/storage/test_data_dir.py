"""The data folder: what a broker that died left in it. Its lock: tests/broker/storage/test_log.py."""

import contextlib
import os

import apsw
import pytest
from loggia.broker.core.state import Batch, Fresh, Room
from loggia.broker.storage import data_dir
from loggia.broker.storage.log import Log
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.events import MessageEvent

from tests.simulation.disk import Disk, Killed

MOST_OPERATIONS = 40


class Worst:
    """Chance, when a power loss takes back all that was not synced."""

    def random(self) -> float:
        return 0.99

    def choice(self, choices):
        return choices[0]


def one_more(log: Log) -> None:
    world = log.load()
    room = world.rooms.get("lobby") or Room(number=1, name="lobby", place=log.place_of(1))
    event = MessageEvent("lobby", room.head + 1, 1, "ada", "a", str(room.head), "x" * 5000)
    new_rooms = [] if room.head else [room]
    log.append(Batch(fresh=[Fresh(room, event.seq, [event], [encode(event)])], new_rooms=new_rooms))


def head(log: Log) -> int:
    rooms = log.load().rooms
    return rooms["lobby"].head if rooms else 0


def test_what_a_killed_broker_left_is_safe_before_it_is_served(tmp_path):
    """The next broker reads what the system holds in memory only; then the power fails."""
    served = []
    for operation in range(1, MOST_OPERATIONS):
        data = tmp_path / str(operation)
        disk = Disk(data, Worst())
        try:
            log = Log(data, "first")
            one_more(log)
            disk.dies_at = disk.operations + operation
            with contextlib.suppress(apsw.Error, Killed):  # SQLite may have rolled back already
                one_more(log)
            if not disk.dead:
                disk.die()
            disk_dies(disk, log, power=False)
            log = Log(data, "second")
            served.append(head(log))
            disk.die()
            disk_dies(disk, log, power=True)
            log = Log(data, "third")
            assert (head(log), log.damage, log.epoch) == (served[-1], [], "first"), operation
            log.close()
        finally:
            disk.close()
    assert set(served) == {1, 2}, "some died before they had written, some behind it"


def disk_dies(disk: Disk, log: Log, *, power: bool) -> None:
    log.close()
    disk.bury(power=power)
    disk.revive()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives files away")
def test_what_root_makes_belongs_to_the_owner_of_the_folder(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    os.chown(data, 12345, 12346)
    log = Log(data, "first")
    one_more(log)
    log.close()
    data_dir.write(data / data_dir.CONTROL, b"{}")
    owners = {file.name: (file.stat().st_uid, file.stat().st_gid) for file in data.iterdir()}
    assert owners.keys() >= {"loggia.db", "loggia.heads", "lock", "control"}
    assert set(owners.values()) == {(12345, 12346)}
