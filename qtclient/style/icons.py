# SPDX-License-Identifier: GPL-3.0-only
"""The few signs of the window, drawn with a pen so that no font has to have them. GUI thread."""

from collections.abc import Callable

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPainterPath, QPen, QPixmap

UNIT = 16.0  # every sign is drawn on a field of 16 by 16


def _lines(*points: tuple[float, float]) -> QPainterPath:
    path = QPainterPath(QPointF(*points[0]))
    for point in points[1:]:
        path.lineTo(QPointF(*point))
    return path


def _tick() -> QPainterPath:
    return _lines((3, 8.5), (6.5, 12), (13, 4.5))


def _clock() -> QPainterPath:
    path = _lines((8, 4.8), (8, 8.2), (10.4, 9.8))
    path.addEllipse(QRectF(2, 2, 12, 12))
    return path


def _alarm() -> QPainterPath:
    path = _lines((8, 4.6), (8, 8.8))
    path.moveTo(8, 11.2)
    path.lineTo(8, 11.4)
    path.addEllipse(QRectF(1.6, 1.6, 12.8, 12.8))
    return path


def _plus() -> QPainterPath:
    path = _lines((8, 3), (8, 13))
    path.addPath(_lines((3, 8), (13, 8)))
    return path


def _menu() -> QPainterPath:
    path = _lines((2.5, 4), (13.5, 4))
    path.addPath(_lines((2.5, 8), (13.5, 8)))
    path.addPath(_lines((2.5, 12), (13.5, 12)))
    return path


def _more() -> QPainterPath:
    path = QPainterPath()
    for x in (3.0, 8.0, 13.0):
        path.addEllipse(QPointF(x, 8), 0.6, 0.6)
    return path


def _people() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QRectF(3.4, 2.6, 5.2, 5.2))
    path.moveTo(1.2, 13.6)
    path.cubicTo(1.2, 8.8, 10.8, 8.8, 10.8, 13.6)
    path.moveTo(10.6, 3.0)
    path.cubicTo(13.2, 3.2, 13.2, 7.2, 10.6, 7.4)
    path.moveTo(12.0, 9.9)
    path.cubicTo(13.9, 10.4, 14.8, 11.8, 14.8, 13.6)
    return path


def _search() -> QPainterPath:
    path = _lines((10.4, 10.4), (14, 14))
    path.addEllipse(QRectF(2, 2, 9.4, 9.4))
    return path


def _down() -> QPainterPath:
    path = _lines((8, 3), (8, 12.6))
    path.addPath(_lines((4, 8.8), (8, 12.8), (12, 8.8)))
    return path


def _open() -> QPainterPath:
    """There is more below."""
    return _lines((3, 5.5), (8, 10.5), (13, 5.5))


def _close() -> QPainterPath:
    path = _lines((4, 4), (12, 12))
    path.addPath(_lines((12, 4), (4, 12)))
    return path


def _star() -> QPainterPath:
    path = _lines((8, 1.8), (9.9, 6.0), (14.4, 6.4), (11.0, 9.4), (12.0, 13.9))
    for point in ((8, 11.5), (4.0, 13.9), (5.0, 9.4), (1.6, 6.4), (6.1, 6.0), (8, 1.8)):
        path.lineTo(QPointF(*point))
    return path


def _muted() -> QPainterPath:
    """A bell that is crossed out."""
    path = _lines((3.4, 11.4), (4.6, 9.6), (4.6, 6.6))
    path.cubicTo(4.6, 2.4, 11.4, 2.4, 11.4, 6.6)
    for point in ((11.4, 9.6), (12.6, 11.4), (3.4, 11.4)):
        path.lineTo(QPointF(*point))
    path.addPath(_lines((2, 2), (14, 14)))
    return path


def _copy() -> QPainterPath:
    """One sheet before another."""
    path = QPainterPath()
    path.addRoundedRect(QRectF(5.4, 5.4, 8.4, 8.4), 1.4, 1.4)
    path.addPath(_lines((10.4, 2.6), (2.6, 2.6), (2.6, 10.4)))
    return path


def _reply() -> QPainterPath:
    path = _lines((6.2, 3.2), (2.2, 7.2), (6.2, 11.2))
    path.moveTo(2.2, 7.2)
    path.lineTo(8.6, 7.2)
    path.cubicTo(12.4, 7.2, 13.8, 9.4, 13.8, 12.8)
    return path


