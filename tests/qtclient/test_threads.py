"""A thread at the right of the messages: opened, followed, answered, closed."""

from collections.abc import Callable

import pytest
from loggia.qtclient.state.message import MessageRow
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.threads import OFFLINE
from loggia.qtclient.timeline.parts.replies import SHOW_THREAD
from loggia.qtclient.window import Window
from loggia.shared.client.commands import DropInquiry, Say
from loggia.shared.client.updates import ConnectionStatus, Inquired
from loggia.shared.protocol.answers import Error
from loggia.shared.protocol.requests import History
from PyQt6 import sip
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtTest import QTest

from tests.qtclient.open_thread import answer, beside, in_panel, inquiries, show, texts
from tests.qtclient.row_in_hand import index_of, told
from tests.qtclient.state.test_rows_changed import deletes, edits
from tests.qtclient.talk import says

Make = Callable[..., Window]


@pytest.fixture
def window(make_window: Make, state: WindowState) -> Window:
    return beside(make_window, state)


@pytest.mark.parametrize("text", ["why", "so"])
def test_the_key_asks_for_the_thread_of_this_life_of_the_log_and_shows_it(
    window: Window, asked: list[object], text: str
):
    show(window, text)
    (ask,) = inquiries(asked)
    assert isinstance(ask.request, History)
    assert (ask.request.room, ask.request.thread, ask.epoch) == ("lobby", 1, "one")
    assert window.threads.panel.isVisible()
    assert not window.people.isVisible()
    assert window.middle.geometry().right() < window.threads.panel.geometry().left()
    answer(window, asked)
    assert texts(window) == ["why", "so"]
    assert window.threads.panel.count.text() == "1 reply"
    assert not window.threads.panel.note.isVisible()
    assert window.threads.panel.composer.editor.hasFocus()


def test_the_menu_offers_it_for_every_stored_message(window: Window):
    for text in ("why", "else", "so"):
        menu = window.timeline.menu(index_of(window, text))
        assert SHOW_THREAD.id in [entry.data() for entry in menu.actions()]


def test_it_follows_what_is_said_edited_and_deleted_also_before_it_is_here(
    window: Window, asked: list[object]
):
    show(window)
    window.take([told(says(4, text="early", thread=1), says(5, text="apart"))])
    answer(window, asked)
    assert texts(window) == ["why", "so", "early"]
    window.take([told(says(6, text="late", thread=1), edits(7, 3, "thus"), deletes(8, 4))])
    window.refresh()
    assert texts(window) == ["why", "thus", "(deleted)", "late"]


def test_who_is_called_otherwise_is_meant_by_that_name_there_too(window: Window, asked: list[object]):
    show(window, "why")
    answer(window, asked)
    rows = window.threads._shown.here.rows
    assert [row.mention for row in rows if isinstance(row, MessageRow)] == [False, False]
    window.state.renamed("so")
    window.refresh()
    assert [row.mention for row in rows if isinstance(row, MessageRow)] == [False, True]


def test_what_is_written_there_is_said_in_the_thread(window: Window, asked: list[object]):
    show(window)
    answer(window, asked)
    QTest.keyClicks(window.threads.panel.composer.editor, "mine")
    QTest.keyClick(window.threads.panel.composer.editor, Qt.Key.Key_Return)
    (say,) = [one for one in asked if isinstance(one, Say)]
    assert (say.room, say.text, say.thread, say.epoch) == ("lobby", "mine", 1, "one")
    assert window.threads.panel.composer.editor.text == ""


