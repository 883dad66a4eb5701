"""Where the keyboard is can be seen in every dialog, in both themes."""

from collections.abc import Callable

import pytest
from loggia.qtclient.dialogs.first_run import FirstRun
from loggia.qtclient.dialogs.person_card import Encounter, PersonCard
from loggia.qtclient.dialogs.pins import PinsList
from loggia.qtclient.dialogs.room_card import MyRoom, RoomCard
from loggia.qtclient.state.pinned import Missing, PinnedMessage
from loggia.qtclient.style.theme import DARK, LIGHT, Colors
from loggia.shared.protocol.answers import Member
from loggia.shared.protocol.limits import Limits
from PyQt6.QtCore import QPoint, QRect, Qt
from PyQt6.QtGui import QColor, QImage
from PyQt6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

BOTH = pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])


def first_run(colors: Colors) -> QDialog:
    return FirstRun(colors, Limits(), here="tcp://127.0.0.1:1101", nick="zoe")


def person(colors: Colors) -> QDialog:
    zoe = Member(nick="zoe", account="a-zoe", presence="online", role="member")
    met = Encounter(member=zoe, room="lab", label="# lab", kind="public", role="owner", me=False, known=True)
    return PersonCard(met, colors, colors.accent, lambda: 0)


def question(colors: Colors) -> QDialog:
    card = person(colors)
    card.findChild(QWidget, "ban").click()
    return card


def myself(colors: Colors) -> QDialog:
    ada = Member(nick="ada", account="a-ada", presence="online", role="member")
    met = Encounter(
        member=ada, room="lab", label="# lab", kind="public", role="member", me=True, known=True, holds=True
    )
    return PersonCard(met, colors, colors.accent, lambda: 0)


def room(colors: Colors) -> QDialog:
    return RoomCard(MyRoom(room="lab", label="% lab", kind="private", role="owner"))


def pins(colors: Colors) -> QDialog:
    shown = PinsList("# lab", colors, None)
    shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    shown.show_pins([PinnedMessage(1, "bob: the rules"), PinnedMessage(2, "bob: more")], Missing())
    return shown


def lit(before: QImage, after: QImage, box: QRect, color: str) -> int:
    """How many pixels of the box have that colour now, and had not."""
    wanted = QColor(color).rgb()
    places = (
        QPoint(x, y) for y in range(box.top(), box.bottom() + 1) for x in range(box.left(), box.right() + 1)
    )
    return sum(after.pixel(at) == wanted != before.pixel(at) for at in places)


@BOTH
@pytest.mark.parametrize("make", [first_run, person, question, myself, room, pins])
def test_a_ring_is_around_whatever_has_the_keyboard(
    make: Callable[[Colors], QDialog], colors: Colors, dress, qtbot
):
    dress(colors)
    dialog = make(colors)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    takes = [
        one
        for one in dialog.findChildren(QWidget)
        if one.isVisible() and one.isEnabled() and one.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert takes
    thin = []
    for one in takes:
        if (had := dialog.focusWidget()) is not None:
            had.clearFocus()
        before = dialog.grab().toImage()
        one.setFocus(Qt.FocusReason.TabFocusReason)
        assert one.hasFocus()
        box = QRect(one.mapTo(dialog, QPoint(0, 0)), one.size())
        around = lit(
            before,
            dialog.grab().toImage(),
            box,
            colors.text if one.objectName() == "primary" else colors.accent,
        )
        if around < 1.6 * 2 * (box.width() + box.height()) - 40:  # 2 px but for the corners
            thin.append((type(one).__name__, one.objectName(), around, box.width(), box.height()))
    assert thin == []


@BOTH
@pytest.mark.parametrize("name", ["", "primary", "newer", "back"])
def test_a_button_with_the_keyboard_has_the_ring_and_no_other_frame(colors: Colors, name: str, dress, qtbot):
    dress(colors)
    place = QWidget()
    qtbot.addWidget(place)
    column = QVBoxLayout(place)
    column.addWidget(QPushButton("Before"))
    button = QPushButton("Newest")
    button.setObjectName(name)
    column.addWidget(button)
    place.show()
    qtbot.waitExposed(place)
    place.activateWindow()
    qtbot.waitUntil(lambda: place.focusWidget() is not None and place.focusWidget().hasFocus())
    inside = button.rect().adjusted(16, 4, -16, -4)  # of the round corners, too
    before = button.grab(inside).toImage()
    qtbot.keyClick(place.focusWidget(), Qt.Key.Key_Tab)
    assert button.hasFocus()
    assert button.grab(inside).toImage() == before
