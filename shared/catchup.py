"""The copies of all rooms: what is asked for, stored and told, and in which order. Pure.

docs/protocol.md, "Catching up". One request per room is under way at a time; live events that come
meanwhile wait in the room's cursor. Everything to do is appended to `out`.
"""

from collections.abc import Callable, Iterable

import msgspec

from shared import effects
from shared.cursor import PAGE, Cursor
from shared.errors import Refused
from shared.messages import (
    AnyEvent,
    History,
    HistoryAnswer,
    JoinedAnswer,
    Pong,
    PresenceEvent,
    StoredEvent,
    decode_event,
)
from shared.names import canonical
from shared.notices import Arrived, Completeness, Notice, Older, People, Presence, VoidCopy
from shared.people import Present

FIRST_PAGE = 100  # entries shown of a room that is opened
LONG_ABSENCE = 1000  # entries behind: more than this is not replayed, the newest page comes first


class Room(msgspec.Struct):
    """One room's copy.

    `begun`: it holds a place in the log. `asked`: the request under way. `wants_older`: entries that the
    program waits for. `replaying`: what the program has not handled comes from the copy first. `changed`: its
    completeness is to be told.
    """

    cursor: Cursor
    epoch: str = ""
    begun: bool = False
    entered: bool = False
    asked: str | None = None
    wants_older: int = 0
    present: Present = msgspec.field(default_factory=Present)
    replaying: bool = False
    changed: bool = False


