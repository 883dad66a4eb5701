"""Rooms and people in two real windows at a real broker: found, written to, and ruled."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("PyQt6")

from loggia.qtclient.app import App
from loggia.qtclient.dialogs.go_to import GoTo
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.finding import MessageFound, RoomFound, RoomToMake
from loggia.qtclient.state.markup import marked
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QLineEdit, QPushButton

from tests.endtoend.processes import Broker
from tests.endtoend.screens import WindowOnScreen, screen
from tests.endtoend.windows import Window


@pytest.fixture
def enter(broker: Broker, qtbot, tmp_path: Path) -> Iterator[Callable[[str], Window]]:
    windows: list[Window] = []

    def enter(nick: str) -> Window:
        windows.append(Window(qtbot, broker.requests, nick, tmp_path / nick))
        return windows[-1]

    yield enter
    for window in windows:
        window.close()


def found(dialog: GoTo, kind: type) -> list:
    return [row for row in dialog.model.rows if isinstance(row, kind)]


def ask_where(window: Window) -> GoTo:
    window.window.activateWindow()
    window.waits(window.window.isActiveWindow, "in front")
    QTest.keyClick(window.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    dialog = window.window.going.dialog
    assert dialog is not None
    return dialog


def press(card, name: str) -> None:
    QTest.mouseClick(card.findChild(QPushButton, name), Qt.MouseButton.LeftButton)


def told(window: Window) -> str:
    """What the room on the screen tells, line by line."""
    room = window.window.state.here
    return "\n".join(getattr(row, "text", "") for row in room.rows) if room else ""


def test_a_room_a_message_and_somebody_are_found(enter):
    ada, bob = enter("ada"), enter("bob")
    bob.say("the oscilloscope is on bench 4")
    bob.window.go("attic")
    bob.waits(lambda: bob.window.state.here.entered, "in the attic")
    dialog = ask_where(ada)
    ada.waits(lambda: [room.room for room in found(dialog, RoomFound)] == ["lobby", "attic"], "listed")
    assert found(dialog, RoomFound)[1].people == 1
    QTest.keyClicks(dialog.edit, "oscil")
    ada.waits(lambda: bool(found(dialog, MessageFound)), "found")
    (hit,) = found(dialog, MessageFound)
    assert [hit.text[first:last] for first, last in hit.marks] == ["oscil"]
    dialog.edit.setText("@bob")
    QTest.keyClick(dialog.edit, Qt.Key.Key_Return)
    ada.waits(lambda: ada.window.state.here.kind == "direct", "in the conversation")
    assert ada.window.windowTitle().endswith("bob - Loggia")


def test_the_words_that_were_found_are_lit_where_they_were_said(enter):
    ada, bob = enter("ada"), enter("bob")
    text = "\U0001f600 the **Oscilloscope** is on `bench 4`"
    bob.window.composer.editor.write(text)  # QTest types ASCII alone
    QTest.keyClick(bob.window.composer.editor, Qt.Key.Key_Return)
    ada.hears(text, by="bob")
    dialog = ask_where(ada)
    QTest.keyClicks(dialog.edit, "oscil")
    ada.waits(lambda: dialog.list.currentIndex().data(ROW) in found(dialog, MessageFound), "chosen")
    assert isinstance(dialog.model.rows[-1], RoomToMake)
    QTest.keyClick(dialog.edit, Qt.Key.Key_Return)
    timeline = ada.window.timeline

    def lit() -> int:
        image, wanted = timeline.viewport().grab().toImage(), QColor(ada.app.colors.found).rgb()
        return sum(
            image.pixel(x, y) == wanted for x in range(image.width()) for y in range(0, image.height(), 2)
        )

    ada.waits(lambda: lit() > 50, "lit")
    row = timeline.currentIndex().data(ROW)
    (place,) = ada.window.state.lit.of("lobby", row)
    assert marked(row.text).text[slice(*place)] == "Oscil"
    ada.window.activateWindow()
    ada.waits(ada.window.isActiveWindow, "in front")
    QTest.keyClick(ada.window.composer.editor, Qt.Key.Key_Escape)
    ada.waits(lambda: lit() == 0, "dark")


def test_a_private_room_has_its_title_also_before_a_broker_says_it(
    enter, broker: Broker, qapp: QApplication, tmp_path: Path
):
    ada = enter("ada")
    dialog = ask_where(ada)
    QTest.keyClicks(dialog.edit, "%Thesis")
    QTest.keyClick(dialog.edit, Qt.Key.Key_Return)
    ada.waits(lambda: ada.window.state.here.title == "Thesis", "made")
    ada.app.save()
    ada.app.close()
    app = App(qapp, endpoint=broker.requests, folder=tmp_path / "ada", nick="ada", room="", choice="light")
    assert app.start()
    app.close()
    rooms = app.window.sidebar.rooms.model().rows
    assert [(row.sign, row.title) for row in rooms] == [("#", "lobby"), ("%", "Thesis")]
    app.window.hide()
    app.window.deleteLater()
    app.deleteLater()


def test_who_is_typing_is_seen_until_it_is_said(enter):
    ada, bob = enter("ada"), enter("bob")
    editor = bob.window.composer.editor
    QTest.keyClicks(editor, "on my wa")

    def is_seen() -> bool:
        """What is told before ada hears anything is lost, and told again to who goes on."""
        QTest.keyClicks(editor, "y")
        QTest.keyClick(editor, Qt.Key.Key_Backspace)
        return ada.window.typing.text() == "bob is typing"

    ada.waits(is_seen, "typing")
    bob.say("y")
    ada.hears("on my way", by="bob")
    ada.waits(lambda: ada.window.typing.text() == "", "done")


def test_an_owner_mutes_and_shows_out_from_the_card_of_somebody(enter):
    ada = enter("ada")
    bob = enter("bob")
    people, editor = ada.window.people, bob.window.composer.editor
    ada.waits(lambda: len(people.list.model().rows) == 2, "together")
    for act, says in (("mute", "ada muted bob"), ("kick", "ada showed bob out")):
        people.met.emit(next(row for row in people.list.model().rows if not row.me))
        press(ada.window.going.card, act)
        QTest.mouseClick(ada.window.going.card.question.yes, Qt.MouseButton.LeftButton)
        ada.waits(lambda says=says: says in told(ada), says)
        if act == "mute":
            bob.waits(lambda: editor.placeholderText().startswith("You are muted here"), "told so")
            bob.say("may I?")
            assert bob.rows() == []
            QTest.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
            bob.waits(lambda: any(row.sign == "failed" for row in bob.rows()), "refused")
    ada.waits(lambda: len(people.list.model().rows) == 1, "alone")
    bob.waits(lambda: not bob.window.state.rooms["lobby"].entered, "out")


def test_what_one_says_of_oneself_is_read_by_the_others(enter):
    ada, bob = enter("ada"), enter("bob")
    people = ada.window.people
    ada.waits(lambda: len(people.list.model().rows) == 2, "together")
    people.met.emit(next(row for row in people.list.model().rows if row.me))
    card = ada.window.going.card
    QTest.keyClicks(card.findChild(QLineEdit, "status-text"), "on bench 4")
    press(card, "status")
    bob.waits(
        lambda: "on bench 4" in [row.status for row in bob.window.people.list.model().rows], "told of it"
    )


def test_the_subject_is_set_from_the_card_of_the_room(enter):
    ada = enter("ada")
    ada.window.going.look_into("lobby")
    card = ada.window.going.room_card
    ada.waits(lambda: "1 person" in card.about.text(), "told of")
    QTest.keyClicks(card.subject, "all about it")
    QTest.keyClick(card.subject, Qt.Key.Key_Return)
    ada.waits(lambda: "all about it" in told(ada), "set")
    card.close()


@pytest.mark.xvfb
@pytest.mark.skipif(sys.platform != "linux", reason="needs an X server")
def test_real_keys_go_into_the_dialog_of_a_small_window_and_out_again(broker: Broker, tmp_path: Path):
    with screen() as display:
        window = WindowOnScreen(display, broker.requests, "ada", tmp_path / "ada")
        with window.process:
            window.focus()
            broker.process.wait_for("ada joined lobby")
            small = "windowsize", "--sync", "360", "360"
            window.press("search", "--onlyvisible", "--name", "Loggia$", *small)
            window.press("key", "ctrl+k")
            dialog = window.press("search", "--sync", "--onlyvisible", "--name", "^Go to$").split()[-1]
            shown = dict(
                line.split("=") for line in window.press("getwindowgeometry", "--shell", dialog).split()
            )
            assert int(shown["WIDTH"]) < 360
            assert int(shown["HEIGHT"]) < 360
            window.press("windowfocus", "--sync", dialog)
            window.press("key", "Tab", "Tab", "shift+Tab")
            window.press("type", "--delay", "5", "garden")
            window.press("key", "Down", "Return")  # to the row that makes it: nothing may be found yet
            broker.process.wait_for("ada joined garden")
            window.focus()
            window.say("!end")
            assert window.process.wait() == 0
            assert window.process.lines == []
