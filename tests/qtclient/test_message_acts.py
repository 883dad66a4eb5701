"""What is done with messages, by mouse, keyboard and menu; what one may not is not there."""

from collections.abc import Callable

import pytest
from loggia.qtclient.dialogs.confirm import Confirm
from loggia.qtclient.message_acts import MessageActs
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.emoji import IN_LINE
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.choose_sign import FIRST, MOST_FOUND, ChooseSign, six_of
from loggia.qtclient.timeline.parts.acts import CHANGE, PIN, REACT, REMOVE, REPLY
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Say
from loggia.shared.client.updates import Acted
from loggia.shared.protocol.answers import Error
from loggia.shared.protocol.events import DeletedEvent
from loggia.shared.protocol.requests import Delete, Pin, React
from loggia.shared.protocol.roles import Role
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel

from tests.qtclient.row_in_hand import focus, index_of, roles, told, wished
from tests.qtclient.talk import NOON, entered, says, waits

OFFSCREEN = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
Make = Callable[..., Window]
ALL = [REPLY.id, REACT.id, CHANGE.id, PIN.id, REMOVE.id]


@pytest.fixture
def window(make_window: Make, state: WindowState) -> Window:
    state.apply([*entered(), told(says(1, text="theirs"), says(2, "ada", "mine"))], 0)
    window = make_window(state)
    window.refresh()
    return window


def offered(window: Window, text: str) -> list[str]:
    found = [entry.data() for entry in window.timeline.menu(index_of(window, text)).actions()]
    return [id for id in found if id in ALL]


def choose(window: Window, text: str, id: str) -> None:
    """By the menu."""
    menu = window.timeline.menu(index_of(window, text))
    next(entry for entry in menu.actions() if entry.data() == id).trigger()


@pytest.mark.parametrize(
    ("role", "theirs", "mine"),
    [
        ("guest", [], [REMOVE.id]),
        ("member", [REPLY.id, REACT.id], [REPLY.id, REACT.id, CHANGE.id, REMOVE.id]),
        ("moderator", [REPLY.id, REACT.id, PIN.id, REMOVE.id], ALL),
        ("owner", [REPLY.id, REACT.id, PIN.id, REMOVE.id], ALL),
    ],
)
def test_what_one_may_not_is_not_there(window: Window, role: Role, theirs: list[str], mine: list[str]):
    window.take([roles(ada=role, bob="member")])
    assert offered(window, "theirs") == theirs
    assert offered(window, "mine") == mine


def test_nobody_deletes_what_somebody_higher_said(window: Window):
    window.take([roles(ada="moderator", bob="owner")])
    assert offered(window, "theirs") == [REPLY.id, REACT.id, PIN.id]


def test_in_a_conversation_all_are_the_same(window: Window):
    window.state.rooms["lobby"].known_as("bob", "direct")
    window.take([roles(ada="owner", bob="member")])
    assert offered(window, "theirs") == [REPLY.id, REACT.id]


def test_with_what_is_not_stored_or_deleted_nothing_is_done(window: Window):
    gone = DeletedEvent("lobby", 3, NOON, "bob", "a-bob", "id-3", 1)
    window.take([roles(ada="owner"), told(gone), waits("w1", "waiting")])
    window.refresh()
    assert offered(window, "waiting") == []
    assert offered(window, "(deleted)") == []


# -- Answering ---------------------------------------------------------------------------------


def say(window: Window, qtbot, text: str) -> Say:
    qtbot.keyClicks(window.composer.editor, text)
    with qtbot.waitSignal(window.asked) as asked:
        qtbot.keyClick(window.composer.editor, Qt.Key.Key_Return)
    return asked.args[0]


@pytest.mark.parametrize("way", ["key", "menu", "bar"])
def test_what_is_said_next_answers(window: Window, qtbot, way: str):
    focus(window, "theirs")
    if way == "key":
        qtbot.waitUntil(window.timeline.bar.isVisible)
        qtbot.keyClick(window.timeline, Qt.Key.Key_Tab)
        qtbot.keyClick(window.timeline.bar.buttons[REPLY.id], Qt.Key.Key_Return)
    elif way == "menu":
        choose(window, "theirs", REPLY.id)
    else:
        qtbot.waitUntil(window.timeline.bar.isVisible)
        qtbot.mouseClick(window.timeline.bar.buttons[REPLY.id], Qt.MouseButton.LeftButton)
    assert window.answering.isVisible()
    assert window.answering.label.text() == "Answering bob: theirs"
    assert window.composer.editor.hasFocus()
    assert say(window, qtbot, "so") == Say(room="lobby", text="so", reply_to=1, epoch="one")
    assert window.answering.isHidden()
    assert say(window, qtbot, "and") == Say(room="lobby", text="and")


