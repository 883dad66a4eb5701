"""Of a room that is not on the screen the last rows alone stay in memory, and it opens as if all had."""

from collections.abc import Callable
from datetime import UTC

import pytest
from loggia.qtclient.models.keyed import ROW
from loggia.qtclient.state.kept_rows import MOST_ASIDE, MOST_KEPT
from loggia.qtclient.state.rows import Beginning, Day, Fresh, MessageRow
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.window import Window
from loggia.shared.client.commands import LoadOlder
from loggia.shared.client.updates import Delivered, Older, ReadState
from loggia.shared.protocol.events import DeletedEvent, EditedEvent, ReactedEvent
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest

from tests.qtclient.copy_of_room import Copy, drain
from tests.qtclient.looking import Clock, looks
from tests.qtclient.state.seen import take
from tests.qtclient.talk import HOUR, NOON, arrived, entered, joins, leaves, many, renames, says, talk, waits

SEEN, LAST = 200, 14_200  # what was read, and what has come since
NAMED = 230
Make = Callable[..., Window]


@pytest.fixture
def window(make_window: Make, state: WindowState, clock: Clock, qtbot) -> Window:
    """The lobby is read, and another room looked at."""
    take(state, *entered(head=SEEN), *entered("lab"), *arrived(talk(1, SEEN)))
    window = make_window(state, clock=clock)
    qtbot.waitUntil(window.composer.editor.hasFocus)
    looks(window, clock)
    assert state.rooms["lobby"].read == SEEN
    window.go("lab")
    return window


@pytest.fixture
def copy(window: Window) -> Copy:
    """And 14,000 messages come meanwhile, of which an early one names me."""
    copy = Copy(window, talk(1, SEEN))
    come = talk(SEEN + 1, LAST)
    come[NAMED - SEEN - 1] = says(NAMED, text="@ada look")
    for first in range(0, len(come), 100):
        copy.say(*come[first : first + 100])
        assert len(window.state.rooms["lobby"].rows) <= MOST_ASIDE
    return copy


def line_at(window: Window) -> tuple[int, int, int] | None:
    """The messages around the line, and how many px below the upper edge it is, if it is on the screen."""
    rows = window.timeline.on_screen()
    place = next((place for place, row in enumerate(rows) if isinstance(row, Fresh)), None)
    if place is None:
        return None
    top = window.timeline.visualRect(window.timeline.model().find(rows[place].key)).top()
    return rows[place - 1].seq, rows[place + 1].seq, top


def test_counts_stay_right(window: Window, copy: Copy):
    lobby = window.state.rooms["lobby"]
    assert (lobby.unread, lobby.mentions, lobby.read) == (LAST - SEEN, 1, SEEN)
    assert (lobby.newest, lobby.detached) == (LAST, False)
    take(window.state, ReadState(room="lobby", read=SEEN, unread=LAST - SEEN, mentions=1, upto=LAST))
    assert (lobby.unread, lobby.mentions, lobby.read) == (LAST - SEEN, 1, SEEN)


def test_it_opens_at_the_line_by_one_page(window: Window, copy: Copy, clock: Clock, qtbot):
    window.go("lobby")
    assert copy.asked == 1
    drain(copy, qtbot, lambda: line_at(window) is not None)
    before, behind, top = line_at(window)
    assert (before, behind) == (SEEN, SEEN + 1)
    third = window.timeline.viewport().height() // 3
    assert abs(top - third) < 5
    assert copy.asked == 1
    assert window.timeline.jumps.newest.text() == "14,000 new"
    assert window.timeline.jumps.mention.text() == "1 mention"
    last = window.timeline.in_sight()[1]
    looks(window, clock)
    lobby = window.state.rooms["lobby"]
    assert (lobby.read, lobby.unread) == (last, LAST - last), "what is not here is not read"
    assert len(lobby.rows) <= 1_200


