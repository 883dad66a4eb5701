# SPDX-License-Identifier: GPL-3.0-only
"""What a room in the middle and a thread at the right have in common: messages, which of them is answered,
and where one writes. GUI thread."""

from loggia.qtclient.panels.answering import Answering
from loggia.qtclient.panels.composer import Composer
from loggia.qtclient.style.theme import Colors
from loggia.qtclient.timeline.view import Timeline
from PyQt6.QtCore import QEvent, QObject
from PyQt6.QtWidgets import QWidget


class Talk(QObject):
    """Joins these parts of `panel`."""

    def __init__(self, panel: QWidget, timeline: Timeline, answering: Answering, composer: Composer) -> None:
        super().__init__(panel)
        self._panel = panel
        self._timeline = timeline
        self._answering = answering
        self._composer = composer
        panel.setTabOrder(composer.editor, composer.send)
        timeline.bar.follow(composer.send)
        timeline.told.connect(composer.tell)
        answering.told.connect(composer.aloud.answers)
        panel.installEventFilter(self)

    def look(self, colors: Colors) -> None:
        """Other colours."""
        self._timeline.look(colors, self._panel.font())
        self._answering.look(colors)
        self._composer.look(colors)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """However much is to be seen, all of it has room."""
        if event is not None and event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize):
            self._composer.editor.fit_into(self._panel)
        return super().eventFilter(watched, event)
