"""Running rooms from a script, against the real broker."""

import pytest
from loggia.shared.client.api.client import Client
from loggia.shared.protocol.errors import NotReachable, Refused
from loggia.shared.protocol.events import BannedEvent, CreatedEvent, MutedEvent, RoleEvent, SubjectEvent

from tests.shared.client.running import Broker, eventually


@pytest.fixture
def olga(broker: Broker):
    with Client("olga", connect=broker.requests) as olga:
        olga.create("lab", subject="tea")
        yield olga


def test_who_makes_a_room_is_in_it(broker: Broker, olga: Client) -> None:
    olga.send("hello", room="lab")
    assert [type(event) for event in olga.history("lab")][:1] == [CreatedEvent]
    with pytest.raises(Refused, match="room_taken"):
        olga.create("lab")


def test_a_private_room_and_a_conversation_are_called_by_what_the_broker_named_them(
    broker: Broker, olga: Client
) -> None:
    with Client("tom", connect=broker.requests) as tom:
        tom.wait_entered()
        thesis = olga.create("Thesis", private=True, subject="chapter one")
        assert thesis.startswith("%")
        olga.send("for us", room=thesis)
        olga.invite("tom", reason="read it", room=thesis)
        olga.configure(title="Master thesis", room=thesis)
        talk = olga.direct("tom")
        assert talk.startswith("~")
        assert tom.direct("olga") == talk
        tom.send("hello you", room=talk)
        eventually(
            lambda: [e.text for e in olga._inbox.events if e.room == talk and hasattr(e, "text")] != []
        )
        with pytest.raises(Refused, match="no_such_account"):
            olga.direct("tom", "nobody")
        with pytest.raises(Refused, match="bad_request"):
            olga.direct()
    with Client("eve", connect=broker.requests) as eve, pytest.raises(Refused, match="no_such_room"):
        eve.invite("eve", room=thesis)


def test_each_act_is_an_entry(broker: Broker, olga: Client) -> None:
    with Client("tom", "lab", connect=broker.requests) as tom:
        eventually(lambda: len(tom.members()) == 2)
        olga.mute("tom", reason="spam", room="lab")
        with pytest.raises(Refused, match="muted"):
            tom.send("hi")
        olga.unmute("tom", room="lab")
        tom.send("hi")
        olga.set_role("tom", "moderator", room="lab")
        tom.set_subject("coffee")
        olga.configure(announce=True, slow_s=5, room="lab")
        olga.close_room(room="lab")
        olga.reopen_room(room="lab")
        with pytest.raises(Refused, match="not_allowed"):
            tom.kick("olga")
        wanted = [MutedEvent, RoleEvent, SubjectEvent]
        eventually(lambda: [type(e) for e in olga._inbox.events if type(e) in wanted] == wanted)


def test_who_is_shown_out_is_not_in_the_room_any_more(broker: Broker, olga: Client) -> None:
    with Client("tom", "lobby", rooms=["lab"], connect=broker.requests) as tom:
        eventually(lambda: len(tom.members("lab")) == 2)
        olga.ban("tom", room="lab")
        eventually(lambda: any(isinstance(event, BannedEvent) for event in olga._inbox.events))
        eventually(lambda: len(olga.members("lab")) == 1)
        with pytest.raises(Refused, match=r"not_member|banned"):
            tom.send("still here?", room="lab")
        tom.send("hello")


def test_who_is_shown_out_stays_out_when_the_broker_comes_back(broker: Broker, olga: Client) -> None:
    with Client("tom", "lobby", rooms=["lab"], connect=broker.requests) as tom:
        eventually(lambda: len(tom.members("lab")) == 2)
        olga.kick("tom", room="lab")
        eventually(lambda: "tom" not in [member.nick for member in tom.members("lab")])
        broker.kill()
        broker.start()
        tom.send("back")
        assert [member.nick for member in olga.members("lab")] == ["olga"]


def test_what_nobody_can_mean_is_refused_at_once(olga: Client) -> None:
    with pytest.raises(ValueError, match="A role is one of guest, member, moderator, owner, not 'king'"):
        olga.set_role("tom", "king")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        olga.kick(7)  # type: ignore[arg-type]
    for half in (lambda: olga.kick("\ud83d"), lambda: olga.set_subject("\ud83d")):
        with pytest.raises(ValueError, match="half of a character"):
            half()
    olga.send("still here")


def test_without_a_broker_it_says_so(broker: Broker) -> None:
    with Client("olga", connect=broker.requests, timeout_s=0.1) as olga:
        olga.wait_entered()
        broker.stop()
        with pytest.raises(NotReachable):
            olga.set_subject("tea")
