"""docs/protocol.md, messages that change: with nothing but pyzmq, against a real broker."""

import json
import time

import pytest

from tests.endtoend.processes import module
from tests.endtoend.wire import LOBBY, Wire, refused

WIPED_S = 60.0  # docs/protocol.md, "Messages that change"


@pytest.fixture
def two(wire):
    """Somebody who owns a room, somebody who is in it, and its name."""
    owner, member = wire.joined(), wire.joined()
    room = wire.name("room")
    assert owner.ask("create", room=room)["op"] == "joined"
    assert member.ask("join", room=room)["op"] == "joined"
    return owner, member, room


def page(caller, room, **more):
    return caller.ask("history", room=room, **more)


def no(answer, code):
    refused(answer, code, answer["id"])


def at(caller, room, seq):
    (event,) = page(caller, room, after=seq - 1, limit=1)["events"]
    assert event["seq"] == seq
    return event


def test_an_edit_is_told_and_history_says_what_it_is_now(wire, two):
    owner, member, room = two
    listener = wire.listener(f"room/{room}/")
    said = member.ask("message", room=room, text="helo")
    request = member.request("edit", room=room, seq=said["seq"], text="hello @" + owner.nick)
    stored = member.exchange(request)
    assert (stored["op"], stored["room"], stored["seq"]) == ("stored", room, said["seq"] + 1)
    assert member.exchange(request) == {**stored, "duplicate": True}
    edited = listener.until(lambda event: event["op"] == "edited")[-1]
    assert (edited["target"], edited["text"], edited["mentions"]) == (
        said["seq"],
        "hello @" + owner.nick,
        [owner.account],
    )
    now = at(owner, room, said["seq"])
    assert (now["text"], now["edited_at"], now["rev"]) == (edited["text"], stored["at"], stored["seq"])
    assert now["mentions"] == [owner.account]
    again = member.ask("edit", room=room, seq=said["seq"], text=edited["text"])
    assert (again["op"], again["seq"]) == ("stored", stored["seq"])
    assert page(owner, room)["head"] == stored["seq"]
    no(owner.ask("edit", room=room, seq=said["seq"], text="x"), "not_allowed")
    no(member.ask("edit", room=room, seq=said["seq"], text=""), "bad_request")
    no(member.ask("edit", room=room, seq=1, text="x"), "no_such_message")
    no(member.ask("edit", room=wire.name(), seq=1, text="x"), "no_such_room")
    no(wire.joined().ask("edit", room=room, seq=said["seq"], text="x"), "not_member")


def test_who_may_delete_and_pin(wire, two):
    owner, member, room = two
    said = member.ask("message", room=room, text="a secret")["seq"]
    others = owner.ask("message", room=room, text="an order")["seq"]
    no(member.ask("delete", room=room, seq=others), "not_allowed")
    no(member.ask("pin", room=room, seq=said), "not_allowed")
    assert owner.ask("pin", room=room, seq=said)["op"] == "stored"
    assert at(member, room, said)["pinned"] is True
    gone = owner.ask("delete", room=room, seq=said, reason="no secrets")
    now = at(member, room, said)
    assert now["deleted"] is True
    assert not {"text", "mentions", "pinned"} & now.keys()
    assert now["rev"] == gone["seq"]
    assert at(member, room, gone["seq"])["reason"] == "no secrets"
    again = member.ask("delete", room=room, seq=said)
    assert (again["op"], again["seq"]) == ("stored", gone["seq"])
    no(member.ask("edit", room=room, seq=said, text="x"), "no_such_message")
    no(member.ask("react", room=room, seq=said, emoji="x"), "no_such_message")


def test_reactions(wire, two):
    owner, member, room = two
    said = member.ask("message", room=room, text="cake?")["seq"]
    family = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}"
    first = owner.ask("react", room=room, seq=said, emoji=family)
    assert first["op"] == "stored"
    assert owner.ask("react", room=room, seq=said, emoji=family)["seq"] == first["seq"]
    assert member.ask("react", room=room, seq=said, emoji=family)["seq"] == first["seq"] + 1
    assert at(member, room, said)["reactions"] == {family: [owner.account, member.account]}
    event = at(member, room, first["seq"])
    assert (event["op"], event["target"], event["emoji"], event["on"]) == ("reacted", said, family, True)
    assert owner.ask("react", room=room, seq=said, emoji=family, on=False)["seq"] == first["seq"] + 2
    assert at(member, room, said)["reactions"] == {family: [member.account]}
    for bad in ("", "a b", "a\n", "x" * 33, "\u202e", 7):
        assert member.ask("react", room=room, seq=said, emoji=bad)["code"] == "bad_request"


