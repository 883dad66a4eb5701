"""A window that only is there: nothing in it runs by the clock, and its link looks seldom."""

import time
from collections.abc import Callable
from pathlib import Path

from loggia.qtclient import keeping, settings
from loggia.qtclient.app import App
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from loggia.shared.client.link.loop import Loop
from loggia.shared.client.link.sockets import Wires
from loggia.shared.client.updates import ConnectionStatus
from loggia.shared.protocol.limits import PING_S
from PyQt6.QtCore import QAbstractEventDispatcher, QEvent, QObject
from PyQt6.QtWidgets import QApplication

from tests.endtoend.processes import Broker

Make = Callable[..., Window]


def parts(app: App) -> list[QObject]:
    assert app.window is not None
    return [app, *app.findChildren(QObject), app.window, *app.window.findChildren(QObject)]


def timers(app: App) -> list[str]:
    """Of all that belongs to a window, also of what Qt runs inside of its widgets."""
    dispatcher = QAbstractEventDispatcher.instance()
    assert dispatcher is not None
    return [repr(part) for part in parts(app) for _ in dispatcher.registeredTimers(part)]


class Woken(QObject):
    """Counts the timer events of a window's parts."""

    def __init__(self, app: App) -> None:
        super().__init__()
        self._parts = parts(app)
        self._known = {id(part) for part in self._parts}
        self.count = 0

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if event is not None and event.type() == QEvent.Type.Timer:
            self.count += id(watched) in self._known
        return False


def test_between_two_pings_no_timer_runs_and_the_link_looks_seldom(
    start: Callable[..., App], broker: Broker, qapp: QApplication, qtbot, monkeypatch
):
    """A real broker, and ten real seconds once all that coming in leads to is done. The caret is there."""
    turns: list[object] = []
    pings: list[float] = []
    turn, send = Loop.turn, Wires.send
    monkeypatch.setattr(Loop, "turn", lambda self: (turns.append(self), turn(self))[1])
    monkeypatch.setattr(
        Wires,
        "send",
        lambda self, frame: (b'"ping"' in frame and pings.append(time.monotonic()), send(self, frame))[1],
    )
    monkeypatch.setattr(keeping, "SAVE_MS", 20)
    app = start(broker.requests)
    window = app.window
    window.activateWindow()
    qtbot.waitUntil(lambda: window.state.connected and bool(window.state.members()))
    qtbot.waitUntil(lambda: len(pings) > 1 and pings[-1] - pings[-2] > PING_S / 2)
    qtbot.waitUntil(lambda: not timers(app))
    assert window.composer.editor.hasFocus()
    told: list[object] = []
    app.subscriber.told.connect(lambda: told.append(app))
    woken = Woken(app)
    qapp.installEventFilter(woken)
    turned, pinged = len(turns), len(pings)
    qtbot.waitUntil(lambda: len(pings) > pinged)
    qapp.removeEventFilter(woken)
    assert (woken.count, told, timers(app)) == (0, [], [])
    assert len(turns) - turned <= 6, "each five seconds, for the ping, and for its answer"


def test_the_seconds_are_looked_at_while_they_count_down(make_window: Make, state: WindowState):
    window = make_window(state)
    assert not window._pace.tick.isActive()
    ticks = []
    for status in (
        ConnectionStatus(connection="reconnecting", retry_in_s=3.0),
        ConnectionStatus(connection="reconnecting", retry_in_s=0.0),
        ConnectionStatus(connection="reconnecting", retry_in_s=3.0),
        ConnectionStatus(connection="connected"),
        ConnectionStatus(connection="offline", reason="no"),
        ConnectionStatus(connection="ended"),
    ):
        window.take([status])
        window.refresh()
        ticks.append(window._pace.tick.isActive())
    assert ticks == [True, False, True, False, False, False]


def test_it_is_remembered_some_time_after_a_change_and_not_again(
    start: Callable[..., App], qtbot, tmp_path: Path, monkeypatch
):
    monkeypatch.setattr(keeping, "SAVE_MS", 20)
    written: list[bytes] = []
    save = settings.save
    monkeypatch.setattr(
        settings, "save", lambda folder, content: (written.append(content), save(folder, content))[1]
    )
    app = start("tcp://127.0.0.1:1")
    window = app.window
    changes: list[Callable[[], object]] = [
        lambda: window.composer.editor.insertPlainText("half a thought"),
        lambda: window.resize(560, 500),
        lambda: window.resize(790, 500),
        lambda: window.move(7, 9),
        lambda: window.go("lab"),
        lambda: window.sidebar.rooms.liking.emit("lab"),
    ]
    for change in changes:
        qtbot.waitUntil(lambda: not app._keeper._timer.isActive())
        before = len(written)
        change()
        assert app._keeper._timer.isActive(), change
        qtbot.waitUntil(lambda before=before: len(written) > before)
    app._keeper.soon()
    qtbot.waitUntil(lambda: not app._keeper._timer.isActive())
    assert len(set(written)) == len(written), "what is the same is not written again"
