# SPDX-License-Identifier: GPL-3.0-only
"""The thread that owns every socket. It stops within 100 ms of Shut."""

import contextlib
import pathlib
from collections.abc import Sequence

from loggia.qtclient.intake import Intake
from loggia.shared.client.commands import Command
from loggia.shared.client.link.link import Link
from loggia.shared.client.updates import Time, Update
from loggia.shared.protocol.errors import LoggiaError
from PyQt6.QtCore import QObject, QThread, pyqtSignal

LOOK_S = 5.0  # after a sleep of the computer, until it is seen that the session is over


class Subscriber(QThread):
    """Runs one link; `run` is its own thread's, the rest the GUI's.

    `told` says that there is something to `take`: the only door into the GUI thread.
    """

    told = pyqtSignal()

    def __init__(
        self,
        *,
        requests: str,
        replica_path: pathlib.Path | None,
        nick: str,
        rooms: Sequence[str],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._intake = Intake(self.told.emit)
        self._link = Link(
            requests=requests,
            replica_path=replica_path,
            nick=nick,
            rooms=rooms,
            notify=self._hear,
            look_s=LOOK_S,
        )

    def run(self) -> None:
        with contextlib.suppress(
            LoggiaError
        ):  # told as the last update: ConnectionStatus "ended", with the reason
            self._link.run()

    def _hear(self, updates: list[Update]) -> None:
        """In the link's thread. What time it is at the broker wakes nobody: the window shows none of it."""
        if shown := [update for update in updates if not isinstance(update, Time)]:
            self._intake.put(shown)

    def take(self) -> tuple[list[Update], bool]:
        """The next updates, as many as there is time for in a turn; and whether there are more to take."""
        return self._intake.take()

    def post(self, command: Command) -> bool:
        """Ask the link something. False after its end: what is said is still the caller's."""
        try:
            self._link.post(command)
        except LoggiaError:
            return False
        return True
