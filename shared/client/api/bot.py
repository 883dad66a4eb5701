"""Bots by decorators. `run` blocks its thread until `stop`, Ctrl+C or SIGTERM; the link has its own thread.

    bot = Bot("dice")

    @bot.command("!roll")
    def roll(dice: str = "1d6") -> str:
        "Roll dice: !roll 2d6."
        return ...

    bot.run()

What came while the bot was down is handled when it is back. A reply is stored once for each message that it
answers, whatever crashes in between; a handler itself may run again for the message it was killed in.
Messages are handled one at a time, in order; `async def` handlers too (shared/client/api/handlers.py).
"""

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeVar, overload

from loggia.shared.client.api import arguments
from loggia.shared.client.api.acting import Acting
from loggia.shared.client.api.address import address, bot_file
from loggia.shared.client.api.bot_commands import BotCommand, first_word
from loggia.shared.client.api.client import Client
from loggia.shared.client.api.handlers import Handlers
from loggia.shared.client.api.inside import Inside
from loggia.shared.client.api.interrupts import Interrupts
from loggia.shared.client.api.registered import Registered
from loggia.shared.client.api.replies import Replies
from loggia.shared.protocol.errors import Closed
from loggia.shared.protocol.events import MessageEvent, StoredEvent, asker
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.names import is_direct

SURE_S = 1.0  # what is skipped is too old by a clock that was read within this time

log = logging.getLogger(__name__)

Handler = TypeVar("Handler", bound=Callable[..., object])


