"""The whole window: its picture in both themes, its panels, its keys."""

from collections.abc import Callable

import pytest
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style.theme import DARK, LIGHT, Colors
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Enter, LeaveRoom, Say
from loggia.shared.client.updates import ConnectionStatus, Entered, Failed, Left, Unreachable
from loggia.shared.protocol.limits import Limits
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QImage
from PyQt6.QtWidgets import QAbstractButton, QWidget

from tests.qtclient.talk import arrived, entered, people, says, waits

Make = Callable[..., Window]


def talk(state: WindowState) -> None:
    """A room with something of everything."""
    refused = Failed(id="w2", room="lobby", code="muted", text="You are muted.")
    state.apply(
        [
            *entered(),
            *entered("lab"),
            people("ada", "bob", "a name that is far too long for it", away=["bob"]),
            *arrived(
                [says(1), says(2, "ada", "mine"), says(3, text="ada, 今日は 👍"), says(4, "zoe", "مرحبا")]
            ),
            waits("w1"),
            waits("w2", "refused"),
            Unreachable(id="w1", room="lobby"),
            refused,
        ],
        0,
    )


def shares(image: QImage, *colors: str) -> list[float]:
    """Which part of the picture has exactly these colours."""
    wanted = {QColor(color).rgb(): number for number, color in enumerate(colors)}
    counts = [0] * len(colors)
    for y in range(0, image.height(), 2):
        for x in range(0, image.width(), 2):
            number = wanted.get(image.pixel(x, y))
            if number is not None:
                counts[number] += 1
    return [count * 4 / (image.width() * image.height()) for count in counts]


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_the_window_is_painted_in_its_theme(make_window: Make, state: WindowState, colors: Colors):
    talk(state)
    window = make_window(state, colors)
    image = window.grab().toImage()
    bg, panel, own, mention, text, accent = shares(
        image, colors.bg, colors.panel, colors.own, colors.mention, colors.text, colors.accent
    )
    assert 0.15 < bg < 0.8
    assert 0.2 < panel < 0.7
    assert own > 0.02
    assert mention > 0.01
    assert min(text, accent) > 0.0005
    other = DARK if colors is LIGHT else LIGHT
    assert max(shares(image, other.bg, other.panel, other.own, other.mention)) < 0.001


def test_colours_change_while_it_is_open(make_window: Make, state: WindowState, dress):
    talk(state)
    window = make_window(state, LIGHT)
    dress(DARK)
    window.look(DARK)
    dark, light = shares(window.grab().toImage(), DARK.bg, LIGHT.bg)
    assert dark > 0.15
    assert light < 0.001


@pytest.mark.parametrize("width", [360, 1100])
def test_everything_that_can_be_pressed_is_large_enough_and_has_a_name(
    make_window: Make, state: WindowState, width: int
):
    talk(state)
    window = make_window(state, width=width)
    small = [
        (button.accessibleName() or button.text(), button.width(), button.height())
        for button in window.findChildren(QAbstractButton)
        if button.isVisible() and min(button.width(), button.height()) < 28
    ]
    assert small == []
    nameless = [
        button
        for button in window.findChildren(QAbstractButton)
        if not (button.accessibleName() or button.text())
    ]
    assert nameless == []


def test_a_click_on_a_button_leaves_the_keyboard_where_one_writes(
    make_window: Make, state: WindowState, qtbot
):
    """What is typed next is for the text, and a space presses nothing."""
    talk(state)
    window = make_window(state)
    window.composer.editor.setFocus()
    takes = [
        button.accessibleName() or button.text()
        for button in window.findChildren(QAbstractButton)
        if button.focusPolicy() & Qt.FocusPolicy.ClickFocus
    ]
    assert takes == []
    qtbot.mouseClick(window.sidebar.me, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.going.card is not None and window.going.card.isVisible())
    window.going.card.close()
    assert window.focusWidget() is window.composer.editor


def test_the_tab_key_reaches_everything(make_window: Make, state: WindowState, qtbot):
    talk(state)
    window = make_window(state)
    window.composer.editor.setPlainText("so that the button can be pressed")
    reached: set[QWidget] = set()
    for _ in range(20):
        focus = window.focusWidget()
        assert focus is not None
        reached.add(focus)
        qtbot.keyClick(focus, Qt.Key.Key_Tab)
    wanted = {
        window.composer.editor,
        window.composer.send,
        window.timeline,
        window.sidebar.rooms,
        window.sidebar.search,
        window.people.list,
    }
    assert wanted <= reached


