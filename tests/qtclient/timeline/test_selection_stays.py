"""What is selected is neither moved nor parted by what comes, is changed, scrolled away or told elsewhere."""

from collections.abc import Callable

import pytest
from loggia.qtclient.state import kept_rows
from loggia.qtclient.state.selected import END
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style.theme import CONTRAST, DARK, LIGHT, Colors, contrast
from loggia.qtclient.timeline import selecting
from loggia.qtclient.timeline.parts.text import MessageText
from loggia.qtclient.timeline.selecting import NOT_ALL, NOTHING
from loggia.qtclient.window import Window
from loggia.shared.client.updates import Delivered
from loggia.shared.protocol.events import DeletedEvent, EditedEvent
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtTest import QTest

from tests.qtclient.row_in_hand import focus, index_of
from tests.qtclient.talk import NOON, arrived, entered, many, numbered, says, waits
from tests.qtclient.timeline.hand import Hand, clipboard
from tests.qtclient.timeline.measured import part
from tests.qtclient.written import take

Make = Callable[..., Window]


@pytest.fixture
def hand(window: Window) -> Hand:
    return Hand(window.timeline)


def text(window: Window) -> str:
    return window.timeline.selecting.text()


def painted(window: Window, qtbot) -> list[tuple[str, int, int]]:
    """What of which message on the screen is painted as selected."""
    timeline = window.timeline
    return [
        (row.text, *piece)
        for place, row in enumerate(timeline.model().rows)
        if (piece := timeline.selecting.piece(place)) is not None
    ]


def chosen(window: Window) -> list[str]:
    return sorted(index.data(Qt.ItemDataRole.UserRole).text for index in window.timeline.selectedIndexes())


def edits(seq: int, target: int, text: str) -> EditedEvent:
    return EditedEvent("lobby", seq, NOON, "bob", "a-bob", f"id-{seq}", target, text)


def deletes(seq: int, target: int) -> DeletedEvent:
    return DeletedEvent("lobby", seq, NOON, "bob", "a-bob", f"id-{seq}", target)


def test_what_comes_and_what_is_scrolled_moves_nothing(window: Window, hand: Hand, qtbot):
    take(window, *arrived(numbered(1, 60)))
    hand.drag(
        hand.letter(index_of(window, "number 56"), "ber"), hand.letter(index_of(window, "number 58"), " 58")
    )
    expected = "[12:00] bob: ber 56\n[12:00] bob: number 57\n[12:00] zoe: number"
    assert text(window) == expected
    take(window, *arrived(numbered(61, 90)), waits("w1"))
    assert text(window) == expected
    window.timeline.verticalScrollBar().setValue(0)
    take(window, *arrived(numbered(91, 1400)))
    assert text(window) == expected
    assert painted(window, qtbot) == [("number 56", 3, END), ("number 57", 0, END), ("number 58", 0, 6)]
    qtbot.waitUntil(lambda: chosen(window) == ["number 56", "number 57", "number 58"])


def test_rows_that_are_shown_no_more_are_copied_and_are_selected_when_they_are_back(
    window: Window, hand: Hand, qtbot
):
    take(window, *arrived(numbered(1, 4000)))
    hand.drag(
        hand.letter(index_of(window, "number 3998"), "ber"),
        hand.letter(index_of(window, "number 3999"), "39"),
    )
    expected = text(window)
    bar = window.timeline.verticalScrollBar()
    for _ in range(9):
        bar.setValue(0)
        window.timeline._take_in()
    assert "number 3999" not in [row.text for row in window.timeline.model().rows]
    assert text(window) == expected
    assert painted(window, qtbot) == []
    qtbot.waitUntil(lambda: chosen(window) == [])
    hand.click(QPoint(300, 200), Qt.KeyboardModifier.ShiftModifier)
    assert len(text(window).splitlines()) > 1500, "also where it began is not shown"
    assert text(window).endswith(": num")
    window.timeline.go_newest()
    assert ("number 3998", 0, 3) in painted(window, qtbot)


def test_a_part_that_was_edited_or_deleted_is_given_up(window: Window, hand: Hand, qtbot):
    take(window, *arrived([says(1, text="one two"), says(2, "zoe", "three"), says(3, text="four five")]))
    first, last = index_of(window, "one two"), index_of(window, "four five")
    hand.drag(hand.letter(first, "two"), hand.letter(last, "five"))
    take(window, *arrived([edits(4, 2, "three and more")]))
    assert text(window) == "[12:00] bob: two\n[12:00] zoe: three and more\n[12:00] bob: four "
    take(window, *arrived([deletes(5, 1)]))
    assert text(window) == "[12:00] zoe: three and more\n[12:00] bob: four "
    take(window, *arrived([edits(6, 3, "four six")]))
    assert text(window) == "three and more"
    qtbot.waitUntil(lambda: chosen(window) == ["three and more"])
    hand.click(hand.letter(index_of(window, "four six"), "four", 1), times=2)
    assert text(window) == "four"
    take(window, *arrived([edits(7, 3, "other words")]))
    assert text(window) == ""
    qtbot.waitUntil(lambda: chosen(window) == [])


