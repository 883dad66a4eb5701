"""`python -m tests.endtoend.watched_window FLAGS`: the window, which prints what it shows when that changes.

For tests with real keys. The next letter of a name may come late on a busy machine: here it is waited for.
"""

import sys
from collections.abc import Callable

from loggia.qtclient import cli
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.window import Window
from PyQt6.QtCore import QPoint, QTimer
from PyQt6.QtWidgets import QApplication

LOOK_MS = 10
LETTERS_MS = 60_000


def shown(window: Window) -> str:
    """One line: whether one is in the room, where the keyboard is, what is written (in a thread, too), chosen
    and seen; and where on the screen the row that is seen last begins to speak, and one writes."""
    focus, timeline = QApplication.focusWidget(), window.timeline
    person = window.people.list.currentIndex().data(ROW)
    card, dialog = window.going.card, window.going.dialog
    rows, editor = timeline.on_screen(), window.composer.editor
    fields = {
        "entered": bool(window.state.here and window.state.here.entered),
        "keys": focus.accessibleName() if focus else "",
        "covered": window.frame.scrim.isVisible(),
        "written": editor.toPlainText(),
        "in_thread": window.threads.panel.composer.editor.toPlainText(),
        "seen": timeline.in_sight(),
        "last": getattr(rows[-1], "text", "") if rows else "",
        "selected": len(timeline.selectedIndexes()),
        "chosen": timeline.selecting.text(),
        "words_at": at(timeline.reach.corner(rows[-1].key)) if rows else (0, 0),
        "writes_at": at(editor.mapToGlobal(editor.rect().center())),
        "person": person.title if person else "",
        "card": bool(card and card.isVisible()),
        "offered": getattr(dialog.list.currentIndex().data(ROW), "text", "") if dialog else "",
        "scale": window.devicePixelRatioF(),
    }
    return "shows " + " ".join(f"{name}={value!r}" for name, value in fields.items())


def at(point: QPoint) -> tuple[int, int]:
    return point.x(), point.y()


class Watching(QTimer):
    """Looks at a window, and ends with it. `tells`: what is printed of it when that changes."""

    def __init__(self, window: Window, tells: Callable[[], str]) -> None:
        super().__init__(window)
        self._tells, self._told = tells, ""
        self.timeout.connect(self._look)
        self.start(LOOK_MS)

    def _look(self) -> None:
        if (now := self._tells()) != self._told:
            self._told = now
            print(now, flush=True)


class Watched(Window):
    """The window, as `shown` tells of it."""

    def __init__(self, *given: object, **named: object) -> None:
        super().__init__(*given, **named)  # type: ignore[arg-type]
        QApplication.setKeyboardInputInterval(LETTERS_MS)
        Watching(self, self.account)

    def account(self) -> str:
        return shown(self)


if __name__ == "__main__":
    from loggia.qtclient import app

    app.Window = Watched  # type: ignore[misc]
    sys.exit(cli.start())
