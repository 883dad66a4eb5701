# SPDX-License-Identifier: GPL-3.0-only
"""A person's card: who it is, and what one may do about him in the room. GUI thread, while it is open."""

from collections.abc import Callable

import msgspec
from loggia.qtclient.dialogs.choices import ChoiceBox, Tick
from loggia.qtclient.dialogs.fitted import ScrolledDialog, Wrapped
from loggia.qtclient.dialogs.line_to_say import LineToSay
from loggia.qtclient.dialogs.question import Question
from loggia.qtclient.panels.painting import weighted
from loggia.qtclient.state.emoji import in_line
from loggia.qtclient.state.rights import ROLE_WORDS, Act, acts, given, roles
from loggia.qtclient.state.times import when
from loggia.qtclient.style.fonts import scaled
from loggia.qtclient.style.initials import paint_circle
from loggia.qtclient.style.theme import Colors
from loggia.shared.protocol.answers import Member
from loggia.shared.protocol.limits import NAME_CHARS, STATUS_CHARS
from loggia.shared.protocol.names import quoted
from loggia.shared.protocol.requests import Errand, SetStatus
from loggia.shared.protocol.roles import Role, RoomKind
from PyQt6.QtCore import QRectF, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PyQt6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

WIDE_PX = 340
CIRCLE_PX = 56
HOLD = "Let me take back what I say"
HOW = "It waits 5 seconds before it leaves; where nothing is written, Ctrl+Z takes it back."


class Encounter(msgspec.Struct, frozen=True, kw_only=True):
    """Whom one meets, and where. `role`: mine there, None: nobody said; `me`: it is myself; `known`: there is
    a connection, so that presence is true; `quiet`: that one may write nothing; `holds`: what I say waits a
    moment; None: nobody said. `gone`: it is nobody who is known to be in the room, and what is said of that;
    None: it is.
    """

    member: Member
    room: str
    label: str
    kind: RoomKind
    role: Role | None
    me: bool
    known: bool
    quiet: bool | None = None
    holds: bool | None = None
    gone: str | None = None


