"""Words that are hard to select: written from the right, letters of many code points, blocks, a thread."""

from collections.abc import Callable

import pytest
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.timeline.view import Timeline
from loggia.qtclient.window import Window
from PyQt6.QtCore import QPoint, Qt, QTextBoundaryFinder

from tests.qtclient.open_thread import answer, beside, heard, in_panel, show
from tests.qtclient.row_in_hand import focus, index_of
from tests.qtclient.talk import arrived, says
from tests.qtclient.timeline.hand import Hand, clipboard
from tests.qtclient.written import take

Make = Callable[..., Window]
Key, Held = Qt.Key, Qt.KeyboardModifier
SHIFT, CTRL = Held.ShiftModifier, Held.ControlModifier
ARABIC, HEBREW = "مرحبا بكم هنا", "שלום לכולם כאן"
FAMILY, WAVE, FLAG = (
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\U0001f44b\U0001f3fd",
    "\U0001f1e9\U0001f1ea",
)
HARD = {
    "arabic": ARABIC,
    "hebrew": HEBREW,
    "mixed": f"see {HEBREW} 12 and on",
    "tones": f"hi {WAVE}{WAVE} there {FAMILY} {FLAG}{FLAG} x",
    "marks": "e\u0301a\u0308o\u0323\u0302 nin\u0303o Z\u0351\u036b\u0343",
    "hindi": "नमस्ते दुनिया",
    "thai": "สวัสดีครับ ที่นี่",
    "code": "so:\n```\nif x:\n    y = 1\n```\nand `inline` on",
    "quote": "> said\n> before\nand **bold** after\n- one\n- two\n  - three",
    "table": "| a | b |\n| --- | --- |\n| 1 | 2 |",
}


