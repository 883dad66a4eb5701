# SPDX-License-Identifier: GPL-3.0-only
"""From the entries of a room's log to the rows of its timeline. Pure: no thread, no clock, no Qt."""

from collections.abc import Iterable
from datetime import tzinfo
from functools import partial
from typing import assert_never

import msgspec
from loggia.qtclient.state.became import Became
from loggia.qtclient.state.dates import Dates
from loggia.qtclient.state.me import Me as Me
from loggia.qtclient.state.message import DELETED, change_message, count_reply, quote_of
from loggia.qtclient.state.message import Key as Key
from loggia.qtclient.state.message import MessageRow as MessageRow
from loggia.qtclient.state.message import Sign as Sign
from loggia.qtclient.state.moves import MembershipRow, Move
from loggia.shared.client.commands import Say
from loggia.shared.client.completeness import ArchivedCopy
from loggia.shared.protocol.events import (
    AboutMessage,
    AboutRoom,
    ChangeEvent,
    InvitedEvent,
    JoinedEvent,
    LeftEvent,
    MessageEvent,
    OtherEvent,
    PinnedEvent,
    RenamedEvent,
    StoredEvent,
)
from loggia.shared.protocol.limits import NAME_CHARS
from loggia.shared.protocol.names import is_direct, quoted
from loggia.shared.protocol.sentences import sentence, shown_out

SAY_HELLO = "Nobody has said anything yet. Say hello."
SAY_OR_INVITE = "Nobody has said anything yet. Say hello, or invite somebody: Ctrl+I."
GROUP_MS = 5 * 60 * 1000  # of talk, and so many rows, show the name and the time once
GROUP_ROWS = 10


class Day(msgspec.Struct, frozen=True):
    """A new day begins."""

    key: Key
    at: int
    text: str


class Note(msgspec.Struct, frozen=True):
    """One muted line about something else that happened. `about`: the message that it is about."""

    key: Key
    at: int
    text: str
    about: int | None = None


class Fresh(msgspec.Struct, frozen=True):
    """What is below was new when somebody came."""

    key: Key
    at: int
    text: str = "new"


class Restored(msgspec.Struct, frozen=True):
    """Here the server's log became another one, or lost its end. `held`: what is kept of before, in words."""

    key: Key
    at: int
    held: str

    @property
    def text(self) -> str:
        kept = f"Your copy of before ({self.held}) is kept on this computer." if self.held else ""
        return f"The server's messages were restored from a backup, or are damaged. {kept}".rstrip()


class Beginning(msgspec.Struct, frozen=True):
    """The top of the room. `text`: what to do, or that there is nothing before."""

    key: Key
    at: int
    title: str
    text: str


Row = Day | MessageRow | MembershipRow | Note | Fresh | Restored | Beginning


def beginning(label: str, at: int, *, spoken: bool, direct: bool = False) -> Beginning:
    """`direct`: a conversation, to which nobody is invited."""
    silent = SAY_HELLO if direct else SAY_OR_INVITE
    begins = f"This is where the {'conversation' if direct else 'room'} begins."
    return Beginning(("beginning", 0), at, label, begins if spoken else silent)


