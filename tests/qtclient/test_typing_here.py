"""Who is typing: said of others, and told to them."""

from collections.abc import Callable

import pytest
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.typing_here import TypingHere, typing_words
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Command, Say, ShowTyping
from loggia.shared.client.updates import ConnectionStatus, Typists
from loggia.shared.protocol.limits import TYPING_S
from PyQt6.QtCore import Qt

from tests.qtclient.talk import entered

Make = Callable[..., Window]


@pytest.mark.parametrize(
    ("nicks", "words"),
    [
        ([], ""),
        (["ada"], "ada is typing"),
        (["ada", "bob"], "ada and bob are typing"),
        (["ada", "bob the second", "cas"], 'ada, "bob the second" and cas are typing'),
        (["ada", "bob", "cas", "zoe"], "several people are typing"),
    ],
)
def test_up_to_three_are_named(nicks: list[str], words: str):
    assert typing_words(nicks) == words


@pytest.fixture
def window(make_window: Make, state: WindowState) -> Window:
    state.apply([*entered("lab"), *entered()], 0)
    return make_window(state)


@pytest.fixture
def asked(window: Window) -> list[Command]:
    asked: list[Command] = []
    window.asked.connect(asked.append)
    return asked


def told(asked: list[Command]) -> list[ShowTyping]:
    return [one for one in asked if isinstance(one, ShowTyping)]


@pytest.mark.parametrize("text", ["/kick bob", " /msg bob a secret", "//tmp"])
def test_a_command_is_written_to_nobody(window: Window, asked: list[Command], text: str):
    window.take([ConnectionStatus(connection="connected")])
    window.refresh()
    window.composer.editor.write(text)
    assert told(asked) == []


def test_those_of_the_room_on_the_screen_stand_under_its_messages(window: Window):
    place = window.timeline.geometry()
    window.take([Typists(room="lobby", nicks=["bob"]), Typists(room="lab", nicks=["zoe"])])
    window.refresh()
    assert window.typing.text() == "bob is typing"
    window.go("lab")
    assert window.typing.text() == "zoe is typing"
    window.take([Typists(room="lab", nicks=[])])
    window.refresh()
    assert window.typing.text() == ""
    assert window.timeline.geometry() == place, "nothing moves"


def test_a_long_name_is_cut_at_the_edge(window: Window):
    window.take([Typists(room="lobby", nicks=["x" * 900])])
    window.refresh()
    assert (
        window.typing.fontMetrics().horizontalAdvance(window.typing.text())
        <= window.typing.contentsRect().width()
    )
    assert window.typing.accessibleName() == f"{'x' * 900} is typing"


def test_the_others_are_told_once_and_not_for_each_letter(window: Window, asked: list[Command], qtbot):
    qtbot.keyClicks(window.composer.editor, "hello")
    assert told(asked) == [ShowTyping(room="lobby")]
    qtbot.keyClick(window.composer.editor, Qt.Key.Key_Return)
    assert asked[-1] == Say(room="lobby", text="hello")
    qtbot.keyClicks(window.composer.editor, "a")
    assert told(asked) == [ShowTyping(room="lobby")] * 2, "what was sent says that it is over"


def test_who_takes_all_back_is_not_typing_any_more(window: Window, asked: list[Command], qtbot):
    qtbot.keyClicks(window.composer.editor, "a")
    qtbot.keyClick(window.composer.editor, Qt.Key.Key_Backspace)
    qtbot.waitUntil(lambda: told(asked) == [ShowTyping(room="lobby"), ShowTyping(room="lobby", on=False)])


def test_who_goes_elsewhere_is_not_typing_any_more_and_a_draft_is_not_typed(
    window: Window, asked: list[Command], qtbot
):
    qtbot.keyClicks(window.composer.editor, "half a thought")
    window.go("lab")
    qtbot.waitUntil(lambda: told(asked) == [ShowTyping(room="lobby"), ShowTyping(room="lobby", on=False)])
    window.go("lobby")
    assert window.composer.editor.text == "half a thought"
    assert len(told(asked)) == 2
    qtbot.keyClicks(window.composer.editor, "s")
    assert told(asked)[2:] == [ShowTyping(room="lobby")]


def test_nobody_is_told_without_a_connection(window: Window, asked: list[Command], qtbot):
    window.take([ConnectionStatus(connection="offline")])
    qtbot.keyClicks(window.composer.editor, "hello")
    assert told(asked) == []


def test_it_is_said_again_while_it_goes_on(state: WindowState):
    state.apply(entered(), 0)
    asked: list[ShowTyping] = []
    now = 100.0
    typing = TypingHere(state, asked.append, lambda: now)
    typing.turn("lobby")
    typing.written("lobby", "a")
    now += TYPING_S / 2
    typing.written("lobby", "ab")
    assert len(asked) == 1
    now += TYPING_S / 2
    typing.written("lobby", "abc")
    assert asked == [ShowTyping(room="lobby")] * 2
    typing.written("lab", "what was begun there")
    typing.turn("lab")
    assert asked[2:] == [ShowTyping(room="lobby", on=False)]
    typing.written("lab", "what was begun there!")
    assert asked[3:] == [ShowTyping(room="lab")]
