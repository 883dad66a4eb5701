"""A long paste: it is asked about before it is in the message."""

from collections.abc import Callable

import pytest
from loggia.qtclient.panels.pasting import NO_TEXT
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Say
from loggia.shared.client.updates import Entered
from loggia.shared.protocol.limits import Limits
from PyQt6.QtCore import QMimeData, QPointF, Qt, QUrl
from PyQt6.QtGui import QDragEnterEvent, QDropEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QPushButton

from tests.qtclient.written import CTRL, heard, press, ready, take, talk, text, told

LINES = "\n".join(f"line {number}" for number in range(21))
CHARS = "x" * 2001
FACES, KEYS = "\U0001f600" * 101, "1\ufe0f\u20e3" * 101
Make = Callable[..., Window]


@pytest.fixture
def window(make_window: Make, state: WindowState, qtbot) -> Window:
    return ready(make_window(talk(state)), qtbot)


@pytest.fixture
def asked(window: Window) -> list:
    return heard(window)


def paste(window: Window, pasted: str) -> None:
    data = QMimeData()
    data.setText(pasted)
    window.composer.editor.insertFromMimeData(data)


@pytest.mark.parametrize(
    ("formats", "told"),
    [(["image/png", "application/x-qt-image"], NO_TEXT), (["text/html"], NO_TEXT), ([], "")],
)
def test_what_is_no_text_is_said_to_be_none(window: Window, formats: list[str], told: str):
    window.composer.editor.write("mine")
    data = QMimeData()
    for name in formats:
        data.setData(name, b"something")
    window.composer.editor.insertFromMimeData(data)
    assert (text(window), window.composer.hint.text()) == ("mine", told)
    press(window, Qt.Key.Key_Space)
    assert window.composer.hint.text() == ""


FILE = QUrl.fromLocalFile("/home/ada/Pictures/me.png")
WEB = QUrl("https://loggia.example/a.png")


def offered(urls: list[QUrl], words: str) -> QMimeData:
    data = QMimeData()
    data.setUrls(urls)
    if words:  # as some file managers tell where they are, and browsers what a link is
        data.setText(words)
    return data


@pytest.mark.parametrize("way", ["keys", "drop"])
@pytest.mark.parametrize(
    ("urls", "words", "comes"),
    [
        ([FILE], "", ""),
        ([FILE, QUrl.fromLocalFile("/tmp/b")], "/home/ada/Pictures/me.png\n/tmp/b", ""),
        ([WEB], "", WEB.toString()),
        ([WEB], "a picture", "a picture"),
        ([], FILE.toString(), FILE.toString()),
    ],
)
def test_where_a_file_is_on_this_computer_is_never_put_in(
    window: Window, way: str, urls: list[QUrl], words: str, comes: str
):
    editor = window.composer.editor
    editor.write("mine ")
    if way == "keys":
        QApplication.clipboard().setMimeData(offered(urls, words))
        press(window, Qt.Key.Key_V, CTRL)
        QApplication.clipboard().clear()
    else:
        port, data = editor.viewport(), offered(urls, words)
        at, copy = editor.cursorRect().center(), Qt.DropAction.CopyAction
        left, no = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(port, QDragEnterEvent(at, copy, data, left, no))
        QApplication.sendEvent(port, QDropEvent(QPointF(at), copy, data, left, no))
    assert (text(window), window.composer.hint.text()) == (f"mine {comes}", "" if comes else NO_TEXT)


def question(window: Window) -> str:
    bar = window.composer.paste
    return bar.words.text() if bar.isVisible() else ""


def answers(window: Window) -> list[str]:
    bar = window.composer.paste
    return [button.text() for button in bar.findChildren(QPushButton) if button.isVisible()]


@pytest.mark.parametrize(
    ("pasted", "size"),
    [(LINES, "21 lines"), (CHARS, "2,001 characters"), (FACES, "101 characters"), (KEYS, "303 characters")],
)
def test_a_long_paste_asks_first(window: Window, asked: list, pasted: str, size: str):
    window.composer.editor.write("mine ")
    clipboard = QApplication.clipboard()
    clipboard.setText(pasted)
    press(window, Qt.Key.Key_V, CTRL)
    clipboard.clear()
    assert (asked, text(window)) == ([], "mine ")
    assert question(window).startswith(f"{size} pasted.")
    assert answers(window) == ["Insert", "Send as one message", "Leave it"]


