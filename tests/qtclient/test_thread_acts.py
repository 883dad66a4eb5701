"""What is done with the messages of a thread's panel, and where the keyboard is when that is closed."""

from collections.abc import Callable

import pytest
from loggia.qtclient.dialogs.pins import PinsList
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.became import PutSign
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.choose_sign import FIRST, ChooseSign
from loggia.qtclient.timeline.parts.action import Action
from loggia.qtclient.timeline.parts.acts import CHANGE, REACT
from loggia.qtclient.timeline.parts.changed import SHOW_EARLIER
from loggia.qtclient.timeline.parts.quote import GO_TO_ANSWERED
from loggia.qtclient.timeline.parts.reactions import TOGGLE
from loggia.qtclient.timeline.parts.replies import SHOW_IN_ROOM, SHOW_THREAD
from loggia.qtclient.timeline.sheet import Sheet
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Ask, ReadChanges
from loggia.shared.client.updates import Acted, Inquired, ToldChanges
from loggia.shared.protocol.answers import Error
from loggia.shared.protocol.requests import React
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest

from tests.qtclient.dialogs.test_pins import pins
from tests.qtclient.open_thread import answer, in_panel, inquiries, show, wide
from tests.qtclient.row_in_hand import focus, index_of, told, wished
from tests.qtclient.state.test_rows_changed import edits
from tests.qtclient.talk import entered, many, says

Make = Callable[..., Window]
# The popup is a window of its own, and the offscreen screen says so by a warning.
OFFSCREEN = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def window(make_window: Make, state: WindowState) -> Window:
    """Its rows begin far behind the thread's first messages."""
    state.apply([*entered(head=402), told(*many(300, 400), says(401, "ada", "late", thread=20))], 0)
    return wide(make_window(state))


@pytest.fixture
def opened(window: Window, asked: list[object]) -> Window:
    show(window, "late")
    (ask,) = inquiries(asked)
    early = [says(20, text="why"), says(30, text="now", thread=20, rev=31, edited_at=1_700_049_700_000)]
    events = [*early, says(401, "ada", "late", thread=20)]
    window.take([Inquired(id=ask.id, room="lobby", events=events)])
    window.refresh()
    asked.clear()
    return window


@OFFSCREEN
@pytest.mark.parametrize("by_key", [True, False])
def test_a_sign_is_put_to_what_the_room_does_not_show(
    opened: Window, asked: list[object], qtbot, by_key: bool
):
    opened.resize(760, 600)  # the screen is that small
    opened.timeline.act(SHOW_THREAD.id, 20)
    timeline = opened.threads.panel.timeline
    timeline.setFocus()
    timeline.setCurrentIndex(in_panel(opened, "why"))
    qtbot.waitUntil(timeline.bar.isVisible)
    button = timeline.bar.buttons[REACT.id]
    if by_key:
        button.setFocus()
        qtbot.keyClick(button, Qt.Key.Key_Space)
    else:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    (signs,) = timeline.findChildren(ChooseSign)
    panel = opened.threads.panel
    assert signs.x() >= panel.mapToGlobal(QPoint(0, 0)).x(), "it is beside the message"
    qtbot.keyClick(signs.buttons[0], Qt.Key.Key_Return)
    assert wished([one for one in asked if isinstance(one, Ask)]) == React(
        id="-", room="lobby", seq=20, emoji=FIRST[0]
    )


@OFFSCREEN
def test_what_it_said_before_is_shown_of_what_the_room_does_not_show(opened: Window, asked: list[object]):
    timeline = opened.threads.panel.timeline
    timeline.act(SHOW_EARLIER.id, in_panel(opened, "now").data(ROW))
    (ask,) = asked
    assert isinstance(ask, ReadChanges)
    assert ask.seq == 30
    changes = [says(30, text="then", thread=20), edits(31, 30, "now")]
    opened.take([ToldChanges(id=ask.id, room="lobby", seq=30, events=changes)])
    (sheet,) = timeline.findChildren(Sheet)
    assert "then" in sheet.text.toPlainText()
    sheet.close()