def test_what_is_too_long_for_one_message_stays_written(window: Window, asked: list[object]):
    show(window)
    panel = window.threads.panel
    panel.composer.editor.write("é" * (window.state.limits.text_bytes // 2 + 1))
    QTest.keyClick(panel.composer.editor, Qt.Key.Key_Return)
    told = "This is 1 character too long for one message (8,192 fit). Send it in parts."
    assert panel.composer.hint.text() == told
    assert panel.composer.hint.isVisible()
    assert panel.composer.editor.text.startswith("é")
    assert not any(isinstance(one, Say) for one in asked)
    QTest.keyClick(panel.composer.editor, Qt.Key.Key_Backspace)
    assert "too long" not in panel.composer.hint.text()
    QTest.keyClick(panel.composer.editor, Qt.Key.Key_Return)
    assert any(isinstance(one, Say) for one in asked)
    assert not panel.composer.hint.isVisible()


@pytest.mark.parametrize("by_key", [True, False])
def test_escape_and_the_button_close_it_and_nobody_waits_for_it(
    window: Window, asked: list[object], qtbot, by_key: bool
):
    show(window)
    panel = window.threads.panel
    if by_key:
        QTest.keyClick(panel.composer.editor, Qt.Key.Key_Escape)
    else:
        qtbot.mouseClick(panel.close_button, Qt.MouseButton.LeftButton)
    assert not panel.isVisible()
    assert window.people.isVisible()
    assert DropInquiry(id=inquiries(asked)[0].id) in asked


def test_a_refusal_is_told_in_the_panel(window: Window, asked: list[object]):
    show(window)
    (ask,) = inquiries(asked)
    refused = Error(id=ask.id, code="no_such_message", text="This message is gone from the log.")
    window.take([Inquired(id=ask.id, refused=refused)])
    assert window.threads.panel.note.text() == refused.text
    assert window.threads.panel.note.isVisible()


def test_without_a_connection_it_is_said(window: Window, asked: list[object]):
    window.take([ConnectionStatus(connection="reconnecting", retry_in_s=3.0)])
    show(window)
    assert window.threads.panel.note.text() == OFFLINE


def test_with_the_connection_it_is_asked_again_and_what_is_shown_stays_until_then(
    window: Window, asked: list[object]
):
    show(window)
    answer(window, asked)
    window.take([ConnectionStatus(connection="reconnecting", retry_in_s=3.0)])
    window.refresh()
    window.take([ConnectionStatus(connection="connected")])
    window.refresh()
    assert len(inquiries(asked)) == 2
    assert texts(window) == ["why", "so"]
    answer(window, asked)
    assert texts(window) == ["why", "so"]


def test_its_text_is_selected_and_escape_lets_go_of_that_first(window: Window, asked: list[object], qtbot):
    show(window)
    answer(window, asked)
    timeline = window.threads.panel.timeline
    timeline.setFocus()
    timeline.setCurrentIndex(in_panel(window, "so"))
    QTest.keyClick(timeline, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(timeline, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "s"
    QTest.keyClick(timeline, Qt.Key.Key_Escape)
    assert window.threads.panel.isVisible()
    assert timeline.selecting.text() == ""
    assert timeline.hasFocus()
    window.threads.panel.composer.editor.setFocus()
    QTest.keyClick(window.threads.panel.composer.editor, Qt.Key.Key_Escape)
    assert not window.threads.panel.isVisible()


def test_in_a_narrow_window_it_is_over_the_messages(window: Window, asked: list[object]):
    window.resize(640, 600)
    show(window)
    panel = window.threads.panel
    assert panel.isVisible()
    assert window.frame.scrim.isVisible()
    assert window.middle.width() == window.width()
    QTest.keyClick(panel.composer.editor, Qt.Key.Key_Escape)
    assert not panel.isVisible()
    assert not window.frame.scrim.isVisible()


def test_another_room_has_another_thread(window: Window, asked: list[object]):
    show(window)
    window.go("lab")
    assert not window.threads.panel.isVisible()


def test_its_rows_outlive_the_list_of_them_as_those_of_the_room_do(window: Window):
    order: list[str] = []
    for name, timeline in {"thread": window.threads.panel.timeline, "room": window.timeline}.items():
        timeline.model().destroyed.connect(lambda _, name=name: order.append(f"rows of the {name}"))
        timeline.destroyed.connect(lambda _, name=name: order.append(f"list of the {name}"))
    sip.delete(window.centralWidget())
    assert sorted(order) == ["list of the room", "list of the thread"]
