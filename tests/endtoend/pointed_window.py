"""`python -m tests.endtoend.pointed_window FLAGS`: the watched window, which also tells where things are.

For tests with a real mouse. Places are pixels of the screen, whatever the scale.
"""

import sys
from collections.abc import Iterator

from loggia.qtclient import cli
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.models.rooms import RoomRow
from loggia.qtclient.state.rows import Fresh, MessageRow
from loggia.qtclient.timeline.view import Timeline
from loggia.qtclient.window import Window
from PyQt6.QtCore import QModelIndex, QPoint, QRect
from PyQt6.QtGui import QCursor
from PyQt6.QtWidgets import QAbstractButton, QApplication, QListWidget, QMenu, QWidget

from tests.endtoend.watched_window import Watched

LEFT_PX, TALL_PX = 60, 12  # of a row what is pointed at: the begin of its last line
Pointed = tuple[str, QWidget, QRect]  # how it is called, what has the mouse there, and where on the screen


def pointed(window: Window) -> str:
    """What is over all else is told of, and what that covers is not: a menu, a dialog, the window."""
    on_top = QApplication.activePopupWidget() or QApplication.activeModalWidget() or window
    there = [one for one in _there(window, on_top) if QApplication.widgetAt(one[2].center()) is one[1]]
    mouse, scale = QCursor.pos(), window.devicePixelRatioF()
    has_mouse = QApplication.widgetAt(mouse)
    under = [name for name, widget, rect in there if widget is has_mouse and rect.contains(mouse)]
    rows = [row for row in window.timeline.on_screen() if isinstance(row, MessageRow)]
    rooms, editor = window.sidebar.rooms, window.composer.editor
    below = QPoint(editor.width(), editor.height())
    fields = {
        "ground": QApplication.palette().base().color().name(),
        "writes_in": (*_pixel(editor.mapToGlobal(QPoint()), scale), *_pixel(below, scale)),
        "answers": window.answering.label.accessibleName(),
        "signs": {row.text: _signs(row) for row in rows},
        "pinned": [row.text for row in rows if row.became.pinned],
        "chosen_row": getattr(window.timeline.currentIndex().data(ROW), "text", ""),
        "line_at": _line_at(window.timeline),
        "counted": [button.text() for button in _counts(window).values() if button.isVisible()],
        "rooms": window.frame._rooms.names(),
        "dropped_before": rooms._before if rooms.dragging else None,
        "under": under,
        "places": {name: _pixel(rect.center(), scale) for name, _, rect in there},
    }
    return " ".join(f"{name}={value!a}" for name, value in fields.items())


def _pixel(point: QPoint, scale: float) -> tuple[int, int]:
    return round(point.x() * scale), round(point.y() * scale)


def _signs(row: MessageRow) -> dict[str, tuple[int, bool]]:
    """How many put each there, and whether I did."""
    return {one.emoji: (len(one.accounts), one.mine) for one in row.became.reactions}


def _line_at(timeline: Timeline) -> float | None:
    """How far down the line stands above what is new: 0 at the upper edge, 1 at the lower one."""
    line = next((row for row in timeline.on_screen() if isinstance(row, Fresh)), None)
    port = timeline.viewport()
    if line is None or port is None:
        return None
    return round(port.mapFromGlobal(timeline.reach.corner(line.key)).y() / port.height(), 1)


def _there(window: Window, on_top: QWidget) -> Iterator[Pointed]:
    if isinstance(on_top, QMenu):
        for action in on_top.actions():
            yield action.text(), on_top, _on_screen(on_top, on_top.actionGeometry(action))
    for button in on_top.findChildren(QAbstractButton):
        if button.isVisible() and button not in _counts(window).values():
            words = button.accessibleName() or button.text()
            yield _of_row(window, button) + words, button, _on_screen(button, button.rect())
    for listed in on_top.findChildren(QListWidget):
        for number in range(listed.count()):
            item = listed.item(number)
            if item is not None and (port := listed.viewport()) is not None:
                last = item.text().rpartition(": ")[2]  # behind who said it, and when
                yield last, port, _on_screen(port, listed.visualItemRect(item))
    if on_top is window:
        for name, button in _counts(window).items():
            if button.isVisible():
                yield name, button, _on_screen(button, button.rect())
        yield from _rooms(window)
        yield from _messages(window.timeline)


def _counts(window: Window) -> dict[str, QAbstractButton]:
    """The buttons over the messages; their words change while the mouse is on its way to them."""
    jumps = window.timeline.jumps
    return {"to the mention": jumps.mention, "to the newest": jumps.newest, "back": jumps.back}


def _of_row(window: Window, button: QAbstractButton) -> str:
    """Before the words of a button in the bar: of which message."""
    bar = window.timeline.bar
    row = QModelIndex(bar._of).data(ROW) if button in bar.buttons.values() else None
    return f"{row.text}: " if isinstance(row, MessageRow) else ""


def _rooms(window: Window) -> Iterator[Pointed]:
    rooms, model = window.sidebar.rooms, window.frame._rooms
    port = rooms.viewport()
    for row in model.rows:
        if isinstance(row, RoomRow) and port is not None:
            yield f"{row.sign} {row.title}", port, _on_screen(port, rooms.visualRect(model.find(row.key)))


def _messages(timeline: Timeline) -> Iterator[Pointed]:
    """Each by its text, and what in it can be pressed by that and by its own words."""
    port = timeline.viewport()
    for row in timeline.on_screen():
        if port is None or not isinstance(row, MessageRow):
            continue
        rect = timeline.visualRect(timeline._rows.find(row.key))
        left = port.mapFromGlobal(timeline.reach.corner(row.key)).x()
        yield row.text, port, _on_screen(port, QRect(left, rect.bottom() - 16, LEFT_PX, TALL_PX))
        for spot in timeline._drawn.layouts.of(row, rect.width()).spots():
            box = spot.box.toAlignedRect().translated(rect.topLeft())
            yield f"in {row.text}: {spot.action.words(row)}", port, _on_screen(port, box)


def _on_screen(widget: QWidget, rect: QRect) -> QRect:
    return QRect(widget.mapToGlobal(rect.topLeft()), rect.size())


class PointedWindow(Watched):
    """The window, as `shown` and `pointed` tell of it."""

    def account(self) -> str:
        return f"{super().account()} {pointed(self)}"


if __name__ == "__main__":
    from loggia.qtclient import app

    app.Window = PointedWindow  # type: ignore[misc]
    sys.exit(cli.start())
