"""The copies of all rooms: who is asked, and told, what about which room, and in which order. Pure.

docs/protocol.md, "Catching up". One request per room is under way at a time. What is done about a room is in
shared/client/sync/backfill.py, and in epochs.py when its log began a new life. Everything to do is appended
to `out`.
"""

from collections.abc import Callable, Iterable

import msgspec
from loggia.shared.client import effects
from loggia.shared.client.commands import ReadChanges, ReadPins
from loggia.shared.client.saved import Saved, SavedCopy
from loggia.shared.client.sync.backfill import Backfill
from loggia.shared.client.sync.cursor import Cursor
from loggia.shared.client.sync.epochs import EpochEnded, NewLives
from loggia.shared.client.sync.room import PONGS_TO_LISTEN, RoomCopy
from loggia.shared.client.tally import Tally
from loggia.shared.client.updates import ArchivedCopies, ArchivedEntries, ToldChanges, ToldPins
from loggia.shared.protocol.answers import Error, HistoryAnswer, JoinedAnswer, MembersAnswer, Pong
from loggia.shared.protocol.down import MOST_UNREAD, receive
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.events import (
    PassingEvent,
    PresenceEvent,
    ReadEvent,
    Received,
    StoredEvent,
    TypingEvent,
)
from loggia.shared.protocol.names import canonical
from loggia.shared.protocol.requests import History, Members
from msgspec import structs