@pytest.mark.parametrize(
    "pasted", [LINES.partition("\n")[2], LINES.partition("\n")[2] + "\n", CHARS[1:], FACES[1:], KEYS[3:]]
)
def test_one_that_is_not_long_is_in_at_once(window: Window, pasted: str):
    paste(window, pasted)
    assert (question(window), text(window)) == ("", pasted)


def test_enter_behind_a_paste_says_nothing(window: Window, asked: list, qtbot):
    """Who presses it out of habit can still read what came in."""
    window.composer.editor.write("mine: ")
    paste(window, LINES)
    qtbot.waitUntil(window.composer.paste.insert.hasFocus)
    QTest.keyClick(window.composer.paste.insert, Qt.Key.Key_Return)
    assert (asked, text(window), question(window)) == ([], f"mine: {LINES}", "")
    assert window.composer.editor.hasFocus()


@pytest.mark.parametrize("way", ["mouse", "keys"])
def test_it_is_sent_as_one_message_and_what_is_written_stays(window: Window, asked: list, qtbot, way: str):
    window.composer.editor.write("mine: ")
    paste(window, f"\n/{LINES}\n")
    if way == "mouse":
        qtbot.mouseClick(window.composer.paste.say, Qt.MouseButton.LeftButton)
    else:
        QTest.keyClick(window.composer.paste.insert, Qt.Key.Key_Tab)
        assert window.composer.paste.say.hasFocus()
        QTest.keyClick(window.composer.paste.say, Qt.Key.Key_Return)
    assert asked == [Say(room="lobby", text=f"/{LINES}")], "it is no command"
    assert (text(window), question(window)) == ("mine: ", "")
    assert window.composer.editor.hasFocus()
    press(window, Qt.Key.Key_Up, CTRL)
    assert text(window) == f"/{LINES}"


@pytest.mark.parametrize("way", ["escape", "button", "room"])
def test_nothing_is_done_with_it(window: Window, asked: list, qtbot, way: str):
    paste(window, LINES)
    bar = window.composer.paste
    if way == "escape":
        QTest.keyClick(bar.insert, Qt.Key.Key_Escape)
    elif way == "button":
        qtbot.mouseClick(bar.leave, Qt.MouseButton.LeftButton)
    else:
        window.go("lab")
    assert (asked, text(window), question(window)) == ([], "", "")
    assert window.composer.editor.hasFocus()


def test_what_is_replaced_does_not_count(window: Window):
    small = Entered(room="lobby", nick="ada", account="a-ada", head=4, limits=Limits(text_bytes=40))
    take(window, small)
    editor = window.composer.editor
    paste(window, "x" * editor.most_bytes)
    editor.selectAll()
    lines = "y\n" * (editor.most_bytes // 2)
    paste(window, lines)
    QTest.keyClick(window.composer.paste.insert, Qt.Key.Key_Return)
    assert text(window) == lines


def test_what_no_message_can_hold_is_said_before(window: Window, asked: list):
    small = Entered(room="lobby", nick="ada", account="a-ada", head=4, limits=Limits(text_bytes=2000))
    take(window, small)
    paste(window, CHARS + "é")
    assert "2 characters too long for one message (2,000 fit)" in question(window)
    assert answers(window) == ["Insert", "Leave it"]
    QTest.keyClick(window.composer.paste.insert, Qt.Key.Key_Return)
    assert text(window) == CHARS + "é"
    assert told(window) == "This is 2 characters too long for one message (2,000 fit). Send it in parts."


def test_what_is_in_a_message_that_changes_is_no_message_of_its_own(window: Window):
    press(window, Qt.Key.Key_Up)
    paste(window, LINES)
    assert answers(window) == ["Insert", "Leave it"]


def test_a_paste_of_nothing_but_lines_is_not_said(window: Window, asked: list, qtbot):
    paste(window, "\n" * 30)
    qtbot.mouseClick(window.composer.paste.say, Qt.MouseButton.LeftButton)
    assert (asked, text(window), question(window)) == ([], "", "")


def test_the_question_fits_into_the_smallest_window(make_window: Make, state: WindowState, qtbot):
    window = ready(make_window(talk(state), width=360, height=360), qtbot)
    paste(window, LINES)
    qtbot.waitUntil(window.composer.paste.insert.hasFocus)
    assert window.width() == 360
    for button in window.composer.paste.findChildren(QPushButton):
        assert button.width() >= button.sizeHint().width()
        at = button.mapTo(window, button.rect().bottomRight())
        assert window.rect().contains(at)