@pytest.mark.parametrize("which", ["rooms", "people", "timeline"])
def test_the_focus_can_be_seen(make_window: Make, state: WindowState, which: str):
    talk(state)
    window = make_window(state)
    widget = {"rooms": window.sidebar.rooms, "people": window.people.list, "timeline": window.timeline}[which]
    window.composer.editor.setFocus()
    before = widget.grab().toImage()
    widget.setFocus()
    if not widget.currentIndex().isValid():
        widget.setCurrentIndex(widget.model().index(0, 0))
    window.activateWindow()
    assert widget.grab().toImage() != before


def test_rooms_are_changed_by_click_and_by_keyboard(make_window: Make, state: WindowState, qtbot):
    talk(state)
    window = make_window(state)
    rooms = window.sidebar.rooms
    lab = rooms.visualRect(rooms.model().index(1, 0)).center()
    qtbot.mouseClick(rooms.viewport(), Qt.MouseButton.LeftButton, pos=lab)
    assert state.current == "lab"
    rooms.setFocus()
    rooms.setCurrentIndex(rooms.model().index(0, 0))
    qtbot.keyClick(rooms, Qt.Key.Key_Return)
    assert state.current == "lobby"


def test_each_room_keeps_its_draft(make_window: Make, state: WindowState):
    talk(state)
    window = make_window(state)
    window.composer.editor.setPlainText("half a thought")
    window.go("lab")
    assert window.composer.editor.text == ""
    window.go("lobby")
    assert window.composer.editor.text == "half a thought"


def test_a_new_room_is_joined_and_shown(make_window: Make, state: WindowState, qtbot):
    talk(state)
    times = [0.0]
    window = make_window(state, clock=lambda: times[0])
    window.refresh()
    times[0] = 0.5  # what is in the lobby is read by then
    window.refresh()
    with qtbot.waitSignal(window.asked) as asked:
        window.go("garden")
    assert asked.args == [Enter(room="garden")]
    assert state.current == "garden"
    assert window.windowTitle() == "# garden - Loggia"


def test_a_room_is_left_by_its_menu(make_window: Make, state: WindowState, qtbot):
    talk(state)
    window = make_window(state)
    menu = window.sidebar.menu("lab", "# lab")
    with qtbot.waitSignal(window.asked) as asked:
        next(action for action in menu.actions() if action.text() == "Leave # lab").trigger()
    assert asked.args == [LeaveRoom(room="lab")]


def test_unread_messages_are_in_the_title(make_window: Make, state: WindowState):
    talk(state)
    window = make_window(state)
    window.take(arrived([says(1, room="lab"), says(2, room="lab")]))
    window.refresh()
    assert window.windowTitle() == "(2) # lobby - Loggia"


def test_a_refusal_is_said_above_the_composer(make_window: Make, state: WindowState):
    talk(state)
    window = make_window(state)
    window.take([Failed(id=None, room="vault", code="not_allowed", text="The vault is closed.")])
    window.refresh()
    assert window.composer.hint.isVisible()
    assert window.composer.hint.text() == "The vault is closed."


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (
            ConnectionStatus(connection="connecting"),
            "Connecting to the server. What you write waits here and is sent by itself.",
        ),
        (
            ConnectionStatus(connection="reconnecting", retry_in_s=3),
            "Nobody answers on this computer yet. What you write waits here",
        ),
        (ConnectionStatus(connection="connected"), "Nobody has said anything yet."),
    ],
)
def test_an_empty_room_says_what_to_do(
    make_window: Make, state: WindowState, status: ConnectionStatus, words: str
):
    state.apply([status], 0)
    assert make_window(state).timeline.hint.startswith(words)


def test_in_no_room_nothing_is_written(make_window: Make, state: WindowState, qtbot):
    state.apply([*entered(), Left(room="lobby")], 0)
    window = make_window(state)
    window.composer.tell("olga showed you out of # lobby.")
    window.timeline.setFocus()
    qtbot.keyClicks(window.timeline, "hello")
    assert window.composer.editor.text == ""
    assert window.composer.hint.text() == "olga showed you out of # lobby."


