"""Where one writes is whole on the screen, however small the window is and whatever stands around it."""

from collections.abc import Callable

import pytest
from loggia.qtclient.panels.composer import Composer
from loggia.qtclient.panels.editor import MOST_LINES
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.parts.acts import REPLY
from loggia.qtclient.window import Window
from PyQt6.QtCore import QPoint, QRect, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QWidget

from tests.qtclient.written import ready, talk

Make = Callable[..., Window]
LONG = (
    "This was refused for a reason that is told in more words than have room in one line of a small window."
)
TEXT = "\n".join(f"line {number}" for number in range(MOST_LINES + 4))


def is_whole(composer: Composer, panel: QWidget) -> bool:
    """All of the composer's parts are in it, and it is in the panel."""
    shown = [part for part in (composer.editor, composer.send, composer.hint) if part.isVisible()]
    boxes = [QRect(part.mapTo(panel, QPoint()), part.size()) for part in [*shown, composer]]
    return all(panel.rect().contains(box) for box in boxes)


def lines_shown(composer: Composer) -> float:
    port = composer.editor.viewport()
    assert port is not None
    return port.height() / composer.editor.fontMetrics().lineSpacing()


def crowd(window: Window, text: str = TEXT) -> None:
    """As much as may be around the text."""
    window.timeline.acted.emit(REPLY.id, 2)
    window.composer.editor.write(text)
    window.composer.tell(LONG)


@pytest.mark.parametrize("size", [(360, 360), (500, 420), (1100, 700)])
def test_all_of_it_is_seen(make_window: Make, state: WindowState, qtbot, size: tuple[int, int]):
    window = ready(make_window(talk(state), width=size[0], height=size[1]), qtbot)
    composer = window.composer
    crowd(window)
    qtbot.waitUntil(lambda: is_whole(composer, window.middle))
    assert composer.hint.height() >= composer.hint.heightForWidth(composer.hint.width())
    assert 2 <= lines_shown(composer) < MOST_LINES + 1
    cursor = composer.editor.cursorRect()
    assert composer.editor.viewport().rect().contains(cursor), "where one writes"
    assert window.timeline.viewport().height() > 0


def test_it_grows_and_shrinks_with_the_window(make_window: Make, state: WindowState, qtbot):
    window = ready(make_window(talk(state)), qtbot)
    crowd(window)
    qtbot.waitUntil(lambda: round(lines_shown(window.composer)) == MOST_LINES)
    window.resize(360, 360)
    qtbot.waitUntil(lambda: is_whole(window.composer, window.middle))
    assert lines_shown(window.composer) < MOST_LINES - 1
    window.resize(1100, 700)
    qtbot.waitUntil(lambda: round(lines_shown(window.composer)) == MOST_LINES)
    window.composer.editor.clear()
    assert window.composer.editor.height() < 2 * window.composer.send.sizeHint().height()


def test_a_key_scrolls_the_text_that_has_no_room(make_window: Make, state: WindowState, qtbot):
    window = ready(make_window(talk(state), width=360, height=360), qtbot)
    crowd(window, "\n".join("12345678"))  # which would have room in a larger one
    qtbot.waitUntil(lambda: is_whole(window.composer, window.middle))
    with qtbot.assertNotEmitted(window.composer.editor.passed):
        QTest.keyClick(window.composer.editor, Qt.Key.Key_PageUp)
    assert window.composer.editor.textCursor().blockNumber() < 7


def test_in_a_thread_as_well(make_window: Make, state: WindowState, qtbot):
    window = ready(make_window(talk(state), width=360, height=360), qtbot)
    window.threads.open(2)
    composer, panel = window.threads.panel.composer, window.threads.panel
    composer.editor.write(TEXT)
    composer.tell(LONG)
    qtbot.waitUntil(lambda: panel.isVisible() and is_whole(composer, panel))
    assert 2 <= lines_shown(composer) < MOST_LINES
