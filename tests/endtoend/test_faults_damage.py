"""A log that was changed behind the broker's back, or an older one put back: noticed and said."""

import random
import shutil
import time

import pytest
from loggia.shared.client.api.client import Client

from tests.broker.disks import flip, place_of
from tests.endtoend.people import HEAR_S, Raw, Visitor
from tests.endtoend.processes import Broker, module

MESSAGES = 400


@pytest.fixture
def stopped(tmp_path):
    """A broker that was killed; it had said much, in one room at its end by single messages."""
    with Broker(tmp_path / "broker", "--rate", "0") as broker:
        with Raw(broker.requests, "ada") as ada:
            ada.ask("join", room="between")
            for room in ("lobby", "between"):  # rows that keep others on pages of their own
                for _ in range(10):
                    ada.ask("message", room=room, text="x" * 2000)
            ada.ask("join", room="lab")
            for number in range(MESSAGES):
                ada.send("message", room="lobby" if number % 2 else "lab", text=f"{number} " + "x" * 200)
            ada.say("the last one")
            ada.token = ada._token
        broker.ada = ada
        broker.kill()
        yield broker


def verified(data):
    """What `verify` says, and its exit code."""
    with module("broker", "verify", "--data", str(data)) as command:
        code = command.wait()
        return "\n".join(command.lines), code


def checkpointed(broker):
    """All is in the database, as after a stop."""
    broker.start()
    assert broker.stop() == 0


def test_a_changed_byte_of_the_database_is_served_up_to_there_and_nothing_is_stored(stopped):
    checkpointed(stopped)
    file = stopped.data / "loggia.db"
    last = stopped.ada.stored[max(stopped.ada.stored)]
    flip(file, place_of(file, last["id"]))
    stopped.start()
    found = stopped.process.wait_for(
        r"The log is damaged: room lobby from ([\d,]+) \(page \d+ is not what was written\)"
    )
    first = int(found[1])
    assert 1 < first <= last["seq"]
    with Raw(stopped.requests, "bob") as bob, Visitor(stopped.front_door, "vera") as vera:
        assert bob.me["head"] == first - 1
        assert len(bob.log()) == first - 1
        bob.ask("join", room="lab")
        assert len(bob.log("lab")) > MESSAGES // 2
        refused = bob.ask("message", room="lobby", text="hello")
        assert (refused["op"], refused["code"]) == ("error", "unavailable")
        assert f"room lobby from {first}" in refused["text"]
        assert refused["retry_after_ms"] > 0
        vera.say("hello")
        while not any(f"room lobby from {first}" in line for line in vera.heard):
            assert not vera.is_over(), vera.heard
        assert len(bob.log()) == first - 1
    said, code = verified(stopped.data)
    assert code == 1
    assert f"DAMAGED: room lobby from {first:,}" in said
    assert stopped.stop() == 0


