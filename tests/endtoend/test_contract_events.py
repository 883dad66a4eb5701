"""docs/protocol.md, "Events", "Order of things" and "Catching up": the log a client can prove complete."""

import json
import time

import pytest
import zmq

from tests.endtoend.wire import LOBBY, refused

PAGE_EVENTS = 1000


@pytest.fixture
def ada(wire):
    """Alone in a room of her own."""
    return wire.joined(room=wire.name("room"))


# -- Stored events ------------------------------------------------------------------------------


def test_a_message_as_it_is_stored(wire, ada):
    before = time.time() * 1000
    stored = ada.ask("message", room=ada.room, text="hello")
    [event] = ada.ask("history", room=ada.room, after=1)["events"]
    assert event == {
        "op": "message",
        "room": ada.room,
        "seq": 2,
        "at": stored["at"],
        "nick": ada.nick,
        "account": ada.account,
        "id": stored["id"],
        "text": "hello",
    }
    assert isinstance(stored["at"], int)
    assert before - 1000 < stored["at"] < time.time() * 1000 + 1000


def test_what_a_bot_said_is_marked(wire, ada):
    bot = wire.joined(room=ada.room, bot=True)
    bot.say("by program")
    ada.say("by hand")
    assert [(event["text"], event.get("bot")) for event in ada.log() if event["op"] == "message"] == [
        ("by program", True),
        ("by hand", None),
    ]


def test_every_event_has_its_place(wire, ada):
    bob = wire.joined(room=ada.room)
    bob.say("hi")
    ada.ask("join", nick=wire.name("renamed"), room=ada.room)
    bob.ask("leave", room=ada.room)
    bob.ask("join", room=ada.room)
    bob.ask("!end")
    events = ada.log()
    assert [event["op"] for event in events] == [
        "joined", "joined", "message", "renamed", "left", "joined", "left",
    ]  # fmt: skip
    for event in events:
        assert set(event) >= {"op", "room", "seq", "at", "nick", "account", "id"}
        assert event["room"] == ada.room
        assert 1 <= len(event["id"]) <= 64
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)
    assert [event["reason"] for event in events if event["op"] == "left"] == ["end", "end"]
    assert events[3]["was"] == ada.nick


def test_seq_is_dense_with_many_senders_at_once(wire, ada):
    bobs = [wire.joined(room=ada.room) for _ in range(10)]
    for _ in range(5):
        for bob in bobs:
            bob.post(*[bob.request("message", room=ada.room, text=bob.nick) for _ in range(20)])
    stored = [answer for bob in bobs for answer in bob.take(100)]
    assert sorted(answer["seq"] for answer in stored) == list(range(12, 1012))
    by_seq = {event["seq"]: event for event in ada.log()}
    for answer in stored:
        assert (by_seq[answer["seq"]]["id"], by_seq[answer["seq"]]["at"]) == (answer["id"], answer["at"])
    for bob in bobs:  # what one connection says stays in its order
        ids = [
            event["id"] for event in by_seq.values() if event["nick"] == bob.nick and event["op"] == "message"
        ]
        assert ids == sorted(ids)


def test_what_is_refused_leaves_no_hole(wire, ada):
    for _ in range(5):
        ada.ask("message", room=ada.room, text="")
        ada.ask("message", room=ada.room, text="x" * 20_000)
        ada.ask("message", room="there is none", text="hello")
        wire.caller().ask("join", nick=ada.nick, room=ada.room)
        ada.say("hello")
    assert len(ada.log()) == 6


# -- Idempotency --------------------------------------------------------------------------------


def test_the_same_id_again_returns_the_first_answer(wire, ada):
    listener = wire.listener(ada.topic)
    request = ada.request("message", room=ada.room, text="once")
    first = ada.exchange(request)
    ada.say("another")
    for again in (request, {**request, "text": "something else"}):
        assert ada.exchange(again) == {**first, "duplicate": True}
    assert [event["text"] for event in listener.so_far()] == ["once", "another"]
    assert len(ada.log()) == 3


