"""docs/protocol.md, "Nicknames that are kept", "Presence" and what is told of people: with nothing but pyzmq,
against a real broker."""

import pytest

from tests.endtoend.people import Visitor
from tests.endtoend.processes import Broker
from tests.endtoend.wire import Wire, refused

DAY_MS = 24 * 3600 * 1000


def taken(wire, nick):
    """The refusal of somebody new who wants the nick; None if there is none."""
    caller = wire.caller()
    answer = caller.ask("join", nick=nick)
    return answer if answer["op"] == "error" else None


def gone(wire, nick, **fields):
    """Somebody who was here and said goodbye."""
    caller = wire.joined(nick, **fields)
    assert caller.ask("!end")["op"] == "!end"
    return caller


# -- Nicknames that are kept -------------------------------------------------------------------


def test_a_nick_that_is_kept_is_taken_while_nobody_is_connected(wire):
    nick = wire.name()
    ann = gone(wire, nick, keep=True)
    answer = taken(wire, nick)
    refused(answer, "nick_taken", "00000001")
    assert nick in answer["text"]
    assert 89 * DAY_MS < answer["retry_after_ms"] <= 90 * DAY_MS
    refused(taken(wire, nick.upper()), "nick_taken", "00000001")
    back = wire.resumed(ann)
    assert (back.nick, back.account) == (nick, ann.account)


@pytest.mark.parametrize("is_here", [True, False])
def test_a_nick_that_is_an_account_is_taken_and_by_whom_is_said(wire, is_here):
    nick = wire.name()
    ann = wire.joined(nick) if is_here else gone(wire, nick)
    answer = taken(wire, ann.account)
    refused(answer, "nick_taken", "00000001")
    assert f"the account of {nick} " in answer["text"].replace('"', "")
    assert "retry_after_ms" not in answer


def test_without_keep_it_is_free(wire):
    nick = wire.name()
    gone(wire, nick)
    assert taken(wire, nick) is None


def test_the_last_join_says(wire):
    nick, other = wire.name(), wire.name()
    ann = wire.joined(nick, keep=True)
    assert ann.ask("join", room=wire.name("room"))["op"] == "joined"
    ann.ask("!end")
    bob = wire.joined(nick)
    assert bob.ask("join", nick=other, keep=True)["nick"] == other
    assert taken(wire, nick) is None
    bob.ask("!end")
    refused(taken(wire, other), "nick_taken", "00000001")


@pytest.mark.parametrize("keep", ["yes", 1, None])
def test_keep_is_true_or_false(wire, keep):
    caller = wire.caller()
    caller.post({"op": "join", "id": "1", "nick": wire.name(), "keep": keep})
    refused(caller.next(), "bad_request", "1")


def test_a_visitor_is_told_and_keeps_nothing(house, wire):
    nick = wire.name()
    ann = gone(wire, nick, keep=True)
    visitor = Visitor(house.front_door, nick)
    visitor.reads(
        f'The nickname is kept for "{nick}", who was here today and may come back within 90 days; choose'
        " another, or ask who runs this broker. Please send another nickname."
    )
    mine = wire.name()
    visitor.say(mine)
    visitor.say("hello")
    visitor.reads(f'"{mine}": hello')
    refused(taken(wire, mine), "nick_taken", "00000001")
    visitor.ends()
    visitor.close()
    assert taken(wire, mine) is None
    assert wire.resumed(ann).nick == nick


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_it_is_kept_over_a_restart(broker, how):
    with Wire(broker) as wire:
        ann = gone(wire, "ann", keep=True)
    getattr(broker, how)()
    broker.start()
    with Wire(broker) as wire:
        refused(taken(wire, "Ann"), "nick_taken", "00000001")
        assert wire.resumed(ann).nick == "ann"


def test_a_broker_may_keep_names_for_as_long_as_it_likes(tmp_path):
    with Broker(tmp_path / "data", "--keep-days", "2") as broker:
        with Wire(broker) as wire:
            gone(wire, "ann", keep=True)
            assert DAY_MS < taken(wire, "ann")["retry_after_ms"] <= 2 * DAY_MS
        broker.stop()
        broker.start("--keep-days", "0")
        with Wire(broker) as wire:
            assert taken(wire, "ann") is None


# -- Presence and status -----------------------------------------------------------------------


def member(caller, nick):
    (found,) = [one for one in caller.ask("members", room=caller.room)["members"] if one["nick"] == nick]
    return found


def test_a_status_is_stored_and_told_with_presence(wire):
    room = wire.name("room")
    ann, bob = wire.joined(room=room), wire.joined(room=room)
    ear = wire.listener(f"room/{room}/")
    head = ann.ask("history", room=room)["head"]
    assert member(bob, ann.nick)["status"] == ""
    stored = ann.ask("status", text="at lunch \U0001f35c")
    assert (stored["op"], stored["id"]) == ("stored", f"{ann._last_id:08d}")
    (event,) = ear.so_far()
    expected = {
        "op": "presence", "room": room, "nick": ann.nick, "account": ann.account, "presence": "online",
        "status": "at lunch \U0001f35c",
    }  # fmt: skip
    assert expected.items() <= event.items()
    assert "seq" not in event
    assert event["since"] is None
    assert member(bob, ann.nick)["status"] == "at lunch \U0001f35c"
    assert ann.ask("history", room=room)["head"] == head
    again = ann.exchange({"op": "status", "id": stored["id"], "text": "at lunch \U0001f35c"})
    assert again == {**stored, "duplicate": True}
    assert ear.so_far() == []
    assert ann.ask("status")["op"] == "stored"
    assert [one["status"] for one in ear.so_far()] == [""]


