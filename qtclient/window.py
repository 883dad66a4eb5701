# SPDX-License-Identifier: GPL-3.0-only
"""The window: rooms, timeline, composer, people, status. GUI thread: asks by signals, shows the state."""

from collections.abc import Callable, Mapping
from typing import Any

from loggia.qtclient import keys
from loggia.qtclient.asking import ANSWERS, Asking
from loggia.qtclient.by_ear import ByEar
from loggia.qtclient.copying import Copying
from loggia.qtclient.days import Days
from loggia.qtclient.dialogs.archived_copy import Archives
from loggia.qtclient.frame import Frame
from loggia.qtclient.going import Ways
from loggia.qtclient.holding import Holding
from loggia.qtclient.jumping import Jumping
from loggia.qtclient.models.timeline import TimelineModel
from loggia.qtclient.pacing import Pacing
from loggia.qtclient.panels.middle import Middle
from loggia.qtclient.pinboard import Pinboard
from loggia.qtclient.reader import Reader
from loggia.qtclient.row_acts import By, RowActs
from loggia.qtclient.state.empty import empty_words
from loggia.qtclient.state.ordering import Ordering
from loggia.qtclient.state.seeking import Seeking
from loggia.qtclient.state.slash import as_written
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style import icons
from loggia.qtclient.style.theme import Colors
from loggia.qtclient.timeline.parts.card import SHOW_COPY
from loggia.qtclient.timeline.parts.quote import LEADS
from loggia.qtclient.timeline.parts.sender import SHOW_SENDER
from loggia.qtclient.timeline.parts.table import spoken
from loggia.qtclient.timeline.popup import close_all
from loggia.qtclient.timeline.travel import Travel
from loggia.qtclient.typing_here import TypingHere
from loggia.qtclient.way_back import WayBack
from loggia.qtclient.writing import Writing
from loggia.shared.client.commands import Enter, Say
from loggia.shared.client.updates import Arrived, Entered, Failed, Typists, Update, Waiting
from msgspec import structs
from PyQt6.QtCore import QEvent, pyqtSignal
from PyQt6.QtGui import QCloseEvent, QResizeEvent
from PyQt6.QtWidgets import QMainWindow, QWidget


