"""Handlers that say more than their reply, and such as await something."""

import asyncio
import concurrent.futures
import gc
import threading

import pytest
from loggia.shared.client.api.bot import Bot
from loggia.shared.client.api.handler_loop import HandlerLoop
from loggia.shared.client.api.rehearsing import TestBot
from loggia.shared.protocol.errors import Closed
from loggia.shared.protocol.events import MessageEvent

from tests.patience import PATIENCE_S
from tests.shared.client.api.texts import UNSENDABLE, Expect

# -- Saying unasked ----------------------------------------------------------------------------


def test_a_handler_may_say_more_than_its_reply() -> None:
    bot = Bot("dice", room="lab")

    @bot.command("!count")
    async def count() -> str:
        bot.say("1")
        await asyncio.sleep(0)
        bot.say("2", room="lobby")
        return "3"

    assert TestBot(bot).say("!count") == ["1", "2", "3"]
    with pytest.raises(Closed, match="dice is not running"):
        bot.say("4")


@pytest.mark.parametrize(
    "text", [*UNSENDABLE.values(), "", " ", None], ids=[*UNSENDABLE, "empty", "blank", "None"]
)
def test_what_cannot_be_said_is_refused_to_the_handler_at_once(text: str, expect_log: Expect) -> None:
    expect_log("(?s)dice could not handle: !try.*Refused")
    bot = Bot("dice")
    bot.command("!try")(lambda: bot.say(text))
    assert TestBot(bot).say("!try") == ["Sorry, !try failed here; it is in my log."]


# -- Async -------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_stopped", [True, False])
def test_a_handler_that_is_interrupted_before_it_began_is_never_begun_and_nothing_is_said_of_it(
    is_stopped: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by Ctrl+C while another task keeps the loop."""
    loop, held, free = HandlerLoop(), threading.Event(), threading.Event()
    begun: list[bool] = []

    async def handler() -> None:
        begun.append(True)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    loop._loop.call_soon_threadsafe(lambda: (held.set(), free.wait()))
    assert held.wait(PATIENCE_S)
    monkeypatch.setattr(concurrent.futures, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        loop.run(handler())
    if is_stopped:
        threading.Thread(target=free.set).start()
        loop.close()
    else:
        free.set()
        monkeypatch.undo()
        loop.run(asyncio.sleep(0))
        loop.close()
    gc.collect()
    assert begun == []


def test_async_handlers_await_what_they_like() -> None:
    bot = Bot("dice")

    @bot.command("!wait")
    async def wait(event: MessageEvent, times: int = 1) -> str:
        """Wait a moment."""
        async with asyncio.timeout(5):
            done = await asyncio.gather(*(asyncio.to_thread(str, number) for number in range(times)))
        return f"{event.nick}: {' '.join(done)}"

    test = TestBot(bot)
    assert test.say("!wait 3", nick="zoe") == ["zoe: 0 1 2"]
    assert test.say("!wait x") == ["times must be a whole number. Usage: !wait [times]"]
    assert test.say("!help wait") == ["Usage: !wait [times] - Wait a moment."]


def test_a_task_that_was_left_running_is_cancelled_at_the_end() -> None:
    bot, seen = Bot("dice"), list[str]()

    async def background() -> None:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    @bot.command("!start")
    async def start() -> str:
        tasks.append(asyncio.create_task(background()))
        await asyncio.sleep(0)
        return "started"

    tasks: list[asyncio.Task[None]] = []
    assert TestBot(bot).say("!start") == ["started"]
    assert seen == ["cancelled"]


def test_a_task_that_ends_the_program_does_not(expect_log: Expect) -> None:
    expect_log("A task of a handler failed")
    bot = Bot("dice")

    async def leave() -> None:
        raise SystemExit(3)

    @bot.command("!start")
    async def start() -> str:
        task = asyncio.create_task(leave())
        await asyncio.wait([task])
        assert isinstance(task.exception(), SystemExit)
        return "still here"

    assert TestBot(bot).say("!start") == ["still here"]


def test_a_task_that_does_not_end_is_left_behind(expect_log: Expect, monkeypatch: pytest.MonkeyPatch) -> None:
    expect_log("does not let itself be cancelled")
    monkeypatch.setattr("loggia.shared.client.api.handler_loop.END_S", 0.05)
    monkeypatch.setattr("loggia.shared.client.api.handler_loop.LOOK_S", 0.05)
    bot, let_go = Bot("dice"), threading.Event()

    async def blocks() -> None:
        let_go.wait(20)

    @bot.command("!start")
    async def start() -> str:
        asyncio.get_running_loop().call_soon(asyncio.ensure_future, blocks())
        return "started"

    assert TestBot(bot).say("!start") == ["started"]
    let_go.set()