def boundaries(text: str) -> set[int]:
    """Where letters begin and end, as people see them; in Python's characters."""
    finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Grapheme, text)
    units = {0, len(text.encode("utf-16-le")) // 2}
    while (at := finder.toNextBoundary()) >= 0:
        units.add(at)
    return {len(text.encode("utf-16-le")[: 2 * at].decode("utf-16-le")) for at in units}


def shown(timeline: Timeline, index) -> str:
    readable = timeline.selecting.readable(index)
    assert readable is not None
    return readable.text


@pytest.mark.parametrize("name", HARD)
def test_wherever_the_mouse_is_let_go_of_no_letter_is_parted(window: Window, name: str):
    take(window, *arrived([says(1, text=HARD[name]), says(2, "zoe", "behind")]))
    timeline = window.timeline
    index = index_of(window, HARD[name])
    hand, rect, words = Hand(timeline), timeline.visualRect(index), shown(timeline, index)
    whole = boundaries(words)
    start = QPoint(rect.left() + 62, rect.top() + 30)
    for y in range(rect.top() + 26, rect.bottom(), 11):
        for x in range(rect.left() + 56, rect.left() + 420, 9):
            hand.drag(start, QPoint(x, y))
            text = timeline.selecting.text()
            selected = timeline.selecting.selected
            ends = {min(one.at, len(words)) for one in selected if one.key == ("seq", 1)}
            assert ends <= whole, (x, y, text)
            if not {one.at for one in selected} <= {0, 2**63 - 1}:
                assert text in words


@pytest.mark.parametrize("name", HARD)
def test_letter_by_letter_to_the_end_and_back_takes_all_of_them(window: Window, name: str, qtbot):
    take(window, *arrived([says(1, text=HARD[name])]))
    focus(window, HARD[name])
    timeline = window.timeline
    index = index_of(window, HARD[name])
    words, rtl = shown(timeline, index), name in ("arabic", "hebrew")
    on, back = (Key.Key_Left, Key.Key_Right) if rtl else (Key.Key_Right, Key.Key_Left)
    whole = sorted(boundaries(words))
    seen = []
    for _ in whole[1:]:
        qtbot.keyClick(timeline, on, SHIFT)
        piece = timeline.selecting.piece(index.row())
        assert piece is not None
        seen.append(min(piece[1], len(words)))
    assert seen == whole[1:]
    for end in reversed(whole[1:-1]):
        qtbot.keyClick(timeline, back, SHIFT)
        assert timeline.selecting.text() == words[:end]


def test_words_from_the_right_go_to_the_left(window: Window, qtbot):
    take(window, *arrived([says(1, text=ARABIC), says(2, "zoe", HEBREW)]))
    focus(window, ARABIC)
    qtbot.keyClick(window.timeline, Key.Key_Left, SHIFT | CTRL)
    assert window.timeline.selecting.text().strip() == ARABIC.split()[0]
    focus(window, HEBREW)
    qtbot.keyClick(window.timeline, Key.Key_Up)
    qtbot.keyClick(window.timeline, Key.Key_Down)
    qtbot.keyClick(window.timeline, Key.Key_Right, SHIFT | CTRL)
    assert window.timeline.selecting.text().strip() == HEBREW.split()[-1]


def test_two_clicks_take_a_word_whatever_it_is_written_in(window: Window):
    texts = {
        ARABIC: ARABIC.split()[1],
        HEBREW: HEBREW.split()[1],
        f"a {WAVE} b": WAVE,
        "nin\u0303o e": "nin\u0303o",
    }
    for seq, (text, word) in enumerate(texts.items(), 1):
        take(window, *arrived([says(seq, text=text)]))
        hand = Hand(window.timeline)
        at = hand.letter(index_of(window, text), word)
        rtl = text in (ARABIC, HEBREW)
        hand.click(at + QPoint(-3 if rtl else 3, 0), times=2)
        assert window.timeline.selecting.text() == word


def test_a_thread_is_selected_as_the_room_is(make_window: Make, state: WindowState, qtbot):
    window = beside(make_window, state)
    asked = heard(window)
    show(window)
    answer(window, asked)
    timeline = window.threads.panel.timeline
    hand = Hand(timeline)
    hand.drag(hand.letter(in_panel(window, "why"), "why", 1), hand.letter(in_panel(window, "so"), "so", 1))
    qtbot.keyClick(timeline, Key.Key_C, CTRL)
    assert clipboard() == "[12:00] bob: hy\n[12:00] bob: s"
    assert window.timeline.selecting.text() == ""
    qtbot.keyClick(timeline, Key.Key_A, CTRL)
    qtbot.keyClick(timeline, Key.Key_C, CTRL)
    assert clipboard().endswith("[12:00] bob: why\n[12:00] bob: so")
    timeline.setCurrentIndex(in_panel(window, "so"))
    timeline.selecting.clear()
    qtbot.keyClick(timeline, Key.Key_Home, SHIFT | CTRL)
    qtbot.keyClick(timeline, Key.Key_C, CTRL)
    assert clipboard().endswith("[12:00] bob: why\n[12:00] bob: so")
    timeline.selecting.clear()
    timeline.setCurrentIndex(in_panel(window, "why"))
    qtbot.keyClick(timeline, Key.Key_PageDown, SHIFT)
    qtbot.keyClick(timeline, Key.Key_C, CTRL)
    assert clipboard() == "[12:00] bob: why\n[12:00] bob: so"
    qtbot.keyClick(timeline, Key.Key_Escape)
    assert not timeline.selecting.is_something
    assert window.threads.panel.isVisible()


def test_to_the_end_of_a_line_and_then_of_the_message_and_back(window: Window, qtbot):
    long = " ".join(f"word{number}" for number in range(60))
    take(window, *arrived([says(1, text=HARD["code"]), says(2, "zoe", f"{WAVE} {long}\nlast")]))
    timeline = window.timeline
    hand = Hand(timeline)
    hand.click(hand.letter(index_of(window, HARD["code"]), "x:"))

    def press(key: Qt.Key) -> str:
        qtbot.keyClick(timeline, key, SHIFT)
        return timeline.selecting.text()

    assert press(Key.Key_End) == "x:"
    assert press(Key.Key_End) == "x:\n    y = 1\nand inline on"
    assert press(Key.Key_Home) == "x:\n    y = 1\n"
    assert press(Key.Key_Home) == "so:\nif "
    hand.click(hand.letter(index_of(window, f"{WAVE} {long}\nlast"), "word0"))
    first = press(Key.Key_End)
    assert long.startswith(first)
    assert not first.endswith(" ")
    assert "word20" not in first
    assert press(Key.Key_Home) == f"{WAVE} "
    hand.click(hand.letter(index_of(window, f"{WAVE} {long}\nlast"), "last"))
    assert press(Key.Key_End) == "last"
    assert press(Key.Key_End) == "last"
