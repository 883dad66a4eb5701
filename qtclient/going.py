# SPDX-License-Identifier: GPL-3.0-only
"""Where one goes from here: by Ctrl+K to a room, to somebody, to a message that was found; and whom one
meets: a person's card, and a room's. GUI thread."""

import time
from collections.abc import Callable
from datetime import date
from functools import partial

from loggia.qtclient.asking import Asking
from loggia.qtclient.dialogs.go_to import GoTo
from loggia.qtclient.dialogs.person_card import Encounter, PersonCard
from loggia.qtclient.dialogs.room_card import MyRoom, RoomCard
from loggia.qtclient.holding import Holding
from loggia.qtclient.models.people import PersonRow
from loggia.qtclient.state.findable import known_day, known_people, known_rooms
from loggia.qtclient.state.finding import (
    DayFound,
    Finder,
    Found,
    MessageFound,
    PersonFound,
    RoomFound,
    RoomToMake,
)
from loggia.qtclient.state.lit import Lit
from loggia.qtclient.state.message import MessageRow
from loggia.qtclient.state.message_rights import role_of
from loggia.qtclient.state.room import Room
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style.theme import Colors, sender
from loggia.shared.client.updates import Acted, Inquired
from loggia.shared.protocol.answers import Member
from loggia.shared.protocol.requests import Create, Direct, Errand, Rooms
from PyQt6.QtWidgets import QWidget

OFFLINE = "There is no connection now; try again when it is back."


