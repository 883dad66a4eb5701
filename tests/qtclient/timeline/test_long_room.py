"""Of a room with very many messages those about what is looked at stay in memory; all can be gone to."""

from collections.abc import Callable

import pytest
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.kept_rows import MOST_KEPT
from loggia.qtclient.state.rows import Beginning, Day, Fresh, MessageRow
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from loggia.shared.client.updates import Completeness
from loggia.shared.protocol.events import DeletedEvent, EditedEvent
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest

from tests.qtclient.copy_of_room import Copy, two_rooms
from tests.qtclient.talk import NOON, arrived, entered, many, says, talk

Make = Callable[..., Window]
LAST = 14_000


@pytest.fixture
def window(make_window: Make, state: WindowState, qtbot) -> Window:
    return two_rooms(make_window, state, qtbot, LAST)


@pytest.fixture
def copy(window: Window) -> Copy:
    copy = Copy(window, talk(1, LAST))
    window.take(arrived(list(copy.events.values())))
    window.refresh()
    return copy


def seqs(window: Window) -> list[int]:
    return [row.seq for row in window.state.rooms["lobby"].rows if isinstance(row, MessageRow)]


def first_on_screen(window: Window) -> int:
    return window.timeline.in_sight()[0]


def top_of(window: Window, seq: int) -> int:
    timeline = window.timeline
    return timeline.visualRect(timeline.model().find(("seq", seq))).top()


def bar(window: Window):
    return window.timeline.verticalScrollBar()


def drain(copy: Copy, qtbot, until: Callable[[], bool]) -> None:
    """Answer until that is so."""

    def step() -> bool:
        copy.answer()
        return until()

    qtbot.waitUntil(step, timeout=20_000)


def test_who_follows_the_newest_keeps_the_last_rows_alone(window: Window, copy: Copy):
    room = window.state.rooms["lobby"]
    assert len(room.rows) < MOST_KEPT
    assert seqs(window) == list(range(room.oldest, LAST + 1))
    copy.say(*many(LAST + 1, LAST + 20))
    assert window.timeline.follows
    assert window.timeline.on_screen()[-1].seq == LAST + 20


def test_rows_do_not_grow_while_somebody_reads_back_and_forth_without_a_jump(
    window: Window, copy: Copy, qtbot
):
    """As by the wheel: what is read on stands where it stood, and nothing is missed or twice."""
    room, read = window.state.rooms["lobby"], []
    while not isinstance(window.timeline.on_screen()[0], Beginning):
        bar(window).setValue(bar(window).value() - 400)
        before = first_on_screen(window)
        top = top_of(window, before)
        qtbot.waitUntil(lambda: not window.timeline._near.isActive())  # rows were taken in, or asked for
        copy.answer()
        assert top_of(window, before) == top
        assert len(room.rows) <= MOST_KEPT + 2_000
        read.append(before)
        assert seqs(window) == list(range(room.oldest, room.last + 1))
        if bar(window).value() > 10_000:  # the rest of what is here is the same: go faster
            bar(window).setValue(1_000)
    assert read == sorted(read, reverse=True)
    assert room.detached
    copy.say(*talk(LAST + 1, LAST + 7))
    assert first_on_screen(window) == 1, "what comes moves nothing"
    assert room.unread == 7
    while room.detached:
        bar(window).setValue(bar(window).maximum() - 10)
        qtbot.waitUntil(lambda: not window.timeline._near.isActive())
        copy.answer()
        assert seqs(window) == list(range(room.oldest, room.last + 1))
        assert len(room.rows) <= MOST_KEPT + 2_000
    assert seqs(window)[-1] == LAST + 7


def test_home_and_end_are_one_page_each(window: Window, copy: Copy, qtbot):
    QTest.keyClick(window.composer.editor, Qt.Key.Key_Home)
    drain(copy, qtbot, lambda: isinstance(window.timeline.on_screen()[0], Beginning))
    assert (bar(window).value(), copy.asked) == (0, 1)
    asked = copy.asked
    QTest.keyClick(window.composer.editor, Qt.Key.Key_End)
    drain(copy, qtbot, lambda: window.timeline.follows)
    assert window.timeline.on_screen()[-1].seq == LAST
    assert copy.asked == asked + 1


def test_own_messages_are_seen_wherever_one_was(window: Window, copy: Copy, qtbot):
    QTest.keyClick(window.composer.editor, Qt.Key.Key_Home)
    drain(copy, qtbot, lambda: isinstance(window.timeline.on_screen()[0], Beginning))
    window.composer.editor.write("here I am")
    QTest.keyClick(window.composer.editor, Qt.Key.Key_Return)
    copy.say(says(LAST + 1, "ada", "here I am"))
    drain(copy, qtbot, lambda: window.timeline.follows)
    assert window.timeline.on_screen()[-1].text == "here I am"


def test_a_message_far_away_is_one_page(window: Window, copy: Copy, qtbot):
    window.going._lead("lobby", 4321)
    drain(copy, qtbot, lambda: window.timeline.currentIndex().isValid())
    assert window.timeline.currentIndex().data(ROW).seq == 4321
    assert copy.asked == 1
    first, last = window.timeline.in_sight()
    assert first <= 4321 <= last
    window.going._lead("lobby", LAST - 5)  # which is further down than what is in memory now
    drain(copy, qtbot, lambda: window.timeline.currentIndex().data(ROW).seq == LAST - 5)


