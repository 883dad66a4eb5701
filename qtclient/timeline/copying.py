# SPDX-License-Identifier: GPL-3.0-only
"""Messages as plain text, and text into the clipboard."""

from collections.abc import Iterable

from loggia.qtclient.models.timeline import plain
from loggia.qtclient.state.rows import Day, MembershipRow, MessageRow, Note, Restored
from loggia.shared.protocol.names import quoted
from PyQt6.QtGui import QGuiApplication


def as_text(rows: Iterable[object]) -> str:
    """Rows as plain text: a head for each sender, then what was said."""
    lines: list[str] = []
    for row in rows:
        if isinstance(row, MessageRow):
            if row.first or not lines:
                lines.append(f"{quoted(row.nick)}, {row.clock}:")
            lines.append(row.text)
        elif isinstance(row, Day | MembershipRow | Note | Restored):
            lines.append(plain(row))
    return "\n".join(lines)


def to_clipboard(text: str) -> None:
    """Where other programs find it; on some screens there is none."""
    clipboard = QGuiApplication.clipboard()
    if clipboard is not None:
        clipboard.setText(text)
