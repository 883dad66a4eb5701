"""The window in tests: all its parts joined in this process, against a real broker or against none."""

from loggia.qtclient.app import App
from loggia.qtclient.state.rows import MessageRow
from loggia.shared.client.commands import Say

from tests.patience import Stopwatch

NOBODY = "tcp://127.0.0.1:1"  # a port that nobody serves


def connected(app: App) -> bool:
    assert app.window is not None
    room = app.window.state.here
    return app.window.state.connected and room is not None and bool(room.members)


def rows(app: App) -> list[MessageRow]:
    assert app.window is not None
    room = app.window.state.rooms["lobby"]
    return [row for row in [*room.rows, *room.tail] if isinstance(row, MessageRow)]


def heard(app: App) -> list[tuple[str, str, str]]:
    return [(row.nick, row.text, row.sign) for row in rows(app)]


def say(app: App, text: str) -> None:
    assert app.window is not None
    app.window.composer.said.emit(Say(room="lobby", text=text))


def stop(app: App, qtbot, *, at_once: bool) -> float:
    """Ends the app and gives how long its thread took, on a machine that has time."""
    assert app.subscriber is not None
    watch = Stopwatch()
    with qtbot.waitSignal(app.subscriber.finished):
        app.leave(at_once)
    return watch.read_s()
