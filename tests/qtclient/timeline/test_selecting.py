"""Text is selected by the mouse: in a message, and over several; it is copied, and stays what it was."""

import pytest
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.timeline.layout import Layouts
from loggia.qtclient.timeline.parts.text import MessageText
from loggia.qtclient.window import Window
from PyQt6.QtCore import QPoint, Qt

from tests.qtclient.row_in_hand import index_of
from tests.qtclient.talk import arrived, many, renames, says
from tests.qtclient.timeline.hand import SHIFT, Hand, clipboard
from tests.qtclient.timeline.measured import part
from tests.qtclient.written import take

FACES = "\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467 "


@pytest.fixture
def hand(window: Window) -> Hand:
    return Hand(window.timeline)


def copied(window: Window, qtbot) -> str:
    qtbot.keyClick(window.timeline, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    return clipboard()


@pytest.mark.parametrize(
    "before", ["", "a ", FACES, f"{FACES}\n{FACES}"], ids=["none", "word", "faces", "lines"]
)
def test_letters_of_a_message_are_selected_and_copied(window: Window, hand: Hand, qtbot, before: str):
    take(window, *arrived([says(1, text=f"{before}the oscilloscope is back")]))
    index = index_of(window, f"{before}the oscilloscope is back")
    word = "oscilloscope"
    hand.drag(hand.letter(index, word), hand.letter(index, word, 5), hand.letter(index, word, len(word)))
    assert copied(window, qtbot) == word
    hand.drag(hand.letter(index, word, len(word)), hand.letter(index, word, 4))
    assert copied(window, qtbot) == word[4:], "backwards"


def test_over_several_messages_each_has_its_time_and_name(window: Window, hand: Hand, qtbot):
    take(
        window,
        *arrived(
            [says(1, text="from here on"), says(2, "zoe", "whole"), says(3, text="up to there, no more")]
        ),
    )
    first, last = index_of(window, "from here on"), index_of(window, "up to there, no more")
    expected = "[12:00] bob: here on\n[12:00] zoe: whole\n[12:00] bob: up to there"
    start, end = hand.letter(first, "here"), hand.letter(last, ", no")
    for way in ((start, end), (end, start)):
        hand.drag(*way)
        assert copied(window, qtbot) == expected


def test_a_part_is_copied_as_it_is_shown_and_a_whole_message_as_it_was_written(
    window: Window, hand: Hand, qtbot
):
    text = "say **it** loud\n```\ncode\n```\n> quoted\n- item"
    take(window, *arrived([says(1, text=text)]))
    index = index_of(window, text)
    hand.drag(hand.letter(index, "it"), hand.letter(index, "quoted", 6))
    assert copied(window, qtbot) == "it loud\ncode\nquoted"
    hand.drag(hand.letter(index, "say"), hand.letter(index, "item", 4) + QPoint(60, 0))
    assert copied(window, qtbot) == text


def test_two_clicks_select_a_word_and_three_the_message(window: Window, hand: Hand, qtbot):
    take(window, *arrived([says(1, text="two words, one message"), says(2, text="another")]))
    index = index_of(window, "two words, one message")
    hand.click(hand.letter(index, "words", 2), times=2)
    assert copied(window, qtbot) == "words"
    hand.click(hand.letter(index, "words", 2), times=3)
    assert copied(window, qtbot) == "two words, one message"
    hand.click(hand.letter(index, "words", 2), times=2)
    hand.press(hand.letter(index, "one", 1))
    hand.press(hand.letter(index, "one", 1), soon=True)
    hand.move(hand.letter(index, "two", 1))
    hand.release()
    assert copied(window, qtbot) == "two words, one", "by whole words"


def test_a_click_with_shift_goes_on_from_where_it_began(window: Window, hand: Hand, qtbot):
    take(window, *arrived([says(1, text="one two three"), says(2, "zoe", "four five")]))
    first, last = index_of(window, "one two three"), index_of(window, "four five")
    hand.click(hand.letter(first, "two"))
    hand.click(hand.letter(first, "three"), SHIFT)
    assert copied(window, qtbot) == "two "
    hand.click(hand.letter(last, " five"), SHIFT)
    assert copied(window, qtbot) == "[12:00] bob: two three\n[12:00] zoe: four"
    hand.click(hand.letter(first, "one"), SHIFT)
    assert copied(window, qtbot) == "one "


def test_a_click_elsewhere_selects_nothing(window: Window, hand: Hand):
    take(window, *arrived([says(1, text="one two three")]))
    index = index_of(window, "one two three")
    hand.drag(hand.letter(index, "one"), hand.letter(index, "three"))
    assert window.timeline.selecting.is_something
    assert window.timeline.selectedIndexes() == [index]
    hand.click(hand.letter(index, "two"))
    assert not window.timeline.selecting.is_something
    assert window.timeline.selectedIndexes() == []


def test_a_link_that_is_dragged_from_is_not_opened(window: Window, hand: Hand, qtbot):
    text = "see http://a.example/place for it"
    take(window, *arrived([says(1, text=text)]))
    index = index_of(window, text)
    acted: list[object] = []
    window.timeline.acted.connect(lambda *told: acted.append(told))
    hand.drag(hand.letter(index, "http", 1), hand.letter(index, "example", 3), hand.letter(index, "http", 3))
    assert copied(window, qtbot) == "tt"
    assert acted == []
    window.acts["open-link"] = lambda target: None
    hand.click(hand.letter(index, "http", 1))
    assert [action for action, _ in acted] == ["open-link"]


@pytest.mark.parametrize("width", [1100, 360])
def test_words_of_a_note_are_selected_also_where_it_takes_two_lines(
    window: Window, hand: Hand, qtbot, width: int
):
    was, now = "zoe", "the one who was called zoe all day"
    window.resize(width, 700)
    take(window, *arrived([says(1, text="before"), renames(2, was, now), says(3, text="behind")]))
    note = window.timeline.model().index(window.timeline.model().rowCount() - 2)
    said = note.data(ROW).text
    before = hand.letter(index_of(window, "before"), "before", 3)
    hand.drag(before, hand.letter(note, "is now"))
    assert copied(window, qtbot) == f"[12:00] bob: ore\n{said[: said.index('is now')]}"
    hand.drag(hand.letter(note, "is now"), hand.letter(note, "is now", 6))
    assert copied(window, qtbot) == "is now"
    last = hand.letter(note, "day")
    assert (last.y() > hand.letter(note, "now").y()) == (width == 360)
    hand.drag(hand.letter(note, "now"), last + QPoint(2000, 0))
    assert copied(window, qtbot) == said[said.index("now") :], "to its end"
    hand.click(hand.letter(note, "called", 1), times=2)
    assert copied(window, qtbot) == "called"


def test_two_clicks_on_a_link_open_it_once(window: Window, hand: Hand):
    text = "see http://a.example/place for it"
    take(window, *arrived([says(1, text=text)]))
    opened: list[object] = []
    window.acts["open-link"] = opened.append
    hand.click(hand.letter(index_of(window, text), "http", 1), times=2)
    assert len(opened) == 1


def test_the_mouse_shows_where_text_can_be_selected(window: Window, hand: Hand):
    text = "see http://a.example/place for it"
    take(window, *arrived([says(1, text=text)]))
    index = index_of(window, text)
    port = window.timeline.viewport()
    for letters, shape in (("see", "IBeamCursor"), ("http", "PointingHandCursor"), ("for", "IBeamCursor")):
        hand.rest(hand.letter(index, letters, 1))
        assert port.cursor().shape() == Qt.CursorShape[shape]
    hand.rest(hand.letter(index, "it", 2) + QPoint(80, 0))
    assert port.cursor().shape() == Qt.CursorShape.ArrowCursor


def test_nothing_is_set_anew_while_it_is_dragged(window: Window, hand: Hand, monkeypatch):
    take(window, *arrived(many(1, 60)))
    window.timeline.viewport().grab()
    made: list[object] = []
    make = Layouts._made

    def counted(self, row, width):
        made.append(row.key)
        return make(self, row, width)

    monkeypatch.setattr(Layouts, "_made", counted)
    index = window.timeline.model().index(window.timeline.model().rowCount() - 1)
    hand.press(hand.letter(index, "number"))
    lines = part(window.timeline, index, MessageText).lines
    for y in range(600, 100, -7):
        hand.move(QPoint(300, y))
        window.timeline.viewport().grab()
    hand.release()
    assert window.timeline.selecting.is_something
    assert made == []
    assert part(window.timeline, index, MessageText).lines is lines
