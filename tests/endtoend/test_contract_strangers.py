"""docs/protocol.md, "Rooms and rights": what is not told of private rooms, with nothing but pyzmq, against a
real broker."""

import itertools
import statistics
import time

import pytest

from tests.endtoend.members import ASKED_OF_A_ROOM, Member, private
from tests.endtoend.wire import Wire, refused

FORMS = {
    "as it is": lambda name: name,
    "upper case": str.upper,
    "wide letters": lambda name: name[0] + "".join(chr(ord(char) + 0xFEE0) for char in name[1:]),
    "wide sign": lambda name: chr(ord(name[0]) + 0xFEE0) + name[1:],
    "a selector behind": lambda name: name + "\ufe0f",
    "a selector before": lambda name: "\ufe0f" + name,
    "a mark behind": lambda name: name + "\u0301",
    "shorter": lambda name: name[:-1],
    "a space behind": lambda name: name + " ",
}


@pytest.fixture
def member(wire):
    return lambda **fields: Member(wire.joined(**fields))


def never_used(name):
    return name[:-1] + ("a" if name[-1] != "a" else "b")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ["private", "direct", "slow", "closed"])
def test_a_stranger_is_answered_as_if_the_room_never_was(member, kind, form):
    ann, bob, eve = member(), member(), member()
    if kind == "direct":
        name = ann.does("direct", people=[bob.nick])["room"]
    else:
        name = private(ann, bob)
        if kind == "slow":
            ann.does("configure", room=name, slow_s=3600)
        if kind == "closed":
            ann.does("close", room=name)
    head = len(ann.log(name))
    for twice in range(2):
        for op, fields in ASKED_OF_A_ROOM.items():
            answers = []
            for one in (name, never_used(name)):
                one = FORMS[form](one)
                request = eve.caller.request(op, room=one, **fields) | {"id": f"{kind}.{op}.{twice}"}
                eve.caller.post(request)
                (frame,) = eve.caller.socket.recv_multipart()
                answers.append(frame.replace(one.encode(), b"?"))
            assert answers[0] == answers[1], op
            code = b'"bad_room"' if op == "join" and form in ("wide sign",) else b'"no_such_room"'
            assert code in answers[0] or op == "join", answers
    assert eve.does("ping", cursors={FORMS[form](name): 0, never_used(name): 0})["heads"] == {}
    assert name not in eve.listed()
    assert len(ann.log(name)) == head


def test_who_has_no_session_learns_nothing_either(wire, member):
    ann = member()
    name = private(ann)
    for number, one in enumerate((name, never_used(name))):
        caller = wire.caller()
        answer = caller.ask("join", nick=wire.name(), room=one)
        refused(answer, "no_such_room", answer["id"])
        assert caller.ask("history", room=one)["code"] == "no_session", number


def test_a_stranger_is_answered_as_fast_as_if_the_room_never_was(member):
    """The quicker ones of many, in turns, as others are at work on this computer: what is looked up and
    decided takes a few µs, and a page from the disk, or a title made of people, would be seen."""
    ann, eve = member(), member()
    name = private(ann)
    for text in map(str, range(300)):
        ann.does("message", room=name, text=text)
    took = {name: [], never_used(name): []}
    for _, one in itertools.product(range(150), took):
        request = eve.caller.request("history", room=one, limit=1000)
        began = time.perf_counter()
        eve.caller.post(*[{**request, "id": f"{request['id']}.{number}"} for number in range(8)])
        eve.caller.take(8)
        took[one].append(time.perf_counter() - began)
    of_it, of_none = (statistics.quantiles(times, n=10)[0] for times in took.values())
    assert abs(of_it - of_none) < 0.25 * of_none, (of_it, of_none)


def test_the_live_log_and_the_front_door_do_not_tell(broker):
    with Wire(broker) as wire:
        ann, bob = Member(wire.joined()), Member(wire.joined())
        room = private(ann, bob, title="Quiet corner")
        talk = ann.does("direct", people=[bob.nick])["room"]
        for one in (room, talk):
            said = ann.does("message", room=one, text="a whisper")["seq"]
            ann.does("edit", room=one, seq=said, text="a louder whisper")
            ann.does("delete", room=one, seq=said, reason="a mumble")
        ann.does("subject", room=room, subject="a murmur")
        ann.does("kick", room=room, who=bob.nick, reason="a mutter")
        assert broker.stop() == 0
    told = "\n".join(broker.process.lines)
    for word in (room, talk, room[1:6], talk[1:6], "whisper", "murmur", "mutter", "mumble", "Quiet corner"):
        assert word not in told, word
    assert f"{room[:4]}..." in told
    assert f"{talk[:4]}..." in told
