# SPDX-License-Identifier: GPL-3.0-only
"""A room's card: what it is about, and what one may change there. GUI thread, while it is open.

What nobody told the window, such as whether the room is slow, stays as it is unless somebody chooses.
"""

from collections.abc import Callable

import msgspec
from loggia.qtclient.dialogs.choices import ChoiceBox
from loggia.qtclient.dialogs.fitted import ScrolledDialog, Wrapped
from loggia.qtclient.dialogs.line_to_say import LineToSay
from loggia.qtclient.dialogs.question import Question
from loggia.qtclient.panels.painting import weighted
from loggia.qtclient.state.kinds import KINDS
from loggia.qtclient.state.times import when
from loggia.qtclient.style.fonts import scaled
from loggia.shared.protocol.answers import RoomInfo
from loggia.shared.protocol.limits import NAME_CHARS, NOTE_CHARS
from loggia.shared.protocol.names import quoted
from loggia.shared.protocol.requests import CloseRoom, Configure, Errand, Invite, ReopenRoom, SetSubject
from loggia.shared.protocol.roles import RANKS, Role, RoomKind
from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

WIDE_PX = 360
AS_IT_IS = -1
SLOW_S = {
    "How often: as it is": AS_IT_IS,
    "Write as often as they like": 0,
    "One message in ten seconds": 10,
    "One message in a minute": 60,
    "One message in ten minutes": 600,
}
ANNOUNCE = {
    "Who writes: as it is": AS_IT_IS,
    "All members write": 0,
    "Only moderators and owners write": 1,
}


DONE: dict[type, str] = {
    SetSubject: "It is set.",
    Configure: "It is set.",
    CloseRoom: "The room is closed.",
    ReopenRoom: "The room is open again.",
}


class MyRoom(msgspec.Struct, frozen=True, kw_only=True):
    """Which room it is, what I am there, and whether it is closed; None: nobody said. `subject`: what it is
    about, as far as it was told."""

    room: str
    label: str
    kind: RoomKind
    role: Role | None
    closed: bool | None = None
    subject: str = ""

    def may(self, least: Role) -> bool:
        return self.role is not None and self.kind != "direct" and RANKS[self.role] >= RANKS[least]


