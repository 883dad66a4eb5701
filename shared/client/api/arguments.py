"""What a program gives to its Client, checked in its own thread, at once. Pure.

What cannot be sent or stored would fail in the link's thread, far from whoever gave it. What only the broker
can judge, such as a length while its limits are not known, is left to the broker.
"""

import math
import operator
import os
import pathlib
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, get_args

from loggia.shared.protocol import names
from loggia.shared.protocol.events import StoredEvent
from loggia.shared.protocol.limits import NAME_CHARS, Limits

UNTOLD = Limits(text_bytes=2**31, nick_chars=2**31, room_chars=2**31)  # until a broker has told its own
LAST_SEQ = LAST_AT = 2**63 - 1
LONGEST_S = 4_000_000  # 46 days: the locks of every system can wait so long

_Kind = TypeVar("_Kind")
_ENTRIES = get_args(StoredEvent)


def text(value: object, limits: Limits) -> str:
    """What is to be said. Raises TypeError, or Refused for what no broker would store."""
    said = string("text", value)
    names.text(said, limits)
    return said


def string(what: str, value: object) -> str:
    """Any text. Raises TypeError."""
    if not isinstance(value, str):
        raise TypeError(f"The {what} is a str, not {_shown(value)}.")
    return str.__str__(value)


def written(what: str, value: object) -> str:
    """Any text that can be sent. Raises TypeError or ValueError."""
    text = string(what, value)
    if not _is_unicode(text):
        raise ValueError(f"The {what} {_shown(text)} is no text: it holds a half of a character.")
    return text


def name(what: str, value: object) -> str:
    """What people or a broker call something. Raises TypeError or ValueError."""
    return _name(what, value)


def nick(value: object) -> str:
    """Raises TypeError or ValueError; whether it will do is for the broker to say."""
    return _name("nick", value)


def room(value: object, limits: Limits) -> str:
    """A room's name, canonical. Raises TypeError, ValueError or Refused."""
    return names.room(_name("room", value), limits)


def rooms(first: object, more: object) -> list[str]:
    """The rooms to be in, each once; a str is one room. Raises TypeError or ValueError.

    A name that is text, and will not do as a room's, is the broker's to refuse: all others are joined.
    """
    if isinstance(more, str):
        more = [more]
    if isinstance(more, bytes | bytearray) or not isinstance(more, Iterable):
        raise TypeError(f"`rooms` is a list of names, not {_shown(more)}.")
    return list(dict.fromkeys(names.canonical(_name("room", name)) for name in [first, *more]))


def seq(what: str, value: object, least: int = 1) -> int | None:
    """The number of an entry, or None. Raises TypeError or ValueError."""
    if value is None:
        return None
    number = _int(what, value)
    if not least <= number <= LAST_SEQ:
        raise ValueError(f"`{what}` is the seq of an entry, from {least} on, not {_shown(value)}.")
    return number


def count(what: str, value: object) -> int:
    """How many. Raises TypeError or ValueError."""
    number = _int(what, value)
    if number < 1:
        raise ValueError(f"`{what}` is 1 or more, not {_shown(value)}.")
    return number


def moment(what: str, value: object) -> int | None:
    """A time in Unix ms, or None. Raises TypeError or ValueError."""
    if value is None:
        return None
    at = _int(what, value)
    if not -LAST_AT <= at <= LAST_AT:
        raise ValueError(f"`{what}` is a time in Unix ms, not {_shown(value)}.")
    return at


def seconds(what: str, value: object) -> float:
    """A time to wait. Raises TypeError or ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"`{what}` is a number of seconds, not {_shown(value)}.")
    if not value >= 0 or math.isinf(value):
        raise ValueError(f"`{what}` is 0 or more seconds, not {_shown(value)}.")
    return float(min(value, LONGEST_S))


def age(what: str, value: object) -> float | None:
    """How old something may be, in seconds; None for any age. Raises TypeError or ValueError."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"`{what}` is a number of seconds, or None, not {_shown(value)}.")
    if math.isnan(value):
        raise ValueError(f"`{what}` is a number of seconds, not {_shown(value)}.")
    return value


def path(what: str, value: object) -> pathlib.Path | None:
    """A file, or None; a str is a path. Raises TypeError or ValueError."""
    if value is None:
        return None
    written = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(written, str):
        raise TypeError(f"`{what}` is the path of a file, not {_shown(value)}.")
    if not written or "\0" in written or not _is_unicode(written):
        raise ValueError(f"`{what}` is the path of a file, which {_shown(value)} cannot be.")
    return pathlib.Path(written).absolute()  # also for a program that goes to another folder


def flag(what: str, value: object) -> bool:
    """Yes or no. Raises TypeError."""
    if not isinstance(value, bool):
        raise TypeError(f"`{what}` is True or False, not {_shown(value)}.")
    return value


def choice(what: str, value: object) -> bool | None:
    """Yes, no, or as it is elsewhere. Raises TypeError."""
    if value is not None and not isinstance(value, bool):
        raise TypeError(f"`{what}` is True, False or None, not {_shown(value)}.")
    return value


def invites(value: object) -> bool:
    """Whether rooms are entered into which others let one. Raises ValueError."""
    if value not in ("accept", "ignore"):
        raise ValueError(f'`invites` is "accept" or "ignore", not {_shown(value)}.')
    return value == "accept"


def function(what: str, value: object) -> Callable[..., object]:
    """What can be called. Raises TypeError."""
    if not callable(value):
        raise TypeError(f"{what} is a function, not {_shown(value)}.")
    return value


def instance(what: str, value: _Kind, kinds: tuple[type, ...]) -> _Kind:
    """A value that Loggia gave. Raises TypeError."""
    if not isinstance(value, kinds):
        raise TypeError(f"`{what}` is one that this client gave, not {_shown(value)}.")
    return value


def entry(event: StoredEvent) -> StoredEvent:
    """An entry of a log that Loggia gave. Raises TypeError."""
    return instance("event", event, _ENTRIES)


def _name(what: str, value: object) -> str:
    name = string(what, value)
    if not _is_unicode(name):
        raise ValueError(f"The {what} {_shown(name)} is no text: it holds a half of a character.")
    if len(name) > NAME_CHARS:
        raise ValueError(f"The {what} has {len(name)} characters; no name has more than {NAME_CHARS}.")
    return name


def _int(what: str, value: Any) -> int:
    if isinstance(value, bool):
        raise TypeError(f"`{what}` is a whole number, not {value}.")
    try:
        return int(operator.index(value))
    except TypeError:
        raise TypeError(f"`{what}` is a whole number, not {_shown(value)}.") from None


def _is_unicode(value: str) -> bool:
    return value.isascii() or not any("\ud800" <= char <= "\udfff" for char in value)


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:60]}..."
