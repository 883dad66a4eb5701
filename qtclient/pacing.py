# SPDX-License-Identifier: GPL-3.0-only
"""When the window shows what its state has: while it changes, and while it counts seconds. GUI thread."""

from collections.abc import Callable

from PyQt6.QtCore import QObject, QTimer

FRAME_MS = 16  # what changes within one frame of the screen is shown together
BUSY_MS = 100  # and within this while more waits than can be taken in: showing takes longer than taking
TICK_MS = 250  # how often seconds that count down are looked at


class Pacing:
    """Calls `show` a frame after something changed, and `tell` while something counts down; else nothing."""

    def __init__(self, show: Callable[[], None], tell: Callable[[], None], parent: QObject) -> None:
        self.frame, self.tick = QTimer(parent), QTimer(parent)
        for timer, due in ((self.frame, show), (self.tick, tell)):
            timer.setSingleShot(True)
            timer.timeout.connect(due)

    def changed(self, *, more: bool = False) -> None:
        """Something is to be shown. `more`: other changes wait already."""
        if not self.frame.isActive() or (not more and self.frame.interval() == BUSY_MS):
            self.frame.start(BUSY_MS if more else FRAME_MS)

    def shown(self) -> None:
        """All of it is shown."""
        self.frame.stop()

    def count(self, counting: bool) -> None:
        """Whether seconds are shown that go on."""
        if counting:
            self.tick.start(TICK_MS)
        else:
            self.tick.stop()
