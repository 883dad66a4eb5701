"""What is read aloud to who writes and does not see what stands around the text."""

from collections.abc import Callable

import pytest
from loggia.qtclient.state.counting import NEARLY_FULL, TOO_LONG
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.parts.acts import REPLY
from loggia.qtclient.window import Window
from loggia.shared.client.updates import Entered
from loggia.shared.protocol.limits import Limits
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication

from tests.qtclient.talk import entered
from tests.qtclient.written import aloud, press, ready, send, take, talk, told, write

Make = Callable[..., Window]


@pytest.fixture
def window(make_window: Make, state: WindowState, qtbot) -> Window:
    return ready(make_window(talk(state)), qtbot)


def test_for_which_room_it_is_until_something_is_written(window: Window):
    assert aloud(window) == "Message # lobby"
    window.go("lab")
    assert aloud(window) == "Message # lab"
    write(window, "x")
    assert aloud(window) == ""


def test_a_room_that_is_called_otherwise_now(window: Window):
    called = Entered(room="%abc", nick="ada", account="a-ada", head=0, title="staff", kind="private")
    take(window, called)
    window.go("%abc")
    assert aloud(window) == window.composer.editor.placeholderText() == "Message % staff"
    write(window, "half")
    take(window, Entered(room="%abc", nick="ada", account="a-ada", head=0, title="crew", kind="private"))
    assert window.composer.editor.placeholderText() == "Message % crew"
    assert window.composer.editor.text == "half"


def test_why_something_is_not_said(window: Window):
    send(window, "/nope hey")
    assert aloud(window) == told(window).rstrip(".") != ""
    press(window, Qt.Key.Key_Escape)
    window._escape()
    assert aloud(window) == ""
    send(window, "/slow soon")
    assert aloud(window).startswith(f"{told(window).rstrip('.')}. /slow SECONDS"), "that is still offered"


def test_how_long_it_is_is_not_said_at_each_key(window: Window):
    window.composer.allow(Limits(text_bytes=20))
    write(window, "a" * 17)
    heard = []
    for _ in range(6):
        write(window, "a")
        heard.append(aloud(window))
    assert heard == [NEARLY_FULL.rstrip(".")] * 3 + [TOO_LONG.rstrip(".")] * 3
    assert "3 characters too long" in told(window)


def test_what_is_offered_one_after_the_other(window: Window):
    write(window, "@")
    first = aloud(window)
    press(window, Qt.Key.Key_Down)
    assert [first, aloud(window)] == ["@anna maria", "@bob"]
    press(window, Qt.Key.Key_Tab)
    assert aloud(window) == ""
    write(window, "/")
    press(window, Qt.Key.Key_Escape)
    assert aloud(window) == ""


def test_what_is_answered_and_changed(window: Window):
    window.message_acts.turn(window.timeline, window.composer)
    window.acts[REPLY.id](2)
    window.refresh()
    assert aloud(window) == "Answering bob: hello. Message # lobby"
    press(window, Qt.Key.Key_Up)
    assert aloud(window) == "Changing your message. Answering bob: hello"
    window._escape()
    window._escape()
    assert aloud(window) == "Message # lobby"


def test_an_answer_is_of_its_room(window: Window):
    window.acts[REPLY.id](2)
    window.go("lab")
    assert aloud(window) == "Message # lab"
    window.go("lobby")
    assert aloud(window) == "Answering bob: hello. Message # lobby"
    send(window, "yes")
    assert aloud(window) == "Message # lobby"


def test_the_question_about_a_long_paste(window: Window):
    clipboard = QApplication.clipboard()
    assert clipboard is not None
    clipboard.setText("line\n" * 50)
    window.composer.editor.paste()
    paste = window.composer.paste
    asked = [button.accessibleDescription() for button in (paste.insert, paste.say, paste.leave)]
    assert asked == [paste.words.text()] * 3
    assert asked[0]


def test_nothing_where_there_is_no_room(make_window: Make):
    state = WindowState(nick="ada", endpoint="tcp://127.0.0.1:1101", rooms=(), current="")
    window = make_window(state)
    assert aloud(window) == "You are in no room"
    take(window, *entered())
    assert aloud(window) == "Message # lobby"