def test_who_is_away_is_away_since_then(wire):
    room = wire.name("room")
    ann, bob = wire.joined(room=room), wire.joined(room=room)
    ear = wire.listener(f"room/{room}/")
    before = bob.ask("ping")["at"]
    ann.close()
    (event,) = ear.until(lambda event: event["op"] == "presence")
    after = bob.ask("ping")["at"]
    assert (event["presence"], event["account"]) == ("away", ann.account)
    assert before <= event["since"] <= after
    found = member(bob, ann.nick)
    assert (found["presence"], found["since"]) == ("away", event["since"])
    back = wire.resumed(ann, room=room)
    (event,) = ear.until(lambda event: event["op"] == "presence")
    assert (event["presence"], event["since"]) == ("online", None)
    assert member(back, ann.nick)["since"] is None


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_status_stays_with_the_account(broker, how):
    with Wire(broker) as wire:
        ann = wire.joined("ann")
        assert ann.ask("status", text="on the train")["op"] == "stored"
        if how == "stop":
            ann.ask("!end")
    getattr(broker, how)()
    broker.start()
    with Wire(broker) as wire:
        bob = wire.joined("bob")
        wire.resumed(ann)
        assert member(bob, "ann")["status"] == "on the train"


@pytest.mark.parametrize("text", ["x" * 141, "a\nb", "\x1b[1m", "\u202eabc", 5, None, ["x"]])
def test_a_status_that_will_not_do(wire, text):
    ann = wire.joined()
    ann.post({"op": "status", "id": "bad", "text": text})
    refused(ann.next(), "bad_request", "bad")
    assert member(ann, ann.nick)["status"] == ""


def test_who_has_no_session_has_no_status(wire):
    refused(wire.caller().ask("status", text="hello"), "no_session", "00000001")


# -- Typing ------------------------------------------------------------------------------------


def test_typing_is_told_to_the_room_and_not_answered_or_stored(wire):
    room = wire.name("room")
    ann, bob = wire.joined(room=room), wire.joined(room=room)
    ear = wire.listener(f"room/{room}/")
    head = bob.ask("history", room=room)["head"]
    for on in (True, False):
        ann.post(ann.request("typing", room=room, on=on))
        ann.says_nothing_more()
    told = {"op": "typing", "room": room, "nick": ann.nick, "account": ann.account}
    assert ear.so_far() == [{**told, "on": True}, {**told, "on": False}]
    assert bob.ask("history", room=room)["head"] == head


def test_who_may_not_write_is_told_and_nobody_else(wire):
    room = wire.name("room")
    owner = wire.joined()
    owner.ask("create", room=room)
    ann, other = wire.joined(room=room), wire.joined()
    ear = wire.listener(f"room/{room}/")
    refused(other.ask("typing", room=room), "not_member", "00000002")
    refused(other.ask("typing", room="nowhere at all"), "no_such_room", "00000003")
    refused(wire.caller().ask("typing", room=room), "no_session", "00000001")
    owner.ask("mute", room=room, who=ann.account)
    refused(ann.ask("typing", room=room), "muted", "00000002")
    owner.ask("unmute", room=room, who=ann.account)
    owner.ask("configure", room=room, announce=True)
    refused(ann.ask("typing", room=room), "not_allowed", "00000003")
    owner.ask("close", room=room)
    refused(owner.ask("typing", room=room), "not_allowed", f"{owner._last_id:08d}")
    assert [event for event in ear.so_far() if event["op"] == "typing"] == []


def test_typing_in_a_private_room_is_for_its_members(wire):
    ann, bob, eve = wire.joined(), wire.joined(), wire.joined()
    room = ann.ask("create", room="secret", private=True)["room"]
    ann.ask("invite", room=room, who=bob.account)
    while bob.next()["op"] != "presence":
        pass
    ear = wire.listener("")
    refused(eve.ask("typing", room=room), "no_such_room", "00000002")
    bob.post(bob.request("typing", room=room))
    event = ann.next()
    while event["op"] != "typing":
        event = ann.next()
    assert (event["room"], event["account"], event["on"]) == (room, bob.account, True)
    eve.says_nothing_more()
    assert [one for one in ear.so_far() if one["room"] == room] == []


def test_typing_without_end_is_refused(broker):
    with Wire(broker) as wire:
        ann = wire.joined()
        ann.post(*[ann.request("typing", room=ann.room) for _ in range(900)])
        answer = ann.next()
        refused(answer, "slow_down", answer["id"])


def test_a_visitor_reads_nothing_of_it(house, wire):
    visitor = Visitor(house.front_door, wire.name())
    visitor.say("hi")
    visitor.hears("hi", by=f'"{visitor.nick}"')
    ann = wire.joined()
    ann.post(ann.request("typing", room="lobby"))
    ann.say("hello")
    visitor.hears("hello", by=f'"{ann.nick}"')
    assert not [line for line in visitor.heard if "typing" in line]
    visitor.ends()
    visitor.close()
