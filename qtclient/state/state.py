# SPDX-License-Identifier: GPL-3.0-only
"""What the window shows: rooms, the one on the screen, people, the truth about the connection.

Pure: no thread, no Qt; time is an argument (`now`, seconds of a clock that never goes back).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import tzinfo
from typing import Any

from loggia.qtclient.state.crowd import MOST_PEOPLE
from loggia.qtclient.state.dates import Dates
from loggia.qtclient.state.lit import Lit
from loggia.qtclient.state.outgoing import Outgoing
from loggia.qtclient.state.room import Room
from loggia.qtclient.state.rows import Me, RowBuilder, shown_name
from loggia.qtclient.state.shown_out import ShownOut
from loggia.qtclient.state.sight import Span
from loggia.qtclient.state.status import ConnectionLine, Standing, in_line
from loggia.qtclient.state.thread import Thread
from loggia.shared.client.commands import MarkRead, Say
from loggia.shared.client.updates import (
    Acted,
    ArchivedCopies,
    ArchivedEntries,
    Arrived,
    Called,
    Completeness,
    ConnectionStatus,
    Counts,
    Delivered,
    Entered,
    Failed,
    Inquired,
    Invited,
    Left,
    Older,
    People,
    PeopleChanged,
    Presence,
    ReadState,
    Time,
    ToldChanges,
    ToldPins,
    Typists,
    Unreachable,
    Update,
    VoidCopy,
    Waiting,
)
from loggia.shared.protocol.answers import Member
from loggia.shared.protocol.limits import LOBBY, Limits
from msgspec import structs

_NOT_TAKEN = {  # why a message still waits
    None: "The server cannot be reached.",
    "storage_full": "The server's disk is full.",
    "slow_down": "This room is slow; it is sent when its turn comes.",
}


class WindowState:
    """Updates go in by `apply`; widgets read the rest. `read`: the read marks of the last time. `fold`: makes
    the rows of all rooms. `moved`: why another room is on the screen than was chosen, until it is taken."""

    def __init__(
        self,
        *,
        nick: str,
        endpoint: str,
        rooms: Iterable[str] = (LOBBY,),
        current: str = LOBBY,
        account: str = "",
        read: Mapping[str, int] | None = None,
        zone: tzinfo | None = None,
    ) -> None:
        self.me = Me(nick=nick, account=account)
        self.standing = Standing(endpoint)
        self.limits = Limits()
        self.problem = ""  # the last thing that was refused, in a sentence
        self.refused_nick: Failed | None = None
        self.tone = ""  # of the skin, that was chosen last (see tones.py)
        self.directory: tuple[str, ...] = ()  # the public rooms that the server told of last, by name
        self.lit: Lit | None = None  # what was found, until somebody goes elsewhere
        self.fold = RowBuilder(self.me, zone)
        self.dates = Dates(zone)
        self.shown_out = ShownOut()
        self._read = dict(read or {})
        self.rooms: dict[str, Room] = {}
        for name in rooms:
            self.room(name).listed = True
        self.current = self._before = self.moved = ""
        if current:
            self.look_at(current)

    def room(self, name: str) -> Room:
        """The room of that name, known from now on."""
        if name not in self.rooms:
            self.rooms[name] = Room(name, self.fold, self._read.get(name))
        return self.rooms[name]

    def thread(self, room: Room, root: int) -> Thread:
        """The thread that this message of the room began; nothing of it is here yet."""
        return Thread(room, root, self.fold)

    @property
    def here(self) -> Room | None:
        """The room on the screen."""
        return self.rooms.get(self.current)

    def is_in(self, name: str) -> bool:
        """The broker has us in that room."""
        room = self.rooms.get(name)
        return room is not None and room.listed and room.entered

    def label(self, name: str) -> str:
        """What a room is called, with its sign; empty where there is none."""
        return self.rooms[name].label if name in self.rooms else f"# {name}" if name else ""

    @property
    def listed(self) -> list[Room]:
        """The rooms of the sidebar; those that were left keep their rows, but are not among them."""
        return [room for room in self.rooms.values() if room.listed]

    def apply(self, updates: Iterable[Update], now: float) -> None:
        for update in updates:
            _APPLY[type(update)](self, update, now)

    def look_at(self, name: str) -> None:
        """Show another room; one that is not known yet is entered by the caller."""
        self.room(name).listed, self.moved = True, ""
        self._show(name)

    def _show(self, name: str) -> None:
        if name == self.current:
            return
        if self.here:
            self.here.look_away()
        self._before, self.current, self.lit = self.current, name, None
        if self.here:
            self.here.stay.begin()

    def attend(self, sight: Span | None, now: float, *, newest: bool = False) -> None:
        """What somebody looks at of the room on the screen: see Room.attend."""
        if self.here:
            self.here.attend(sight, now, newest=newest)

    def read_at(self, now: float) -> float | None:
        """When more of what is on the screen will be read; None: all of that is, or nobody looks."""
        return self.here.reading.due_at(now) if self.here else None

    def forget(self, id: str) -> Say | None:
        """A message of the outbox is retried or discarded: its row goes.

        Returns what one said that was stored, and went with the log's restore: it is in no outbox.
        """
        gone = None
        for room in self.rooms.values():
            outgoing = room.forget(id)
            if outgoing is not None and outgoing.seq is not None:
                gone = structs.replace(outgoing.say, id="")
        return gone

    def renamed(self, nick: str) -> None:
        """Another nickname is tried; who I am is told by the broker."""
        self._me(nick, self.me.account)

    def take_marks(self) -> list[MarkRead]:
        """Up to where rooms are read, of which the server does not know that."""
        marks = ((room, room.reading.take_mark()) for room in self.rooms.values())
        return [
            MarkRead(room=room.name, seq=read, epoch=room.epoch) for room, read in marks if read is not None
        ]

    def read_marks(self) -> dict[str, int]:
        return {name: room.read for name, room in self.rooms.items() if room.read is not None}

    def waiting(self) -> int:
        return sum(room.waiting for room in self.rooms.values())

    def unsent(self) -> list[Say]:
        """What is in the outbox, the newest first."""
        waiting = [one for room in self.rooms.values() for one in room.outgoing.values()]
        newest = sorted(waiting, key=lambda one: one.at, reverse=True)
        return [one.say for one in newest if one.sign in ("waiting", "unreachable")]

    def members(self, most: int = MOST_PEOPLE) -> list[Member]:
        """Who is in the room on the screen, at most so many: who is there first, then by name."""
        return self.here.crowd.first(most) if self.here else []

    # -- words ---------------------------------------------------------------------------------

    @property
    def status(self) -> ConnectionStatus:
        return self.standing.status

    @property
    def connected(self) -> bool:
        return self.standing.connected

    def status_line(self, now: float) -> ConnectionLine:
        line = self.standing.line(now)
        copy = self.standing.copy(self.here.held) if self.here else ""
        return in_line(line, self._outbox(), copy)

    def details(self) -> str:
        """What the status line does not say, in lines: how we are connected, what of the room is here."""
        room = self.here
        held = f"{room.label}: {room.held.words}" if room and room.held.words else ""
        return "\n".join(filter(None, (*self.standing.details(), held)))

    def _outbox(self) -> str:
        count = self.waiting()
        if not count or self.connected:
            return ""
        return "1 message waits" if count == 1 else f"{count:,} messages wait"

    # -- one method for each kind of update ----------------------------------------------------

    def _status(self, update: ConnectionStatus, now: float) -> None:
        if self.standing.take(update, now):
            for room in self.rooms.values():
                room.cut()

    def _entered(self, update: Entered, now: float) -> None:
        self._me(shown_name(update.nick), update.account)
        self.limits = update.limits
        self.room(update.room).known_as(update.title, update.kind)
        self.room(update.room).known_head(update.head)
        self.room(update.room).rules.entered(update.role, update.subject, update.head)
        self._show(self.current or update.room)

    def _me(self, nick: str, account: str) -> None:
        """So I am called, and that is who I am: other messages may be mine, or mean me."""
        if (self.me.nick, self.me.account) != (nick, account):
            self.me.nick, self.me.account = nick, account
            for room in self.rooms.values():
                room.me_known()

    def _arrived(self, update: Arrived, now: float) -> None:
        room = self.room(update.room)
        room.epoch = update.epoch or room.epoch
        room.arrived(update.events)
        self.shown_out.heard(update.room, update.events, self.me.account)

    def _older(self, update: Older, now: float) -> None:
        room = self.room(update.room)
        room.epoch = update.epoch or room.epoch
        if update.id:  # they are for who asked by that
            room.told(update.events)
            return
        room.older(update.events, update.more)
        if update.refused is not None:
            self.problem = update.refused.text

    def _completeness(self, update: Completeness, now: float) -> None:
        self.room(update.room).held = update

    def _passed(self, update: Update, now: float) -> None:
        """Nothing to show: answers are for who asked, and of Presence, PeopleChanged follows a change."""

    def _waiting(self, update: Waiting, now: float) -> None:
        room = self.room(update.say.room)
        room.forget(update.was)
        room.waits(Outgoing(say=update.say, at=update.at))

    def _delivered(self, update: Delivered, now: float) -> None:
        self.room(update.room).marked(update.id, "stored", seq=update.seq)

    def _unreachable(self, update: Unreachable, now: float) -> None:
        reason = _NOT_TAKEN.get(update.code, "The server cannot store this now.")
        self.room(update.room).marked(update.id, "unreachable", reason)

    def _failed(self, update: Failed, now: float) -> None:
        if update.code in ("nick_taken", "bad_nick"):
            self.refused_nick = update
            return
        rooms = self.rooms.values() if update.id is not None else ()
        marked = next((room for room in rooms if room.marked(update.id or "", "failed", update.text)), None)
        if marked is None:
            self.problem = update.text
            if update.room in self.rooms and (update.shows_out or not self.rooms[update.room].entered):
                self._gone(update.room, update.text)  # it could not be joined, or I am in it no more
        elif marked is not self.here or not marked.stay.attended:  # nobody sees its row
            self.problem = f"What you said in {marked.label} was not sent: {update.text}"

    def _people(self, update: People, now: float) -> None:
        self.room(update.room).people(update.members, more=update.more)

    def _people_changed(self, update: PeopleChanged, now: float) -> None:
        self.room(update.room).people_changed(update)

    def _left(self, update: Left, now: float) -> None:
        why = self.shown_out.told(update.room, self.label(update.room))
        self._gone(update.room, why if self.room(update.room).listed else "")  # or it was told already

    def _acted(self, update: Acted, now: float) -> None:
        if update.nick:
            self._me(shown_name(update.nick), self.me.account)

    def _called(self, update: Called, now: float) -> None:
        self._me(shown_name(update.nick), self.me.account)

    def _void_copy(self, update: VoidCopy, now: float) -> None:
        self.room(update.room).void(update)

    def _archived_copies(self, update: ArchivedCopies, now: float) -> None:
        for old in update.copies:
            self.room(old.room).old.append(old)

    def _read_state(self, update: ReadState, now: float) -> None:
        self.room(update.room).told_read(update)

    def _gone(self, name: str, why: str) -> None:
        self.problem = why or self.problem
        self.room(name).listed = self.room(name).entered = False
        if self.current == name:
            names = [room.name for room in self.listed]
            self._show(self._before if self._before in names else next(iter(names), ""))
            self.moved = why


_APPLY: dict[type, Callable[[WindowState, Any, float], None]] = {
    ConnectionStatus: WindowState._status,
    Entered: WindowState._entered,
    Arrived: WindowState._arrived,
    Older: WindowState._older,
    Completeness: WindowState._completeness,
    Waiting: WindowState._waiting,
    Delivered: WindowState._delivered,
    Unreachable: WindowState._unreachable,
    Failed: WindowState._failed,
    People: WindowState._people,
    PeopleChanged: WindowState._people_changed,
    Presence: WindowState._passed,
    Typists: WindowState._passed,
    ReadState: WindowState._read_state,
    Acted: WindowState._acted,
    Called: WindowState._called,
    Inquired: WindowState._passed,
    Invited: WindowState._passed,
    Left: WindowState._left,
    VoidCopy: WindowState._void_copy,
    ArchivedCopies: WindowState._archived_copies,
    ArchivedEntries: WindowState._passed,
    ToldChanges: WindowState._passed,
    ToldPins: WindowState._passed,
    Counts: WindowState._passed,
    Time: WindowState._passed,
}