class RoomCard(ScrolledDialog):
    """Signal: `wished` with a request; the card stays open, as one may wish for more, and says what came of
    it. Attributes: `room`: its name; `place`: what I may there by now."""

    wished = pyqtSignal(object)

    def __init__(self, place: MyRoom, parent: QWidget | None = None) -> None:
        super().__init__(WIDE_PX, parent)
        self.place = place
        self.room = place.room
        self._title = Wrapped("", self)
        self._title.setFont(weighted(scaled(self.font(), 1.25)))
        self.about = Wrapped(KINDS[place.kind], self)
        self.about.setObjectName("muted")
        column = QVBoxLayout(self.body)
        column.setContentsMargins(20, 20, 20, 20)
        column.setSpacing(10)
        column.addWidget(self._title)
        column.addWidget(self.about)
        self._told = ""  # what it is about, as the broker said
        self._offered = self._offer()
        column.addWidget(self._offered)
        if self._guest is not None:
            self._guest.setFocus()
        self.outcome = Wrapped("", self)
        self.outcome.setObjectName("hint")
        self.outcome.hide()
        column.addWidget(self.outcome)
        self.question = Question(self)
        self.question.cancelled.connect(self._back)
        self.question.hide()
        column.addWidget(self.question)
        column.addStretch(1)
        self._call()

    def follow(self, place: MyRoom) -> None:
        """So it is now: how it is called, and what I may. A question about what I may no more is gone."""
        before, self.place = self.place, place
        self._call()
        if (place.role, place.closed) != (before.role, before.closed):
            was, self._offered = self._offered, self._offer()
            self.renew(was, self._offered)
        if not (place.may("owner") and place.closed is not True):
            self._back()
        self.fit()

    def _call(self) -> None:
        self.setWindowTitle(self.place.label)
        self._title.say(self.place.label)

    def tell(self, info: RoomInfo, now: int) -> None:
        """What the broker says of the room, when it does. `now`: Unix ms."""
        count = "1 person" if info.members == 1 else f"{info.members:,} people"
        last = when(info.at, now) if info.at else ""
        words = " · ".join(filter(None, (KINDS[self.place.kind], count, last and f"last {last}")))
        self.about.say("\n".join(filter(None, (words, info.subject))))
        self._told = info.subject
        if self.subject is not None and not self.subject.isModified():
            self.subject.setText(info.subject)
        self.fit()

    def answer(self, request: Errand, refused: str) -> None:
        """What came of a wish: it is done, or `refused`, in a sentence."""
        invited = request.who if isinstance(request, Invite) and not refused else ""
        done = f"{quoted(invited)} is invited." if invited else DONE.get(type(request), "")
        self.outcome.say(refused or done)
        self.outcome.setProperty("tone", "error" if refused else "")
        if (style := self.outcome.style()) is not None:
            style.unpolish(self.outcome)
            style.polish(self.outcome)
        self.outcome.setVisible(bool(self.outcome.text()))
        for wish, field in ((Invite, self._guest), (SetSubject, self.subject)):
            if field is not None:  # who has the keyboard there hears it, too
                field.setAccessibleDescription(
                    self.outcome.accessibleName() if isinstance(request, wish) else ""
                )
        if self._guest is not None and invited and self._guest.text().strip() == invited:
            self._guest.clear()  # for the next one
        self.fit()

    # -- what one may --------------------------------------------------------------------------

    def _offer(self) -> QWidget:
        """All that I may there, and nothing else."""
        place, offered = self.place, QWidget(self.body)
        self._lines = QVBoxLayout(offered)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(10)
        self.subject: QLineEdit | None = None
        self._guest: QLineEdit | None = None
        if place.may("member"):
            self._guest = self._line("invite", "Nickname of somebody", "Invite", NAME_CHARS, self._invite)
        if place.may("moderator"):
            self.subject = self._line("subject", "What it is about", "Set", NOTE_CHARS, self._set_subject)
            self.subject.setText(self._told)
        if place.may("owner"):
            self._own()
        return offered

    def _line(
        self, name: str, words: str, button: str, most: int, done: Callable[[str], Errand | None]
    ) -> QLineEdit:
        line = LineToSay(name, words, button, most, lambda text: self._said(line.edit, done(text)), self)
        self._lines.addLayout(line)
        return line.edit

    def _button(self, name: str, words: str, done: Callable[[], object]) -> QPushButton:
        made = QPushButton(words, self)
        made.setObjectName(name)
        made.setAutoDefault(False)
        made.clicked.connect(lambda: done())
        return made

    def _said(self, edit: QLineEdit, request: Errand | None) -> None:
        edit.setModified(False)
        if request is not None:
            self.wished.emit(request)

    def _own(self) -> None:
        """What owners may."""
        if self.place.kind == "private":
            self._line("title", "What people call it", "Rename", NAME_CHARS, self._rename)
        self.slow, self.announce = self._choice("slow", SLOW_S), self._choice("announce", ANNOUNCE)
        row = QHBoxLayout()
        row.setSpacing(8)
        if self.place.closed is not True:
            row.addWidget(self._button("close", "Close the room...", self._ask_close))
        if self.place.closed is not False:
            row.addWidget(self._button("reopen", "Open it again", self._reopen))
        self._lines.addLayout(row)

    def _choice(self, name: str, choices: dict[str, int]) -> ChoiceBox:
        box = ChoiceBox(next(iter(choices)).partition(":")[0], self)
        box.setObjectName(name)
        for words, value in choices.items():
            box.addItem(words, value)
        box.activated.connect(self._configure)
        self._lines.addWidget(box)
        return box

    # -- what is done --------------------------------------------------------------------------

    def _invite(self, who: str) -> Errand | None:
        return Invite(id="-", room=self.place.room, who=who) if who else None

    def _set_subject(self, subject: str) -> Errand:
        return SetSubject(id="-", room=self.place.room, subject=subject)

    def _rename(self, title: str) -> Errand | None:
        return Configure(id="-", room=self.place.room, title=title) if title else None

    def _configure(self) -> None:
        slow, announce = self.slow.currentData(), self.announce.currentData()
        if slow != AS_IT_IS or announce != AS_IT_IS:
            self.wished.emit(
                Configure(
                    id="-",
                    room=self.place.room,
                    slow_s=None if slow == AS_IT_IS else slow,
                    announce=None if announce == AS_IT_IS else bool(announce),
                )
            )

    def _reopen(self) -> None:
        self.wished.emit(ReopenRoom(id="-", room=self.place.room))

    def _ask_close(self) -> None:
        self.question.ask(
            f"Close {self.place.label}? Nobody writes there any more; all may read.",
            "Close it",
            lambda why, for_s: self._close_room(),
            lasting=False,
            reason=False,
        )
        self.question.show()
        self.fit()

    def _close_room(self) -> None:
        self._back()
        self.wished.emit(CloseRoom(id="-", room=self.place.room))

    def _back(self) -> None:
        self.question.hide()
        self.fit()