def test_resends_into_a_damaged_row_cost_nobody_the_room(stopped):
    """Whoever came since the damage is known is in no log: no look into the log may forget them."""
    checkpointed(stopped)
    file = stopped.data / "loggia.db"
    lost = stopped.ada.stored[sorted(stopped.ada.stored)[MESSAGES // 2]]
    flip(file, place_of(file, lost["id"]))
    stopped.start()
    stopped.process.wait_for(rf"The log is damaged: .*room {lost['room']} from")
    requests = stopped.requests
    with (
        Raw(requests, "bob") as bob,
        Raw(requests, "zoe") as ada,
        Visitor(stopped.front_door, "vera") as vera,
    ):
        ada.ask("!end")
        ada._token, ada._nick = stopped.ada.token, "ada"
        for _ in range(5):
            ada.rejoin()
            resent = ada.ask("message", id=lost["id"], room=lost["room"], text="again")
            assert (resent["op"], resent["code"]) == ("error", "unavailable")
            assert bob.ask("message", room="lobby", text="hello")["code"] == "unavailable"
            assert bob.ask("join", room="lab")["op"] == "joined"
            assert bob.ask("leave", room="lab")["code"] == "unavailable"
            here = {member["nick"] for member in bob.ask("members", room="lobby")["members"]}
            assert here == {"ada", "bob", "vera"}
            vera.say("hello")
        bob.rejoin()
        while sum("Not stored" in line for line in vera.heard) < 5:
            assert not vera.is_over(), vera.heard
    assert stopped.stop() == 0
    said = stopped.process.lines
    assert sum("The log is damaged" in line for line in said) == 1
    assert not [line for line in said if "Traceback" in line or "failed" in line]


def set_aside(client):
    """What the client keeps of a longer log."""
    deadline = time.monotonic() + HEAR_S
    while not client.copies():
        assert time.monotonic() < deadline, client.status()
    (copy,) = client.copies()
    return copy


def test_a_client_that_holds_more_than_a_damaged_log_keeps_it_and_says_so(stopped, tmp_path):
    stopped.start()
    with Client("kim", room="lab", connect=stopped.requests, data=tmp_path / "kim.db") as kim:
        kim.send("kept by kim")
        assert next(iter(kim)).text == "kept by kim"
    assert stopped.stop() == 0
    file = stopped.data / "loggia.db"
    flip(file, file.read_bytes().rindex(b"kept by kim"))
    stopped.start()
    stopped.process.wait_for("The log is damaged: .*room lab from ")
    with Client("kim", room="lab", connect=stopped.requests, data=tmp_path / "kim.db") as kim:
        copy = set_aside(kim)
        assert "kept by kim" in [getattr(event, "text", "") for event in kim.read_copy(copy)]
        assert "or is damaged" in str(kim.status())
    assert stopped.stop() == 0


def test_a_changed_byte_of_the_wal_is_noticed_at_the_start_with_what_is_missing(stopped):
    wal = stopped.data / "loggia.db-wal"
    flip(wal, wal.stat().st_size * 3 // 4)
    stopped.start()
    stopped.process.wait_for(
        r"The log is damaged: room \w+ from [\d,]+ \(its events up to [\d,]+ are missing\)"
    )
    with Raw(stopped.requests, "bob") as bob:
        assert bob.ask("message", room="lobby", text="hello")["code"] == "unavailable"
        assert len(bob.log()) == bob.me["head"] > 0
    assert stopped.stop() == 0
    said, code = verified(stopped.data)
    assert code == 1
    assert "NOT SOUND" in said


def test_of_random_changes_all_are_noticed_by_a_start_or_by_verify(stopped, tmp_path):
    """Real processes for some; 200 in one process are in tests/broker/admin/test_verify.py."""
    chance = random.Random(3)
    files = ["loggia.db", "loggia.db-wal"]
    sizes = [(stopped.data / name).stat().st_size for name in files]
    for number in range(6):
        data = tmp_path / f"copy-{number}"
        shutil.copytree(stopped.data, data)
        (name,) = chance.choices(files, sizes)
        flip(data / name, chance.randrange((data / name).stat().st_size), 1 << chance.randrange(8))
        said, code = verified(data)
        assert code == 1, said


def test_a_damaged_log_is_served_again_after_a_restore(stopped, tmp_path):
    checkpointed(stopped)
    with module("broker", "backup", str(tmp_path / "backup.db"), "--data", str(stopped.data)) as command:
        assert command.wait() == 0, command.lines
    file = stopped.data / "loggia.db"
    flip(file, file.stat().st_size // 2)
    verified(stopped.data)
    stopped.start()
    stopped.process.wait_for("The log is damaged")
    with module("broker", "restore", str(tmp_path / "backup.db"), "--data", str(stopped.data)) as command:
        assert command.wait() == 0, command.lines  # under the running broker
    with Raw(stopped.requests, "bob") as bob:
        bob.say("all is well")
        assert any(event.get("text") == "the last one" for event in bob.log())
    assert verified(stopped.data)[1] == 0


# -- An older file -----------------------------------------------------------------------------


def test_an_old_file_put_back_by_hand_is_a_new_life_and_clients_keep_what_they_have(tmp_path):
    with Broker(tmp_path / "broker") as broker, Raw(broker.requests, "bob") as bob:
        epoch = bob.me["epoch"]
        with Client("ada", connect=broker.requests, data=tmp_path / "ada.db") as ada:
            ada.send("in the backup")
            broker.stop()
            shutil.copy(broker.data / "loggia.db", tmp_path / "old.db")
            broker.start()
            lost = ada.send("after the backup")
            broker.stop()
            shutil.copy(tmp_path / "old.db", broker.data / "loggia.db")
            waits = ada.send("while it was down", wait=False)
            broker.start()
            broker.process.wait_for(
                "begins a new life, because it ends before what was answered: an older file"
            )
            bob.rejoin()
            assert bob.me["epoch"] != epoch
            assert waits
            bob.hears("while it was down", "ada")
            said = [event["text"] for event in bob.log() if event["op"] == "message"]
            assert said == ["in the backup", "while it was down"]  # what is gone is not offered silently
            standing = ada.status()
            assert standing.restored == ["lobby"]
            assert "restored from a backup" in str(standing)
            (copy,) = ada.copies()
            kept = {event.seq: getattr(event, "text", None) for event in ada.read_copy(copy)}
            assert kept[lost] == "after the backup"
