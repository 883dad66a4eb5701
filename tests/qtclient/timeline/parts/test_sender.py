"""The name above a group is measured with its row, and not whenever that is painted."""

from collections.abc import Callable

import pytest
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.parts import sender
from loggia.qtclient.timeline.parts.sender import SenderLine
from loggia.qtclient.timeline.typography import one_line
from loggia.qtclient.window import Window
from msgspec import structs
from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QFont, QFontMetricsF, QImage, QPainter

from tests.qtclient.talk import arrived, entered, says
from tests.qtclient.timeline.measured import part

NICKS = ["bob", "Łukasz Ünï", "שלום bob", "bob שלום!", "\U0001f600x", "日本語", "e\u0301\u0302 q", "gjpqy|"]


@pytest.mark.parametrize("nick", [*NICKS, "\U0001f600" * 32, "\u231a" * 32, "a" * 64])
def test_a_name_is_measured_once_however_often_it_is_painted(
    make_window: Callable[..., Window], state: WindowState, monkeypatch: pytest.MonkeyPatch, nick: str
):
    """To measure one of 32 pictures takes three milliseconds: a page of such names stopped the scrolling."""
    made: list[str] = []
    monkeypatch.setattr(sender, "one_line", lambda text, font: (made.append(text), one_line(text, font))[1])
    state.apply([*entered(), *arrived([structs.replace(says(1, text="hi"), nick=nick)])], 0)
    window = make_window(state, width=500)
    window.refresh()
    window.grab()
    (index,) = [
        window.timeline.model().index(place, 0)
        for place, row in enumerate(window.timeline.model().rows)
        if getattr(row, "text", "") == "hi"
    ]
    line = part(window.timeline, index, SenderLine)
    made.clear()
    monkeypatch.setattr(window.timeline._drawn.layouts.type, "name_metrics", None)  # to be asked nothing
    window.timeline.viewport().repaint()
    window.grab()
    assert made == []
    assert part(window.timeline, index, SenderLine) is line


@pytest.mark.parametrize("nick", NICKS)
def test_it_is_painted_as_qt_paints_a_text(qapp, nick: str):
    font = QFont()
    layout, wide = one_line(nick, font)
    assert abs(wide - QFontMetricsF(font).horizontalAdvance(nick)) <= 1
    tall = layout.lineAt(0).height()

    def painted(paint: Callable[[QPainter], object]) -> QImage:
        image = QImage(300, 60, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        painter.setFont(font)
        paint(painter)
        painter.end()
        return image

    ours = painted(lambda painter: layout.draw(painter, QRectF(10, 10, 0, 0).topLeft()))
    theirs = painted(lambda painter: painter.drawText(QRectF(10, 10, 280, tall), 0, nick))
    assert ours == theirs