def test_a_message_of_mine_that_is_stored_meanwhile_stays_and_others_do_not_follow(
    window: Window, hand: Hand, qtbot
):
    take(window, *arrived([says(1, text="one two")]), waits("id-2", "mine"))
    hand.drag(
        hand.letter(index_of(window, "one two"), "two"), hand.letter(index_of(window, "mine"), "mine", 2)
    )
    assert text(window) == "[12:00] bob: two\n[13:00] ada: mi"
    take(
        window,
        Delivered(id="id-2", room="lobby", seq=2, at=NOON),
        *arrived([says(2, "ada", "mine"), says(3)]),
    )
    assert text(window) == "[12:00] bob: two\n[12:00] ada: mi"
    assert painted(window, qtbot) == [("one two", 4, END), ("mine", 0, 2)]
    qtbot.waitUntil(lambda: chosen(window) == ["mine", "one two"])


def test_the_keyboard_stays_on_a_message_of_mine_when_it_is_stored(window: Window):
    take(window, *arrived([says(1, text="one two")]), waits("id-3", "first"), waits("id-4", "second"))
    focus(window, "first")
    take(window, *arrived([says(2), says(3, "ada", "first")]))
    assert window.timeline.currentIndex() == index_of(window, "first")
    focus(window, "second")
    take(window, *arrived([says(4, "ada", "second"), says(5)]))
    assert window.timeline.currentIndex() == index_of(window, "second")
    assert [row.text for row in window.timeline.model().rows[-3:]] == ["first", "second", "hello"]


def test_messages_that_are_stored_in_another_order_than_they_waited(window: Window):
    take(window, *arrived([says(1)]), waits("id-3", "first"), waits("id-2", "second"), waits("w", "third"))
    focus(window, "first")
    take(window, *arrived([says(2, "ada", "second"), says(3, "ada", "first")]))
    assert [row.text for row in window.timeline.model().rows[-3:]] == ["second", "first", "third"]
    assert window.timeline.currentIndex() == index_of(window, "first")


