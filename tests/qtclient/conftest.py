"""What tests of the window share. Offscreen unless a test brings its own screen.

Qt is imported where it is used: this file is loaded where there is none, too.
"""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before anything imports Qt

import functools
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from loggia.qtclient.state.state import WindowState

from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from loggia.qtclient.app import App
    from loggia.qtclient.style.theme import Colors
    from loggia.qtclient.window import Window
    from PyQt6.QtWidgets import QApplication

    from tests.endtoend.processes import Broker
    from tests.qtclient.looking import Clock

# The offscreen screen has no window manager to tell sizes to, and says so by a warning.
OFFSCREEN = "This plugin does not support propagateSizeHints"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "qtclient" in item.path.parts:
            item.add_marker(pytest.mark.qt_log_ignore(OFFSCREEN, extend=True))


@pytest.fixture
def qtbot(qtbot):
    """That of pytest-qt, but as patient as all tests here are."""
    for wait in ("waitUntil", "waitSignal", "waitExposed"):
        setattr(qtbot, wait, functools.partial(getattr(qtbot, wait), timeout=round(PATIENCE_S * 1000)))
    return qtbot


@pytest.fixture
def state() -> WindowState:
    return WindowState(nick="ada", endpoint="tcp://127.0.0.1:1101", zone=UTC)


@pytest.fixture
def dress(qapp: "QApplication") -> Iterator[Callable[["Colors"], None]]:
    """Puts the application into the colours of a theme, as app.py does."""
    from loggia.qtclient.style import theme
    from loggia.qtclient.style.stylesheet import stylesheet

    before = qapp.palette(), qapp.styleSheet()

    def put_on(colors: "Colors") -> None:
        qapp.setStyle("Fusion")
        qapp.setPalette(theme.palette(colors))
        qapp.setStyleSheet(stylesheet(colors))

    yield put_on
    qapp.setStyleSheet(before[1])
    qapp.setPalette(before[0])


@pytest.fixture
def make_window(
    qapp: "QApplication", qtbot, dress: Callable[["Colors"], None]
) -> Iterator[Callable[..., "Window"]]:
    """Shows a window on a state; it is gone after the test."""
    from loggia.qtclient.style import theme
    from loggia.qtclient.window import Window

    made: list[Window] = []

    def make(
        state: WindowState,
        colors: "Colors" = theme.LIGHT,
        width: int = 1100,
        height: int = 700,
        drafts: Mapping[str, str] | None = None,
        carets: Mapping[str, int] | None = None,
        clock: Callable[[], float] = lambda: 0.0,
    ) -> Window:
        dress(colors)
        window = Window(state, colors, clock, drafts, carets)
        made.append(window)
        window.resize(width, height)
        window.show()
        qtbot.waitExposed(window)
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        return window

    yield make
    for window in made:
        window.hide()
        window.deleteLater()
    qapp.sendPostedEvents(None, 52)  # QEvent.DeferredDelete: nothing lives on into the next test


@pytest.fixture
def clock() -> "Clock":
    from tests.qtclient.looking import Clock

    return Clock()


@pytest.fixture
def asked(window: "Window") -> list[object]:
    """All that the test's own window asks of the link from now on."""
    from tests.qtclient.open_thread import heard

    return heard(window)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator["Broker"]:
    from tests.endtoend.processes import Broker

    with Broker(tmp_path / "broker") as broker:
        yield broker


@pytest.fixture
def start(qapp: "QApplication", qtbot, tmp_path: Path) -> Iterator[Callable[..., "App"]]:
    """Starts a window; it is ended and gone after the test."""
    from loggia.qtclient.app import App

    apps: list[App] = []
    before = qapp.palette(), qapp.styleSheet()

    def start(
        endpoint: str, nick: str = "ada", room: str = "", folder: Path | None = None, **more: bool
    ) -> App:
        folder = folder or tmp_path / nick
        folder.mkdir(exist_ok=True)
        app = App(qapp, endpoint=endpoint, folder=folder, nick=nick, room=room, choice="light", **more)
        apps.append(app)
        assert app.start()
        return app

    yield start
    for app in apps:
        app.close()
        if app.window is not None:
            app.window.hide()
            app.window.deleteLater()
        app.deleteLater()
    qapp.sendPostedEvents(None, 52)  # QEvent.DeferredDelete
    qapp.setStyleSheet(before[1])
    qapp.setPalette(before[0])
