# SPDX-License-Identifier: GPL-3.0-only
"""What is read aloud to who writes and does not see the window: a screen reader reads the description of what
has the keyboard whenever it becomes another one. GUI thread.
"""

from collections.abc import Callable, Iterable

from PyQt6.QtWidgets import QWidget


class Aloud:
    """In `editor`. `around` gives what stands around the text, in sentences."""

    def __init__(self, editor: QWidget, around: Callable[[], Iterable[str]]) -> None:
        self._editor = editor
        self._around = around
        self._news = ""
        self.answered = ""

    def happened(self, words: str) -> None:
        """Elsewhere in the window: that is read, until something else is written or said here."""
        self._news = words
        self.read()

    def over(self) -> None:
        """What happened was read."""
        self.happened("")

    def answers(self, words: str) -> None:
        """What is written answers that message, as it is told above; "": it answers none."""
        self.answered = words
        self.over()

    def read(self) -> None:
        """What stands around the text now."""
        told = (self._news,) if self._news else self._around()
        self._editor.setAccessibleDescription(". ".join(words.rstrip(".") for words in told if words))
