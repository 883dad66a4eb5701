# SPDX-License-Identifier: GPL-3.0-only
"""What can be done with a row: one value for the click, the menu and the key."""

from collections.abc import Callable
from typing import Any

import msgspec
from loggia.qtclient.state.message_rights import Right
from PyQt6.QtCore import Qt

LAST = "last"  # the section at the end of the menu
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """Something that can be done with a row.

    `id`: what it is called in code, whatever people read. `words`: what they read, of a row. `target`: what
    of a row it is done to, None where it cannot be done. `keys`: do it to the row with the focus. `section`:
    entries of one section stand together in the menu; "": none stands there. `right`: which one needs for it;
    None: anybody may.
    """

    id: str
    words: Callable[[Any], str]
    target: Callable[[Any], object]
    keys: tuple[Qt.Key, ...] = ()
    section: str = ""
    right: Right | None = None
