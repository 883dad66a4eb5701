"""Another room comes onto the screen by itself while somebody writes: what is written on is not said there
unless it is meant."""

from collections.abc import Callable

import pytest
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from loggia.qtclient.writing import MOVED_MS
from loggia.shared.client.commands import Say
from loggia.shared.client.updates import Failed, Left, Update
from loggia.shared.protocol.events import LeftEvent
from PyQt6.QtCore import Qt

from tests.qtclient.row_in_hand import told
from tests.qtclient.talk import NOON, entered, says

WORDS = "bob showed you out of # lab: no reason. This is # lobby."


@pytest.fixture
def window(make_window: Callable[..., Window], state: WindowState) -> Window:
    """In the lab; in the lobby a draft is begun."""
    state.apply([*entered(), told(says(1)), *entered("lab"), told(says(1, room="lab"))], 0)
    window = make_window(state, drafts={"lobby": "a draft"})
    window.composer.now = lambda: NOON
    window.go("lab")
    return window


@pytest.fixture
def said(window: Window) -> list[Say]:
    found: list[Say] = []
    window.asked.connect(lambda command: found.append(command) if isinstance(command, Say) else None)
    return found


def out() -> list[Update]:
    left = LeftEvent(
        "lab", 2, NOON, "ada", "a-ada", "2", reason="kicked", by="a-bob", by_nick="bob", why="no reason"
    )
    return [told(left), Left(room="lab")]


def happens(window: Window, *updates: Update) -> None:
    window.take(list(updates))
    window.refresh()


def enter(window: Window, qtbot, *more: Qt.KeyboardModifier) -> None:
    qtbot.keyClick(window.composer.editor, Qt.Key.Key_Return, *more)


def test_what_is_written_on_is_asked_about_before_it_is_said(window: Window, said: list[Say], qtbot):
    editor = window.composer.editor
    qtbot.keyClicks(editor, "the key is ")
    happens(window, *out())
    assert window.composer.hint.text() == "bob showed you out of # lab: no reason"
    qtbot.keyClicks(editor, "under the mat")
    enter(window, qtbot)
    assert said == []
    assert editor.text == "a draftunder the mat"
    assert window.composer.hint.text() == WORDS
    enter(window, qtbot, Qt.KeyboardModifier.ControlModifier)
    assert [(say.room, say.text) for say in said] == [("lobby", "a draftunder the mat")]
    window.refresh()
    qtbot.keyClicks(editor, "more")
    enter(window, qtbot)
    assert [say.text for say in said][1:] == ["more"], "it is known by now"


def test_it_says_so_where_nothing_is_written(window: Window):
    happens(window, *out())
    window.composer.editor.clear()
    assert window.composer.editor.placeholderText() == WORDS
    assert WORDS.rstrip(".") in window.composer.editor.accessibleDescription()


@pytest.mark.parametrize("way", ["time", "gone there"])
def test_it_is_not_asked_for_ever(window: Window, said: list[Say], qtbot, way: str):
    happens(window, *entered("third"), *out())
    if way == "time":
        window.composer.now = lambda: NOON + MOVED_MS
    else:
        window.go("third")
        window.go("lobby")
    window.refresh()
    enter(window, qtbot)
    assert [say.text for say in said] == ["a draft"]


def test_a_room_that_cannot_be_entered_is_such_a_one(window: Window, said: list[Say], qtbot):
    happens(window, *entered("lobby"))
    window.go("secret")
    happens(window, Failed(id=None, room="secret", code="not_member", text="It is for its members."))
    assert window.state.current == "lab"
    qtbot.keyClicks(window.composer.editor, "hello")
    enter(window, qtbot)
    assert said == []
    assert window.composer.hint.text() == "It is for its members. This is # lab."


def test_who_leaves_knows_where_he_is(window: Window, said: list[Say], qtbot):
    happens(window, Left(room="lab"))
    assert window.state.current == "lobby"
    enter(window, qtbot)
    assert [say.text for say in said] == ["a draft"]
