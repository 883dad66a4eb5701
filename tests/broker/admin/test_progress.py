"""What is said of long work, and how often; the clock is the test's."""

import io

import pytest
from loggia.broker.admin.progress import LINES_S, TERMINAL_S, Progress


class Screen(io.StringIO):
    def isatty(self):
        return True


class Work:
    """A Progress whose time passes only here."""

    def __init__(self, stream, columns=100):
        self.stream = stream
        self.now = 50.0
        self.progress = Progress(stream, lambda: self.now, lambda: columns)

    def advance(self, count, after_s):
        self.now += after_s
        self.progress.advance(count)

    def said(self):
        return self.stream.getvalue()


@pytest.fixture
def on_screen():
    return Work(Screen())


@pytest.fixture
def in_file():
    return Work(io.StringIO())


def test_a_terminal_has_one_line_that_is_written_over(on_screen):
    on_screen.progress.begin("verifying", 2_700_000, "events")
    on_screen.advance(1_234_000, TERMINAL_S)
    assert on_screen.said() == "\rverifying: 45 % (1,234,000 of 2,700,000 events)"
    on_screen.advance(1_466_000, TERMINAL_S)
    on_screen.progress.end()
    lines = on_screen.said().split("\r")
    assert [line.strip() for line in lines[2:]] == ["verifying: 100 % (2,700,000 of 2,700,000 events)"] * 2
    assert on_screen.said().count("\n") == 1
    assert on_screen.said().endswith("\n")


def test_what_is_shorter_covers_what_stood_there(on_screen):
    on_screen.progress.begin("copying", 100, "pages")
    on_screen.advance(100, TERMINAL_S)
    on_screen.advance(-99, TERMINAL_S)
    _, first, second = on_screen.said().split("\r")
    assert first == "copying: 100 % (100 of 100 pages)"
    assert second == "copying: 1 % (1 of 100 pages)    "
    on_screen.progress.begin("it", 0, "x")
    on_screen.advance(0, TERMINAL_S)
    assert on_screen.said().endswith("\n\rit: 0 x")


def test_a_terminal_is_written_to_at_most_four_times_a_second(on_screen):
    on_screen.progress.begin("verifying", 1000, "events")
    for _ in range(1000):
        on_screen.advance(1, 0.003)
    assert 8 <= on_screen.said().count("\r") <= 12


def test_a_narrow_terminal_is_never_wrapped():
    narrow = Work(Screen(), columns=20)
    narrow.progress.begin("verifying", 1000, "events")
    narrow.advance(500, TERMINAL_S)
    assert narrow.said() == "\rverifying: 50 % (50"


def test_a_file_gets_a_line_every_five_seconds(in_file):
    in_file.progress.begin("verifying", 1200, "events")
    for _ in range(1200):
        in_file.advance(1, 0.01)
    in_file.progress.end()
    lines = in_file.said().splitlines()
    assert len(lines) == 2
    assert lines[0] in [f"verifying: 41 % ({done} of 1,200 events)" for done in (500, 501)]
    assert "\r" not in in_file.said()


@pytest.mark.parametrize(("stream", "at_once_s"), [(Screen, TERMINAL_S), (io.StringIO, LINES_S)])
def test_short_work_says_nothing(stream, at_once_s):
    work = Work(stream())
    work.progress.begin("verifying", 100, "events")
    work.advance(99, at_once_s - 0.01)
    work.progress.end()
    assert work.said() == ""


def test_the_clock_begins_anew_with_each_piece_of_work(in_file):
    for _ in range(10):
        in_file.progress.begin("verifying", 100, "events")
        in_file.advance(100, LINES_S - 0.01)
    in_file.progress.end()
    assert in_file.said() == ""


def test_more_than_was_announced_is_no_more_than_all(in_file):
    in_file.progress.begin("copying", 10, "pages")
    in_file.advance(12, LINES_S)
    assert in_file.said() == "copying: 100 % (12 of 10 pages)\n"


def test_without_a_total_it_says_how_many(in_file):
    in_file.progress.begin("importing", 0, "events")
    in_file.advance(1234, LINES_S)
    assert in_file.said() == "importing: 1,234 events\n"


def test_what_it_is_called_cannot_move_the_cursor(in_file):
    in_file.progress.begin("copying \x1b[2J", 0, "pages")
    in_file.advance(1, LINES_S)
    assert in_file.said() == "copying \\x1b[2J: 1 pages\n"


def test_work_goes_on_when_nobody_looks():
    class Gone(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    work = Work(Gone())
    work.progress.begin("copying", 10, "pages")
    work.advance(1, LINES_S)
    work.progress.end()


def test_before_a_beginning_and_behind_an_end_nothing_is_said(on_screen):
    on_screen.advance(1, 60.0)
    on_screen.progress.end()
    on_screen.progress.begin("copying", 10, "pages")
    on_screen.progress.end()
    on_screen.advance(1, 60.0)
    assert on_screen.said() == ""