def test_escape_answers_nothing_and_keeps_what_is_written(window: Window, qtbot):
    choose(window, "theirs", REPLY.id)
    qtbot.keyClicks(window.composer.editor, "so")
    qtbot.keyClick(window.composer.editor, Qt.Key.Key_Escape)
    assert window.answering.isHidden()
    assert window.composer.editor.text == "so"
    assert say(window, qtbot, "!") == Say(room="lobby", text="so!")


def test_its_button_answers_nothing(window: Window, qtbot):
    choose(window, "theirs", REPLY.id)
    assert window.answering.stop.width() >= 28
    qtbot.mouseClick(window.answering.stop, Qt.MouseButton.LeftButton)
    assert window.answering.isHidden()
    assert say(window, qtbot, "so") == Say(room="lobby", text="so")


def test_each_room_answers_its_own(window: Window, qtbot):
    window.take([*entered("lab"), told(says(1, text="elsewhere", room="lab"))])
    choose(window, "theirs", REPLY.id)
    window.go("lab")
    assert window.answering.isHidden()
    assert say(window, qtbot, "so") == Say(room="lab", text="so")
    window.go("lobby")
    assert window.answering.isVisible()
    assert say(window, qtbot, "so") == Say(room="lobby", text="so", reply_to=1, epoch="one")


def test_what_was_deleted_meanwhile_is_answered_no_more(window: Window, qtbot):
    choose(window, "theirs", REPLY.id)
    window.take([told(DeletedEvent("lobby", 3, NOON, "bob", "a-bob", "id-3", 1))])
    window.refresh()
    assert window.answering.isHidden()
    assert say(window, qtbot, "so") == Say(room="lobby", text="so")


# -- Signs -------------------------------------------------------------------------------------


def chooser(window: Window) -> ChooseSign:
    (found,) = window.findChildren(ChooseSign)
    return found


@OFFSCREEN
def test_six_signs_are_offered_and_one_is_put_there(window: Window, qtbot):
    choose(window, "theirs", REACT.id)
    signs = chooser(window)
    assert tuple(button.text() for button in signs.buttons) == FIRST
    assert all(button.width() >= 28 and button.height() >= 28 for button in signs.buttons)
    with qtbot.waitSignal(window.asked) as asked:
        qtbot.mouseClick(signs.buttons[2], Qt.MouseButton.LeftButton)
    assert wished(asked.args) == React(id="-", room="lobby", seq=1, emoji=FIRST[2])
    qtbot.waitUntil(lambda: not window.findChildren(ChooseSign))
    choose(window, "mine", REACT.id)
    assert chooser(window).buttons[0].text() == FIRST[2], "the one that was used last"
    chooser(window).close()


@OFFSCREEN
def test_the_keyboard_chooses_a_sign(window: Window, qtbot):
    focus(window, "theirs")
    qtbot.waitUntil(window.timeline.bar.isVisible)
    button = window.timeline.bar.buttons[REACT.id]
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    signs = chooser(window)
    qtbot.keyClick(signs.buttons[0], Qt.Key.Key_Right)
    with qtbot.waitSignal(window.asked) as asked:
        qtbot.keyClick(signs.buttons[1], Qt.Key.Key_Return)
    assert wished(asked.args) == React(id="-", room="lobby", seq=1, emoji=FIRST[1])


@OFFSCREEN
def test_what_is_typed_finds_a_sign_by_its_name(window: Window, qtbot):
    choose(window, "theirs", REACT.id)
    signs = chooser(window)
    qtbot.keyClicks(signs.buttons[0], "rocket")
    assert signs.search.text() == "rocket"
    assert signs.buttons[0].text() == "\N{ROCKET}"
    assert signs.buttons[0].toolTip() == "rocket"
    qtbot.keyClicks(signs.search, " to nowhere")
    assert signs.buttons == []
    with qtbot.assertNotEmitted(window.asked):
        qtbot.keyClick(signs.search, Qt.Key.Key_Return)
    signs.search.setText("cat face")
    assert signs.buttons[0].text() == "\N{CAT FACE}"
    with qtbot.waitSignal(window.asked) as asked:
        qtbot.keyClick(signs.search, Qt.Key.Key_Return)
    assert wished(asked.args) == React(id="-", room="lobby", seq=1, emoji="\N{CAT FACE}")


@OFFSCREEN
def test_many_signs_are_found_in_two_rows_that_arrows_go_through(window: Window, qtbot):
    choose(window, "theirs", REACT.id)
    signs = chooser(window)
    signs.search.setText("face")
    assert len(signs.buttons) == MOST_FOUND
    assert all(button.width() >= 28 and button.height() >= 28 for button in signs.buttons)
    signs.search.setText("")
    assert tuple(button.text() for button in signs.buttons) == FIRST
    signs.search.setFocus()
    signs.search.setText("face")
    qtbot.keyClick(signs.search, Qt.Key.Key_Down)
    assert signs.buttons[0].hasFocus()
    qtbot.keyClick(signs.buttons[0], Qt.Key.Key_Down)
    assert signs.buttons[6].hasFocus()
    qtbot.keyClick(signs.buttons[6], Qt.Key.Key_Left)
    assert signs.buttons[5].hasFocus()
    qtbot.keyClick(signs.buttons[5], Qt.Key.Key_Escape)


