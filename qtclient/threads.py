# SPDX-License-Identifier: GPL-3.0-only
"""The thread that is open at the right: asked of the broker, followed, answered. GUI thread."""

from collections.abc import Callable
from typing import Any

from loggia.qtclient.asking import Asking
from loggia.qtclient.asking_again import AskingAgain
from loggia.qtclient.models.timeline import TimelineModel
from loggia.qtclient.panels.thread import ThreadPanel, beside
from loggia.qtclient.shown_thread import Shown
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.state.thread import Thread
from loggia.qtclient.state.thread_rows import PageAt
from loggia.qtclient.style.theme import Colors
from loggia.qtclient.thread_writing import ThreadWriting
from loggia.qtclient.timeline.parts.acts import CHANGE, REPLY
from loggia.qtclient.timeline.parts.quote import GO_TO_ANSWERED
from loggia.qtclient.timeline.parts.replies import SHOW_THREAD, in_words
from loggia.qtclient.timeline.parts.table import spoken
from loggia.qtclient.timeline.reach import Reach
from loggia.qtclient.timeline.travel import BEGINNING, NEWEST, PAGE_UP
from loggia.qtclient.writing import Writing
from loggia.shared.client.updates import Arrived, Inquired
from loggia.shared.protocol.answers import Error
from loggia.shared.protocol.requests import History
from PyQt6 import sip
from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtWidgets import QAbstractSlider, QApplication, QWidget

OFFLINE = "There is no connection: the thread is read from the server once it is back."
READING = "Reading the thread."
RESTORED = "The server's messages were restored: this thread may be gone there."
NOTHING = "This message is not on the server."
SOON = "It is asked for again by itself."