def test_an_address_at_which_nobody_answers_is_named_as_it_was_written(make_window: Make):
    state = WindowState(nick="ada", endpoint="tcp://tower:1101")
    state.apply([ConnectionStatus(connection="reconnecting", retry_in_s=3)], 0)
    assert make_window(state).timeline.hint.startswith("Nobody answers at tower:1101 yet. What you write")


def test_people_are_not_shown_as_present_without_a_connection(make_window: Make, state: WindowState):
    talk(state)
    window = make_window(state)
    assert [row.online for row in window.people.list.model().rows] == [True, True, False]
    window.take([ConnectionStatus(connection="offline")])
    window.refresh()
    assert [row.online for row in window.people.list.model().rows] == [False, False, False]


@pytest.mark.parametrize(("text", "at_once"), [("!end", False), ("!close", True)])
def test_the_commands_ask_to_leave(make_window: Make, state: WindowState, qtbot, text: str, at_once: bool):
    window = make_window(state)
    window.composer.editor.setPlainText(text)
    with qtbot.waitSignal(window.leaving) as leaving:
        qtbot.keyClick(window.composer.editor, Qt.Key.Key_Return)
    assert leaving.args == [at_once]


def test_closing_the_window_is_a_goodbye(make_window: Make, state: WindowState, qtbot):
    window = make_window(state)
    with qtbot.waitSignal(window.leaving) as leaving:
        window.close()
    assert leaving.args == [False]


def test_a_text_nobody_took_comes_back(make_window: Make, state: WindowState):
    window = make_window(state)
    window.give_back(Say(room="lobby", text="do not lose me"))
    assert window.composer.editor.text == "do not lose me"
    assert "was not sent" in window.composer.hint.text()


def test_a_text_that_comes_back_takes_nothing_away(make_window: Make, state: WindowState):
    window = make_window(state)
    window.composer.editor.setPlainText("half a thought")
    window.give_back(Say(room="lobby", text="do not lose me"))
    assert window.composer.editor.text == "do not lose me\nhalf a thought"


def test_a_message_is_for_the_room_that_it_was_written_for(make_window: Make, state: WindowState, qtbot):
    """Also when that room has gone, and the window does not show the next one yet."""
    talk(state)
    window = make_window(state)
    window.refresh()
    qtbot.keyClicks(window.composer.editor, "for the lobby")
    state.apply([Left(room="lobby")], 0)
    assert state.current == "lab"
    with qtbot.waitSignal(window.asked) as asked:
        qtbot.keyClick(window.composer.editor, Qt.Key.Key_Return)
    assert asked.args == [Say(room="lobby", text="for the lobby")]


def test_what_a_broker_takes_is_what_may_be_written(make_window: Make, state: WindowState, qtbot):
    window = make_window(state)
    window.composer.editor.setPlainText("twelve bytes")
    assert window.composer.hint.isHidden()
    small = Entered(room="lobby", nick="ada", account="a-ada", head=0, limits=Limits(text_bytes=10))
    window.take([ConnectionStatus(connection="connected"), small])
    window.refresh()
    assert "2 characters too long" in window.composer.hint.text()
    with qtbot.assertNotEmitted(window.composer.said):
        qtbot.keyClick(window.composer.editor, Qt.Key.Key_Return)
    assert window.composer.editor.text == "twelve bytes"


def test_keys_go_from_the_rooms_to_the_people_over_their_heading(
    make_window: Make, state: WindowState, qtbot
):
    talk(state)
    state.apply(
        [Entered(room="~" + "x" * 22, nick="ada", account="a-ada", head=0, title="zoe", kind="direct")], 0
    )
    window = make_window(state)
    rooms = window.sidebar.rooms
    rooms.setFocus()
    rooms.setCurrentIndex(rooms.model().index(1, 0))
    window.grab()
    heading = rooms.visualRect(rooms.model().index(2, 0)).center()
    with qtbot.assertNotEmitted(window.sidebar.picked):
        qtbot.mouseClick(rooms.viewport(), Qt.MouseButton.LeftButton, pos=heading)
    qtbot.keyClick(rooms, Qt.Key.Key_Down)
    qtbot.keyClick(rooms, Qt.Key.Key_Return)
    assert state.current == "~" + "x" * 22
    assert window.windowTitle().endswith("zoe - Loggia")
