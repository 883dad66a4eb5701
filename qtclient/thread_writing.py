# SPDX-License-Identifier: GPL-3.0-only
"""What is written in which thread, and what comes of it: drafts, answers, changes. GUI thread."""

from loggia.qtclient.asking import Asking
from loggia.qtclient.panels.thread import ANSWER, ThreadPanel
from loggia.qtclient.rewriting import BegunChange, Draft, Rewriting
from loggia.qtclient.state.message import MessageRow, message_of
from loggia.qtclient.state.slash import above
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.state.thread import Thread
from loggia.qtclient.timeline.parts.acts import CHANGE
from loggia.qtclient.writing import CALL_BACK, IS_BACK, Writing
from loggia.shared.client.commands import Say
from PyQt6.QtCore import QObject, pyqtSignal

LOST = "This thread is lost"
THERE = " in its thread"
GONE = "A thread{there} is gone; what you wrote in it is now where one writes in the room."

_Place = tuple[str, str, int]  # a room, the life of its log, the message with which a thread of it began


class _Draft(Draft):
    """`answers`: which message."""

    answers: int | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing is begun there, and nothing may come back."""
        begun = self.text.strip() or self.change is not None or self.answers is not None
        return not begun and not self.asked


class ThreadWriting(QObject):
    """The composer of the panel, for the threads that are shown in it by turns.

    Signals: `said` with a Say; `undone` with the message that a thread began with, where its last one is to
    be taken back.
    """

    said = pyqtSignal(object)
    undone = pyqtSignal(int)

    def __init__(self, panel: ThreadPanel, state: WindowState, asking: Asking, writing: Writing) -> None:
        super().__init__(panel)
        self._panel = panel
        self._state = state
        self._writing = writing
        self._thread: Thread | None = None
        self._draft = _Draft()
        self._drafts: dict[_Place, _Draft] = {}
        composer = panel.composer
        self._rewriting = Rewriting(composer, state, asking, lambda: self._draft, self._unchanged)
        composer.said.connect(self._say)
        composer.upward.connect(self._change_last)
        composer.editor.undone.connect(self._undo)
        panel.timeline.typed.connect(composer.write)
        writing.serve(composer)
        writing.elsewhere = self._give_back

    def turn(self, thread: Thread) -> None:
        """To that thread, with what was written there."""
        self._thread = thread
        self._panel.composer.room(thread.name, words=ANSWER)
        self._draft = self._drafts.pop(_place(thread), _Draft())
        self._rewriting.show()
        if self._draft.answers is not None:
            self._panel.answering.begin(thread, self._draft.answers)

    def leave(self) -> None:
        """Put what is written, and was not sent, aside until the thread is open again."""
        answers = self._panel.answering.take()
        if self._thread is not None:
            self._rewriting.keep()
            self._draft.answers = answers
            self._drafts[_place(self._thread)] = self._draft
        self._end("")

    def settle(self) -> None:
        """Keep nothing of threads in which nothing is written; what is written in one to which no way leads
        any more goes to its room."""
        for place, draft in list(self._drafts.items()):
            is_gone = self._is_gone(place)
            if is_gone or draft.is_empty:
                del self._drafts[place]
            if is_gone and self._hand_over(place[0], draft):
                self._tell_gone(place[0])

    def lock(self) -> None:
        """Nothing is written here any more; what was is in the room's own composer."""
        if self._thread is None:
            return
        self._hand_over(self._thread.name, self._rewriting.keep())
        self._end(LOST)

    def refresh(self) -> None:
        """The thread has something else now."""
        if self._thread is not None:
            self._rewriting.refresh(self._thread)

    def _hand_over(self, name: str, draft: Draft) -> bool:
        """That is written in the room itself. False if nothing is."""
        draft.end_change()
        if is_written := bool(draft.text.strip()):
            self._writing.give_back(Say(room=name, text=draft.text))
        return is_written

    def _tell_gone(self, name: str) -> None:
        """Behind what is to be told already."""
        there = "" if name == self._state.current else f" of {self._state.label(name)}"
        words, told = GONE.format(there=there), self._state.problem
        if words not in told:
            self._state.problem = f"{told} {words}".lstrip()

    def answer(self, seq: int) -> None:
        """What is said next answers that message of the thread."""
        if self._thread is not None:
            self._panel.answering.begin(self._thread, seq)
            self._panel.composer.editor.setFocus()

    def change(self, row: MessageRow) -> None:
        """Write this message of one's own anew; the draft that is there waits for that."""
        if self._thread is not None:
            self._rewriting.begin(self._thread, row)

    def begun(self) -> list[tuple[str, str]]:
        """What is written in threads and was not sent, each with its room."""
        texts = {place: draft.unsent[0] for place, draft in self._drafts.items()}
        if self._thread is not None:
            texts[_place(self._thread)] = self._rewriting.keep().unsent[0]
        return [(room, text) for (room, _, _), text in texts.items() if text.strip()]

    def _end(self, words: str) -> None:
        self._thread, self._draft = None, _Draft()
        self._rewriting.show()
        self._panel.composer.room("", words=words)

    def _say(self, say: Say) -> None:
        if self._thread is not None:
            self.said.emit(self._thread.says(self._panel.answering.addressed(say)))
            self._panel.timeline.go_newest()

    def _give_back(self, say: Say) -> bool:
        """What was said in a thread and is not said after all, above what is written there meanwhile."""
        if say.thread is None:
            return False
        answers = None if say.reply_to == say.thread else say.reply_to
        place, thread, editor = (say.room, say.epoch, say.thread), self._thread, self._panel.composer.editor
        if thread is None or _place(thread) != place:
            draft = self._drafts.setdefault(place, _Draft())
            draft.give_back(say.text)
            draft.answers = draft.answers if answers is None else answers
            return True
        if self._draft.change is None:
            editor.write(above(say.text, editor.text))
        else:
            self._draft.give_back(say.text)
        if answers is not None:
            self._panel.answering.begin(thread, answers)
        editor.setFocus()
        return True

    def _change_last(self) -> None:
        if self._thread is not None:
            self._rewriting.begin_last(self._thread, self._may_change)

    def _may_change(self, row: MessageRow) -> bool:
        return self._panel.timeline.reach.can(CHANGE, row)

    def _unchanged(self, draft: Draft, change: BegunChange, wrote: str, reason: str) -> None:
        """A change is refused; it is said where it is seen."""
        again = draft.change is change
        place = next((place for place, kept in self._drafts.items() if kept is draft), None)
        if draft is self._draft:
            self._panel.composer.tell(reason if again else f"{reason} {CALL_BACK.format(there='')}")
        elif place is None or self._is_gone(place):  # what else is there goes to the room, or is there
            if place is None or not again:
                self._writing.give_back(Say(room=change.room, text=wrote))
            self._state.problem = reason
            self._tell_gone(change.room)
        else:
            more = (IS_BACK if again else CALL_BACK).format(there=THERE)
            self._state.problem = f"{reason} {more}"

    def _is_gone(self, place: _Place) -> bool:
        """Its log has begun a new life, or its first message is deleted and nobody answered it."""
        name, epoch, root = place
        room = self._state.rooms.get(name)
        if room is None:
            return False
        if epoch and room.epoch != epoch:
            return True
        row = message_of(room.rows, root)
        return row is not None and row.became.deleted and not row.in_thread

    def _undo(self) -> None:
        if self._thread is not None:
            self.undone.emit(self._thread.root)


def _place(thread: Thread) -> _Place:
    return thread.name, thread.epoch, thread.root
