"""What was said can be searched for: the index goes along behind the log, and is asked.

In the loop's thread; whoever is at rest calls `step`. An index that is damaged, older or of another log is
thrown away and built again: all of it is in the log. docs/decisions/0027-search.md
"""

import heapq
import logging
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import cast

import apsw
from loggia.broker.core.sought import Found, Sought
from loggia.broker.core.state import Room
from loggia.broker.storage import data_dir
from loggia.broker.storage.event_rows import LAST_SEQ, SEQ_BITS, place_of
from loggia.broker.storage.log import Log
from loggia.broker.storage.search_index import BLOCK, VOLUME, SearchIndex, Unusable
from loggia.broker.storage.search_keys import IndexedEvent, asked, decode, entry, is_of
from loggia.shared.protocol.answers import Hit
from loggia.shared.protocol.errors import Refused, StorageBroken, StorageDamaged

STEP_S = 0.005  # of one step, while nobody asks for anything
CLOSE_S = 0.5  # when the broker stops, for what was wiped
FRESH_S = 0.003  # and of one in front of a search, which finds what was just said
ASKED_S = 0.015  # a search looks no longer for a page, then it gives what there is, and where to go on
PAGE_BYTES = 128 * 1024  # and its texts are no longer together
REFUSED_S = 60.0  # what the disk refused is tried again after this
AT_ONCE = 32  # messages
CHARS_AT_ONCE = 4000  # of them, or one message: of scripts without spaces each is a key
FEW_BEHIND = 50_000  # events: so many are soon indexed again
READ_AT_ONCE = 256  # events of a room
MOST_NEWER = 50_000  # changed messages that are remembered; others go into the index once more
READ_IN_ALL = 16_384  # events of all rooms that are read and wait for their turn

_CHANGES = ("edited", "deleted")  # by which events a message has another text
_REFUSALS = (apsw.FullError, apsw.IOError, apsw.BusyError, apsw.LockedError, apsw.ReadOnlyError)
_GONE = "This cursor is of an index that is not there any more; ask again without it."

_log = logging.getLogger("loggia")


