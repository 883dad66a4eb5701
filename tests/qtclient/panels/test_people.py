"""A row of the people list: the nick comes first, and all else where there is room."""

from loggia.qtclient.panels.people import beside
from PyQt6.QtGui import QFont, QFontMetricsF
from PyQt6.QtWidgets import QApplication


def test_what_has_no_room_beside_a_nick_stands_below(qapp: QApplication):
    font = QFont(qapp.font())
    wide = QFontMetricsF(font).horizontalAdvance("zoe moderator · away")
    assert beside("away", "zoe", "in a meeting", font, wide) == ("away", "in a meeting")
    assert beside("moderator · away", "zoe" * 5, "in a meeting", font, wide) == (
        "",
        "moderator · away · in a meeting",
    )
    assert beside("moderator · away", "zoe" * 5, "", font, wide) == ("", "moderator · away")
    assert beside("", "zoe", "", font, wide) == ("", "")
