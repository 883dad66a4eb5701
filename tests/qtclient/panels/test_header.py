"""What stands above the messages."""

from collections.abc import Callable

import pytest
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from loggia.shared.protocol.events import SubjectEvent

from tests.qtclient.talk import NOON, arrived, entered

Make = Callable[..., Window]


@pytest.mark.parametrize("width", [360, 1100])
def test_what_the_room_is_about_stands_below_its_name(make_window: Make, state: WindowState, width: int):
    state.apply([*entered(), *entered("lab")], 0)
    window = make_window(state, width=width)
    subject, title = window.header.subject, window.header.title
    assert not subject.isVisible()
    about = "the <b>public</b>\nsquare, " * 9
    window.take(arrived([SubjectEvent("lobby", 1, NOON, "ada", "a-ada", "1", about)]))
    window.refresh()
    assert subject.isVisible()
    assert subject.accessibleName() == " ".join(about.split())
    assert subject.text().startswith("the <b>public</b> square")
    assert subject.fontMetrics().horizontalAdvance(subject.text()) <= subject.width()
    assert title.geometry().bottom() < subject.geometry().top()
    assert window.header.rect().contains(subject.geometry())
    window.go("lab")
    assert not subject.isVisible()