@pytest.mark.parametrize("width", [1200, 640])
@pytest.mark.parametrize("is_closed", [False, True])
def test_what_is_refused_there_is_said_where_it_is_seen(
    opened: Window, asked: list[object], width: int, is_closed: bool
):
    opened.resize(width, 600)
    panel = opened.threads.panel
    panel.timeline.act(TOGGLE.id, PutSign(20, FIRST[0], True))
    if is_closed:
        opened.threads.close()
    (ask,) = [one for one in asked if isinstance(one, Ask)]
    opened.take([Acted(id=ask.id, refused=Error(id="-", code="not_allowed", text="It is not for you."))])
    seen = opened.composer if is_closed else panel.composer
    assert (seen.hint.text(), seen.hint.isVisible()) == ("It is not for you.", True)
    other = panel.composer if is_closed else opened.composer
    assert other.hint.text() == ""


@OFFSCREEN
def test_in_the_room_the_same_stays_among_its_messages(opened: Window, asked: list[object], qtbot):
    opened.threads.close()
    opened.timeline.act(REACT.id, 400)
    (signs,) = opened.timeline.findChildren(ChooseSign)
    signs.close()


# -- The keyboard, and what lies over the messages ---------------------------------------------


@pytest.mark.parametrize("width", [1200, 640])
@pytest.mark.parametrize("way", ["escape", "button"])
@pytest.mark.parametrize("start", ["row", "bar", "composer"])
def test_the_keyboard_returns_to_where_it_came_from(
    window: Window, asked: list[object], qtbot, start: str, way: str, width: int
):
    window.resize(width, 600)
    if start == "composer":
        window.composer.editor.setFocus()
        window.timeline.act(SHOW_THREAD.id, 20)
    elif start == "row":
        show(window, "late")
    else:
        focus(window, "late")
        qtbot.waitUntil(window.timeline.bar.isVisible)
        button = window.timeline.bar.buttons[SHOW_THREAD.id]
        button.setFocus(Qt.FocusReason.TabFocusReason)
        qtbot.keyClick(button, Qt.Key.Key_Return)
    panel = window.threads.panel
    assert panel.composer.editor.hasFocus()
    if way == "escape":
        QTest.keyClick(panel.composer.editor, Qt.Key.Key_Escape)
    else:
        qtbot.mouseClick(panel.close_button, Qt.MouseButton.LeftButton)
    assert not panel.isVisible()
    came_from = window.composer.editor if start == "composer" else window.timeline
    assert came_from.hasFocus()
    if start != "composer":
        assert window.timeline.currentIndex() == index_of(window, "late")


@pytest.mark.parametrize("way", ["escape", "button"])
@pytest.mark.parametrize("start", ["rooms", "people", "folded", "nowhere"])
def test_the_keyboard_returns_also_beside_the_messages(
    window: Window, asked: list[object], qtbot, start: str, way: str
):
    window.resize(1200, 600)
    came_from = window.people.list if start == "people" else window.sidebar.rooms
    came_from.setFocus()
    if start == "nowhere":
        came_from.clearFocus()
    window.timeline.bar.hide()
    window.timeline.act(SHOW_THREAD.id, 20)
    panel = window.threads.panel
    assert panel.composer.editor.hasFocus()
    if start == "folded":
        window.resize(640, 600)
    if way == "escape":
        QTest.keyClick(panel.composer.editor, Qt.Key.Key_Escape)
    else:
        qtbot.mouseClick(panel.close_button, Qt.MouseButton.LeftButton)
    assert not panel.isVisible()
    expected = window.composer.editor if start in ("folded", "nowhere") else came_from
    assert expected.hasFocus()


def test_a_click_beside_it_closes_it_in_a_narrow_window(window: Window, asked: list[object], qtbot):
    window.resize(640, 600)
    show(window, "late")
    QTest.keyClicks(window.threads.panel.composer.editor, "begun")
    qtbot.mouseClick(window.frame.scrim, Qt.MouseButton.LeftButton, pos=QPoint(20, 300))
    assert not window.threads.panel.isVisible()
    assert not window.frame.scrim.isVisible()
    assert window.composer.editor.hasFocus()
    window.resize(1200, 600)
    assert not window.threads.panel.isVisible(), "it is closed, as by Escape"
    show(window, "late")
    assert window.threads.panel.composer.editor.text == "begun"