def test_the_same_id_twice_in_one_array_is_stored_once(wire, ada):
    request = ada.request("message", room=ada.room, text="once")
    ada.post(*[request] * 100)
    first, *others = ada.take(100)
    assert first["duplicate"] is False
    assert others == [{**first, "duplicate": True}] * 99
    assert len(ada.log()) == 2


@pytest.mark.parametrize(
    "ids", [["9", "10", "1"], ["zz", "a", "m", "zzz", "b"], ["é", "\U0001f600", "e", "\uffff"]]
)
def test_ids_need_not_grow(wire, ada, ids):
    stored = {}
    for chosen in ids:
        stored[chosen] = ada.exchange({"op": "message", "id": chosen, "room": ada.room, "text": chosen})
        assert stored[chosen]["duplicate"] is False
    for chosen in reversed(ids):
        again = ada.exchange({"op": "message", "id": chosen, "room": ada.room, "text": chosen})
        assert again == {**stored[chosen], "duplicate": True}
    assert len(ada.log()) == 1 + len(ids)


def test_ids_are_unique_per_account_not_per_connection_or_room(wire, ada):
    second, other = wire.name("room"), wire.joined(room=ada.room)
    ada.ask("join", room=second)
    first = ada.exchange({"op": "message", "id": "mine", "room": ada.room, "text": "one"})
    back = wire.resumed(ada)
    again = back.exchange({"op": "message", "id": "mine", "room": second, "text": "two"})
    assert again == {**first, "duplicate": True}
    theirs = other.exchange({"op": "message", "id": "mine", "room": ada.room, "text": "three"})
    assert theirs["duplicate"] is False
    assert len(ada.log(second)) == 1


def test_an_id_counts_after_the_session_was_over_and_the_room_was_left(wire, ada):
    request = ada.request("message", room=ada.room, text="once")
    first = ada.exchange(request)
    ada.ask("leave", room=ada.room)
    assert ada.exchange(request) == {**first, "duplicate": True}
    ada.ask("!end")
    back = wire.resumed(ada, room=LOBBY)
    assert back.exchange(request) == {**first, "duplicate": True}


def test_a_goodbye_to_a_room_is_stored_once(wire, ada):
    request = ada.request("leave", room=ada.room)
    first = ada.exchange(request)
    ada.ask("join", room=ada.room)
    assert ada.exchange(request) == {**first, "duplicate": True}
    assert [event["op"] for event in ada.log()] == ["joined", "left", "joined"]


# -- Pages --------------------------------------------------------------------------------------


def seqs(page):
    return [event["seq"] for event in page["events"]]


def test_anyone_with_a_session_reads_the_history_of_every_room(wire, ada):
    for text in ("before", "he came"):
        ada.ask("message", room=ada.room, text=text)
    eve = wire.joined()
    assert ada.room not in eve.me["rooms"]
    page = eve.ask("history", room=ada.room, after=0)
    assert [event["op"] for event in page["events"]] == ["joined", "message", "message"]
    assert [event.get("text") for event in page["events"][1:]] == ["before", "he came"]
    assert wire.caller().ask("history", room=ada.room)["code"] == "no_session"


def test_pages_of_history(wire, ada):
    ada.post(*[ada.request("message", room=ada.room, text="x") for _ in range(999)])
    ada.take(999)
    ada.post(*[ada.request("message", room=ada.room, text="x") for _ in range(250)])
    ada.take(250)
    head = 1250

    def page(**fields):
        given = ada.ask("history", room=ada.room, **fields)
        assert (given["op"], given["head"], given["epoch"]) == ("history", head, ada.epoch)
        return seqs(given), given["more"]

    def span(first, last):
        return list(range(first, last + 1))

    assert page() == (span(head - 99, head), True)
    assert page(after=0) == (span(1, 100), True)
    assert page(after=0, limit=1000) == (span(1, 1000), True)
    assert page(after=1000, limit=1000) == (span(1001, head), False)
    assert page(after=head - 1) == ([head], False)
    assert page(after=head) == ([], False)
    assert page(after=10**9) == ([], False)
    assert page(before=1) == ([], False)
    assert page(before=0) == ([], False)
    assert page(before=2) == ([1], False)
    assert page(before=101) == (span(1, 100), False)
    assert page(before=102) == (span(2, 101), True)
    assert page(before=head, limit=3) == (span(head - 3, head - 1), True)
    assert page(before=10**9, limit=1) == ([head], True)
    assert page(limit=1000) == (span(251, head), True)
    assert page(after=249, limit=1000) == (span(250, 1249), True)
    for middle in (255, 256, 257, 511, 512, 513, 1000, 1001):
        assert page(after=middle, limit=2) == (span(middle + 1, middle + 2), True)
        assert page(before=middle, limit=2) == (span(middle - 2, middle - 1), True)