@pytest.mark.parametrize("dies", [False, True])
def test_an_act_that_changed_nothing_keeps_its_id_for_ever(broker, dies):
    with Wire(broker) as wire:
        owner = wire.joined()
        said = owner.say("cake?")["seq"]

        def react(on=True):
            return owner.request("react", room=LOBBY, seq=said, emoji="x", on=on)

        owner.exchange(react())
        nothing_new = [
            react(),
            owner.request("edit", room=LOBBY, seq=said, text="cake?"),
            owner.request("pin", room=LOBBY, seq=said, on=False),
            owner.request("status", text="baking"),
        ]
        first = [owner.exchange(request) for request in nothing_new]
        assert {(answer["op"], answer["duplicate"]) for answer in first} == {("stored", False)}
        owner.exchange(react(on=False))
        owner.ask("status", text="eating")
        token, log = owner.token, owner.log(LOBBY)
        if dies:
            broker.process.kill()
        else:
            assert broker.stop() == 0
    with type(broker)(broker.data) as later, Wire(later) as wire:
        owner = wire.caller()
        owner.join(token=token)
        again = [owner.exchange(request) for request in nothing_new]
        assert again == [answer | {"duplicate": True} for answer in first]
        used = [
            owner.exchange({"op": "message", "id": one["id"], "room": LOBBY, "text": "x"}) for one in first
        ]
        assert used == again
        assert owner.log(LOBBY)[: len(log)] == log
        assert [member["status"] for member in owner.ask("members", room=LOBBY)["members"]] == ["eating"]
        assert "x" not in [event.get("text") for event in owner.log(LOBBY)]


def test_threads_and_where_in_the_log(wire, two):
    owner, member, room = two
    root = member.ask("message", room=room, text="plans")["seq"]
    replies = []
    for number in range(5):
        member.ask("message", room=room, text=f"between {number}")
        replies.append(owner.ask("message", room=room, text=f"plan {number}", thread=root)["seq"])
    now = at(owner, room, root)
    assert (now["replies"], now["rev"]) == (5, replies[-1])
    assert at(owner, room, replies[0])["thread"] == root
    seqs = [root, *replies]
    assert [event["seq"] for event in page(owner, room, thread=root)["events"]] == seqs
    newest = page(owner, room, thread=root, limit=2)
    assert ([event["seq"] for event in newest["events"]], newest["more"]) == (seqs[-2:], True)
    first = page(owner, room, thread=root, after=0, limit=2)
    assert ([event["seq"] for event in first["events"]], first["more"]) == (seqs[:2], True)
    rest = page(owner, room, thread=root, after=seqs[1])
    assert ([event["seq"] for event in rest["events"]], rest["more"]) == (seqs[2:], False)
    no(owner.ask("message", room=room, text="x", thread=replies[0]), "bad_request")
    no(owner.ask("message", room=room, text="x", thread=9999), "no_such_message")

    head = page(owner, room)["head"]
    around = page(owner, room, around=root + 3, limit=4)["events"]
    assert len(around) == 4
    assert around[0]["seq"] <= root + 3 <= around[-1]["seq"]
    assert page(owner, room, around=head + 99, limit=3)["events"][-1]["seq"] == head
    assert page(owner, room, around=1, limit=3)["events"][0]["seq"] == 1
    whole = page(owner, room, limit=1000)["events"]
    when = whole[4]["at"]
    found = page(owner, room, at=when)["events"]
    assert found == [event for event in whole if event["at"] >= when]
    assert page(owner, room, at=0)["events"] == whole
    assert page(owner, room, at=2**50)["events"] == []
    no(page(owner, room, at=1, after=1), "bad_request")


@pytest.mark.parametrize("stops", [False, True])
def test_what_was_deleted_is_in_no_file_and_the_log_is_sound(broker, stops):
    with Wire(broker) as wire:
        owner = wire.joined()
        seqs = [owner.say(f"secret number {number}")["seq"] for number in range(3)]
        owner.ask("edit", room=LOBBY, seq=seqs[1], text="secret number 8")
        assert "secret number" in files_of(broker)
        for seq in seqs:
            assert owner.ask("delete", room=LOBBY, seq=seq)["op"] == "stored"
        told = json.dumps(owner.log(LOBBY))
        assert "secret" not in told
        assert not stops or broker.stop() == 0
        deadline = time.monotonic() + WIPED_S
        while "secret number" in files_of(broker):
            assert time.monotonic() < deadline, "a text is in a file still"
            owner.ask("ping")
        is_sound(broker.data)
    if not stops:
        assert broker.stop() == 0
    with type(broker)(broker.data) as later, Wire(later) as wire:
        caller = wire.joined()
        assert caller.say("goes on")["op"] == "stored"
        is_sound(later.data)


def is_sound(data):
    with module("broker", "verify", "--data", str(data)) as command:
        assert command.wait() == 0, command.lines


def files_of(broker):
    return "".join(file.read_bytes().decode("latin-1") for file in broker.data.iterdir() if file.is_file())


def test_all_of_it_is_there_after_a_restart(broker):
    with Wire(broker) as wire:
        owner, member = wire.joined(), wire.joined()
        room = LOBBY
        said = member.ask("message", room=room, text="one")["seq"]
        member.ask("edit", room=room, seq=said, text="two")
        owner.ask("react", room=room, seq=said, emoji="x")
        member.ask("message", room=room, text="three", thread=said)
        before = at(owner, room, said)
        assert (before["text"], before["replies"]) == ("two", 1)
        assert broker.stop() == 0
    with type(broker)(broker.data) as later, Wire(later) as wire:
        assert at(wire.joined(), room, said) == before