def _thread() -> QPainterPath:
    """What somebody says, in lines."""
    path = _lines(
        (2.2, 2.8), (13.8, 2.8), (13.8, 11), (7.2, 11), (4.4, 13.8), (4.4, 11), (2.2, 11), (2.2, 2.8)
    )
    path.addPath(_lines((5, 5.7), (11, 5.7)))
    path.addPath(_lines((5, 8.2), (9, 8.2)))
    return path


def _face() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QRectF(1.8, 1.8, 12.4, 12.4))
    for x in (5.8, 10.2):
        path.addEllipse(QPointF(x, 6.2), 0.5, 0.5)
    path.moveTo(5.0, 9.6)
    path.quadTo(8, 12.6, 11.0, 9.6)
    return path


def _pencil() -> QPainterPath:
    path = _lines((2.6, 13.4), (3.6, 9.8), (10.8, 2.6), (13.4, 5.2), (6.2, 12.4), (2.6, 13.4))
    path.addPath(_lines((8.8, 4.6), (11.4, 7.2)))
    return path


def _pin() -> QPainterPath:
    """Head, shaft and needle, as it is stuck into a board."""
    path = _lines((5.2, 2), (10.8, 2))
    path.addPath(_lines((6.4, 2), (6.4, 6.4), (4, 9.6), (12, 9.6), (9.6, 6.4), (9.6, 2)))
    path.addPath(_lines((8, 9.6), (8, 14.2)))
    return path


def _loggia() -> QPainterPath:
    """Two arches on three columns and a floor: an open gallery."""
    path = _lines((1.4, 2.2), (14.6, 2.2))
    path.addPath(_lines((1.4, 14), (14.6, 14)))
    for left in (2.2, 8.0):
        path.moveTo(left, 14)
        path.lineTo(left, 8.2)
        path.arcTo(QRectF(left, 5.2, 5.8, 6), 180, -180)
        path.lineTo(left + 5.8, 14)
    return path


def _calendar() -> QPainterPath:
    """A sheet with its head, and days."""
    path = QPainterPath()
    path.addRoundedRect(QRectF(2.2, 3.4, 11.6, 10.4), 1.4, 1.4)
    path.addPath(_lines((2.2, 6.8), (13.8, 6.8)))
    for x in (5.4, 10.6):
        path.addPath(_lines((x, 1.8), (x, 4.6)))
    for x, y in ((5.2, 9.2), (8, 9.2), (10.8, 9.2), (5.2, 11.6), (8, 11.6)):
        path.addEllipse(QPointF(x, y), 0.3, 0.3)
    return path


def _before() -> QPainterPath:
    return _lines((10, 3.4), (5.4, 8), (10, 12.6))


def _after() -> QPainterPath:
    return _lines((6, 3.4), (10.6, 8), (6, 12.6))


SIGNS: dict[str, Callable[[], QPainterPath]] = {
    "tick": _tick,
    "clock": _clock,
    "alarm": _alarm,
    "plus": _plus,
    "menu": _menu,
    "more": _more,
    "people": _people,
    "search": _search,
    "down": _down,
    "open": _open,
    "close": _close,
    "star": _star,
    "muted": _muted,
    "copy": _copy,
    "reply": _reply,
    "thread": _thread,
    "face": _face,
    "pencil": _pencil,
    "pin": _pin,
    "calendar": _calendar,
    "before": _before,
    "after": _after,
    "loggia": _loggia,
}


def paint(painter: QPainter, sign: str, box: QRectF, color: str, width: float = 1.6) -> None:
    """Draw the sign into the square `box`; `width` of the pen in units of the 16 by 16 field."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(box.topLeft())
    painter.scale(box.width() / UNIT, box.height() / UNIT)
    pen = QPen(
        QColor(color), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    )
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(SIGNS[sign]())
    painter.restore()


def icon(sign: str, color: str, size: int = 16) -> QIcon:
    """The sign as an icon of `size` logical pixels, sharp on every screen of the application and in pictures
    of twice the size."""
    made = QIcon()
    for ratio in {2.0, *(screen.devicePixelRatio() for screen in QGuiApplication.screens())}:
        pixmap = QPixmap(QSize(size, size) * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        paint(painter, sign, QRectF(0, 0, size, size), color)
        painter.end()
        made.addPixmap(pixmap)
    return made
