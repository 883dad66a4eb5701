"""A message of mine is changed where it is read: one of a thread's panel in the thread's composer."""

from collections.abc import Callable

import pytest
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.rewriting import NOT_YET, OFFLINE
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.thread_writing import GONE
from loggia.qtclient.timeline.parts.acts import CHANGE
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Ask, Say
from loggia.shared.client.updates import Acted, ConnectionStatus, Inquired
from loggia.shared.protocol.answers import Error
from loggia.shared.protocol.requests import Edit
from msgspec import structs
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest

from tests.qtclient.open_thread import in_panel, inquiries, show, wide
from tests.qtclient.row_in_hand import told
from tests.qtclient.talk import entered, restored, says, waits

Make = Callable[..., Window]
NOT_FOR_YOU = "It is not for you."


@pytest.fixture
def window(make_window: Make, state: WindowState) -> Window:
    """Beside a room where I spoke last is a thread in which I said "mine" and "mine, too"."""
    thread = says(1, text="why"), says(4, "ada", "mine", thread=1), says(5, "ada", "mine, too", thread=1)
    state.apply([*entered(), *entered("lab"), told(*thread, says(6, "ada", "apart"))], 0)
    return wide(make_window(state))


@pytest.fixture
def opened(window: Window, asked: list[object]) -> Window:
    open_thread(window, asked)
    return window


def open_thread(window: Window, asked: list[object]) -> None:
    show(window)
    thread = says(1, text="why"), says(4, "ada", "mine", thread=1), says(5, "ada", "mine, too", thread=1)
    window.take([Inquired(id=inquiries(asked)[-1].id, room="lobby", events=list(thread))])
    window.refresh()


def editor(window: Window):
    return window.threads.panel.composer.editor


