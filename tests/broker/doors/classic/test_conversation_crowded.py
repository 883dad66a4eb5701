"""One visitor who comes when many do, with a clock that is moved."""

import pytest
from loggia.broker.doors.classic.entering import MOST_TRIES, WAIT
from loggia.broker.doors.classic.text import ASK_AGAIN

from tests.broker.doors.classic.visiting import DEATH, DIED, Visit
from tests.broker.doors.classic.visits import refusal


def slow_down(visit, retry_after_ms=2000):
    visit.answer(refusal(visit.asked[-1][0], "slow_down", retry_after_ms=retry_after_ms))


@pytest.mark.parametrize("end", [b"\n", b""])
def test_who_has_to_wait_is_told_once_and_let_in_by_itself(visit, end):
    visit.packet(b"alice" + end)
    visit.said()
    slow_down(visit)
    visit.wait(1)
    assert visit.said() == WAIT.encode() + end
    for _ in range(20):  # far longer than a nickname may take
        visit.wait(2)
        slow_down(visit)
    assert visit.said() == b""
    visit.wait(3)
    assert {request.nick for request in visit.requests} == {"alice"}
    assert len({request.id for request in visit.requests}) == 1
    visit.answer()
    visit.wait(1)
    assert b"Nice to meet you, alice!" in visit.said()


def test_what_is_said_meanwhile_is_said_then(visit):
    visit.send(b"alice\n")
    slow_down(visit)
    visit.send(b"hello\nthere\n")
    visit.wait(3)
    visit.answer()
    assert visit.texts == ["hello", "there"]


@pytest.mark.parametrize("word", [b"!end\n", b"!end\r\n"])
def test_who_gives_up_is_let_go_at_once(visit, word):
    visit.send(b"alice\n")
    slow_down(visit, 60_000)
    visit.said()
    visit.send(word)
    assert visit.said() == b"!end\n"
    assert visit.closed
    assert visit.gone
    assert len(visit.requests) == 1
    assert visit.conversation.wake_at() is None


def test_who_gives_up_with_the_original_client_is_let_go_too():
    visit = Visit()
    visit.packet(b"alice")
    slow_down(visit, 60_000)
    visit.packet(b"!end")
    visit.wait(1)
    assert visit.said().endswith(b"!end")
    assert visit.closed


@pytest.mark.parametrize("reason", [None, ConnectionResetError()])
def test_nobody_is_let_in_who_has_gone_and_said_nothing(visit, reason):
    visit.send(b"alice\n")
    slow_down(visit, 60_000)
    visit.end(reason)
    visit.wait(6)
    assert visit.closed
    assert visit.gone
    assert len(visit.requests) == 1


def test_who_has_said_something_and_closed_that_end_is_let_in_and_said(visit):
    visit.send(b"alice\nhello\n")
    slow_down(visit, 60_000)
    visit.end()
    visit.wait(61)
    visit.answer()
    assert visit.texts == ["hello"]


def test_who_has_no_nickname_after_many_tries_is_let_go(visit):
    for tries in range(MOST_TRIES):
        assert not visit.closed, tries
        visit.wait(29)  # a second more and nothing would have come in time
        visit.send(b"bad\n")
        visit.answer(refusal(visit.requests[-1], "nick_taken"))
    assert visit.closed
    assert visit.gone
    assert visit.sent.count(ASK_AGAIN.encode()) == MOST_TRIES - 1
    assert f"{MOST_TRIES} nicknames were refused".encode() in visit.sent


def test_tries_are_counted_also_where_the_hub_is_not_asked(visit):
    for _ in range(MOST_TRIES):
        assert not visit.closed
        visit.send(b"bad\x1b\n")
    assert visit.closed
    assert not visit.gone


def test_who_says_nothing_makes_room_and_is_told_why(visit):
    visit.wait(5)
    visit.said()
    visit.log.clear()
    visit._do(visit.conversation.make_room(visit.now))
    told = b"No nickname came while others waited for this place; connect again when you like."
    assert visit.said() == told
    assert visit.closed
    assert visit.conversation.finished
    assert visit.log[:2] == [DIED, "TimeoutError('no nickname while others waited for this place')"]
    assert visit.log[-2:] == DEATH


def test_who_is_asked_about_or_in_is_not_silent(visit):
    assert visit.conversation.is_silent
    visit.send(b"alice\n")
    assert not visit.conversation.is_silent
    visit.answer(refusal(visit.requests[0], "nick_taken"))
    assert visit.conversation.is_silent
    visit.send(b"bob\n")
    visit.answer()
    assert not visit.conversation.is_silent
