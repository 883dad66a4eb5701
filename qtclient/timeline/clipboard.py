# SPDX-License-Identifier: GPL-3.0-only
"""Text into the clipboard. GUI thread."""

from PyQt6.QtGui import QGuiApplication


def to_clipboard(text: str) -> None:
    """Where other programs find it; on some screens there is none."""
    clipboard = QGuiApplication.clipboard()
    if clipboard is not None:
        clipboard.setText(text)
