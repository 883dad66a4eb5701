# SPDX-License-Identifier: GPL-3.0-only
"""What the window shows: rooms, the one on the screen, people, the truth about the connection.

Pure: no thread, no Qt; time is an argument (`now`, seconds of a clock that never goes back).
"""

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import tzinfo
from typing import Any, Literal

import msgspec
from loggia.qtclient.state.room import MOST_PEOPLE, Outgoing, Room
from loggia.qtclient.state.rows import Me, RowBuilder, shown_name
from loggia.shared.client.commands import MarkRead, Say
from loggia.shared.client.updates import (
    Acted,
    ArchivedCopies,
    ArchivedEntries,
    Arrived,
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
    Typists,
    Unreachable,
    Update,
    VoidCopy,
    Waiting,
)
from loggia.shared.protocol.addresses import parse
from loggia.shared.protocol.answers import Member
from loggia.shared.protocol.limits import LOBBY, Limits
from loggia.shared.protocol.names import escaped
from msgspec import structs

Tone = Literal["muted", "ok", "warn", "error"]
_NOT_TAKEN = {  # why a message still waits
    None: "Server not reachable...",
    "storage_full": "The server's disk is full.",
    "slow_down": "This room is slow; it is sent when its turn comes.",
}


class ConnectionLine(msgspec.Struct, frozen=True):
    """One line of words and the tone of the sign before it."""

    text: str
    tone: Tone


