"""What bots do beside replying: all that a client does, and once, also if a handler runs again."""

import pathlib
import threading
from collections.abc import Callable, Iterator

import pytest
from loggia.shared.client.api.bot import Bot
from loggia.shared.client.api.breaker import ANSWERS
from loggia.shared.client.api.client import Client
from loggia.shared.client.api.rehearsing import TestBot
from loggia.shared.client.commands import Command, Handled
from loggia.shared.client.link.link import Link
from loggia.shared.protocol.errors import Closed, NotReachable, Refused
from loggia.shared.protocol.events import MessageEvent, ReactedEvent, StoredEvent

from tests.patience import PATIENCE_S
from tests.shared.client.api.test_bot_running import Running
from tests.shared.client.running import Broker, eventually

Start = Callable[[Bot], Running]


@pytest.fixture
def run(broker: Broker, tmp_path: pathlib.Path) -> Iterator[Start]:
    """Starts a bot on the same file each time; what still runs at the end of the test is stopped."""
    started: list[Running] = []

    def start(bot: Bot) -> Running:
        started.append(Running(bot, broker.requests, tmp_path / "bot.db"))
        return started[-1]

    yield start
    for running in started:
        running.stop()


@pytest.fixture
def ada(broker: Broker) -> Iterator[Client]:
    """A person, who owns the rooms of the broker."""
    with Client("ada", connect=broker.requests, bot=False) as ada:
        ada.send("here")
        yield ada


def waits_for(client: Client, nick: str) -> None:
    eventually(lambda: nick in [member.nick for member in client.members()])


def by(client: Client, nick: str, room: str | None = None) -> list[StoredEvent]:
    """What somebody called so did in a room."""
    return [event for event in client.page(room) if event.nick == nick]


def done(client: Client, nick: str, room: str | None = None) -> list[str]:
    return [str(event.__struct_config__.tag) for event in by(client, nick, room)]


def test_a_handler_does_what_a_client_does(ada: Client, run: Start) -> None:
    bot = Bot("butler")
    made: list[str] = []

    @bot.command("!serve")
    def serve(event: MessageEvent) -> str:
        seq = bot.send("working on it", reply_to=event.seq)
        bot.edit(seq, "done")
        bot.react(event, "+1")
        bot.react(event, "+1", on=False)
        bot.pin(event)
        bot.delete(bot.send("never mind"), "a slip")
        bot.set_subject("served")
        bot.say("in it", thread=event.seq)
        room = bot.direct(event.nick)
        bot.say("psst", room=room)
        hall = bot.create("Hall", private=True)
        bot.invite("ada", room=hall)
        bot.set_role("ada", "owner", room=hall)
        bot.client.mark_read(event)
        bot.client.enter("lab")
        made.extend([room, hall, *(info.room for info in bot.client.list_rooms())])
        return f"{len(bot.client.members())} are here"

    run(bot)
    waits_for(ada, "butler")
    ada.set_role("butler", "moderator")
    asked = ada.send("!serve")
    eventually(lambda: len(done(ada, "butler")) == 11)
    assert done(ada, "butler") == [
        *("joined", "message", "edited", "reacted", "reacted", "pinned", "message", "deleted", "subject"),
        *("message", "message"),
    ]
    now = {event.text: event for event in by(ada, "butler") if isinstance(event, MessageEvent)}
    assert set(now) == {"done", "", "in it", "2 are here"}
    assert (now["done"].reply_to, now["in it"].thread, now[""].deleted) == (asked, asked, True)
    room, hall, *rooms = made
    assert {room, hall, "lab", "lobby"} <= set(rooms)
    eventually(
        lambda: [one.text for one in by(ada, "butler", room) if isinstance(one, MessageEvent)] == ["psst"]
    )
    assert {"created", "invited", "role"} <= set(done(ada, "butler", hall))


