"""docs/protocol.md, "Events": each act says all its fields, also where they are nothing. With pyzmq alone."""

import pytest

from tests.endtoend.members import Member
from tests.endtoend.processes import module
from tests.endtoend.wire import LOBBY, Wire

PLACE = {"op", "room", "seq", "at", "nick", "account", "id"}
ABOUT = {"target", "target_nick", "reason"}
FIELDS = {
    "created": {"private", "subject"},
    "joined": set(),
    "message": {"text"},
    "edited": {"target", "text"},
    "deleted": {"target", "reason"},
    "reacted": {"target", "emoji", "on"},
    "pinned": {"target", "on"},
    "invited": ABOUT,
    "banned": ABOUT,
    "unbanned": ABOUT,
    "muted": ABOUT,
    "unmuted": ABOUT,
    "role": {"target", "target_nick", "role"},
    "subject": {"subject"},
    "configured": {"title", "slow_s", "announce"},
    "closed": set(),
    "reopened": set(),
}
KICKED = {"reason", "by", "by_nick", "text"}


@pytest.mark.parametrize("private", [False, True])
def test_each_act_says_all_its_fields(wire, private):
    ann, bob = Member(wire.joined()), Member(wire.joined())
    room = ann.does("create", room=wire.name("room"), private=private)["room"]

    def does(op, **fields):
        return ann.does(op, room=room, **fields)["seq"]

    does("invite", who=bob.nick)
    said = does("message", text="cake")
    does("edit", seq=said, text="pie")
    does("react", seq=said, emoji="x")
    does("pin", seq=said)
    does("delete", seq=does("message", text="no"))
    does("subject", subject="")
    does("mute", who=bob.nick)
    does("unmute", who=bob.nick)
    does("role", who=bob.nick, role="moderator")
    does("configure", slow_s=0)
    does("close")
    does("reopen")
    does("kick", who=bob.nick)
    does("ban", who=bob.nick)
    does("unban", who=bob.nick)
    log = ann.log(room)
    assert {event["op"] for event in log} == FIELDS.keys() | {"left"}
    for event in log:
        wanted = KICKED if event["op"] == "left" else FIELDS[event["op"]]
        more = {"title"} if event["op"] == "created" and private else set()
        state = {"rev", "edited_at", "reactions", "pinned", "deleted", "proofs"}
        if event.get("deleted"):
            wanted = set()
        assert event.keys() - state == PLACE | wanted | more, event
        assert {event.get(field, "") for field in ("reason", "subject")} <= {"", "kicked"}
    (left,) = [event for event in log if event["op"] == "left"]
    assert (left["by"], left["text"]) == (ann.account, "")
    assert log[0]["private"] is private


def test_who_goes_says_how_and_no_more_and_nobody_by_whom_the_operator_did_it(broker):
    with Wire(broker) as wire:
        ann, bob = wire.joined(), wire.joined()
        bob.ask("leave", room=LOBBY)
        bob.ask("join", room=LOBBY)
        with module("broker", "revoke", bob.nick, "--data", str(broker.data)) as command:
            assert command.wait() == 0, command.lines
        left = [event for event in ann.log() if event["op"] == "left"]
        assert [event["reason"] for event in left] == ["end", "kicked"]
        assert {frozenset(event) for event in left} == {frozenset(PLACE | {"reason"})}
