"""Which bots a bot hears, and which handlers it may have."""

import asyncio
import contextlib
from typing import Any

import pytest
from loggia.shared.client.api.bot import Bot
from loggia.shared.client.api.rehearsing import TestBot
from loggia.shared.protocol.events import MessageEvent

from tests.shared.client.api.texts import Expect


def heard(text: str) -> MessageEvent:
    """As a bot says it."""
    return MessageEvent(room="lobby", seq=1, at=1, nick="zoe", account="z", id="1", text=text, bot=True)


def hearing(**settings: bool) -> Bot:
    bot = Bot("dice", **settings)  # type: ignore[arg-type]
    bot.command("!own")(lambda: "own")
    bot.command("!deaf", bots=False)(lambda: "deaf")
    bot.command("!keen", bots=True)(lambda: "keen")
    bot.message(lambda event: "heard" if event.text == "hi" else None)
    bot.message(bots=True)(lambda event: "overheard")
    bot.message(bots=False)(lambda event: "person")
    return bot


# -- Bots that hear bots -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "person", "bot", "bot_if_asked"),
    [
        ("!own", ["own"], [], ["own"]),
        ("!deaf", ["deaf"], [], []),
        ("!keen", ["keen"], ["keen"], ["keen"]),
        ("hi", ["heard", "overheard", "person"], ["overheard"], ["heard", "overheard"]),
        ("!unknown", ["overheard", "person"], ["overheard"], ["overheard"]),
        ("!help nothing", ["There is no nothing; say !help to see what there is."], [], ...),
    ],
)
def test_a_bot_does_not_hear_bots_unless_it_asks_to(
    text: str, person: list[str], bot: list[str], bot_if_asked: Any
) -> None:
    assert TestBot(hearing()).say(text) == person
    assert TestBot(hearing(hears_bots=True)).say(text) == person
    assert TestBot(hearing()).say(text, bot=True) == bot
    assert TestBot(hearing(hears_bots=True)).say(text, bot=True) == (
        person if bot_if_asked is ... else bot_if_asked
    )


def test_a_bot_that_talks_with_a_bot_stops_and_says_so_once(
    expect_log: Expect, caplog: pytest.LogCaptureFixture
) -> None:
    expect_log("dice spoke 20 times in 10 s in lobby")
    bot = Bot("dice", hears_bots=True)
    bot.message(lambda event: bot.say("more") if event.seq % 2 else "again")
    test = TestBot(bot)
    assert sum(len(test.say("go on", nick="bert", bot=True)) for _ in range(100)) == 20
    assert test.say("enough", bot=False) == ["more"]
    assert test.say("go on", nick="bert", bot=True) == []
    assert caplog.text.count("20 times") == 1
    assert test.say("go on", nick="bert", bot=True, room="lab") == ["more"]


def test_what_a_task_says_later_is_no_talk_with_bots() -> None:
    """However often, and whoever asked for it."""
    bot = Bot("dice", hears_bots=True)
    tasks = []

    async def later(rounds: asyncio.Event) -> None:
        await rounds.wait()
        for number in range(40):
            bot.say(f"{number}")

    @bot.command("!start")
    async def start() -> str:
        go = asyncio.Event()
        tasks.append(asyncio.create_task(later(go)))
        asyncio.get_running_loop().call_later(0.01, go.set)
        return "started"

    @bot.command("!wait")
    async def wait() -> None:
        await asyncio.wait(tasks)

    said: list[str] = []
    bot._speak = lambda say: said.append(say.text)
    with contextlib.closing(bot._handlers):
        assert bot.replies(heard("!start")) == ["started"]
        assert bot.replies(heard("!wait")) == []
    assert len(said) == 40


def test_a_person_is_answered_as_often_as_he_likes() -> None:
    bot = Bot("dice", hears_bots=True)
    bot.message(lambda event: "yes")
    test = TestBot(bot)
    assert all(test.say("you?") == ["yes"] for _ in range(100))


# -- Registering -------------------------------------------------------------------------------


def test_two_commands_of_one_name_are_refused() -> None:
    bot = Bot("dice")
    bot.command("!roll")(lambda: "")
    with pytest.raises(ValueError, match="has a command !ROLL already"):
        bot.command("!ROLL")(lambda: "")


def test_help_may_be_ones_own() -> None:
    bot = Bot("dice")
    bot.command("!Help")(lambda: "Help yourself.")
    assert TestBot(bot).say("!help") == ["Help yourself."]


def test_a_command_without_a_name_says_how_it_is_written() -> None:
    with pytest.raises(TypeError, match=r'write @bot.command\("!roll"\)'):
        Bot("dice").command(lambda: "")  # type: ignore[arg-type]