def test_a_handler_that_runs_again_does_nothing_twice(
    broker: Broker, ada: Client, run: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bot goes down when all is done, and that the message was handled is not written down."""
    runs: list[int] = []

    def made() -> Bot:
        bot = Bot("butler")

        @bot.command("!serve")
        def serve(event: MessageEvent) -> str:
            seq = bot.send(f"run {len(runs)}")
            runs.append(seq)
            bot.edit(seq, f"edited in run {len(runs)}")
            bot.edit(seq, "edited again")
            bot.react(event, "+1")
            bot.react(event, "+1", on=False)
            bot.react(event, "+1")
            bot.invite("ada", room=bot.create("Hall", private=True))
            return "served"

        return bot

    post = Link.post
    with monkeypatch.context() as lost:

        def forgets(link: Link, command: Command, *, soon: bool = True) -> str:
            return "" if isinstance(command, Handled) else post(link, command, soon=soon)

        lost.setattr(Link, "post", forgets)
        running = run(made())
        waits_for(ada, "butler")
        ada.send("!serve")
        eventually(lambda: "served" in [getattr(event, "text", "") for event in by(ada, "butler")])
        running.stop()
    before = [event for event in by(ada, "butler") if event.__struct_config__.tag not in ("joined", "left")]
    again = run(made())
    eventually(lambda: len(runs) == 2)
    waits_for(ada, "butler")
    ada.send("!help")
    eventually(lambda: "!serve" in getattr(by(ada, "butler")[-1], "text", ""))
    again.stop()
    assert runs[0] == runs[1]
    after = [event for event in by(ada, "butler") if event.__struct_config__.tag not in ("joined", "left")]
    assert after[:-1] == before
    assert [event.__struct_config__.tag for event in before] == [
        *("message", "edited", "edited", "reacted", "reacted", "reacted", "message")
    ]
    assert [info.title for info in ada.list_rooms() if info.kind == "private"] == ["Hall"]


def test_what_a_handler_asked_is_waited_for_while_the_broker_is_away(
    broker: Broker, ada: Client, run: Start
) -> None:
    bot = Bot("butler")
    asked, may_go_on = threading.Event(), threading.Event()

    @bot.command("!serve")
    def serve(event: MessageEvent) -> None:
        asked.set()
        may_go_on.wait()
        bot.react(event, "+1")
        bot.edit(bot.send("one"), "two")

    run(bot)
    waits_for(ada, "butler")
    ada.send("!serve")
    assert asked.wait(30)
    broker.kill()
    eventually(lambda: bot.client.status().connection != "connected")
    waiting = bot.client._waiting
    waiting.timeout_s = 0.05
    may_go_on.set()
    eventually(lambda: bot.client._inbox.acts)
    with waiting.here():
        assert not waiting.wait(lambda: False), "which takes as long as the handler has waited now"
    waiting.timeout_s = PATIENCE_S  # the broker, which comes back, has longer
    broker.start()
    eventually(lambda: ada.status().connection == "connected")
    eventually(lambda: done(ada, "butler")[-3:] == ["reacted", "message", "edited"])


@pytest.mark.parametrize("makes_the_best_of_it", [False, True])
def test_a_bot_that_stops_meanwhile_does_and_answers_it_when_it_is_back(
    broker: Broker, ada: Client, run: Start, expect_log: Callable[[str], None], makes_the_best_of_it: bool
) -> None:
    bot = Bot("butler")
    asked, may_go_on = threading.Event(), threading.Event()

    @bot.command("!serve")
    def serve(event: MessageEvent) -> str:
        asked.set()
        may_go_on.wait()
        try:
            bot.react(event, "+1")
        except NotReachable:
            if makes_the_best_of_it:
                return "not now"
            raise
        return "served"

    running = run(bot)
    waits_for(ada, "butler")
    ada.send("!serve")
    assert asked.wait(30)
    bot.client._waiting.timeout_s = 0.05
    broker.kill()
    eventually(lambda: bot.client.status().connection != "connected")
    may_go_on.set()
    eventually(lambda: bot.client._inbox.acts)
    running.stop()
    if not makes_the_best_of_it:
        expect_log("butler could not handle: !serve")
    broker.start()
    run(bot)
    eventually(lambda: ada.status().connection == "connected")
    eventually(lambda: done(ada, "butler").count("message") == 1)
    ada.send("!help")
    eventually(lambda: done(ada, "butler").count("message") == 2)
    said = [event.text for event in by(ada, "butler") if isinstance(event, MessageEvent)]
    assert said[:-1] == ["served"]
    assert done(ada, "butler").count("reacted") == 1


def test_a_thread_beside_the_handlers_is_told_that_the_broker_is_away(
    broker: Broker, ada: Client, run: Start
) -> None:
    bot = Bot("butler")
    run(bot)
    waits_for(ada, "butler")
    bot.client._waiting.timeout_s = 0.01
    broker.kill()
    eventually(lambda: bot.client.status().connection != "connected")
    for asks in (
        lambda: bot.react(1, "+1"),
        lambda: bot.client.react(1, "+1"),
        lambda: bot.send("x"),
        lambda: bot.rename("jeeves"),
    ):
        with pytest.raises(NotReachable):
            asks()


def test_what_a_thread_waits_for_leaves_no_message_undone(broker: Broker, ada: Client, run: Start) -> None:
    """It waits in vain while another message is at hand and the bot is to stop."""
    bot = Bot("butler")
    runs: list[int] = []
    asked, may_go_on = threading.Event(), threading.Event()

    @bot.command("!serve")
    def serve(event: MessageEvent) -> str:
        runs.append(event.seq)
        asked.set()
        may_go_on.wait()
        return "served"

    running = run(bot)
    waits_for(ada, "butler")
    ada.send("!serve")
    assert asked.wait(30)
    bot.client._waiting.timeout_s = 0.01
    broker.kill()
    eventually(lambda: bot.client.status().connection != "connected")
    bot.stop()
    with pytest.raises(NotReachable):
        bot.client.react(1, "+1")
    may_go_on.set()
    running.stop()
    broker.start()
    run(bot)
    eventually(lambda: ada.status().connection == "connected")
    ada.send("!help")
    eventually(lambda: done(ada, "butler").count("message") == 2)
    assert len(runs) == 1
    said = [event.text for event in by(ada, "butler") if isinstance(event, MessageEvent)]
    assert said[0] == "served"


def test_a_bot_takes_another_name_and_keeps_it(ada: Client, run: Start) -> None:
    bot = Bot("butler")

    @bot.command("!name")
    def name(nick: str) -> str:
        try:
            bot.rename(nick)
        except Refused as refused:
            return refused.code
        return f"I am {bot.nick}"

    running = run(bot)
    waits_for(ada, "butler")
    for nick, answer in [("ada", "nick_taken"), ("jeeves", "I am jeeves")]:
        ada.send(f"!name {nick}")
        eventually(lambda answer=answer: getattr(ada.page()[-1], "text", "") == answer)
    running.stop()
    again = run(Bot("butler"))
    waits_for(ada, "jeeves")
    again.stop()


def test_bots_that_answer_each_others_signs_by_signs_come_to_rest(expect_log: Callable[[str], None]) -> None:
    bot = Bot("watcher")
    acted: list[int] = []

    @bot.on("reacted")
    def answer(event: ReactedEvent) -> None:
        bot.react(event.target, "+1")
        acted.append(event.seq)

    for seq in range(1, 100):
        bot.rehearse(ReactedEvent("lobby", seq, 1, "bob", "a-bob", f"e{seq}", 3, "+1", True))
    assert len(acted) == ANSWERS
    expect_log("it passes over what they say")


def test_in_a_test_it_is_taken_to_be_done() -> None:
    bot = Bot("butler")

    @bot.command("!serve")
    def serve(event: MessageEvent) -> str:
        bot.edit(bot.send("working"), "done")
        bot.kick("bob", reason="loud")
        bot.say("psst", room=bot.direct("ada"))
        bot.rename("jeeves")
        return bot.create("lab")

    assert TestBot(bot).say("!serve") == ["working", "psst", "lab"]
    assert bot.nick == "jeeves"


def test_a_bot_that_does_not_run_says_so() -> None:
    bot = Bot("butler")
    for call in (
        lambda: bot.react(1, "+1"),
        lambda: bot.kick("bob"),
        lambda: bot.send("hello"),
        lambda: bot.rename("jeeves"),
        lambda: bot.direct("ada"),
        lambda: bot.client,
        lambda: bot.search("x"),
    ):
        with pytest.raises(Closed, match="butler is not running"):
            call()
    for wrong in (lambda: bot.send(""), lambda: bot.send(" ")):
        with pytest.raises(Refused, match="nothing in this text"):
            wrong()
    with pytest.raises(TypeError):
        bot.send("x", thread="1")  # type: ignore[arg-type]
