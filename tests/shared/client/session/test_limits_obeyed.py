"""Brokers with other limits than the usual: `joined.limits` counts, whatever the client would like."""

import pathlib

import pytest
from loggia.shared.client import commands, updates
from loggia.shared.client.api.client import Client
from loggia.shared.client.completeness import Completeness
from loggia.shared.client.sync.cursor import PAGE, page_events
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.limits import Limits

from tests.shared.client import wired
from tests.shared.client.fake import FakeBroker
from tests.shared.client.running import Broker, eventually, heard


def strict(tmp_path: pathlib.Path, **limits: int) -> Broker:
    """A broker with limits of its own; `settings` may be written anew before it is started again."""
    broker = Broker(tmp_path / "broker", "--rate", "0", "--config", str(tmp_path / "broker.toml"))
    allow(tmp_path, **limits)
    broker.start()
    return broker


def allow(tmp_path: pathlib.Path, **limits: int) -> None:
    lines = [f"{name} = {value}" for name, value in limits.items()]
    (tmp_path / "broker.toml").write_text("\n".join(["[limits]", *lines]))


def say(client: Client, count: int, room: str | None = None) -> None:
    for number in range(count - 1):
        client.send(f"{number}", room=room, wait=False)
    client.send("the last", room=room)


def whole(client: Client, room: str) -> bool:
    return client.status().rooms[room].last == client.status().rooms[room].head


@pytest.mark.parametrize("page", [1, 7, 100, 5000])
def test_what_was_missed_comes_in_pages_of_the_broker(tmp_path: pathlib.Path, page: int) -> None:
    broker = strict(tmp_path, page_events=page)
    try:
        with Client("ada", connect=broker.requests, data=tmp_path / "ada.db") as ada:
            ada.send("hello")
        with Client("bob", connect=broker.requests) as bob:
            say(bob, count := 30 if page == 1 else 250)
        with Client("ada", connect=broker.requests, data=tmp_path / "ada.db") as ada:
            eventually(lambda: ada.status().connection == "connected" and whole(ada, "lobby"))
            assert not ada.status().rooms["lobby"].refused
            texts = [event.text for event in heard(ada, count)]
            if texts[0] == "hello":  # the first client ended before it heard itself
                texts = [*texts[1:], heard(ada, 1)[0].text]
            assert texts == [*map(str, range(count - 1)), "the last"]
        with Client("eve", connect=broker.requests) as eve:
            found = 0
            while entries := eve.history(limit=1000):
                assert len(entries) <= page
                found += len(entries)
            assert found > 30
            assert eve.status().rooms["lobby"].complete
    finally:
        broker.close()


def test_limits_that_change_at_a_restart_count(tmp_path: pathlib.Path) -> None:
    broker = strict(tmp_path)
    try:
        with Client("ada", connect=broker.requests) as ada, Client("bob", connect=broker.requests) as bob:
            eventually(lambda: len(ada.members()) == 2)
            bob.send("x" * 1000)
            assert len(heard(ada, 1)[0].text) == 1000
            broker.stop()
            allow(tmp_path, page_events=10, text_bytes=100)
            broker.start()
            say(bob, 50)
            assert [event.text for event in heard(ada, 50)][-1] == "the last"
            with pytest.raises(Refused, match="too_large: This is 900 characters too long for one message "):
                bob.send("x" * 1000)
            broker.stop()
            allow(tmp_path, text_bytes=40_000)
            broker.start()
            bob.send("back")
            heard(ada, 1)
            bob.send("y" * 30_000)
            assert len(heard(ada, 1)[0].text) == 30_000
    finally:
        broker.close()


def test_arrays_and_frames_are_as_large_as_the_broker_takes_them(tmp_path: pathlib.Path) -> None:
    broker = strict(tmp_path, array_requests=3, frame_bytes=1000, text_bytes=500)
    rooms = [f"a room with a long name of its own, number {number}" for number in range(40)]
    try:
        with Client("ada", rooms=rooms, connect=broker.requests) as ada:
            eventually(lambda: all(room.current for room in ada.status().rooms.values()))
            say(ada, 50, rooms[7])
            ada.send("x" * 500)
            assert len(heard(ada, 51)) == 51
            with pytest.raises(Refused, match="too_large"):
                ada.send("x" * 501)
            assert not ada.status().refused
    finally:
        broker.close()


@pytest.mark.parametrize(
    ("limits", "page"),
    [
        (Limits(), PAGE),
        (Limits(page_events=1), 1),
        (Limits(page_events=100), 100),
        (Limits(page_events=50_000), PAGE),
        (Limits(text_bytes=500_000), PAGE),
    ],
)
def test_a_page_is_what_the_broker_gives(limits: Limits, page: int) -> None:
    assert page_events(limits) == page


def test_a_ping_of_many_rooms_goes_in_several_frames() -> None:
    broker = FakeBroker()
    broker.limits = {"frame_bytes": 600}
    client = wired.Client(broker, rooms=tuple(f"{'r' * 40} {number}" for number in range(30)))
    client.step()
    client.wait(11.0)
    pings = [request["cursors"] for request in broker.asked("ping")]
    assert max(len(frame) for frame in broker.frames) <= 600
    assert set().union(*pings) == set(broker.rooms)
    assert all(pings)


# -- A page that is refused --------------------------------------------------------------------


def behind(count: int, **refusal: object) -> wired.Client:
    """A client that missed so many entries, at a broker that gives no page."""
    broker = FakeBroker()
    broker.refusals["history"] = [{"code": "bad_request", **refusal} for _ in range(1000)]
    client = wired.Client(broker, complete=True)
    client.step()
    for number in range(count):
        broker.say("lobby", f"{number}")
    client._heard = len(broker.published)
    return client


def test_it_is_shown_and_asked_for_again_after_a_while() -> None:
    client = behind(5)
    client.wait(60.0)
    held = client.updates(Completeness)[-1]
    assert (held.refused, held.filling, held.complete) == ("Refused in a test.", 5, False)
    assert held.words == ("the server does not give 5 messages: Refused in a test., not loaded: 1 older")
    asked = [page["after"] for page in client.broker.asked("history")]
    assert 3 <= asked.count(1) <= 10, "for what is missing"
    assert 3 <= asked.count(0) <= 10, "for the entry that it begins behind"
    client.broker.refusals.clear()
    client.wait(20.0)
    assert client.texts() == ["0", "1", "2", "3", "4"]
    assert client.updates(Completeness)[-1].words == "2 to 6, not loaded: 1 older"


def test_who_waits_for_older_entries_is_told_that_there_are_some() -> None:
    client = behind(0)
    older = wired.Client(client.broker, nick="bob", complete=True)
    older.step()
    older.post(commands.LoadOlder(room="lobby", id="1"))
    older.step()
    (told,) = older.updates(updates.Older)
    assert (told.id, told.events, told.more) == ("1", [], True)
    assert told.refused is not None
    assert told.refused.code == "bad_request"
