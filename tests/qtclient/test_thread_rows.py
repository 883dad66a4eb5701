"""What leads to a thread, and what can be done with the messages that its panel shows."""

from collections.abc import Callable

import pytest
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.parts.acts import REPLY
from loggia.qtclient.timeline.parts.quote import GO_TO_ANSWERED, Quote
from loggia.qtclient.timeline.parts.replies import SHOW_THREAD, RepliesLine
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Say
from msgspec import structs
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest

from tests.qtclient.open_thread import answer, beside, in_panel, inquiries, show, texts
from tests.qtclient.row_in_hand import focus, index_of, roles, told
from tests.qtclient.talk import says, waits
from tests.qtclient.timeline.measured import part

Make = Callable[..., Window]


@pytest.fixture
def window(make_window: Make, state: WindowState) -> Window:
    return beside(make_window, state)


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


@pytest.mark.parametrize(("text", "kind"), [("why", RepliesLine), ("so", Quote)])
@pytest.mark.parametrize("by_key", [True, False])
def test_how_many_answered_and_the_line_above_what_they_said_lead_there(
    window: Window, asked: list[object], qtbot, text: str, kind: type, by_key: bool
):
    timeline, index = window.timeline, index_of(window, text)
    (spot,) = part(timeline, index, kind).spots()
    if by_key:
        focus(window, text)
        QTest.keyClick(timeline, Qt.Key.Key_Right)
        QTest.keyClick(timeline, Qt.Key.Key_Return)
    else:
        at = spot.box.center().toPoint() + timeline.visualRect(index).topLeft()
        qtbot.mouseClick(timeline.viewport(), Qt.MouseButton.LeftButton, pos=at)
    (ask,) = inquiries(asked)
    assert ask.request.thread == 1
    assert window.threads.panel.isVisible()
    assert window.threads.panel.composer.editor.hasFocus()


def test_what_is_said_in_a_thread_tells_in_the_room_of_which_and_not_in_the_thread(
    window: Window, asked: list[object]
):
    assert index_of(window, "so").data(ROW).quote == "bob: why"
    show(window)
    answer(window, asked)
    shown = in_panel(window, "so").data(ROW)
    assert (shown.quote, shown.reply_to, shown.thread) == ("", None, None)
    assert in_panel(window, "why").data(ROW).became.replies == 0
    window.take(
        [told(says(4, text="as well", thread=1, reply_to=1), says(5, text="no", thread=1, reply_to=3))]
    )
    window.refresh()
    assert in_panel(window, "as well").data(ROW).quote == ""
    assert in_panel(window, "no").data(ROW).quote == "bob: so"
    assert window.threads.panel.count.text() == "3 replies"
    assert index_of(window, "why").data(ROW).became.replies == 3


def test_what_one_says_there_names_the_thread_and_what_it_answers(window: Window, asked: list[object]):
    show(window)
    answer(window, asked)
    editor, timeline = window.threads.panel.composer.editor, window.threads.panel.timeline
    menu = timeline.menu(in_panel(window, "so"))
    next(entry for entry in menu.actions() if entry.data() == REPLY.id).trigger()
    assert editor.hasFocus()
    assert window.threads.panel.answering.label.text() == "Answering bob: so"
    assert window.answering.isHidden()
    for text in ("one", "two"):
        QTest.keyClicks(editor, text)
        QTest.keyClick(editor, Qt.Key.Key_Return)
    one, two = (command for command in asked if isinstance(command, Say))
    assert one == Say(room="lobby", text="one", reply_to=3, thread=1, epoch="one")
    assert two == Say(room="lobby", text="two", reply_to=1, thread=1, epoch="one")


def test_what_an_answer_there_answers_is_gone_to_in_the_thread(window: Window, asked: list[object]):
    show(window)
    answer(window, asked)
    window.take([told(says(4, text="no", thread=1, reply_to=3))])
    window.refresh()
    timeline = window.threads.panel.timeline
    timeline.act(GO_TO_ANSWERED.id, 3)
    assert timeline.currentIndex() == in_panel(window, "so")
    timeline.act(GO_TO_ANSWERED.id, 2)
    assert timeline.currentIndex() == in_panel(window, "so")
    assert window.timeline.currentIndex() == index_of(window, "else"), "it is not in the thread"


def test_what_waits_in_the_outbox_is_at_its_end(window: Window, asked: list[object]):
    show(window)
    answer(window, asked)
    window.take(
        [waits("w1", "mine", thread=1, reply_to=1), waits("w2", "apart"), waits("w3", "on", thread=2)]
    )
    window.refresh()
    assert texts(window) == ["why", "so", "mine"]
    row = in_panel(window, "mine").data(ROW)
    assert (row.sign, row.quote, row.own) == ("waiting", "", True)
    mine = structs.replace(says(4, "ada", "mine", thread=1, reply_to=1), id="w1")
    window.take([told(mine, says(5, text="behind", thread=1))])
    window.refresh()
    assert texts(window) == ["why", "so", "mine", "behind"]
