# SPDX-License-Identifier: GPL-3.0-only
"""What the rows of the thread's panel are of. GUI thread."""

from loggia.qtclient.state.lit import Lit
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.state.thread import Thread


class Shown:
    """`here`: the thread, if one is open. `lit`: what is lit in the room."""

    def __init__(self, state: WindowState) -> None:
        self._state = state
        self.here: Thread | None = None

    @property
    def lit(self) -> Lit | None:
        return self._state.lit
