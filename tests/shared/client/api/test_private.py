"""Private rooms and conversations in scripts and bots, against the real broker."""

import contextlib
import pathlib
import threading
from collections.abc import Iterator

import pytest
from loggia.shared.client.api.bot import Bot
from loggia.shared.client.api.client import Client
from loggia.shared.client.api.rehearsing import TestBot
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.events import MessageEvent

from tests.shared.client.running import Broker, eventually


@pytest.fixture
def ann(broker: Broker) -> Iterator[Client]:
    with Client("ann", connect=broker.requests, bot=False) as ann:
        ann.wait_entered()
        yield ann


def texts(client: Client, room: str) -> list[str]:
    """What was told so far of a room."""
    told = [event for event in list(client._inbox.events) if isinstance(event, MessageEvent)]
    return [event.text for event in told if event.room == room]


def presence(client: Client, room: str) -> dict[str, str]:
    return {member.nick: member.presence for member in client.members(room)}


def test_who_is_let_in_is_in_by_himself_and_hears_what_follows(broker: Broker, ann: Client) -> None:
    with Client("bob", connect=broker.requests) as bob:
        bob.wait_entered()
        room = ann.create("Thesis", private=True)
        ann.send("before", room=room)
        ann.invite("bob", room=room)
        ann.send("after", room=room)
        eventually(lambda: texts(bob, room) == ["after"])
        assert [event.seq for event in bob.history(room)] == [1, 2, 3], "and what was before"
        eventually(lambda: presence(bob, room) == presence(ann, room) == {"ann": "online", "bob": "online"})
        bob.send("thanks", room=room)
        eventually(lambda: texts(ann, room)[-1:] == ["thanks"])


def test_who_was_away_catches_up(broker: Broker, ann: Client, tmp_path: pathlib.Path) -> None:
    data = tmp_path / "bob.db"
    with Client("bob", connect=broker.requests, data=data) as bob:
        room = bob.direct("ann")
        bob.send("one", room=room)
    eventually(lambda: room in ann._inbox.rooms)
    eventually(lambda: presence(ann, room)["bob"] == "away")
    for text in ("two", "three"):
        ann.send(text, room=room)
    with Client("bob", connect=broker.requests, data=data) as bob:
        eventually(lambda: texts(bob, room) == ["two", "three"])


def test_a_broker_that_was_away_is_no_hole(broker: Broker, ann: Client) -> None:
    with Client("bob", connect=broker.requests) as bob:
        room = bob.direct("ann")
        eventually(lambda: room in ann._inbox.entered)
        broker.kill()
        bob.send("meanwhile", room=room, wait=False)
        broker.start()
        eventually(lambda: texts(ann, room) == ["meanwhile"])


def test_who_is_shown_out_is_out_until_he_is_let_in_again(broker: Broker, ann: Client) -> None:
    with Client("bob", connect=broker.requests) as bob:
        bob.wait_entered()
        room = ann.create("Thesis", private=True)
        ann.invite("bob", room=room)
        eventually(lambda: room in bob._inbox.rooms)
        ann.kick("bob", room=room)
        ann.send("between us", room=room)
        with pytest.raises(Refused, match="no_such_room"):
            bob.send("still here?", room=room)
        broker.kill()
        broker.start()
        eventually(lambda: bob.status().connection == "connected")
        ann.invite("bob", room=room)
        ann.send("welcome back", room=room)
        eventually(lambda: texts(bob, room)[-1:] == ["welcome back"])


def test_who_ignores_invitations_is_in_no_more_rooms(broker: Broker, ann: Client) -> None:
    with Client("bob", connect=broker.requests, invites="ignore") as bob:
        bob.wait_entered()
        room = ann.direct("bob")
        ann.send("hello", room=room)
        bob.send("I am here")
        assert room not in bob._inbox.rooms
    with pytest.raises(ValueError, match="`invites` is"):
        Client("cas", connect=broker.requests, invites="maybe")  # type: ignore[arg-type]


def test_an_invitation_to_a_public_room_is_entered_as_well(broker: Broker, ann: Client) -> None:
    with Client("bob", connect=broker.requests) as bob:
        bob.wait_entered()
        assert ann.create("lab") == "lab"
        ann.invite("bob", room="lab")
        ann.send("hello", room="lab")
        eventually(lambda: texts(bob, "lab") == ["hello"])


# -- Bots --------------------------------------------------------------------------------------


def dice(**settings) -> Bot:
    bot = Bot("dice", **settings)

    @bot.command("!roll")
    def roll(sides: int = 6) -> str:
        """Roll it."""
        return f"rolled {sides}"

    return bot


@contextlib.contextmanager
def running(bot: Bot, broker: Broker, data: pathlib.Path) -> Iterator[None]:
    thread = threading.Thread(target=bot.run, kwargs={"connect": broker.requests, "data": data})
    thread.start()
    try:
        eventually(lambda: bot._client is not None and bot._client.account)
        yield
    finally:
        bot.stop()
        thread.join()


def answers(client: Client, room: str) -> list[str]:
    return [text for text in texts(client, room) if text.startswith("rolled")]


def test_a_bot_answers_in_a_conversation_also_what_was_said_at_once(
    broker: Broker, ann: Client, tmp_path: pathlib.Path
) -> None:
    with running(dice(invites="accept"), broker, tmp_path / "dice.db"):
        room = ann.direct("dice")
        for text in ("roll", "!roll 20", "roll 8", "unroll", "Roll"):
            ann.send(text, room=room)
        eventually(lambda: answers(ann, room) == ["rolled 6", "rolled 20", "rolled 6"])


def test_a_bot_that_was_down_answers_what_was_said_since_it_was_let_in_and_once(
    broker: Broker, ann: Client, tmp_path: pathlib.Path
) -> None:
    data = tmp_path / "dice.db"
    with running(dice(invites="accept"), broker, data):
        pass
    talk, room = ann.direct("dice"), ann.create("Games", private=True)
    ann.send("!roll 2", room=room)
    ann.invite("dice", room=room)
    ann.send("!roll 3", room=room)
    ann.send("roll", room=talk)
    with running(dice(invites="accept"), broker, data):
        eventually(lambda: (answers(ann, talk), answers(ann, room)) == (["rolled 6"], ["rolled 3"]))
    ann.send("!roll 4", room=room)
    with running(dice(invites="accept"), broker, data):
        eventually(lambda: answers(ann, room) == ["rolled 3", "rolled 4"])
        ann.send("!roll 5", room=talk)
        eventually(lambda: answers(ann, talk) == ["rolled 6", "rolled 5"])


def test_a_bot_is_where_it_is_set_up_for_unless_it_accepts(
    broker: Broker, ann: Client, tmp_path: pathlib.Path
) -> None:
    with running(dice(), broker, tmp_path / "dice.db"):
        room = ann.direct("dice")
        ann.send("roll", room=room)
        ann.send("!roll 4")
        eventually(lambda: answers(ann, "lobby") == ["rolled 4"])
        assert answers(ann, room) == []


def test_a_lone_word_is_a_command_in_a_conversation_only() -> None:
    bot, talk = TestBot(dice()), "~" + "t" * 28
    assert bot.say("roll", room=talk) == ["rolled 6"]
    assert bot.say("!roll 8", room=talk) == ["rolled 8"]
    assert bot.say("roll 8", room=talk) == []
    assert bot.say("help", room=talk)[0].startswith("Commands: ")
    for room in ("lobby", "%" + "t" * 28, "~t"):
        assert bot.say("roll", room=room) == []
