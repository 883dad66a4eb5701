# SPDX-License-Identifier: GPL-3.0-only
"""Text into the clipboard. GUI thread."""

from collections.abc import Callable

from PyQt6.QtCore import QMetaType, QMimeData
from PyQt6.QtGui import QClipboard, QGuiApplication

_PLAIN = "text/plain"


def to_clipboard(text: str) -> None:
    """Where other programs find it; on some screens there is none."""
    clipboard = QGuiApplication.clipboard()
    if clipboard is not None:
        clipboard.setText(text)


def to_primary(text: Callable[[], str]) -> None:
    """Where the middle button of the mouse finds it, if the screen has that; it is asked for then alone."""
    clipboard = QGuiApplication.clipboard()
    if clipboard is not None and clipboard.supportsSelection():
        clipboard.setMimeData(_Offered(text), QClipboard.Mode.Selection)


class _Offered(QMimeData):
    """Plain text that is put together when somebody wants it."""

    def __init__(self, text: Callable[[], str]) -> None:
        super().__init__()
        self._text = text

    def formats(self) -> list[str]:
        return [_PLAIN]

    def hasFormat(self, mimetype: str | None) -> bool:
        return mimetype == _PLAIN

    def retrieveData(self, mimetype: str | None, preferredType: QMetaType) -> object:
        return self._text() if mimetype == _PLAIN else None
