"""Where the window stands, on whichever screens there are."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from loggia.qtclient import placing, settings
from loggia.qtclient.placing import FRAME_TALL_PX, FRAME_WIDE_PX, Placing, fitted
from loggia.qtclient.settings import Settings
from PyQt6.QtCore import QPoint, QRect, QSize, Qt
from PyQt6.QtWidgets import QWidget

MAIN = QRect(0, 27, 1280, 773)  # below a bar of the desktop
LEFT = QRect(-1920, 0, 1920, 1080)


def whole(size: QSize, place: QPoint, screen: QRect) -> bool:
    """The window and what is put around it are on the screen."""
    return screen.contains(QRect(place, size + QSize(FRAME_WIDE_PX, FRAME_TALL_PX)))


@pytest.mark.parametrize(
    ("place", "screen"),
    [
        (QPoint(100, 100), MAIN),
        (QPoint(1200, 700), MAIN),  # only its corner was there
        (QPoint(-50, 100), MAIN),  # most of it was there
        (QPoint(-1000, 900), LEFT),
        (QPoint(-1920, 0), LEFT),
    ],
)
def test_it_comes_whole_onto_the_screen_where_most_of_it_was(place: QPoint, screen: QRect):
    size, at = fitted(QSize(900, 500), place, [MAIN, LEFT])
    assert size == QSize(900, 500)
    assert whole(size, at, screen)


def test_a_place_that_is_good_is_kept_to_the_pixel():
    assert fitted(QSize(900, 500), QPoint(-1500, 40), [MAIN, LEFT]) == (QSize(900, 500), QPoint(-1500, 40))


def test_a_window_that_is_too_large_is_as_large_as_its_screen():
    for place in (QPoint(0, 27), QPoint(300, 300), None):
        size, at = fitted(QSize(5000, 4000), place, [MAIN])
        assert size == MAIN.size() - QSize(FRAME_WIDE_PX, FRAME_TALL_PX)
        assert at in (None, MAIN.topLeft())


@pytest.mark.parametrize("place", [QPoint(-1500, 40), QPoint(1280, 100), QPoint(90_000, -90_000)])
def test_on_a_screen_that_is_gone_the_desktop_chooses_the_place(place: QPoint):
    assert fitted(QSize(900, 5000), place, [MAIN]) == (QSize(900, MAIN.height() - FRAME_TALL_PX), None)


@pytest.fixture
def shown(qapp, qtbot, monkeypatch) -> Iterator:
    monkeypatch.setattr(placing, "_screens", lambda: [QRect(0, 0, 800, 800)])
    made: list[QWidget] = []

    def show(known: Settings) -> tuple[QWidget, Placing]:
        window = QWidget()
        made.append(window)
        placed = Placing(window, known)
        window.show()
        qtbot.waitExposed(window)
        return window, placed

    yield show
    for window in made:
        window.close()
        window.deleteLater()
    qapp.sendPostedEvents(None, 52)  # QEvent.DeferredDelete


def test_where_it_was_left_it_is_again(shown, tmp_path: Path):
    known = Settings()
    window, placed = shown(known)
    window.resize(500, 400)
    window.move(120, 90)
    placed.remember()
    settings.save(tmp_path, settings.encoded(known))
    again, _ = shown(settings.load(tmp_path).settings)
    assert (again.size(), again.pos()) == (QSize(500, 400), QPoint(120, 90))


def test_what_there_was_no_room_for_is_remembered_as_it_was(shown):
    known = Settings(width=1900, height=1000, x=-1900, y=20)
    window, placed = shown(known)
    assert window.width() <= 800 - FRAME_WIDE_PX
    placed.remember()
    assert (known.width, known.height) == (1900, 1000)
    window.resize(500, 400)
    placed.remember()
    assert (known.width, known.height) == (500, 400)


def test_maximized_it_is_again_and_keeps_the_size_that_it_had(shown):
    known = Settings(width=500, height=400, x=30, y=40)
    window, placed = shown(known)
    window.setWindowState(Qt.WindowState.WindowMaximized)
    placed.remember()
    assert known == Settings(width=500, height=400, x=30, y=40, maximized=True)
    again, placed = shown(known)
    assert again.isMaximized()
    again.setWindowState(Qt.WindowState.WindowNoState)
    placed.remember()
    assert not known.maximized
    window.setWindowState(Qt.WindowState.WindowMinimized)


def test_minimized_it_is_nowhere(shown):
    known = Settings(width=500, height=400, x=30, y=40)
    window, placed = shown(known)
    window.setWindowState(Qt.WindowState.WindowMinimized)
    placed.remember()
    assert (known.width, known.height, known.x, known.y) == (500, 400, 30, 40)


@pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)
def test_it_comes_to_the_front_also_when_it_was_minimized(shown, qtbot, monkeypatch):
    monkeypatch.setenv("XDG_ACTIVATION_TOKEN", "old")
    window, _ = shown(Settings())
    other, _ = shown(Settings())
    other.activateWindow()
    window.setWindowState(Qt.WindowState.WindowMinimized)
    placing.to_front(window, "new")
    qtbot.waitUntil(window.isActiveWindow)
    assert not window.isMinimized()
    assert placing.os.environ["XDG_ACTIVATION_TOKEN"] == "new"
