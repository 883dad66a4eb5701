"""What is done with messages, with a real broker in between: others see it, and who comes later does, too."""

from collections.abc import Callable
from pathlib import Path

import pytest
from loggia.qtclient import settings
from loggia.qtclient.app import App
from loggia.qtclient.dialogs.confirm import Confirm
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.message import DELETED
from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.timeline.choose_sign import FIRST, ChooseSign
from loggia.qtclient.timeline.parts.acts import CHANGE, PIN, REACT, REMOVE, REPLY
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest

from tests.endtoend.processes import Broker

OFFSCREEN = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
Start = Callable[..., App]


def rows(app: App) -> list[MessageRow]:
    return [row for row in app.window.state.room("lobby").rows if isinstance(row, MessageRow)]


def told(app: App) -> list[tuple[str, str, bool, bool]]:
    """Of each message: its text, what it quotes, whether it was edited, whether it is pinned."""
    return [(row.text, row.quote, bool(row.edited), row.became.pinned) for row in rows(app)]


def signs(app: App) -> list[tuple[str, int, bool]]:
    return [(one.emoji, len(one.accounts), one.mine) for row in rows(app) for one in row.became.reactions]


def write(app: App, text: str) -> None:
    app.window.composer.editor.write(text)
    QTest.keyClick(app.window.composer.editor, Qt.Key.Key_Return)


def choose(app: App, text: str, id: str) -> None:
    """By the menu."""
    app.window.refresh()
    model = app.window.timeline.model()
    indexes = (model.index(number, 0) for number in range(model.rowCount()))
    index = next(one for one in indexes if getattr(one.data(ROW), "text", "") == text)
    menu = app.window.timeline.menu(index)
    next(entry for entry in menu.actions() if entry.data() == id).trigger()


def agree(app: App, text: str) -> None:
    choose(app, text, REACT.id)
    (signs,) = app.window.findChildren(ChooseSign)
    QTest.mouseClick(signs.buttons[0], Qt.MouseButton.LeftButton)


@OFFSCREEN
def test_what_is_done_with_a_message_is_seen_by_all(start: Start, broker: Broker, qtbot):
    ada = start(broker.requests)
    qtbot.waitUntil(lambda: ada.window.state.connected)
    write(ada, "helo")
    qtbot.waitUntil(lambda: bool(rows(ada)))
    bob = start(broker.requests, "bob")
    qtbot.waitUntil(lambda: [row.text for row in rows(bob)] == ["helo"])
    agree(bob, "helo")
    choose(bob, "helo", REPLY.id)
    write(bob, "hello?")
    choose(ada, "helo", CHANGE.id)
    write(ada, "hello")
    qtbot.waitUntil(lambda: rows(ada)[0].text == "hello")
    choose(ada, "hello", PIN.id)
    wanted = [("hello", "", True, True), ("hello?", "ada: hello", False, False)]
    qtbot.waitUntil(lambda: told(ada) == told(bob) == wanted)
    qtbot.waitUntil(lambda: signs(ada) == [(FIRST[0], 1, False)] and signs(bob) == [(FIRST[0], 1, True)])
    agree(bob, "hello")
    choose(ada, "hello?", REMOVE.id)  # the first on a new broker runs its rooms
    (question,) = ada.window.findChildren(Confirm)
    QTest.mouseClick(question.yes, Qt.MouseButton.LeftButton)
    wanted[1] = (DELETED, "ada: hello", False, False)
    qtbot.waitUntil(lambda: told(ada) == told(bob) == wanted)
    qtbot.waitUntil(lambda: signs(ada) == signs(bob) == [])
    zoe = start(broker.requests, "zoe")
    qtbot.waitUntil(lambda: told(zoe) == wanted)


@OFFSCREEN
def test_the_signs_used_last_are_offered_next_time(start: Start, broker: Broker, qtbot, tmp_path: Path):
    ada = start(broker.requests)
    qtbot.waitUntil(lambda: ada.window.state.connected)
    write(ada, "hello")
    qtbot.waitUntil(lambda: bool(rows(ada)))
    choose(ada, "hello", REACT.id)
    (signs,) = ada.window.findChildren(ChooseSign)
    QTest.mouseClick(signs.buttons[4], Qt.MouseButton.LeftButton)
    ada.save()
    kept = settings.load(tmp_path / "ada").settings
    assert kept.signs[0] == FIRST[4]
    (tmp_path / "bob").mkdir()
    settings.save(tmp_path / "bob", settings.encoded(settings.Settings(signs=["ok", FIRST[2]])))
    bob = start(broker.requests, "bob")
    assert bob.window.message_acts.signs == ("ok", FIRST[2], *FIRST[:2], *FIRST[3:5])
