# SPDX-License-Identifier: GPL-3.0-only
"""The thread that owns every socket. It stops within 100 ms of Shut."""

import contextlib
import pathlib
from collections.abc import Sequence

from loggia.shared.client.commands import Command
from loggia.shared.client.link.link import Link
from loggia.shared.protocol.errors import LoggiaError
from PyQt6.QtCore import QObject, QThread, pyqtSignal


class Subscriber(QThread):
    """Runs one link; `run` is its own thread's, the rest the GUI's.

    `batch` carries a list of updates, everything that waited: the only door into the GUI thread.
    """

    batch = pyqtSignal(list)

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
        self._link = Link(
            requests=requests,
            replica_path=replica_path,
            nick=nick,
            rooms=rooms,
            notify=self.batch.emit,
        )

    def run(self) -> None:
        with contextlib.suppress(
            LoggiaError
        ):  # told as the last update: ConnectionStatus "ended", with the reason
            self._link.run()

    def post(self, command: Command) -> bool:
        """Ask the link something. False after its end: what is said is still the caller's."""
        try:
            self._link.post(command)
        except LoggiaError:
            return False
        return True
