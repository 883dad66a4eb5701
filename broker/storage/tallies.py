"""How many messages a room has, of whom, up to where; which are deleted, and whom they mean. SQL.

All of it follows from the log. Nothing is written for a message but at the end of each block of events: what
the block has of each account. The rest of a room, and what is in front of a mark in its block, is counted in
the lines themselves. Runs in the thread of its connection.
docs/decisions/0035-how-far-somebody-has-read.md
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import attrgetter
from typing import NamedTuple

import apsw
import msgspec
from loggia.broker.core.state import Counted, ReadMark
from loggia.broker.storage import message_states
from loggia.broker.storage.chunks import Chunks
from loggia.broker.storage.event_rows import LAST_SEQ, place_of
from loggia.broker.storage.hash_chain import Chain
from loggia.shared.protocol.changes import MessageState
from loggia.shared.protocol.changes import decode as decode_state
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.events import MessageEvent, StoredEvent

BLOCK = 512  # events
MANY = 64  # events that are passed over where only those behind them are asked for
REMEMBERED = 4000  # rooms whose end was counted
AHEAD = 8  # of them counted in one step of rest: some ms
_MESSAGE = b'{"op":"message",'
_AS_SAID = MessageState()
_ONLY_MESSAGES, _ACCOUNT = {MessageEvent}, attrgetter("account")
_MENTIONS_SOME = b'"mentions":'

_BASE = "SELECT messages FROM tallies WHERE place = ?"
_BLOCK = "INSERT OR REPLACE INTO tallies VALUES(?, ?)"
_SPOKE = "INSERT OR REPLACE INTO spoken VALUES(?, ?, ?)"
# of stretches of the log, from behind one place to another, in one statement: what an account said there in
# whole blocks, what others deleted, and where it is meant
_COUNTS = """
SELECT
    (SELECT coalesce(sum(messages), 0) FROM spoken WHERE account = ?1 AND place > behind AND place <= upto),
    (SELECT count(*) FROM deleted WHERE place > behind AND place <= upto AND account != ?1),
    (SELECT count(*) FROM mentions WHERE account = ?1 AND place > behind AND place <= upto)
