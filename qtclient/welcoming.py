# SPDX-License-Identifier: GPL-3.0-only
"""Who sits here is asked for a nickname, and for where to go. GUI thread, until it is answered."""

import contextlib
from typing import NamedTuple

from loggia.qtclient.dialogs.ask_nick import AskNick
from loggia.qtclient.dialogs.first_run import FirstRun
from loggia.qtclient.remembered import Remembered
from loggia.qtclient.style.theme import Colors
from loggia.shared.protocol.limits import LOBBY, Limits
from PyQt6.QtWidgets import QWidget


class Way(NamedTuple):
    """As whom, and to which endpoint; `chosen` is that, too, if it was written as an address."""

    nick: str
    endpoint: str
    chosen: str


def ask_way(
    known: Remembered,
    colors: Colors,
    parent: QWidget | None = None,
    *,
    before: str,
    asks_where: bool = True,
    again: bool = False,
) -> Way | None:
    """Arguments as of FirstRun. None: it is not answered."""
    dialog = FirstRun(
        colors,
        Limits(),
        here=known.here,
        before=before,
        asks_where=asks_where,
        again=again,
        room=known.room or LOBBY,
        nick=known.settings.nick,
        parent=parent,
    )
    accepted = bool(dialog.exec())
    dialog.deleteLater()
    return Way(dialog.nick, dialog.endpoint, dialog.chosen) if accepted else None


def ask_first(known: Remembered, colors: Colors) -> bool:
    """The first question of all. False: it is not answered."""
    way = ask_way(known, colors, before=known.missed, asks_where=known.asks_where)
    if way is not None:
        known.choose(*way)
        _write(known)
    return way is not None


def ask_nick(known: Remembered, colors: Colors, reason: str, parent: QWidget | None) -> bool:
    """The nickname was refused for this reason. False: there is no other one."""
    dialog = AskNick(colors, Limits(), nick=known.settings.nick, reason=reason, parent=parent)
    accepted = bool(dialog.exec())
    if accepted:
        known.settings.nick = dialog.nick
        _write(known)
    dialog.deleteLater()
    return accepted


def _write(known: Remembered) -> None:
    with contextlib.suppress(OSError):  # asked again the next time; the application tells about the disk
        known.write()
