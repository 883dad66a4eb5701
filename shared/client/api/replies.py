"""What a handler of a bot replies, or what is said and logged when it fails. In the thread of `Bot.run`."""

import logging
from collections.abc import Callable

from loggia.shared.client.api.bot_commands import BotCommand, Wrong
from loggia.shared.client.api.handlers import Handlers, text_of
from loggia.shared.client.api.interrupts import Interrupts
from loggia.shared.protocol.events import MessageEvent
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

    def to_message(self, handler: Callable[..., object], event: MessageEvent, limits: Limits) -> str | None:
        """What a handler of messages replies; it may have nothing to say."""
        try:
            return text_of(self._noticed(handler, event), limits)
        except BaseException:  # nobody asked, so nobody is told
            self._interrupts.check()
            log.exception("%s could not handle: %s", self._nick, _excerpt(event))
            return None

    def _noticed(self, handler: Callable[..., object], event: MessageEvent) -> object:
        try:
            return self._handlers.call(handler, lambda: handler(event))
        except Wrong as wrong:
            return str(wrong)


def _excerpt(event: MessageEvent) -> str:
    return escaped(event.text[:LOGGED_CHARS])
