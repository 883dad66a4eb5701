"""Names in the timeline have the colours of the people in the room, also those that were painted before."""

from collections.abc import Callable

import pytest
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.hues import natural
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style.theme import LIGHT, sender
from loggia.qtclient.timeline.grid import CIRCLE_PX, SIDE_PX
from loggia.qtclient.window import Window
from PyQt6.QtCore import QEvent, QObject, QPoint
from PyQt6.QtGui import QColor, QPaintEvent

from tests.qtclient.talk import arrived, entered, people, says

Make = Callable[..., Window]


def twins() -> tuple[str, str]:
    """Two nicks whose accounts have one hue."""
    by_hue: dict[int, str] = {}
    for number in range(100):
        nick = f"n{number}"
        other = by_hue.setdefault(natural(f"a-{nick}"), nick)
        if other != nick:
            return other, nick
    raise AssertionError("there are twelve hues")


def circle_of(window: Window, nick: str) -> str:
    """The colour beside the first message of that one."""
    timeline, model = window.timeline, window.timeline.model()
    for number in range(model.rowCount()):
        index = model.index(number, 0)
        if getattr(index.data(ROW), "nick", "") == nick:
            at = timeline.visualRect(index).topLeft() + QPoint(SIDE_PX + CIRCLE_PX // 2, 12 + CIRCLE_PX - 4)
            return timeline.viewport().grab().toImage().pixelColor(at).name().upper()
    raise AssertionError(f"{nick} said nothing")


class Paints(QObject):
    """Counts how often a widget was painted."""

    count = 0

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        self.count += isinstance(event, QPaintEvent)
        return False


def test_two_in_one_room_have_colours_far_apart_in_the_timeline_and_in_the_list(
    make_window: Make, state: WindowState
):
    one, other = twins()
    state.apply([*entered(), *arrived([says(1, one), says(2, other), says(3, "gone")])], 0)
    state.apply([people("ada", one, other)], 0)
    window = make_window(state)
    window.refresh()
    hues = state.rooms["lobby"].hues
    shown = {nick: circle_of(window, nick) for nick in (one, other, "gone")}
    assert shown[one] == sender(hues.of(f"a-{one}"), LIGHT)
    assert shown[other] == sender(hues.of(f"a-{other}"), LIGHT)
    assert shown["gone"] == sender(natural("a-gone"), LIGHT)
    apart = abs(hues.of(f"a-{one}") - hues.of(f"a-{other}"))
    assert 60 <= apart <= 300
    listed = {row.member.nick: row.hue for row in window.people.list.model().rows}
    assert (listed[one], listed[other]) == (hues.of(f"a-{one}"), hues.of(f"a-{other}"))


def test_who_comes_is_painted_anew_where_he_spoke_before(make_window: Make, state: WindowState, qtbot):
    one, other = twins()
    state.apply([*entered(), people("ada", one), *arrived([says(1, one), says(2, other)])], 0)
    window = make_window(state)
    window.refresh()
    before = circle_of(window, one)
    qtbot.waitUntil(lambda: not window._pace.frame.isActive())
    paints = Paints()
    window.timeline.viewport().installEventFilter(paints)
    window.take([people("ada", one, other)])
    window.refresh()
    qtbot.waitUntil(lambda: paints.count > 0)
    assert circle_of(window, one) == before
    assert QColor(circle_of(window, other)) == QColor(
        sender(state.rooms["lobby"].hues.of(f"a-{other}"), LIGHT)
    )
    assert circle_of(window, other) != before


@pytest.mark.parametrize("nick", ["bob", "zoe"])
def test_my_own_name_has_the_accent_and_nobody_else_a_hue_like_it(
    make_window: Make, state: WindowState, nick: str
):
    state.apply([*entered(), people("ada", nick), *arrived([says(1, "ada"), says(2, nick)])], 0)
    window = make_window(state)
    window.refresh()
    assert circle_of(window, "ada") == LIGHT.accent
    mine, theirs = QColor(LIGHT.accent).hue(), QColor(circle_of(window, nick)).hue()
    assert min((mine - theirs) % 360, (theirs - mine) % 360) > 30
