"""Answers that store nothing: pages of history, lists of rooms and people, heads. Pure.

Read from the committed state, after the turn's commit. docs/protocol.md, "Requests" and "Catching up".
"""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import TypeVar, assert_never

import msgspec
from loggia.broker.core.permissions import HIDDEN, denied, role_of
from loggia.broker.core.refusals import why_not
from loggia.broker.core.rooms import RoomsState
from loggia.broker.core.state import Person, Room
from loggia.broker.sessions.history import EventPages, page
from loggia.broker.sessions.searching import Searching
from loggia.shared.protocol.answers import (
    Member,
    MembersAnswer,
    Pong,
    QueryAnswer,
    RoomInfo,
    RoomsAnswer,
)
from loggia.shared.protocol.limits import LIST_PAGE, Limits
from loggia.shared.protocol.requests import History, Members, Ping, Search, Typing
from loggia.shared.protocol.requests import Rooms as RoomsRequest

FORMS_CHARS = 20_000  # of names in one ping that are looked up in another form than they came in
LEAST_CHARS = 20  # and each counts as so many; a client that says a room's name as `joined` did needs none

Lookup = History | RoomsRequest | Members | Search | Ping
Query = Lookup | Typing  # which is told to others, and not answered
T = TypeVar("T")


class Asked(msgspec.Struct, gc=False):
    """A query and who asks it."""

    account: str
    request: Query


class Reader(msgspec.Struct, kw_only=True):
    """What queries are answered from. `is_online`: whether an account that is here has a connection now;
    `since`: since when it has none, Unix ms, if that is known."""

    rooms: RoomsState
    pages: EventPages
    searching: Searching
    is_online: Callable[[str], bool]
    since: Callable[[str], int | None]
    limits: Limits
    epoch: str

    def answer(self, account: str, request: Lookup, at: int) -> QueryAnswer:
        """What `account` may read; raises Refused. `at`: Unix ms."""
        match request:
            case History():
                room = self.readable(account, request, at)
                return page(request, room, self.pages, self.limits, self.epoch)
            case RoomsRequest():
                return self._room_list(account, request, at)
            case Members():
                return self._member_list(request, self.readable(account, request, at))
            case Search():
                where = None if request.room is None else self.readable(account, request, at)
                return self.searching.answer(account, request, where, at)
            case Ping():
                return self._pong(account, request, at)
        assert_never(request)

    def listed(self, account: str, room: Room) -> tuple[list[Member], bool]:
        """The first page of who is in the room, as far as `account`, who is let in now, may know, and whether
        there is more."""
        if denied(Members, account, room, room.at):
            return [], False
        return self._members(room, None, LIST_PAGE)

    def _members(self, room: Room, behind: str | None, limit: int) -> tuple[list[Member], bool]:
        """As `_page`. Each join is told of 200, so a crowd that comes back spends most of its time here."""
        here, more = _page(room.members(behind), limit)
        is_online, since = self.is_online, self.since
        return [
            Member(
                nick=person.nick,
                account=(account := person.account),
                presence="online"
                if (online := isinstance(person, Person) and is_online(account))
                else "away",
                bot=person.bot,
                role=role_of(account, room),
                status=person.status if isinstance(person, Person) else "",
                since=None if online else since(account),
            )
            for person in here
        ], more

    def readable(self, account: str, request: History | Members | Search | Typing, at: int) -> Room:
        """The room, for who may ask this of it."""
        assert request.room is not None
        room = self.rooms.room(request.room)
        if (refused := why_not(type(request), account, room, at, request.room)) is not None:
            raise refused
        assert room is not None
        return room

    def _member_list(self, request: Members, room: Room) -> MembersAnswer:
        members, more = self._members(room, request.after, request.limit)
        return MembersAnswer(id=request.id, room=room.name, members=members, more=more)

    def _room_list(self, account: str, request: RoomsRequest, at: int) -> RoomsAnswer:
        behind = self.rooms.open_to(account, request.after)
        rooms, more = _page(
            (room for room in behind if not denied(RoomsRequest, account, room, at)), request.limit
        )
        person = self.rooms.person(account)
        if person is None:  # who asks has said goodbye in the same turn
            return RoomsAnswer(id=request.id, rooms=[])
        upto = [(room.number, room.head if room.has(account) else 0) for room in rooms]
        unread = self.pages.unread(person.number, account, upto)
        told = [
            RoomInfo(
                room=room.name,
                head=room.head,
                members=room.size(),
                joined=room.has(account),
                title=room.title(account),
                kind=room.kind,
                role=role_of(account, room),
                subject="" if room.rules is None else room.rules.settings.subject,
                at=room.at,
                read=left.read,
                unread=left.unread,
                mentions=left.mentions,
            )
            for room, left in zip(rooms, unread, strict=True)
        ]
        return RoomsAnswer(id=request.id, rooms=told, more=more)

    def _pong(self, account: str, request: Ping, at: int) -> Pong:
        ahead, chars_left = {}, FORMS_CHARS
        for name, cursor in request.cursors.items():
            room = self.rooms.named(name)
            if room is None and not name.isascii():
                chars_left -= max(len(name), LEAST_CHARS)
                room = self.rooms.room(name) if chars_left >= 0 else None
            room = room or HIDDEN  # and the time tells nobody apart what is there from what is there for him
            if not denied(Ping, account, room, at) and room.head > cursor:
                ahead[name] = room.head
        return Pong(id=request.id, heads=ahead, at=at)


def _page(things: Iterable[T], limit: int) -> tuple[list[T], bool]:
    """The first ones, and whether there are more. No more are looked at than that takes."""
    found = list(islice(things, limit + 1))
    return found[:limit], len(found) > limit
