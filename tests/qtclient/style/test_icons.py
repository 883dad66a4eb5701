"""The window's own signs on a screen, and in a picture, of twice the size."""

import pytest
from loggia.qtclient.style import icons
from loggia.qtclient.style.pictogram import Pictogram
from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QImage, QPainter
from PyQt6.QtWidgets import QWidget

SIDE = 20


def drawn(ratio: float, sign: str) -> QImage:
    """As it is meant, with so many pixels for one."""
    image = blank(ratio)
    painter = QPainter(image)
    icons.paint(painter, sign, QRectF(0, 0, SIDE, SIDE), "#204060")
    painter.end()
    return image


def blank(ratio: float) -> QImage:
    image = QImage(QSize(SIDE, SIDE) * ratio, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    return image


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_an_icon_has_the_pixels_of_what_it_is_painted_on(qtbot, ratio: float):
    shown = icons.icon("pin", "#204060", SIDE).pixmap(QSize(SIDE, SIDE), ratio)
    assert shown.toImage().convertToFormat(QImage.Format.Format_ARGB32_Premultiplied) == drawn(ratio, "pin")


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0, 3.0])
def test_a_sign_that_stands_for_itself_is_painted_anew_at_every_scale(qtbot, ratio: float):
    window = QWidget()
    qtbot.addWidget(window)
    sign = Pictogram("loggia", "#204060", SIDE, window)
    image = blank(ratio)
    painter = QPainter(image)
    sign.render(painter, flags=QWidget.RenderFlag.DrawChildren)
    painter.end()
    assert image == drawn(ratio, "loggia")
