"""Signs below a message: what they say, and that a click or Enter gives mine and takes it back."""

from collections.abc import Callable

import pytest
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style.theme import DARK, LIGHT, Colors
from loggia.qtclient.timeline.delegate import RING_PX
from loggia.qtclient.timeline.parts.changed import ChangedLine
from loggia.qtclient.timeline.parts.reactions import Reactions
from loggia.qtclient.window import Window
from loggia.shared.client.updates import Arrived
from loggia.shared.protocol.answers import Member
from loggia.shared.protocol.events import EditedEvent, MessageEvent
from loggia.shared.protocol.requests import React
from PyQt6.QtCore import QModelIndex, QPoint, QRect, Qt
from PyQt6.QtGui import QColor, QHelpEvent
from PyQt6.QtWidgets import QApplication, QToolTip

from tests.qtclient.row_in_hand import wished
from tests.qtclient.talk import NOON, entered, people, says
from tests.qtclient.timeline.measured import part

OFFSCREEN = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
Make = Callable[..., Window]
NEAR = 40
AGREED = "\N{THUMBS UP SIGN}"


def signed(**signs: tuple[str, ...]) -> MessageEvent:
    told = {AGREED if emoji == "agreed" else emoji: accounts for emoji, accounts in signs.items()}
    return says(1, rev=9, reactions=told)


@pytest.fixture(params=[LIGHT, DARK], ids=["light", "dark"])
def colors(request: pytest.FixtureRequest) -> Colors:
    return request.param


@pytest.fixture
def show(make_window: Make, state: WindowState) -> Callable[..., Window]:
    def show(event: MessageEvent, colors: Colors = LIGHT) -> Window:
        told = Arrived(room="lobby", events=[event], epoch="one")
        state.apply([*entered(), told, people("ada", "zoe")], 0)
        window = make_window(state, colors)
        window.refresh()
        return window

    return show


def index_of(window: Window) -> QModelIndex:
    return window.timeline.model().index(window.timeline.model().rowCount() - 1, 0)


def places(window: Window) -> dict[str, QRect]:
    """Of the signs, on the screen."""
    corner = window.timeline.visualRect(index_of(window)).topLeft()
    found = part(window.timeline, index_of(window), Reactions).places
    return {emoji: box.toRect().translated(corner) for emoji, box in found.items()}


def puts(emoji: str, *, on: bool) -> React:
    return React(id="-", room="lobby", seq=1, emoji=emoji, on=on)


def test_a_click_gives_mine_or_takes_it_back(show, qtbot):
    window = show(signed(agreed=("a-zoe",), ok=("a-zoe", "a-ada")))
    for emoji, on in ((AGREED, True), ("ok", False)):
        with qtbot.waitSignal(window.asked) as asked:
            qtbot.mouseClick(
                window.timeline.viewport(), Qt.MouseButton.LeftButton, pos=places(window)[emoji].center()
            )
        assert wished(asked.args) == puts(emoji, on=on)


@OFFSCREEN
def test_the_keyboard_goes_to_each_sign_and_gives_mine(show, qtbot):
    window = show(signed(agreed=("a-zoe",), ok=("a-zoe", "a-ada")))
    timeline = window.timeline
    timeline.setFocus()
    timeline.setCurrentIndex(index_of(window))
    for keys, emoji, on in (
        ([Qt.Key.Key_Right], AGREED, True),
        ([Qt.Key.Key_Right], "ok", False),
        ([Qt.Key.Key_Right], "ok", False),
        ([Qt.Key.Key_Left], AGREED, True),
    ):
        for key in keys:
            qtbot.keyClick(timeline, key)
        with qtbot.waitSignal(window.asked) as asked:
            qtbot.keyClick(timeline, Qt.Key.Key_Return)
        assert wished(asked.args) == puts(emoji, on=on)