def press(window: Window, *keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(editor(window), key)


def edits(asked: list[object]) -> list[Edit]:
    return [structs.replace(one.request, id="") for one in asked if isinstance(one, Ask)]


def edit(seq: int, text: str) -> Edit:
    return Edit(id="", room="lobby", seq=seq, text=text)


def refuse(window: Window, asked: list[object]) -> None:
    (ask,) = [one for one in asked if isinstance(one, Ask)]
    window.take([Acted(id=ask.id, refused=Error(id="x", code="not_allowed", text=NOT_FOR_YOU))])
    window.refresh()


def is_changing(window: Window) -> tuple[bool, bool]:
    """In the room, in the thread."""
    return window.composer.change.isVisible(), window.threads.panel.composer.change.isVisible()


@pytest.mark.parametrize("way", ["up", "menu", "key", "bar"])
def test_it_is_written_anew_in_the_threads_composer(opened: Window, asked: list[object], qtbot, way: str):
    opened.composer.editor.write("in the room")
    timeline = opened.threads.panel.timeline
    index = in_panel(opened, "mine" if way != "up" else "mine, too")
    if way == "up":
        press(opened, Qt.Key.Key_Up)
    elif way == "menu":
        entries = timeline.menu(index).actions()
        next(entry for entry in entries if entry.data() == CHANGE.id).trigger()
    else:
        timeline.setFocus()
        timeline.setCurrentIndex(index)
        if way == "key":
            QTest.keyClick(timeline, Qt.Key.Key_F2)
        else:
            qtbot.waitUntil(timeline.bar.isVisible)
            QTest.mouseClick(timeline.bar.buttons[CHANGE.id], Qt.MouseButton.LeftButton)
    text = index.data(ROW).text
    assert is_changing(opened) == (False, True)
    assert editor(opened).hasFocus()
    assert editor(opened).text == text
    QTest.keyClicks(editor(opened), "!")
    press(opened, Qt.Key.Key_Return)
    assert edits(asked) == [edit(index.data(ROW).seq, f"{text}!")]
    assert not [one for one in asked if isinstance(one, Say)]
    assert editor(opened).text == ""
    assert is_changing(opened) == (False, False)
    assert opened.composer.editor.text == "in the room"


def test_up_changes_my_last_message_of_the_thread(opened: Window, asked: list[object]):
    opened.take([told(says(7, "ada", "newest", thread=1), says(8, "ada", "apart, too"))])
    opened.refresh()
    press(opened, Qt.Key.Key_Up)
    assert editor(opened).text == "newest"
    assert is_changing(opened) == (False, True)
    assert editor(opened).hasFocus()
    assert opened.composer.editor.text == ""


def test_in_the_room_it_is_the_rooms(opened: Window, asked: list[object]):
    QTest.keyClicks(editor(opened), "in the thread")
    QTest.keyClick(opened.composer.editor, Qt.Key.Key_Up)
    assert is_changing(opened) == (True, False)
    assert opened.composer.editor.text == "apart"
    assert editor(opened).text == "in the thread"


@pytest.mark.parametrize("way", ["escape", "button", "as it was"])
def test_what_was_written_before_comes_back(opened: Window, asked: list[object], way: str):
    QTest.keyClicks(editor(opened), "begun")
    press(opened, Qt.Key.Key_Left)
    timeline = opened.threads.panel.timeline
    timeline.act(CHANGE.id, in_panel(opened, "mine").data(ROW))
    timeline.act(CHANGE.id, in_panel(opened, "mine, too").data(ROW))
    assert editor(opened).text == "mine, too"
    if way == "button":
        QTest.mouseClick(opened.threads.panel.composer.change.leave, Qt.MouseButton.LeftButton)
    else:
        press(opened, Qt.Key.Key_Escape if way == "escape" else Qt.Key.Key_Return)
    assert opened.threads.panel.isVisible()
    assert is_changing(opened) == (False, False)
    QTest.keyClicks(editor(opened), "-")
    assert editor(opened).text == "begu-n"
    assert edits(asked) == []


@pytest.mark.parametrize("way", ["closed", "another", "room"])
def test_a_change_is_there_when_the_thread_is_open_again(opened: Window, asked: list[object], way: str):
    QTest.keyClicks(editor(opened), "begun")
    opened.threads.panel.timeline.act(CHANGE.id, in_panel(opened, "mine").data(ROW))
    QTest.keyClicks(editor(opened), "!")
    assert opened.threads.written.begun() == [("lobby", "begun")], "a change is no draft"
    if way == "closed":
        opened.threads.close()
    elif way == "another":
        show(opened, "apart")
        assert is_changing(opened) == (False, False)
        assert editor(opened).text == ""
    else:
        opened.go("lab")
        assert is_changing(opened) == (False, False)
        opened.go("lobby")
    assert opened.threads.written.begun() == [("lobby", "begun")]
    open_thread(opened, asked)
    assert is_changing(opened) == (False, True)
    assert editor(opened).text == "mine!"
    press(opened, Qt.Key.Key_Return)
    assert edits(asked) == [edit(4, "mine!")]
    assert editor(opened).text == "begun"


@pytest.mark.parametrize("meanwhile", ["", "half a thought"])
def test_a_change_that_is_refused_is_begun_again(opened: Window, asked: list[object], meanwhile: str):
    press(opened, Qt.Key.Key_Up)
    QTest.keyClicks(editor(opened), "!")
    press(opened, Qt.Key.Key_Return)
    QTest.keyClicks(editor(opened), meanwhile)
    refuse(opened, asked)
    hint = opened.threads.panel.composer.hint
    assert hint.isVisible()
    assert hint.text() == NOT_FOR_YOU + " Ctrl+Up brings back what you wrote." * bool(meanwhile)
    assert editor(opened).text == (meanwhile or "mine, too!")
    assert is_changing(opened) == (False, not meanwhile)
    assert (opened.composer.editor.text, opened.composer.hint.text()) == ("", "")


@pytest.mark.parametrize("way", ["closed", "restored"])
def test_a_change_that_is_refused_later_is_said_in_the_room(opened: Window, asked: list[object], way: str):
    press(opened, Qt.Key.Key_Up)
    QTest.keyClicks(editor(opened), "!")
    press(opened, Qt.Key.Key_Return)
    if way == "closed":
        opened.threads.close()
    else:
        opened.take([restored(6, head=0)])
        opened.refresh()
    refuse(opened, asked)
    more = "What you wrote is in its thread again." if way == "closed" else GONE.format(there="")
    assert opened.composer.hint.text() == f"{NOT_FOR_YOU} {more}"
    in_room = "" if way == "closed" else "mine, too!"
    assert (opened.composer.editor.text, editor(opened).text) == (in_room, "")
    if way == "closed":
        open_thread(opened, asked)
        assert editor(opened).text == "mine, too!"
        assert is_changing(opened) == (False, True)


def test_of_a_log_that_was_restored_nothing_is_changed(opened: Window, asked: list[object]):
    QTest.keyClicks(editor(opened), "begun")
    opened.threads.panel.timeline.act(CHANGE.id, in_panel(opened, "mine").data(ROW))
    opened.take([restored(6, head=0)])
    opened.refresh()
    assert is_changing(opened) == (False, False)
    assert editor(opened).text == ""
    assert opened.composer.editor.text == "begun", "it is not lost, and the change is none any more"


def test_while_a_newer_one_waits_none_is_changed(opened: Window, asked: list[object]):
    opened.take([waits("o-1", "newer", thread=1)])
    opened.refresh()
    press(opened, Qt.Key.Key_Up)
    assert editor(opened).text == ""
    assert opened.threads.panel.composer.hint.text() == NOT_YET


def test_without_a_connection_it_stays(opened: Window, asked: list[object]):
    press(opened, Qt.Key.Key_Up)
    QTest.keyClicks(editor(opened), "!")
    opened.take([ConnectionStatus(connection="reconnecting", retry_in_s=3.0)])
    opened.refresh()
    press(opened, Qt.Key.Key_Return)
    assert opened.threads.panel.composer.hint.text() == OFFLINE
    assert editor(opened).text == "mine, too!"
    assert is_changing(opened) == (False, True)
    assert edits(asked) == []


@pytest.mark.parametrize("shown", [True, False])
def test_what_is_taken_back_waits_for_the_change(opened: Window, asked: list[object], shown: bool):
    opened.holding.on = True
    QTest.keyClicks(editor(opened), "hasty")
    press(opened, Qt.Key.Key_Return)
    opened.threads.panel.timeline.act(CHANGE.id, in_panel(opened, "mine").data(ROW))
    if not shown:
        opened.threads.close()
    opened.holding.undo("held-1")
    if not shown:
        open_thread(opened, asked)
    assert editor(opened).text == "mine"
    press(opened, Qt.Key.Key_Escape)
    assert editor(opened).text == "hasty"


def test_what_a_command_asked_for_never_becomes_a_change(opened: Window, asked: list[object]):
    QTest.keyClicks(editor(opened), "/topic benches")
    press(opened, Qt.Key.Key_Return, Qt.Key.Key_Up)
    editor(opened).clear()
    refuse(opened, asked)
    assert editor(opened).text == ""
    assert is_changing(opened) == (False, True)
    hint = opened.threads.panel.composer.hint.text()
    assert hint == f"{NOT_FOR_YOU} Ctrl+Up brings back what you wrote."
