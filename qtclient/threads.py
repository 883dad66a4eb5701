# SPDX-License-Identifier: GPL-3.0-only
"""The thread that is open at the right: asked of the broker, followed, answered. GUI thread."""

from typing import Any

from loggia.qtclient.asking import Asking
from loggia.qtclient.models.timeline import TimelineModel
from loggia.qtclient.panels.thread import ThreadPanel
from loggia.qtclient.state.lit import Lit
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.state.thread import Thread
from loggia.qtclient.style.theme import Colors
from loggia.qtclient.timeline.parts.acts import REPLY
from loggia.qtclient.timeline.parts.quote import GO_TO_ANSWERED
from loggia.qtclient.timeline.parts.replies import in_words
from loggia.qtclient.timeline.parts.table import spoken
from loggia.qtclient.timeline.reach import Reach
from loggia.shared.client.commands import Say
from loggia.shared.client.updates import Arrived, Inquired
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.names import text as checked
from loggia.shared.protocol.requests import History
from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtWidgets import QApplication, QWidget

OFFLINE = "There is no connection: the thread is read from the server once it is back."
READING = "Reading the thread."
RESTORED = "The server's messages were restored: this thread may be gone there."
NOTHING = "This message is not on the server."


class Shown:
    """What the panel's rows are of. `here`: the thread, if one is open. `lit`: what is lit in the room."""

    def __init__(self, state: WindowState) -> None:
        self._state = state
        self.here: Thread | None = None

    @property
    def lit(self) -> Lit | None:
        return self._state.lit


class Threads(QObject):
    """Attributes: `panel`. Signals: `opened`, `closed`; `said` with a Say; `acted` as of the timeline, but
    for what is done here."""

    opened = pyqtSignal()
    closed = pyqtSignal()
    said = pyqtSignal(object)
    acted = pyqtSignal(str, object)

    def __init__(self, state: WindowState, asking: Asking, colors: Colors, parent: QWidget) -> None:
        super().__init__(parent)
        self._state = state
        self._asking = asking
        self._shown = Shown(state)
        self._inquiry = ""
        self._was_connected = False
        self.panel = ThreadPanel(
            TimelineModel(self._shown, spoken, self), colors, state.limits.text_bytes, parent
        )
        self.panel.timeline.show_unread(0, 0)
        self.panel.hide()
        self.panel.close_button.clicked.connect(self.close)
        self.panel.editor.sent.connect(self._say)
        self.panel.timeline.typed.connect(self._typed)
        self.panel.timeline.acted.connect(self._act)

    def open(self, root: int) -> None:
        """The thread of the room on the screen that the message of that number began, or would."""
        room = self._state.here
        if room is None:
            return
        now = self._shown.here
        if now is None or (now.of, now.root, now.epoch) != (room, root, room.epoch):
            self._forget()
            self._shown.here = self._state.thread(room, root)
            self._ask(self._shown.here)
        self.refresh()
        self.opened.emit()

    def close(self) -> None:
        self._forget()
        self.panel.timeline.refresh("")
        self.closed.emit()

    def leave(self) -> bool:
        """One step back, if the keyboard is in the panel. False if it is not."""
        focus = QApplication.focusWidget()
        if focus is None or not self.panel.isAncestorOf(focus):
            return False
        if not (self.panel.answering.leave() or self.panel.timeline.selecting.clear()):
            self.close()
        return True

    def may_as(self, reach: Reach) -> None:
        """I may do here with messages what I may do there, and people are called as there."""
        here = self.panel.timeline.reach
        here.may = lambda right, row: right != "thread" and reach.may(right, row)  # it is open
        here.who = reach.who

    def heard(self, told: Arrived) -> None:
        thread = self._shown.here
        if thread is not None and told.room == thread.name:
            thread.came(told.events)

    def refresh(self) -> None:
        """Show it as it is now. It goes when its room is left, or its log is another."""
        thread, connected = self._shown.here, self._state.connected
        if thread is None:
            return
        if self._state.here is not thread.of:
            self.close()
            return
        if thread.epoch != thread.of.epoch:
            self._drop()
            self.panel.tell(RESTORED)
        elif connected and not self._was_connected and not self._inquiry:
            self._ask(thread)  # what became of it meanwhile
        self._was_connected = connected
        if self._inquiry:
            self.panel.tell(READING if connected else OFFLINE)
        thread.wait()
        self.panel.count.setText(in_words(thread.replies))
        self.panel.timeline.refresh("")
        self.panel.timeline.show_unread(0, 0)
        self.panel.answering.show_room(thread)

    def _ask(self, thread: Thread) -> None:
        self._was_connected = self._state.connected
        thread.again()
        self._next(thread)

    def _next(self, thread: Thread) -> None:
        request = History(id="-", room=thread.name, thread=thread.root, after=thread.after)
        self._inquiry = self._asking.inquire(request, self._page, thread.epoch)

    def _page(self, told: Inquired) -> None:
        thread, self._inquiry = self._shown.here, ""
        if thread is None:
            return
        if told.refused is not None:
            self.panel.tell(told.refused.text)
        elif thread.page(told.events, told.more):
            self._next(thread)
        else:
            self.panel.tell("" if thread.rows else NOTHING)
        self.refresh()

    def _say(self) -> None:
        thread, text = self._shown.here, self.panel.editor.text.strip("\n").rstrip()
        if thread is None or not text.strip():
            return
        try:
            checked(text, self._state.limits)
        except Refused as refused:
            self.panel.tell(refused.text)
            return
        self.said.emit(thread.says(self.panel.answering.addressed(Say(room=thread.name, text=text))))
        self.panel.editor.clear()
        self.panel.timeline.go_newest()

    def _act(self, action: str, target: Any) -> None:
        thread = self._shown.here
        if action == REPLY.id and thread is not None:
            self.panel.answering.begin(thread, target)
            self.panel.editor.setFocus()
        elif action != GO_TO_ANSWERED.id or not self.panel.timeline.go_to(("seq", target)):
            self.acted.emit(action, target)

    def _typed(self, text: str) -> None:
        self.panel.editor.setFocus()
        self.panel.editor.insertPlainText(text)

    def _drop(self) -> None:
        if self._inquiry:
            self._asking.drop(self._inquiry)
            self._inquiry = ""

    def _forget(self) -> None:
        """None is open; nothing that is written there goes elsewhere."""
        self._drop()
        self._shown.here = None
        self.panel.answering.show_room(None)
        self.panel.editor.clear()
        self.panel.tell("")
