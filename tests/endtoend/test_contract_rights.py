"""docs/protocol.md, "Rooms and rights": with nothing but pyzmq, against a real broker."""

import time

import pytest

from tests.endtoend.members import Member
from tests.endtoend.wire import LOBBY, Wire, refused

ROOM_EVENTS = {
    "created", "banned", "unbanned", "muted", "unmuted", "role", "subject", "configured", "closed",
    "reopened",
}  # fmt: skip


def room_of(wire):
    """A room that nobody else is in, and its owner."""
    owner = wire.joined()
    made = owner.ask("create", room=wire.name("room"), subject="tea")
    assert made["op"] == "joined", made
    return owner, made


def guest_of(wire, room):
    guest = wire.joined()
    assert guest.ask("join", room=room)["op"] == "joined"
    return guest


def test_create_answers_as_a_join_does(wire):
    owner, made = room_of(wire)
    assert (made["kind"], made["role"], made["subject"]) == ("public", "owner", "tea")
    assert made["title"] == made["room"]
    assert made["topic"] == f"room/{made['room']}/"
    assert made["rooms"].keys() == {LOBBY, made["room"]}
    assert [(member["nick"], member["role"]) for member in made["members"]] == [(owner.nick, "owner")]
    assert [event["op"] for event in owner.log(made["room"])] == ["created", "joined"]
    other = wire.joined()
    refused(other.ask("create", room=made["room"]), "room_taken", other.request("x")["id"][:-1] + "2")


def test_create_again_is_the_same_room_and_nothing_new(wire):
    owner = wire.joined()
    request = owner.request("create", room=wire.name("room"))
    first = owner.exchange(request)
    again = owner.exchange(request)
    assert first == again
    assert first["head"] == 2


@pytest.mark.parametrize("name", ["", "a/b", "x" * 65, " lab", "la\u200bb"])
def test_create_with_a_name_that_will_not_do(wire, name):
    owner = wire.joined()
    refused(owner.ask("create", room=name), "bad_room", "00000002")


def test_the_first_account_of_a_new_broker_owns_the_lobby(broker):
    with Wire(broker) as wire:
        first, second = wire.joined(), wire.joined()
        assert (first.me["role"], second.me["role"]) == ("owner", "member")
        assert second.ask("kick", room=LOBBY, who=first.nick)["code"] == "not_allowed"
        assert first.ask("kick", room=LOBBY, who=second.nick)["op"] == "stored"
        again = wire.resumed(first)
        assert again.me["role"] == "owner"
        assert broker.stop() == 0
    with type(broker)(broker.data) as later, Wire(later) as wire:
        assert wire.joined().me["role"] == "member"
        back = wire.caller()
        assert back.join(token=first.token)["role"] == "owner"


def test_what_is_done_is_told_by_whom_and_why_and_stays(wire):
    owner, made = room_of(wire)
    room = made["room"]
    listener = wire.listener(f"room/{room}/")
    tom = guest_of(wire, room)
    until = int(time.time() * 1000) + 3_600_000
    asks = [
        ("mute", {"who": tom.nick, "reason": "spam", "until": until}),
        ("unmute", {"who": tom.account}),
        ("role", {"who": tom.nick, "role": "moderator"}),
        ("role", {"who": tom.nick, "role": "member"}),
        ("subject", {"subject": "coffee"}),
        ("configure", {"slow_s": 30}),
        ("configure", {"announce": True, "slow_s": 0}),
        ("close", {}),
        ("reopen", {}),
        ("ban", {"who": tom.nick, "reason": "more spam"}),
        ("unban", {"who": tom.account}),
    ]
    stored = [owner.ask(op, room=room, **fields) for op, fields in asks]
    assert {answer["op"] for answer in stored} == {"stored"}, stored
    log = owner.log(room)
    told = [event for event in log if event["op"] in ROOM_EVENTS]
    assert [event["op"] for event in told] == [
        "created", "muted", "unmuted", "role", "role", "subject", "configured", "configured", "closed",
        "reopened", "banned", "unbanned",
    ]  # fmt: skip
    assert [event["seq"] for event in told[1:]] == [answer["seq"] for answer in stored]
    assert {(event["nick"], event["account"]) for event in told} == {(owner.nick, owner.account)}
    muted = told[1]
    assert (muted["target"], muted["target_nick"]) == (tom.account, tom.nick)
    assert (muted["reason"], muted["until"]) == ("spam", until)
    assert "until" not in told[-2]
    assert told[7] | {"title": room, "slow_s": 0, "announce": True} == told[7]
    (left,) = [event for event in log if event["op"] == "left"]
    assert (left["account"], left["reason"]) == (tom.account, "kicked")
    assert (left["by"], left["by_nick"], left["text"]) == (owner.account, owner.nick, "more spam")
    assert [event for event in listener.so_far() if event["seq"] > 2] == log[2:]


