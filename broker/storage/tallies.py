"""How many messages a room has, of whom, up to where; which are deleted, and whom they mean. SQL.

All of it follows from the log. Nothing is written for a message but at the end of each block of events: what
the block has of each account. The rest of a room, and what is in front of a mark in its block, is counted in
the lines themselves. Runs in the thread of its connection.
docs/decisions/0035-how-far-somebody-has-read.md
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

import apsw
import msgspec
from loggia.broker.core.state import Counted, ReadMark
from loggia.broker.storage import message_states
from loggia.broker.storage.chunks import Chunks
from loggia.broker.storage.event_rows import LAST_SEQ, place_of
from loggia.shared.protocol.changes import decode as decode_state
from loggia.shared.protocol.events import MessageEvent, StoredEvent

BLOCK = 512  # events
REMEMBERED = 4000  # rooms whose end was counted
_MESSAGE = b'{"op":"message",'
_ONLY_MESSAGES, _ACCOUNT = {MessageEvent}, attrgetter("account")
_MENTIONS_SOME = b'"mentions":'

_MADE = ("tallies", "spoken", "deleted", "mentions")  # the tables that follow from the log

_BASE = "SELECT messages FROM tallies WHERE place = ?"
_BLOCK = "INSERT OR REPLACE INTO tallies VALUES(?, ?)"
_SPOKE = "INSERT OR REPLACE INTO spoken VALUES(?, ?, ?)"
_SAID = "SELECT coalesce(sum(messages), 0) FROM spoken WHERE account = ? AND place > ? AND place <= ?"
_DELETED = "SELECT count(*) FROM deleted WHERE place > ? AND place <= ? AND account != ?"
_DELETE = "INSERT OR REPLACE INTO deleted VALUES(?, ?)"
_MEANS_NOBODY = "DELETE FROM mentions WHERE place = ?"
_MEANS = "INSERT OR REPLACE INTO mentions VALUES(?, ?)"
_MENTIONS = "SELECT count(*) FROM mentions WHERE account = ? AND place > ? AND place <= ?"
_MARK = "INSERT OR REPLACE INTO marks VALUES(?, ?, ?, ?, ?)"
_MARKED = "SELECT seq, messages, own FROM marks WHERE account = ? AND room = ?"


class Reached(NamedTuple):
    """Up to `seq`: how many messages the room had (deleted ones too), how many of them in the block of this
    place are of one account."""

    seq: int
    messages: int
    own: int


START = Reached(0, 0, 0)


class _Whose(msgspec.Struct, gc=False):
    account: str


class _Said(_Whose, gc=False):
    mentions: tuple[str, ...] = ()


class _Tail(msgspec.Struct):
    """A room behind its last whole block. `seq`: it is counted up to there; `messages`: since the room
    began; `said`: by account, since the block did."""

    seq: int
    messages: int
    said: Counter[str] = msgspec.field(default_factory=Counter)

    def take(self, lines: Iterable[bytes]) -> None:
        """The next events."""
        for line in lines:
            self.seq += 1
            if line.startswith(_MESSAGE):
                self.messages += 1
                self.said[_whose(line).account] += 1

    def own(self, account: str) -> int:
        """What the account said since the block began."""
        return self.said[account]

    def take_events(self, events: Sequence[StoredEvent]) -> None:
        """The next ones."""
        self.seq += len(events)
        if set(map(type, events)) != _ONLY_MESSAGES:
            events = [event for event in events if type(event) is MessageEvent]
        self.messages += len(events)
        self.said.update(map(_ACCOUNT, events))


class Tallies:
    """Those of one log. Raises apsw.Error, msgspec.MsgspecError."""

    def __init__(self, db: apsw.Connection, chunks: Chunks) -> None:
        self._db = db
        self._chunks = chunks
        self._tails: OrderedDict[int, _Tail] = OrderedDict()

    # -- Written, in a transaction of the caller ------------------------------------------------

    def add(self, room: int, events: Sequence[StoredEvent], before: int) -> None:
        """A room gets these behind event `before`, and they are not in its rows yet."""
        tail, last = self._tails.get(room), before + len(events)
        is_within = before // BLOCK == last // BLOCK
        if tail is None and is_within:  # most often
            return
        if tail is None or tail.seq != before:
            if is_within:
                return
            tail = self._counted(room, before)
        done = 0
        while (end := (tail.seq // BLOCK + 1) * BLOCK) <= last:
            count = end - tail.seq
            tail.take_events(events[done : done + count])
            done += count
            tail = self._end(room, tail)
        tail.take_events(events[done:] if done else events)
        self._remember(room, tail)

    def forget(self) -> None:
        """What was counted may not be what there is: a transaction failed."""
        self._tails.clear()

    def make(self, room: int) -> None:
        """All of a room, of which there is nothing here yet, from its events and what became of them."""
        bounds = place_of(room, 1), place_of(room, LAST_SEQ)
        states = message_states.between(self._db, *bounds)
        authors, means = dict[int, str](), dict[int, list[str]]()
        tail = _Tail(0, 0)
        for place, line in enumerate(self._chunks.lines(*bounds), bounds[0]):
            tail.take((line,))
            if tail.seq % BLOCK == 0:
                tail = self._end(room, tail)
            if line.startswith(_MESSAGE) and (place in states or _MENTIONS_SOME in line):
                said = msgspec.json.decode(line, type=_Said)
                mentions = said.mentions
                if place in states:
                    state = decode_state(states[place])
                    mentions = () if state.deleted else mentions if state.mentions is None else state.mentions
                    if state.deleted:
                        authors[place] = said.account
                means[place] = [one for one in mentions if one != said.account]
        self.delete(authors)
        self.mean(means)

    def _end(self, room: int, tail: _Tail) -> _Tail:
        """Of a block."""
        place = place_of(room, tail.seq)
        self._db.execute(_BLOCK, (place, tail.messages))
        self._db.executemany(_SPOKE, [(account, place, count) for account, count in tail.said.items()])
        return _Tail(tail.seq, tail.messages)

    def delete(self, authors: Mapping[int, str]) -> None:
        """These messages, by their places, are."""
        self._db.executemany(_DELETE, authors.items())

    def mean(self, accounts: Mapping[int, Iterable[str]]) -> None:
        """Messages, by their places, mean these accounts, and no others any more."""
        self._db.executemany(_MEANS_NOBODY, [(place,) for place in accounts])
        self._db.executemany(_MEANS, [(place, one) for place, some in accounts.items() for one in some])

    def mark(
        self, marks: Mapping[tuple[int, int], ReadMark], added: Mapping[int, Sequence[StoredEvent]]
    ) -> None:
        """By number of the account and the room. `added`: events that rooms get in this transaction."""
        rows = []
        for (account, room), mark in marks.items():
            known = self._tails.get(room)
            if known is not None and known.seq == mark.seq:  # at the end of the room, as most are
                rows.append((account, room, mark.seq, known.messages, _own(known, mark.account)))
                continue
            fresh = added.get(room, ())
            first = fresh[0].seq if fresh else mark.seq + 1
            tail = self._counted(room, min(mark.seq, first - 1))
            for event in fresh[: max(0, mark.seq - first + 1)]:
                if tail.seq % BLOCK == 0:
                    tail = _Tail(tail.seq, tail.messages)
                tail.take_events((event,))
            rows.append((account, room, mark.seq, tail.messages, _own(tail, mark.account)))
        self._db.executemany(_MARK, rows)

    # -- Read ------------------------------------------------------------------------------------

    def marked(self, account: int, room: int) -> Reached:
        """How far an account has read a room, both by number."""
        row = self._db.execute(_MARKED, (account, room)).fetchone()
        return START if row is None else Reached(*row)

    def unread(self, number: int, account: str, room: int, head: int) -> Counted:
        """Of an account (by its number too) in a room that ends with `head`."""
        mark = self.marked(number, room)
        if mark.seq >= head:
            return Counted(mark.seq, 0, 0)
        tail = self._end_of(room, head)
        if tail.messages == mark.messages:
            return Counted(mark.seq, 0, 0)
        behind, end = place_of(room, mark.seq), place_of(room, head)
        own = self._db.execute(_SAID, (account, behind, end)).get + tail.own(account) - mark.own
        deleted = self._db.execute(_DELETED, (behind, end, account)).get
        mentions = self._db.execute(_MENTIONS, (account, behind, end)).get
        return Counted(mark.seq, tail.messages - mark.messages - own - deleted, mentions)

    def _end_of(self, room: int, head: int) -> _Tail:
        """The tail of a room that ends with `head`."""
        tail = self._tails.pop(room, None)
        if tail is None or tail.seq > head or tail.seq // BLOCK != head // BLOCK:
            tail = self._begin(room, head)
        self._count(room, tail, head)
        self._remember(room, tail)
        return tail

    def _remember(self, room: int, tail: _Tail) -> None:
        self._tails[room] = tail
        if len(self._tails) > REMEMBERED:
            self._tails.popitem(last=False)

    def _counted(self, room: int, seq: int) -> _Tail:
        """As if the room ended with `seq`."""
        tail = self._begin(room, seq)
        self._count(room, tail, seq)
        return tail

    def _begin(self, room: int, seq: int) -> _Tail:
        begin = seq // BLOCK * BLOCK
        base = self._db.execute(_BASE, (place_of(room, begin),)).get if begin else 0
        return _Tail(begin, base)

    def _count(self, room: int, tail: _Tail, seq: int) -> None:
        if tail.seq < seq:
            tail.take(self._chunks.lines(place_of(room, tail.seq + 1), place_of(room, seq)))


def make_again(db: apsw.Connection) -> int:
    """In a transaction: all that follows from the log, of all rooms. Returns how many rows were others."""
    for table in _MADE:
        db.execute(f"CREATE TEMP TABLE was_{table} AS SELECT * FROM {table}")
        db.execute(f"DELETE FROM {table}")
    tallies = Tallies(db, Chunks(db))
    for (room,) in list(db.execute("SELECT number FROM rooms ORDER BY number")):
        tallies.make(room)
    changed = 0
    for table in _MADE:
        now, was = f"SELECT * FROM {table}", f"SELECT * FROM was_{table}"
        for these, those in ((now, was), (was, now)):
            changed += db.execute(f"SELECT count(*) FROM ({these} EXCEPT {those})").get
        db.execute(f"DROP TABLE was_{table}")
    return changed


def _own(tail: _Tail, account: str) -> int:
    """What a mark in this block remembers; one at the end of a block has nothing in the next."""
    return tail.own(account) if tail.seq % BLOCK else 0


_whose = msgspec.json.Decoder(_Whose).decode
