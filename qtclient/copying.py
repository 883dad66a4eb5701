# SPDX-License-Identifier: GPL-3.0-only
"""Copies what is selected of a room and not in memory. GUI thread.

It is read from the copy on this computer, page by page, while the window goes on.
"""

from dataclasses import dataclass

from loggia.qtclient.asking import Asking
from loggia.qtclient.panels.middle import Middle
from loggia.qtclient.state.room import Room
from loggia.qtclient.state.selected import Selected
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.clipboard import to_clipboard
from loggia.qtclient.timeline.paged_text import MOST_BYTES, PagedText
from loggia.qtclient.timeline.selecting import NOTHING
from loggia.shared.client.updates import ArchivedEntries
from PyQt6.QtCore import QObject
from PyQt6.QtGui import QGuiApplication

PAGE = 500  # entries read at once: some 10 ms of the event loop
_TOLD = 20  # pages, after which it is told again how far it is
READING = "What is selected is read from this computer, to be copied."
LEFT = "Nothing was copied."
OVERTAKEN = "Something else was copied meanwhile."


@dataclass
class _Run:
    """One copy on its way. `epoch`: the life of the log that its numbers are of."""

    room: Room
    epoch: str
    text: PagedText
    pages: int = 0


class Copying(QObject):
    """For the messages in the middle of the window, which ask for it; one at a time, the last one."""

    def __init__(self, middle: Middle, state: WindowState, asking: Asking) -> None:
        super().__init__(middle)
        self._middle = middle
        self._state = state
        self._asking = asking
        self._run: _Run | None = None
        middle.timeline.selecting.fetch = self.begin
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.dataChanged.connect(self._overtaken)

    def begin(self, selected: Selected) -> bool:
        """Copy that, also what is not in memory. False where that is nothing."""
        room = self._state.here
        if room is None:
            return False
        oldest = room.held.oldest
        text = PagedText(selected, self._state.fold, room.tail, oldest=oldest, newest=room.newest)
        if not text.wants:
            return False
        self._run = _Run(room, room.epoch, text)
        self._tell(READING)
        self._next(self._run)
        return True

    def stop(self) -> bool:
        """Copy nothing. False where nothing was on its way."""
        was, self._run = self._run, None
        if was is not None:
            self._tell(LEFT)
        return was is not None

    def _next(self, run: _Run) -> None:
        after = max(run.text.first - 1, run.text.upto - PAGE)
        limit = run.text.upto - after
        self._asking.read(run.room.name, run.epoch, after + 1, lambda told: self._came(run, told), limit)

    def _came(self, run: _Run, told: ArchivedEntries) -> None:
        if run is not self._run:
            return
        run.pages += 1
        if run.text.put(told.events):
            if run.pages % _TOLD == 0:
                self._tell(f"{READING} {run.text.messages:,} messages so far.")
            self._next(run)
            return
        self._run = None
        if text := run.text.text:
            to_clipboard(text)
        self._tell(_words(run.text) if text else NOTHING)

    def _overtaken(self) -> None:
        """The clipboard has something else."""
        if self._run is not None:
            self._run = None
            self._tell(OVERTAKEN)

    def _tell(self, words: str) -> None:
        self._middle.composer.tell(words, "muted")
        self._middle.timeline.selecting.say(words)


def _words(text: PagedText) -> str:
    """What was copied, and what was not."""
    count = "1 message" if text.messages == 1 else f"{text.messages:,} messages"
    if text.is_full:
        return f"Copied the newest {count}: more than {MOST_BYTES // 2**20} MiB is not copied at once."
    return f"Copied {count}." if text.is_whole else f"Copied {count}; older ones are not loaded."