@pytest.mark.parametrize("how", ["kick", "ban"])
def test_who_is_shown_out_hears_it_by_the_requests_door_without_listening(wire, how):
    owner, made = room_of(wire)
    room = made["room"]
    tom = Member(guest_of(wire, room))
    tom.news()
    owner.ask(how, room=room, who=tom.nick, reason="noise")
    *banned, left = tom.news()
    assert [event["op"] for event in banned] == (["banned"] if how == "ban" else [])
    assert (left["op"], left["reason"], left["account"]) == ("left", "kicked", tom.account)
    assert [*banned, left] == owner.log(room)[-1 - len(banned) :]
    owner.ask("message", room=room, text="he is gone")
    assert tom.news() == []


def test_a_mute_and_a_ban_say_how_long_they_last(wire):
    owner, made = room_of(wire)
    room, tom = made["room"], Member(guest_of(wire, made["room"]))
    until = int(time.time() * 1000) + 3_600_000
    owner.ask("mute", room=room, who=tom.nick, until=until)
    answer = tom.ask("message", room=room, text="hi")
    refused(answer, "muted", answer["id"])
    assert 3_500_000 < answer["retry_after_ms"] <= 3_600_000
    owner.ask("ban", room=room, who=tom.nick)
    for op, fields in {"join": {}, "history": {}, "members": {}}.items():
        answer = tom.ask(op, room=room, **fields)
        refused(answer, "banned", answer["id"])
        assert "retry_after_ms" not in answer
    assert tom.ask("ping", cursors={room: 0})["heads"] == {}
    owner.ask("unban", room=room, who=tom.nick)
    assert tom.ask("join", room=room)["op"] == "joined"
    assert tom.ask("message", room=room, text="hi")["code"] == "muted"


def test_a_ban_that_is_over_is_over(wire):
    owner, made = room_of(wire)
    room, tom = made["room"], guest_of(wire, made["room"])
    owner.ask("ban", room=room, who=tom.nick, until=int(time.time() * 1000) - 1)
    assert tom.ask("join", room=room)["op"] == "joined"


def test_announcements_are_for_those_who_run_the_room(wire):
    owner, made = room_of(wire)
    room, tom, sam = made["room"], guest_of(wire, made["room"]), guest_of(wire, made["room"])
    owner.ask("role", room=room, who=sam.nick, role="moderator")
    owner.ask("configure", room=room, announce=True)
    assert tom.ask("message", room=room, text="hi")["code"] == "not_allowed"
    for writer in (owner, sam):
        assert writer.ask("message", room=room, text="hi")["op"] == "stored"
    assert tom.ask("leave", room=room)["op"] == "stored"


def test_a_closed_room_is_read_and_opened_again(wire):
    owner, made = room_of(wire)
    room, tom = made["room"], guest_of(wire, made["room"])
    owner.ask("close", room=room)
    for writer in (owner, tom):
        assert writer.ask("message", room=room, text="hi")["code"] == "not_allowed"
    assert tom.ask("history", room=room)["op"] == "history"
    owner.ask("reopen", room=room)
    assert tom.ask("message", room=room, text="hi")["op"] == "stored"


def test_a_guest_by_role_reads_and_does_not_write(wire):
    owner, made = room_of(wire)
    room, tom = made["room"], guest_of(wire, made["room"])
    owner.ask("role", room=room, who=tom.nick, role="guest")
    assert tom.ask("message", room=room, text="hi")["code"] == "not_allowed"
    assert tom.ask("history", room=room)["op"] == "history"
    (mine,) = [entry for entry in tom.ask("rooms")["rooms"] if entry["room"] == room]
    assert (mine["room"], mine["role"], mine["joined"], mine["kind"]) == (room, "guest", True, "public")


def test_nobody_acts_upon_more_than_he_is_nor_as_a_member(wire):
    owner, made = room_of(wire)
    room, tom, sam = made["room"], guest_of(wire, made["room"]), guest_of(wire, made["room"])
    for op in ("kick", "ban", "mute", "unban", "unmute"):
        assert tom.ask(op, room=room, who=sam.nick)["code"] == "not_allowed"
    owner.ask("role", room=room, who=tom.nick, role="moderator")
    assert tom.ask("ban", room=room, who=owner.nick)["code"] == "not_allowed"
    assert tom.ask("role", room=room, who=sam.nick, role="owner")["code"] == "not_allowed"
    assert owner.ask("role", room=room, who=owner.nick, role="member")["code"] == "not_allowed"
    assert owner.ask("kick", room=room, who="nobody at all")["code"] == "no_such_account"
    assert wire.joined().ask("kick", room=room, who=sam.nick)["code"] == "not_member"
    assert wire.joined().ask("kick", room="none of these", who=sam.nick)["code"] == "no_such_room"
    assert len([event for event in owner.log(room) if event["op"] not in ("created", "joined", "role")]) == 0


