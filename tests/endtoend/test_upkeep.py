"""The operator's commands on a real broker that runs and is busy, and what its clients see of them."""

import json
import threading

import pytest
from loggia.shared.client.api.client import Client
from loggia.shared.protocol.events import MessageEvent

from tests.endtoend.people import Raw
from tests.endtoend.processes import Broker, Running, module


def do(broker: Broker, *arguments: str) -> list[str]:
    """A command on this broker's data that must succeed; gives what it printed."""
    with asked(broker, *arguments) as command:
        assert command.wait() == 0, command.lines
        return command.lines


def asked(broker: Broker, *arguments: str) -> Running:
    return module("broker", *arguments, "--data", str(broker.data))


class Chatter:
    """A thread that says one thing after the other. `stored`: what was answered, text by seq."""

    def __init__(self, broker: Broker, client: Client) -> None:
        self.stored: dict[int, str] = {}
        self._client = client
        self._stop = threading.Event()
        self._said = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="chatter")
        self._thread.start()

    def says(self, count: int) -> None:
        """Block until so many more were answered."""
        with self._said:
            wanted = len(self.stored) + count
            assert self._said.wait_for(lambda: len(self.stored) >= wanted, 30)

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        number = 0
        while not self._stop.is_set():
            text = f"chatter {number}"
            seq = self._client.send(text)
            with self._said:
                self.stored[seq] = text
                self._said.notify_all()
            number += 1


@pytest.fixture
def chatter(tmp_path):
    with (
        Broker(tmp_path / "broker", "--rate", "0") as broker,
        Client("ada", connect=broker.requests, data=tmp_path / "ada.db", timeout_s=30.0) as client,
    ):
        chatter = Chatter(broker, client)
        chatter.broker = broker
        chatter.client = client
        try:
            yield chatter
        finally:
            chatter.close()


def texts(events) -> dict[int, str]:
    return {event["seq"]: event["text"] for event in events if event["op"] == "message"}


def test_a_backup_taken_under_load_restores_to_a_sound_state(chatter, tmp_path):
    chatter.says(100)
    before = dict(chatter.stored)
    assert do(chatter.broker, "verify")[-1].startswith("SOUND")
    (line,) = [
        line for line in do(chatter.broker, "backup", str(tmp_path / "backup.db")) if "verified" in line
    ]
    assert "Backed up and verified: 1 room," in line
    chatter.says(100)
    other = tmp_path / "other"
    with module("broker", "restore", str(tmp_path / "backup.db"), "--data", str(other)) as command:
        assert command.wait() == 0, command.lines
    with Broker(other) as restored, Raw(restored.requests, "bob") as bob:
        held = texts(bob.log())
        assert before.items() <= held.items()
        assert held.items() <= chatter.stored.items()
        assert bob.say("life goes on")["seq"] == bob.me["head"] + 1


def test_a_restore_under_a_running_broker_is_a_new_life_that_its_clients_are_told_of(chatter, tmp_path):
    chatter.says(50)
    do(chatter.broker, "backup", str(tmp_path / "backup.db"))
    chatter.says(50)
    chatter.close()
    lost = dict(chatter.stored)
    said = do(chatter.broker, "restore", str(tmp_path / "backup.db"))
    assert any("kept in" in line for line in said)
    seq = chatter.client.send("after the restore")
    assert seq < max(lost)
    assert chatter.client.status().restored == ["lobby"]
    (copy,) = chatter.client.copies()
    kept = {
        event.seq: event.text for event in chatter.client.read_copy(copy) if isinstance(event, MessageEvent)
    }
    assert lost.items() <= kept.items()
    with Raw(chatter.broker.requests, "bob") as bob:
        log = texts(bob.log())
        assert log[seq] == "after the restore"
        assert set(log.values()) < {*lost.values(), "after the restore"}  # nothing was offered again
    with asked(chatter.broker, "verify") as command:
        assert command.wait() == 0, command.lines


def test_compacting_under_a_running_broker_loses_and_doubles_nothing(chatter):
    chatter.says(200)
    assert any("Compacted" in line for line in do(chatter.broker, "compact"))
    chatter.says(50)
    chatter.close()
    with Raw(chatter.broker.requests, "bob") as bob:
        assert texts(bob.log()) == chatter.stored
        assert [event["nick"] for event in bob.log() if event["op"] == "joined"] == ["ada", "bob"]
    assert do(chatter.broker, "verify")[-1].startswith("SOUND")


def test_rooms_move_to_another_running_broker_with_their_numbers_and_hashes(chatter, tmp_path):
    chatter.says(30)
    chatter.close()
    file = tmp_path / "rooms.jsonl"
    do(chatter.broker, "export", "--output", str(file))
    with Broker(tmp_path / "other") as other:
        with Raw(other.requests, "zoe") as zoe:
            zoe.ask("join", room="lab")
        with asked(other, "import", str(file)) as command:
            assert command.wait() == 1
            refused = command.lines
        assert "there is a room lobby here already; nothing was imported" in refused[-1]
    with Broker(tmp_path / "third", "--front-door", "off") as third:
        taken = do(third, "import", str(file))
        with Raw(third.requests, "bob") as bob:
            log = bob.log()
            assert texts(log) == chatter.stored
            assert log[-1]["op"] == "joined"
    lines = [json.loads(line) for line in file.read_bytes().splitlines()]
    assert lines[-1]["room_ends"] == "lobby"
    assert taken[0] == f"lobby: 1 to {lines[-1]['seq']}, hash {lines[-1]['chain']}"


def test_an_export_to_standard_output_is_nothing_but_the_export(chatter):
    chatter.says(5)
    lines = [json.loads(line) for line in do(chatter.broker, "export")]
    assert lines[0]["loggia"] == 2
    page = "\n".join(do(chatter.broker, "export", "--format", "html", "--room", "lobby"))
    assert page.startswith("<!DOCTYPE html>")
    assert page.endswith("</html>")


@pytest.mark.parametrize("command", ["verify", "backup", "compact", "export"])
def test_a_folder_that_holds_no_log_is_left_as_it_is(tmp_path, command):
    arguments = [str(tmp_path / "file")] if command == "backup" else []
    with module("broker", command, *arguments, "--data", str(tmp_path / "empty")) as running:
        assert running.wait() == 1
        assert len(running.lines) == 1
        assert running.lines[0].startswith("ERROR: there is no log")
    assert list(tmp_path.iterdir()) == []
