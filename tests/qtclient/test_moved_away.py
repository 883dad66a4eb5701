"""Another room comes onto the screen by itself while somebody writes: what is written on is not said there
unless it is meant."""

from collections.abc import Callable

import pytest
from loggia.qtclient.panels.editor import Editor
from loggia.qtclient.state.barred import CLOSED
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from loggia.qtclient.writing import MOVED_MS
from loggia.shared.client.commands import Ask, LeaveRoom, Say
from loggia.shared.client.updates import Failed, Left, Update
from loggia.shared.protocol.events import LeftEvent
from loggia.shared.protocol.requests import Kick, SetStatus
from PyQt6.QtCore import Qt

from tests.qtclient.row_in_hand import told
from tests.qtclient.state.test_message_rights import closed
from tests.qtclient.talk import NOON, entered, says, waits

WORDS = "bob showed you out of # lab: no reason. This is # lobby."
NOT_SENT = Failed(id="w1", room="third", code="muted", text="You are muted.")


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


def commands(window: Window) -> list:
    found: list = []
    window.asked.connect(
        lambda command: found.append(command) if isinstance(command, Ask | LeaveRoom) else None
    )
    return found


def happens(window: Window, *updates: Update) -> None:
    window.take(list(updates))
    window.refresh()


def enter(window: Window, qtbot, *more: Qt.KeyboardModifier, of: Editor | None = None) -> None:
    qtbot.keyClick(of or window.composer.editor, Qt.Key.Key_Return, *more)


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


@pytest.mark.parametrize("chosen", ["lab", "third"])
def test_who_chooses_a_room_meanwhile_is_not_asked_about_that_one_or_a_later_one(
    window: Window, said: list[Say], qtbot, chosen: str
):
    happens(window, *entered("third"))
    window.take(out())
    window.go(chosen)  # before the next frame
    window.refresh()
    for name in (chosen, "third"):
        window.go(name)
        window.composer.editor.clear()
        qtbot.keyClicks(window.composer.editor, "hello")
        enter(window, qtbot)
    assert [say.room for say in said] == [chosen, "third"]


def test_who_said_it_in_a_thread_of_that_room_is_asked_no_more(window: Window, said: list[Say], qtbot):
    happens(window, *out())
    window.threads.open(1)
    window.refresh()
    editor = window.threads.panel.composer.editor
    qtbot.keyClicks(editor, "so")
    enter(window, qtbot, of=editor)
    assert said == []
    enter(window, qtbot, Qt.KeyboardModifier.ControlModifier, of=editor)
    window.refresh()
    qtbot.keyClicks(editor, "it is")
    enter(window, qtbot, of=editor)
    assert [say.text for say in said] == ["so", "it is"]


@pytest.mark.parametrize("text", ["/topic dust", "/kick bob", "/leave", "/leave lobby", "/ban bob 2h noise"])
@pytest.mark.parametrize("how", ["keys", "button"])
def test_a_command_for_the_room_is_asked_about_too(window: Window, qtbot, text: str, how: str):
    asked, composer = commands(window), window.composer
    happens(window, *out())
    composer.editor.write(text)
    enter(window, qtbot)
    enter(window, qtbot)
    assert (asked, composer.editor.text, composer.hint.text()) == ([], text, WORDS)
    assert WORDS.rstrip(".") in composer.editor.accessibleDescription()
    if how == "keys":
        enter(window, qtbot, Qt.KeyboardModifier.ControlModifier)
    else:
        assert composer._hint.button.text() == "Do it"
        qtbot.mouseClick(composer._hint.button, Qt.MouseButton.LeftButton)
    assert (len(asked), composer.editor.text, composer.hint.text()) == (1, "", "")
    window.refresh()
    composer.editor.write("/topic more")
    enter(window, qtbot)
    assert len(asked) == 2, "it is known by now"


@pytest.mark.parametrize(
    "text", ["/status away", "/nick ann", "/leave third", "/join third", "/hold", "/help"]
)
def test_a_command_that_is_for_no_room_or_for_another_one_is_not(window: Window, qtbot, text: str):
    happens(window, *entered("third"), *out())
    window.composer.editor.write(text)
    enter(window, qtbot)
    assert window.composer.editor.text != text
    assert window.composer.hint.text() != WORDS


def test_it_is_asked_too_in_a_room_where_one_may_not_write(window: Window, said: list[Say], qtbot):
    asked, editor = commands(window), window.composer.editor
    happens(window, told(closed(2)), *out())
    assert window.composer.hint.text() == "bob showed you out of # lab: no reason"
    editor.write("/leave")
    enter(window, qtbot)
    assert (asked, window.composer.hint.text()) == ([], f"{WORDS} {CLOSED}")
    editor.write("hello")
    enter(window, qtbot, Qt.KeyboardModifier.ControlModifier)
    assert (said, window.composer._hint.button.isVisible()) == ([], False)
    window.composer.now = lambda: NOON + MOVED_MS
    window.refresh()
    assert window.composer.hint.text() == CLOSED
    editor.write("/leave")
    enter(window, qtbot)
    assert asked == [LeaveRoom(room="lobby")]


