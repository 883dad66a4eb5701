"""The prefix of a room, and above all: nothing is told twice, out of order, or before what is missing."""

from hypothesis import given
from hypothesis import strategies as st
from loggia.shared.client.sync.cursor import MOST_AHEAD, PAGE, Cursor
from loggia.shared.protocol.events import MessageEvent, Received


def event(seq: int) -> Received:
    said = MessageEvent(room="lobby", seq=seq, at=seq, nick="zoe", account="z", id=f"e{seq}", text=str(seq))
    return Received(said, b"{}")


def events(*seqs: int) -> list[Received]:
    return [event(seq) for seq in seqs]


def ready(cursor: Cursor) -> list[int]:
    return [event.seq for event in cursor.ready()]


def test_events_in_line_are_told_at_once() -> None:
    cursor = Cursor([(1, 5)])
    cursor.wait(events(6, 7))
    assert ready(cursor) == [6, 7]
    assert cursor.missing() is None


def test_a_hole_holds_back_what_is_behind_it_and_is_asked_for_exactly() -> None:
    cursor = Cursor([(1, 5)])
    cursor.wait(events(8, 9, 12))
    assert ready(cursor) == []
    assert cursor.missing() == (5, 2)
    cursor.filled(events(6, 7), head=12)
    assert ready(cursor) == [6, 7, 8, 9]
    assert cursor.missing() == (9, 2)


def test_the_cursor_is_the_prefix_and_not_the_largest_seq() -> None:
    cursor = Cursor([(1, 5)])
    cursor.wait(events(9))
    assert (cursor.last, cursor.head) == (5, 9)


def test_a_lost_last_message_is_missing_once_the_broker_tells_its_head() -> None:
    cursor = Cursor([(1, 5)])
    assert cursor.missing() is None
    cursor.told(7)
    assert cursor.missing() == (5, 2)


def test_a_long_hole_is_asked_for_a_page_at_a_time() -> None:
    cursor = Cursor([(1, 5)])
    cursor.told(5 + PAGE + 1)
    assert cursor.missing() == (5, PAGE)


def test_a_page_that_does_not_help_is_not_asked_for_again_until_a_head_is_told() -> None:
    cursor = Cursor([(1, 5)])
    cursor.wait(events(10**9))
    assert cursor.missing() is not None
    cursor.filled([], head=5)
    assert cursor.missing() is None
    assert cursor.head == 5, "what claimed to be beyond the head was no part of the log"
    cursor.told(6)
    assert cursor.missing() == (5, 1)


def test_events_far_beyond_a_hole_are_bounded_and_fetched_again() -> None:
    cursor = Cursor([(1, 1)])
    cursor.wait(events(*range(3, MOST_AHEAD + 100)))
    cursor.filled(events(2), head=MOST_AHEAD + 99)
    assert ready(cursor) == list(range(2, MOST_AHEAD + 2))
    assert cursor.missing() == (MOST_AHEAD + 1, 98)


def test_a_copy_grows_back_only_where_it_joins_on() -> None:
    cursor = Cursor([(10, 20)])
    assert cursor.gap_before() == (10, 9)
    assert [one.seq for one in cursor.grow_back(events(6, 7, 9))] == [9]
    assert cursor.first == 9
    assert [one.seq for one in cursor.grow_back(events(8, 7))] == [7, 8]
    assert cursor.spans() == [(7, 20)]


def test_a_gap_ends_at_what_is_held_beyond_it_and_then_the_spans_are_one() -> None:
    cursor = Cursor([(1, 50), (101, 120)])
    assert cursor.gap_before() == (101, 50)
    cursor.grow_back(events(*range(51, 101)))
    assert cursor.spans() == [(1, 120)]
    assert cursor.gap_before() is None


def test_a_jump_keeps_the_old_span_and_counts_from_the_head() -> None:
    cursor = Cursor([(1, 50)])
    cursor.wait(events(2000, 2001))
    cursor.begin_at(2000)
    assert cursor.spans() == [(1, 50), (2001, 2000)]
    assert ready(cursor) == [2001]
    assert Cursor(cursor.spans()).last == 2001


def test_the_start_of_the_log_is_where_the_broker_says() -> None:
    cursor = Cursor([(41, 60)])
    cursor.floor = 41
    assert cursor.gap_before() is None


def test_what_is_missing_before_is_counted_without_what_is_held_beyond_a_gap() -> None:
    assert Cursor([(1, 20)]).not_loaded == 0
    assert Cursor([(11, 20)]).not_loaded == 10
    assert Cursor([(11, 20), (31, 40), (101, 100)]).not_loaded == 10 + 10 + 60
    cursor = Cursor([(11, 20), (31, 40)])
    cursor.floor = 16
    assert cursor.not_loaded == 10, "the broker itself has nothing before 16"
    cursor.floor = 31
    assert cursor.not_loaded == 0


def test_what_is_being_filled_is_counted_without_what_waits_beyond_the_hole() -> None:
    cursor = Cursor([(1, 5)])
    assert cursor.filling == 0
    cursor.wait(events(8, 9, 12))
    assert cursor.filling == 4
    cursor.told(20)
    assert cursor.filling == 12
    cursor.filled(events(6, 7), head=20)
    ready(cursor)
    assert cursor.filling == 10


def test_nothing_is_asked_for_that_the_broker_has_no_more() -> None:
    cursor = Cursor([(1, 10), (51, 60)])
    cursor.floor = 41
    assert cursor.gap_before() == (51, 10)
    cursor.floor = 51
    assert cursor.gap_before() is None


def test_what_comes_again_is_counted() -> None:
    cursor = Cursor([(1, 5)])
    assert cursor.wait(events(4, 6, 8)) == [4]
    assert cursor.wait(events(6, 8, 9)) == [6, 8]
    assert cursor.filled(events(6, 7, 8), head=9) == 1


@given(st.data())
def test_any_loss_and_any_order_of_live_events_and_pages_gives_all_once_in_order(data: st.DataObject) -> None:
    """The live stream loses, repeats and reorders; pages come late and of any length."""
    head = data.draw(st.integers(1, 30))
    start = data.draw(st.integers(0, head))
    cursor = Cursor([(1, start)] if start else [])
    live = data.draw(st.lists(st.lists(st.integers(1, head), max_size=6), max_size=10))
    told: list[int] = []
    for batch in live:
        asked = cursor.missing()
        cursor.wait(events(*batch))
        told += ready(cursor)
        if asked is not None and data.draw(st.booleans()):
            after, limit = asked
            length = data.draw(st.integers(0, limit))
            cursor.filled(events(*range(after + 1, after + 1 + length)), head)
            told += ready(cursor)
        assert told == list(range(start + 1, cursor.last + 1)), "a prefix, in order, each once"
    cursor.told(head)
    while (asked := cursor.missing()) is not None:
        after, limit = asked
        assert after == cursor.last
        cursor.filled(events(*range(after + 1, after + 1 + limit)), head)
        told += ready(cursor)
    assert told == list(range(start + 1, head + 1))


def test_what_a_page_says_counts_more_than_what_was_heard() -> None:
    """A broadcast may be of a life that is over; a page is the broker's own answer."""
    cursor = Cursor([(1, 5)])
    stray = event(7)
    stray.event.text = "stray"
    cursor.wait([stray])
    cursor.filled(events(6, 7), head=7)
    assert [one.event.text for one in cursor.ready()] == ["6", "7"]