class RowBuilder:
    """Makes rows of events; `zone` None is this computer's own time zone."""

    def __init__(self, me: Me, zone: tzinfo | None = None) -> None:
        self.me = me
        self._dates = Dates(zone)

    def extend(self, rows: list[Row], events: Iterable[StoredEvent]) -> None:
        """Append the rows of `events`; the last row may be replaced by a longer one."""
        for event in events:
            self._day(rows, event.at)
            match event:
                case MessageEvent():
                    count_reply(rows, event, self.me)
                    rows.append(self._said(rows, event))
                case JoinedEvent() | InvitedEvent() if is_direct(event.room):
                    pass  # its title says who is there
                case LeftEvent() if event.by:
                    rows.append(Note(("note", event.seq), event.at, shown_out(event)))
                case JoinedEvent() | LeftEvent():
                    _move(rows, self._moved(event))
                case RenamedEvent(nick=nick, was=was):
                    text = f"{_who(was)} is now called {_who(nick)}"
                    rows.append(Note(("note", event.seq), event.at, text))
                case AboutRoom():
                    text = sentence(event, when=partial(self._dates.later, before=event.at))
                    rows.append(Note(("note", event.seq), event.at, text))
                case AboutMessage():
                    change_message(rows, event, self._dates, self.me)
                    if isinstance(event, PinnedEvent):
                        text = f"{_who(event.nick)} {'pinned' if event.on else 'took down'} a message"
                        rows.append(Note(("note", event.seq), event.at, text, event.target))
                case OtherEvent():
                    pass  # its place in the log is known; there is nothing to show
                case _:
                    assert_never(event)

    def restored(self, rows: list[Row], at: int, copy: ArchivedCopy) -> None:
        """Append the line below which everything is of the log's new life."""
        self._day(rows, at)
        rows.append(Restored(("restored", copy.epoch), at, copy.words))

    def prepend(self, rows: list[Row], events: Iterable[StoredEvent]) -> None:
        """Put the rows of older `events` before `rows`, mending the seam."""
        older: list[Row] = []
        self.extend(older, events)
        if older:
            seam = _seam(older, rows)
            rows[:seam] = older
            regroup(rows, len(older))

    def append(self, rows: list[Row], events: Iterable[StoredEvent]) -> None:
        """Put the rows of newer `events` behind `rows`, which know already what became of them since."""
        newer: list[Row] = []
        self.extend(newer, events)
        seam = _seam(rows, newer)
        place = len(rows)
        rows += newer[seam:]
        regroup(rows, place)

    def change(self, rows: list[Row], event: ChangeEvent | MessageEvent) -> None:
        """What became of a message, if that has a row."""
        if isinstance(event, MessageEvent):
            count_reply(rows, event, self.me)
            return
        change_message(rows, event, self._dates, self.me)

    def waiting(
        self, rows: list[Row], say: Say, *, at: int, sign: Sign, reason: str, quote: str = ""
    ) -> None:
        """Append a message of the outbox to `rows`, which end with the newest stored row."""
        self._day(rows, max(at, rows[-1].at if rows else 0))
        said = MessageRow(
            key=("outbox", say.id),
            nick=self.me.nick,
            account=self.me.account,
            text=say.text,
            at=at,
            clock=self._dates.clock(at),
            first=True,
            own=True,
            sign=sign,
            reason=reason,
            quote=quote,
            reply_to=say.reply_to,
            thread=say.thread,
            id=say.id,
        )
        rows.append(regrouped(rows, said))

    def mine(self, row: Row) -> Row:
        """The row as it is once it is known who I am."""
        if isinstance(row, MembershipRow):
            return row.seen_by(self.me.account)
        if not isinstance(row, MessageRow) or row.id:
            return row
        own = row.account == self.me.account
        mention = not own and self.me.is_meant(row.text, row.means)
        sign: Sign = "stored" if own else "none"
        became = row.became.known(self.me.account)
        return msgspec.structs.replace(row, own=own, mention=mention, sign=sign, became=became)

    def _said(self, rows: list[Row], event: MessageEvent) -> MessageRow:
        own = event.account == self.me.account
        answered = event.thread if event.reply_to is None else event.reply_to
        said = MessageRow(
            key=("seq", event.seq),
            nick=shown_name(event.nick),
            account=event.account,
            text=DELETED if event.deleted else event.text,
            at=event.at,
            clock=self._dates.clock(event.at),
            first=True,
            own=own,
            mention=not own and self.me.is_meant(event.text, event.mentions),
            means=event.mentions,
            sign="stored" if own else "none",
            quote=quote_of(rows, answered),
            reply_to=answered,
            seq=event.seq,
            said_as=event.id if own else "",
            edited=self._dates.later(event.edited_at, event.at),
            thread=event.thread,
            became=Became.of(event, self.me.account),
        )
        return regrouped(rows, said)

    def _moved(self, event: JoinedEvent | LeftEvent) -> MembershipRow:
        came, own = isinstance(event, JoinedEvent), event.account == self.me.account
        move = Move(event.account, _who(event.nick), came, own)
        return MembershipRow(key=("moves", event.seq), at=event.at, moves=(move,))

    def _day(self, rows: list[Row], at: int) -> None:
        day = self._dates.ordinal(at)
        if not rows or self._dates.ordinal(rows[-1].at) != day:
            rows.append(Day(("day", day), at, self._dates.day(at)))


def _seam(older: list[Row], newer: list[Row]) -> int:
    """How many rows of `newer` are told by the end of `older` from now on, which come before them."""
    seam = 0
    if newer and isinstance(newer[0], Day) and newer[0].key in (row.key for row in older):
        seam = 1
    if seam < len(newer):
        first = newer[seam]
        if isinstance(first, MembershipRow):
            _move(older, first)
            seam += 1
    return seam


def shown_name(name: str) -> str:
    """A name as it is, or the begin of one that no broker allows: to measure it would take too long."""
    return name if len(name) <= NAME_CHARS else f"{name[:NAME_CHARS]}..."


def regrouped(before: list[Row], said: MessageRow) -> MessageRow:
    """`said` as it looks behind `before`, or the end of that: in the group of its sender, or beginning one.
    Who came and went meanwhile is not told, and parts nothing."""
    first = bool(said.quote) or not _goes_on(before, said)
    return said if first == said.first else msgspec.structs.replace(said, first=first)


def regroup(rows: list[Row], place: int) -> None:
    """Put the rows from `place` on into groups, as far as what stands before them now changes that."""
    for at in range(place, len(rows)):
        row = rows[at]
        if not isinstance(row, MessageRow):
            if _tells(row):
                return
            continue
        new = regrouped(rows[max(0, at - 2 * GROUP_ROWS) : at], row)
        if new is row and row.first:
            return
        rows[at] = new


def _goes_on(before: list[Row], said: MessageRow) -> bool:
    for count, row in enumerate(filter(_tells, reversed(before)), 1):
        if not isinstance(row, MessageRow) or (row.account, row.nick) != (said.account, said.nick):
            return False
        if row.first or count == GROUP_ROWS:
            return count < GROUP_ROWS and said.at - row.at <= GROUP_MS
    return False


def _who(nick: str) -> str:
    return quoted(shown_name(nick))


def _move(rows: list[Row], moves: MembershipRow) -> None:
    last = rows[-1] if rows else None
    joined = last.joined(moves) if isinstance(last, MembershipRow) else None
    if joined is None:
        rows.append(moves)
    else:
        rows[-1] = joined


def _tells(row: Row) -> bool:
    return not isinstance(row, MembershipRow) or bool(row.told)


def telling(rows: Iterable[Row]) -> list[Row]:
    """Those that tell something: no line of people who came and went, no day without anything below it."""
    found: list[Row] = []
    for row in rows:
        if isinstance(row, Day) and found and isinstance(found[-1], Day):
            found.pop()
        if _tells(row):
            found.append(row)
    if found and isinstance(found[-1], Day):
        found.pop()
    return found