@pytest.mark.parametrize("action", [GO_TO_ANSWERED, SHOW_IN_ROOM])
def test_what_leads_to_the_rooms_messages_uncovers_them(window: Window, asked: list[object], action: Action):
    window.resize(640, 600)
    show(window, "late")
    window.threads.panel.timeline.act(action.id, 350)
    assert not window.threads.panel.isVisible()
    assert window.middle.isEnabled()


def test_a_change_is_no_way_to_the_rooms_messages(opened: Window, asked: list[object]):
    opened.resize(640, 600)
    panel = opened.threads.panel
    panel.timeline.act(CHANGE.id, in_panel(opened, "late").data(ROW))
    assert panel.isVisible()
    assert panel.composer.editor.text == "late"
    assert panel.composer.editor.hasFocus()
    assert opened.composer.editor.text == ""


@pytest.mark.parametrize("way", ["day", "pin", "mention"])
def test_what_leads_there_from_elsewhere_uncovers_them_too(
    window: Window, asked: list[object], qtbot, way: str
):
    window.resize(640, 600)
    window.take([told(says(402, text="ada: look"), pins(403, 350), *many(404, 500))])
    window.refresh()
    show(window, "number 498\nmore\nmore")
    editor = window.threads.panel.composer.editor
    window.threads.panel.composer.tell("")
    if way == "day":
        editor.write("/date 2023-11-15")
        QTest.keyClick(editor, Qt.Key.Key_Escape)
        QTest.keyClick(editor, Qt.Key.Key_Return)
        assert editor.text == ""
    elif way == "pin":
        QTest.keyClick(editor, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
        (shown,) = window.findChildren(PinsList)
        qtbot.keyClick(shown.list, Qt.Key.Key_Return)
    else:
        window.reader.wanted.emit(402)  # as by Ctrl+M
    assert not window.threads.panel.isVisible()
    assert window.middle.isEnabled()


def test_tab_goes_through_the_panel(window: Window, asked: list[object], qtbot):
    show(window, "late")
    answer(window, asked)
    panel = window.threads.panel
    QTest.keyClicks(panel.composer.editor, "so")
    for follows in (panel.composer.send, panel.timeline):
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        assert follows.hasFocus()


def test_where_one_writes_does_not_go_away_with_the_room_for_it(window: Window, asked: list[object]):
    window.resize(1200, 600)
    show(window, "late")
    panel = window.threads.panel
    QTest.keyClicks(panel.composer.editor, "one")
    for width, over in ((640, True), (1200, False), (640, True)):
        window.resize(width, 600)
        assert panel.isVisible()
        assert window.frame.scrim.isVisible() == over
        assert window.middle.isEnabled() == (not over)
        assert panel.composer.editor.hasFocus()
    QTest.keyClick(panel.composer.editor, Qt.Key.Key_Escape)
    assert not panel.isVisible()
    assert window.timeline.hasFocus()
    window.resize(1200, 600)
    show(window, "late")
    window.composer.editor.setFocus()
    window.resize(640, 600)
    assert not panel.isVisible(), "it folds away where one writes in the room"
    assert window.composer.editor.hasFocus()
    window.resize(1200, 600)
    assert panel.isVisible()


@pytest.mark.parametrize("by_key", [True, False])
@pytest.mark.parametrize("width", [1200, 640])
def test_what_is_in_the_thread_is_shown_in_the_room(
    opened: Window, asked: list[object], by_key: bool, width: int
):
    opened.resize(width, 600)
    timeline = opened.threads.panel.timeline
    timeline.setFocus()
    timeline.setCurrentIndex(in_panel(opened, "late"))
    if by_key:
        QTest.keyClick(timeline, Qt.Key.Key_F4)
    else:
        menu = timeline.menu(in_panel(opened, "late"))
        next(entry for entry in menu.actions() if entry.data() == SHOW_IN_ROOM.id).trigger()
    assert opened.timeline.currentIndex() == index_of(opened, "late")
    assert opened.timeline.hasFocus()
    assert opened.threads.panel.isVisible() == (width == 1200)
    there = [entry.data() for entry in opened.timeline.menu(index_of(opened, "late")).actions()]
    assert SHOW_IN_ROOM.id not in there, "it is there"
