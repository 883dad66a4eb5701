"""The status line in the window: how much of it is shown, and the rest."""

from collections.abc import Callable

import pytest
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from loggia.shared.client.updates import Completeness, ConnectionStatus
from PyQt6.QtCore import Qt

from tests.qtclient.talk import arrived, entered, many, waits

Make = Callable[..., Window]


@pytest.mark.parametrize("width", [360, 1100])
def test_what_is_missing_is_said_in_a_narrow_window_too(make_window: Make, state: WindowState, width: int):
    state.apply(
        [
            *entered(head=48112),
            Completeness(
                room="lobby", first=3001, last=48072, head=48112, filling=40, older=3000, current=True
            ),
        ],
        0,
    )
    window = make_window(state, width=width)
    words = window.status.words
    older = "Older: scroll" if width == 360 else "Older ones load as you scroll"
    assert words.text() == f"Connected · Catching up: 40 · {older}", "all of it"
    assert words.fontMetrics().horizontalAdvance(words.text()) <= words.width()
    whole = "Connected · Catching up: 40 · Older ones load as you scroll"
    assert words.accessibleName() == whole
    assert whole in words.toolTip()
    assert "3,001 to 48,072, filling 40 messages, not loaded: 3,000 older" in words.toolTip()
    window.status.tell()
    told = window.status.details.words.text()
    assert told == (state.details() if width > 360 else f"{whole}\n{state.details()}")
    assert window.status.details.height() >= window.status.details.words.heightForWidth(
        window.status.details.words.width()
    )


@pytest.mark.parametrize(
    "status",
    [
        ConnectionStatus(connection="offline"),
        ConnectionStatus(connection="reconnecting", retry_in_s=30),
        ConnectionStatus(connection="offline", reason="The disk refused to store what is new."),
    ],
)
def test_a_line_that_is_cut_is_cut_at_its_end(
    make_window: Make, state: WindowState, status: ConnectionStatus
):
    state.apply([*entered(), *arrived(many(1, 9)), status, waits("w1"), waits("w2")], 0)
    window = make_window(state, width=360)
    line, shown = state.status_line(0), window.status.words.text()
    assert ("2 wait" in shown) == (not status.reason)
    assert line.shorter[-1].startswith(shown.rstrip("\N{HORIZONTAL ELLIPSIS}"))
    window.resize(420, 700)
    if status.connection == "reconnecting":
        assert window.status.words.text() == line.shorter[0] == "Reconnecting in 30 s · 2 wait · All is here"
    window.resize(1100, 700)
    assert window.status.words.text() == line.text


@pytest.mark.parametrize("how", ["line", "button", "key"])
def test_how_it_stands_in_detail_is_told_on_request(make_window: Make, state: WindowState, qtbot, how: str):
    state.apply([*entered(head=9), *arrived(many(1, 9))], 0)
    window = make_window(state)
    line = window.status
    assert not line.details.isVisible()
    if how == "key":
        line.button.setFocus()
        qtbot.keyClick(line.button, Qt.Key.Key_Space)
    else:
        qtbot.mouseClick(line.words if how == "line" else line.button, Qt.MouseButton.LeftButton)
    assert line.details.isVisible()
    assert line.details.words.text() == state.details()
    assert line.details.geometry().bottom() < line.y()
    assert line.details.height() < 5 * line.details.fontMetrics().lineSpacing() + 24, (
        "no taller than its words"
    )
    qtbot.keyClick(line.details.words, Qt.Key.Key_Escape)
    assert not line.details.isVisible()
    assert window.composer.isVisible()