class Bot(Acting):
    """Answers in its rooms by the handlers that `command`, `message` and `on` register; `run` serves.

    `nick`: what it is called, also afterwards as `bot.nick`. `room`, `rooms`: where it is; `room` is also
    where `say` goes. `invites`: "accept" for a bot that is also in rooms that others let it into, private
    ones and conversations too; there `roll` alone calls the command `!roll`. `max_age_s`: messages that are
    older than so many seconds are skipped, by the broker's clock; None handles them all. `hears_bots`: what
    other bots say is handled too; a single handler may ask for it, or not, by `bots`. Raises Refused,
    TypeError or ValueError for what cannot be.

    A handler returns the reply, or None for none. Handlers are called one at a time, in the order of the
    log, never for the bot's own messages, and once for each message; again only for one that the bot was
    killed in. What a handler raises is logged, and the bot serves on.

    A handler may also do what a Client does, by the same methods: `bot.react(event, "+1")`, `bot.edit`,
    `bot.kick`, `bot.direct(nick)`, ... Each returns when it is stored, which is waited for until it is, and
    is done once: a handler that runs again asks for the same. Where none is named, `room` is that of the
    message at hand. A task or thread that goes on behind its handler has it done once for each call, and
    waits 10 s, as a Client does: then it is told NotReachable.
    """

    def __init__(
        self,
        nick: str,
        *,
        room: str = LOBBY,
        rooms: Iterable[str] = (),
        invites: Literal["accept", "ignore"] = "ignore",
        max_age_s: float | None = None,
        hears_bots: bool = False,
    ) -> None:
        self._given = arguments.nick(nick)
        self._rooms = arguments.rooms(room, rooms)
        super().__init__(self._given, self._rooms[0])
        arguments.invites(invites)
        self._invites: Literal["accept", "ignore"] = invites
        self._inside = Inside()
        self._max_age_s = arguments.age("max_age_s", max_age_s)
        self._registered = Registered(self.nick, hears_bots=arguments.flag("hears_bots", hears_bots))
        self._handlers = Handlers()
        self._interrupts = Interrupts()
        self._replies = Replies(self.nick, self._handlers, self._interrupts)
        self._lock = threading.RLock()  # a signal may ask to stop at any point
        self._busy = self._stopping = False
        self._gave_up = False  # what a handler asked for is not known to be done

    def command(self, name: str, *, bots: bool | None = None) -> Callable[[Handler], Handler]:
        """The decorated function is called when the first word is `name`; its docstring is the help.

        The words behind it are its arguments. One annotated `int`, `float` or `str` is given a word, read as
        that; `*words` takes the rest; one annotated `MessageEvent` is given the message. Who says words that
        do not fit is told the usage. `bots`: whether it hears bots; None: as the bot does.

        Raises ValueError if there is a command of that name or it is not one word, and TypeError for an
        argument of another kind.
        """

        def register(function: Handler) -> Handler:
            self._registered.add_command(BotCommand(name, function, bots=bots))
            return function

        if callable(name):
            raise TypeError('A command needs a name: write @bot.command("!roll").')
        return register

    @overload
    def message(self, function: Handler, /) -> Handler: ...
    @overload
    def message(
        self, function: None = None, /, *, bots: bool | None = None
    ) -> Callable[[Handler], Handler]: ...
    def message(self, function: Callable[..., object] | None = None, /, *, bots: bool | None = None) -> Any:
        """The decorated function is called with each message of others that is no command, a MessageEvent.

        `bots`: whether it hears bots; None: as the bot does. Raises TypeError for what cannot be called.
        """
        heard = arguments.choice("bots", bots)

        def register(function: Callable[..., object]) -> Callable[..., object]:
            self._registered.add_handler(function, heard)
            return function

        return register if function is None else register(function)

    def on(self, op: str) -> Callable[[Handler], Handler]:
        """The decorated function is called with each entry of that kind that others made: "joined",
        "reacted", "edited", ...; it is given the event (a JoinedEvent, a ReactedEvent, an EditedEvent, ...).

        Raises ValueError for what is no kind of entry; a message has `message` and `command`.
        """

        def register(function: Handler) -> Handler:
            self._registered.add_watcher(op, function)
            return function

        if callable(op):
            raise TypeError('Say what it is called for: write @bot.on("joined").')
        return register

    def replies(self, event: StoredEvent) -> list[str]:
        """What the bot answers to an entry that somebody else made: a string for each handler that has an
        answer.

        `run` calls it. An exception of a handler is logged, and not raised.
        """
        if not self._breaker.heard(event):
            return []
        with self._at_hand.handling(event):
            answers = self._answers(event)
        said = [answer for answer in answers if answer is not None]
        if said:
            self._count(event)
        return said

    def _answers(self, event: StoredEvent) -> list[str | None]:
        if not isinstance(event, MessageEvent):
            watchers = self._registered.watchers(event)
            return [self._replies.to_event(one, event, self._limits) for one in watchers]
        word, rest = first_word(event.text)
        command = self._registered.command(word)
        if command is None and not rest and is_direct(event.room):
            command = self._registered.command(f"!{word}")
        if command is None:
            heard_by = self._registered.handlers(event)
            return [self._replies.to_event(one, event, self._limits) for one in heard_by]
        if not self._registered.hears(event, command.bots):
            return []
        return [self._replies.to_command(command, event, rest, self._limits)]

    def rehearse(self, event: StoredEvent) -> list[str]:
        """What the bot says and replies because of an entry, in order, without a network: see TestBot. What
        else it does is taken to be done.

        Tasks that a handler started are cancelled at the end.
        """
        said: list[str] = []
        before, self._speak = self._speak, lambda say: said.append(say.text)
        shown, self._show = self._show, lambda _: None
        self._is_rehearsal = True
        try:
            with self._interrupts.noticed(), contextlib.closing(self._handlers):
                said += self.replies(event)
                self._interrupts.check()
        finally:
            self._speak, self._show = before, shown
            self._is_rehearsal = False
        return said

    def run(self, *, connect: str | None = None, data: str | os.PathLike[str] | None = None) -> None:
        """Serve until `stop`, Ctrl+C or SIGTERM; blocks its thread. Waits while no broker can be reached.

        `connect`: the broker's requests door, else LOGGIA_REQUESTS, else this computer's. `data`: the file
        that holds the bot's place in each room, by default one for this nick and broker in the user's data
        folder. Raises Refused if the broker will not have the bot, StorageBroken if the file is unusable or
        another program's, ValueError for what is no address.
        """
        connect = address(connect)
        self._stopping = False
        room, *rooms = self._rooms
        with (
            contextlib.suppress(KeyboardInterrupt, Closed),
            self._interrupts.noticed(),
            contextlib.ExitStack() as ends,
        ):
            with self._interrupts.held():
                client = Client(
                    self._given,
                    room,
                    rooms=rooms,
                    connect=connect,
                    data=bot_file(self._given, connect) if data is None else data,
                    durable=True,
                    invites=self._invites,
                )
                ends.enter_context(client)
            client._acts.of_handlers(self._id_of, self._waits_on)
            self._speak = client._post_say
            self._show = client._show
            self._client = client
            ends.callback(self._handlers.close)  # before the client: who cleans up may still speak
            self._serve(client)

    def stop(self) -> None:
        """End `run`, from any thread and from handlers; the message at hand is answered and done before."""
        with self._lock:
            self._stopping = True
            if self._busy:
                return
        if self._client is not None:
            self._client.close()

    # -- Serving -------------------------------------------------------------------------------

    def _serve(self, client: Client) -> None:
        client.wait_entered()  # who we are must be known before it is known who else speaks
        self.nick = client.nick
        for event in client.events():
            self._set_busy(True)  # while an entry is at hand, `stop` waits for it
            try:
                self._deal_with(event, client)
            finally:
                self._set_busy(False)
            if self._stopping:
                return

    def _deal_with(self, event: StoredEvent, client: Client) -> None:
        """What was answered and that it is done are one write. That there was nothing to do can wait for the
        next one: a bot that is killed meanwhile is told it again, and does nothing again.
        """
        self._limits = client.limits
        is_handled = self._gave_up = False
        answers: list[str] = []
        if self._inside.is_for(event, client.account) and self._is_for_us(event, client):
            is_handled = True
            answers = self.replies(event)
        self._interrupts.check()  # a handler may have swallowed it
        if self._gave_up:  # it is handled again when the bot is back: what it answers then is its answer
            return
        if answers and (answer := self._replies.together(answers, self._limits)):
            client._answer(event, answer, soon=False)
        client._done(event, soon=is_handled)

    def _waits_on(self) -> bool:
        """Whether the code that asks for something goes on waiting. A handler does until it is done, or the
        bot is to stop; what runs beside the handlers waits as a Client does.
        """
        if self._at_hand.open is None:
            return False
        self._gave_up |= self._stopping
        return not self._stopping

    def _set_busy(self, busy: bool) -> None:
        with self._lock:
            self._busy = busy

    def _is_for_us(self, event: StoredEvent, client: Client) -> bool:
        """Somebody else did it, and there is a handler that it may be for."""
        is_heard = isinstance(event, MessageEvent) or bool(self._registered.watchers(event))
        return is_heard and asker(event) != client.account and self._is_fresh(event, client)

    def _is_fresh(self, event: StoredEvent, client: Client) -> bool:
        if self._max_age_s is None:
            return True
        age_s = (client.broker_ms() - event.at) / 1000
        if age_s > self._max_age_s:  # the broker's clock may have been set since we looked at it
            age_s = (client.broker_ms(within_s=SURE_S) - event.at) / 1000
        if age_s <= self._max_age_s:
            return True
        log.info("%s skips what is %.0f s old: %s %d", self.nick, age_s, event.room, event.seq)
        return False
