# SPDX-License-Identifier: GPL-3.0-only
"""What is done with messages of the room on the screen: each is a request to the broker. GUI thread."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from loggia.qtclient.asking import Asking
from loggia.qtclient.dialogs.confirm import Confirm
from loggia.qtclient.panels.answering import Answering
from loggia.qtclient.panels.composer import Composer
from loggia.qtclient.state.became import PutSign
from loggia.qtclient.state.earlier import earlier
from loggia.qtclient.state.emoji import few, in_line
from loggia.qtclient.state.links import Going, doubt, in_letters
from loggia.qtclient.state.markup import seen
from loggia.qtclient.state.message import MessageRow
from loggia.qtclient.state.message_rights import Right, may
from loggia.qtclient.state.reactors import reactors
from loggia.qtclient.state.room import Room
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.state.tones import toned
from loggia.qtclient.timeline.choose_sign import FIRST, ChooseSign, six_of
from loggia.qtclient.timeline.parts.acts import CHANGE, PIN, REACT, REMOVE, REPLY
from loggia.qtclient.timeline.parts.changed import SHOW_EARLIER
from loggia.qtclient.timeline.parts.reactions import TOGGLE
from loggia.qtclient.timeline.parts.text import OPEN_LINK
from loggia.qtclient.timeline.sheet import Sheet
from loggia.qtclient.timeline.view import Timeline
from loggia.shared.client.updates import Acted, ToldChanges
from loggia.shared.protocol.answers import retry_after
from loggia.shared.protocol.names import escaped, quoted
from loggia.shared.protocol.requests import Delete, MessageChange, Pin, React
from PyQt6.QtCore import QObject, QUrl, pyqtSignal
from PyQt6.QtGui import QDesktopServices

SHOWN_CHARS = 300  # of what a question is about
SCHEMES = ("http", "https", "mailto")  # nothing else is ever handed to other programs


class _Place(NamedTuple):
    """The room of a message, and the life of its log in which that has its number."""

    room: Room
    epoch: str


class MessageActs(QObject):
    """What cannot be done is said by `composer`, until they `turn`. Signal `changing` with the row of a
    message of mine that is to be changed.

    Attributes: `by_id`: what is done for each action. `signs`: those that are offered at first.
    """

    changing = pyqtSignal(object)

    def __init__(
        self,
        state: WindowState,
        asking: Asking,
        timeline: Timeline,
        answering: Answering,
        composer: Composer,
    ) -> None:
        super().__init__(timeline)
        self._state = state
        self._asking = asking
        self._composer = self._tells = composer
        self._among = timeline
        timeline.reach.may = self._may
        timeline.reach.who = self._who
        self._answering = answering
        self.signs = FIRST
        self.by_id: dict[str, Callable[[Any], None]] = {
            TOGGLE.id: self._put,
            OPEN_LINK.id: self._open,
            REPLY.id: self._answer,
            REACT.id: self._choose,
            CHANGE.id: self.changing.emit,
            PIN.id: self._pin,
            REMOVE.id: self._remove,
            SHOW_EARLIER.id: self._show_earlier,
        }

    def turn(self, among: Timeline, composer: Composer) -> None:
        """What is asked for from now on is so among those messages, where that composer is."""
        self._among, self._tells = among, composer

    def _may(self, right: Right, row: object) -> bool:
        return may(right, row, self._state.here, self._state.me.account, self._tells.now())

    def _who(self, accounts: Sequence[str]) -> str:
        room = self._state.here
        return reactors(room, accounts, self._state.me.account) if room else ""

    @property
    def _here(self) -> _Place | None:
        room = self._state.here
        return None if room is None else _Place(room, room.epoch)

    def _put(self, put: PutSign) -> None:
        if (here := self._here) is not None:
            self._ask(React(id="-", room=here.room.name, seq=put.seq, emoji=put.emoji, on=put.on), here)

    def _pin(self, pin: tuple[int, bool]) -> None:
        if (here := self._here) is not None:
            self._ask(Pin(id="-", room=here.room.name, seq=pin[0], on=pin[1]), here)

    def _answer(self, seq: int) -> None:
        room = self._state.here
        if room is not None:
            self._answering.begin(room, seq)
            self._composer.editor.setFocus()

    def _choose(self, seq: int) -> None:
        """Which sign to put to that message."""
        at, here = self._among, self._here
        row = at.message(seq)
        if row is None:
            return
        mine = [one.emoji for one in row.became.reactions if one.mine]
        signs = ChooseSign(self.signs, mine, self._state.tone, at)
        signs.toned.connect(self._tone)
        signs.chosen.connect(lambda emoji: self._put_chosen(at, here, seq, emoji))
        by_bar = at.bar.pressed_at()
        signs.open_at(by_bar or at.reach.corner(row.key), to_left=by_bar is not None)

    def _tone(self, tone: str) -> None:
        """From now on pictures of people are offered so, also those that were used before."""
        self._state.tone = tone
        self.signs = tuple(toned(sign, tone) for sign in self.signs)

    def _put_chosen(self, at: Timeline, place: _Place | None, seq: int, emoji: str) -> None:
        if place != self._here:
            return  # another message may have that number
        self.signs = six_of((emoji, *self.signs))
        row = at.message(seq)
        mine = row is not None and any(one.emoji == emoji and one.mine for one in row.became.reactions)
        self._put(PutSign(seq, emoji, on=not mine))

    def _remove(self, row: MessageRow) -> None:
        if (here := self._here) is None:
            return
        whose = "your message" if row.own else f"the message of {quoted(row.nick)}"
        words = (f"Delete {whose} for everybody? Nobody can bring it back.", _begin(row.text))
        request = Delete(id="-", room=here.room.name, seq=row.seq or 0)
        self._ask_whether(
            "Delete this message?", words, "Delete it", "Keep it", lambda: self._ask(request, here)
        )

    def _show_earlier(self, row: MessageRow) -> None:
        room, at = self._state.here, self._among
        if room is not None and row.seq is not None:
            self._asking.read_changes(
                room.name, room.epoch, row.seq, lambda told: self._show_texts(at, row, told)
            )

    def _show_texts(self, at: Timeline, row: MessageRow, told: ToldChanges) -> None:
        """Of the message as it is by now, if that is still shown."""
        if told.room == self._state.current:
            row = at.message(told.seq) or row
            title = f"The message of {quoted(row.nick)}, {row.clock}"
            Sheet(title, earlier(row, told.events, self._state.dates), at).open()

    def _open(self, link: Going) -> None:
        why = doubt(link.shown, link.target)
        if not why:
            self._go(link.target)
            return
        said = f"Written there: {escaped(_begin(link.shown))}"
        goes = f"It goes to: {escaped(in_letters(link.target))}"
        self._ask_whether(
            "Open this link?", (why, said, goes), "Open it", "Do not open", lambda: self._go(link.target)
        )

    def _ask_whether(
        self, title: str, words: Sequence[str], yes: str, no: str, done: Callable[[], None]
    ) -> None:
        """Ask, and go on meanwhile; if it is wanted, do it."""
        dialog = Confirm(title, words, yes=yes, no=no, parent=self._among.window())
        dialog.accepted.connect(done)
        dialog.open()

    def _go(self, target: str) -> None:
        url = QUrl(target)
        if not (url.isValid() and url.scheme() in SCHEMES and QDesktopServices.openUrl(url)):
            self._tells.tell("No program of this computer opens that link. Its menu copies the text.")

    def _ask(self, request: MessageChange, place: _Place) -> None:
        self._asking.act(request, partial(self._answered, self._tells, place.room), place.epoch)

    def _answered(self, composer: Composer, room: Room, told: Acted) -> None:
        if told.refused is not None and told.refused.code == "muted":  # so one may not write, either
            wait = retry_after(told.refused)
            ends = math.inf if wait is None else composer.now() + wait
            room.rules.teach("muted", told.refused.text, self._state.me.account, ends)
        if told.refused is not None:  # a thread may be closed by now
            (composer if composer.isVisible() else self._composer).tell(told.refused.text)


def _begin(text: str) -> str:
    """What a question is about: as much as tells what that is."""
    begin = seen(text[:SHOWN_CHARS])
    return in_line(begin) if len(text) <= SHOWN_CHARS else f"{few(begin)}..."
