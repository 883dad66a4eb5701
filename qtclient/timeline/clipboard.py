# SPDX-License-Identifier: GPL-3.0-only
"""Text into the clipboard. GUI thread."""

from PyQt6.QtGui import QClipboard, QGuiApplication


def to_clipboard(text: str) -> None:
    """Where other programs find it; on some screens there is none."""
    clipboard = QGuiApplication.clipboard()
    if clipboard is not None:
        clipboard.setText(text)


def to_primary(text: str) -> None:
    """Where the middle button of the mouse finds it, if the screen has that."""
    clipboard = QGuiApplication.clipboard()
    if clipboard is not None and clipboard.supportsSelection():
        clipboard.setText(text, QClipboard.Mode.Selection)
