"""Beside whatever text a letter is written, Qt has little to do for it."""

import pytest
from loggia.qtclient.panels import pasting
from loggia.qtclient.panels.composer import PLAIN, Composer
from loggia.qtclient.panels.plain_pictures import MOST_COLOURED
from loggia.qtclient.state.emoji import behind_pictures
from loggia.shared.protocol.limits import Limits
from PyQt6.QtCore import QMimeData, Qt
from PyQt6.QtGui import QFont, QTextOption
from PyQt6.QtTest import QTest

KIB16 = 16 * 1024
FACE = "\U0001f600"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
MANY = {
    "faces": FACE * (KIB16 // 4),
    "families": FAMILY * (KIB16 // 18),
    "flags": "\U0001f1e9\U0001f1ea" * (KIB16 // 8),
    "keys": "1\ufe0f\u20e3" * (KIB16 // 7),
    "by selector": "\u2194\ufe0f" * (KIB16 // 6),
    "words": f"a {FACE} b " * (KIB16 // 9),
    "lines": f"{FACE}\n" * (KIB16 // 5),
    "behind letters": "w" * 5000 + FACE * 2000,
}
_Wrap = QTextOption.WrapMode


class EveryWord:
    """A dictionary that knows none."""

    def check(self, word: str) -> bool:
        return False

    def suggest(self, word: str) -> list[str]:
        return []


@pytest.fixture(params=["", "spelled"])
def composer(request: pytest.FixtureRequest, qtbot) -> Composer:
    composer = Composer(Limits())
    qtbot.addWidget(composer)
    composer.resize(800, 300)
    composer.room("lobby")
    if request.param:
        composer.spell(EveryWord())
    composer.show()
    qtbot.waitExposed(composer)
    return composer


def coloured(composer: Composer) -> str:
    """What of the text is set by all fonts that there are."""
    found, block = [], composer.editor.document().begin()
    while block.isValid():
        units = bytearray(block.text().encode("utf-16-le"))
        for one in reversed(block.layout().formats()):
            if one.format.fontStyleStrategy() == QFont.StyleStrategy.NoFontMerging:
                del units[2 * one.start : 2 * (one.start + one.length)]
        found.append(units.decode("utf-16-le"))
        block = block.next()
    return "\n".join(found)


def pictures(text: str) -> int:
    count = 0
    while behind_pictures(text, 0, len(text), count) < len(text):
        count += 1
    return count


@pytest.mark.parametrize("name", MANY)
def test_of_very_many_pictures_the_first_alone_are_unpacked(composer: Composer, name: str):
    composer.editor.write(MANY[name])
    assert pictures(coloured(composer)) == MOST_COLOURED
    QTest.keyClicks(composer.editor, "x")
    composer.editor.write(MANY[name], 0)
    QTest.keyClicks(composer.editor, "x")
    assert pictures(coloured(composer)) == MOST_COLOURED
    assert composer.editor.text == "x" + MANY[name]


@pytest.mark.parametrize("between", ["", " ", "\n"])
def test_of_some_pictures_all_have_their_colours(composer: Composer, between: str):
    text = between.join([FACE] * MOST_COLOURED)
    composer.editor.write(text)
    assert coloured(composer) == text
    QTest.keyClick(composer.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    composer.editor.insertPlainText(f"{FACE} a\u05d0\u8a9e")
    assert coloured(composer).removesuffix("a\u05d0\u8a9e") in (f"{text}\n", f"{text}\n ")
    composer.editor.write(text[1:])
    assert coloured(composer) == text[1:]


@pytest.mark.parametrize("put", ["written", "inserted", "typed"])
def test_a_word_without_end_is_broken_anywhere(composer: Composer, put: str):
    """Else Qt looks for its end anew in each of its lines."""
    editor = composer.editor
    assert editor.wordWrapMode() == _Wrap.WrapAtWordBoundaryOrAnywhere
    if put == "written":
        editor.write("a\u05d0" * 500)
    else:
        editor.write("w" * 999)
        assert editor.wordWrapMode() == _Wrap.WrapAtWordBoundaryOrAnywhere
        QTest.keyClicks(editor, "w") if put == "typed" else editor.insertPlainText("w" * 5000)
    assert editor.wordWrapMode() == _Wrap.WrapAnywhere
    editor.write("word and " * 2000)
    assert editor.wordWrapMode() == _Wrap.WrapAtWordBoundaryOrAnywhere


def test_signs_between_which_a_line_may_end_are_no_word(composer: Composer):
    for sign in ("\u8a9e", "\ud55c", "\u3042", FACE, "ab "):
        composer.editor.write(sign * 2000)
        assert composer.editor.wordWrapMode() == _Wrap.WrapAtWordBoundaryOrAnywhere


def test_who_sees_no_colours_is_told_why(composer: Composer):
    composer.editor.write(FACE * MOST_COLOURED)
    assert not composer.hint.isVisible()
    QTest.keyClicks(composer.editor, " ")
    composer.editor.insertPlainText(FACE)
    assert composer.hint.text() == PLAIN
    QTest.keyClick(composer.editor, Qt.Key.Key_Backspace)
    assert not composer.hint.isVisible()
    composer.editor.write(FACE * 4096)
    assert composer.hint.text() == "This is as long as a message can be.", "which is said first"


@pytest.mark.parametrize("char", ["\u200b", "\x01", "\r\n"])
def test_of_a_paste_without_end_nothing_is_read(
    composer: Composer, char: str, monkeypatch: pytest.MonkeyPatch
):
    cleaned: list[int] = []
    monkeypatch.setattr(pasting, "_CONTROLS", _Counting(cleaned))
    pasted = QMimeData()
    pasted.setText(char * 1_000_000)
    composer.editor.insertFromMimeData(pasted)
    assert (cleaned, composer.editor.text) == ([], "")
    assert composer.hint.text().startswith("Not pasted: ")


class _Counting:
    """A pattern that remembers how much it was given."""

    def __init__(self, given: list[int]) -> None:
        self._given = given

    def sub(self, by: str, text: str) -> str:
        self._given.append(len(text))
        return text