@pytest.mark.parametrize(
    ("op", "fields"),
    [
        ("kick", {}),
        ("kick", {"who": ""}),
        ("kick", {"who": 7}),
        ("kick", {"who": "x" * 1001}),
        ("ban", {"who": "tom", "until": "soon"}),
        ("mute", {"who": "tom", "reason": "x" * 1001}),
        ("mute", {"who": "tom", "reason": "\x07"}),
        ("role", {"who": "tom", "role": "king"}),
        ("role", {"who": "tom"}),
        ("subject", {}),
        ("subject", {"subject": "\x1b[2J"}),
        ("configure", {}),
        ("configure", {"slow_s": -1}),
        ("configure", {"slow_s": 10**9}),
        ("configure", {"announce": "yes"}),
        ("create", {"subject": "\x00"}),
    ],
)
def test_what_cannot_be_meant_is_a_bad_request(wire, op, fields):
    owner, made = room_of(wire)
    room = wire.name("new") if op == "create" else made["room"]
    answer = owner.ask(op, room=room, **fields)
    refused(answer, "bad_request", answer["id"])
    assert len(owner.log(made["room"])) == 2


def test_the_last_owner_of_a_public_room_cannot_step_down_and_who_can_come_is_another(wire):
    owner, made = room_of(wire)
    room, tom = made["room"], wire.joined()

    def becomes(who, role):
        return owner.ask("role", room=room, who=who.account, role=role)

    refused(answer := becomes(owner, "member"), "not_allowed", answer["id"])
    assert becomes(tom, "owner")["op"] == "stored", "he was never there"
    assert owner.ask("ban", room=room, who=tom.nick)["op"] == "stored"
    refused(answer := becomes(owner, "member"), "not_allowed", answer["id"])
    assert owner.ask("unban", room=room, who=tom.nick)["op"] == "stored"
    assert becomes(owner, "member")["op"] == "stored"
    assert tom.ask("join", room=room)["role"] == "owner"
    assert tom.ask("role", room=room, who=owner.nick, role="owner")["op"] == "stored"


def test_a_kick_is_done_once_however_often_it_is_asked(wire):
    owner, made = room_of(wire)
    room, tom = made["room"], Member(guest_of(wire, made["room"]))
    kick = owner.request("kick", room=room, who=tom.nick)
    first = owner.exchange(kick)
    tom.ask("join", room=room)
    again = owner.exchange(kick)
    assert again == first | {"duplicate": True}
    assert tom.ask("message", room=room, text="still here")["op"] == "stored"
    assert owner.exchange(kick) == again


def test_slow_mode_lets_a_member_say_one_thing_and_wait(broker):
    with Wire(broker) as wire:
        owner, made = room_of(wire)
        room, tom = made["room"], guest_of(wire, made["room"])
        owner.ask("configure", room=room, slow_s=600)
        assert tom.ask("message", room=room, text="one")["op"] == "stored"
        answer = tom.ask("message", room=room, text="two")
        refused(answer, "slow_down", answer["id"])
        assert 590_000 < answer["retry_after_ms"] <= 600_000
        assert tom.ask("message", room=LOBBY, text="elsewhere")["op"] == "stored"
        tom.post([tom.request("message", room=room, text="x"), tom.request("message", room=LOBBY, text="y")])
        assert [answer["op"] for answer in tom.take(2)] == ["error", "stored"]
        for number in range(3):
            assert owner.ask("message", room=room, text=f"{number}")["op"] == "stored"
        owner.ask("configure", room=room, slow_s=0)
        assert tom.ask("message", room=room, text="three")["op"] == "stored"


def test_rights_are_there_after_a_crash(broker):
    with Wire(broker) as wire:
        owner, made = room_of(wire)
        room, tom = made["room"], guest_of(wire, made["room"])
        owner.ask("mute", room=room, who=tom.nick)
        owner.ask("role", room=room, who=tom.nick, role="moderator")
        owner.ask("configure", room=room, slow_s=30)
        kick = owner.request("kick", room=room, who=tom.nick)
        first = owner.exchange(kick)
        broker.process.kill()
    with type(broker)(broker.data) as later, Wire(later) as wire:
        again = wire.caller()
        joined = again.join(token=tom.token, room=room)
        assert (joined["role"], joined["subject"]) == ("moderator", "tea")
        assert again.ask("message", room=room, text="hi")["code"] == "muted"
        assert again.ask("kick", room=room, who=owner.account)["code"] == "not_allowed"
        back = wire.caller()
        back.join(token=owner.token, room=room)
        assert back.exchange(kick) == first | {"duplicate": True}


def test_the_live_log_tells_acts_of_moderation(broker):
    with Wire(broker) as wire:
        owner, made = room_of(wire)
        room, tom = made["room"], guest_of(wire, made["room"])
        owner.ask("mute", room=room, who=tom.nick, reason="spam")
        broker.process.wait_for(f'"{owner.nick}" muted "{tom.nick}": spam \\("{room}"\\)\\.')
        owner.ask("kick", room=room, who=tom.nick, reason="more")
        broker.process.wait_for(f'"{tom.nick}" left "{room}" \\(kicked by "{owner.nick}": more\\)\\.')
