# SPDX-License-Identifier: GPL-3.0-only
"""The process of a window: one on a folder, with its signals, its faults and its event loop. GUI thread."""

import pathlib
import sys

from loggia.qtclient import single
from loggia.qtclient.app import App
from loggia.qtclient.ending import Signals, show
from loggia.qtclient.faults import Faults
from loggia.qtclient.screen import Screen, say
from loggia.qtclient.single import Doorkeeper, Knock
from loggia.qtclient.style import theme
from loggia.qtclient.style.applied import paint
from loggia.shared.client.link import copy_file
from loggia.shared.protocol.errors import StorageBroken
from PyQt6.QtCore import QLockFile
from PyQt6.QtWidgets import QApplication

# While much comes the link's thread computes, and whenever Qt calls back the window waits so long.
SWITCH_S = 0.001
UNSEEN = ("offscreen", "minimal")  # screens on which nobody could close a message


def run(
    qt: QApplication,
    screen: Screen,
    *,
    endpoint: str,
    folder: pathlib.Path,
    nick: str,
    room: str,
    choice: theme.Choice,
    chosen: bool,
) -> int:
    """The window from its opening to its end; returns the exit code."""
    faults = Faults(folder)
    sys.excepthook = faults.caught
    sys.setswitchinterval(SWITCH_S)
    qt.setStyle("Fusion")
    qt.setQuitOnLastWindowClosed(False)
    paint(qt, theme.chosen(choice))
    lock = QLockFile(str(folder / single.LOCK))
    lock.setStaleLockTime(0)  # stale when its process is gone, never by age
    knock = Knock(endpoint=endpoint if chosen else "", nick=nick, room=room, token=single.token())
    if (reply := single.taken(lock, folder, knock)) is not None:
        return single.told(reply, folder)
    app = App(qt, endpoint=endpoint, folder=folder, nick=nick, room=room, choice=choice, chosen=chosen)
    try:
        copy_file.check(app.known.copy)
    except StorageBroken as reason:
        lock.unlock()
        say(f"ERROR: {reason}")
        if qt.platformName() not in UNSEEN:  # started from an icon, it has no terminal
            show(str(reason))
        return 1
    faults.told.connect(app.tell)
    screen.keep = app.lost
    door: Doorkeeper | None = None
    code = 0
    try:
        door = Doorkeeper(folder, app.come_up)
    except OSError as reason:
        say(f"A second start cannot bring this window to the front: {reason.strerror}.")
    try:
        with Signals(lambda: app.leave(False)):
            if app.start():
                code = qt.exec()
    finally:
        app.close()
        if door is not None:
            door.close()
        lock.unlock()
    return code
