# SPDX-License-Identifier: GPL-3.0-only
"""All between the panels at the sides: a room's head, its messages, and where one writes. GUI thread."""

from loggia.qtclient.models.timeline import TimelineModel
from loggia.qtclient.panels.answering import Answering
from loggia.qtclient.panels.bars import Header, TypingLine
from loggia.qtclient.panels.composer import Composer
from loggia.qtclient.panels.talk import Talk
from loggia.qtclient.style import icons
from loggia.qtclient.style.theme import Colors
from loggia.qtclient.timeline.view import Timeline
from loggia.shared.protocol.limits import Limits
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QVBoxLayout, QWidget


class Middle(QWidget):
    """From top to bottom: `header`, `timeline`, `typing`, `answering`, `composer`. Attribute `colors`."""

    def __init__(self, rows: TimelineModel, colors: Colors, limits: Limits, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("middle")
        self.colors = colors
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)  # as every plain widget has it
        self.header = Header(self)
        self.timeline = Timeline(rows, colors, self)
        self.answering = Answering(self)
        self.composer = Composer(limits, self)
        self.typing = TypingLine(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.timeline, 1)
        column.addWidget(self.typing)
        column.addWidget(self.answering)
        column.addWidget(self.composer)
        self._talk = Talk(self, self.timeline, self.answering, self.composer)

    def look(self, colors: Colors) -> None:
        """Other colours."""
        self.colors = colors
        self.header.menu.setIcon(icons.icon("menu", colors.muted))
        self.header.people.setIcon(icons.icon("people", colors.muted))
        self.header.days.setIcon(icons.icon("calendar", colors.muted))
        self.header.pins.setIcon(icons.icon("pin", colors.muted))
        self._talk.look(colors)