def test_it_is_told_when_what_is_copied_is_not_in_memory_any_more(window: Window, hand: Hand, monkeypatch):
    monkeypatch.setattr(kept_rows, "MOST_KEPT", 50)
    monkeypatch.setattr(kept_rows, "BESIDE", 5)
    monkeypatch.setattr(
        window.timeline.selecting, "fetch", lambda selected: False
    )  # no copy has it, as of a thread
    take(window, *arrived(numbered(1, 40)))
    hand.drag(
        hand.letter(index_of(window, "number 38"), "ber"), hand.letter(index_of(window, "number 40"), " 40")
    )
    take(window, *arrived(numbered(41, 1200)))
    QGuiApplication.clipboard().setText("before")
    focus(window, "number 1200")
    QTest.keyClick(window.timeline, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard() == "before", "and not the message where the keyboard is"
    assert window.composer.hint.text() == NOTHING
    hand.click(hand.letter(index_of(window, "number 1199"), "number", 3), Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(window.timeline, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard().splitlines()[-2:] == ["[12:00] zoe: number 1198", "[12:00] zoe: num"]
    assert window.composer.hint.text() == NOT_ALL
    QTest.keyClick(window.timeline, Qt.Key.Key_Escape)
    focus(window, "number 1200")
    QTest.keyClick(window.timeline, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard() == "number 1200"


def test_another_room_has_nothing_of_it_selected(window: Window, hand: Hand, qtbot):
    take(window, *entered("lab", head=9), *arrived([says(1, text="one two")]))
    take(window, *arrived([says(1, text="of the lab", room="lab")]))
    window.go("lobby")
    hand.drag(
        hand.letter(index_of(window, "one two"), "one"), hand.letter(index_of(window, "one two"), "two")
    )
    assert text(window) == "one "
    window.go("lab")
    assert text(window) == ""
    assert painted(window, qtbot) == []
    hand.move(QPoint(300, 300))
    assert text(window) == ""


def test_a_folded_message_is_copied_to_its_end(window: Window, hand: Hand):
    long = "\n".join(f"**line** {number}" for number in range(200))
    take(window, *arrived([says(1, text="before"), says(2, "zoe", long), says(3, text="behind it")]))
    window.timeline.verticalScrollBar().setValue(0)
    before, folded, behind = (index_of(window, said) for said in ("before", long, "behind it"))
    hand.press(hand.letter(before, "fore"))
    window.timeline.verticalScrollBar().setValue(window.timeline.verticalScrollBar().maximum())
    hand.move(hand.letter(behind, " it"))
    hand.release()
    assert text(window) == f"[12:00] bob: fore\n[12:00] zoe: {long}\n[12:00] bob: behind"
    hand.press(hand.letter(folded, "line 18", 5))
    hand.move(hand.letter(behind, " it"))
    hand.release()
    shown = "\n".join(f"line {number}" for number in range(200))
    assert text(window) == f"[12:00] zoe: {shown[shown.index('18') :]}\n[12:00] bob: behind"


def test_the_menu_over_what_is_selected_copies_that_and_elsewhere_the_row(
    window: Window, hand: Hand, monkeypatch
):
    take(window, *arrived([says(1, text="one two"), says(2, "zoe", "three four")]))
    first = index_of(window, "one two")
    hand.drag(hand.letter(first, "one"), hand.letter(first, " two"))
    timeline = window.timeline
    opened: list[object] = []
    monkeypatch.setattr(timeline, "_open_menu", lambda index, at: opened.append(index))

    def entry() -> str:
        return timeline.menu(opened[-1]).actions()[0].text()

    hand.ask(hand.letter(first, "one", 1))
    assert (entry(), text(window)) == ("Copy what is selected", "one")
    hand.ask(hand.letter(first, "two", 1))
    assert (entry(), text(window)) == ("Copy", "")
    timeline.menu(opened[-1]).actions()[0].trigger()
    assert clipboard() == "one two"


def test_what_is_selected_is_there_for_the_middle_button(window: Window, hand: Hand, monkeypatch, qtbot):
    offered: list[str] = []
    monkeypatch.setattr(selecting, "to_primary", lambda text: offered.append(text()))
    take(window, *arrived([says(1, text="one two")]))
    index = index_of(window, "one two")
    hand.press(hand.letter(index, "one"))
    hand.move(hand.letter(index, "two"))
    assert offered == []
    hand.release()
    assert offered == ["one "]
    hand.click(hand.letter(index, "one"))
    assert offered == ["one "], "a click takes nothing away"
    qtbot.keyClick(window.timeline, Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier)
    assert offered == ["one ", "one two"]


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_letters_that_are_selected_are_seen_and_read_on_every_ground(
    make_window: Make, state: WindowState, colors: Colors
):
    assert contrast(colors.accent, colors.on_accent) > CONTRAST
    for ground in colors.grounds:
        assert contrast(colors.accent, ground) > 3
    said = [says(1, text="WWWWW"), says(2, "ada", "WWWWW"), says(3, "zoe", "ada `WW`WWW")]
    state.apply([*entered(), *arrived(said)], 0)
    window = make_window(state, colors)
    window.refresh()
    hand = Hand(window.timeline)
    model = window.timeline.model()
    for place in range(model.rowCount() - 3, model.rowCount()):
        index = model.index(place, 0)
        hand.drag(hand.letter(index, "WWWWW", 2), hand.letter(index, "WWWWW", 4))
        image = window.timeline.viewport().grab().toImage()

        def seen(start: int, end: int, index=index, image=image) -> set[str]:
            box = hand.letter(index, "WWWWW", start), hand.letter(index, "WWWWW", end)
            return {
                image.pixelColor(x, y).name().upper()
                for x in range(box[0].x() + 1, box[1].x() - 1)
                for y in range(box[0].y() - 4, box[0].y() + 4)
            }

        darkest = max(contrast(colors.accent, one) for one in seen(2, 4))
        assert darkest > CONTRAST
        assert colors.accent in seen(2, 4)
        assert colors.accent not in seen(0, 2)
        assert part(window.timeline, index, MessageText).lines.formats() is not None


def test_another_width_and_another_font_size_leave_it(window: Window, hand: Hand, qtbot):
    words = " ".join(f"word{number}" for number in range(60))
    take(window, *arrived([says(1, text=words)]))
    index = index_of(window, words)
    hand.drag(hand.letter(index, "word20"), hand.letter(index, "word40"))
    expected = words[words.index("word20") : words.index("word40")]
    assert text(window) == expected
    window.resize(520, 700)
    assert text(window) == expected
    font = window.timeline.font()
    font.setPointSize(20)
    window.timeline.setFont(font)
    assert text(window) == expected
    assert painted(window, qtbot) == [(words, words.index("word20"), words.index("word40"))]


def test_nothing_to_select_where_nothing_is(window: Window, hand: Hand, qtbot):
    hand.drag(QPoint(300, 100), QPoint(400, 300))
    hand.click(QPoint(300, 100), times=3)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_End):
        qtbot.keyClick(window.timeline, key, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(window.timeline, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert text(window) == ""


def test_every_letter_of_the_first_and_the_last_line_can_be_reached(window: Window, hand: Hand):
    take(window, *arrived(many(1, 3)))
    model = window.timeline.model()
    for place in range(model.rowCount() - 3, model.rowCount()):
        index = model.index(place, 0)
        rect = window.timeline.visualRect(index)
        hand.drag(rect.topLeft() + QPoint(200, 1), rect.bottomLeft() + QPoint(200, -1))
        assert text(window) == model.rows[place].text
