"""One visitor who sends without end: what it costs is bounded, and nothing is lost. The clock is moved."""

import pytest
from loggia.broker.doors.classic.connection import READ_BYTES
from loggia.broker.doors.classic.framing import Incoming
from loggia.broker.doors.classic.inflight import AT_ONCE, FIRST
from loggia.broker.doors.classic.input import GONE_MESSAGES, QUEUE_BYTES
from loggia.broker.doors.classic.share import BURST_S, READ_COST, REFUSED_COST, VISITOR_S
from loggia.shared.protocol.limits import Limits

from tests.broker.doors.classic.visiting import Visit, line_visitor, packet_visitor
from tests.broker.doors.classic.visits import refusal

MOST = VISITOR_S * BURST_S


class Sender:
    """Sends as fast as it is read, as the door reads."""

    def __init__(self, visit, data, piece=READ_BYTES):
        self.visit = visit
        self.piece = piece
        self.left = data

    def send(self):
        """What is read of it now; gives how much."""
        before = len(self.left)
        while self.left and self.visit.conversation.wants_input:
            self.visit.send(self.left[: self.piece])
            self.left = self.left[self.piece :]
        return before - len(self.left)

    def send_all(self, within_s):
        until = self.visit.now + within_s
        while self.left:
            assert self.visit.now < until, len(self.left)
            self.send()
            self.visit.wait(0.25)


@pytest.mark.parametrize("blank", [b"\n", b"\r\n", b" \n", b"\t\r\n", b"    \n\n"])
def test_blank_lines_are_passed_over_before_they_are_lines(blank):
    incoming = Incoming(100)
    first, *blanks, last = incoming.feed(b"a\n" + blank * 20_000 + b"b\n", 0.0)
    assert (first, last) == (b"a", b"b")
    assert len(blanks) < 10


def test_what_stands_between_blank_lines_is_said():
    visit = line_visitor(Limits())
    Sender(visit, b"\n" * 9000 + b"one\n" + b" \r\n" * 3000 + b"two\n\n\n").send()
    visit.answer()
    assert visit.texts == ["one", "two"]


@pytest.mark.parametrize("line", [b"\x1b[31m\n", b"\x1b\n", b"\x00\n", b"\xff\xf4\n", b"\x9b31m\x07\n"])
def test_lines_that_are_refused_are_read_no_faster_than_a_share(line):
    visit = line_visitor(Limits())
    flood = Sender(visit, line * 1000 + b"hello\n")
    flood.send()
    flood.send()
    first = visit.said().count(b"\n")
    assert first <= MOST // REFUSED_COST + 1
    assert not visit.conversation.wants_input
    visit.wait(10)
    assert visit.said().count(b"\n") <= 10 * VISITOR_S // REFUSED_COST + 1
    flood.send_all(within_s=120)
    visit.wait(120)
    assert visit.texts == ["hello"]
    assert visit.conversation.is_open


@pytest.mark.parametrize("data", [b"x", b"\n", b"\0", "\u0301".encode()])
@pytest.mark.parametrize("make", [line_visitor, packet_visitor])
def test_bytes_without_an_end_are_read_no_faster_than_a_share(make, data):
    visit = make(Limits())
    flood = Sender(visit, data * 4_000_000)
    assert flood.send() <= MOST
    visit.wait(1)
    assert flood.send() <= VISITOR_S + READ_BYTES
    visit.wait(4)
    assert 0 < flood.send() <= 4 * VISITOR_S + READ_BYTES


def test_byte_after_byte_costs_more_than_its_bytes():
    visit = line_visitor(Limits())
    assert Sender(visit, b"x" * 1_000_000, piece=1).send() <= MOST // READ_COST


def test_who_sends_without_end_before_a_nickname_is_gone_in_time(visit):
    flood = Sender(visit, b"\n" * 10_000_000)
    while not visit.closed:
        flood.send()
        visit.wait(0.5)
    assert visit.now <= 131.0


