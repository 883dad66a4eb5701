"""Words that no dictionary knows, where they are written."""

import pytest
from loggia.qtclient.panels.composer import Composer
from loggia.qtclient.panels.editor import MOST_LINES
from loggia.qtclient.style.theme import DARK
from loggia.shared.protocol.limits import Limits
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QTextBlock, QTextCharFormat
from PyQt6.QtTest import QTest


class Words:
    """A dictionary of a few words, which remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def check(self, word: str) -> bool:
        self.asked.append(word)
        return word.lower() in ("the", "cat", "sat", "it's", "so")

    def suggest(self, word: str) -> list[str]:
        return ["cat", "cart", "c & a", "cab", "can", "cap"] if word == "catt" else []


@pytest.fixture
def known() -> Words:
    return Words()


@pytest.fixture
def composer(qtbot, known: Words) -> Composer:
    composer = Composer(Limits())
    qtbot.addWidget(composer)
    composer.resize(500, 300)
    composer.room("lobby")
    composer.spell(known)
    composer.show()
    qtbot.waitExposed(composer)
    return composer


def block(composer: Composer, number: int = 0) -> QTextBlock:
    document = composer.editor.document()
    assert document is not None
    return document.findBlockByNumber(number)


def marked(composer: Composer, number: int = 0) -> list[str]:
    """What has a wave in that line."""
    line = block(composer, number)
    layout = line.layout()
    assert layout is not None
    units = line.text().encode("utf-16-le")
    wave = QTextCharFormat.UnderlineStyle.SpellCheckUnderline
    return [
        units[2 * one.start : 2 * (one.start + one.length)].decode("utf-16-le")
        for one in layout.formats()
        if one.format.underlineStyle() == wave
    ]


def put(composer: Composer, text: str) -> None:
    """Written, and the keyboard is elsewhere."""
    composer.editor.write(text)
    composer.send.setFocus()


def test_what_is_not_known_is_marked(composer: Composer):
    put(composer, "👍 the catt satt `catt`\nso it’s teh")
    assert marked(composer) == ["catt", "satt"]
    assert marked(composer, 1) == ["teh"]


def test_what_is_in_a_block_of_code_is_no_word(composer: Composer):
    put(composer, "teh\n```\nteh\n```\nteh")
    assert [marked(composer, number) for number in range(5)] == [["teh"], [], [], [], ["teh"]]
    put(composer, "```\nteh")
    assert marked(composer, 1) == []
    composer.editor.write("``\nteh")
    assert marked(composer, 1) == ["teh"]


def test_the_word_that_is_being_written_is_left_alone(composer: Composer, qtbot):
    composer.activateWindow()
    composer.editor.setFocus()
    qtbot.waitUntil(composer.editor.hasFocus)
    QTest.keyClicks(composer.editor, "the catt")
    assert marked(composer) == []
    QTest.keyClick(composer.editor, Qt.Key.Key_Space)
    assert marked(composer) == ["catt"]
    QTest.keyClicks(composer.editor, "satt")
    assert marked(composer) == ["catt"]
    QTest.keyClick(composer.editor, Qt.Key.Key_Home)
    assert marked(composer) == ["catt", "satt"]


def test_marks_change_no_text(composer: Composer):
    changes: list[None] = []
    put(composer, "teh catt")
    composer.editor.textChanged.connect(lambda: changes.append(None))
    composer.editor.moveCursor(composer.editor.textCursor().MoveOperation.Start)
    assert composer._speller is not None
    composer._speller.look(DARK.error)
    assert changes == []


def test_what_cannot_be_seen_is_not_looked_up(composer: Composer, known: Words, qtbot):
    composer.editor.write("\n".join(f"w{'x' * number}" for number in range(2, 50)), 0)
    assert marked(composer) == ["wxx"]
    assert len(set(known.asked)) <= MOST_LINES + 1
    assert marked(composer, 45) == []
    bar = composer.editor.verticalScrollBar()
    assert bar is not None
    bar.setValue(bar.maximum())
    qtbot.waitUntil(lambda: marked(composer, 45) == ["w" + "x" * 47])
    assert len(set(known.asked)) <= 2 * (MOST_LINES + 2)


def test_what_comes_into_sight_without_scrolling_is_looked_up(composer: Composer, qtbot):
    composer.editor.write("\n".join("teh" for _ in range(20)), 0)
    assert marked(composer, 12) == []
    cursor = composer.editor.textCursor()
    cursor.movePosition(cursor.MoveOperation.Down, cursor.MoveMode.KeepAnchor, 8)
    cursor.removeSelectedText()
    qtbot.waitUntil(lambda: marked(composer, 4) == ["teh"])
    assert composer.editor.verticalScrollBar().value() == 0


def test_others_are_offered_for_a_word(composer: Composer):
    put(composer, "👍 the catt!")
    composer.editor.setFocus()
    cursor = composer.editor.textCursor()
    cursor.setPosition(9)
    at = composer.editor.cursorRect(cursor).center()
    menu = composer.editor.menu(at)
    entries = [action.text() for action in menu.actions()]
    assert entries[:6] == ["cat", "cart", "c && a", "cab", "can", ""], "and no more"
    menu.actions()[0].trigger()
    assert composer.editor.text == "👍 the cat!"
    menu.deleteLater()


@pytest.mark.parametrize("text", ["the cat", "", "`catt`", "xyzzy"])
def test_where_nothing_is_meant_the_menu_is_the_usual(composer: Composer, text: str):
    put(composer, text)
    usual, menu = composer.editor.createStandardContextMenu(), composer.editor.menu(QPoint(4, 4))
    assert usual is not None
    assert [one.text() for one in menu.actions()] == [one.text() for one in usual.actions()]
    usual.deleteLater()
    menu.deleteLater()


def test_without_a_dictionary_nothing_is_marked(qtbot):
    composer = Composer(Limits())
    qtbot.addWidget(composer)
    composer.spell(None)
    put(composer, "teh catt")
    assert marked(composer) == []
