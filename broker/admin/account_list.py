"""`python -m broker accounts`: who was ever here, as a table or as lines of JSON. Runs in the tool's thread.

It only reads, beside a running broker too. Accounts whose token was revoked have no nick, and are not listed.
"""

import argparse
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from loggia.broker.admin.progress import Progress
from loggia.broker.admin.snapshot import snapshot
from loggia.broker.storage import data_dir
from loggia.broker.storage.accounts import Accounts, Listed
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.names import escaped, quoted

ROOMS_SHOWN = 5  # of one account in the table; the JSON has all
_TITLES = ("NICK", "ACCOUNT", "LAST SEEN (UTC)", "KEPT", "ROOMS")


def run(data: Path, flags: argparse.Namespace, progress: Progress) -> int:
    """The command."""
    with snapshot(data / data_dir.DATABASE) as log:
        listed = sorted(Accounts(log.connection).listed(), key=lambda one: (one.nick.casefold(), one.account))
    if flags.json:
        print("".join(f"{encode(one).decode()}\n" for one in listed), end="")
        return 0
    is_served = data_dir.is_held(data)
    for line in _aligned([_TITLES, *(_row(one, is_served=is_served) for one in listed)]):
        print(escaped(line))
    return 0


def _row(one: Listed, *, is_served: bool) -> tuple[str, ...]:
    if one.here:
        seen = "here" if is_served else "when it stopped"
    else:
        seen = "?" if one.seen is None else _minute(one.seen)
    kept = "visitor" if one.visitor else "yes" if one.kept else "no"
    rooms = [quoted(room) for room in one.rooms]
    more = len(rooms) - ROOMS_SHOWN
    shown = [*rooms[:ROOMS_SHOWN], f"and {more} more"] if more > 0 else rooms
    return quoted(one.nick), one.account, seen, kept, ", ".join(shown)


def _minute(at: int) -> str:
    """Of Unix ms, which a clock that was set wrong may have made anything."""
    try:
        return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError, OSError):
        return "?"


def _aligned(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """Columns as wide as what is in them, by the cells of a terminal; the last one ends where it ends."""
    widths = [max(map(_cells, column)) for column in zip(*rows, strict=True)][:-1]
    for row in rows:
        padded = [text + " " * (width - _cells(text)) for text, width in zip(row, widths, strict=False)]
        yield "  ".join([*padded, row[-1]]).rstrip()


def _cells(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )
