"""What a handler of a bot replies, or what is said and logged when it fails. In the thread of `Bot.run`."""

import logging
from collections.abc import Callable, Iterable

from loggia.shared.client.api.bot_commands import BotCommand, Wrong
from loggia.shared.client.api.handlers import Handlers, text_of
from loggia.shared.client.api.interrupts import Interrupts
from loggia.shared.protocol.events import MessageEvent, StoredEvent
from loggia.shared.protocol.limits import Limits
from loggia.shared.protocol.names import escaped

LOGGED_CHARS = 200  # of a message that a handler failed at: enough to try it again

log = logging.getLogger(__name__)


class Replies:
    """Of the bot called `nick`. What `interrupts` noted is raised, whatever a handler made of it."""

    def __init__(self, nick: str, handlers: Handlers, interrupts: Interrupts) -> None:
        self._nick = nick
        self._handlers = handlers
        self._interrupts = interrupts

    def to_command(self, command: BotCommand, event: MessageEvent, rest: str, limits: Limits) -> str | None:
        """Who calls a command gets an answer, whatever becomes of it."""
        try:
            return text_of(self._outcome(command, event, rest), limits)
        except BaseException:
            self._interrupts.check()
            log.exception("%s could not handle: %s", self._nick, _excerpt(event))
            return f"Sorry, {command.name} failed here; it is in my log."

    def _outcome(self, command: BotCommand, event: MessageEvent, rest: str) -> object:
        try:
            return self._handlers.call(command.function, lambda: command.call(event, rest))
        except Wrong as wrong:
            return str(wrong)
        except ValueError:  # mostly a word that the handler could not read
            log.info("%s refused: %s", self._nick, _excerpt(event), exc_info=True)
            return f"That does not work. Usage: {command.help}"

    def to_event(self, handler: Callable[..., object], event: StoredEvent, limits: Limits) -> str | None:
        """What a handler of messages, or of other entries, replies; it may have nothing to say."""
        try:
            return text_of(self._noticed(handler, event), limits)
        except BaseException:  # nobody asked, so nobody is told
            self._interrupts.check()
            log.exception("%s could not handle: %s", self._nick, _excerpt(event))
            return None

    def together(self, answers: Iterable[str], limits: Limits) -> str:
        """The answers of all handlers as one message, which is stored once, and of those that fit in it."""
        said = ""
        for answer in answers:
            longer = f"{said}\n{answer}" if said else answer
            if len(longer.encode()) > limits.text_bytes:
                log.error("%s leaves out a reply: with the others it is too long for a message.", self._nick)
                continue
            said = longer
        return said

    def _noticed(self, handler: Callable[..., object], event: StoredEvent) -> object:
        try:
            return self._handlers.call(handler, lambda: handler(event))
        except Wrong as wrong:
            return str(wrong)


def _excerpt(event: StoredEvent) -> str:
    if not isinstance(event, MessageEvent):
        return f"{escaped(event.room)} {event.seq}, {event.__struct_config__.tag}"
    return escaped(event.text[:LOGGED_CHARS])