class Window(QMainWindow):
    """Signals: `asked` with a command for the link, `leaving` (True: no goodbye)."""

    asked = pyqtSignal(object)
    leaving = pyqtSignal(bool)

    def __init__(
        self,
        state: WindowState,
        colors: Colors,
        clock: Callable[[], float],
        drafts: Mapping[str, str] | None = None,
        carets: Mapping[str, int] | None = None,
        kept_in: str = "",
        ordering: Ordering | None = None,
    ) -> None:
        super().__init__()
        self.state = state
        self._clock = clock
        self._behind = False  # the state has what is not on the screen yet
        self.asked.connect(state.shown_out.asked)
        self.asking = Asking(self.asked.emit)
        self.archives = Archives(self, state, kept_in, self.asking)
        self._typing = TypingHere(state, self.asked.emit, clock, self)
        self.seeking = Seeking(state, self.asked.emit)
        self.going = Ways(
            self,
            state,
            self.asking,
            colors,
            go=self.go,
            lead=lambda room, seq: self.way_back.lead(room, seq),
            to_day=lambda day: self.days.to(day),
            tell=self._tell,
            holding=lambda: self.holding,
        )
        self.pinboard = Pinboard(
            self, state, self.asking, colors, lambda room, seq: self.way_back.to(room, seq)
        )
        self._hears: dict[type, Callable[[Any], object]] = {  # of what is told, beside the state
            Arrived: self._arrived,
            **dict.fromkeys(ANSWERS, self.asking.take),
            Typists: self._typing.heard,
            Waiting: lambda told: self.holding.heard(told),
            **dict.fromkeys((Entered, Failed), lambda told: self.writing.heard(told)),
        }
        self.setWindowTitle("Loggia")
        self.setMinimumSize(360, 360)
        self.setWindowIcon(icons.icon("loggia", colors.accent, 64))
        self._pace = Pacing(self.refresh, self._status, self)
        self.ordering = ordering or Ordering()
        self._build(colors, drafts or {}, carets or {})
        self._keys()
        shows: By = {SHOW_COPY.id: self.archives.show, SHOW_SENDER.id: self.going.meet_sender}
        ways = dict.fromkeys(LEADS, lambda seq: self.way_back.to(state.current, seq))
        by_id = self.holding.by_id, self.days.by_id, self.threads.by_id, shows, ways
        row_acts = RowActs(state, self.asking, self.middle, self.frame, by_id)
        self.acts, self.message_acts = row_acts.by_id, row_acts.messages
        self.message_acts.changing.connect(self.writing.change)
        self.refresh()
        self.composer.editor.setFocus()

    # -- what the application calls ------------------------------------------------------------

    def take(self, batch: list[Update], *, more: bool = False) -> None:
        """Updates of the link: into the state now, onto the screen with the next frame. `more` wait."""
        if not self._behind:
            self.reader.look()
        self._behind = True
        self.state.apply(batch, self._clock())
        for update in batch:
            if (hears := self._hears.get(type(update))) is not None:
                hears(update)
        self._pace.changed(more=more)

    def look(self, colors: Colors) -> None:
        """Other colours."""
        self.setWindowIcon(icons.icon("loggia", colors.accent, 64))
        self.frame.look(colors)
        self.middle.look(colors)
        self.going.look(colors)
        self.pinboard.look(colors)
        self.days.look(colors)

    def refresh(self) -> None:
        """Show what the state has now."""
        self._pace.shown()
        self._behind = False
        state = self.state
        self.travel.refresh(empty_words(state))
        self.seeking.step()
        self.typing.show_text(self._typing.words(state.current))
        self.reader.refresh()
        self._by_ear.refresh()
        self.frame.refresh()
        self.pinboard.refresh()
        self.going.refresh()
        if not self.seeking.seeks:
            self._rows.let_go()
        self.header.show_room(state.label(state.current), state.here, state.me.account, known=state.connected)
        self.asking.people_of(state.here)
        self.answering.show_room(state.here)
        self.writing.turn()
        self._typing.turn(state.current)
        self.composer.allow(state.limits)
        if state.problem:
            self.composer.tell(state.problem)
            state.problem = ""
        unread = self.ordering.calling(state.listed)
        self.header.show_new(self.ordering.calling(room for room in state.listed if room is not state.here))
        name = f"{state.label(state.current)} - Loggia" if state.current else "Loggia"
        self.setWindowTitle(f"({unread}) {name}" if unread else name)
        self._status()

    def give_back(self, say: Say) -> None:
        """What nobody took: back to where it was written, above what is written there meanwhile."""
        self.holding.refused(say)
        self.writing.give_back(structs.replace(say, text=as_written(say.text)))
        self.composer.tell("This window has ended its connection; the text was not sent. Start Loggia again.")

    def go(self, name: str) -> None:
        """To that room, joining it if I am not in it."""
        if not self.state.is_in(name):
            self.asked.emit(Enter(room=name))
        self.state.look_at(name)
        self.frame.uncover()
        self.refresh()
        self.composer.editor.setFocus()

    # -- building ------------------------------------------------------------------------------

    def _build(self, colors: Colors, drafts: Mapping[str, str], carets: Mapping[str, int]) -> None:
        central = QWidget(self)
        self.setCentralWidget(central)
        self._rows = TimelineModel(self.state, spoken, self)
        self._rows.turned.connect(close_all)
        self.middle = Middle(self._rows, colors, self.state.limits, central)
        self.header = self.middle.header
        self.timeline = self.middle.timeline
        self.typing = self.middle.typing
        self.answering = self.middle.answering
        self.composer = self.middle.composer
        self.reader = Reader(
            self.state, self.timeline, self.asking, self.seeking, self._clock, self.isActiveWindow
        )
        self.reader.asked.connect(self.asked)
        self.reader.came.connect(self._moved)
        self.reader.wanted.connect(lambda seq: self.way_back.to(self.state.current, seq))
        self.timeline.moved.connect(self._moved)
        self.timeline.typed.connect(self.composer.write)
        self.travel = Travel(self.timeline, self._rows, self.state, self.asked.emit, self.seeking.stop)
        self._by_ear = ByEar(self.state, self.timeline, self.composer)
        self.composer.said.connect(self._say)
        self.composer.ended.connect(lambda: self.leaving.emit(False))
        self.composer.closed.connect(lambda: self.leaving.emit(True))
        self.composer.editor.passed.connect(self.travel.go)
        self.writing = Writing(self.composer, self.state, self.asking, drafts, carets, self)
        self.writing.asked.connect(self.asked)
        self.writing.going.connect(self.go)
        self.holding = Holding(self.state, self.composer, self.writing, self.answering)
        self.holding.asked.connect(self.asked)
        self.holding.changed.connect(self._moved)
        jump = Jumping(self.state, self.seeking, self._uncover, self._tell).to
        back = self.way_back = WayBack(self.timeline, self.state, self.go, jump, self.seeking.stop)
        self.days = Days(self.middle, self.state, self.asking, self.seeking, self._uncover, back)
        self.writing.days.connect(self.days.to)
        self.copying = Copying(self.middle, self.state, self.asking)
        self.composer.editor.textChanged.connect(
            lambda: self._typing.written(self.state.current, self.composer.speech)
        )
        self.header.pins.clicked.connect(self.pinboard.open)
        self.header.about.connect(lambda: self.going.look_into(self.state.current))
        acts = self.asking, self.writing, self.holding, self.going
        frame = self.frame = Frame(central, self.middle, self.state, *acts, self.ordering, colors)
        self.sidebar, self.people, self.threads = frame.sidebar, frame.people, frame.threads
        self.status = frame.status
        frame.asked.connect(self.asked)
        frame.going.connect(self.go)
        frame.arranged.connect(self.refresh)
        self.look(colors)

    def _keys(self) -> None:
        done: dict[str, Callable[[], object]] = {
            "go-to": self.going.ask,
            "about-room": lambda: self.going.look_into(self.state.current),
            "pins": self.pinboard.open,
            "days": self.days.choose,
            "toggle-rooms": self.frame.toggle_rooms,
            "toggle-people": self.frame.toggle_people,
            "oldest": self.travel.beginning,
            "newest": self.travel.newest,
            "mention": self.reader.go_mention,
            "return": self.way_back.back,
            "onward": self.way_back.forward,
            "next-room": lambda: self.frame.step(1),
            "previous-room": lambda: self.frame.step(-1),
            "next-unread": lambda: self.frame.step_unread(1),
            "previous-unread": lambda: self.frame.step_unread(-1),
            "write": self.frame.write,
            "quit": self.close,
            "back": self._escape,
        }
        keys.bind(self, done)

    # -- what people do ------------------------------------------------------------------------

    def _say(self, say: Say) -> None:
        self.holding.say(self.answering.addressed(say))
        self._typing.said()
        self.travel.newest()

    def _moved(self) -> None:
        self._pace.changed()

    def _arrived(self, told: Arrived) -> None:
        self.threads.heard(told)
        self.pinboard.heard(told)

    def _uncover(self) -> None:
        self.frame.uncover()

    def _escape(self) -> None:
        """One step back: of what lies over the messages, is begun where the keyboard is, and elsewhere."""
        back, deselected = self.composer.back, lambda: self.going.dim() | self.timeline.selecting.clear()
        ways = (self.seeking, self.copying)  # to what is loaded
        steps: list[Callable[[], bool]] = [back, self.answering.leave, deselected]
        if self.timeline.hasFocus():
            steps.reverse()
        if self.threads.leave():
            return
        any(step() for step in (self.frame.fold, lambda: any([way.stop() for way in ways]), *steps))
        self.composer.editor.setFocus()
        self._moved()

    # -- words ---------------------------------------------------------------------------------

    def _tell(self, text: str) -> None:
        """Say something to who sits here."""
        self.state.problem = text
        self._moved()

    def _status(self) -> None:
        now = self._clock()
        line = self.state.status_line(now)
        self.status.show_line(line, self.state.details())
        self._pace.count(bool(self.state.standing.retry_in_s(now)))

    # -- what Qt calls -------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self.frame.place()

    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.ActivationChange:
            self._moved()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """The same as `!end`; the application hides the window and ends when the goodbye is said."""
        if event is not None:
            event.ignore()
        self.leaving.emit(False)
