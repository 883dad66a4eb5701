"""Writing in a window, in few words; for the tests of what comes of it."""

from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Ask, Enter, LeaveRoom, Say, TakeNick
from msgspec import structs
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest

from tests.qtclient.talk import arrived, entered, people, says

NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
TALK = [says(1, "ada", "my first"), says(2, "bob"), says(3, "ada", "my last 👍"), says(4, "zoe")]


def talk(state: WindowState) -> WindowState:
    """Two rooms; in the first people have said something, I have twice."""
    state.apply([*entered(), *entered("lab"), people("ada", "bob", "anna maria"), *arrived(TALK)], 0)
    return state


def ready(window: Window, qtbot) -> Window:
    """The keyboard is where one writes."""
    window.refresh()
    qtbot.waitUntil(window.composer.editor.hasFocus)
    return window


def heard(window: Window) -> list:
    """What the window asks of the link from now on, but for what it says by itself."""
    found: list = []

    def take(command: object) -> None:
        if isinstance(command, Say | Ask | TakeNick | Enter | LeaveRoom):
            found.append(command)

    window.asked.connect(take)
    return found


def press(window: Window, key: Qt.Key, held: Qt.KeyboardModifier = NONE) -> None:
    QTest.keyClick(window.composer.editor, key, held)


def write(window: Window, text: str) -> None:
    QTest.keyClicks(window.composer.editor, text)


def send(window: Window, text: str) -> None:
    window.composer.editor.write(text)
    press(window, Qt.Key.Key_Return)


def text(window: Window) -> str:
    return window.composer.editor.text


def caret(window: Window) -> int:
    return window.composer.editor.textCursor().position()


def told(window: Window) -> str:
    hint = window.composer.hint
    return hint.text() if hint.isVisible() else ""


def aloud(window: Window) -> str:
    """What a screen reader reads of where one writes, beside the text."""
    return window.composer.editor.accessibleDescription()


def take(window: Window, *updates) -> None:
    window.take(list(updates))
    window.refresh()


def no_id(command: Ask | TakeNick) -> Ask | TakeNick:
    """As it was meant: the id is drawn."""
    assert 0 < len(command.id) < 26, "it must be less than the id of every message"
    return structs.replace(command, id="")
