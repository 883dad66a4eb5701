"""Messages of one group on one ground are on one piece of it, with round corners only where it ends."""

from collections.abc import Callable

import pytest
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style.theme import CONTRAST, DARK, LIGHT, Colors, contrast
from loggia.qtclient.timeline.grid import CIRCLE_PX, SIDE_PX
from loggia.qtclient.timeline.parts.delivery import DISCARD
from loggia.qtclient.timeline.parts.ground import INSET_PX, RADIUS_PX
from loggia.qtclient.window import Window
from loggia.shared.protocol.events import StoredEvent
from PyQt6.QtCore import QEvent, QObject, QPoint
from PyQt6.QtGui import QColor, QImage, QPaintEvent, QRegion

from tests.qtclient.talk import HOUR, NOON, arrived, entered, joins, says, waits

Make = Callable[..., Window]
GROUPS: dict[str, list[StoredEvent]] = {
    "own": [says(1), says(2, "ada", "one"), says(3, "ada", "two"), says(4, "ada", "three"), says(5)],
    "names me": [says(1, text="ada?"), says(2, text="ada!"), says(3, text="ada."), says(4, "zoe")],
}


@pytest.fixture(params=[LIGHT, DARK], ids=["light", "dark"])
def colors(request: pytest.FixtureRequest) -> Colors:
    return request.param


def edges(window: Window) -> list[tuple[str, bool, bool]]:
    """Of each message: its text, and whether its ground has a corner at the right above, and one below."""
    timeline, model = window.timeline, window.timeline.model()
    image = timeline.viewport().grab().toImage()
    bg = QColor(timeline._drawn.colors.bg).rgb()
    found = []
    for number, row in enumerate(model.rows):
        if not hasattr(row, "nick"):
            continue
        rect = timeline.visualRect(model.index(number, 0))
        height = timeline._drawn.layouts.of(row, rect.width()).height  # the last row has free pixels below
        top = rect.top() + (6 if row.first else 0)
        bare = [image.pixel(rect.right(), y) == bg for y in (top, rect.top() + height - 1)]
        found.append((row.text, *bare))
    return found


@pytest.mark.parametrize("name", GROUPS)
def test_a_group_has_one_ground(make_window: Make, state: WindowState, colors: Colors, name: str):
    state.apply([*entered(), *arrived(GROUPS[name])], 0)
    window = make_window(state, colors)
    window.refresh()
    grounds = [(above, below) for text, above, below in edges(window) if text != "hello"]
    assert grounds == [(True, False), (False, False), (False, True)]


def between(window: Window, ratio: float) -> set[str]:
    """All colours between the circles and the texts, from the first message with a ground to the last, on a
    screen with so many pixels for each of ours."""
    timeline, model = window.timeline, window.timeline.model()
    port = timeline.viewport()
    image = QImage(port.size() * ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    port.render(image)
    rects = [
        timeline.visualRect(model.index(number, 0))
        for number, row in enumerate(model.rows)
        if getattr(row, "own", False) or getattr(row, "mention", False)
    ]
    x = round((SIDE_PX + CIRCLE_PX + 6) * ratio)
    top, bottom = rects[0].top() + 6 + RADIUS_PX, rects[-1].bottom() - RADIUS_PX
    return {image.pixelColor(x, y).name() for y in range(round(top * ratio), round(bottom * ratio))}


@pytest.mark.parametrize("ratio", [1, 1.25, 1.5, 1.75, 2, 2.5, 3])
@pytest.mark.parametrize("name", GROUPS)
def test_a_group_has_no_seam_on_any_screen_also_when_it_is_selected(
    make_window: Make, state: WindowState, colors: Colors, name: str, ratio: float
):
    state.apply([*entered(), *arrived(GROUPS[name])], 0)
    window = make_window(state, colors)
    window.refresh()
    plain = between(window, ratio)
    assert len(plain) == 1
    window.timeline.selectAll()
    selected = between(window, ratio)
    assert len(selected) == 1
    assert selected != plain


def test_a_ground_ends_where_the_next_message_is_on_another(
    make_window: Make, state: WindowState, colors: Colors
):
    state.apply([*entered(), *arrived([says(1, text="ada?"), says(2, text="so"), says(3, text="ada!")])], 0)
    window = make_window(state, colors)
    window.refresh()
    assert edges(window) == [("ada?", True, True), ("so", True, True), ("ada!", True, True)]


def test_a_ground_ends_where_the_group_ends(make_window: Make, state: WindowState, colors: Colors):
    """By somebody who comes, a new day, a long pause."""
    late = NOON + HOUR
    said = [says(1, "ada", "1"), joins(2, "zoe"), says(3, "ada", "2"), says(4, "ada", "3", at=late)]
    state.apply([*entered(), *arrived(said)], 0)
    window = make_window(state, colors)
    window.refresh()
    assert edges(window) == [("1", True, True), ("2", True, True), ("3", True, True)]


class Painted(QObject):
    """What of a widget was painted."""

    def __init__(self) -> None:
        super().__init__()
        self.region = QRegion()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if isinstance(event, QPaintEvent):
            self.region += event.region()
        return False


def test_the_row_above_is_painted_again_when_the_one_below_comes_and_goes(
    make_window: Make, state: WindowState, qtbot
):
    state.apply([*entered(), *arrived([says(1, "ada", "stored", at=NOON + HOUR)])], 0)
    window = make_window(state)
    window.refresh()
    timeline = window.timeline
    painted = Painted()
    timeline.viewport().installEventFilter(painted)

    def is_painted() -> bool:
        index = timeline.model().index(timeline.model().rowCount() - 1, 0)
        while index.data() != "ada, 13:00: stored":
            index = index.siblingAtRow(index.row() - 1)
        rect = timeline.visualRect(index)
        return painted.region.contains(QPoint(INSET_PX, rect.bottom() - 2))

    window.take([waits("w1")])
    qtbot.waitUntil(is_painted)
    assert edges(window) == [("stored", True, False), ("mine", False, True)]
    painted.region = QRegion()
    window.acts[DISCARD.id]("w1")
    qtbot.waitUntil(is_painted)
    assert edges(window) == [("stored", True, True)]


def test_what_is_selected_is_seen_on_every_ground(make_window: Make, state: WindowState, colors: Colors):
    """By a bar beside it, and by its ground, whose words stay legible."""
    said = [says(1), says(2, "ada", "mine"), says(3, text="ada!")]
    state.apply([*entered(), *arrived(said)], 0)
    window = make_window(state, colors)
    window.refresh()
    timeline, rows = window.timeline, window.timeline.model().rows
    places = [
        timeline.visualRect(timeline.model().index(n, 0))
        for n, row in enumerate(rows)
        if hasattr(row, "nick")
    ]

    def painted() -> list[tuple[str, str]]:
        """Of each message: the colours beside it, and of its ground."""
        image = timeline.viewport().grab().toImage()
        return [
            (
                image.pixelColor(4, at.center().y()).name(),
                image.pixelColor(at.right() - 3, at.center().y()).name(),
            )
            for at in places
        ]

    window.composer.editor.setFocus()
    before = painted()
    timeline.selectAll()
    after = painted()
    accent = QColor(colors.accent).name()
    for (bar_before, ground_before), (bar, ground) in zip(before, after, strict=True):
        assert (bar_before, bar) == (QColor(colors.bg).name(), accent)
        assert contrast(ground, ground_before) > 1.1
        assert contrast(ground, colors.text) > CONTRAST
