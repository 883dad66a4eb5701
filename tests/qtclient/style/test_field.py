"""An Enter that an input method passes on takes nothing in a dialog, whichever line it is written into."""

from collections.abc import Callable

import pytest
from loggia.qtclient.dialogs.ask_nick import AskNick
from loggia.qtclient.dialogs.first_run import FirstRun
from loggia.qtclient.dialogs.go_to import GoTo
from loggia.qtclient.state.finding import Finder, RoomFound
from loggia.qtclient.style.field import Field
from loggia.qtclient.style.theme import LIGHT
from loggia.qtclient.window import Window
from loggia.shared.protocol.limits import Limits
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QInputMethodEvent
from PyQt6.QtWidgets import QApplication, QDialog, QLineEdit, QWidget

from tests.qtclient.dialogs.told import Broker
from tests.qtclient.talk import arrived, entered, people, says

ENTERS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def compose(field: QWidget, preedit: str, commit: str = "") -> None:
    event = QInputMethodEvent(preedit, [])
    event.setCommitString(commit)
    QApplication.sendEvent(field, event)


def nick() -> QDialog:
    return AskNick(LIGHT, Limits(), nick="zoe")


def address() -> QDialog:
    dialog = FirstRun(LIGHT, Limits(), here="tcp://127.0.0.1:1101", nick="zoe", before="chat.example.org")
    dialog.setFocusProxy(dialog.address)
    return dialog


def place() -> QDialog:
    rooms = {"lobby": RoomFound(key="room lobby", room="lobby", title="lobby")}
    return GoTo(Finder(rooms), Broker().asking, LIGHT)


@pytest.mark.parametrize("key", ENTERS)
@pytest.mark.parametrize("make", [nick, address, place])
def test_an_enter_for_an_input_method_accepts_no_dialog(qtbot, make: Callable[[], QDialog], key: Qt.Key):
    """Whether it comes before or behind what it ends; the next one does."""
    dialog = make()
    qtbot.addWidget(dialog)
    dialog.show()
    field = dialog.focusProxy() or dialog.edit
    field.setFocus()
    taken: list[None] = []
    dialog.accepted.connect(lambda: taken.append(None))
    before = field.text()
    field.deselect()
    compose(field, "に")
    qtbot.keyClick(field, key)
    compose(field, "", "b")
    qtbot.keyClick(field, key)
    assert (taken, field.text()) == ([], f"{before}b")
    qtbot.waitUntil(lambda: not field._composition.has_keys)
    field.setText(before)
    qtbot.keyClick(field, key)
    assert taken == [None]


def test_each_line_is_such_a_field(make_window: Callable[..., Window], state, qtbot):
    """Also those of the cards and of what is put to a message."""
    state.apply([*entered(), people("ada", "bob"), *arrived([says(1)])], 0)
    window = make_window(state)
    window.refresh()
    window.going.look_into("lobby")
    lines = window.going.room_card.findChildren(QLineEdit)
    window.going.room_card.reject()
    window.going.meet(window.people.mine)
    lines += window.going.card.findChildren(QLineEdit)
    assert len(lines) >= 2
    assert [line for line in lines if not isinstance(line, Field)] == []
    window.going.card.reject()
