"""The first thing that anybody sees: one dialog, with real keys and clicks."""

from collections.abc import Callable

import pytest
from loggia.qtclient.dialogs.first_run import FirstRun
from loggia.qtclient.style.theme import LIGHT
from loggia.shared.protocol.limits import Limits
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QRadioButton

HERE = "tcp://127.0.0.1:1101"


@pytest.fixture
def ask(qtbot) -> Callable[..., FirstRun]:
    def ask(**more: object) -> FirstRun:
        dialog = FirstRun(LIGHT, Limits(), here=HERE, **more)
        qtbot.addWidget(dialog)
        dialog.show()
        qtbot.waitExposed(dialog)
        dialog.activateWindow()
        qtbot.waitUntil(dialog.isActiveWindow)
        return dialog

    return ask


def click(choice: QRadioButton, qtbot) -> None:
    """On its sign, as its words are not as wide as its place."""
    qtbot.mouseClick(choice, Qt.MouseButton.LeftButton, pos=QPoint(10, choice.height() // 2))


def test_a_name_and_enter_is_enough(ask, qtbot):
    dialog = ask()
    assert dialog.edit.hasFocus()
    assert dialog.at_home.isChecked()
    assert not dialog.come_in.isEnabled()
    qtbot.keyClicks(dialog.edit, "zoe")
    with qtbot.waitSignal(dialog.accepted):
        qtbot.keyClick(dialog.edit, Qt.Key.Key_Return)
    assert (dialog.nick, dialog.endpoint, dialog.chosen) == ("zoe", HERE, "")


def test_what_will_happen_is_said_in_a_sentence_that_follows_the_answers(ask, qtbot):
    dialog = ask()
    rest = "Whoever is there reads what you write, and a copy of what is said stays on this computer."
    assert dialog.promise.text() == f"You come into # lobby on this computer. {rest}"
    qtbot.keyClicks(dialog.edit, "zoe")
    assert dialog.promise.text() == f"You come into # lobby as zoe on this computer. {rest}"
    click(dialog.elsewhere, qtbot)
    assert dialog.address.hasFocus()
    assert dialog.promise.text() == f"You come into # lobby as zoe. {rest}"
    qtbot.keyClicks(dialog.address, "tower")
    assert dialog.promise.text() == (
        f"You come into # lobby as zoe at tower:1101, where nothing is encrypted on the way. {rest}"
    )


def test_an_address_is_written_with_the_keyboard_alone(ask, qtbot):
    dialog = ask()
    qtbot.keyClicks(dialog.edit, "zoe")
    qtbot.keyClick(dialog.edit, Qt.Key.Key_Tab)
    assert dialog.at_home.hasFocus()
    qtbot.keyClick(dialog.at_home, Qt.Key.Key_Down)
    assert dialog.elsewhere.isChecked()
    qtbot.keyClick(dialog.elsewhere, Qt.Key.Key_Tab)
    assert dialog.address.hasFocus()
    qtbot.keyClicks(dialog.address, "192.168.1.20")
    with qtbot.waitSignal(dialog.accepted):
        qtbot.keyClick(dialog.address, Qt.Key.Key_Return)
    assert dialog.endpoint == dialog.chosen == "tcp://192.168.1.20:1101"


def test_who_writes_an_address_means_it_and_may_take_it_back(ask, qtbot):
    dialog = ask()
    qtbot.keyClicks(dialog.edit, "zoe")
    qtbot.mouseClick(dialog.address, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(dialog.address, "tower")
    assert dialog.elsewhere.isChecked()
    assert dialog.endpoint == "tcp://tower:1101"
    click(dialog.at_home, qtbot)
    assert (dialog.endpoint, dialog.chosen) == (HERE, "")
    assert dialog.address_hint.text() == ""


@pytest.mark.parametrize("written", ["a b", "tower:0", "tower:99999", "http://tower", "*"])
def test_a_wrong_address_is_said_below_it_and_not_taken(ask, qtbot, written: str):
    dialog = ask()
    qtbot.keyClicks(dialog.edit, "zoe")
    assert dialog.come_in.isEnabled()
    qtbot.keyClicks(dialog.address, written)
    assert f"{written!r} is no address of a broker" in dialog.address_hint.text()
    assert dialog.address_hint.property("tone") == "error"
    assert dialog.hint.property("tone") == ""
    assert not dialog.come_in.isEnabled()
    with qtbot.assertNotEmitted(dialog.accepted):
        qtbot.keyClick(dialog.address, Qt.Key.Key_Return)


def test_a_wrong_name_is_said_below_it_and_not_taken(ask, qtbot):
    dialog = ask()
    qtbot.keyClicks(dialog.edit, "a/b")
    assert dialog.hint.property("tone") == "error"
    assert not dialog.come_in.isEnabled()
    qtbot.keyClicks(dialog.address, "tower")
    assert not dialog.come_in.isEnabled()
    dialog.edit.clear()
    qtbot.keyClicks(dialog.edit, "zoe")
    assert dialog.come_in.isEnabled()


def test_no_address_is_no_error_yet(ask, qtbot):
    dialog = ask(nick="zoe")
    click(dialog.elsewhere, qtbot)
    assert not dialog.come_in.isEnabled()
    assert dialog.address_hint.text() == "As you were told it, like chat.example.org or 192.168.1.20:1101."
    assert dialog.address_hint.property("tone") == ""


def test_an_address_where_nobody_answered_is_there_to_be_mended(ask):
    dialog = ask(nick="zoe", before="tcp://tower:1101")
    assert (dialog.edit.text(), dialog.address.text()) == ("zoe", "tcp://tower:1101")
    assert dialog.elsewhere.isChecked()
    assert dialog.address_hint.text() == "Nobody answered at tower:1101 yet. Is it right?"
    moving = ask(before="tcp://tower:1101", nick="zoe", again=True)
    assert moving.address_hint.text() == "Nobody answers at tower:1101 now."
    assert moving.focusWidget() is moving.address
    assert moving.address.selectedText() == moving.address.text()
    assert dialog.address_hint.property("tone") == "error"
    assert dialog.come_in.isEnabled()


def test_where_somebody_said_where_to_go_it_is_not_asked(ask, qtbot):
    dialog = ask(asks_where=False, room="lab")
    assert not dialog.address.isVisible()
    qtbot.keyClicks(dialog.edit, "zoe")
    assert dialog.promise.text().startswith("You come into # lab as zoe on this computer.")
    with qtbot.waitSignal(dialog.accepted):
        qtbot.keyClick(dialog.edit, Qt.Key.Key_Return)
    assert (dialog.endpoint, dialog.chosen) == (HERE, "")


def test_all_of_it_is_on_the_screen_and_nothing_is_cut(ask, qtbot):
    dialog = ask(nick="W" * 32, before="tcp://" + "w" * 60 + ".example.org:1101")
    for hint in (dialog.hint, dialog.address_hint, dialog.promise):
        assert hint.heightForWidth(hint.width()) <= hint.height(), hint.text()
