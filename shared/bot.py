"""Bots by decorators. `run` blocks its thread until `stop`, Ctrl+C or SIGTERM; the link has its own thread.

    bot = Bot("dice")

    @bot.command("!roll")
    def roll(dice: str = "1d6") -> str:
        "Roll dice: !roll 2d6."
        return ...

    bot.run()

What came while the bot was down is handled when it is back. A reply is stored once for each message that it
answers, whatever crashes in between; a handler itself may run again for the message it was killed in.
"""

import contextlib
import logging
import os
import pathlib
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote

import platformdirs

from shared import arguments
from shared.calls import Command
from shared.calls import Wrong as Wrong
from shared.client import Client, address
from shared.errors import Closed
from shared.limits import LOBBY
from shared.messages import MessageEvent
from shared.names import escaped

LOGGED_CHARS = 200  # of a message that a handler failed at: enough to try it again

log = logging.getLogger(__name__)

Handler = Callable[..., str | None]


class Bot:
    """Answers messages in its rooms. `max_age_s`: older messages are skipped; None handles them all."""

    def __init__(
        self, nick: str, *, room: str = LOBBY, rooms: Iterable[str] = (), max_age_s: float | None = None
    ) -> None:
        self.nick = nick
        self._rooms = arguments.rooms(room, rooms)
        self._max_age_s = max_age_s
        self._commands = {"!help": Command("!help", self._help)}
        self._on_message: list[Callable[[MessageEvent], str | None]] = []
        self._client: Client | None = None

    def command(self, name: str) -> Callable[[Handler], Handler]:
        """The decorated function is called for messages that start with `name`; its docstring is the help."""

        def register(function: Handler) -> Handler:
            self._commands[name] = Command(name, function)
            return function

        return register

    def message(self, function: Handler) -> Handler:
        """The decorated function is called with each message of others that is no command."""
        self._on_message.append(function)
        return function

    def replies(self, event: MessageEvent) -> list[str]:
        """What the bot answers to a message. An exception of a handler is logged, and others are served."""
        name, _, rest = event.text.partition(" ")
        command = self._commands.get(name)
        if command is None:
            answers = [self._told(handler, event) for handler in self._on_message]
        else:
            answers = [self._called(command, event, rest)]
        return [answer for answer in answers if answer]

    def run(self, *, connect: str | None = None, data: str | os.PathLike[str] | None = None) -> None:
        """Serve until `stop`, Ctrl+C or SIGTERM.

        `connect`: the broker's requests door, else LOGGIA_REQUESTS, else this computer's. `data`: the file
        that holds the bot's place in each room, by default one for this nick and broker in the user's data
        folder. Raises Refused if the broker will not have the bot, StorageBroken if the file is unusable.
        """
        connect = address(connect)
        room, *rooms = self._rooms
        client = Client(
            self.nick, room, rooms=rooms, connect=connect, data=data or self._file(connect), durable=True
        )
        self._client = client
        with contextlib.suppress(KeyboardInterrupt, Closed), _ended_by_sigterm(), client:
            self._serve(client)

    def stop(self) -> None:
        """End `run`, from any thread."""
        if self._client is not None:
            self._client.close()

    def _serve(self, client: Client) -> None:
        for event in client.events():
            if isinstance(event, MessageEvent) and self._is_for_us(event, client.account):
                answers = self.replies(event)
                if answers:
                    client.answer(event, "\n".join(answers))
            client.done(event)

    def _is_for_us(self, event: MessageEvent, account: str) -> bool:
        age_s = time.time() - event.at / 1000
        too_old = self._max_age_s is not None and age_s > self._max_age_s
        if too_old:
            log.info("%s skips a message that is %.0f s old: %s %d", self.nick, age_s, event.room, event.seq)
        return event.account != account and not too_old

    def _called(self, command: Command, event: MessageEvent, rest: str) -> str | None:
        """Who calls a command gets an answer, whatever becomes of it."""
        try:
            return command.call(event, rest)
        except Wrong as wrong:
            return str(wrong)
        except ValueError:  # mostly a word that the handler could not read
            log.info("%s refused: %s", self.nick, _excerpt(event), exc_info=True)
            return f"That does not work. Usage: {command.help}"
        except Exception:
            log.exception("%s could not handle: %s", self.nick, _excerpt(event))
            return f"Sorry, {command.name} failed here; it is in my log."

    def _told(self, handler: Handler, event: MessageEvent) -> str | None:
        try:
            return handler(event)
        except Wrong as wrong:
            return str(wrong)
        except Exception:  # nobody asked, so nobody is told
            log.exception("%s could not handle: %s", self.nick, _excerpt(event))
            return None

    def _help(self, command: str = "") -> str:
        """Say what this bot can do."""
        wanted = [one for one in self._commands.values() if command in ("", one.name, one.name.lstrip("!"))]
        if not wanted:
            return f"There is no {command}; say !help to see what there is."
        return "\n".join(one.help for one in wanted)

    def _file(self, connect: str) -> pathlib.Path:
        folder = platformdirs.user_data_path("loggia", appauthor=False) / "bots"
        return folder / f"{quote(self.nick, safe='')} at {quote(connect, safe='')}.db"


def _excerpt(event: MessageEvent) -> str:
    return escaped(event.text[:LOGGED_CHARS])


class TestBot:
    """A bot without a network: `TestBot(bot).say("!roll 2d6")` returns its replies."""

    __test__ = False  # for pytest: this is no test

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._seq = 0

    def say(self, text: str, *, nick: str = "ada", room: str = LOBBY) -> list[str]:
        """Somebody says `text`; returns what the bot replies, in order."""
        self._seq += 1
        event = MessageEvent(
            room=room,
            seq=self._seq,
            at=time.time_ns() // 1_000_000,
            nick=nick,
            account=f"account of {nick}",
            id=f"test-{self._seq}",
            text=text,
        )
        return self._bot.replies(event)


@contextlib.contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """SIGTERM ends the block as Ctrl+C does; only the main thread may ask for that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
