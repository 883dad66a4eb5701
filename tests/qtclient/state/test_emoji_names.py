"""Pictures are offered by their names, and nothing that is none."""

from loggia.qtclient.state.emoji_names import named
from PyQt6.QtCore import QRegularExpression

IS_PICTURE = QRegularExpression(r"^\p{Emoji}\x{FE0F}?$")


def test_all_that_is_offered_is_a_picture_to_unicode():
    offered = list(named(""))
    assert len(offered) > 1200
    assert IS_PICTURE.isValid()
    assert [name for sign, name in offered if not IS_PICTURE.match(sign).hasMatch()] == []


def test_thumbs_that_no_font_has_are_not_offered():
    assert [sign for sign, _ in named("thu")][:3] == ["\U0001f44d", "\U0001f44e", "\u26c8\ufe0f"]
    assert "reversed_thumbs_up_sign" not in [name for _, name in named("thumbs")]
