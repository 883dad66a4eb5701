# SPDX-License-Identifier: GPL-3.0-only
"""Where the window stands: as large as its screen has room for, and on one that is there. GUI thread."""

import os
from collections.abc import Sequence

from loggia.qtclient.settings import Settings
from PyQt6.QtCore import QPoint, QRect, QSize, Qt
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QWidget

# What is put around a window, and not known before it is shown: 8 px at a side and 40 above it at the most.
FRAME_WIDE_PX, FRAME_TALL_PX = 16, 48


def fitted(size: QSize, place: QPoint | None, screens: Sequence[QRect]) -> tuple[QSize, QPoint | None]:
    """The size and the place for a window that had these; the place is None where the desktop may choose it.

    `screens`: the room that each has, the main one first. The window comes whole onto the one on which most
    of it was; where it was on none, that screen is gone.
    """
    wanted = QRect(place or screens[0].topLeft(), size)
    seen = [shown.width() * shown.height() for shown in map(wanted.intersected, screens)]
    room = screens[seen.index(max(seen))]
    fits = size.boundedTo(QSize(room.width() - FRAME_WIDE_PX, room.height() - FRAME_TALL_PX))
    if place is None or not any(seen):
        return fits, None
    right = room.x() + room.width() - FRAME_WIDE_PX - fits.width()
    bottom = room.y() + room.height() - FRAME_TALL_PX - fits.height()
    return fits, QPoint(max(room.x(), min(place.x(), right)), max(room.y(), min(place.y(), bottom)))


class Placing:
    """Puts a window where it was, and remembers where it is.

    What it was given for want of room is not remembered: on the larger screen it is again as it was there.
    """

    def __init__(self, window: QWidget, settings: Settings) -> None:
        self._window = window
        self._settings = settings
        size = QSize(settings.width, settings.height)
        at = (settings.x, settings.y)
        place = None if at[0] is None or at[1] is None else QPoint(at[0], at[1])
        self._size, self._place = fitted(size, place, _screens())
        window.resize(self._size)
        if self._place is not None:
            window.move(self._place)
        if settings.maximized:
            window.setWindowState(Qt.WindowState.WindowMaximized)

    def remember(self) -> None:
        """Put into the settings where the window is now. Call it while it is shown."""
        window, settings = self._window, self._settings
        settings.maximized = window.isMaximized()
        if settings.maximized or window.isFullScreen() or window.isMinimized():
            return
        if window.size() != self._size:
            self._size = window.size()
            settings.width, settings.height = self._size.width(), self._size.height()
        if window.pos() != self._place:
            self._place = window.pos()
            settings.x, settings.y = self._place.x(), self._place.y()


def to_front(window: QWidget, token: str = "") -> None:
    """Before all others, with the keyboard, as far as the desktop lets it. `token`: of who asked for it."""
    if token:
        os.environ["XDG_ACTIVATION_TOKEN"] = token  # Qt shows it to the desktop
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()


def _screens() -> list[QRect]:
    """The main one is the first of those that Qt lists."""
    return [screen.availableGeometry() for screen in QGuiApplication.screens()]
