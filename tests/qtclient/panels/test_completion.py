"""What is offered while one writes, and how it comes into the text."""

from collections.abc import Callable

import pytest
from loggia.qtclient.state.emoji import IN_LINE
from loggia.qtclient.state.slash import COMMANDS
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from PyQt6.QtCore import Qt

from tests.qtclient.talk import people
from tests.qtclient.written import (
    heard,
    press,
    ready,
    send,
    talk,
    text,
    write,
)

Make = Callable[..., Window]


@pytest.fixture
def window(make_window: Make, state: WindowState, qtbot) -> Window:
    return ready(make_window(talk(state)), qtbot)


@pytest.fixture
def asked(window: Window) -> list:
    return heard(window)


# -- what is offered ---------------------------------------------------------------------------


def offered(window: Window) -> list[str]:
    listed = window.composer.list
    return [listed.item(row).text() for row in range(listed.count())] if listed.isVisible() else []


def test_tab_completes_who_is_here(window: Window):
    write(window, "so @bo")
    assert offered(window) == ["@bob"]
    press(window, Qt.Key.Key_Tab)
    assert text(window) == "so @bob "
    assert offered(window) == []
    assert window.composer.editor.hasFocus()
    press(window, Qt.Key.Key_Tab)
    assert not window.composer.editor.hasFocus(), "where nothing is begun it leads on"


def test_arrows_choose_and_escape_takes_it_away(window: Window):
    write(window, "see #l")
    assert offered(window) == ["#lobby", "#lab"]
    press(window, Qt.Key.Key_Down)
    press(window, Qt.Key.Key_Tab)
    assert text(window) == "see #lab "
    write(window, "#l")
    press(window, Qt.Key.Key_Escape)
    assert offered(window) == []
    assert window.composer.editor.hasFocus()
    write(window, "o")
    assert offered(window) == ["#lobby"]


def test_a_click_takes_what_is_offered(window: Window, qtbot):
    write(window, "@b")
    listed = window.composer.list
    at = listed.visualItemRect(listed.item(0)).center()
    qtbot.mouseClick(listed.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert text(window) == "@bob "
    assert window.composer.editor.hasFocus()


def test_the_list_lies_above_the_text_and_moves_nothing_that_is_read(window: Window):
    before = window.timeline.geometry()
    write(window, "/")
    listed = window.composer.list
    assert window.timeline.geometry() == before
    assert listed.geometry().bottom() <= window.composer.geometry().top()
    assert window.middle.rect().contains(listed.geometry())


@pytest.mark.parametrize("height", [360, 400, 700])
def test_half_of_the_messages_can_be_read_above_the_list(window: Window, height: int):
    window.resize(1100, height)
    write(window, "/")
    listed = window.composer.list
    tall = listed.geometry()
    assert listed.count() > 8
    assert 64 < tall.height() <= 8 * 32 + 8
    assert tall.bottom() <= window.composer.geometry().top()
    covered = tall.height() / window.composer.geometry().top()
    assert covered <= 0.5
    for _ in range(listed.count() - 1):
        press(window, Qt.Key.Key_Down)
        row = listed.visualItemRect(listed.currentItem())
        assert listed.viewport().rect().contains(row), "what is chosen is seen"


def test_help_offers_all_commands_with_what_they_do(window: Window, asked: list):
    send(window, "/help")
    assert asked == []
    assert text(window) == "/"
    shown = offered(window)
    assert len(shown) == len(COMMANDS)
    assert all(one.about in told for one, told in zip(COMMANDS, shown, strict=True))


def test_the_help_of_a_command_stays_while_it_is_written(window: Window):
    write(window, "/to")
    press(window, Qt.Key.Key_Tab)
    assert text(window) == "/topic "
    write(window, "the new")
    assert offered(window) == ["/topic TEXT    says what this room is about"]
    press(window, Qt.Key.Key_Return)
    assert offered(window) == []


def test_what_is_offered_goes_with_the_keyboard(window: Window):
    write(window, "@b")
    window.timeline.setFocus()
    assert offered(window) == []


def test_of_a_name_full_of_pictures_some_are_shown_and_all_are_put_in(window: Window):
    """The list is painted at each key, and each picture is unpacked then."""
    name = "b" + "\U0001f600" * 31
    window.take([people("ada", name)])
    window.refresh()
    write(window, "@b")
    assert offered(window)[0] == "@b" + "\U0001f600" * IN_LINE + "..."
    press(window, Qt.Key.Key_Tab)
    assert text(window) == f"@{name} "