class Ways:
    """`go` shows a room, entering it; `lead` a message of any room by its seq; `to_day` a day of the room on
    the screen; `tell` says a sentence to who sits here; `holding` gives what waits before it is said."""

    def __init__(
        self,
        window: QWidget,
        state: WindowState,
        asking: Asking,
        colors: Colors,
        *,
        go: Callable[[str], None],
        lead: Callable[[str, int], None],
        to_day: Callable[[date], None],
        tell: Callable[[str], None],
        holding: Callable[[], Holding],
    ) -> None:
        self._window = window
        self._state = state
        self._asking = asking
        self._go = go
        self._lead = lead
        self._to_day = to_day
        self._tell = tell
        self._holding = holding
        self._colors = colors
        self.dialog: GoTo | None = None
        self.card: PersonCard | None = None
        self.room_card: RoomCard | None = None

    def ask(self) -> None:
        """Ask where to."""
        if self.dialog is not None:
            self.dialog.activateWindow()
            return
        self.dim()
        rooms = self._state.listed
        people = known_people(rooms, self._state.me.account)
        finder = Finder(known_rooms(rooms), people, self._state.limits, self._day)
        self.dialog = dialog = GoTo(finder, self._asking, self._colors, self._window)
        dialog.finished.connect(self._answered)
        dialog.open()

    def _day(self, text: str) -> DayFound | None:
        dates = self._state.dates
        return known_day(text, self._state.here, dates, dates.date(_now_ms()))

    def dim(self) -> bool:
        """What was found is lit no more. False if nothing was."""
        was, self._state.lit = self._state.lit, None
        return was is not None

    def look(self, colors: Colors) -> None:
        """Other colours, also while it is asked."""
        self._colors = colors
        if self.dialog is not None:
            self.dialog.look(colors)
        if self.card is not None:
            self.card.follow(self.card.met, colors, self._color(self.card.met))

    def refresh(self) -> None:
        """The cards that are open tell what the state has now; that of a room that I am out of is gone."""
        if (card := self.card) is not None:
            met = self._met_now(card.met)
            if met != card.met:
                card.follow(met, self._colors, self._color(met))
        if (about := self.room_card) is not None:
            room = self._state.rooms[about.room]
            if not room.listed:
                about.reject()
            elif (place := self._place(room)) != about.place:
                about.follow(place)
                self._ask_about(about, about.room)

    def to(self, found: Found) -> None:
        """To what was chosen."""
        match found:
            case RoomToMake(private=True):
                self._make(Create(id="-", room=found.room, private=True))
            case RoomFound() | RoomToMake():
                self._go(found.room)
            case PersonFound():
                self.write_to(found.who)
            case DayFound():
                if found.room != self._state.current:
                    self._go(found.room)
                self._to_day(found.day)
            case MessageFound():
                self._lead(found.room, found.seq)
                self._state.lit = None if found.hit is None else Lit.of_hit(found.hit)

    def write_to(self, who: str) -> None:
        """To the conversation with this account, or nick: the same one every time."""
        self._make(Direct(id="-", people=[who]))

    def meet_sender(self, of: MessageRow) -> None:
        """Show the card of who said something in the room on the screen, and may have left it since."""
        state, room = self._state, self._state.here
        if room is None:
            return
        member = room.members.get(of.account)
        there = member or Member(nick=of.nick, account=of.account, presence="away")
        gone = _absence(room) if member is None else None
        is_me = of.account == state.me.account
        self.meet(PersonRow(of.account, there, is_me, state.connected, room.hues.of(of.account)), gone)

    def meet(self, row: PersonRow, gone: str | None = None) -> None:
        """Show the card of somebody in the room on the screen; or, with `gone`, of somebody who is not among
        those who are known to be there: what is said of that."""
        room, account = self._state.here, row.member.account
        if room is None or self.card is not None:
            return
        met = self._encounter(room, row.member, gone)
        self.card = card = PersonCard(met, self._colors, self._color(met), _now_ms, self._window)
        card.writing.connect(lambda: self.write_to(account))
        card.wished.connect(self._wish)
        card.renamed.connect(self._rename)
        card.held.connect(self._holding().turn)
        card.finished.connect(self._met)
        card.open()

    def _encounter(self, room: Room, member: Member, gone: str | None) -> Encounter:
        state, is_me = self._state, member.account == self._state.me.account
        role = role_of(room, state.me.account, state.me.account) if room.listed else None
        return Encounter(
            member=member,
            room=room.name,
            label=room.label,
            kind=room.kind,
            role=role if gone is None else None,
            me=is_me,
            known=state.connected,
            gone=gone,
            quiet=room.rules.is_quiet(member.account, _now_ms(), whole=room.is_whole),
            holds=self._holding().on if is_me else None,
        )

    def _met_now(self, met: Encounter) -> Encounter:
        """Whoever was met, as he is there now."""
        room = self._state.rooms[met.room]
        member = room.members.get(met.member.account)
        is_known = met.me or member is not None
        return self._encounter(room, member or met.member, None if is_known else _absence(room))

    def _color(self, met: Encounter) -> str:
        hues = self._state.rooms[met.room].hues
        return self._colors.accent if met.me else sender(hues.of(met.member.account), self._colors)

    def look_into(self, name: str) -> None:
        """Show the card of one of my rooms."""
        room = self._state.rooms.get(name)
        if room is None or self.room_card is not None:
            return
        self.room_card = card = RoomCard(self._place(room), self._window)
        card.wished.connect(lambda request: self._wish_there(card, request))
        card.finished.connect(self._looked)
        self._ask_about(card, name)
        card.open()

    def _place(self, room: Room) -> MyRoom:
        account, rules = self._state.me.account, room.rules
        return MyRoom(
            room=room.name,
            label=room.label,
            kind=room.kind,
            role=role_of(room, account, account),
            closed=rules.is_closed(whole=room.is_whole),
            subject=rules.subject,
        )

    def _ask_about(self, card: RoomCard, name: str) -> None:
        # a page of the list of rooms begins behind a name: behind this one without its last sign
        asked = self._asking.inquire(Rooms(id="-", after=name[:-1] or None), partial(self._about, name))
        card.finished.connect(lambda: self._asking.drop(asked))

    def _about(self, name: str, told: Inquired) -> None:
        for info in told.rooms:
            if info.room == name and self.room_card is not None:
                self.room_card.tell(info, _now_ms())

    def _looked(self) -> None:
        card, self.room_card = self.room_card, None
        if card is not None:
            card.deleteLater()

    def _wish(self, request: Errand) -> None:
        if self._state.connected:
            self._asking.act(request, self._done)
        else:
            self._tell(OFFLINE)

    def _rename(self, nick: str) -> None:
        if self._state.connected:
            self._asking.take_nick(nick, self._done)
        else:
            self._tell(OFFLINE)

    def _wish_there(self, card: RoomCard, request: Errand) -> None:
        """What comes of it is said on the card, if that is open by then."""
        if self._state.connected:
            self._asking.act(request, lambda told: self._done_there(card, request, told))
        else:
            card.answer(request, OFFLINE)

    def _done_there(self, card: RoomCard, request: Errand, told: Acted) -> None:
        if self.room_card is not card:
            self._done(told)
            return
        card.answer(request, told.refused.text if told.refused is not None else "")
        if told.refused is None:
            self._ask_about(card, card.room)

    def _done(self, told: Acted) -> None:
        """The room tells what was done; only a refusal is to be said."""
        if told.refused is not None:
            self._tell(told.refused.text)

    def _met(self) -> None:
        card, self.card = self.card, None
        if card is not None:
            card.deleteLater()

    def _make(self, request: Create | Direct) -> None:
        if self._state.connected:
            self._asking.act(request, self._made)
        else:
            self._tell(OFFLINE)

    def _made(self, told: Acted) -> None:
        if told.refused is None:
            self._go(told.room)
        else:
            self._tell(told.refused.text)

    def _answered(self) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is not None:
            dialog.deleteLater()
            if dialog.chosen is not None:
                self.to(dialog.chosen)


def _absence(room: Room) -> str:
    """What is said of somebody who is not among those who are known to be there."""
    return "" if room.crowd.more else "not here now"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
