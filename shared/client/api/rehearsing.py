"""Bots in tests, without a network."""

import time

from loggia.shared.client.api import arguments
from loggia.shared.client.api.bot import Bot
from loggia.shared.protocol.events import MessageEvent
from loggia.shared.protocol.limits import LOBBY


class TestBot:
    """A bot without a network: `TestBot(bot).say("!roll 2d6")` returns its replies, a list of strings."""

    __test__ = False  # for pytest: this is no test

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._seq = 0

    def say(self, text: str, *, nick: str = "ada", room: str = LOBBY, bot: bool = False) -> list[str]:
        """Somebody called `nick` says `text` in `room`; returns what the bot says and replies, in order.

        `bot`: whether a bot says it. A handler that fails raises nothing here: the reply tells, and the log.
        """
        self._seq += 1
        event = MessageEvent(
            room=arguments.string("room", room),
            seq=self._seq,
            at=time.time_ns() // 1_000_000,
            nick=arguments.string("nick", nick),
            account=f"account of {nick}",
            id=f"test-{self._seq}",
            text=arguments.string("text", text),
            bot=bot,
        )
        return self._bot.rehearse(event)
