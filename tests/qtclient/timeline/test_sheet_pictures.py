"""A sheet full of pictures is there at once, and gets its colours little by little."""

import pytest
from loggia.qtclient.state.emoji import count_pictures
from loggia.qtclient.timeline.long_text import PICTURES, PICTURES_AT_ONCE
from loggia.qtclient.timeline.sheet import Scroll
from PyQt6.QtGui import QTextOption

KIB16 = 16 * 1024
FACE = "\U0001f600"
MANY = {
    "faces": FACE * (KIB16 // 4),
    "families": "\U0001f468\u200d\U0001f469\u200d\U0001f467" * (KIB16 // 18),
    "flags": "\U0001f1e9\U0001f1ea" * (KIB16 // 8),
    "words": f"a {FACE} b " * (KIB16 // 9),
    "lines": f"{FACE * 10}\n" * (KIB16 // 41),
}


def scroll(text: str, qtbot) -> Scroll:
    made = Scroll(text)
    qtbot.addWidget(made)
    made.resize(700, 560)
    return made


def coloured(sheet: Scroll) -> dict[int, int]:
    """How many pictures the blocks have that all fonts are asked for."""
    found, block = {}, sheet.document().begin()
    while block.isValid():
        if count := 0 if block.layout().formats() else count_pictures(block.text(), KIB16):
            found[block.blockNumber()] = count
        block = block.next()
    return found


def seen(sheet: Scroll) -> list[int]:
    """The numbers of the blocks that have some."""
    found, block, bottom = [], sheet.firstVisibleBlock(), sheet.viewport().height()
    while block.isValid():
        if sheet.blockBoundingGeometry(block).translated(sheet.contentOffset()).top() > bottom:
            break
        if count_pictures(block.text(), 1):
            found.append(block.blockNumber())
        block = block.next()
    return found


def at_rest(sheet: Scroll, qtbot) -> None:
    """All that is seen has its colours, and nothing is done any more."""
    qtbot.waitUntil(lambda: set(seen(sheet)) <= set(coloured(sheet)))
    qtbot.waitUntil(lambda: not sheet._later.isActive())


@pytest.mark.parametrize("name", MANY)
def test_it_is_coloured_in_turns(name: str, qtbot, monkeypatch: pytest.MonkeyPatch):
    turns: list[int] = []
    was = Scroll._colour

    def counted(sheet: Scroll) -> None:
        before = sum(coloured(sheet).values())
        was(sheet)
        turns.append(sum(coloured(sheet).values()) - before)

    monkeypatch.setattr(Scroll, "_colour", counted)
    sheet = scroll(MANY[name], qtbot)
    sheet.show()
    assert coloured(sheet) == {}
    at_rest(sheet, qtbot)
    first = sum(coloured(sheet).values())
    assert 3 * PICTURES_AT_ONCE < first == sum(turns)
    assert max(turns) <= PICTURES_AT_ONCE
    for change in (lambda: sheet.resize(500, 560), lambda: sheet.resize(701, 560)):
        turns.clear()
        change()
        assert coloured(sheet) == {}, "another width sets all that is seen"
        at_rest(sheet, qtbot)
        assert len(turns) < 60, "its bar goes and comes"
        assert max(turns) <= PICTURES_AT_ONCE
    sheet.verticalScrollBar().setValue(sheet.verticalScrollBar().maximum())
    at_rest(sheet, qtbot)
    assert max(turns) <= PICTURES_AT_ONCE
    sheet.selectAll()
    assert sheet.createMimeDataFromSelection().text() == MANY[name]


@pytest.mark.parametrize("text", [FACE * PICTURES, "some words " * 2000, f"{FACE * 2}\n" * 9])
def test_where_pictures_are_few_all_have_their_colours_at_once(text: str, qtbot):
    sheet = scroll(text, qtbot)
    sheet.show()
    qtbot.waitExposed(sheet)
    assert sum(coloured(sheet).values()) == text.count(FACE)


def test_a_word_without_end_is_broken_anywhere(qtbot):
    assert scroll("a\u05d0" * 500, qtbot).wordWrapMode() == QTextOption.WrapMode.WrapAnywhere
    sheet = scroll("a\u05d0" * 500, qtbot)
    assert sheet.document().defaultTextOption().wrapMode() == QTextOption.WrapMode.WrapAnywhere
    between = QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere
    assert scroll("word and " * 2000, qtbot).wordWrapMode() == between
