"""The copies of all rooms: what is asked for, stored and told, and in which order. Pure.

docs/protocol.md, "Catching up". One request per room is under way at a time; live events that come
meanwhile wait in the room's cursor. When the log began a new life, a program that must have everything goes
on where both lives part (shared/fork.py). Everything to do is appended to `out`.
"""

from collections.abc import Callable, Iterable

import msgspec

from shared import effects
from shared.completeness import OldCopy
from shared.cursor import PAGE, Cursor
from shared.errors import Refused
from shared.fork import Fork
from shared.held import Room
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
from shared.notices import Arrived, Notice, OldCopies, OldEntries, Older, People, Presence, VoidCopy
from shared.people import Present
from shared.tally import Tally

FIRST_PAGE = 100  # entries shown of a room that is opened
LONG_ABSENCE = 1000  # entries behind: more than this is not replayed, the newest page comes first


class CatchUp:
    """All rooms of one session.

    `complete`: tell everything since the last run, however long ago; otherwise a long absence leaves a gap
    that `older` closes. `durable`: the program keeps its own cursor with `handled`.
    """

    def __init__(
        self,
        out: effects.Out,
        saved: effects.Saved,
        new_id: Callable[[], str],
        tally: Tally,
        *,
        complete: bool,
        durable: bool,
    ) -> None:
        self._out = out
        self._new_id = new_id
        self._tally = tally
        self._old = saved.old
        self._new_lives: list[tuple[str, int]] = []
        self._complete = complete
        self._durable = durable
        self._handled = {kept.room: kept.handled for kept in saved.rooms if kept.handled is not None}
        self._rooms = {
            kept.room: Room(Cursor(kept.spans), kept.epoch, begun=bool(kept.spans)) for kept in saved.rooms
        }

    # -- What the program asks -----------------------------------------------------------------

    def start(self) -> None:
        """Show what the copies hold, before anybody is connected."""
        if self._old:
            self._tell(OldCopies(copies=self._old))
        for name, room in self._rooms.items():
            news = room.news(name)
            if news is None:
                continue
            self._tell(news)
            room.replaying = self._durable and self._handled.get(name, room.cursor.last) < room.cursor.last
            if not self._complete:
                self.older(name, FIRST_PAGE)

    def older(self, name: str, limit: int) -> None:
        """Tell up to `limit` entries before the oldest one shown: from the copy, else from the broker."""
        name = canonical(name)
        room = self._rooms.setdefault(name, Room(Cursor()))
        cursor = room.cursor
        if cursor.shown > cursor.first:
            upto = cursor.shown - 1
            cursor.shown = max(cursor.first, cursor.shown - limit)  # at once: who asks again goes further
            self._recall(name, room, cursor.shown - 1, upto, "older")
        elif room.begun and cursor.gap_before() is None:
            self._tell(Older(room=name, events=[], more=False))
        else:
            room.wants_older = min(limit, PAGE)
            self._ask(name, room)

    def handled(self, name: str, seq: int, epoch: str) -> None:
        """The program has handled everything up to `seq`, which was told in the life `epoch`."""
        known = self.is_known(name, seq, epoch) and seq <= self._rooms[name].cursor.last
        if known and seq > self._handled.get(name, 0):
            self._keep_handled(name, seq)

    def read_old(self, name: str, epoch: str, after: int, limit: int) -> None:
        self._out.append(effects.Recall(canonical(name), epoch, after, after + limit, "old"))

    def recalled(self, recall: effects.Recall, events: list[StoredEvent]) -> None:
        """The copy gave what a Recall asked for."""
        name, room = recall.room, self._rooms.get(recall.room)
        if recall.purpose == "old":
            self._tell(OldEntries(room=name, epoch=recall.epoch, after=recall.after, events=events))
        elif room is None or room.epoch != recall.epoch:
            return  # of a life that ended meanwhile
        elif recall.purpose == "new":
            room.replaying = False
            self._tell_arrived(name, room, events)
            self._deliver(name, room)
        elif recall.purpose == "older":
            self._tell_older(name, room, events, recall.after + 1)
        elif room.fork is not None and room.fork.seq == recall.after + 1:
            room.asked = None
            room.fork.compare(events)
            self._ask(name, room)

    # -- What the broker says ------------------------------------------------------------------

    def entered(self, answer: JoinedAnswer) -> None:
        """The broker has us in a room: compare heads, and ask for what is missing."""
        name, room = answer.room, self._rooms.setdefault(answer.room, Room(Cursor()))
        room.entered = room.changed = True
        room.asked, room.joined_at = None, answer.head
        room.present = Present(answer.members, as_of=answer.head)
        self._tell(People(room=name, members=room.present.members()))
        room.cursor.floor = max(answer.first, 1)
        if not room.epoch:
            room.epoch = answer.epoch
        elif room.epoch != answer.epoch or answer.head < room.cursor.last:
            last = min(room.cursor.last, answer.head)
            known = not self._complete or room.cursor.empty  # there is nothing to look for, or to look with
            room.fork = Fork(answer.epoch, last if known else 0, last, answer.head)
            self._ask(name, room)
            return
        self._go_on(name, room, answer.head)

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
            if room.fork is not None:  # of the new life, whose place is not known yet: asked for later
                room.fork.head = max(room.fork.head, max(event.seq for event in arrived))
                continue
            again = room.cursor.wait(arrived)
            self._tally["repeats"] += sum(seq > room.joined_at for seq in again)
            room.changed = True
            if room.entered:
                self._deliver(name, room)

    def page(self, request: History, answer: HistoryAnswer) -> None:
        """An answer to one of our requests for history."""
        name, room = request.room, self._rooms[request.room]
        if room.asked != request.id:
            return
        events = self._read(name, answer.events)
        if room.fork is not None:  # still asked for, until the copy has given its part
            self._compare(name, room, room.fork, events)
            return
        room.asked, room.changed = None, True
        if request.after is not None:
            self._tally["filled"] += room.cursor.filled(events, answer.head)
        else:
            self._older_page(name, room, events, answer.more)
        self._deliver(name, room)

    def refused(self, request: History) -> None:
        """The broker gave no page: ask again when it next tells a head."""
        room = self._rooms[request.room]
        if room.asked == request.id:
            room.asked = None
            if room.fork is not None:
                return
            if request.after is not None:
                room.cursor.filled([], room.cursor.head)
            else:
                room.wants_older = 0
                self._tell(Older(room=request.room, events=[], more=True))

    def heads(self, asked: Iterable[str], pong: Pong) -> None:
        """The broker is ahead of what our ping said of the rooms `asked`: fill the tails."""
        for name in asked:
            room = self._rooms[name]
            if room.entered:
                room.changed = True
                if room.fork is None:
                    room.cursor.told(pong.heads.get(name, 0))
                self._ask(name, room)

    def cut(self) -> None:
        """The session is gone: nothing that was asked will be answered, and every room is joined again."""
        for room in self._rooms.values():
            room.leave()

    def leave(self, name: str) -> None:
        if name in self._rooms:
            self._rooms[name].leave()

    # -- What others need to know --------------------------------------------------------------

    def is_in(self, name: str) -> bool:
        return name in self._rooms and self._rooms[name].entered

    def is_known(self, name: str, seq: int, epoch: str) -> bool:
        """Whether an entry that was told in the life `epoch` is in the log's present life."""
        return name in self._rooms and self._rooms[name].is_known(seq, epoch)

    def unsettled(self) -> set[str]:
        """The rooms whose log began a new life of which we do not know yet where it parts from ours."""
        return {name for name, room in self._rooms.items() if room.fork is not None}

    def new_lives(self) -> list[tuple[str, int]]:
        """The rooms whose log began a new life since the last call, and up to where it is the same."""
        begun, self._new_lives = self._new_lives, []
        return begun

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
                if (news := room.news(name)) is not None:
                    self._tell(news)

    # -- Steps ---------------------------------------------------------------------------------

    def _go_on(self, name: str, room: Room, head: int) -> None:
        """The copy is of this life: tell what is new, and ask for what is missing."""
        cursor = room.cursor
        cursor.told(head)
        if not room.begun or (not self._complete and cursor.behind > LONG_ABSENCE):
            if self._durable and not room.begun:
                self._keep_handled(name, head)
            self._begin_at(name, room, head)
        elif cursor.floor > cursor.last + 1:  # the broker has no more what would come next
            self._begin_at(name, room, cursor.floor - 1)
        if room.replaying:
            self._recall(name, room, self._handled[name], cursor.last, "new")
        self._deliver(name, room)

    def _begin_at(self, name: str, room: Room, last: int) -> None:
        room.cursor.begin_at(last)
        room.begun = True
        self._keep(name, room, [])
        if not self._complete:
            room.wants_older = FIRST_PAGE

    def _ask_fork(self, name: str, room: Room, fork: Fork) -> None:
        if fork.shared is not None:
            self._begin_life(name, room, fork, fork.shared)
        else:
            room.asked = self._request(name, after=fork.seq - 1, limit=1).id

    def _compare(self, name: str, room: Room, fork: Fork, events: list[StoredEvent]) -> None:
        fork.theirs = next((event for event in events if event.seq == fork.seq), None)
        upto = max(fork.seq, room.cursor.first)
        self._out.append(effects.Recall(name, room.epoch, fork.seq - 1, upto, "compare"))

    def _begin_life(self, name: str, room: Room, fork: Fork, shared: int) -> None:
        """Set the copy aside. A program that must have everything goes on in the new one where both part."""
        before, epoch = room.cursor, room.epoch
        if epoch == fork.epoch:
            epoch = f"{epoch} {self._new_id()}"
            self._out.append(effects.SetAside(name, room.epoch, epoch))
        old = OldCopy(room=name, epoch=epoch, spans=before.spans())
        self._tell(VoidCopy(room=name, epoch=fork.epoch, head=fork.head, old=old))
        known = shared if self._complete else 0
        self._new_lives.append((name, known))
        handled = self._handled.get(name, before.last)
        room.cursor, room.fork, room.hole = Cursor(), None, None
        room.cursor.floor = before.floor
        room.before, room.epoch = (epoch, known), fork.epoch
        room.silent = min(handled if room.replaying else before.last, shared)
        room.replaying = False
        self._begin_at(name, room, min(handled, shared) if self._complete else fork.head)
        if self._durable:
            self._keep_handled(name, min(handled, shared))
        self._go_on(name, room, fork.head)

    def _keep_handled(self, name: str, seq: int) -> None:
        self._handled[name] = seq
        self._out.append(effects.KeepHandled(name, self._rooms[name].epoch, seq))

    def _deliver(self, name: str, room: Room) -> None:
        if room.replaying:
            return
        run = room.cursor.ready()
        if run:
            self._keep(name, room, run)
            self._tell_arrived(name, room, [event for event in run if event.seq > room.silent])
            if room.present.happened(run):
                self._tell(People(room=name, members=room.present.members()))
        self._ask(name, room)

    def _ask(self, name: str, room: Room) -> None:
        """Send the next request for this room, unless one is under way."""
        if not room.entered or room.asked is not None:
            return
        if room.fork is not None:
            self._ask_fork(name, room, room.fork)
            return
        hole = room.cursor.missing()
        gap = room.cursor.gap_before()
        if hole is not None:
            request = self._request(name, after=hole[0], limit=hole[1])
            self._tally["gaps"] += room.is_new_hole(hole[0], hole[0] + hole[1])
        elif not room.wants_older:
            return
        elif gap is None:
            room.wants_older = 0
            self._tell(Older(room=name, events=[], more=False))
            return
        else:
            request = self._request(name, before=gap[0], limit=min(room.wants_older, gap[1]))
        room.asked = request.id

    def _request(self, name: str, **page: int) -> History:
        request = History(id=self._new_id(), room=name, **page)
        self._out.append(request)
        return request

    def _older_page(self, name: str, room: Room, events: list[StoredEvent], more: bool) -> None:
        room.wants_older = 0
        if not more:
            room.cursor.floor = min((event.seq for event in events), default=room.cursor.first)
        run = room.cursor.grow_back(events)
        self._keep(name, room, run)
        if run:
            room.cursor.shown = run[0].seq
        self._tell_older(name, room, run, room.cursor.shown)

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

    def _tell_arrived(self, name: str, room: Room, events: list[StoredEvent]) -> None:
        if events:
            self._tell(Arrived(room=name, events=events, epoch=room.epoch))

    def _tell_older(self, name: str, room: Room, events: list[StoredEvent], oldest: int) -> None:
        self._tell(Older(room=name, events=events, more=oldest > room.cursor.floor))

    def _tell(self, notice: Notice) -> None:
        self._out.append(effects.Tell(notice))