def test_a_long_paste_is_all_said_though_it_takes_a_while():
    visit = line_visitor(Limits())
    lines = [f"{number} {'x' * 60}" for number in range(30_000)]
    flood = Sender(visit, "".join(f"{line}\n" for line in lines).encode())
    until = visit.now + 60
    while flood.left or visit.conversation._heard:
        assert visit.now < until
        flood.send()
        visit.answer()
        visit.wait(0.1 if not visit.conversation.wants_input else 0)
    assert visit.texts == lines


def test_who_hangs_up_while_it_is_not_read_leaves_no_timer():
    visit = line_visitor(Limits())
    Sender(visit, b"\x1b\n" * 2000).send()
    assert not visit.conversation.wants_input
    visit.end(ConnectionResetError())
    assert visit.conversation.finished
    assert visit.gone
    assert visit.conversation.wake_at() is None


def test_who_rests_hears_the_farewell_at_once():
    visit = line_visitor(Limits())
    Sender(visit, b"\x1b\n" * 2000 + b"hello\n").send()
    visit.said()
    visit.farewell("Goodbye.")
    assert b"Goodbye." in visit.said()
    assert visit.closed
    visit.wait(200)
    assert visit.conversation.wake_at() is None
    assert visit.conversation.finished


def test_the_visit_of_a_person_is_never_paused(visit):
    visit = Visit(Limits())
    for _ in range(1000):
        assert visit.conversation.wants_input
        visit.send(b"a")
        visit.wait(0.01)


@pytest.mark.parametrize("line", [b"a\n", b"ab\n", b"a\r\n"])
def test_few_lines_wait_until_they_are_dealt_with(line):
    visit = line_visitor(Limits())
    Sender(visit, line * 300_000).send()
    assert len(visit.conversation._heard) <= Limits().array_requests + READ_BYTES // len(line)
    assert READ_BYTES <= 4096  # each line is an object of fifty bytes, and there may be hundreds of visitors


def test_little_of_a_flood_is_asked_for_at_once_and_kept_to_be_repeated():
    visit = line_visitor(Limits())
    flood = Sender(visit, b"a line of a flood\n" * 20_000)
    for _ in range(50):
        flood.send()
        visit.answer()
    flood.send()
    visit.answer(*[refusal(request, "slow_down", retry_after_ms=1000) for request in visit.asked[-1]])
    assert len(visit.asked[0]) <= 2 * FIRST  # it was let in at once
    assert max(map(len, visit.asked)) <= AT_ONCE
    assert visit.conversation._asked.unsettled <= AT_ONCE
    assert visit.conversation._heard._waiting.size <= QUEUE_BYTES + READ_BYTES


@pytest.mark.parametrize("make", [line_visitor, packet_visitor])
@pytest.mark.parametrize("answered", [True, False])
def test_of_the_flood_of_one_who_is_gone_only_a_little_is_said(make, answered):
    visit = make(Limits(array_requests=10_000))
    texts = [f"{number}" for number in range(2_000)]
    for text in texts:
        if visit.conversation.wants_input:
            visit.packet(text.encode() + visit.line_end)
    kept = len(visit.conversation._heard) + visit.conversation._asked.unsettled
    assert kept > 2 * GONE_MESSAGES
    if answered:
        visit.answer()
    before = visit.conversation._asked.unsettled + (len(visit.texts) if answered else 0)
    visit.log.clear()
    visit.end(ConnectionResetError())
    visit.answer(*[refusal(request, "slow_down", retry_after_ms=50) for request in visit.asked[-1]])
    told = [line for line in visit.log if "of a flood" in line]
    assert len(told) == 1
    visit.wait(0.1)
    while not visit.gone:
        visit.answer()
        visit.wait(0.1)
    said = list(dict.fromkeys(visit.texts))
    assert said == texts[: len(said)]
    assert GONE_MESSAGES <= len(said) <= GONE_MESSAGES + before
    assert visit.conversation.wake_at() is None
