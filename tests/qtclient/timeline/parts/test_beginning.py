"""The top of a room says in words what to do there, however narrow it is."""

import pytest
from loggia.qtclient.state.state import WindowState
from loggia.shared.client.updates import Older
from PyQt6.QtGui import QColor

from tests.qtclient.talk import entered, joins


@pytest.mark.parametrize("width", [360, 700])
def test_what_to_do_is_not_cut(make_window, state: WindowState, width: int):
    state.apply([*entered(head=1), Older(room="lobby", events=[joins(1, "ada")], more=False)], 0)
    window = make_window(state, width=width)
    timeline = window.timeline
    rect = timeline.visualRect(timeline.model().index(0))
    line = timeline.fontMetrics().height()
    muted = QColor(timeline._drawn.colors.muted)
    image = timeline.viewport().grab().toImage()
    inked = [
        y
        for y in range(rect.top(), rect.bottom())
        if any(image.pixelColor(x, y) == muted for x in range(rect.right() - 1))
    ]
    wraps = timeline.fontMetrics().horizontalAdvance(state.here.rows[0].text) > rect.width() - 32
    assert wraps == (width == 360)
    assert (inked[-1] - inked[0] > line) == wraps, "all lines are painted"
    assert inked[-1] < rect.bottom() - 4