class WindowState:
    """Updates go in by `apply`; widgets read the rest. `read`: the read marks of the last time."""

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
        self.endpoint = endpoint
        self.limits = Limits()
        self.status = ConnectionStatus(connection="connecting")
        self.problem = ""  # the last thing that was refused, in a sentence
        self.refused_nick: Failed | None = None
        self.attended = False  # the window is active and shows the newest row
        self._since = 0.0
        self._fold = RowBuilder(self.me, zone)
        self._read = dict(read or {})
        self.rooms: dict[str, Room] = {}
        for name in rooms:
            self.room(name).listed = True
        self.current = ""
        self._told = ""
        if current:
            self.look_at(current)

    def room(self, name: str) -> Room:
        """The room of that name, known from now on."""
        if name not in self.rooms:
            self.rooms[name] = Room(name, self._fold, self._read.get(name))
        return self.rooms[name]

    @property
    def here(self) -> Room | None:
        """The room on the screen."""
        return self.rooms.get(self.current)

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
        if name != self.current and self.here:
            self.here.look_away()
        self.current = name
        self.room(name).listed = True

    def attend(self, attended: bool) -> None:
        """Whether somebody is looking at the newest row of the room on the screen."""
        self.attended = attended
        if attended and self.here:
            self.here.attend()

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
        self.me.nick = nick

    def take_marks(self) -> list[MarkRead]:
        """Up to where rooms are read, of which the server does not know that."""
        marks = ((room, room.take_mark()) for room in self.rooms.values())
        return [
            MarkRead(room=room.name, seq=read, epoch=room.epoch) for room, read in marks if read is not None
        ]

    def read_marks(self) -> dict[str, int]:
        return {name: room.read for name, room in self.rooms.items() if room.read is not None}

    def waiting(self) -> int:
        return sum(room.waiting for room in self.rooms.values())

    def members(self, most: int = MOST_PEOPLE) -> list[Member]:
        """Who is in the room on the screen, at most so many: who is there first, then by name."""
        return self.here.first_people(most) if self.here else []

    # -- words ---------------------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        return self.status.connection == "connected"

    def retry_in_s(self, now: float) -> int | None:
        """Whole seconds until the next try, counting down; None when no try is planned."""
        if self.status.connection != "reconnecting" or self.status.retry_in_s is None:
            return None
        return max(0, math.ceil(self.status.retry_in_s - (now - self._since)))

    def status_line(self, now: float) -> ConnectionLine:
        text, tone = self._connection(now)
        return ConnectionLine(" · ".join(part for part in (text, self._copy(), self._outbox()) if part), tone)

    def presence_word(self) -> str:
        return "online" if self.connected else self.status.connection

    def _connection(self, now: float) -> tuple[str, Tone]:
        match self.status.connection:
            case "connecting":
                return f"connecting to {where(self.endpoint)}", "muted"
            case "connected":
                return f"connected to {where(self.endpoint)}, plain", "ok"
            case "reconnecting":
                seconds = self.retry_in_s(now)
                return (f"reconnecting in {seconds} s" if seconds else "reconnecting now"), "warn"
            case "offline":
                reason = self.status.reason.rstrip(".")
                return (f"offline: {reason}" if reason else "offline (your messages wait here)"), "warn"
            case "ended":
                return self.status.reason or "ended", "error"

    def _copy(self) -> str:
        room = self.here
        if room is None or self.status.connection == "ended":
            return ""
        soon = self.connected and not room.held.current
        if soon or (self.status.connection == "connecting" and not room.held.last):
            return ""  # it is told in a moment
        return room.held.words

    def _outbox(self) -> str:
        count = self.waiting()
        if not count or self.connected:
            return ""
        return "1 message waits" if count == 1 else f"{count} messages wait"

    def told_to_terminal(self) -> str | None:
        """A line for the terminal when the broker cannot be reached, or can again; None: nothing changed.

        One for each outage, with its first reason.
        """
        now = self.status.connection
        if now in ("connecting", "ended", self._told):
            return None
        before, self._told = self._told, now
        address, reason = escaped(self.endpoint), escaped(self.status.reason)
        if now == "connected":
            return f"Connected to {address}." if before else None
        if now == "offline":
            return f"Not connected to {address}: {reason}"
        return f"Server not reachable at {address} ({reason}); trying again by itself."

    # -- one method for each kind of update ----------------------------------------------------

    def _status(self, update: ConnectionStatus, now: float) -> None:
        self.status, self._since = update, now

    def _entered(self, update: Entered, now: float) -> None:
        self.me.nick = shown_name(update.nick)
        self.limits = update.limits
        if self.me.account != update.account:
            self.me.account = update.account
            for room in self.rooms.values():
                room.me_known()
        self.room(update.room).known_as(update.title, update.kind)
        self.room(update.room).known_head(update.head)
        self.current = self.current or update.room

    def _arrived(self, update: Arrived, now: float) -> None:
        room = self.room(update.room)
        room.epoch = update.epoch or room.epoch
        room.arrived(update.events, attended=self._attended(update.room))

    def _older(self, update: Older, now: float) -> None:
        room = self.room(update.room)
        room.epoch = update.epoch or room.epoch
        room.older(update.events, update.more, attended=self._attended(update.room))
        if update.refused is not None:
            self.problem = update.refused.text

    def _completeness(self, update: Completeness, now: float) -> None:
        self.room(update.room).held = update

    def _passed(self, update: Update, now: float) -> None:
        """Nothing to show: of Presence, PeopleChanged follows where it is a change."""

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
        elif update.id is None or not any(
            room.marked(update.id, "failed", update.text) for room in self.rooms.values()
        ):
            self.problem = update.text
            if update.room in self.rooms and not self.rooms[update.room].entered:
                self._gone(update.room)  # it could not be joined

    def _people(self, update: People, now: float) -> None:
        self.room(update.room).people(update.members, more=update.more)

    def _people_changed(self, update: PeopleChanged, now: float) -> None:
        self.room(update.room).people_changed(update)

    def _left(self, update: Left, now: float) -> None:
        self._gone(update.room)

    def _acted(self, update: Acted, now: float) -> None:
        self.me.nick = shown_name(update.nick) if update.nick else self.me.nick

    def _void_copy(self, update: VoidCopy, now: float) -> None:
        self.room(update.room).void(update)

    def _archived_copies(self, update: ArchivedCopies, now: float) -> None:
        for old in update.copies:
            self.room(old.room).old.append(old)

    def _read_state(self, update: ReadState, now: float) -> None:
        self.room(update.room).told_read(update, attended=self._attended(update.room))

    def _attended(self, name: str) -> bool:
        return self.attended and name == self.current

    def _gone(self, name: str) -> None:
        self.room(name).listed = self.room(name).entered = False
        if self.current == name:
            self.current = next((room.name for room in self.listed), "")


def where(endpoint: str) -> str:
    """The address as people say it."""
    if not endpoint.startswith("tcp://"):
        return endpoint.partition("://")[2] or endpoint
    place = parse(endpoint)
    return "this computer" if place.is_here else str(place)


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
    Inquired: WindowState._passed,
    Invited: WindowState._passed,
    Left: WindowState._left,
    VoidCopy: WindowState._void_copy,
    ArchivedCopies: WindowState._archived_copies,
    ArchivedEntries: WindowState._passed,
    Counts: WindowState._passed,
    Time: WindowState._passed,
}
