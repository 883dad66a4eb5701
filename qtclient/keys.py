# SPDX-License-Identifier: GPL-3.0-only
"""The keys of the window, whatever in it has the focus. GUI thread.

What the composer has a use for it takes first: docs/window.md has all of them, for people.
"""

import sys
from collections.abc import Callable, Mapping

from PyQt6.QtGui import QKeySequence, QShortcut
from PyQt6.QtWidgets import QWidget

KEYS = {  # by what is done
    "go-to": "Ctrl+K",
    "about-room": "Ctrl+I",
    "pins": "Ctrl+P",
    "days": "Ctrl+J",
    "toggle-rooms": "Ctrl+B",
    "toggle-people": "Ctrl+Shift+B",
    "oldest": "Ctrl+Home",
    "newest": "Ctrl+End",
    "mention": "Ctrl+M",
    # on macOS Alt+Left and Alt+Right go through a text by words
    "return": "Ctrl+[" if sys.platform == "darwin" else "Alt+Left",
    "onward": "Ctrl+]" if sys.platform == "darwin" else "Alt+Right",
    "next-room": "Alt+Down",
    "previous-room": "Alt+Up",
    # in the list of rooms these move the room that the keyboard is on
    "next-unread": "Alt+Shift+Down",
    "previous-unread": "Alt+Shift+Up",
    "write": "Ctrl+L",
    "quit": "Ctrl+Q",
    "back": "Escape",
}


def bind(window: QWidget, done: Mapping[str, Callable[[], object]]) -> None:
    """Let the keys do that; `done` has each of them."""
    for action, keys in KEYS.items():
        QShortcut(QKeySequence(keys), window, done[action]).setObjectName(action)
