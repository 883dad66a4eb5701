# SPDX-License-Identifier: GPL-3.0-only
"""What each setting of the window may hold. Pure.

Each function gives what JSON gave as it is used, and raises TypeError, ValueError or Refused otherwise.
"""

from collections.abc import Callable
from typing import Any

from loggia.qtclient.state.ordering import order_of
from loggia.qtclient.state.tones import TONES
from loggia.shared.protocol import names
from loggia.shared.protocol.addresses import to_connect
from loggia.shared.protocol.limits import EMOJI_CHARS, Limits

MOST_DRAFT_BYTES = 64 * 1024  # four times what can be sent; laying out much more would freeze the window
MOST_TITLE_CHARS = 2000  # of what a room is called, of which a window takes no more than half
LEAST_PX, MOST_PX = 100, 16_384  # of a window; no screen is larger
FARTHEST_PX = 100_000  # from the main screen's corner; many screens stand side by side
MOST_SEQ = 2**53
MOST_SIGNS = 100  # that were used last; a window shows six
DEEPEST = 50  # levels of what a newer version may have written

Usable = Callable[[Any], Any]


def _line(value: Any) -> str:
    if type(value) is not str:
        raise TypeError
    value.encode()  # half of a surrogate pair can be shown, sent and written nowhere
    return value


def _nick(value: Any) -> str:
    return names.nick(_line(value), Limits()) if value != "" else ""


def room_name(value: Any) -> str:
    """A room's name in its canonical form."""
    return names.room(_line(value), Limits())


def _current(value: Any) -> str:
    return room_name(value) if value != "" else ""


def _title(value: Any) -> str:
    if not 0 < len(_line(value)) <= MOST_TITLE_CHARS or not value.isprintable():
        raise ValueError
    return str(value)


def _draft(value: Any) -> str:
    if len(_line(value).encode()) > MOST_DRAFT_BYTES:
        raise ValueError
    return str(value)


def _whole(value: Any, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError
    return value


def _px(value: Any) -> int:
    return _whole(value, LEAST_PX, MOST_PX)


def _place(value: Any) -> int | None:
    return None if value is None else _whole(value, -FARTHEST_PX, FARTHEST_PX)


def _where(value: Any) -> str:
    return to_connect(_line(value)) if value != "" else ""


def _seq(value: Any) -> int:
    return _whole(value, 0, MOST_SEQ)


def _flag(value: Any) -> bool:
    if type(value) is not bool:
        raise TypeError
    return value


def _signs(value: Any) -> list[str]:
    if type(value) is not list or len(value) > MOST_SIGNS:
        raise ValueError
    for sign in value:
        if not 0 < len(_line(sign)) <= EMOJI_CHARS:
            raise ValueError
        names.sign(sign)
    return value


def _tone(value: Any) -> str:
    if value != "" and value not in TONES:
        raise ValueError
    return str(value)


SETTINGS: dict[str, Usable] = {
    "nick": _nick, "width": _px, "height": _px, "x": _place, "y": _place,
    "maximized": _flag, "people": _flag, "where": _where, "reached": _flag, "signs": _signs,
    "tone": _tone, "hold": _flag,
}  # fmt: skip
SERVER: dict[str, Usable] = {
    "account": _line, "given": _nick, "called": _nick, "current": _current, "order": order_of,
}  # fmt: skip
ROOMS = {"rooms": "room", "favourites": "favourite", "muted": "muted room"}  # lists of them; what one is
BY_ROOM: dict[str, Usable] = {"read": _seq, "drafts": _draft, "titles": _title, "carets": _seq}


def not_too_deep(value: Any, most: int = DEEPEST) -> Any:
    """What a newer version wrote, if it can be written again."""
    if not most:
        raise ValueError
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        not_too_deep(part, most - 1)
    return value