class Indexing:
    """The search of one log, in its folder `data`; ends with `close`. `clock`: s, of one that goes on."""

    def __init__(self, data: Path, log: Log, clock: Callable[[], float] = time.monotonic) -> None:
        self._data = data
        self._log = log
        self._clock = clock
        self._index: SearchIndex | None = None
        self._heads: dict[int, int] = {}  # of rooms, as far as they are known
        self._refused_until = 0.0
        self._wipes = False  # something of what was wiped may still be in the index
        self._is_begun = False  # what is in memory is what the file holds, and what comes behind that
        self._seen: dict[int, int] = {}
        self._unread: dict[int, None] = {}  # rooms of which the next events are not read
        self._read: dict[int, deque[IndexedEvent]] = {}
        self._newer: dict[int, int] = {}  # by place, up to which event messages are here that were changed
        self._next: list[tuple[int, int]] = []  # the times of the first ones in `_read`, with their rooms

    def close(self) -> None:
        """What was wiped from the log is in no file of the index, or there is none any more."""
        until_s = self._clock() + CLOSE_S
        while self._wipes and self._clock() < until_s and self.step():
            pass
        left = self._wipes
        self._shut()
        if left:
            with suppress(OSError):
                data_dir.drop_search(self._data)

    def _shut(self) -> None:
        self._is_begun = False
        if self._index is not None:
            self._index.close()
            self._index = None

    def begin(self, rooms: Iterable[Room]) -> None:
        """All rooms that there are, as the log has them."""
        self._heads = {room.number: room.head for room in rooms}
        self._is_begun = False
        self._take_up()

    def spoken(self, rooms: Iterable[Room], *, wipes: bool) -> None:
        """Something was stored in these. `wipes`: and a text was wiped."""
        self._wipes = self._wipes or wipes
        for room in rooms:
            self._heads[room.number] = room.head
            if room.number not in self._read:
                self._unread[room.number] = None

    @property
    def is_complete(self) -> bool:
        """Whether all that is stored can be found, and as it is now."""
        index = self._index if self._is_begun else None
        return index is not None and not (self._unread or self._read or index.stale)

    def progress(self) -> tuple[int, int]:
        """How many events are in the index, and how many there are."""
        done = 0 if self._index is None else sum(self._index.upto.values())
        return done, sum(self._heads.values())

    def step(self, for_s: float = STEP_S) -> bool:
        """Some ms of it; whether there is more to do at once. What the disk refuses is tried again later."""
        if self._clock() < self._refused_until:
            return False
        index = self._take_up()
        if index is None:
            return False
        try:
            return self._go_on(index, for_s)
        except _REFUSALS as reason:
            self._refuse(reason)
        except apsw.Error as reason:
            self._throw_away(str(reason))
            return True
        except StorageDamaged:  # the log has said it; what can be read is found
            self._refused_until = self._clock() + REFUSED_S
        return False

    # -- The file ------------------------------------------------------------------------------

    def _take_up(self) -> SearchIndex | None:
        """The index, from what its file holds on: the one way to begin, at the start and behind whatever
        failed. What cannot be used is made anew; None while the disk refuses it, which is tried again later.
        """
        if self._is_begun:
            return self._index
        was_shut = self._index is None
        if was_shut and self._clock() < self._refused_until:
            return None
        try:
            self._load()
        except (*_REFUSALS, OSError, StorageBroken) as reason:
            self._refuse(reason)
            return None
        except (apsw.Error, Unusable) as reason:
            self._throw_away(str(reason))
        if self._index is None:
            return None
        self._seen = dict(self._index.upto)
        behind = [room for room, head in self._heads.items() if head > self._seen.get(room, 0)]
        self._unread = dict.fromkeys(behind)
        self._read, self._newer, self._next = {}, {}, []
        self._is_begun = True
        if was_shut:
            done, there = self.progress()
            # what was wiped before a crash may be in it; one that is far behind is not given up for that
            self._wipes = self._wipes or (done > 0 and not self.is_complete and there - done < FEW_BEHIND)
        return self._index

    def _load(self) -> None:
        if self._index is not None:
            self._index.load()
            return
        self._index = SearchIndex(self._data / data_dir.SEARCH, self._log.epoch)
        if any(seq > self._heads.get(room, 0) for room, seq in self._index.upto.items()):
            raise Unusable("it has more than the log")

    def again(self) -> None:
        """Throw the index away, to be built from the log."""
        page_ends = None if self._index is None else self._index.page_ends
        self._shut()
        try:
            data_dir.drop_search(self._data)
            self._wipes = False
            self._index = SearchIndex(self._data / data_dir.SEARCH, self._log.epoch)
            if page_ends is not None:
                self._index.inherit(page_ends)
        except (apsw.Error, Unusable, OSError, StorageBroken) as reason:
            self._refuse(reason)

    def _throw_away(self, why: str) -> None:
        _log.warning("WARNING: The index of the search is made anew: %s.", why)
        self.again()

    def _refuse(self, reason: Exception) -> None:
        if not self._refused_until:
            _log.warning("WARNING: The index of the search cannot be written: %s.", reason)
        self._refused_until = self._clock() + REFUSED_S

    # -- Going along ---------------------------------------------------------------------------

    def _go_on(self, index: SearchIndex, for_s: float) -> bool:
        """Whether there is more to do. Whatever breaks it off leaves behind what is loaded anew."""
        try:
            if self._unread or self._read:
                self._index_more(index, for_s)
                if index.stale and not (self._unread or self._read):
                    index.tidy()  # else talk would put it off for ever
                return True
            if index.tidy():
                return True
        except BaseException:
            self._is_begun = False
            raise
        self._wipes = False
        return False

    def _index_more(self, index: SearchIndex, for_s: float) -> None:
        """Events of many rooms go into it by their time."""
        until_s = self._clock() + for_s
        with index.writing():
            while self._clock() < until_s and (taken := list(self._taken(until_s))):
                index.add([entry(room, said) for room, said in taken if said.op == "message"])
                for room, said in taken:
                    if said.op in _CHANGES:
                        self._change(index, room, said)
                index.reached({room: said.seq for room, said in taken})
        self._refused_until = 0.0

    def _change(self, index: SearchIndex, room: int, change: IndexedEvent) -> None:
        """A message has another text, or none; unless it came into the index when it had that already."""
        assert isinstance(change.target, int)
        place = place_of(room, change.target)
        said = self._event(place)
        if said is None or self._newer.get(place, 0) >= change.seq:
            return
        doc = index.find(place, said.at)
        if doc is not None:
            index.change(doc, entry(room, said).keys or None)
            self._newer[place] = said.rev

    def _taken(self, until_s: float) -> Iterator[tuple[int, IndexedEvent]]:
        """The next events of all rooms."""
        left = CHARS_AT_ONCE
        for _ in range(AT_ONCE):
            if left <= 0:
                return
            while self._unread:
                if self._clock() > until_s:
                    return
                self._fetch(next(iter(self._unread)))
            if not self._next:
                return
            _, room = heapq.heappop(self._next)
            events = self._read[room]
            said = events.popleft()
            left -= len(said.text)
            if events:
                heapq.heappush(self._next, (events[0].at, room))
            else:
                del self._read[room]
                if self._heads[room] > said.seq:
                    self._unread[room] = None
            if said.rev and len(self._newer) < MOST_NEWER:
                self._newer[place_of(room, said.seq)] = said.rev
            yield room, said

    def _fetch(self, room: int) -> None:
        seen = self._seen.get(room, 0)
        most = max(4, min(READ_AT_ONCE, READ_IN_ALL // (len(self._unread) + len(self._read))))
        events = [decode(line) for line in self._log.pages.after(room, seen, most)]
        del self._unread[room]
        if events:
            self._seen[room] = events[-1].seq
            self._read[room] = deque(events)
            heapq.heappush(self._next, (events[0].at, room))

    # -- Asking --------------------------------------------------------------------------------

    def find(self, sought: Sought) -> Found:
        """A page. Raises Refused for a cursor that is none, and StorageDamaged."""
        if not self.is_complete:
            self.step(FRESH_S)
        index = self._take_up()
        if index is None or sought.wanted.nothing:
            return Found([], None, self.is_complete)
        try:
            return self._found(index, sought)
        except apsw.Error as reason:
            if not isinstance(reason, _REFUSALS):
                self._throw_away(str(reason))
            return Found([], None, False)

    def _found(self, index: SearchIndex, sought: Sought) -> Found:
        below = index.count
        if sought.cursor is not None:
            end = index.page_ends.opened(sought.cursor)
            found = None if end is None else index.find(*end)
            if found is None:
                raise Refused("bad_request", _GONE)
            below = found
        hits: list[Hit] = []
        until_s, left = self._clock() + ASKED_S, PAGE_BYTES
        with closing(self._candidates(index, sought, below)) as candidates:
            for doc, place in candidates:
                if place is not None and (hit := self._hit(sought, place)) is not None:
                    hits.append(hit)
                    left -= len(hit.text.encode())
                if len(hits) == sought.limit or left < 0 or self._clock() > until_s:
                    return Found(hits, self._sealed(index, doc), self.is_complete)
        return Found(hits, None, self.is_complete)

    def _candidates(
        self, index: SearchIndex, sought: Sought, below: int
    ) -> Generator[tuple[int, int | None]]:
        """Messages that may be meant, the newest first, and where they stand; None at the end of a volume."""
        wanted = asked(sought)
        for volume in range((below - 1) // VOLUME, -1, -1):
            begin, end = volume * VOLUME, min(below, (volume + 1) * VOLUME) - 1
            first, last = index.within(begin, end, sought.since, sought.until)
            block, places = -1, cast(Sequence[int], ())
            if first <= last:
                with closing(index.docs(wanted, volume, first, last)) as docs:
                    for doc in docs:
                        if doc // BLOCK != block:
                            block, places = doc // BLOCK, index.places(doc)
                        yield doc, places[doc % BLOCK]
            yield begin, None

    def _sealed(self, index: SearchIndex, doc: int) -> str | None:
        """For who goes on behind this message; None where there is none."""
        if doc == 0:
            return None
        place = index.places(doc)[doc % BLOCK]
        said = self._event(place)
        return None if said is None else index.page_ends.sealed(place, said.at)

    def _event(self, place: int) -> IndexedEvent | None:
        room, seq = place >> SEQ_BITS, place & LAST_SEQ
        lines = self._log.pages.after(room, seq - 1, 1)
        said = decode(lines[0]) if lines else None
        return said if said is not None and said.seq == seq else None

    def _hit(self, sought: Sought, place: int) -> Hit | None:
        """What stands there, if it is what is sought, by its text of now."""
        said = self._event(place)
        if said is None or said.op != "message" or not said.text or not sought.may_read(said.room):
            return None
        if not is_of(sought, said):
            return None
        marks = sought.wanted.marks(said.text)
        if marks is None:
            return None
        return Hit(
            room=said.room,
            seq=said.seq,
            at=said.at,
            nick=said.nick,
            account=said.account,
            text=said.text,
            marks=marks,
        )