def test_what_became_of_messages_is_shown_where_they_have_rows_and_later(window: Window, copy: Copy, qtbot):
    QTest.keyClick(window.composer.editor, Qt.Key.Key_Home)
    drain(copy, qtbot, lambda: isinstance(window.timeline.on_screen()[0], Beginning))
    about = {"room": "lobby", "at": NOON, "nick": "bob", "account": "a-bob"}
    edited = EditedEvent(seq=LAST + 1, id="e", target=3, text="better", **about)
    gone = DeletedEvent(seq=LAST + 2, id="d", target=LAST - 3, **about)
    copy.events[LAST - 3] = says(LAST - 3, text="", deleted=True, rev=LAST + 2)
    copy.say(edited, gone)
    assert next(row for row in window.timeline.on_screen() if row.key == ("seq", 3)).text == "better"
    QTest.keyClick(window.composer.editor, Qt.Key.Key_End)
    drain(copy, qtbot, lambda: window.timeline.follows)
    rows = [row for row in window.state.rooms["lobby"].rows if row.key == ("seq", LAST - 3)]
    assert [row.became.deleted for row in rows] == [True]


def test_another_room_meanwhile_and_back_is_at_the_newest(window: Window, copy: Copy, qtbot):
    QTest.keyClick(window.composer.editor, Qt.Key.Key_Home)
    drain(copy, qtbot, lambda: isinstance(window.timeline.on_screen()[0], Beginning))
    window.go("lab")
    window.go("lobby")
    drain(copy, qtbot, lambda: window.timeline.follows)
    assert window.timeline.on_screen()[-1].seq == LAST


def test_a_room_left_far_up_opens_at_what_is_new(window: Window, copy: Copy, qtbot):
    QTest.keyClick(window.composer.editor, Qt.Key.Key_Home)
    drain(copy, qtbot, lambda: isinstance(window.timeline.on_screen()[0], Beginning))
    window.go("lab")
    copy.say(*many(LAST + 1, LAST + 3_000))
    window.go("lobby")
    on_screen = window.timeline.on_screen
    drain(copy, qtbot, lambda: any(isinstance(row, Fresh) for row in on_screen()))
    rows = on_screen()
    place = next(place for place, row in enumerate(rows) if isinstance(row, Fresh))
    assert (rows[place - 1].seq, rows[place + 1].seq) == (LAST, LAST + 1)


def test_the_line_is_there_again_after_a_long_way(window: Window, copy: Copy, qtbot):
    window.go("lab")
    copy.say(*many(LAST + 1, LAST + 50))
    window.go("lobby")
    QTest.keyClick(window.composer.editor, Qt.Key.Key_Home)
    drain(copy, qtbot, lambda: isinstance(window.timeline.on_screen()[0], Beginning))
    QTest.keyClick(window.composer.editor, Qt.Key.Key_End)
    drain(copy, qtbot, lambda: window.timeline.follows)
    rows = window.state.rooms["lobby"].rows
    places = [place for place, row in enumerate(rows) if isinstance(row, Fresh)]
    assert [rows[place + 1].seq for place in places] == [LAST + 1]


def test_days_stand_once_wherever_rows_were_let_go(make_window: Make, state: WindowState, qtbot):
    """One message an hour, so that every 24 rows there is another day."""
    state.apply([*entered(head=LAST), *entered("lab")], 0)
    window = make_window(state)
    copy = Copy(window, talk(1, LAST))
    hour = 3_600_000
    copy.events = {seq: says(seq, at=NOON + seq * hour) for seq in range(1, LAST + 1)}
    window.take(arrived(list(copy.events.values())))
    window.refresh()
    room = window.state.rooms["lobby"]

    def days() -> list[tuple[str, int | str]]:
        return [row.key for row in room.rows if isinstance(row, Day)]

    while not room.at_top:
        bar(window).setValue(0)
        qtbot.waitUntil(lambda: not window.timeline._near.isActive())
        copy.answer()
        assert len(days()) == len(set(days()))
    while room.detached:
        bar(window).setValue(bar(window).maximum())
        qtbot.waitUntil(lambda: not window.timeline._near.isActive())
        copy.answer()
        assert len(days()) == len(set(days())), days()
    held = [row for row in room.rows if isinstance(row, MessageRow)]
    assert [row.seq for row in held] == list(range(room.oldest, LAST + 1))
    assert len(days()) in (
        len({(row.at - NOON + 12 * hour) // (24 * hour) for row in held}) - d for d in (0, 1)
    )


def test_what_the_server_alone_has_comes_page_by_page(window: Window, qtbot):
    copy = Copy(window, talk(1, LAST), first=LAST - 100)
    window.take([*arrived(many(LAST - 100, LAST)), Completeness(room="lobby", first=LAST - 100, last=LAST)])
    window.refresh()
    copy.shown = LAST - 100
    window.going._lead("lobby", LAST - 2_500)
    drain(copy, qtbot, lambda: window.timeline.currentIndex().isValid())
    assert window.timeline.currentIndex().data(ROW).seq == LAST - 2_500
    assert copy.asked == 3


@pytest.mark.parametrize("tall", [400, 1400])
def test_every_page_down_from_the_beginning_is_a_whole_one(window: Window, copy: Copy, qtbot, tall: int):
    """However tall the window is, and though rows come only when somebody is near them."""
    window.resize(1100, tall)
    QTest.keyClick(window.composer.editor, Qt.Key.Key_Home)
    drain(copy, qtbot, lambda: isinstance(window.timeline.on_screen()[0], Beginning))
    qtbot.waitUntil(lambda: not window.timeline._near.isActive())
    for _ in range(60):
        low = window.timeline.on_screen()[-1]
        before = window.timeline.visualRect(window.timeline.model().find(low.key)).top()
        QTest.keyClick(window.composer.editor, Qt.Key.Key_PageDown)
        now = window.timeline.visualRect(window.timeline.model().find(low.key)).top()
        assert before - now == bar(window).pageStep()
        qtbot.waitUntil(lambda: not window.timeline._near.isActive())
        while copy.answer():
            qtbot.waitUntil(lambda: not window.timeline._near.isActive())