@OFFSCREEN
def test_the_sign_with_the_keyboard_is_seen(show, qtbot, colors: Colors):
    window = show(signed(agreed=("a-zoe",), ok=("a-zoe",)), colors)
    timeline = window.timeline
    timeline.setFocus()
    timeline.setCurrentIndex(index_of(window))

    def ringed() -> list[bool]:
        """Of each sign: whether the middle of its upper edge has the colour of the ring."""
        image = timeline.viewport().grab().toImage()
        tops = [QPoint(box.center().x(), box.top()) for box in places(window).values()]
        return [
            any(image.pixel(at + QPoint(0, down)) == QColor(colors.text).rgb() for down in range(-1, RING_PX))
            for at in tops
        ]

    assert ringed() == [False, False]
    qtbot.keyClick(timeline, Qt.Key.Key_Right)
    assert ringed() == [True, False]
    qtbot.keyClick(timeline, Qt.Key.Key_Right)
    assert ringed() == [False, True]
    qtbot.keyClick(timeline, Qt.Key.Key_Up)
    assert ringed() == [False, False]


@OFFSCREEN
def test_who_may_only_read_puts_no_sign_there(show, qtbot):
    window = show(signed(agreed=("a-zoe",)))
    guest = people("zoe")
    guest.members.append(Member(nick="ada", account="a-ada", presence="online", role="guest"))
    window.take([guest])
    window.refresh()
    timeline = window.timeline
    timeline.setFocus()
    timeline.setCurrentIndex(index_of(window))
    with qtbot.assertNotEmitted(window.asked):
        qtbot.mouseClick(timeline.viewport(), Qt.MouseButton.LeftButton, pos=places(window)[AGREED].center())
        qtbot.keyClick(timeline, Qt.Key.Key_Right)
        qtbot.keyClick(timeline, Qt.Key.Key_Return)


@OFFSCREEN
def test_names_are_told_where_the_mouse_rests(show, qtbot):
    window = show(signed(agreed=("a-zoe", "a-ada")))
    port = window.timeline.viewport()
    at = places(window)[AGREED].center()
    QApplication.sendEvent(port, QHelpEvent(QHelpEvent.Type.ToolTip, at, port.mapToGlobal(at)))
    qtbot.waitUntil(lambda: f"{AGREED} you and zoe" in QToolTip.text())
    QToolTip.hideText()


def test_mine_are_marked_by_more_than_a_colour(show, colors: Colors):
    window = show(signed(mine=("a-ada",), other=("a-zoe",)), colors)
    image = window.timeline.viewport().grab().toImage()

    def edge(emoji: str) -> int:
        """How many pixels of the left edge are of the accent."""
        box = places(window)[emoji]
        y = box.center().y()
        found = (QColor(image.pixel(x, y)) for x in range(box.left() - 1, box.left() + 6))
        wanted = QColor(colors.accent)
        return sum(
            abs(one.red() - wanted.red()) + abs(one.blue() - wanted.blue()) < NEAR for one in found
        )  # but for what is smoothed

    assert edge("mine") >= 2
    assert edge("other") == 0


def test_many_signs_stand_below_each_other_and_none_is_too_small(show):
    window = show(signed(**{f"sign{number}": ("a-zoe",) for number in range(20)}))
    timeline, row = window.timeline, window.timeline.visualRect(index_of(window))
    boxes = list(places(window).values())
    assert len(boxes) == 20
    assert len({box.top() for box in boxes}) > 1
    assert all(box.width() >= 28 and box.height() >= 28 and row.contains(box) for box in boxes)
    assert not any(one.intersects(other) for one in boxes for other in boxes if one is not other)
    assert timeline.viewport().rect().contains(boxes[-1])


def test_a_sign_of_a_megabyte_is_cut(show):
    window = show(says(1, rev=9, reactions={"x" * 1_000_000: ("a-zoe",), "ok": ("a-zoe",)}))
    first, last = places(window).values()
    assert first.width() < 200
    assert last.width() >= 28
    window.grab()


def test_that_it_was_edited_stands_below_its_text_as_it_comes(show):
    window = show(says(1))
    before = window.timeline.visualRect(index_of(window)).height()
    edit = EditedEvent("lobby", 2, NOON, "bob", "a-bob", "id-2", 1, "hello, all")
    window.take([Arrived(room="lobby", events=[edit], epoch="one")])
    window.refresh()
    assert window.timeline.visualRect(index_of(window)).height() > before
    assert part(window.timeline, index_of(window), ChangedLine).words == "edited 12:00"
    assert index_of(window).data() == "bob, 12:00: hello, all (edited 12:00)"
