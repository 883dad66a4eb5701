# SPDX-License-Identifier: GPL-3.0-only
"""Keeps what came from the link out of Python's search for garbage in cycles. GUI thread.

That search stops all threads and looks at everything there is, again whenever that has grown by a quarter:
over 80,000 messages it takes 100 ms and more, and finds nothing, as what came holds no cycles.
"""

import gc

EACH = 5000  # entries: looking at the objects of so many takes some 10 ms


class Settled:
    """Counts entries. Those that are left alone still go when nothing holds them any more."""

    def __init__(self) -> None:
        self._since = 0

    def came(self, entries: int) -> None:
        """So many more are there now."""
        self._since += entries
        if self._since >= EACH:
            self._since = 0
            gc.collect(1)  # what is garbage already, of what is new
            gc.freeze()
