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
