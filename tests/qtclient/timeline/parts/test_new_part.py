"""A part that only its own file and the table know is measured, painted, pressed, spoken and copied."""

from collections.abc import Callable
from typing import Self

import pytest
from loggia.qtclient.models.timeline import TimelineModel
from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style.theme import DARK, LIGHT, Colors
from loggia.qtclient.timeline.grid import TEXT_LEFT_PX
from loggia.qtclient.timeline.parts import table
from loggia.qtclient.timeline.parts.action import Action
from loggia.qtclient.timeline.parts.delivery import Delivery
from loggia.qtclient.timeline.parts.mark import Mark
from loggia.qtclient.timeline.parts.part import Ink, Part, Space
from loggia.qtclient.timeline.parts.text import MessageText
from loggia.qtclient.timeline.view import Timeline
from loggia.shared.client.updates import Failed
from PyQt6.QtCore import QPoint, QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QGuiApplication, QPainter
from PyQt6.QtWidgets import QWidget

from tests.qtclient.talk import arrived, entered, says, waits
from tests.qtclient.timeline.measured import part

TALL_PX = 24
STARRED = "star me"

STAR = Action(
    id="star",
    words=lambda row: "Give it a star",
    target=lambda row: row.seq if row.text == STARRED else None,
    keys=(Qt.Key.Key_F2,),
    section="stars",
)


class Stars(Part):
    """The new part: a bar of a colour of its own below the text of some messages."""

    actions = (STAR,)

    def __init__(self, space: Space) -> None:
        self.box = QRectF(TEXT_LEFT_PX, space.top, 60, TALL_PX)
        self.height = TALL_PX

    @classmethod
    def of(cls, row: MessageRow, space: Space) -> Self | None:
        return cls(space) if STARRED in row.text else None

    def paint(self, painter: QPainter, ink: Ink) -> None:
        painter.fillRect(self.box, QColor(ink.colors.link))

    def hit(self, point: QPointF) -> Action | None:
        return STAR if self.box.contains(point) else None

    @staticmethod
    def speak(row: MessageRow) -> str:
        return "(3 stars)" if STARRED in row.text else ""

    @staticmethod
    def copy(row: MessageRow, *, several: bool) -> str:
        return "***" if STARRED in row.text else ""


def add_to_the_table(patch: pytest.MonkeyPatch) -> None:
    """All that is done for it: a place in the row of messages, behind the text and its mark."""
    kind = table.KINDS[MessageRow]
    behind = kind.parts.index(Mark) + 1
    parts = (*kind.parts[:behind], Stars, *kind.parts[behind:])
    patch.setitem(table.KINDS, MessageRow, kind._replace(parts=parts))


@pytest.fixture(params=[LIGHT, DARK], ids=["light", "dark"])
def colors(request: pytest.FixtureRequest) -> Colors:
    return request.param


@pytest.fixture
def show(state: WindowState, colors: Colors, qtbot) -> Callable[[], Timeline]:
    state.apply([*entered(), *arrived([says(1, text="plain"), says(2, "zoe", STARRED)])], 0)
    state.apply([waits("w1", "mine, " + STARRED)], 0)
    state.apply([Failed(id="w1", room="lobby", code="muted", text="You are muted.")], 0)

    kept: list[QWidget] = []  # by qtbot they are only closed

    def show() -> Timeline:
        holder = QWidget()
        kept.append(holder)
        qtbot.addWidget(holder)
        middle = QWidget(holder)  # before the model, which has to outlive the list
        timeline = Timeline(TimelineModel(state, table.spoken, holder), colors, middle)
        for widget in (holder, middle, timeline):
            widget.resize(700, 700)
        holder.show()
        qtbot.waitExposed(holder)
        timeline.refresh("")
        return timeline

    return show


def index_of(timeline: Timeline, text: str):
    model = timeline.model()
    return next(
        index
        for index in (model.index(number, 0) for number in range(model.rowCount()))
        if getattr(index.data(Qt.ItemDataRole.UserRole), "text", "") == text
    )


def has(timeline: Timeline, text: str, color: str) -> bool:
    """Whether the row shows that colour."""
    image = timeline.viewport().grab(timeline.visualRect(index_of(timeline, text))).toImage()
    wanted = QColor(color).rgb()
    return any(image.pixel(x, y) == wanted for x in range(image.width()) for y in range(image.height()))


