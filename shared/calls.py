"""What a bot's command takes, and how a line of chat becomes a call. Pure."""

import inspect
import shlex
from collections.abc import Callable
from typing import Any, get_type_hints

from shared.messages import MessageEvent

_READERS: dict[Any, Callable[[str], Any]] = {int: int, float: float, str: str, inspect.Parameter.empty: str}


class Wrong(Exception):
    """The words of a command do not fit it; the text is the reply. Handlers may raise it."""


class Command:
    """A function that a line starting with `name` calls with the words behind it.

    A parameter annotated `MessageEvent` is given the message; int, float and str parameters take a word
    each; `*words` takes the rest. A returned string is the reply.
    """

    def __init__(self, name: str, function: Callable[..., str | None]) -> None:
        self.name = name
        self.function = function
        hints = get_type_hints(function)
        self._takes = [
            parameter.replace(annotation=hints.get(parameter.name, parameter.annotation))
            for parameter in inspect.signature(function).parameters.values()
        ]
        self._words = [parameter for parameter in self._takes if parameter.annotation is not MessageEvent]
        for parameter in self._words:
            if parameter.annotation not in _READERS:
                raise TypeError(f"{name}: {parameter.name} must be int, float, str or MessageEvent.")

    @property
    def usage(self) -> str:
        """How it is called: `!roll [dice]`."""
        return " ".join([self.name, *(_shown(parameter) for parameter in self._words)])

    @property
    def about(self) -> str:
        """The first line of the function's docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    @property
    def help(self) -> str:
        """How it is called, and what for."""
        return f"{self.usage} - {self.about}" if self.about else self.usage

    def call(self, event: MessageEvent, rest: str) -> str | None:
        """Call the function for a line; `rest` is what followed the name. Raises Wrong, or what it does."""
        words = _split(rest)
        given: list[Any] = []
        for parameter in self._takes:
            if parameter.annotation is MessageEvent:
                given.append(event)
            elif parameter.kind is parameter.VAR_POSITIONAL:
                given += [self._read(parameter, word) for word in words]
                words = []
            elif words:
                given.append(self._read(parameter, words.pop(0)))
            elif parameter.default is parameter.empty:
                raise Wrong(f"{self.name} needs {parameter.name}. Usage: {self.usage}")
            else:
                given.append(parameter.default)
        if words:
            raise Wrong(f"{self.name} takes fewer words. Usage: {self.usage}")
        return self.function(*given)

    def _read(self, parameter: inspect.Parameter, word: str) -> Any:
        try:
            return _READERS[parameter.annotation](word)
        except ValueError:
            kind = "a whole number" if parameter.annotation is int else "a number"
            raise Wrong(f"{parameter.name} must be {kind}. Usage: {self.usage}") from None


def _split(rest: str) -> list[str]:
    """Words, with quotes as in a shell; a line whose quotes do not pair is split at spaces."""
    try:
        return shlex.split(rest)
    except ValueError:
        return rest.split()


def _shown(parameter: inspect.Parameter) -> str:
    if parameter.kind is parameter.VAR_POSITIONAL:
        return f"[{parameter.name} ...]"
    return parameter.name if parameter.default is parameter.empty else f"[{parameter.name}]"