class CatchUp:
    """All rooms of one session.

    `complete`: tell everything since the last run, however long ago; otherwise a long absence leaves a gap
    that `older` closes. `durable`: the program keeps its own cursor with `handled`.
    """

    def __init__(
        self,
        out: effects.Out,
        saved: Iterable[effects.SavedRoom],
        new_id: Callable[[], str],
        *,
        complete: bool,
        durable: bool,
    ) -> None:
        self._out = out
        self._new_id = new_id
        self._complete = complete
        self._durable = durable
        self._handled = {kept.room: kept.handled for kept in saved if kept.handled is not None}
        self._rooms = {
            kept.room: Room(Cursor(kept.spans), kept.epoch, begun=bool(kept.spans)) for kept in saved
        }

    # -- What the program asks -----------------------------------------------------------------

    def start(self) -> None:
        """Show what the copies hold, before anybody is connected."""
        for name, room in self._rooms.items():
            if not room.begun:
                continue
            self._tell_completeness(name, room)
            room.replaying = self._durable and self._handled.get(name, room.cursor.last) < room.cursor.last
            if not self._complete:
                self.older(name, FIRST_PAGE)

    def older(self, name: str, limit: int) -> None:
        """Tell up to `limit` entries before the oldest one shown: from the copy, else from the broker."""
        name = canonical(name)
        room = self._rooms.setdefault(name, Room(Cursor()))
        cursor = room.cursor
        if cursor.shown > cursor.first:
            after = max(cursor.first - 1, cursor.shown - 1 - limit)
            self._recall(name, room, after, cursor.shown - 1, "older")
        elif room.begun and cursor.gap_before() is None:
            self._tell(Older(room=name, events=[], more=False))
        else:
            room.wants_older = min(limit, PAGE)
            self._ask(name, room)

    def handled(self, name: str, seq: int) -> None:
        """The program has handled everything up to `seq`."""
        if name in self._rooms:
            self._handled[name] = seq
            self._out.append(effects.KeepHandled(name, self._rooms[name].epoch, seq))

    def recalled(self, recall: effects.Recall, events: list[StoredEvent]) -> None:
        """The copy gave what a Recall asked for."""
        room = self._rooms[recall.room]
        if recall.purpose == "new":
            room.replaying = False
            self._tell(Arrived(room=recall.room, events=events))
            self._deliver(recall.room, room)
        else:
            room.cursor.shown = recall.after + 1
            self._tell_older(recall.room, room, events)

    # -- What the broker says ------------------------------------------------------------------

    def entered(self, answer: JoinedAnswer) -> None:
        """The broker has us in a room: compare heads, and ask for what is missing."""
        room = self._rooms.setdefault(answer.room, Room(Cursor()))
        if room.epoch != answer.epoch:
            self._begin_life(answer.room, room, answer.epoch)
        room.entered = True
        room.asked = None
        room.present = Present(answer.members, as_of=answer.head)
        self._tell(People(room=answer.room, members=room.present.members()))
        cursor = room.cursor
        cursor.floor = max(answer.first, 1)
        cursor.told(answer.head)
        if not room.begun or (not self._complete and cursor.behind > LONG_ABSENCE):
            self._begin_at(answer.room, room, answer.head)
        if room.replaying:
            self._recall(answer.room, room, self._handled[answer.room], cursor.last, "new")
        self._deliver(answer.room, room)

    def live(self, events: Iterable[AnyEvent]) -> None:
        """Events as they happen, from a broadcast or from our own connection."""
        by_room: dict[str, list[StoredEvent]] = {}
        for event in events:
            if event.room not in self._rooms:
                continue
            if isinstance(event, PresenceEvent):
                self._presence(event)
            elif event.seq >= 1:
                by_room.setdefault(event.room, []).append(event)
        for name, arrived in by_room.items():
            room = self._rooms[name]
            room.cursor.wait(arrived)
            if room.entered:
                self._deliver(name, room)

    def page(self, request: History, answer: HistoryAnswer) -> None:
        """An answer to one of our requests for history."""
        name, room = request.room, self._rooms[request.room]
        if room.asked != request.id:
            return
        room.asked = None
        if answer.epoch != room.epoch:
            room.entered = False  # the session joins again, and hears of the new life there
            return
        events = self._read(name, answer.events)
        if request.after is not None:
            room.cursor.filled(events, answer.head)
        else:
            self._older_page(name, room, events, answer.more)
        self._deliver(name, room)

    def refused(self, request: History) -> None:
        """The broker gave no page: ask again when it next tells a head."""
        room = self._rooms[request.room]
        if room.asked == request.id:
            room.asked = None
            if request.after is not None:
                room.cursor.filled([], room.cursor.head)
            else:
                room.wants_older = 0
                self._tell(Older(room=request.room, events=[], more=True))

    def heads(self, pong: Pong) -> None:
        """The broker is ahead of what our ping said: fill the tails."""
        for name, room in self._rooms.items():
            if room.entered:
                room.cursor.told(pong.heads.get(name, 0))
                self._ask(name, room)

    def cut(self) -> None:
        """The session is gone: nothing that was asked will be answered, and every room is joined again."""
        for room in self._rooms.values():
            room.entered = False
            room.asked = None

    def leave(self, name: str) -> None:
        if name in self._rooms:
            self._rooms[name].entered = False

    # -- What others need to know --------------------------------------------------------------

    def is_in(self, name: str) -> bool:
        return name in self._rooms and self._rooms[name].entered

    def cursors(self) -> dict[str, int]:
        """The end of each room's contiguous prefix, for a ping."""
        return {name: room.cursor.last for name, room in self._rooms.items() if room.entered}

    def position(self, name: str) -> tuple[int | None, str | None]:
        """Where the copy of a room ends, as `after` and `epoch` of a join."""
        room = self._rooms.get(name)
        return (room.cursor.last, room.epoch) if room is not None and room.epoch else (None, None)

    def settle(self) -> None:
        """At the end of a turn: keep and tell how far the copies go that changed."""
        for name, room in self._rooms.items():
            if room.changed:
                room.changed = False
                self._tell_completeness(name, room)

    # -- Steps ---------------------------------------------------------------------------------

    def _begin_life(self, name: str, room: Room, epoch: str) -> None:
        if room.epoch:
            self._tell(VoidCopy(room=name, epoch=epoch))
        room.cursor = Cursor()
        room.epoch, room.begun, room.replaying = epoch, False, False

    def _begin_at(self, name: str, room: Room, head: int) -> None:
        room.cursor.begin_at(head)
        room.begun = True
        self._keep(name, room, [])
        if self._durable:
            self.handled(name, head)
        if not self._complete:
            room.wants_older = FIRST_PAGE

    def _deliver(self, name: str, room: Room) -> None:
        if room.replaying:
            return
        run = room.cursor.ready()
        if run:
            self._keep(name, room, run)
            self._tell(Arrived(room=name, events=run))
            if room.present.happened(run):
                self._tell(People(room=name, members=room.present.members()))
        self._ask(name, room)

    def _ask(self, name: str, room: Room) -> None:
        """Send the next request for this room, unless one is under way."""
        if not room.entered or room.asked is not None:
            return
        hole = room.cursor.missing()
        gap = room.cursor.gap_before()
        if hole is not None:
            request = History(id=self._new_id(), room=name, after=hole[0], limit=hole[1])
        elif not room.wants_older:
            return
        elif gap is None:
            room.wants_older = 0
            self._tell(Older(room=name, events=[], more=False))
            return
        else:
            limit = min(room.wants_older, gap[1])
            request = History(id=self._new_id(), room=name, before=gap[0], limit=limit)
        room.asked = request.id
        self._out.append(request)

    def _older_page(self, name: str, room: Room, events: list[StoredEvent], more: bool) -> None:
        room.wants_older = 0
        if not more:
            room.cursor.floor = min((event.seq for event in events), default=room.cursor.first)
        run = room.cursor.grow_back(events)
        self._keep(name, room, run)
        if run:
            room.cursor.shown = run[0].seq
        self._tell_older(name, room, run)

    def _presence(self, event: PresenceEvent) -> None:
        self._tell(Presence(event=event))
        room = self._rooms[event.room]
        if room.present.seen(event):
            self._tell(People(room=event.room, members=room.present.members()))

    def _read(self, name: str, stored: Iterable[msgspec.Raw]) -> list[StoredEvent]:
        """The events of a page that can be read and are of this room."""
        found: list[StoredEvent] = []
        for raw in stored:
            try:
                event = decode_event(raw)
            except Refused as refused:
                self._out.append(effects.Complain(refused.text))
                continue
            if not isinstance(event, PresenceEvent) and event.room == name and event.seq >= 1:
                found.append(event)
        return found

    def _recall(self, name: str, room: Room, after: int, upto: int, purpose: effects.Purpose) -> None:
        if upto > after:
            self._out.append(effects.Recall(name, room.epoch, after, upto, purpose))

    def _keep(self, name: str, room: Room, events: list[StoredEvent]) -> None:
        room.changed = True
        self._out.append(effects.KeepCopy(name, room.epoch, events, room.cursor.spans()))

    def _tell_older(self, name: str, room: Room, events: list[StoredEvent]) -> None:
        self._tell(Older(room=name, events=events, more=room.cursor.shown > room.cursor.floor))

    def _tell_completeness(self, name: str, room: Room) -> None:
        cursor = room.cursor
        self._tell(Completeness(room=name, first=cursor.first, last=cursor.last, head=cursor.head))

    def _tell(self, notice: Notice) -> None:
        self._out.append(effects.Tell(notice))
