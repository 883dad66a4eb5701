"""A terminal that is held must not hold the chat."""

import os
import threading

import pytest
from loggia.broker.telemetry import log_writer
from loggia.broker.telemetry.log_writer import LogWriter


@pytest.fixture
def pipe():
    """The two ends of a pipe; closed at the end if the test has not."""
    ends = list(os.pipe())
    yield ends
    for end in ends:
        if end is not None:
            os.close(end)


def read_all(fd):
    pieces = []
    while piece := os.read(fd, 65536):
        pieces.append(piece)
    return b"".join(pieces).decode()


def close(ends, number):
    os.close(ends[number])
    ends[number] = None


def test_text_comes_out_as_it_went_in(pipe):
    out = LogWriter(pipe[1])
    out.write("one\n")
    out.write("zwölf \ud800\n")
    out.close()
    close(pipe, 1)
    assert read_all(pipe[0]) == "one\nzwölf \\ud800\n"


def test_the_writer_does_not_wait_for_a_reader_that_sleeps(pipe, monkeypatch):
    monkeypatch.setattr(log_writer, "WAITING_LINES", 5)
    monkeypatch.setattr(log_writer, "CLOSE_S", 0.01)
    out = LogWriter(pipe[1])
    line = "x" * 99_999 + "\n"  # more than a pipe holds
    for _ in range(20):
        out.write(line)
    said = []
    reader = threading.Thread(target=lambda: said.append(read_all(pipe[0])))
    reader.start()
    while not out._waiting.empty():
        os.sched_yield()
    out.write("again\n")
    out.close()
    out._thread.join()
    close(pipe, 1)
    reader.join()
    lines = said[0].splitlines()
    assert lines[0] == "x" * 99_999
    assert lines[-1] == "again"
    assert any("left out" in one for one in lines)
    assert 2 <= sum(one.startswith("x") for one in lines) <= 7


def test_a_reader_that_is_gone_hurts_nobody(pipe):
    close(pipe, 0)
    out = LogWriter(pipe[1])
    out.write("into the void\n")
    out.close()
    assert not out._thread.is_alive()