FROM (SELECT value ->> 0 AS behind, value ->> 1 AS upto FROM json_each(?2))
"""
_DELETE = "INSERT OR REPLACE INTO deleted VALUES(?, ?)"
_MEANS_NOBODY = "DELETE FROM mentions WHERE place = ?"
_MEANS = "INSERT OR REPLACE INTO mentions VALUES(?, ?)"
_MARK = "INSERT OR REPLACE INTO marks VALUES(?, ?, ?, ?, ?)"
_MARKED = "SELECT seq, messages, own FROM marks WHERE account = ? AND room = ?"
_ALL_MARKED = "SELECT room, seq, messages, own FROM marks WHERE account = ?"


class Reached(NamedTuple):
    """Up to `seq`: how many messages the room had (deleted ones too), how many of them in the block of this
    place are of one account."""

    seq: int
    messages: int
    own: int


START = Reached(0, 0, 0)


class _Whose(msgspec.Struct, gc=False):
    op: str
    account: str = ""


class _Said(msgspec.Struct, gc=False):
    account: str
    mentions: tuple[str, ...] = ()


class _Tail(msgspec.Struct):
    """A room behind its last whole block. `seq`: it is counted up to there; `messages`: since the room
    began; `said`: by account, since the block did."""

    seq: int
    messages: int
    said: Counter[str] = msgspec.field(default_factory=Counter)

    def take(self, lines: Sequence[bytes]) -> None:
        """The next events."""
        self.seq += len(lines)
        said = [one.account for one in _whose(b"\n".join(lines)) if one.op == "message"]
        self.messages += len(said)
        self.said.update(said)

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
        self._ahead: Iterator[int] | None = None

    # -- Written, in a transaction of the caller ------------------------------------------------

    def add(self, room: int, events: Sequence[StoredEvent], before: int) -> None:
        """A room gets these behind event `before`, and they are not in its rows yet."""
        last = before + len(events)
        if before // BLOCK == last // BLOCK:  # most often: it is counted when somebody asks
            return
        tail = self._end_of(room, before)
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
        place, tail = place_of(room, 1), _Tail(0, 0)
        lines = self._chunks.lines(place, place_of(room, LAST_SEQ))
        while block := list(islice(lines, BLOCK)):
            tail.take(block)
            if len(block) == BLOCK:
                tail = self._end(room, tail)
            states = message_states.between(self._db, place, place + len(block) - 1)
            authors, means = dict[int, str](), dict[int, list[str]]()
            for at, line in enumerate(block, place):
                if (at in states or _MENTIONS_SOME in line) and line.startswith(_MESSAGE):
                    said = msgspec.json.decode(line, type=_Said)
                    state = decode_state(states[at]) if at in states else _AS_SAID
                    mentions = said.mentions if state.mentions is None else state.mentions
                    if state.deleted:
                        mentions, authors[at] = (), said.account
                    means[at] = [one for one in mentions if one != said.account]
            self.delete(authors)
            self.mean(means)
            place += len(block)

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
            fresh = added.get(room, ())
            first = fresh[0].seq if fresh else mark.seq + 1
            tail = self._counted(room, min(mark.seq, first - 1))
            tail = _Tail(tail.seq, tail.messages, tail.said.copy())  # what is remembered stays where it is
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

    def unread(self, number: int, account: str, rooms: Iterable[tuple[int, int]]) -> list[Counted]:
        """Of an account (by its number too) in rooms: of each its number, and the event it ends with."""
        marks = {room: Reached(*mark) for room, *mark in self._db.execute(_ALL_MARKED, (number,))}
        counted, asked = list[Counted](), list[tuple[int, int, int]]()
        stretches = list[tuple[int, int]]()
        for room, head in rooms:
            mark = marks.get(room, START)
            messages, own = self._behind(room, mark, head, account)
            if messages:
                asked.append((len(counted), messages, own))
                stretches.append((place_of(room, mark.seq), place_of(room, head)))
            counted.append(Counted(mark.seq, 0, 0))
        if asked:
            counts = self._db.execute(_COUNTS, (account, encode(stretches).decode()))
            for (place, messages, own), (whole, deleted, mentions) in zip(asked, counts, strict=True):
                unread = messages - own - whole - deleted
                counted[place] = Counted(counted[place].read, unread, mentions)
        return counted

    def _behind(self, room: int, mark: Reached, head: int, account: str) -> tuple[int, int]:
        """How many messages a room that ends with `head` has behind a mark, and how many of them are the
        account's own, but for those of whole blocks behind it."""
        if mark.seq >= head:
            return 0, 0
        block, passed = divmod(mark.seq, BLOCK)
        if passed > MANY and block == head // BLOCK and room not in self._tails:  # else it is worth keeping
            tail = _Tail(mark.seq, 0)
            self._count(room, tail, head)
            return tail.messages, tail.own(account)
        tail = self._end_of(room, head)
        return tail.messages - mark.messages, tail.own(account) - mark.own

    def count_ahead(self, ends: Mapping[int, Chain]) -> bool:
        """Count the ends of some rooms of which nobody knows yet whether somebody will ask; whether there are
        more. `ends`: of all rooms."""
        if self._ahead is None:
            self._ahead = iter(list(ends)[:REMEMBERED])
        some = list(islice(self._ahead, AHEAD))
        for room in some:
            if room not in self._tails:
                self._end_of(room, ends[room].seq)
        return bool(some)

    def _end_of(self, room: int, head: int) -> _Tail:
        """The tail of a room that ends with `head`."""
        tail = self._tails.get(room)
        if tail is None or tail.seq > head or tail.seq // BLOCK != head // BLOCK:
            tail = self._begin(room, head)
        self._count(room, tail, head)
        self._remember(room, tail)
        return tail

    def _counted(self, room: int, seq: int) -> _Tail:
        """The same of an event that may be in front of the end."""
        tail = self._tails.get(room)
        if tail is None or tail.seq <= seq:
            return self._end_of(room, seq)
        tail = self._begin(room, seq)
        self._count(room, tail, seq)
        return tail

    def _remember(self, room: int, tail: _Tail) -> None:
        self._tails[room] = tail
        self._tails.move_to_end(room)
        if len(self._tails) > REMEMBERED:
            self._tails.popitem(last=False)

    def _begin(self, room: int, seq: int) -> _Tail:
        begin = seq // BLOCK * BLOCK
        base = self._db.execute(_BASE, (place_of(room, begin),)).get if begin else 0
        return _Tail(begin, base)

    def _count(self, room: int, tail: _Tail, seq: int) -> None:
        if tail.seq < seq:
            for run in self._chunks.runs(place_of(room, tail.seq + 1), place_of(room, seq)):
                tail.take(run)


def make_all(db: apsw.Connection) -> None:
    """In a transaction: all that follows from the log, of all rooms, where there is nothing of it yet."""
    tallies = Tallies(db, Chunks(db))
    for (room,) in list(db.execute("SELECT number FROM rooms ORDER BY number")):
        tallies.make(room)


def _own(tail: _Tail, account: str) -> int:
    """What a mark in this block remembers; one at the end of a block has nothing in the next."""
    return tail.own(account) if tail.seq % BLOCK else 0


_whose = msgspec.json.Decoder(_Whose).decode_lines
