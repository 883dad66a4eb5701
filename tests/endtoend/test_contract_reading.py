"""docs/protocol.md, read marks: with nothing but pyzmq, against a real broker."""

import pytest

from tests.endtoend.members import Member, private
from tests.endtoend.processes import Broker
from tests.endtoend.wire import LOBBY, Wire, refused


@pytest.fixture
def member(wire):
    return lambda **fields: Member(wire.joined(**fields))


def twin(wire, of):
    """Another connection of the same account."""
    caller = wire.caller()
    caller.join(token=of.caller.token)
    return Member(caller)


def state(member, room):
    told = member.listed()[room]
    return told["read"], told["unread"], told["mentions"]


def test_a_mark_is_stored_forward_only_and_tells_how_much_is_unread(wire, member):
    ann, bob = member(), member()
    room = wire.name("room")
    for one in (ann, bob):
        one.does("join", room=room)
    assert state(bob, room) == (0, 0, 0)
    first = ann.does("message", room=room, text="hello")["seq"]
    ann.does("message", room=room, text=f"hi @{bob.nick}")
    last = ann.does("message", room=room, text=f"@{bob.nick}, are you there?")["seq"]
    bob.does("message", room=room, text=f"I am, @{bob.nick} speaking")
    assert state(bob, room) == (0, 3, 2)
    stored = bob.does("read", room=room, seq=first)
    assert (stored["op"], stored["room"], stored["seq"]) == ("stored", room, first)
    assert state(bob, room) == (first, 2, 2)
    assert bob.does("read", room=room, seq=1)["seq"] == first
    ann.does("edit", room=room, seq=last, text="never mind")
    assert state(bob, room) == (first, 2, 1)
    ann.does("delete", room=room, seq=last)
    assert state(bob, room) == (first, 1, 1)
    head = bob.listed()[room]["head"]
    assert bob.does("read", room=room, seq=2**40 - 1)["seq"] == head
    assert state(bob, room) == (head, 0, 0)
    assert state(ann, room) == (0, 1, 0)
    assert len(ann.log(room)) == head, "a mark is no entry"


def test_the_other_connections_of_the_account_are_told_and_nobody_else(wire, member):
    ann, bob = member(), member()
    listener = wire.listener("")
    phone = twin(wire, ann)
    made = private(ann, bob)
    phone.news(), bob.news()
    for room in (LOBBY, made):
        ann.does("read", room=room, seq=2)
        assert phone.caller.next() == {"op": "read", "room": room, "seq": 2}
    assert phone.does("read", room=made, seq=3)["seq"] == 3
    assert ann.until("read")[-1] == {"op": "read", "room": made, "seq": 3}
    assert bob.news() == []
    bob.does("message", room=LOBBY, text="the end")
    said = listener.until(lambda event: event.get("text") == "the end")
    assert "read" not in {event["op"] for event in said}


def test_what_was_answered_survives_kill_9(tmp_path):
    with Broker(tmp_path) as broker, Wire(broker) as wire:
        ann = wire.joined()
        seq = ann.say("hello")["seq"]
        assert ann.ask("read", room=LOBBY, seq=seq)["seq"] == seq
        broker.kill()
        broker.start()
        with Wire(broker) as again:
            back = Member(again.resumed(ann))
            assert state(back, LOBBY)[0] == seq


@pytest.mark.parametrize("seq", [-1, "1", None, 1.5, True, 2**63])
def test_what_is_no_seq_is_refused(member, seq):
    ann = member()
    answer = ann.ask("read", room=LOBBY, seq=seq)
    refused(answer, "bad_request", answer["id"])


def test_a_room_that_is_not_there_for_one_is_none(member):
    ann, bob = member(), member()
    made = private(ann)
    theirs, nobodys = bob.ask("read", room=made, seq=1), bob.ask("read", room="%" + "x" * 28, seq=1)
    for answer in (theirs, nobodys):
        refused(answer, "no_such_room", answer["id"])
    assert theirs["text"].replace(made, "") == nobodys["text"].replace("%" + "x" * 28, "")
