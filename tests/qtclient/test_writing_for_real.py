"""What one asks for by writing, with a real broker in between: others see it, and what is refused is said."""

from collections.abc import Callable

from loggia.qtclient.app import App
from loggia.qtclient.state.rows import MessageRow
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest

from tests.endtoend.processes import Broker

Start = Callable[..., App]


def texts(app: App, room: str = "lobby") -> list[str]:
    rows = app.window.state.room(room).rows
    return [row.text for row in rows if isinstance(row, MessageRow)]


def names(app: App) -> list[str]:
    return [member.nick for member in app.window.state.members()]


def write(app: App, text: str) -> None:
    editor = app.window.composer.editor
    editor.write(text)
    QTest.keyClick(editor, Qt.Key.Key_Return)


def both(start: Start, broker: Broker, qtbot) -> tuple[App, App]:
    """The first of them owns the lobby."""
    ada = start(broker.requests)
    qtbot.waitUntil(lambda: names(ada) == ["ada"])
    bob = start(broker.requests, "bob")
    qtbot.waitUntil(lambda: names(ada) == names(bob) == ["ada", "bob"])
    return ada, bob


def test_others_read_what_was_changed(start: Start, broker: Broker, qtbot):
    ada, bob = both(start, broker, qtbot)
    write(ada, "with a mistike")
    qtbot.waitUntil(lambda: texts(ada) == texts(bob) == ["with a mistike"])
    QTest.keyClick(ada.window.composer.editor, Qt.Key.Key_Up)
    assert ada.window.composer.editor.text == "with a mistike"
    write(ada, "with no mistake")
    qtbot.waitUntil(lambda: texts(ada) == texts(bob) == ["with no mistake"])


def test_a_message_to_one_is_read_by_that_one_alone(start: Start, broker: Broker, qtbot):
    ada, bob = both(start, broker, qtbot)
    write(ada, "/msg bob a secret")
    qtbot.waitUntil(lambda: texts(ada, ada.window.state.current) == ["a secret"])
    room = ada.window.state.current
    assert ada.window.state.label(room) == "bob"
    qtbot.waitUntil(lambda: texts(bob, room) == ["a secret"])
    assert texts(ada) == texts(bob) == []


def test_who_may_shows_somebody_out_and_who_may_not_is_told(start: Start, broker: Broker, qtbot):
    ada, bob = both(start, broker, qtbot)
    write(bob, "/kick ada")
    hint = bob.window.composer.hint
    qtbot.waitUntil(lambda: hint.text() == "Your role in lobby does not allow this; ask who runs the room.")
    assert bob.window.composer.editor.text == "/kick ada", "to be written otherwise"
    assert names(bob) == ["ada", "bob"]
    write(ada, "/kick @bob for now")
    qtbot.waitUntil(lambda: names(ada) == ["ada"])


def test_one_is_called_something_else(start: Start, broker: Broker, qtbot):
    ada, bob = both(start, broker, qtbot)
    write(ada, "/nick lovelace")
    qtbot.waitUntil(lambda: names(bob) == ["bob", "lovelace"])
    qtbot.waitUntil(lambda: ada.window.state.me.nick == "lovelace")  # each hears it in a time of its own


def test_who_is_muted_for_a_time_may_not_write_until_then(start: Start, broker: Broker, qtbot):
    ada, bob = both(start, broker, qtbot)
    write(ada, "/mute bob 2h no flooding")
    room = bob.window.state.room("lobby")
    qtbot.waitUntil(
        lambda: any(getattr(row, "text", "").startswith("ada muted bob until") for row in room.rows)
    )
    editor = bob.window.composer.editor
    qtbot.waitUntil(lambda: editor.placeholderText().startswith("You are muted here until "))
    write(bob, "hello")
    assert bob.window.composer.hint.text() == editor.placeholderText()
    assert (editor.text, room.tail) == ("hello", [])
    qtbot.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: [getattr(row, "sign", "") for row in room.tail][-1:] == ["failed"])
    assert room.tail[-1].reason.startswith("You are not heard in lobby for ")
    assert texts(ada) == []