def test_the_button_goes_to_the_mention_and_what_is_between_stays_new(window: Window, copy: Copy, qtbot):
    window.go("lobby")
    drain(copy, qtbot, lambda: line_at(window) is not None)
    QTest.mouseClick(window.timeline.jumps.mention, Qt.MouseButton.LeftButton)
    drain(copy, qtbot, lambda: window.timeline.currentIndex().isValid())
    assert window.timeline.currentIndex().data(ROW).seq == NAMED


def test_a_mention_far_from_the_line_is_gone_to_at_once(window: Window, copy: Copy, clock: Clock, qtbot):
    copy.say(says(LAST + 1, text="@ada again"), *talk(LAST + 2, LAST + 3_000))
    lobby = window.state.rooms["lobby"]
    window.go("lobby")
    drain(copy, qtbot, lambda: line_at(window) is not None)
    asked = copy.asked
    window.reader.go_mention()
    window.reader.go_mention()
    drain(copy, qtbot, lambda: window.timeline.currentIndex().isValid())
    assert window.timeline.currentIndex().data(ROW).seq == LAST + 1
    assert copy.asked == asked + 1
    looks(window, clock)
    assert (lobby.read, lobby.mentions) == (SEEN, 1), "only the second was seen, and what is before it is not"


def test_the_button_to_the_newest_goes_there(window: Window, copy: Copy, clock: Clock, qtbot):
    window.go("lobby")
    drain(copy, qtbot, lambda: line_at(window) is not None)
    QTest.mouseClick(window.timeline.jumps.newest, Qt.MouseButton.LeftButton)
    drain(copy, qtbot, lambda: window.timeline.follows)
    assert window.timeline.on_screen()[-1].seq == LAST
    looks(window, clock)
    assert window.state.rooms["lobby"].unread == 0


