# SPDX-License-Identifier: GPL-3.0-only
"""What can be done with a message that is stored: by the bar above its row, the menu and keys."""

from typing import Self

from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.timeline.parts.action import Action
from loggia.qtclient.timeline.parts.part import Part, Space
from PyQt6.QtCore import Qt

REPLY = Action(
    id="reply",
    words=lambda row: "Answer",
    target=lambda row: row.seq if row.stored else None,
    section="message",
    right="reply",
)
REACT = Action(
    id="react",
    words=lambda row: "Put a sign to it...",
    target=lambda row: row.seq if row.stored else None,
    section="message",
    right="react",
)
CHANGE = Action(
    id="change",
    words=lambda row: "Change",
    target=lambda row: row if row.stored else None,
    keys=(Qt.Key.Key_F2,),
    section="message",
    right="edit",
)
PIN = Action(
    id="pin",
    words=lambda row: "Take the pin off" if row.became.pinned else "Pin to the room",
    target=lambda row: (row.seq, not row.became.pinned) if row.stored else None,
    section="message",
    right="pin",
)
REMOVE = Action(
    id="remove",
    words=lambda row: "Delete for everybody...",
    target=lambda row: row if row.stored else None,
    keys=(Qt.Key.Key_Delete,),
    section="message",
    right="delete",
)


class StoredActs(Part):
    """Nothing of it is painted in the row."""

    actions = (REPLY, REACT, CHANGE, PIN, REMOVE)

    @classmethod
    def of(cls, row: MessageRow, space: Space) -> Self | None:
        return None
