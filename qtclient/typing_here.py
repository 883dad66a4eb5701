# SPDX-License-Identifier: GPL-3.0-only
"""Who is typing: tells the others that one does here, and says who does there. GUI thread."""

from collections.abc import Callable, Sequence

from loggia.qtclient.state.rows import shown_name
from loggia.qtclient.state.state import WindowState
from loggia.shared.client.commands import ShowTyping
from loggia.shared.client.updates import Typists
from loggia.shared.protocol.limits import TYPING_S
from loggia.shared.protocol.names import quoted
from PyQt6.QtCore import QObject, QTimer

MOST_NAMED = 3


class TypingHere(QObject):
    """`ask` hands a command to the link; `clock`: seconds that never go back."""

    def __init__(
        self,
        state: WindowState,
        ask: Callable[[ShowTyping], object],
        clock: Callable[[], float],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._ask = ask
        self._clock = clock
        self._here = ""  # for which room the line is
        self._room = ""  # where the others were told that one types
        self._told_at = 0.0
        self._others: dict[str, list[str]] = {}
        self._over = QTimer(self)  # what is sent leaves an empty line as well, and says it by itself
        self._over.setSingleShot(True)
        self._over.setInterval(0)
        self._over.timeout.connect(self.stop)

    def turn(self, room: str) -> None:
        """The line is for this room now, and holds what was begun there: nobody types that."""
        if room != self._here:
            self.stop()
            self._here = room

    def written(self, room: str, line: str) -> None:
        """The line changed while this room was on the screen."""
        if room != self._here:
            return
        if not line.strip():
            if self._room:
                self._over.start()
            return
        self._over.stop()
        now = self._clock()
        if self._state.connected and (not self._room or now - self._told_at >= TYPING_S):
            self._room, self._told_at = room, now
            self._ask(ShowTyping(room=room))

    def said(self) -> None:
        """It was sent: who hears it knows that one is done."""
        self._room = ""
        self._over.stop()

    def stop(self) -> None:
        """Nobody types here any more."""
        self._over.stop()
        room, self._room = self._room, ""
        if room:
            self._ask(ShowTyping(room=room, on=False))

    def heard(self, told: Typists) -> None:
        """Who else is typing in a room now."""
        self._others[told.room] = told.nicks

    def words(self, room: str) -> str:
        """A line about the others in that room; "" when nobody is."""
        return typing_words(self._others.get(room, ()))


def typing_words(nicks: Sequence[str]) -> str:
    """Up to three by name."""
    if len(nicks) > MOST_NAMED:
        return "several people are typing"
    named = [quoted(shown_name(nick)) for nick in nicks]
    who = " and ".join(filter(None, (", ".join(named[:-1]), *named[-1:])))
    return f"{who} {'is' if len(named) == 1 else 'are'} typing" if named else ""
