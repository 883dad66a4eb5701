"""The two questions: nickname, and where to go, of what is known here."""

import pytest
from loggia.qtclient.asking import Asking
from loggia.qtclient.dialogs.ask_nick import AskNick
from loggia.qtclient.dialogs.go_to import GoTo
from loggia.qtclient.state.finding import Finder, RoomFound
from loggia.qtclient.style.theme import LIGHT
from loggia.shared.protocol.limits import Limits
from PyQt6.QtCore import Qt

from tests.normalizing import LONG_NAMES, Normalized


@pytest.fixture
def ask(qtbot) -> AskNick:
    dialog = AskNick(LIGHT, Limits())
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


@pytest.fixture
def goto(qtbot) -> GoTo:
    names = ("lobby", "lab", "staff")
    rooms = {name: RoomFound(key=f"room {name}", room=name, title=name) for name in names}
    dialog = GoTo(Finder(rooms), Asking(lambda command: None), LIGHT)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def listed(dialog: GoTo) -> list[str]:
    """What can be chosen."""
    return [getattr(row, "label", None) or row.words for row in dialog.model.rows if hasattr(row, "room")]


def test_a_good_nickname_is_taken_in_its_canonical_form(ask: AskNick, qtbot):
    ask.edit.insert(" Zoe\u0308 ")  # QTest types ASCII alone
    with qtbot.waitSignal(ask.accepted):
        qtbot.keyClick(ask.edit, Qt.Key.Key_Return)
    assert ask.nick == "Zoë"


@pytest.mark.parametrize("name", LONG_NAMES.values(), ids=LONG_NAMES)
def test_a_long_name_that_is_pasted_is_not_composed(ask: AskNick, goto: GoTo, monkeypatch, name: str):
    normalized = Normalized(monkeypatch)
    ask.edit.setText(name)
    goto.edit.setText(name)
    assert "characters" in ask.hint.text()
    assert "characters" in goto.hint.text()
    assert normalized.total == 0


@pytest.mark.parametrize("name", ["a/b", "x" * 33, "two\u2028lines"])
def test_a_bad_nickname_is_not_taken_and_the_reason_is_shown(ask: AskNick, qtbot, name: str):
    ask.edit.setText(name)
    assert not ask.come_in.isEnabled()
    assert "nickname" in ask.hint.text()
    with qtbot.assertNotEmitted(ask.accepted):
        qtbot.keyClick(ask.edit, Qt.Key.Key_Return)


def test_no_nickname_is_no_error_yet(ask: AskNick):
    assert not ask.come_in.isEnabled()
    assert ask.hint.text().startswith("1 to 32 characters")


def test_a_refused_nickname_comes_back_with_its_reason(qtbot):
    dialog = AskNick(LIGHT, Limits(), nick="ada", reason="ada is taken.")
    qtbot.addWidget(dialog)
    assert (dialog.edit.text(), dialog.hint.text()) == ("ada", "ada is taken.")


def test_rooms_are_found_by_a_part_of_their_name(goto: GoTo):
    goto.edit.setText("a")
    assert listed(goto) == ["# lab", "# staff", "Join or make the room  # a"]


def test_enter_takes_the_chosen_one(goto: GoTo, qtbot):
    qtbot.keyClick(goto.edit, Qt.Key.Key_Down)
    with qtbot.waitSignal(goto.accepted):
        qtbot.keyClick(goto.edit, Qt.Key.Key_Return)
    assert goto.chosen.room == "lab"


def test_a_room_that_is_not_known_can_be_joined(goto: GoTo, qtbot):
    goto.edit.setText("# garden")
    with qtbot.assertNotEmitted(goto.accepted):  # it may be found
        qtbot.keyClick(goto.edit, Qt.Key.Key_Return)
    qtbot.keyClick(goto.edit, Qt.Key.Key_Down)
    with qtbot.waitSignal(goto.accepted):
        qtbot.keyClick(goto.edit, Qt.Key.Key_Return)
    assert goto.chosen.room == "garden"


def test_a_name_no_room_can_have_is_said(goto: GoTo, qtbot):
    goto.edit.setText("a/b")
    assert "room name" in goto.hint.text()
    with qtbot.assertNotEmitted(goto.accepted):
        qtbot.keyClick(goto.edit, Qt.Key.Key_Return)
