"""What the broker says is kept as it came: what this program does not know, a newer one finds in its copy."""

import json
import pathlib
from typing import Any

import apsw
import msgspec
import pytest
from loggia.shared.client import commands, effects, updates
from loggia.shared.client.link.replica import Replica
from loggia.shared.protocol.down import receive
from loggia.shared.protocol.events import Event, MessageEvent, OtherEvent, Received

from tests.shared.client.fake import FakeBroker
from tests.shared.client.sync.restoring import EVERYTHING, another_log, restore
from tests.shared.client.wired import Client

NEWER: dict[str, Any] = {
    "heard_at": 9_007_199_254_740_993,
    "praises": [{"sign": "\U0001f44d", "by": ["a-zoe", None]}],
    "mood": {"loud": 1.50},
}


class NewerBroker(FakeBroker):
    """Says more of each event than this version knows."""

    def _append(self, room: str, fields: dict[str, Any]) -> dict[str, Any]:
        return super()._append(room, {**fields, **NEWER})


class NewerMessage(Event, tag="message"):
    """A message as a later version of this program knows it."""

    text: str
    heard_at: int
    praises: list[dict[str, Any]]


def bodies(file: pathlib.Path, epoch: str = "epoch-1") -> dict[int, bytes]:
    """What lies in the file, read without a line of this program."""
    db = apsw.Connection(str(file))
    rows = "SELECT seq, body FROM event JOIN copy ON id = copy WHERE epoch = ? ORDER BY seq"
    found = dict(db.execute(rows, (epoch,)))
    db.close()
    return found


def sent(client: Client, room: str = "lobby") -> dict[int, bytes]:
    """What the broker sent of each event: its JSON is not written as ours is."""
    return {event["seq"]: json.dumps(event).encode() for event in client.broker.rooms[room]}


def started(file: pathlib.Path, before: int = 0, **more: Any) -> Client:
    broker = NewerBroker()
    for number in range(before):
        broker.say("lobby", f"old {number}")
    client = Client(broker, replica=Replica(file), **more)
    client.step()
    return client


@pytest.fixture
def file(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "ada.db"


def test_a_broadcast_is_kept_as_it_came(file: pathlib.Path) -> None:
    client = started(file)
    client.broker.say("lobby", "new")
    client.broker.say("lobby", "unknown", op="praised", target=[3, {"deep": None}])
    client.step()
    client.replica.close()
    assert bodies(file) == sent(client)


def test_several_of_one_frame_are_kept_each_for_itself(file: pathlib.Path) -> None:
    client = started(file)
    events = [client.broker.say("lobby", f"{number} \u00e9\\") for number in range(5)]
    frame = b"[ " + b" ,\n".join(json.dumps(event, ensure_ascii=False).encode() for event in events) + b" ]"
    client.perform(client.session.heard([], [frame], client.now))
    client.replica.close()
    held = bodies(file)
    assert {event["seq"]: held[event["seq"]] for event in events} == {
        event["seq"]: json.dumps(event, ensure_ascii=False).encode() for event in events
    }


def test_pages_of_history_are_kept_as_they_came(file: pathlib.Path) -> None:
    client = started(file, before=130)
    client.post(commands.LoadOlder(room="lobby", limit=100))
    client.step()
    client.deliver_published()
    for number in range(30):
        client.broker.say("lobby", f"missed {number}")
    client.deliver_published(keep=lambda event: False)
    client.wait(60.0)
    client.replica.close()
    held = bodies(file)
    assert sorted(held) == list(range(1, 162))
    assert held == sent(client)


def test_what_waits_beyond_a_hole_is_kept_as_it_came(file: pathlib.Path) -> None:
    client = started(file)
    lost, *others = [client.broker.say("lobby", f"{number}") for number in range(4)]
    client.deliver_published(keep=lambda event: event["id"] != lost["id"])
    client.step()
    client.replica.close()
    assert len(others) == 3
    assert bodies(file) == sent(client)


def test_the_entry_that_an_empty_copy_begins_behind_is_kept_as_it_came(file: pathlib.Path) -> None:
    client = started(file, **EVERYTHING)
    client.replica.close()
    assert bodies(file) == sent(client)
    assert msgspec.json.decode(bodies(file)[1])["mood"] == NEWER["mood"]


def test_copies_that_were_set_aside_keep_what_came(file: pathlib.Path) -> None:
    """By a restore, under the same name, and of a log that takes turns with another."""
    for epoch, kept in (("epoch-2", 2), ("epoch-1", 2)):
        copy = file.with_name(f"{epoch}.db")
        client = started(copy, **EVERYTHING)
        for number in range(4):
            client.broker.say("lobby", f"{number}")
        client.step()
        before = sent(client)
        restore(client, kept, epoch)
        client.wait(30.0)
        client.broker.say("lobby", "after")
        client.step()
        (void,) = client.updates(updates.VoidCopy)
        client.replica.close()
        assert bodies(copy, void.old.epoch) == before
        assert bodies(copy, epoch)[3] == sent(client)[3]


def test_a_log_that_takes_turns_with_another_keeps_what_came(file: pathlib.Path) -> None:
    client = started(file, **EVERYTHING)
    client.broker.say("lobby", "here")
    client.step()
    before = sent(client)
    another_log(client)
    client.wait(30.0)
    client.replica.close()
    assert bodies(file, "epoch-1") == before


def test_a_newer_program_reads_its_fields_from_the_copy(file: pathlib.Path) -> None:
    client = started(file)
    event = client.broker.say("lobby", "new")
    praised = client.broker.say("lobby", "later", op="praised", target=3)
    client.step()
    for _ in range(2):  # opened again and again, by this program too
        client.replica.close()
        client.replica = Replica(file)
    held = client.replica.events("lobby", "epoch-1", 1, 9)
    assert isinstance(held[0], MessageEvent)
    assert isinstance(held[1], OtherEvent)
    assert held[1].fields == praised
    client.replica.close()
    newer = msgspec.json.decode(bodies(file)[event["seq"]], type=NewerMessage)
    assert (newer.heard_at, newer.praises) == (NEWER["heard_at"], NEWER["praises"])


def test_nothing_is_encoded_again(file: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory and time: the bytes that came are the very object that goes to the disk."""
    item = receive(
        b'{"op":"message","room":"lobby","seq":1,"at":1,"nick":"a","account":"a","id":"i","text":"x"}'
    )
    assert isinstance(item, Received)
    kept: list[effects.KeepCopy] = []
    client = started(file)
    monkeypatch.setattr(client.replica, "keep", kept.extend)
    client.session._sync._rooms["lobby"].keep([item])
    client.perform(client.session.asked([], client.now, 0))
    assert [change.entries[0].body is item.body for change in kept] == [True]
    client.replica.close()


def test_what_a_message_said_before_is_read_from_the_copy() -> None:
    broker = FakeBroker()
    client = Client(broker)
    client.step()
    said = broker._append(
        "lobby", {"op": "message", "nick": "zoe", "account": "a-zoe", "id": "1", "text": "helo"}
    )
    broker._append(
        "lobby",
        {
            "op": "edited",
            "nick": "zoe",
            "account": "a-zoe",
            "id": "2",
            "target": said["seq"],
            "text": "hello",
        },
    )
    client.wait(1.0)
    client.post(commands.ReadChanges(room="lobby", epoch="epoch-1", seq=said["seq"], id="q"))
    (told,) = client.updates(updates.ToldChanges)
    assert (told.room, told.seq, told.id) == ("lobby", said["seq"], "q")
    assert [getattr(event, "text", "") for event in told.events] == ["helo", "hello"]
