"""A row has a height that ends, what is set of a text at once is bounded, and a sheet has all of it."""

import pytest
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.timeline.long_text import (
    COST,
    FOLDED_LINES,
    PICTURES,
    SHORT,
    begin,
    may_fold,
    pieces,
    shown,
    size,
)
from loggia.qtclient.timeline.parts import text as text_part
from loggia.qtclient.timeline.parts.fold import SHOW_ALL, Fold
from loggia.qtclient.timeline.parts.text import MessageText
from loggia.qtclient.timeline.sheet import Sheet
from loggia.qtclient.window import Window
from loggia.shared.client.commands import Retry
from loggia.shared.client.updates import Failed
from PyQt6.QtCore import QModelIndex, Qt
from PyQt6.QtGui import QGuiApplication, QKeySequence, QTextOption

from tests.qtclient.talk import arrived, says, waits
from tests.qtclient.timeline.measured import part

KIB16 = 16 * 1024
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"  # one sign of five
LONG = {
    "lines": "\n" * 16_000,
    "numbered lines": "\n".join(str(number) for number in range(3000)),
    "emoji": "\U0001f600" * (KIB16 // 4),
    "families": FAMILY * (KIB16 // 18),
    "clocks": "\u231a" * (KIB16 // 3),
    "keys": "1\ufe0f\u20e3" * (KIB16 // 7),
    "by selector": "\u00a9\ufe0f" * (KIB16 // 5),
    "code": "```\n" + "x\n" * (KIB16 // 2 - 4) + "```",
    "quotes": "> a\n" * (KIB16 // 4),
    "looks": "*a* " * (KIB16 // 4),
    "links": "http://a.b " * (KIB16 // 11),
    "both ways": "a\u05d0" * (KIB16 // 3),
    "ends of lines": "\u2028" * (KIB16 // 3),
    "word": "w" * KIB16,
    "narrow word": "i" * KIB16,
    "words": "word and " * (KIB16 // 9),
    "marks": "e" + "\u0301" * (KIB16 // 2),
    "zalgo": ("a" + "\u0335\u0321\u034e" * 20) * 140,
    "chinese": "\u8a9e" * (KIB16 // 3),
    "arabic": "\u0627\u0644" * (KIB16 // 4),
    "bidi": "\u202e\u0627a" * (KIB16 // 6),
    "nothing to see": "\u200b" * 1_000_000,
}
DRAWN = "\u231a\ufe0f"  # a picture by itself, and what makes one of the sign before it
SIZES = {"lines": "16,000 lines", "emoji": "4,096 characters", "word": "16,384 characters"}
every_long_text = pytest.mark.parametrize("name", LONG)


def show(window: Window, *texts: str) -> QModelIndex:
    """The row of the last one."""
    window.take(arrived([says(seq, text=text) for seq, text in enumerate(texts, 1)]))
    window.refresh()
    model = window.timeline.model()
    return model.index(model.rowCount() - 1, 0)


def sheets(window: Window) -> list[Sheet]:
    return [sheet for sheet in window.findChildren(Sheet) if sheet.isVisible()]


def press(window: Window, index: QModelIndex, qtbot) -> Sheet:
    """The button below the text."""
    place = part(window.timeline, index, Fold).buttons.places[SHOW_ALL.id]
    assert min(place.width(), place.height()) >= 28
    at = place.center() + window.timeline.visualRect(index).topLeft()
    qtbot.mouseClick(window.timeline.viewport(), Qt.MouseButton.LeftButton, pos=at)
    (sheet,) = sheets(window)
    return sheet


@every_long_text
def test_a_row_ends_after_twenty_lines(window: Window, name: str):
    for width in (360, 700, 1400):
        window.resize(width, 700)
        index = show(window, LONG[name])
        lines = part(window.timeline, index, MessageText).lines
        assert 1 <= lines.lineCount() <= FOLDED_LINES
        button = part(window.timeline, index, Fold).buttons
        assert SHOW_ALL.id in button.places
        tall = sum(max(lines.lineAt(n).height(), 30) for n in range(lines.lineCount()))
        assert window.timeline.visualRect(index).height() < tall + 150


@pytest.mark.parametrize("name", SIZES)
def test_the_button_says_how_long_it_is(name: str):
    assert size(LONG[name]) == SIZES[name]


@every_long_text
def test_of_each_text_little_is_set_once_for_each_width(
    window: Window, name: str, monkeypatch: pytest.MonkeyPatch
):
    given: list[int] = []
    was = text_part.SetText

    def counted(*of):
        made = was(*of)
        given.append(len(made.lines.text()))
        return made

    monkeypatch.setattr(text_part, "SetText", counted)
    texts = [LONG[name]] * 5
    show(window, *texts)
    for width in (1000, 720):
        given.clear()
        window.resize(width, 700)
        window.grab()
        assert len(given) <= len(texts)
        assert max(given) <= COST
    given.clear()
    window.grab()
    window.refresh()
    assert given == []


@pytest.mark.parametrize("piece", ["*a* ", "http://a.b ", "> a\n", "`a` ", "\u200b"])
def test_of_a_text_without_end_little_is_read(window: Window, piece: str, monkeypatch: pytest.MonkeyPatch):
    """However it is shown, told or asked about: a broker may let through what no other one does."""
    given: list[int] = []
    was = text_part.marked
    monkeypatch.setattr(text_part, "marked", lambda text: (given.append(len(text)), was(text))[1])
    index = show(window, piece * (1_000_000 // len(piece)))
    window.grab()
    assert index.data(Qt.ItemDataRole.AccessibleTextRole)
    window.timeline.menu(index).deleteLater()
    assert given
    assert max(given) <= 10_000


@every_long_text
def test_what_is_set_at_once_costs_no_more_than_is_allowed(name: str):
    for piece in [begin(LONG[name]), *(piece for piece, _ in pieces(shown(LONG[name])))]:
        turns = piece.count("\u202e")
        assert 12 * turns + sum(1 if char < "\u0250" else 3 for char in piece) - 3 * turns <= COST
        assert sum(char >= "\U0001f000" or char in DRAWN for char in piece) <= 200
    assert begin(LONG[name]).count("\n") <= FOLDED_LINES
    assert sum(char >= "\U0001f000" or char in DRAWN for char in begin(LONG[name])) <= PICTURES


def test_a_short_text_of_many_pictures_is_folded_and_one_of_some_is_not():
    plain = ("\U0001f600", "\u2705", "\U0001f1e9", "\u231a", "\u23f0", "\u25fd", "\u2b50")
    by_selector = ("\u2764\ufe0f", "\u00a9\ufe0f", "\u3297\ufe0f", "1\ufe0f\u20e3", "7\u20e3", "\u2b50\ufe0f")
    for sign in plain + by_selector:
        assert begin(PICTURES * sign) == PICTURES * sign
        assert not may_fold(PICTURES * sign)
        assert begin((PICTURES + 1) * sign) == PICTURES * sign
        assert may_fold((PICTURES + 1) * sign)


def test_twenty_lines_are_shown_and_more_are_folded(window: Window):
    just = "\n".join(f"line {number}" for number in range(FOLDED_LINES))
    layouts = window.timeline._drawn.layouts
    index = show(window, just)
    assert not any(isinstance(one, Fold) for one in layouts.of(index.data(ROW), 800).parts)
    lines = part(window.timeline, index, MessageText).lines
    assert lines.lineCount() == FOLDED_LINES
    window.take(arrived([says(2, text=just + "\nand one")]))
    window.refresh()
    index = index.siblingAtRow(index.row() + 1)
    assert part(window.timeline, index, MessageText).lines.lineCount() == FOLDED_LINES
    assert SHOW_ALL.words(index.data(ROW)) == "Show all 21 lines"
    assert part(window.timeline, index, Fold).buttons.places


@pytest.mark.parametrize(
    "text", ["a\u05d0" * 600, "**" + "w\u03b1" * 600 + "**", "```\n" + "\u05d0w" * 600 + "\n```"]
)
def test_a_word_without_end_is_broken_anywhere(window: Window, text: str):
    """Else Qt looks for its end anew in each of its lines."""
    anywhere, between = QTextOption.WrapMode.WrapAnywhere, QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere
    index = show(window, "word and " * 600, text)
    lines = [part(window.timeline, index.siblingAtRow(index.row() - up), MessageText).lines for up in (0, 1)]
    assert [one.textOption().wrapMode() for one in lines] == [anywhere, between]


def test_a_short_text_is_never_folded(window: Window):
    for text in ("x", "y" * SHORT, "\n" * 20, ""):
        assert not may_fold(text)
        assert begin(text) == text
    window.resize(360, 500)
    index = show(window, "w" * SHORT)
    lines = part(window.timeline, index, MessageText).lines
    last = lines.lineAt(lines.lineCount() - 1)
    assert last.textStart() + last.textLength() == SHORT


def test_no_sign_is_parted_where_a_text_is_cut():
    for name in ("families", "zalgo"):
        sign = FAMILY if name == "families" else "a" + "\u0335\u0321\u034e" * 20
        if name == "families":
            assert len(begin(LONG[name])) % len(sign) == 0
            assert all(len(piece) % len(sign) == 0 for piece, _ in pieces(LONG[name]))
        assert "".join(piece for piece, _ in pieces(LONG[name])) == LONG[name]


@every_long_text
def test_the_sheet_has_all_of_it_and_copies_it_as_it_is(window: Window, name: str, qtbot):
    text = LONG[name]
    sheet = press(window, show(window, text), qtbot)
    assert sheet.windowTitle() == "bob, 12:00"
    qtbot.mouseClick(sheet.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == text
    sheet.text.selectAll()
    qtbot.keyClick(sheet.text, *_chord(QKeySequence.StandardKey.Copy))
    assert QGuiApplication.clipboard().text() == shown(text)
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    assert sheets(window) == []


def test_the_sheet_scrolls_and_copies_a_part_over_pieces(window: Window, qtbot):
    sheet = press(window, show(window, "w" * KIB16 + "\nthe end"), qtbot)
    assert sheet.text.verticalScrollBar().maximum() > 0
    cursor = sheet.text.textCursor()
    cursor.setPosition(3990)
    cursor.setPosition(4020, cursor.MoveMode.KeepAnchor)
    sheet.text.setTextCursor(cursor)
    qtbot.keyClick(sheet.text, *_chord(QKeySequence.StandardKey.Copy))
    copied = QGuiApplication.clipboard().text()
    assert set(copied) == {"w"}
    assert len(copied) == 29, "one place is the end of a piece, and no sign"


def test_the_sheet_fits_into_a_small_window(window: Window, qtbot):
    window.resize(400, 400)
    sheet = press(window, show(window, LONG["word"]), qtbot)
    assert sheet.width() <= 400
    assert sheet.height() <= 400


def test_enter_opens_the_sheet_of_the_row_with_the_focus(window: Window, qtbot):
    index = show(window, LONG["numbered lines"])
    window.timeline.setFocus()
    window.timeline.setCurrentIndex(index)
    qtbot.keyClick(window.timeline, Qt.Key.Key_Return)
    (sheet,) = sheets(window)
    assert sheet.text.toPlainText() == LONG["numbered lines"]


def test_enter_sends_a_long_message_again_that_failed_and_a_click_shows_it(window: Window, qtbot):
    show(window, "hello")
    window.take([waits("w1", LONG["word"]), Failed(id="w1", room="lobby", code="muted", text="Muted.")])
    window.refresh()
    model = window.timeline.model()
    index = model.index(model.rowCount() - 1, 0)
    window.timeline.scrollToBottom()
    press(window, index, qtbot).close()
    window.timeline.setFocus()
    window.timeline.setCurrentIndex(index)
    with qtbot.waitSignal(window.asked) as asked:
        qtbot.keyClick(window.timeline, Qt.Key.Key_Return)
    assert asked.args == [Retry(id="w1")]


def test_a_screen_reader_is_told_the_begin_and_how_long_it_is(window: Window):
    index = show(window, LONG["numbered lines"])
    words = index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert words.startswith("bob, 12:00: 0\n1\n2\n")
    assert words.endswith("\n20... (3,000 lines in all)")


def _chord(key: QKeySequence.StandardKey) -> tuple[Qt.Key, Qt.KeyboardModifier]:
    chord = QKeySequence(key)[0]
    return chord.key(), chord.keyboardModifiers()
