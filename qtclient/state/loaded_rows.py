# SPDX-License-Identifier: GPL-3.0-only
"""What of a room's log is asked for, and whether it can come. Pure: no thread, no Qt."""

from loggia.qtclient.state.kept_rows import KeptRows
from loggia.qtclient.state.rows import RowBuilder
from loggia.shared.client.commands import LoadOlder
from loggia.shared.client.completeness import Completeness


class LoadedRows(KeptRows):
    """Of the room `name`. `held`: how much of its log this computer has. `loading`: some of it is asked for.
    `refused`: nobody gave what was asked for last; it is asked for again when somebody wishes it, or when
    the room is entered again."""

    def __init__(self, name: str, fold: RowBuilder) -> None:
        super().__init__(fold)
        self.name = name
        self.held = Completeness(room=name)
        self.loading = self.refused = False
        self._of_server = False  # what is asked for

    def load(self, limit: int, before: int) -> LoadOlder:
        """The command that asks for these, as they are under way from now on."""
        self.loading, self._of_server = True, self.is_elsewhere(before)
        return LoadOlder(room=self.name, limit=limit, before=before)

    def is_elsewhere(self, before: int) -> bool:
        """Only the server may have what stands before that entry; 0: where the last page ended."""
        held = self.held
        return held.last < held.first or (before or self.oldest) <= held.first

    def awaits(self, *, connected: bool) -> bool:
        """Something is under way that can come."""
        return self.loading and (connected or not self._of_server)

    def cut(self) -> None:
        """There is no connection any more: what the server was asked for does not come."""
        self.loading = self.loading and not self._of_server

    def ended(self, *, refused: bool) -> None:
        """Nothing is under way any more."""
        self.loading, self.refused = False, refused
