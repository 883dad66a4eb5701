"""What somebody searches for, and what was found, as plain values. Pure. docs/protocol.md, "Search"."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from loggia.broker.core.words import Terms
from loggia.shared.protocol.answers import Hit


class Sought(NamedTuple):
    """`room`: the number of the one that is searched; None: all. `own`: numbers of those that are not public
    and that who asks is in. `may_read`: whether he may read the room of this name; it has the last word.
    `who`: an account, or a nick as `words.fold` makes it; empty: anybody. `since`, `until`: Unix ms.
    """

    wanted: Terms
    room: int | None
    own: Sequence[int]
    may_read: Callable[[str], bool]
    who: str
    link: bool
    since: int | None
    until: int | None
    cursor: str | None
    limit: int


class Found(NamedTuple):
    """As in the answer."""

    hits: list[Hit]
    cursor: str | None
    complete: bool