def test_all_is_read_on_the_way_down_and_nothing_stands_twice(
    window: Window, copy: Copy, clock: Clock, qtbot
):
    window.go("lobby")
    drain(copy, qtbot, lambda: line_at(window) is not None)
    lobby, bar = window.state.rooms["lobby"], window.timeline.verticalScrollBar()
    for _ in range(60):
        bar.setValue(bar.value() + bar.pageStep() // 2)
        qtbot.waitUntil(lambda: not window.timeline._near.isActive())
        copy.answer()
        last = window.timeline.in_sight()[1]
        looks(window, clock)
        assert lobby.read == last
        assert lobby.unread == LAST - last
    seqs = [row.seq for row in lobby.rows if isinstance(row, MessageRow)]
    assert seqs == list(range(seqs[0], seqs[-1] + 1))


def test_who_moves_before_the_page_comes_is_left_there(window: Window, copy: Copy, qtbot):
    window.go("lobby")
    assert copy.asked == 1
    bar = window.timeline.verticalScrollBar()
    bar.setValue(bar.value() - 300)
    window.refresh()
    seen = window.timeline.in_sight()
    copy.answer()
    assert window.timeline.in_sight() == seen


def test_a_page_that_comes_once_another_room_is_looked_at_changes_nothing(window: Window, copy: Copy, qtbot):
    window.go("lobby")
    window.go("lab")
    copy.answer()
    lobby = window.state.rooms["lobby"]
    assert (lobby.last, lobby.loading) == (LAST, False)
    window.go("lobby")
    drain(copy, qtbot, lambda: line_at(window) is not None)
    assert line_at(window)[:2] == (SEEN, SEEN + 1)


def test_a_page_of_the_visit_before_does_not_take_the_screen(window: Window, copy: Copy, qtbot):
    window.go("lobby")
    drain(copy, qtbot, lambda: line_at(window) is not None)
    window.going._lead("lobby", 9_000)
    window.go("lab")
    window.go("lobby")
    drain(copy, qtbot, lambda: line_at(window) is not None)
    assert line_at(window)[:2] == (SEEN, SEEN + 1)


def test_older_rows_are_there_again_where_somebody_scrolls(window: Window, copy: Copy, qtbot):
    window.go("lobby")
    drain(copy, qtbot, lambda: line_at(window) is not None)
    QTest.keyClick(window.composer.editor, Qt.Key.Key_Home)
    drain(copy, qtbot, lambda: isinstance(window.timeline.on_screen()[0], Beginning))
    QTest.keyClick(window.composer.editor, Qt.Key.Key_End)
    drain(copy, qtbot, lambda: window.timeline.follows)
    assert window.timeline.on_screen()[-1].seq == LAST


def test_a_visit_that_ended_far_up_keeps_few_rows_and_the_next_begins_at_the_line(
    window: Window, copy: Copy, clock: Clock, qtbot
):
    window.go("lobby")
    drain(copy, qtbot, lambda: line_at(window) is not None)
    looks(window, clock)
    read = window.state.rooms["lobby"].read
    bar = window.timeline.verticalScrollBar()
    bar.setValue(bar.value() - 2_000)
    window.go("lab")
    assert len(window.state.rooms["lobby"].rows) <= MOST_ASIDE
    copy.say(*talk(LAST + 1, LAST + 2_000))
    window.go("lobby")
    drain(copy, qtbot, lambda: line_at(window) is not None)
    assert line_at(window)[:2] == (read, read + 1)


def test_what_became_of_rows_that_were_let_go_is_shown_once_they_are_here(window: Window, copy: Copy, qtbot):
    about = {"room": "lobby", "at": NOON, "nick": "bob", "account": "a-bob"}
    copy.events[NAMED] = says(NAMED, text="never mind", edited_at=NOON, rev=LAST + 1)
    copy.events[NAMED + 1] = says(NAMED + 1, text="", deleted=True, rev=LAST + 2)
    copy.say(
        EditedEvent(seq=LAST + 1, id="e", target=NAMED, text="never mind", **about),
        DeletedEvent(seq=LAST + 2, id="d", target=NAMED + 1, **about),
        ReactedEvent(seq=LAST + 3, id="r", target=NAMED + 2, emoji="👍", on=True, **about),
        ReactedEvent(seq=LAST + 4, id="s", target=LAST, emoji="👍", on=True, **about),
    )
    lobby = window.state.rooms["lobby"]
    assert lobby.unread == LAST - SEEN - 1
    assert next(row for row in reversed(lobby.rows) if row.key == ("seq", LAST)).became.reactions
    window.go("lobby")
    drain(copy, qtbot, lambda: line_at(window) is not None)
    rows = {row.seq: row for row in lobby.rows if isinstance(row, MessageRow)}
    assert (rows[NAMED].text, rows[NAMED + 1].became.deleted) == ("never mind", True)


def test_what_waits_stands_behind_the_newest_and_goes_with_its_row(window: Window, copy: Copy, qtbot):
    lobby = window.state.rooms["lobby"]
    take(window.state, waits("id-14201"))
    assert [row.text for row in lobby.tail] == ["mine"]
    copy.say(says(LAST + 1, "ada", "mine"), *talk(LAST + 2, LAST + 2_000))
    take(window.state, Delivered(id="id-14201", room="lobby", seq=LAST + 1, at=NOON))
    assert (lobby.tail, lobby.outgoing) == ([], {})


def test_many_rooms_are_few_rows(state: WindowState):
    for number in range(40):
        name = f"r{number}"
        take(state, *entered(name, head=0))
        for first in range(1, 3_000, 100):
            take(state, *arrived(talk(first, first + 99, name)))
    assert all(len(room.rows) <= MOST_ASIDE for room in state.rooms.values())
    assert {room.unread for room in state.rooms.values() if room.name != "lobby"} == {3_000}


@pytest.mark.parametrize("every", ["day", "visit", "visit and day", "note"])
def test_whatever_stands_between_messages(state: WindowState, every: str):
    """A day, or who came and left, in front of each; or no messages at all."""
    take(state, *entered(head=0), *entered("lab"))
    state.look_at("lab")
    step = 24 * HOUR if "day" in every else 1_000
    events, shown = [], "visit" in every
    for seq in range(1, 6_001, 3):
        at = NOON + seq // 3 * step
        if every == "note":
            events += [renames(seq + more, "bob", f"bob{seq + more}", at) for more in range(3)]
        elif shown:
            events += [joins(seq, f"v{seq}", at), says(seq + 1, f"v{seq}", at=at), leaves(seq + 2, "x", at)]
        else:
            events += [says(seq + more, at=at + more * step // 3) for more in range(3)]
    for first in range(0, len(events), 100):
        take(state, *arrived(events[first : first + 100]))
    lobby = state.rooms["lobby"]
    assert len(lobby.rows) <= MOST_ASIDE
    kept = list(lobby.rows)
    state.look_at("lobby")
    state.rooms["lobby"].stay.opening = False
    while lobby.oldest > 1:
        before = lobby.oldest - 1
        page = events[max(before - 200, 0) : before]
        take(state, Older(room="lobby", events=page, more=page[0].seq > 1))
    whole = WindowState(nick="ada", endpoint="tcp://127.0.0.1:1", zone=UTC)
    take(whole, *entered(head=0), *arrived(events))
    there = [row for row in whole.rooms["lobby"].rows if not isinstance(row, Fresh)]
    again = [row for row in lobby.rows if not isinstance(row, Fresh)]
    assert [row.key for row in again] == [row.key for row in there]
    assert [row.text for row in again[-50:]] == [row.text for row in there[-50:]]
    assert len([row for row in kept if isinstance(row, Day)]) == len(
        {row.key for row in kept if isinstance(row, Day)}
    )


def test_a_mention_of_which_only_the_server_knows_is_looked_for_before_all_that_came(state: WindowState):
    """A room with a page in memory, 4,000 unread before it, and 3,000 that came since it is aside."""
    take(state, *entered("lab"), *entered(head=5_000))
    lobby = state.rooms["lobby"]
    lobby.reading.mark = 1_000
    state.look_at("lab")
    take(state, Older(room="lobby", events=many(4_901, 5_000), more=True))
    take(state, ReadState(room="lobby", read=1_000, unread=4_000, mentions=1, upto=5_000))
    take(state, *arrived(many(5_001, 8_000)))
    assert (lobby.unread, lobby.mentions) == (7_000, 1)
    state.look_at("lobby")
    lobby.stay.opening = False
    asked = lobby.take_wanted(mention=True)
    assert asked == LoadOlder(room="lobby", limit=1_000, before=4_901)
    take(state, Older(room="lobby", events=[], more=False))
    assert lobby.take_wanted(mention=True) is None, "there is nothing before that"


def test_a_long_way_back_to_what_is_unread_keeps_few_rows_on_the_way(
    make_window: Make, state: WindowState, qtbot
):
    """After a start: which messages are unread is not known here before their pages have come."""
    state.rooms["lobby"].reading.mark = SEEN
    take(state, *entered(head=LAST))
    take(state, Older(room="lobby", events=talk(LAST - 99, LAST), more=True))
    take(state, ReadState(room="lobby", read=SEEN, unread=LAST - SEEN, upto=LAST))
    window = make_window(state)
    copy = Copy(window, talk(1, LAST))
    copy.shown = LAST - 99
    lobby, most = state.rooms["lobby"], 0
    lobby.loading = False
    window.refresh()
    while line_at(window) is None:
        assert copy.answer()
        most = max(most, len(lobby.rows))
    assert line_at(window)[:2] == (SEEN, SEEN + 1)
    assert most <= MOST_KEPT + 1_000
    assert (lobby.unread, lobby.read) == (LAST - SEEN, SEEN)
