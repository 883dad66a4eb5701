"""The theme changes while something is open over the window: that has the new colours as well."""

from collections.abc import Callable

import pytest
from loggia.qtclient.models.people import PersonRow
from loggia.qtclient.state.hues import Hues
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style.theme import DARK, LIGHT, Colors, sender
from loggia.qtclient.window import Window
from loggia.shared.protocol.answers import Member
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QWidget

from tests.qtclient.talk import arrived, entered, many

# of a popup, as the calendar is
OFFSCREEN = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
Make = Callable[..., Window]
Dress = Callable[[Colors], None]
ZOE = Member(nick="zoe", account="a-zoe", presence="here")


@pytest.fixture
def window(make_window: Make, state: WindowState) -> Window:
    state.apply([*entered(head=9), *arrived(many(1, 9))], 0)
    return make_window(state)


def pins(window: Window) -> QWidget:
    window.pinboard.open()
    return window.pinboard.list.sign


def person(window: Window) -> QWidget:
    window.going.meet(PersonRow("a-zoe", ZOE, False, True, 0))
    return window.going.card._circle


def myself(window: Window) -> QWidget:
    me = Member(nick="ada", account="a-ada", presence="here")
    window.going.meet(PersonRow("a-ada", me, True, True, 0))
    return window.going.card._circle


def days(window: Window) -> QWidget:
    window.days.choose()
    return window.days.chooser


SHOWN = {
    pins: lambda colors: colors.muted,
    person: lambda colors: sender(Hues().of("a-zoe"), colors),
    myself: lambda colors: colors.accent,
    days: lambda colors: colors.muted,
}


def count(shown: QWidget, color: str) -> int:
    image, wanted = shown.grab().toImage(), QColor(color).rgb()
    return sum(image.pixel(x, y) == wanted for x in range(image.width()) for y in range(image.height()))


@OFFSCREEN
@pytest.mark.parametrize("show", SHOWN)
def test_what_is_open_gets_them(window: Window, dress: Dress, show: Callable[[Window], QWidget]):
    shown, color = show(window), SHOWN[show]
    assert count(shown, color(LIGHT)) > count(shown, color(DARK)) == 0
    dress(DARK)
    window.look(DARK)
    assert count(shown, color(DARK)) > count(shown, color(LIGHT)) == 0


@OFFSCREEN
@pytest.mark.parametrize("show", SHOWN)
def test_what_is_opened_then_has_them(window: Window, dress: Dress, show: Callable[[Window], QWidget]):
    dress(DARK)
    window.look(DARK)
    shown, color = show(window), SHOWN[show]
    assert count(shown, color(DARK)) > count(shown, color(LIGHT)) == 0
