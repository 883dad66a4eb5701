"""What waits comes out as it came, in whatever pieces, and takes little more than it is long."""

import tracemalloc

import pytest
from loggia.broker.doors.classic.backlog import Backlog
from loggia.broker.doors.classic.connection import READ_BYTES

LINES = [b"a", b"", b"b" * 50, None, b"", b"", None, b"c"]


def taken(backlog):
    messages = []
    while backlog:
        waiting = list(backlog)
        assert len(backlog) == len(waiting)
        assert backlog.size == sum(len(message or b"") + 1 for message in waiting)
        messages.append(backlog.take())
        assert messages[-1] == waiting[0]
    assert (backlog.size, list(backlog)) == (0, [])
    return messages


@pytest.mark.parametrize("piece", range(1, len(LINES) + 1))
def test_lines_come_out_in_their_order(piece):
    backlog = Backlog()
    for at in range(0, len(LINES), piece):
        backlog.put(LINES[at : at + piece], are_lines=True)
    assert taken(backlog) == LINES


def test_in_a_packet_a_line_end_is_text():
    backlog = Backlog()
    backlog.put([b"one\ntwo\n", None, b"\n"], are_lines=False)
    backlog.put([b"three", b"four"], are_lines=True)
    assert taken(backlog) == [b"one\ntwo\n", None, b"\n", b"three", b"four"]


def test_what_comes_while_some_is_taken_stands_behind_it():
    backlog = Backlog()
    backlog.put([b"1", b"2", b"3"], are_lines=True)
    assert backlog.take() == b"1"
    backlog.put([b"4"], are_lines=True)
    assert taken(backlog) == [b"2", b"3", b"4"]


@pytest.mark.parametrize(
    ("most", "kept", "others"), [(0, [], 3), (2, [b"2", b"3\n"], 1), (9, [b"2", b"3\n", b"4"], 0)]
)
def test_the_first_ones_are_kept(most, kept, others):
    backlog = Backlog()
    backlog.put([b"1", b"2"], are_lines=True)
    backlog.put([b"3\n"], are_lines=False)
    backlog.put([b"4"], are_lines=True)
    backlog.take()
    assert backlog.keep(most) == others
    assert taken(backlog) == kept


def test_nothing_is_left_of_what_is_cleared():
    backlog = Backlog()
    backlog.put([b"1", b"2"], are_lines=True)
    backlog.take()
    backlog.clear()
    backlog.put([b"3"], are_lines=True)
    assert taken(backlog) == [b"3"]


@pytest.mark.parametrize("line", [b"ab", b"abc", b"p" * 60])
def test_short_lines_take_little_more_than_they_are_long(line):
    piece = [line] * (READ_BYTES // (len(line) + 1))
    backlog = Backlog()
    tracemalloc.start()
    try:
        for _ in range(10):
            backlog.put([bytes(bytearray(each)) for each in piece], are_lines=True)
        assert tracemalloc.get_traced_memory()[0] < 1.2 * backlog.size
    finally:
        tracemalloc.stop()
