"""How a window starts, what it asks for, and how it leaves: in this process, with a real broker or none."""

import json
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from loggia.qtclient import settings
from loggia.qtclient.app import App
from loggia.qtclient.dialogs.ask_nick import AskNick
from loggia.qtclient.dialogs.first_run import FirstRun
from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication, QLineEdit

from tests.endtoend.processes import Broker
from tests.endtoend.wire import Wire, refused
from tests.qtclient.apps import NOBODY, connected, stop

Start = Callable[..., App]


def answer(nick: str) -> None:
    """Types a nickname into the question when it comes."""
    dialog = QApplication.activeModalWidget()
    if isinstance(dialog, AskNick):
        dialog.findChild(QLineEdit).setText(nick)
        dialog.accept()
    else:
        QTimer.singleShot(10, lambda: answer(nick))


def test_the_nickname_is_asked_once_and_remembered(start: Start, qapp, qtbot, tmp_path: Path, capfd):
    folder = tmp_path / "first time"
    answer("zoe")
    app = start(NOBODY, "", folder=folder)
    assert app.window.state.me.nick == "zoe"
    stop(app, qtbot, at_once=True)
    assert settings.load(folder).settings.nick == "zoe"
    assert start(NOBODY, "", folder=folder).window.state.me.nick == "zoe"


def answer_all(nick: str, address: str, before: Callable[[FirstRun], None] = lambda dialog: None) -> None:
    """Answers the first question of all when it comes; `before` looks at it first."""
    dialog = QApplication.activeModalWidget()
    if isinstance(dialog, FirstRun):
        before(dialog)
        dialog.edit.setText(nick)
        dialog.address.setText(address)
        dialog.accept()
    else:
        QTimer.singleShot(10, lambda: answer_all(nick, address, before))


def test_the_address_of_the_first_start_is_where_it_goes_from_then_on(
    start: Start, broker: Broker, qtbot, tmp_path: Path
):
    folder = tmp_path / "first time"
    answer_all("zoe", broker.requests)
    app = start(NOBODY, "", folder=folder, chosen=False)
    qtbot.waitUntil(lambda: connected(app))
    stop(app, qtbot, at_once=True)
    again = start(NOBODY, "", folder=folder, chosen=False)
    qtbot.waitUntil(lambda: connected(again))
    stop(again, qtbot, at_once=True)
    other = start(NOBODY, "", folder=folder)  # somebody says where to go this time
    assert other.known.endpoint == NOBODY


def test_an_address_that_was_never_reached_is_asked_for_again(start: Start, qtbot, tmp_path: Path, capfd):
    folder = tmp_path / "first time"
    answer_all("zoe", "tcp://127.0.0.1:2")
    app = start(NOBODY, "", folder=folder, chosen=False)
    assert app.known.endpoint == "tcp://127.0.0.1:2"
    qtbot.waitUntil(lambda: app.window.state.status.connection == "reconnecting")
    stop(app, qtbot, at_once=True)
    seen: list[str] = []
    answer_all("zoe", "tcp://127.0.0.1:3", lambda dialog: seen.append(dialog.address.text()))
    again = start(NOBODY, "", folder=folder, chosen=False)
    assert seen == ["tcp://127.0.0.1:2"]
    assert again.known.endpoint == "tcp://127.0.0.1:3"


def test_who_is_at_home_is_asked_once_whether_or_not_a_broker_is_there(
    start: Start, qtbot, tmp_path: Path, capfd
):
    folder = tmp_path / "first time"
    answer("zoe")
    app = start(NOBODY, "", folder=folder, chosen=False)
    stop(app, qtbot, at_once=True)
    again = start("tcp://127.0.0.1:2", "", folder=folder, chosen=False)
    assert again.known.endpoint == "tcp://127.0.0.1:2", "wherever the broker of this computer is found"


def test_a_nickname_stays_mine_while_the_window_is_closed(
    start: Start, broker: Broker, qtbot, tmp_path: Path
):
    """However it was closed, also when its session is over: others are told whose it is, and I come back."""
    apps = {nick: start(broker.requests, nick) for nick in ("ada", "bob")}
    qtbot.waitUntil(lambda: all(connected(app) for app in apps.values()))
    accounts = {nick: app.window.state.me.account for nick, app in apps.items()}
    stop(apps["ada"], qtbot, at_once=False)
    stop(apps["bob"], qtbot, at_once=True)
    for gone in ("ada left lobby (end)", "bob left lobby (lost)"):  # 30 s after its connection is lost
        broker.process.wait_for(re.escape(gone))
    with Wire(broker) as wire:
        for nick in apps:
            answer = wire.caller().ask("join", nick=nick)
            refused(answer, "nick_taken", answer["id"])
    for nick in apps:
        back = start(broker.requests, nick)
        qtbot.waitUntil(lambda back=back: connected(back))
        assert (back.window.state.me.nick, back.window.state.me.account) == (nick, accounts[nick])


def test_the_window_is_gone_before_the_disk_is_waited_for(start: Start, qtbot, monkeypatch, capfd):
    app = start(NOBODY)
    qtbot.waitUntil(lambda: app.window.state.status.connection == "reconnecting")
    app.window.composer.editor.setPlainText("half a thought")
    seen: list[bool] = []
    monkeypatch.setattr(settings, "save", lambda *_: seen.append(app.window.isVisible()))
    stop(app, qtbot, at_once=False)
    assert seen == [False]


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_broker_that_stands_still_keeps_no_window_on_the_screen(start: Start, broker: Broker, qtbot):
    app = start(broker.requests)
    qtbot.waitUntil(lambda: connected(app))
    broker.process.send(signal.SIGSTOP)
    app.window.close()
    assert app.window.isHidden()
    qtbot.waitUntil(app.subscriber.isFinished)  # once the goodbye had its time
    broker.process.send(signal.SIGCONT)


def test_it_stands_where_it_was_and_as_large_as_the_screen_allows(start: Start, qtbot, tmp_path: Path, capfd):
    folder = tmp_path / "kept"
    folder.mkdir()
    remembered = {"nick": "ada", "width": 5000, "height": 4000, "x": 90_000, "y": 90_000}
    (folder / settings.FILE).write_text(json.dumps(remembered))
    app = start(NOBODY, folder=folder)
    room = app.window.screen().availableGeometry()
    assert room.contains(app.window.geometry())
    stop(app, qtbot, at_once=True)
    kept = json.loads((folder / settings.FILE).read_bytes())
    assert (kept["width"], kept["height"]) == (5000, 4000), "for the day when that screen is there again"
    again = start(NOBODY, folder=folder)
    again.window.resize(480, 400)
    again.window.move(33, 44)
    stop(again, qtbot, at_once=True)
    third = start(NOBODY, folder=folder).window
    assert (third.width(), third.height(), third.x(), third.y()) == (480, 400, 33, 44)


def test_a_taken_nickname_is_asked_for_again(start: Start, broker: Broker, qtbot):
    ada = start(broker.requests, "ada")
    qtbot.waitUntil(lambda: connected(ada))
    answer("ada the second")
    other = start(broker.requests, "ada", folder=broker.data.parent / "other")
    qtbot.waitUntil(lambda: connected(other) and other.window.state.me.nick == "ada the second")