def test_it_takes_its_room_and_moves_what_is_below(show: Callable[[], Timeline], monkeypatch, qtbot):
    before = show()
    heights = [before.visualRect(index_of(before, text)).height() for text in ("plain", "mine, " + STARRED)]
    buttons = part(before, index_of(before, "mine, " + STARRED), Delivery).buttons
    add_to_the_table(monkeypatch)
    timeline = show()
    plain, mine = index_of(timeline, "plain"), index_of(timeline, "mine, " + STARRED)
    assert timeline.visualRect(plain).height() == heights[0], "a row without it is as it was"
    assert timeline.visualRect(mine).height() == heights[1] + TALL_PX
    moved = part(timeline, mine, Delivery).buttons
    assert buttons is not None
    assert moved is not None
    for action, place in buttons.places.items():
        assert moved.places[action] == place.translated(0, TALL_PX)
    text = part(timeline, mine, MessageText)
    assert part(timeline, mine, Stars).box.top() >= text.height


def test_it_is_painted_in_its_rows_only(show: Callable[[], Timeline], monkeypatch, colors: Colors):
    assert not has(show(), STARRED, colors.link)
    add_to_the_table(monkeypatch)
    timeline = show()
    assert has(timeline, STARRED, colors.link)
    assert not has(timeline, "plain", colors.link)


def test_it_is_pressed_and_its_cursor_says_so(show: Callable[[], Timeline], monkeypatch, qtbot):
    add_to_the_table(monkeypatch)
    timeline = show()
    index = index_of(timeline, STARRED)
    at = part(timeline, index, Stars).box.center().toPoint() + timeline.visualRect(index).topLeft()
    port = timeline.viewport()
    with qtbot.waitSignal(timeline.acted) as acted:
        qtbot.mouseClick(port, Qt.MouseButton.LeftButton, pos=at)
    assert acted.args == ["star", 2]
    for place in (QPoint(2, 2), at):
        qtbot.mouseMove(port, place)
    qtbot.waitUntil(lambda: port.cursor().shape() == Qt.CursorShape.PointingHandCursor)
    with qtbot.assertNotEmitted(timeline.acted):
        qtbot.mouseClick(port, Qt.MouseButton.LeftButton, pos=timeline.visualRect(index).topLeft())


def test_it_is_in_the_menu_apart_from_what_others_do(show: Callable[[], Timeline], monkeypatch, qtbot):
    add_to_the_table(monkeypatch)
    timeline = show()
    menu = timeline.menu(index_of(timeline, STARRED))
    shown = [action.data() if not action.isSeparator() else "-" for action in menu.actions()]
    assert shown == ["copy", "copy-text", "-", "star", "-", "show-sender"]
    with qtbot.waitSignal(timeline.acted) as acted:
        menu.actions()[3].trigger()
    assert acted.args == ["star", 2]
    other = timeline.menu(index_of(timeline, "plain"))
    assert "star" not in [action.data() for action in other.actions()]


def test_it_has_its_key(show: Callable[[], Timeline], monkeypatch, qtbot):
    add_to_the_table(monkeypatch)
    timeline = show()
    timeline.setCurrentIndex(index_of(timeline, STARRED))
    with qtbot.waitSignal(timeline.acted) as acted:
        qtbot.keyClick(timeline, Qt.Key.Key_F2)
    assert acted.args == ["star", 2]
    timeline.setCurrentIndex(index_of(timeline, "plain"))
    with qtbot.assertNotEmitted(timeline.acted):
        qtbot.keyClick(timeline, Qt.Key.Key_F2)


def test_it_is_spoken_and_copied(show: Callable[[], Timeline], monkeypatch):
    add_to_the_table(monkeypatch)
    timeline = show()
    spoken = index_of(timeline, STARRED).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "zoe, 12:00: star me (3 stars)"
    timeline.selectAll()
    timeline.copy()
    assert (
        QGuiApplication.clipboard()
        .text()
        .endswith("[12:00] bob: plain\n[12:00] zoe: star me\n***\n[13:00] ada: mine, star me\n***")
    )
