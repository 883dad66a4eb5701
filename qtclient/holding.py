# SPDX-License-Identifier: GPL-3.0-only
"""What is said and has not left yet, where that is wanted: it can be taken back. GUI thread.

Each message waits WAIT_MS in this window, and nobody else has it. `flush` lets all go before the window ends;
until then it is kept as a draft is, which is what a crash leaves of it.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from loggia.qtclient.accepted import MOST_DRAFT_BYTES
from loggia.qtclient.panels.answering import Answering
from loggia.qtclient.panels.composer import Composer
from loggia.qtclient.state.outgoing import Outgoing
from loggia.qtclient.state.slash import above, as_written
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.parts.delivery import DISCARD, RETRY
from loggia.qtclient.timeline.parts.held import UNDO
from loggia.qtclient.writing import Writing
from loggia.shared.client.commands import Discard, Retry, Say
from loggia.shared.client.updates import Waiting
from loggia.shared.protocol.lengths import text_bytes
from msgspec import structs
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

WAIT_MS = 5000
ON = "From now on what you say waits 5 seconds here. Where nothing is written, Ctrl+Z takes it back."
OFF = "From now on what you say leaves at once."


class Holding(QObject):
    """Attributes: `on`: whether what is said waits; `wait_ms`: how long; `by_id`: what is done by which
    action.

    Signals: `asked` with a message that leaves, or with what becomes of one, for the link; `changed` when the
    rows are others.
    """

    asked = pyqtSignal(object)
    changed = pyqtSignal()

    def __init__(
        self, state: WindowState, composer: Composer, writing: Writing, answering: Answering
    ) -> None:
        super().__init__(composer)
        self.on = False
        self.wait_ms = WAIT_MS
        self.by_id: dict[str, Callable[[Any], None]] = {
            UNDO.id: self.undo,
            RETRY.id: lambda id: self._settle(Retry(id=id)),
            DISCARD.id: lambda id: self._settle(Discard(id=id)),
        }
        self._state = state
        self._composer = composer
        self._writing = writing
        self._answering = answering
        self._count = 0
        self._held: dict[str, Say] = {}  # by the ids of their rows, in the order in which they were said
        self._left: list[tuple[str, Say]] = []  # their rows stay until the link has rows for them
        composer.editor.undone.connect(self.undo_last)
        writing.held.connect(self.turn)
        writing.said.connect(self.say)

    def say(self, say: Say) -> None:
        """It leaves, now or later."""
        if not self.on:
            self.asked.emit(say)
            return
        self._count += 1
        id = f"held-{self._count}"
        self._held[id] = say
        outgoing = Outgoing(say=structs.replace(say, id=id), at=time.time_ns() // 1_000_000, sign="held")
        self._state.room(say.room).waits(outgoing)
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(lambda: self._let_go(id))
        timer.timeout.connect(timer.deleteLater)
        timer.start(self.wait_ms)
        self.changed.emit()

    def flush(self) -> None:
        """All leave now."""
        if self._held:
            self._let_go(list(self._held)[-1])

    def undo(self, id: str) -> None:
        """It is not said, and written again; one that has left is said."""
        say = self._held.pop(id, None)
        if say is None:
            return
        room = self._state.room(say.room)
        room.forget(id)
        self._writing.give_back(structs.replace(say, text=as_written(say.text)))
        if say.thread is None:
            if say.reply_to is not None:
                self._answering.begin(room, say.reply_to)
            self._composer.editor.setFocus()
        self.changed.emit()

    def heard(self, told: Waiting) -> None:
        """The link has a row for what left: that is the row from now on, above those that are still here."""
        for place, (id, say) in enumerate(self._left):
            if (say.room, say.text) == (told.say.room, told.say.text):
                del self._left[place]
                room = self._state.room(say.room)
                room.forget(id)
                for one in self._held:
                    if (outgoing := room.forget(one)) is not None:
                        room.waits(outgoing)
                return

    def refused(self, say: Say) -> None:
        """Nobody took what left."""
        for place, (id, left) in enumerate(self._left):
            if left == say:
                del self._left[place]
                self._state.room(say.room).forget(id)
                self.changed.emit()
                return

    def drafts(self, written: Mapping[str, str]) -> dict[str, str]:
        """What is to be kept by room: what is written, and above it what has not left."""
        kept = dict(written)
        for say in reversed(self._held.values()):
            text = above(as_written(say.text), kept.get(say.room, ""))
            if text_bytes(text) <= MOST_DRAFT_BYTES:
                kept[say.room] = text
        return kept

    def carets(self, written: Mapping[str, str], carets: Mapping[str, int]) -> dict[str, int]:
        """Where one is in `drafts`, as Qt counts: as far from the end of what is written as in that alone."""
        kept, there = self.drafts(written), dict[str, int]()
        for room, at in carets.items():
            draft, whole = written.get(room, ""), kept.get(room, "")
            behind = _units(draft) - at
            if not whole.endswith(draft):  # its first sign went
                behind = min(behind, _units(draft) - 1)
            there[room] = _units(whole) - behind
        return there

    def _let_go(self, id: str) -> None:
        """That one, and what was said before it: two clocks never change their order."""
        while id in self._held:
            one = next(iter(self._held))
            say = self._held.pop(one)
            self._state.room(say.room).marked(one, "waiting")
            self._left.append((one, say))
            self.asked.emit(say)
        self.changed.emit()

    def undo_last(self, thread: int | None = None) -> None:
        """What was said last in the room on the screen, or in that thread of it."""
        there = self._state.current, thread
        here = [id for id, say in self._held.items() if (say.room, say.thread) == there]
        if here:
            self.undo(here[-1])

    def _settle(self, command: Retry | Discard) -> None:
        gone = self._state.forget(command.id)
        if gone is not None and isinstance(command, Retry):  # it was stored once: this is a new message
            self.asked.emit(gone)
        else:
            self.asked.emit(command)
        self.changed.emit()

    def turn(self, on: bool) -> None:
        """From now on what is said waits, or not."""
        self.on = on
        if not on:
            self.flush()
        self._composer.tell(ON if on else OFF, "muted")


def _units(text: str) -> int:
    """How long it is for Qt, in UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
