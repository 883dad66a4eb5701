"""Who said something, and the room on the screen, are a click away: on the circle, the name, the title."""

from collections.abc import Callable

import pytest
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.grid import CIRCLE_PX, SIDE_PX, TEXT_LEFT_PX
from loggia.qtclient.timeline.parts.sender import SHOW_SENDER
from loggia.qtclient.window import Window
from loggia.shared.protocol.events import SubjectEvent
from PyQt6.QtCore import QPoint, QRect, Qt
from PyQt6.QtWidgets import QPushButton, QWidget

from tests.qtclient.row_in_hand import index_of, roles, told
from tests.qtclient.talk import NOON, entered, says

Make = Callable[..., Window]
LEFT = Qt.MouseButton.LeftButton
ON = {"circle": QPoint(SIDE_PX + CIRCLE_PX // 2, 26), "name": QPoint(TEXT_LEFT_PX + 6, 18)}


@pytest.fixture
def window(make_window: Make, state: WindowState) -> Window:
    said = [
        says(1, text="theirs"),
        says(2, text="theirs, too"),
        says(3, "kim", "gone"),
        says(4, "ada", "mine"),
    ]
    set_up = SubjectEvent(
        room="lobby", seq=5, at=NOON, nick="bob", account="a-bob", id="id-5", subject="benches"
    )
    state.apply([*entered(), told(*said, set_up), roles(ada="owner", bob="moderator")], 0)
    window = make_window(state)
    window.refresh()
    return window


def click(window: Window, text: str, at: QPoint, qtbot) -> None:
    box: QRect = window.timeline.visualRect(index_of(window, text))
    qtbot.mouseClick(window.timeline.viewport(), LEFT, pos=box.topLeft() + at)


def about(window: Window) -> list[str]:
    """What the card says, which is closed by that."""
    card = window.going.card
    assert card is not None
    lines = [card.windowTitle(), *card.about.text().splitlines()]
    lines += [button.text() for button in card.buttons.findChildren(QPushButton)]
    card.reject()
    assert window.going.card is None
    return lines


@pytest.mark.parametrize("on", ON)
def test_a_click_on_who_says_it_shows_the_card(window: Window, qtbot, on: str):
    click(window, "theirs", ON[on], qtbot)
    assert about(window)[:4] == ["bob", "online", "moderator of # lobby", "Write a message"]
    click(window, "mine", ON[on], qtbot)
    assert about(window)[:3] == ["ada", "you", "online"]


def test_of_who_has_left_it_says_so_and_offers_what_can_be_done(window: Window, qtbot):
    click(window, "gone", ON["name"], qtbot)
    assert about(window) == ["kim", "not here now", "Write a message"]
    window.state.here.crowd.more = True
    click(window, "gone", ON["name"], qtbot)
    assert about(window) == ["kim", "Write a message"], "among those who are not told of"


def test_beside_them_and_in_the_rest_of_a_group_nothing_is_pressed(window: Window, qtbot):
    for text, at in (("theirs, too", ON["circle"]), ("theirs", QPoint(TEXT_LEFT_PX + 200, 18))):
        click(window, text, at, qtbot)
        assert window.going.card is None


def test_the_menu_has_it_too_at_its_end(window: Window):
    entries = window.timeline.menu(index_of(window, "theirs, too")).actions()
    assert (entries[-1].text(), entries[-1].data()) == ("About bob...", SHOW_SENDER.id)
    entries[-1].trigger()
    assert about(window)[0] == "bob"


@pytest.mark.parametrize("part", ["title", "subject"])
def test_a_click_on_the_title_or_the_subject_shows_the_rooms_card(window: Window, qtbot, part: str):
    label: QWidget = getattr(window.header, part)
    assert label.cursor().shape() == Qt.CursorShape.PointingHandCursor
    assert "Ctrl+I" in label.accessibleDescription()
    qtbot.mouseClick(label, LEFT, pos=QPoint(10, label.height() // 2))
    card = window.going.room_card
    assert card is not None
    assert card.windowTitle() == "# lobby"
    card.reject()


def test_beside_the_title_a_click_does_nothing(window: Window, qtbot):
    for at in (QPoint(2, 2), QPoint(window.header.count.x() + 2, 2)):
        qtbot.mouseClick(window.header, LEFT, pos=at)
    qtbot.mouseClick(window.header.title, Qt.MouseButton.RightButton)
    assert window.going.room_card is None
