"""What was opened for a message, where its room, or the life of its log, goes from the screen meanwhile:
another one has messages of the same numbers."""

from collections.abc import Callable

import pytest
from loggia.qtclient.dialogs.confirm import Confirm
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.choose_sign import ChooseSign
from loggia.qtclient.timeline.parts.acts import CHANGE, PIN, REACT, REMOVE, REPLY
from loggia.qtclient.timeline.parts.reactions import TOGGLE
from loggia.qtclient.timeline.parts.replies import SHOW_THREAD
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Ask
from loggia.shared.client.updates import Left, Update
from loggia.shared.protocol.requests import Delete
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QApplication

from tests.qtclient.row_in_hand import focus, index_of, roles, told
from tests.qtclient.talk import entered, restored, says

OFFSCREEN = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
GOES: dict[str, Callable[[], Update]] = {
    "shown out": lambda: Left(room="lobby"),
    "restored": lambda: restored(2, 2),
}


@pytest.fixture
def window(make_window: Callable[..., Window], state: WindowState) -> Window:
    """In the lobby, which comes first, and in the lab, which has a message of the same number."""
    lab = says(1, text="elsewhere", room="lab"), says(2, "ada", "mine elsewhere", room="lab")
    state.apply([*entered("lab"), told(*lab)], 0)
    state.apply([*entered(), told(says(1, text="theirs"), says(2, "ada", "mine"))], 0)
    window = make_window(state)
    window.take([roles(ada="moderator", bob="member")])
    window.refresh()
    return window


@pytest.fixture(params=GOES)
def goes(request: pytest.FixtureRequest) -> Update:
    return GOES[request.param]()


def asks(asked: list[object]) -> list[Ask]:
    return [one for one in asked if isinstance(one, Ask)]


@OFFSCREEN
def test_the_signs_are_gone_and_none_is_put_to_another_message(window: Window, asked, goes: Update):
    window.timeline.act(REACT.id, 1)
    (signs,) = window.findChildren(ChooseSign)
    window.take([goes])
    signs.buttons[0].click()  # before the next frame
    window.timeline.act(REACT.id, 1)
    assert asks(asked) == []
    window.refresh()
    assert QApplication.activePopupWidget() is None


@OFFSCREEN
def test_signs_that_are_open_close(window: Window, qtbot, goes: Update):
    window.timeline.act(REACT.id, 1)
    window.take([goes])
    window.refresh()
    qtbot.waitUntil(lambda: not window.findChildren(ChooseSign))


@OFFSCREEN
def test_what_changes_nothing_of_that_closes_nothing(window: Window):
    window.timeline.act(REACT.id, 1)
    window.take([told(says(3, text="more")), *entered("third"), Left(room="lab")])
    window.refresh()
    (signs,) = window.findChildren(ChooseSign)
    assert signs.isVisible()
    signs.close()


@OFFSCREEN
def test_the_menu_is_gone(window: Window, goes: Update):
    menu = window.timeline.menu(index_of(window, "mine"))
    menu.popup(QPoint(0, 0))
    window.take([goes])
    window.refresh()
    assert not menu.isVisible()


@OFFSCREEN
def test_menu_keys_and_signs_do_nothing_before_the_next_frame(window: Window, qtbot, asked, goes: Update):
    menu = window.timeline.menu(index_of(window, "mine"))
    focus(window, "mine")
    window.take([goes])
    for entry in menu.actions():
        if entry.data() in (REPLY.id, REACT.id, CHANGE.id, PIN.id, REMOVE.id, TOGGLE.id, SHOW_THREAD.id):
            entry.trigger()
    qtbot.keyClick(window.timeline, Qt.Key.Key_Delete)
    qtbot.keyClick(window.timeline, Qt.Key.Key_F2)
    qtbot.keyClick(window.timeline, Qt.Key.Key_F4)
    assert asks(asked) == []
    assert window.findChildren(Confirm) == []
    assert window.composer.editor.text == ""
    assert window.answering.isHidden()
    assert window.threads.panel.isHidden()


@OFFSCREEN
def test_what_the_question_showed_is_deleted_and_nothing_else(window: Window, qtbot, asked, goes: Update):
    focus(window, "mine")
    qtbot.keyClick(window.timeline, Qt.Key.Key_Delete)
    (question,) = window.findChildren(Confirm)
    window.take([goes])
    window.refresh()
    qtbot.mouseClick(question.yes, Qt.MouseButton.LeftButton)
    (ask,) = asks(asked)
    assert (ask.request, ask.epoch) == (Delete(id="-", room="lobby", seq=2), "one")
