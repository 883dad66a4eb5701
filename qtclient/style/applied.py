# SPDX-License-Identifier: GPL-3.0-only
"""The whole application in the colours of a theme. GUI thread."""

from loggia.qtclient.style.stylesheet import stylesheet
from loggia.qtclient.style.theme import Colors, palette
from PyQt6.QtWidgets import QApplication


def paint(qt: QApplication, colors: Colors) -> None:
    """Everything in these colours, and nothing blinks: a caret that does wakes the computer for nothing."""
    qt.setPalette(palette(colors))
    qt.setStyleSheet(stylesheet(colors))
    qt.setCursorFlashTime(0)
