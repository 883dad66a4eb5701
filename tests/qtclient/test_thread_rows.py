"""What leads to a thread, and what can be done with the messages that its panel shows."""

from collections.abc import Callable

import pytest
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.parts.replies import SHOW_THREAD
from loggia.qtclient.window import Window
from PyQt6.QtCore import Qt

from tests.qtclient.open_thread import answer, in_panel, inquiries, show
from tests.qtclient.row_in_hand import focus, index_of, roles, told
from tests.qtclient.talk import entered, says

Make = Callable[..., Window]


@pytest.fixture
def window(make_window: Make, state: WindowState) -> Window:
    said = says(1, text="why"), says(2, text="else"), says(3, text="so", thread=1)
    state.apply([*entered(), told(*said)], 0)
    window = make_window(state)
    window.resize(1200, 600)
    window.refresh()
    return window


@pytest.fixture
def asked(window: Window) -> list[object]:
    commands: list[object] = []
    window.asked.connect(commands.append)
    return commands


def offered(window: Window, text: str) -> list[str]:
    return [entry.data() for entry in window.timeline.menu(index_of(window, text)).actions()]


@pytest.mark.parametrize("by_key", [True, False])
@pytest.mark.parametrize("text", ["why", "else", "so"])
def test_the_bar_above_a_row_leads_to_its_thread(
    window: Window, asked: list[object], qtbot, text: str, by_key: bool
):
    focus(window, text)
    qtbot.waitUntil(window.timeline.bar.isVisible)
    button = window.timeline.bar.buttons[SHOW_THREAD.id]
    assert button.accessibleName() == "Show thread"
    if by_key:
        button.setFocus(Qt.FocusReason.TabFocusReason)
        qtbot.keyClick(button, Qt.Key.Key_Return)
    else:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.threads.panel.isVisible()
    (ask,) = inquiries(asked)
    assert ask.request.thread == {"why": 1, "else": 2, "so": 1}[text]


def test_the_menu_says_whether_there_is_one(window: Window):
    for text, words in {"why": "Show thread", "else": "Answer in a thread", "so": "Show thread"}.items():
        menu = window.timeline.menu(index_of(window, text))
        assert words in [entry.text() for entry in menu.actions()]


def test_who_may_not_write_reads_threads_and_begins_none(window: Window):
    window.take([roles(ada="guest", bob="member")])
    assert SHOW_THREAD.id in offered(window, "why")
    assert SHOW_THREAD.id in offered(window, "so")
    assert SHOW_THREAD.id not in offered(window, "else")


def test_in_the_thread_nothing_leads_to_it(window: Window, asked: list[object], qtbot):
    show(window)
    answer(window, asked)
    timeline = window.threads.panel.timeline
    for text in ("why", "so"):
        entries = timeline.menu(in_panel(window, text)).actions()
        assert SHOW_THREAD.id not in [entry.data() for entry in entries]
    timeline.setFocus()
    timeline.setCurrentIndex(in_panel(window, "so"))
    qtbot.waitUntil(timeline.bar.isVisible)
    assert not timeline.bar.buttons[SHOW_THREAD.id].isVisible()