class PersonCard(ScrolledDialog):
    """Signals: `writing` to whoever it is; `wished` with a request that was confirmed where it does harm;
    `held` with whether what I say shall wait a moment; `renamed` with what I want to be called.

    `color`: of whoever it is; `now` gives Unix ms. Attribute `met`: who it is, and what one may, by now.
    """

    writing = pyqtSignal()
    wished = pyqtSignal(object)
    held = pyqtSignal(bool)
    renamed = pyqtSignal(str)

    def __init__(
        self,
        met: Encounter,
        colors: Colors,
        color: str,
        now: Callable[[], int],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(WIDE_PX, parent)
        self.met = met
        self._now = now
        self._asked = ""  # the id of the act that is asked about
        self.about = Wrapped("", self)
        self.about.setObjectName("muted")
        self.nick = Wrapped("", self)
        self.nick.setFont(weighted(scaled(self.font(), 1.25)))
        self._circle = _Circle(met.member.nick, color, colors, self)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._circle, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.nick)
        words.addWidget(self.about)
        head.addLayout(words, 1)
        column = QVBoxLayout(self.body)
        column.setContentsMargins(20, 20, 20, 20)
        column.setSpacing(12)
        column.addLayout(head)
        self.buttons = self._acts()
        column.addWidget(self.buttons)
        self.question = Question(self)
        self.question.cancelled.connect(self._back)
        self.question.hide()
        column.addWidget(self.question)
        self._tell()

    def follow(self, met: Encounter, colors: Colors, color: str) -> None:
        """So it is now: who it is, and what one may. A question about what one may no more is gone."""
        before, self.met = self.met, met
        self._circle.show_nick(met.member.nick, color, colors)
        self._tell()
        if _offered(met) != _offered(before):
            was, self.buttons = self.buttons, self._acts()
            self.renew(was, self.buttons)
        elif met.me:
            self._say_again("status-text", met.member.status)
            self._say_again("nick-text", met.member.nick)
        if not self.question.isHidden() and self._asked not in _offered(met):
            self._back()
        self.fit()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Escape takes back the question, and then the card."""
        if event is not None and event.key() == Qt.Key.Key_Escape and not self.question.isHidden():
            self._back()
        else:
            super().keyPressEvent(event)

    # -- what it shows -------------------------------------------------------------------------

    def _tell(self) -> None:
        self.setWindowTitle(self.met.member.nick)
        self.nick.say(self.met.member.nick)
        self.about.say("\n".join(self._about()))

    def _say_again(self, name: str, text: str) -> None:
        """In a line in which nobody has written."""
        line = self.buttons.findChild(QLineEdit, name)
        if line is not None and not line.isModified():
            line.setText(text)

    def _about(self) -> list[str]:
        member, met = self.met.member, self.met
        role = "" if met.kind == "direct" or met.gone is not None else f"{member.role} of {met.label}"
        return [
            line
            for line in ("you" * met.me, self._presence(), in_line(member.status), "a bot" * member.bot, role)
            if line
        ]

    def _presence(self) -> str:
        member = self.met.member
        if not self.met.known:
            return "nobody knows without a connection whether this person is here"
        if self.met.gone is not None:
            return self.met.gone
        if member.presence == "online":
            return "online"
        since = "" if member.since is None else when(member.since, self._now())
        return f"away since {since}" if since else "away"

    def _acts(self) -> QWidget:
        """Only what one may."""
        met = self.met
        place = QWidget(self)
        column = QVBoxLayout(place)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        if not met.me:
            write = QPushButton("Write a message", place)
            write.setObjectName("primary")
            write.setDefault(True)
            write.clicked.connect(self._write)
            column.addWidget(write)
        else:
            column.addLayout(self._status_line(place))
            column.addLayout(self._nick_line(place))
            if met.holds is not None:
                hold = Tick(HOLD, place)
                hold.setObjectName("hold")
                hold.setToolTip(HOW)
                hold.setAccessibleDescription(HOW)
                hold.setChecked(met.holds)
                hold.toggled.connect(self.held)
                column.addWidget(hold)
        row = QHBoxLayout()
        row.setSpacing(8)
        for number, act in enumerate(acts(met.role, met.member.role, met.kind, me=met.me, quiet=met.quiet)):
            if number == 2:
                column.addLayout(row)
                row = QHBoxLayout()
                row.setSpacing(8)
            button = QPushButton(act.words, place)
            button.setObjectName(act.id)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _, act=act: self._wish(act))
            row.addWidget(button)
        column.addLayout(row)
        if offered := roles(met.role, met.member.role, met.kind, me=met.me):
            column.addWidget(self._role_box(offered, place))
        return place

    def _status_line(self, place: QWidget) -> LineToSay:
        """What I say of myself."""
        line = LineToSay("status", "Status that others read", "Set status", STATUS_CHARS, self._set, place)
        line.edit.setText(self.met.member.status)
        line.edit.setAccessibleName("Status")
        return line

    def _nick_line(self, place: QWidget) -> LineToSay:
        """What I am called."""
        line = LineToSay("nick", "Nickname", "Rename", NAME_CHARS, self._rename, place)
        line.edit.setText(self.met.member.nick)
        line.edit.setAccessibleName("Nickname, in all rooms")
        return line

    def _role_box(self, offered: list[Role], place: QWidget) -> ChoiceBox:
        box = ChoiceBox("Role in the room", place)
        box.setObjectName("role")
        box.addItem("Give another role...", None)
        for role in offered:
            box.addItem(f"Make {ROLE_WORDS[role]}", role)
        box.activated.connect(lambda place: self._give(box.itemData(place)))
        return box

    # -- what is done --------------------------------------------------------------------------

    def _write(self) -> None:
        self.writing.emit()
        self.accept()

    def _set(self, status: str) -> None:
        self._wished(SetStatus(id="-", text=status))

    def _rename(self, nick: str) -> None:
        if nick and nick != self.met.member.nick:
            self.renamed.emit(nick)
        self.accept()

    def _wish(self, act: Act) -> None:
        met = self.met
        who = met.member.account
        if not act.asks:
            self._wished(act.made(met.room, who, "", None))
            return
        asks = act.asks.format(who=quoted(met.member.nick), room=met.label)
        self._ask(
            act.id,
            asks,
            act.words.rstrip("."),
            lambda why, until: act.made(met.room, who, why, until),
            lasting=act.lasting == "until",
            reason=True,
        )

    def _give(self, role: Role | None) -> None:
        if role is None:
            return
        request = given(self.met.room, self.met.member.account, role)
        who = quoted(self.met.member.nick)
        self._ask(
            role,
            f"In {self.met.label}, make {who} {ROLE_WORDS[role]}?",
            f"Make {role}",
            lambda why, until: request,
        )

    def _ask(
        self,
        asked: str,
        words: str,
        yes: str,
        made: Callable[[str, int | None], Errand],
        *,
        lasting: bool = False,
        reason: bool = False,
    ) -> None:
        self._asked = asked
        self.buttons.hide()
        self.question.ask(
            words,
            yes,
            lambda why, for_s: self._wished(made(why, self._until(for_s))),
            lasting=lasting,
            reason=reason,
        )
        self.question.show()
        self.fit()

    def _until(self, for_s: int | None) -> int | None:
        return None if for_s is None else self._now() + for_s * 1000

    def _wished(self, request: Errand) -> None:
        self.wished.emit(request)
        self.accept()

    def _back(self) -> None:
        self.question.hide()
        self.buttons.show()
        self.fit()


def _offered(met: Encounter) -> list[str]:
    """What one may do about whoever it is: the ids of acts, and roles to give."""
    mine, theirs = met.role, met.member.role
    given_roles = roles(mine, theirs, met.kind, me=met.me)
    return [act.id for act in acts(mine, theirs, met.kind, me=met.me, quiet=met.quiet)] + given_roles


class _Circle(QWidget):
    """Initials on the colour of whoever it is."""

    def __init__(self, nick: str, color: str, colors: Colors, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedSize(CIRCLE_PX, CIRCLE_PX)
        self.show_nick(nick, color, colors)

    def show_nick(self, nick: str, color: str, colors: Colors) -> None:
        """Those of that one."""
        self._nick, self._color, self._colors = nick, color, colors
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(0, 0, CIRCLE_PX, CIRCLE_PX)
        paint_circle(painter, box, self._nick, self._color, self._colors, weighted(self.font()))
        painter.end()
