"""What a bot has to answer with: its commands, its handlers of messages, and the help about them.

Used by the bot's own thread; which of them a message is for, and whether they hear it.
"""

from collections.abc import Callable, Iterator
from typing import get_args

from loggia.shared.client.api import arguments
from loggia.shared.client.api.bot_commands import BotCommand, key
from loggia.shared.protocol.events import MessageEvent, OtherEvent, StoredEvent
from loggia.shared.protocol.names import escaped

_HELP = "!help"
OPS = frozenset(  # of what `on` may name: a message has `message` and `command`
    str(kind.__struct_config__.tag)
    for kind in get_args(StoredEvent)
    if kind not in (MessageEvent, OtherEvent)
)
SHOWN_CHARS = 64  # of what somebody typed, in a reply


class Registered:
    """Of the bot called `nick`. `hears_bots`: so do all that do not say themselves."""

    def __init__(self, nick: str, *, hears_bots: bool) -> None:
        self._nick = nick
        self._hears_bots = hears_bots
        self._commands: dict[str, BotCommand] = {}
        self._built_in = BotCommand(_HELP, self._help)
        self._on_message: list[tuple[Callable[..., object], bool | None]] = []
        self._on: dict[str, list[Callable[..., object]]] = {}

    def add_command(self, command: BotCommand) -> None:
        """Raises ValueError if there is one of its name. A `!help` takes the place of the one built in."""
        if key(command.name) in self._commands:
            raise ValueError(f"{self._nick} has a command {command.name} already.")
        self._commands[key(command.name)] = command

    def add_handler(self, function: Callable[..., object], bots: bool | None) -> None:
        """Raises TypeError for what cannot be called."""
        self._on_message.append((arguments.function("A handler", function), bots))

    def add_watcher(self, op: str, function: Callable[..., object]) -> None:
        """Raises ValueError for no op of an event, TypeError for what cannot be called."""
        if op not in OPS:
            raise ValueError(f"An event is one of {', '.join(sorted(OPS))}, not {op!r}.")
        self._on.setdefault(op, []).append(arguments.function("A handler", function))

    def watchers(self, event: StoredEvent) -> list[Callable[..., object]]:
        """Those of an event that is no message, in the order in which they were added."""
        return self._on.get(str(event.__struct_config__.tag), [])

    def command(self, word: str) -> BotCommand | None:
        """The command that a line with this first word calls."""
        wanted = key(word)
        return self._commands.get(wanted, self._built_in if wanted == _HELP else None)

    def handlers(self, event: MessageEvent) -> Iterator[Callable[..., object]]:
        """Those that hear this message, if it is no command, in the order in which they were added."""
        return (function for function, bots in self._on_message if self.hears(event, bots))

    def hears(self, event: MessageEvent, bots: bool | None) -> bool:
        """Whether who has this choice hears the message: not every one hears bots."""
        return not event.bot or (self._hears_bots if bots is None else bots)

    def _help(self, command: str = "") -> str:
        """Say what this bot can do."""
        known = [*self._commands.values(), *({} if _HELP in self._commands else {self._built_in})]
        if not command:
            return "Commands: " + "\n".join(one.listed for one in known)
        wanted = [one for one in known if key(command) in (key(one.name), key(one.name.lstrip("!")))]
        if not wanted:
            shown = escaped(command[:SHOWN_CHARS])
            return f"There is no {shown}; say !help to see what there is."
        return "\n".join(f"Usage: {one.help}" for one in wanted)
