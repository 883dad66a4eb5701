"""What of a log was on the screen for long enough."""

import hypothesis
from hypothesis import strategies
from loggia.qtclient.state.sight import READ_S, Sight, joined


def test_what_is_on_the_screen_for_half_a_second_is_read():
    sight = Sight()
    assert sight.see(1, 9, 10.0) == []
    assert sight.see(1, 9, 10.4) == []
    assert sight.see(1, 9, 10.5) == [(1, 9)]


def test_what_passes_by_is_not():
    sight = Sight()
    sight.see(1, 9, 10.0)
    sight.see(5, 14, 10.3)
    assert sight.see(6, 15, 10.5) == [(5, 9)]
    assert sight.see(30, 39, 10.6) == [(6, 9)]
    assert sight.see(30, 39, 11.1) == [(30, 39)]


def test_it_counts_without_a_break():
    sight = Sight()
    sight.see(1, 9, 10.0)
    sight.see(1, 0, 10.4)
    assert sight.see(1, 9, 10.6) == []
    sight.close()
    assert sight.see(1, 9, 12.0) == []


def test_when_more_will_be_read_is_known():
    sight = Sight()
    assert sight.due_at(0, 10.0) is None
    sight.see(1, 9, 10.0)
    sight.see(1, 12, 10.2)
    assert sight.due_at(0, 10.2) == 10.0 + READ_S
    assert sight.due_at(9, 10.2) == 10.2 + READ_S
    assert sight.due_at(12, 10.2) is None
    sight.see(1, 12, 10.5)
    assert sight.due_at(0, 10.5) == 10.2 + READ_S


@hypothesis.given(
    strategies.lists(
        strategies.tuples(strategies.integers(1, 30), strategies.integers(0, 9), strategies.integers(0, 4)),
        max_size=30,
    )
)
def test_it_is_as_if_each_entry_had_its_own_clock(looks: list[tuple[int, int, int]]):
    sight, since, now = Sight(), dict[int, float](), 0.0
    for first, count, tenths in looks:
        now += tenths / 8
        read = sight.see(first, first + count - 1, now)
        assert {seq for begin, end in read for seq in range(begin, end + 1)} == {
            seq for seq, at in since.items() if now - at >= READ_S
        }
        since = {seq: since.get(seq, now) for seq in range(first, first + count)}


def test_spans_that_touch_are_one():
    assert joined([], (3, 4)) == [(3, 4)]
    assert joined([(1, 2), (9, 12)], (3, 4)) == [(1, 4), (9, 12)]
    assert joined([(1, 2), (9, 12)], (2, 10)) == [(1, 12)]
    assert joined([(5, 6)], (1, 2)) == [(1, 2), (5, 6)]