def test_a_command_in_a_thread_of_that_room_is_asked_about(window: Window, qtbot):
    asked = commands(window)
    happens(window, *out())
    window.threads.open(1)
    window.refresh()
    editor = window.threads.panel.composer.editor
    editor.write("/kick bob")
    enter(window, qtbot, of=editor)
    assert asked == []
    enter(window, qtbot, Qt.KeyboardModifier.ControlModifier, of=editor)
    assert [type(one.request) for one in asked] == [Kick]


def test_it_is_still_asked_behind_one_that_is_for_no_room(window: Window, qtbot):
    asked = commands(window)
    happens(window, *out())
    for text in ("/status away", "/kick bob"):
        window.composer.editor.write(text)
        enter(window, qtbot)
        window.refresh()
    assert [type(one.request) for one in asked] == [SetStatus]


def test_a_message_is_changed_there_only_when_that_is_meant(window: Window, qtbot):
    asked = commands(window)
    happens(window, told(says(2, "ada", "mine")), *out())
    window.composer.editor.clear()
    qtbot.keyClick(window.composer.editor, Qt.Key.Key_Up)
    qtbot.keyClicks(window.composer.editor, " and more")
    enter(window, qtbot)
    assert (asked, window.composer.hint.text()) == ([], WORDS)
    qtbot.keyClick(window.composer.editor, Qt.Key.Key_Escape)
    assert window.composer.change.isVisible(), "the question alone was left"
    enter(window, qtbot, Qt.KeyboardModifier.ControlModifier)
    assert asked == []
    enter(window, qtbot, Qt.KeyboardModifier.ControlModifier)
    (ask,) = asked
    assert ask.request.text == "mine and more"
    assert not window.composer.change.isVisible()


def test_what_is_no_command_is_asked_about_once(window: Window, said: list[Say], qtbot):
    happens(window, *out())
    window.composer.editor.write("/tmp is full")
    enter(window, qtbot)
    assert window.composer._hint.button.text() == "Say it"
    enter(window, qtbot, Qt.KeyboardModifier.ControlModifier)
    assert [say.text for say in said] == ["/tmp is full"]


def test_a_room_that_cannot_be_entered_is_such_a_one(window: Window, said: list[Say], qtbot):
    happens(window, *entered("lobby"))
    window.go("secret")
    happens(window, Failed(id=None, room="secret", code="not_member", text="It is for its members."))
    assert window.state.current == "lab"
    qtbot.keyClicks(window.composer.editor, "hello")
    enter(window, qtbot)
    assert said == []
    assert window.composer.hint.text() == "It is for its members. This is # lab."


@pytest.mark.parametrize("words", ["", "What you said in # third was not sent: You are muted."])
def test_who_leaves_knows_where_he_is(window: Window, said: list[Say], qtbot, words: str):
    qtbot.keyClicks(window.composer.editor, "/leave")
    enter(window, qtbot)
    if words:  # something else is to be told with the same frame
        window.take([waits("w1", "mine", room="third"), NOT_SENT])
    happens(window, Left(room="lab"))
    assert (window.state.current, window.composer.hint.text()) == ("lobby", words)
    enter(window, qtbot)
    assert [say.text for say in said] == ["a draft"]


def test_who_leaves_by_the_list_of_rooms_knows_it_too(window: Window, said: list[Say], qtbot):
    window.sidebar.leaving.emit("lab")
    happens(window, Left(room="lab"))
    assert window.composer.hint.text() == ""
    enter(window, qtbot)
    assert [say.text for say in said] == ["a draft"]


def test_who_left_in_another_window_is_told_and_asked(window: Window, said: list[Say], qtbot):
    happens(window, Left(room="lab"))
    assert window.composer.hint.text() == "You are out of # lab."
    enter(window, qtbot)
    assert said == []
    assert window.composer.hint.text() == "You are out of # lab. This is # lobby."


def test_it_is_told_of_a_room_that_is_not_on_the_screen_and_not_asked(window: Window, said: list[Say], qtbot):
    happens(window, *entered("third"), Left(room="third"))
    assert window.composer.hint.text() == "You are out of # third."
    qtbot.keyClicks(window.composer.editor, "hello")
    enter(window, qtbot)
    assert [(say.room, say.text) for say in said] == [("lab", "hello")]


@pytest.mark.parametrize("again", [False, True])
def test_that_one_left_it_oneself_is_so_for_once(window: Window, again: bool):
    window.asked.emit(LeaveRoom(room="lab"))
    if not again:
        happens(window, Left(room="lab"))
        assert window.composer.hint.text() == ""
    window.state.rooms["lab"].entered = False  # as without a connection
    window.go("lab")
    happens(window, *entered("lab"), Left(room="lab"))
    assert window.composer.hint.text() == "You are out of # lab."


@pytest.mark.parametrize("first", ["why", "that"])
def test_who_missed_that_he_was_shown_out_is_asked(window: Window, said: list[Say], qtbot, first: str):
    why = Failed(id=None, room="lab", code="not_member", text="You are not in lab.")
    updates: list[Update] = [why, Left(room="lab")]
    happens(window, *(updates if first == "why" else reversed(updates)))
    assert (window.state.current, window.composer.hint.text()) == ("lobby", "You are not in lab.")
    enter(window, qtbot)
    assert said == []
    words = "You are not in lab" if first == "why" else "You are out of # lab"
    assert window.composer.hint.text() == f"{words}. This is # lobby."