class Sync:
    """All rooms of one session.

    `complete`: tell everything since the last run, however long ago; otherwise a long absence leaves a gap
    that `older` closes. `durable`: the program keeps its own cursor with `handled`.

    Attributes: `passing`, who is said to be typing, and how far we have read elsewhere, until that is taken.
    """

    def __init__(
        self,
        out: effects.Out,
        saved: Saved,
        new_id: Callable[[], str],
        tally: Tally,
        *,
        complete: bool,
        durable: bool,
    ) -> None:
        self._out = out
        self._new_id = new_id
        self._old = saved.old
        self._durable = durable
        self._backfill = Backfill(new_id, tally, complete=complete, durable=durable)
        self._new_lives = NewLives(self._backfill, new_id, complete=complete, durable=durable)
        self._rooms = {
            kept.room: RoomCopy(
                kept.room,
                out,
                Cursor(kept.spans),
                kept.epoch,
                begun=bool(kept.spans),
                handled=kept.handled if durable else None,
                anchor=kept.spans[-1][0] - 1 if kept.anchored else 0,
                old=[_as_told(copy, durable) for copy in saved.old if copy.room == kept.room],
            )
            for kept in saved.rooms
        }
        self.passing: list[TypingEvent | ReadEvent] = []
        self._touched: dict[str, RoomCopy] = {}  # in this turn: the others have nothing to tell at its end

    # -- What the program asks -----------------------------------------------------------------

    def start(self) -> None:
        """Show what the copies hold, before anybody is connected."""
        if self._old:
            self._out.append(effects.Tell(ArchivedCopies(copies=[copy.archived() for copy in self._old])))
        for name in self._rooms:
            self._backfill.start(self._at(name))

    def older(self, name: str, limit: int, id: str, before: int = 0) -> None:
        """Tell up to `limit` entries before the oldest one shown, or before that one: from the copy, else
        from the broker."""
        room = self._room(canonical(name))
        room.want(limit, id, before)
        if self._backfill.serve(room):
            self._ask(room)

    def drop_older(self, name: str, id: str) -> None:
        """Nobody waits for this any more."""
        self._backfill.drop(self._room(canonical(name)), id)

    def handled(self, name: str, seq: int, epoch: str) -> None:
        """The program has handled everything up to `seq`, which was told in the life `epoch`."""
        if name not in self._rooms:
            return
        room = self._at(name)
        if not room.is_known(seq, epoch):
            room.keep_handled_before(seq, epoch)
        elif (room.handled or 0) < seq <= room.cursor.last:
            room.keep_handled(seq)

    def read_old(self, name: str, epoch: str, after: int, limit: int, id: str) -> None:
        self._out.append(effects.Recall(canonical(name), epoch, after, after + limit, "old", id))

    def read_changes(self, read: ReadChanges) -> None:
        name = canonical(read.room)
        self._out.append(effects.Recall(name, read.epoch, read.seq - 1, read.seq, "changes", read.id))

    def read_pins(self, read: ReadPins) -> None:
        self._out.append(effects.Recall(canonical(read.room), read.epoch, 0, 0, "pins", read.id))

    def recalled(self, recall: effects.Recall, events: list[StoredEvent]) -> None:
        """The copy gave what a Recall asked for."""
        name = recall.room
        if recall.purpose == "old":
            entries = ArchivedEntries(
                room=name, epoch=recall.epoch, after=recall.after, events=events, id=recall.id
            )
            self._out.append(effects.Tell(entries))
        elif recall.purpose == "changes":
            told = ToldChanges(room=name, seq=recall.upto, events=events, id=recall.id)
            self._out.append(effects.Tell(told))
        elif recall.purpose == "pins":
            pins = ToldPins(room=name, epoch=recall.epoch, events=events, id=recall.id)
            self._out.append(effects.Tell(pins))
        elif name in self._rooms:
            self._recalled(self._at(name), recall, events)

    def _recalled(self, room: RoomCopy, recall: effects.Recall, events: list[StoredEvent]) -> None:
        if recall.purpose == "compare":
            place = room.place
            if place is not None and (place.copy.epoch, place.fork.seq) == (recall.epoch, recall.after + 1):
                self._new_lives.compared(room, place, events)
                self._ask(room)
        elif room.epoch != recall.epoch:
            return  # of a life that ended meanwhile
        elif recall.purpose == "new":
            room.replaying = False
            room.tell_arrived(events)
            self._deliver(room)
        else:
            room.tell_older(events, more=recall.after + 1 > room.cursor.floor, id=recall.id)

    def list_people(self, name: str) -> None:
        """Somebody looks at who is there."""
        room = self._room(canonical(name))
        room.members_wanted = True
        room.ask_members(self._new_id())

    # -- What the broker says ------------------------------------------------------------------

    def entered(self, answer: JoinedAnswer) -> None:
        """The broker has us in a room: compare heads, and ask for what is missing."""
        room = self._room(answer.room)
        room.enter(answer)
        for other in [one for one in self._rooms.values() if one.people_pongs]:
            other.people_missed(PONGS_TO_LISTEN)  # the early pings begin anew
        room.ask_members(self._new_id())
        if not room.epoch:
            room.epoch = answer.epoch
        elif room.epoch != answer.epoch or answer.head < room.cursor.last:
            self._new_lives.noticed(room, answer)
            self._ask(room)
            return
        self._backfill.go_on(room, answer.head)
        self._deliver(room)

    def live(self, items: Iterable[Received | PassingEvent]) -> None:
        """Events as they happen, from a broadcast or from our own connection."""
        by_room: dict[str, list[Received]] = {}
        for item in items:
            event = item if isinstance(item, PassingEvent) else item.event
            if event.room not in self._rooms:
                continue
            if isinstance(item, TypingEvent | ReadEvent):
                self.passing.append(item)
            elif isinstance(item, PresenceEvent):
                self._at(item.room).seen(item)
            elif item.seq >= 1:
                by_room.setdefault(event.room, []).append(item)
        for name, arrived in by_room.items():
            room = self._at(name)
            if room.place is not None:
                self._new_lives.live(room.place, arrived)
                continue
            self._backfill.live(room, arrived)
            if room.entered:
                self._deliver(room)

    def page(self, request: History, answer: HistoryAnswer) -> None:
        """An answer to one of our requests for history."""
        room = self._at(request.room)
        if room.asked != request.id:
            return
        entries = self.read(room.name, answer.events)
        if room.place is not None:
            self._new_lives.page(room, room.place, entries)
        else:
            self._backfill.page(room, request, answer, entries)
            self._deliver(room)

    def members(self, request: Members, answer: MembersAnswer | None) -> None:
        """A page of who is in a room. None was given: what is known stays, until somebody looks again."""
        room = self._at(request.room)
        if room.members_asked == request.id:
            room.take_members(answer)
            if answer is not None:
                room.ask_members(self._new_id())

    def refused(self, request: History, error: Error) -> None:
        """The broker gave no page: ask again when it next tells a head."""
        room = self._at(request.room)
        if room.asked == request.id:
            room.asked = None
            if room.place is None:
                self._backfill.refused(room, request, error)

    def heads(self, asked: Iterable[str], pong: Pong) -> bool:
        """The broker is ahead of what our ping said of the rooms `asked`: fill the tails.

        Returns whether that is news.
        """
        news = False
        for name in asked:
            room = self._at(name)
            if room.entered:
                room.changed = True
                if room.place is None:
                    if room.asked is None:  # the entry before the copy was refused, if it is not here
                        room.sought = 0
                    news = news or pong.heads.get(name, 0) > room.cursor.head
                    room.cursor.told(pong.heads.get(name, 0))
                self._ask(room)
                room.ponged(self._new_id())
        return news

    def listened_anew(self) -> None:
        """There is a new connection to the broadcasts, and nobody knows what was lost before."""
        for room in self._rooms.values():
            room.people_missed(PONGS_TO_LISTEN)

    def cut(self) -> None:
        """The session is gone: nothing that was asked will be answered, and every room is joined again."""
        for name in self._rooms:
            self._at(name).leave()

    def let_in(self, name: str, after: int | None) -> None:
        """We are in a room, and what came behind the entry `after` is for us. None: nobody knows how long;
        then who keeps its own cursor goes through all of it, and the others from now on."""
        room = self._room(name)
        room.since = 0 if after is None and self._durable else after

    def leave(self, name: str) -> None:
        if name in self._rooms:
            self._at(name).leave()

    # -- What others need to know --------------------------------------------------------------

    def is_in(self, name: str) -> bool:
        return name in self._rooms and self._rooms[name].entered

    def is_news(self, name: str, seq: int) -> bool:
        """Whether an entry came behind those that a room had when we came in, the last time."""
        return name in self._rooms and seq > self._rooms[name].joined_at

    def is_known(self, name: str, seq: int, epoch: str) -> bool:
        """Whether an entry that was told in the life `epoch` is in the log's present life."""
        return name in self._rooms and self._rooms[name].is_known(seq, epoch)

    def is_unsettled(self, name: str) -> bool:
        """Whether the room's log began a new life of which we do not know yet where it parts from ours."""
        return name in self._rooms and self._rooms[name].place is not None

    def new_lives(self) -> list[EpochEnded]:
        """What was found out since the last call: whose log began a new life."""
        return self._new_lives.begun()

    def read(self, name: str, stored: Iterable[msgspec.Raw]) -> list[Received]:
        """The events of a page that can be read and are of this room."""
        found: list[Received] = []
        unread = 0
        for raw in stored:
            try:
                item = receive(raw)
            except Refused as refused:
                self._out.append(effects.Complain(refused.text))
                unread += 1
                if unread == MOST_UNREAD:
                    break
                continue
            if not isinstance(item, PassingEvent) and item.event.room == name and item.seq >= 1:
                found.append(item)
        return found

    def cursors(self) -> dict[str, int]:
        """The end of each room's contiguous prefix, for a ping."""
        return {name: room.cursor.last for name, room in self._rooms.items() if room.entered}

    def position(self, name: str) -> tuple[int | None, str | None]:
        """Where the copy of a room ends, as `after` and `epoch` of a join."""
        room = self._rooms.get(name)
        return (room.cursor.last, room.epoch) if room is not None and room.epoch else (None, None)

    def settle(self) -> None:
        """At the end of a turn: tell how far the copies go that changed."""
        for room in self._touched.values():
            room.settle_handled()
            if room.changed:
                room.changed = False
                room.tell_completeness()
            room.tell_people()
        self._touched.clear()

    # -- Steps ---------------------------------------------------------------------------------

    def _room(self, name: str) -> RoomCopy:
        if name not in self._rooms:
            self._rooms[name] = RoomCopy(name, self._out)
        return self._at(name)

    def _at(self, name: str) -> RoomCopy:
        """A room that there is; what becomes of it is told at the end of the turn."""
        room = self._touched[name] = self._rooms[name]
        return room

    def _deliver(self, room: RoomCopy) -> None:
        """Tell what is new and ask for what is missing, unless the copy has first to tell what is before."""
        if not room.replaying:
            self._backfill.deliver(room)
            self._ask(room)

    def _ask(self, room: RoomCopy) -> None:
        """Send the next request for this room, unless one is under way."""
        if not room.entered or room.asked is not None:
            return
        if room.place is None:
            self._backfill.ask(room)
        elif self._new_lives.ask(room, room.place):
            self._deliver(room)


def _as_told(copy: SavedCopy, durable: bool) -> SavedCopy:
    """To a program that does not say what it handled, all that is held counts as told."""
    return copy if durable else structs.replace(copy, handled=None)