class Threads(QObject):
    """Attributes: `panel`; `written`: what is written there; `by_id`: what is done by which action.

    Signals: `opened`, `closed`; `acted` as of the timeline, but for what is done here.
    """

    opened = pyqtSignal()
    closed = pyqtSignal()
    acted = pyqtSignal(str, object)

    def __init__(
        self, state: WindowState, asking: Asking, writing: Writing, colors: Colors, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._asking = asking
        self._writing = writing
        self._shown = Shown(state)
        self.by_id: dict[str, Callable[[Any], None]] = {SHOW_THREAD.id: self.open}
        self._inquiry = ""
        self._was_connected = False
        self._again = AskingAgain(self)
        self._again.due.connect(self._try_again)
        self._came_from: QWidget | None = None  # it has the keyboard again when the panel is closed
        self._to_first = False  # somebody goes to where it began,
        self._to_answered = 0  # or to what is answered there
        # which outlives the list of them
        rows = self._rows = TimelineModel(self._shown, spoken, parent.window())
        panel = self.panel = ThreadPanel(rows, colors, state.limits, parent)
        panel.timeline.show_unread(0, 0)
        panel.hide()
        panel.close_button.clicked.connect(self.close)
        panel.again.clicked.connect(self._try_again)
        panel.timeline.acted.connect(self._act)
        panel.timeline.moved.connect(self._moved)
        panel.timeline.older_wanted.connect(lambda: self._look("older"))
        panel.timeline.newer_wanted.connect(
            lambda: self._look("newest" if panel.timeline.is_pinned else "newer")
        )
        panel.timeline.far.connect(lambda up: self._go(BEGINNING if up else NEWEST))
        panel.composer.editor.passed.connect(self._go)
        self.written = ThreadWriting(panel, state, asking, writing)

    def open(self, root: int) -> None:
        """The thread of the room on the screen that the message of that number began, or would."""
        room = self._state.here
        if room is None:
            return
        now = self._shown.here
        if now is None or (now.name, now.epoch, now.root) != (room.name, room.epoch, root):
            self._forget()
            self._begin(self._state.thread(room, root))
        elif not now.complete or now.refused:
            self._try_again()
        if not self._has_keyboard:
            self._came_from = beside(QApplication.focusWidget())
        self.refresh()
        self.opened.emit()

    def close(self) -> None:
        had_keyboard = self._has_keyboard
        self._forget()
        self.panel.timeline.refresh("")
        self.closed.emit()
        if not had_keyboard:
            return
        came_from, self._came_from = self._came_from, None
        if came_from is not None and not sip.isdeleted(came_from) and came_from.isVisible():
            came_from.setFocus()
        else:
            self._writing.begin()

    def leave(self) -> bool:
        """One step back, if the keyboard is in the panel. False if it is not."""
        if not self._has_keyboard:
            return False
        timeline = self.panel.timeline
        back, leave = self.panel.composer.back, self.panel.answering.leave
        steps: list[Callable[[], bool]] = [back, leave, timeline.selecting.clear]
        if timeline.hasFocus():
            steps.reverse()
        if not any(step() for step in steps):
            self.close()
        return True

    @property
    def _has_keyboard(self) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and self.panel.isAncestorOf(focus)

    def may_as(self, reach: Reach) -> None:
        """I may do here with messages what I may do there, and people are called as there."""
        here = self.panel.timeline.reach
        here.may = lambda right, row: (
            not self._is_lost and (right == "room" or (right != "thread" and reach.may(right, row)))
        )
        here.who = reach.who

    def heard(self, told: Arrived) -> None:
        thread = self._shown.here
        if thread is not None and told.room == thread.name and not self._is_lost:
            thread.came(told.events)

    def refresh(self) -> None:
        """Show it as it is now. It goes when its room is left, or its log is another."""
        self.written.settle()
        thread, connected = self._shown.here, self._state.connected
        if thread is None:
            return
        if self._state.here is not thread.of:
            self.close()
            return
        thread.epoch = thread.epoch or thread.of.epoch  # which is not told of what was kept without it
        self.panel.composer.allow(self._state.limits)
        if self._is_lost:
            self._drop()
            self.panel.tell(RESTORED)
            self.written.lock()
        elif thread.misses or (connected and not self._was_connected and not self._reads):
            self._drop()
            self._ask(thread)  # what became of it meanwhile
        self._was_connected = connected
        self._show(thread)

    def _show(self, thread: Thread) -> None:
        self._tell_what_is_asked(thread)
        thread.wait()
        self.written.refresh()
        self.panel.count.setText(in_words(thread.replies))
        self.panel.timeline.refresh("")
        if self._to_first and not thread.loading:
            self._go(BEGINNING)
        self._rows.let_go()
        if not self._is_lost and self._asking.answered_by(self.panel.timeline.on_screen(), thread):
            self.panel.timeline.refresh("")
        self._go_on(thread)
        self.panel.timeline.show_unread(0, 0)
        self.panel.answering.show_room(None if self._is_lost else thread)

    def _tell_what_is_asked(self, thread: Thread) -> None:
        """But for rows that come as one scrolls, and soon: words above them would move them."""
        if not self._inquiry:
            return
        if not self._state.connected:
            self.panel.tell(OFFLINE)
        else:
            self.panel.tell("" if thread.loading else READING)

    @property
    def _reads(self) -> bool:
        """A page of what is new in it is on its way."""
        thread = self._shown.here
        return bool(self._inquiry) and thread is not None and not thread.loading

    @property
    def _is_lost(self) -> bool:
        """It is of a life of the log that is over: other messages have those numbers now, if any."""
        thread = self._shown.here
        return thread is not None and thread.epoch not in ("", thread.of.epoch)

    def _begin(self, thread: Thread) -> None:
        self._shown.here = thread
        self.written.turn(thread)
        self._ask(thread)

    def _ask(self, thread: Thread) -> None:
        self._was_connected = self._state.connected
        thread.again()
        self._next(thread)

    def _next(self, thread: Thread) -> None:
        self._again.asked()
        request = History(id="-", room=thread.name, thread=thread.root, after=thread.ask())
        self._inquiry = self._asking.inquire(request, self._page, thread.epoch)

    def _page(self, told: Inquired) -> None:
        thread, self._inquiry = self._shown.here, ""
        if thread is None:
            return
        if told.refused is not None:
            thread.no_page()
            self._refused(told.refused)
        elif thread.page(told.events, told.more):
            self._again.over()
            self._next(thread)
        else:
            self._again.over()
            self.panel.tell("" if thread.rows else NOTHING)
        self._show(thread)

    def _try_again(self) -> None:
        """Ask for the page that was refused."""
        thread = self._shown.here
        if thread is None or self._inquiry or self._is_lost:
            return
        if thread.refused:
            self._ask_for(thread, thread.look_again())
        else:
            self._next(thread)
        self._show(thread)

    def _look(self, way: PageAt) -> None:
        """Ask for rows that have been let go, or that nobody has seen yet."""
        thread = self._shown.here
        if thread is not None and thread.complete and not self._is_lost and thread.wants(way):
            self._ask_for(thread, thread.look(way))
            self._tell_what_is_asked(thread)

    def _ask_for(self, thread: Thread, request: History) -> None:
        self._again.asked()
        self._inquiry = self._asking.inquire(request, self._looked, thread.epoch)

    def _looked(self, told: Inquired) -> None:
        thread, self._inquiry = self._shown.here, ""
        if thread is None:
            return
        if told.refused is not None:
            thread.no_look(refused=True)
            self._refused(told.refused)
        elif thread.gave(told.events, told.more):
            self._again.over()
            self.panel.tell("")
        else:
            self._ask_for(thread, thread.look_again())
        self._show(thread)

    def _refused(self, error: Error) -> None:
        """Say why no page came, and that it is asked for again by itself, or offer that."""
        by_itself = self._again.refused(error)
        self.panel.tell(f"{error.text} {SOON}" if by_itself else error.text, again=not by_itself)

    # -- what is done with its rows ------------------------------------------------------------

    def _act(self, action: str, target: Any) -> None:
        if action == REPLY.id:
            self.written.answer(target)
        elif action == CHANGE.id:
            self.written.change(target)
        elif action != GO_TO_ANSWERED.id:
            self.acted.emit(action, target)
        elif self._shown.here is not None:
            self._to_answered = target
            self._go_on(self._shown.here)

    def _go_on(self, thread: Thread) -> None:
        """To what is answered there, once it is here, or known not to be in the thread."""
        seq = self._to_answered
        if not seq or thread.loading or thread.refused:
            return
        if self.panel.timeline.go_to(("seq", seq)):
            self._to_answered = 0
        elif thread.complete and thread.lacks(seq) and not self._is_lost:
            self._ask_for(thread, thread.seek(seq))
        else:
            self._to_answered = 0
            self.acted.emit(GO_TO_ANSWERED.id, seq)

    def _go(self, to: str) -> None:
        """To its beginning or end, or by what is on the screen."""
        bar, step = self.panel.timeline.verticalScrollBar(), QAbstractSlider.SliderAction
        thread = self._shown.here
        assert bar is not None
        self._to_first = to == BEGINNING and thread is not None and not thread.at_top
        if to == NEWEST:
            self.panel.timeline.go_newest()
        elif self._to_first:
            self._look("first")
        elif to == BEGINNING:
            self.panel.timeline.go_to(("seq", thread.root if thread is not None else 0))
            bar.setValue(bar.minimum())
        else:
            bar.triggerAction(step.SliderPageStepSub if to == PAGE_UP else step.SliderPageStepAdd)

    def _moved(self) -> None:
        """Somebody scrolled, or was led elsewhere: what was to lead to one of its rows does so no more."""
        thread, timeline = self._shown.here, self.panel.timeline
        if thread is not None and thread.gives_up(end=not timeline.is_pinned):
            self._drop()
            self.panel.tell("")
        self._to_first, self._to_answered = False, 0
        timeline.show_unread(0, 0)

    # ------------------------------------------------------------------------------------------

    def _drop(self) -> None:
        self._again.over()
        self._to_first, self._to_answered = False, 0
        if self._inquiry:
            self._asking.drop(self._inquiry)
            self._inquiry = ""

    def _forget(self) -> None:
        """None is open; what is written there goes nowhere else."""
        self._drop()
        self.written.leave()
        self._shown.here = None
        self.panel.answering.show_room(None)
        self.panel.tell("")