def test_a_page_has_at_most_1000_events_and_one_direction(wire, ada):
    for fields in ({"limit": 1001}, {"limit": 0}, {"after": 1, "before": 2}):
        answer = ada.ask("history", room=ada.room, **fields)
        refused(answer, "bad_request", answer["id"])


def test_large_messages_come_in_more_pages(wire, ada):
    for _ in range(6):
        ada.post(*[ada.request("message", room=ada.room, text="漢" * 5000) for _ in range(8)])
        ada.take(8)
    head = 49
    assert len(ada.log()) == head
    before = head + 1
    while before > 1:
        page = ada.ask("history", room=ada.room, before=before, limit=1000)
        assert seqs(page) == list(range(before - len(page["events"]), before))
        assert page["events"]
        before -= len(page["events"])
        assert page["more"] is (before > 1)


# -- Order of things ----------------------------------------------------------------------------


def test_stored_is_answered_before_or_with_its_broadcast_never_instead(wire, ada):
    """Each message that was answered is published, exactly once, and readable as soon as it is answered."""
    listener = wire.listener(ada.topic)
    for number in range(50):
        stored = ada.say(f"number {number}")
        [event] = ada.ask("history", room=ada.room, limit=1)["events"]
        assert (event["seq"], event["id"]) == (stored["seq"], stored["id"])
    assert [event["seq"] for event in listener.so_far()] == list(range(2, 52))


def test_who_asks_within_an_array_sees_what_was_stored_before(wire, ada):
    ada.post(
        ada.request("history", room=ada.room),
        ada.request("message", room=ada.room, text="hello"),
        ada.request("history", room=ada.room),
        ada.request("ping", cursors={ada.room: 1}),
    )
    _, stored, after, pong = ada.take(4)
    assert after["head"] == stored["seq"] == 2
    assert pong["heads"] == {ada.room: 2}


def test_a_late_subscriber_fills_what_it_missed(wire, ada):
    """Subscribe, join, compare with `head`, fill: nothing is missing, nothing is there twice."""
    ada.say("before anybody listened")
    sub = wire.socket(zmq.SUB, wire.broker.broadcasts)
    sub.subscribe(ada.topic)
    bob = wire.joined(room=ada.room)
    held = {event["seq"]: event for event in bob.ask("history", room=ada.room, after=0)["events"]}
    assert sorted(held) == list(range(1, bob.head + 1))
    while not sub.poll(10):
        ada.say("somebody there?")
    for event in json.loads(sub.recv_multipart()[1]):
        held[event["seq"]] = event
    last = max(held)
    missing = bob.ask("history", room=ada.room, after=bob.head, limit=1000)["events"]
    for event in missing:
        assert held.setdefault(event["seq"], event) == event
    assert sorted(held)[:last] == list(range(1, last + 1))
    assert bob.ask("ping", cursors={ada.room: max(held)})["heads"] == {}


# -- The lobby is for all doors -----------------------------------------------------------------


def test_passing_things_are_not_stored(wire, ada):
    bob = wire.joined(room=ada.room)
    listener = wire.listener(ada.topic)
    bob.close()
    [presence] = listener.until(lambda event: event["op"] == "presence")
    assert set(presence) == {"op", "room", "nick", "account", "presence", "status", "since"}
    assert [event["op"] for event in ada.log()] == ["joined", "joined"]
