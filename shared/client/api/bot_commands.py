"""What a bot's command takes, and how a line of chat becomes a call. Pure."""

import functools
import inspect
import math
import re
import unicodedata
from collections.abc import Callable
from typing import Any, get_type_hints

from loggia.shared.client.api import arguments
from loggia.shared.protocol.events import MessageEvent
from loggia.shared.protocol.limits import NAME_MARKS

NAME_CHARS = 64  # of a command: nobody types more

_QUOTES = {
    '"': '"',
    "'": "'",
    "“": "”",
    "„": "“",
    "‘": "’",
    "«": "»",
    "「": "」",
}  # phones set them by themselves
_QUOTED = "|".join(
    # one way only to read each character, no quote in another of its kind: so a long line takes one pass
    rf"{begin}((?:\\[\\{end}]|\\(?![\\{end}])|[^\\{begin}{end}])*){end}(?!\S)"
    for begin, end in _QUOTES.items()
)
_WORD = re.compile(rf"\s*(?:{_QUOTED}|(\S+))")
_ESCAPED = re.compile(r"\\([\\\"'“”’»」])")


class Wrong(Exception):
    """Raised by a handler that can make no sense of its words; the text is one sentence, and the reply."""


def key(name: str) -> str:
    """What two names of commands share when they are the same one: case and width do not matter.

    What anybody may have said, and is too long for one however it is composed, is no name: it is as it is.
    """
    if name.isascii():
        return name.lower()
    if len(name) > NAME_CHARS * (NAME_MARKS + 1):
        return name
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def first_word(text: str) -> tuple[str, str]:
    """The word that may be a command, and what stands behind it; any white space parts them."""
    name, *rest = text.split(None, 1) or [""]
    return name, rest[0] if rest else ""


def words(rest: str) -> list[str]:
    """Words, parted by any white space; quotes around some of it make it one word.

    Quotes count at the ends of a word only: `it's` and `5"` are words, and so is a quote that nothing closes.
    """
    found = (match.groups() for match in _WORD.finditer(rest.rstrip()))
    return [
        bare if bare is not None else _ESCAPED.sub(r"\1", next(word for word in quoted if word is not None))
        for *quoted, bare in found
    ]


def is_async(function: Callable[..., object]) -> bool:
    """Whether it is an `async def`, also behind `functools.partial` and decorators that use `wraps`."""
    inner = function
    while isinstance(inner, functools.partial) or hasattr(inner, "__wrapped__"):
        inner = inner.func if isinstance(inner, functools.partial) else inner.__wrapped__
    called = getattr(type(inner), "__call__", None)  # noqa: B004 - of an object that can be called
    return inspect.iscoroutinefunction(inner) or inspect.iscoroutinefunction(called)


def _finite(word: str) -> float:
    number = float(word)
    if not math.isfinite(number):
        raise ValueError(f"{word} is no number to count with")
    return number


_READERS: dict[Any, Callable[[str], Any]] = {
    int: int,
    float: _finite,
    str: str,
    inspect.Parameter.empty: str,
}


class BotCommand:
    """A function that a line starting with `name` calls with the words behind it.

    A parameter annotated `MessageEvent` is given the message; int, float and str parameters take a word
    each; `*words` takes the rest. A returned string is the reply. `bots`: whether it hears bots, None: as the
    bot does.

    Raises ValueError and TypeError for what can be no command.
    """

    def __init__(self, name: str, function: Callable[..., object], *, bots: bool | None = None) -> None:
        if not isinstance(name, str):
            raise TypeError(f'A command needs a name, as in @bot.command("!roll"); this is {name!r}.')
        if name.split() != [name] or not name.isprintable() or len(name) > NAME_CHARS:
            raise ValueError(
                f"{name!r} is no name for a command: one word of at most {NAME_CHARS} characters."
            )
        self.name = name
        self.function = arguments.function(f"What handles {name}", function)
        self.bots = arguments.choice("bots", bots)
        hints = get_type_hints(function)
        self._takes = [
            parameter.replace(annotation=hints.get(parameter.name, parameter.annotation))
            for parameter in inspect.signature(function).parameters.values()
        ]
        self._words = [parameter for parameter in self._takes if parameter.annotation is not MessageEvent]
        for parameter in self._words:
            if parameter.annotation not in _READERS:
                raise TypeError(f"{name}: {parameter.name} must be int, float, str or MessageEvent.")
        for parameter in self._takes:
            if parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_KEYWORD):
                raise TypeError(f"{name}: {parameter.name} is given by name only, and words have no names.")

    @property
    def usage(self) -> str:
        """How it is called: `!roll [dice]`."""
        return " ".join([self.name, *map(_shown, self._words)])

    @property
    def about(self) -> str:
        """The first line of the function's docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    @property
    def help(self) -> str:
        """How it is called, and what for."""
        return f"{self.usage} - {self.about}" if self.about else self.usage

    @property
    def listed(self) -> str:
        """The same for a line of its own, which must not be a call itself: bots read lines too."""
        return self.help.replace(self.name, f"`{self.name}`", 1)

    def call(self, event: MessageEvent, rest: str) -> object:
        """Call the function for a line; `rest` is what followed the name. Raises Wrong, or what it does."""
        said = words(rest)
        given: list[Any] = []
        for parameter in self._takes:
            if parameter.annotation is MessageEvent:
                given.append(event)
            elif parameter.kind is parameter.VAR_POSITIONAL:
                given += [self._read(parameter, word) for word in said]
                said = []
            elif said:
                given.append(self._read(parameter, said.pop(0)))
            elif parameter.default is parameter.empty:
                raise Wrong(f"Something is missing: {parameter.name}. Usage: {self.usage}")
            else:
                given.append(parameter.default)
        if said:
            raise Wrong(f"Those are too many words. Usage: {self.usage}")
        return self.function(*given)

    def _read(self, parameter: inspect.Parameter, word: str) -> Any:
        try:
            return _READERS[parameter.annotation](word)
        except ValueError:
            kind = "a whole number" if parameter.annotation is int else "a number"
            raise Wrong(f"{parameter.name} must be {kind}. Usage: {self.usage}") from None


def _shown(parameter: inspect.Parameter) -> str:
    if parameter.kind is parameter.VAR_POSITIONAL:
        return f"[{parameter.name} ...]"
    return parameter.name if parameter.default is parameter.empty else f"[{parameter.name}]"
