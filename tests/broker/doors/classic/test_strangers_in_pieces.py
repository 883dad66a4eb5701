"""A nickname like a program's beginning is waited with, for a moment."""

import pytest
from loggia.broker.doors.classic.framing import QUIET_S
from loggia.broker.doors.classic.strangers import MAY_TAKE_S, PROGRAM_S
from loggia.shared.protocol.limits import Limits

from tests.broker.doors.classic.openings import CURL_DICT, TWO_LINES, Met, bytewise
from tests.broker.doors.classic.visiting import LITTLE, Visit


@pytest.mark.parametrize("opening", [*TWO_LINES, CURL_DICT], ids=repr)
@pytest.mark.parametrize("apart_s", [LITTLE, 0.1])
def test_a_program_that_its_second_line_shows_is_known_when_that_comes_alone(opening, apart_s):
    first, end, second = opening.partition(b"\n")
    visit = Met([first + end, *bytewise(second)], apart_s).visit
    assert visit.asked == []
    assert visit.closed


@pytest.mark.parametrize("nick", ["Nick Cave", "ada: I resign", "MAX MUSTER", "CONNECT", "{", "pass by"])
@pytest.mark.parametrize("apart_s", [LITTLE, 0.1])
def test_whose_second_line_shows_a_person_is_let_in(nick, apart_s):
    visit = Met([f"{nick}\n".encode(), b"hello\n", b"nick, user: hi\n"], apart_s).visit
    assert [request.nick for request in visit.requests] == [nick]
    visit.answer()
    assert visit.texts == ["hello", "nick, user: hi"]


LIKE_A_BEGINNING = ["P", "GET", "NICK", "H", "RFB", "C", "SSH", "{", "get lucky", "POST MALONE"]


@pytest.mark.parametrize("nick", LIKE_A_BEGINNING)
@pytest.mark.parametrize("apart_s", [2 * QUIET_S, 0.1, 0.4, 1])
def test_what_is_said_behind_a_nickname_like_a_beginning_is_framed_as_ever(nick, apart_s):
    visit = Visit()
    for text in (nick, "hello", "a\nb", "there"):
        visit.send(text.encode())
        visit.wait(apart_s)
    visit.wait(PROGRAM_S)
    assert [request.nick for request in visit.requests] == [nick]
    visit.answer()
    assert visit.texts == ["hello", "a\nb", "there"]
    assert not visit.closed


def test_a_nickname_like_a_beginning_is_waited_with_for_a_moment_only():
    visit = Visit()
    visit.send(b"GET")
    visit.wait(PROGRAM_S - LITTLE)
    assert visit.asked == []
    visit.wait(2 * LITTLE)
    assert [request.nick for request in visit.requests] == ["GET"]
    visit.answer()
    visit.wait(1)
    assert visit.conversation.wake_at() is None


def test_who_goes_on_and_on_behind_such_a_nickname_is_let_in():
    visit = Visit(Limits())
    visit.send(b"GET LUCKY")
    for number in range(100):
        visit.wait(0.1)
        visit.send(b" %d" % number)
        if visit.asked:
            break
    assert visit.now <= 100 + MAY_TAKE_S + 0.1
    assert [request.nick for request in visit.requests] == ["GET LUCKY"]
    visit.answer()
    assert visit.texts == [f" {number}" for number in range(number)]


@pytest.mark.parametrize("reason", [None, ConnectionResetError(104, "reset")])
def test_who_said_all_behind_such_a_nickname_is_heard_at_once(reason):
    visit = Visit()
    visit.packet(b"GET")
    visit.packet(b"hello")
    visit.end(reason)
    assert [request.nick for request in visit.requests] == ["GET"]
    visit.answer()
    assert visit.texts == ["hello"]


@pytest.mark.parametrize("text", ["GET / HTTP/1.1", "NICK ada", '{"op": "join"}', "SSH-2.0-x", "Host: x"])
@pytest.mark.parametrize("end", ["", "\n"])
def test_who_has_a_nickname_may_quote_anything(text, end):
    visit = Visit()
    visit.packet(f"ada{end}".encode())
    visit.answer()
    visit.packet(f"{text}{end}".encode())
    assert visit.texts == [text]