@OFFSCREEN
def test_escape_puts_no_sign_there(window: Window, qtbot):
    choose(window, "theirs", REPLY.id)
    choose(window, "theirs", REACT.id)
    with qtbot.assertNotEmitted(window.asked):
        qtbot.keyClick(chooser(window).buttons[0], Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: not window.findChildren(ChooseSign))
    assert window.answering.isVisible(), "Escape was the chooser's"


@OFFSCREEN
def test_the_sign_that_is_mine_is_taken_back(window: Window, qtbot):
    window.take([told(says(3, text="signed", rev=3, reactions={FIRST[0]: ("a-ada",)}))])
    window.refresh()
    choose(window, "signed", REACT.id)
    assert chooser(window).buttons[0].isChecked()
    with qtbot.waitSignal(window.asked) as asked:
        qtbot.mouseClick(chooser(window).buttons[0], Qt.MouseButton.LeftButton)
    assert wished(asked.args) == React(id="-", room="lobby", seq=3, emoji=FIRST[0], on=False)


def test_the_signs_used_last_are_first():
    assert six_of(()) == FIRST
    assert six_of(("x", *FIRST)) == ("x", *FIRST[:5])
    assert six_of((FIRST[3], *FIRST)) == (FIRST[3], *FIRST[:3], *FIRST[4:])


# -- Deleting, pinning, changing ---------------------------------------------------------------


def question(window: Window) -> Confirm:
    (found,) = window.findChildren(Confirm)
    return found


def test_deleting_asks_first(window: Window, qtbot):
    focus(window, "mine")
    with qtbot.assertNotEmitted(window.asked):
        qtbot.keyClick(window.timeline, Qt.Key.Key_Delete)
        qtbot.keyClick(question(window).no, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: not window.findChildren(Confirm))
    qtbot.keyClick(window.timeline, Qt.Key.Key_Delete)
    with qtbot.waitSignal(window.asked) as asked:
        qtbot.mouseClick(question(window).yes, Qt.MouseButton.LeftButton)
    assert wished(asked.args) == Delete(id="-", room="lobby", seq=2)


def test_of_many_pictures_the_question_shows_a_few(window: Window, qtbot):
    faces = 300 * "\U0001f600"
    window.take([told(says(3, "ada", faces))])
    window.refresh()
    focus(window, faces)
    qtbot.keyClick(window.timeline, Qt.Key.Key_Delete)
    words = " ".join(label.text() for label in question(window).findChildren(QLabel))
    assert words.count("\U0001f600") == IN_LINE


def test_who_runs_the_room_deletes_and_pins_what_others_said(window: Window, qtbot):
    window.take([roles(ada="moderator", bob="member")])
    with qtbot.waitSignal(window.asked) as asked:
        choose(window, "theirs", PIN.id)
    assert wished(asked.args) == Pin(id="-", room="lobby", seq=1)
    with qtbot.waitSignal(window.asked) as asked:
        choose(window, "theirs", REMOVE.id)
        qtbot.mouseClick(question(window).yes, Qt.MouseButton.LeftButton)
    assert wished(asked.args) == Delete(id="-", room="lobby", seq=1)


def test_what_the_server_refuses_is_said(window: Window, qtbot):
    window.take([roles(ada="moderator", bob="member")])
    with qtbot.waitSignal(window.asked) as asked:
        choose(window, "theirs", PIN.id)
    refused = Error(id=None, code="not_allowed", text="The room is closed.")
    window.take([Acted(id=asked.args[0].id, refused=refused)])
    window.refresh()
    assert window.composer.hint.text() == "The room is closed."


def test_what_is_pinned_is_taken_off(window: Window, qtbot):
    window.take([roles(ada="owner"), told(says(3, text="pinned", rev=3, pinned=True))])
    window.refresh()
    with qtbot.waitSignal(window.asked) as asked:
        choose(window, "pinned", PIN.id)
    assert wished(asked.args) == Pin(id="-", room="lobby", seq=3, on=False)


def test_only_what_is_mine_is_changed(window: Window, qtbot):
    (acts,) = window.timeline.findChildren(MessageActs)
    focus(window, "mine")
    with qtbot.waitSignal(acts.changing) as changing:
        qtbot.keyClick(window.timeline, Qt.Key.Key_F2)
    assert changing.args == [index_of(window, "mine").data(ROW)]
    assert window.composer.editor.text == "mine"
    assert window.composer.editor.hasFocus()
    focus(window, "theirs")
    with qtbot.assertNotEmitted(acts.changing):
        qtbot.keyClick(window.timeline, Qt.Key.Key_F2)
