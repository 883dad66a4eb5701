"""How far we have read each room, and how much is unread: as the broker says, and counted on. Pure.

The broker counts exactly. From there what arrives is counted here; where a message changes that may be one of
those, or a mark moves into the middle of them, the broker is asked again. docs/protocol.md, "Requests".
"""

from collections.abc import Callable, Iterable

import msgspec
from loggia.shared.client.effects import Out, Tell
from loggia.shared.client.updates import ReadState
from loggia.shared.protocol.answers import RoomsAnswer, Stored
from loggia.shared.protocol.events import DeletedEvent, EditedEvent, MessageEvent, ReadEvent, StoredEvent
from loggia.shared.protocol.limits import LIST_PAGE
from loggia.shared.protocol.requests import Read, Rooms

MARK_S = 2.0  # between two marks in a room: who reads along would ask for each message
ASK_S = 2.0  # and between two questions since something changed that others did
MOST_SINCE = 1000  # messages that come while the broker is asked; with more it is asked again


class _Heard(msgspec.Struct, frozen=True):
    """A message of somebody else. `means_us`: it does."""

    room: str
    seq: int
    means_us: bool


class Readings:
    """`new_id` gives ids of requests that are no messages; `is_unsettled`: whether nobody knows yet where a
    room's log parts from the one we knew. Nothing is asked or counted before `begin`."""

    def __init__(self, out: Out, new_id: Callable[[], str], is_unsettled: Callable[[str], bool]) -> None:
        self._out = out
        self._new_id = new_id
        self._is_unsettled = is_unsettled
        self._begun = False
        self._entered: set[str] = set()
        self._known: dict[str, ReadState] = {}
        self._told: dict[str, ReadState] = {}
        self._stale: set[str] = set()  # of which the broker is to be asked
        self._asked = ""  # the id of that question, while it is not answered
        self._asking: set[str] = set()  # and which rooms it is about
        self._next_ask_at = 0.0
        self._since: list[_Heard] = []  # what came meanwhile
        self._marks: dict[str, int] = {}  # that the broker does not know
        self._sent: set[str] = set()  # rooms of which one of them is under way
        self._next_at: dict[str, float] = {}  # and when the next one may be, where that is not now

    def begin(self) -> None:
        """Somebody wants to know."""
        if not self._begun:
            self._begun = True
            self._stale |= self._entered

    def mark(self, room: str, seq: int) -> None:
        """We have read it up to there."""
        known = self._known.get(room)
        if seq > max(self._marks.get(room, 0), 0 if known is None else known.read):
            self._marks[room] = seq

    def entered(self, room: str) -> None:
        """At this connection; what was counted before may have another end."""
        self._entered.add(room)
        self._ask_about(room)

    def left(self, room: str) -> None:
        """It is none of ours."""
        self._entered.discard(room)
        self._stale.discard(room)
        self._known.pop(room, None)
        self._told.pop(room, None)
        self._marks.pop(room, None)
        self._next_at.pop(room, None)

    def voided(self, room: str) -> None:
        """Its log began a new life, in which nothing is read yet."""
        self._known.pop(room, None)
        self._told.pop(room, None)
        self._marks.pop(room, None)
        if room in self._entered:
            self._ask_about(room)

    def cut(self) -> None:
        """The connection is gone; nothing that was asked will be answered."""
        self._entered.clear()
        self._stale.clear()
        self._asked = ""
        self._asking = set()
        self._next_ask_at = 0.0
        self._since.clear()
        self._sent.clear()
        self._next_at.clear()

    def _may_mark(self) -> list[str]:
        rooms = (room for room in self._marks if room in self._entered and room not in self._sent)
        return [room for room in rooms if not self._is_unsettled(room)]

    def wake_at(self) -> float | None:
        """When there is something to ask, while there is a connection."""
        if not (self._marks or self._stale):  # most often
            return None
        times = [self._next_at.get(room, 0.0) for room in self._may_mark()]
        if self._stale and self._begun and not self._asked:
            times.append(self._next_ask_at)
        return min(times, default=None)

    def due(self, now: float) -> None:
        """Ask what is to be asked, while there is a connection."""
        if not (self._marks or self._stale):  # most often
            return
        for room in self._may_mark():
            if now >= self._next_at.get(room, now):
                self._sent.add(room)
                self._next_at[room] = now + MARK_S
                self._out.append(Read(id=self._new_id(), room=room, seq=self._marks[room]))
        if self._stale and not self._asked and self._begun and now >= self._next_ask_at:
            self._next_ask_at = now + ASK_S
            asking, self._stale = self._stale, set()
            self._ask(asking, _before(min(asking)))

    def _ask(self, rooms: set[str], after: str) -> None:
        self._asked, self._asking = self._new_id(), rooms
        self._out.append(Rooms(id=self._asked, after=after, limit=LIST_PAGE))

    def happened(self, room: str, events: Iterable[StoredEvent], account: str) -> None:
        """New entries of a room; we are `account`."""
        known = self._known.get(room)
        if known is None and not self._asked:
            return
        heard = []
        for event in events:
            if type(event) is MessageEvent:
                if event.account != account and not event.deleted:
                    heard.append(_Heard(room, event.seq, account in event.mentions))
            elif isinstance(event, EditedEvent | DeletedEvent):
                is_own = isinstance(event, EditedEvent) and event.account == account
                if not is_own and (known is None or event.target > known.read):
                    self._stale.add(room)
        if self._asked:
            self._since += heard
            if len(self._since) > MOST_SINCE:
                self._since.clear()
                self._stale |= self._entered
        if known is not None and heard:
            self._count(known, heard)

    def _count(self, known: ReadState, heard: Iterable[_Heard]) -> None:
        new = [one for one in heard if one.seq > max(known.upto, known.read)]
        if new:
            mentions = known.mentions + sum(one.means_us for one in new)
            unread, upto = known.unread + len(new), new[-1].seq
            self._tell(msgspec.structs.replace(known, unread=unread, mentions=mentions, upto=upto))

    def listed(self, request: Rooms, answer: RoomsAnswer) -> None:
        """A page of what the broker counts."""
        if request.id != self._asked:
            return
        self._asked = ""
        last = answer.rooms[-1].room if answer.more and answer.rooms else None
        left = {room for room in self._asking if last is not None and room > last}
        for info in answer.rooms:
            if info.joined and info.room in self._entered:
                told = ReadState(
                    room=info.room,
                    read=info.read,
                    unread=info.unread,
                    mentions=info.mentions,
                    upto=info.head,
                )
                self._tell(told)
                self._count(told, [one for one in self._since if one.room == info.room])
        if left:
            self._ask(left, max(str(last), _before(min(left))))
        elif not self._stale:
            self._since.clear()

    def not_listed(self, request: Rooms) -> None:
        """The broker gave no page: it is asked when a room is entered again."""
        if request.id == self._asked:
            self._asked = ""
            self._since.clear()

    def stored(self, request: Read, answer: Stored) -> None:
        """A mark of ours is where the broker says."""
        self._done(request)
        self._moved(request.room, answer.seq)

    def refused(self, request: Read) -> None:
        """It is not taken, and will not be."""
        self._done(request)

    def heard(self, event: ReadEvent) -> None:
        """Another connection of our account moved the mark."""
        self._moved(event.room, event.seq)

    def _done(self, request: Read) -> None:
        self._sent.discard(request.room)
        if self._marks.get(request.room, 0) <= request.seq:
            self._marks.pop(request.room, None)

    def _moved(self, room: str, seq: int) -> None:
        known = self._known.get(room)
        if known is None or seq <= known.read:
            return
        if seq >= known.upto:
            self._tell(ReadState(room=room, read=seq, upto=seq))
        else:  # told when it is counted
            self._known[room] = msgspec.structs.replace(known, read=seq)
            self._ask_about(room)

    def _ask_about(self, room: str) -> None:
        if self._begun:
            self._stale.add(room)
            self._next_ask_at = 0.0

    def _tell(self, told: ReadState) -> None:
        self._known[told.room] = told
        if self._told.get(told.room) != told:
            self._told[told.room] = told
            self._out.append(Tell(told))


def _before(name: str) -> str:
    """What stands in front of a name, with next to nothing in between."""
    return name[:-1] + chr(max(ord(name[-1]) - 1, 32)) + "~" if name[-1] != "\ue000" else name[:-1]
