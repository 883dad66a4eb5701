"""What comes around a nickname: a terminal's negotiation, another try, far too much."""

import pytest
from loggia.broker.doors.classic.framing import QUIET_S
from loggia.broker.doors.classic.strangers import kind_of, may_become_one

from tests.broker.doors.classic.openings import Met
from tests.broker.doors.classic.visiting import Visit
from tests.broker.doors.classic.visits import refusal

PUTTY = bytes.fromhex("fffb1ffffb20fffb18fffb27fffd01fffb03fffd03")


SUBNEGOTIATION = bytes.fromhex("fffa1f00500018fff0")


@pytest.mark.parametrize("commands", [PUTTY, SUBNEGOTIATION, PUTTY + SUBNEGOTIATION, b"\xff\xf4\xff\xfd\x06"])
@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_what_a_terminal_negotiates_before_its_nickname_is_passed_over(commands, apart, end):
    visit = Met([commands, b"ada" + end] if apart else [commands + b"ada" + end], 1).visit
    assert [request.nick for request in visit.requests] == ["ada"]
    visit.answer()
    visit.wait(1)
    assert visit.said().endswith(b"send !end to leave." + (b"\n" if end else b""))


@pytest.mark.parametrize("cut", [b"\xff", b"\xff\xfb", b"\xff\xfa\x1f\x00P", b"\xff\xfa" + b"x" * 5000])
def test_a_negotiation_that_is_never_finished_is_no_nickname(cut):
    visit = Met([cut], 1).visit
    visit.wait(30)
    assert visit.closed
    assert visit.asked == []


@pytest.mark.parametrize("piece", range(1, 4))
def test_a_negotiation_in_pieces_is_one(piece):
    pieces = [PUTTY[at : at + piece] for at in range(0, len(PUTTY), piece)]
    visit = Met([*pieces, b"ada\n"], 2 * QUIET_S).visit
    assert [request.nick for request in visit.requests] == ["ada"]


def test_a_program_behind_a_negotiation_is_one():
    assert Met([PUTTY + b"GET / HTTP/1.1\r\n"], 1).visit.closed


def test_a_program_at_the_wrong_door_hears_of_the_right_one():
    for opening in (b'{"op":"join"}', bytes.fromhex("ff00000000000000017f")):
        assert b"requests door" in Met([opening], 1).visit.said()


@pytest.mark.parametrize("opening", [b"GET / HTTP/1.1\r\n", b"\x16\x03\x01\x02\x00\n"])
def test_a_program_that_comes_after_a_bad_nickname_is_known_too(opening):
    visit = Visit()
    visit.packet(b"a/b\n")
    visit.answer(refusal(visit.requests[0], "bad_nick"))
    asked = len(visit.asked)
    visit.packet(opening)
    visit.wait(1)
    assert visit.closed
    assert visit.gone
    assert len(visit.asked) == asked


@pytest.mark.parametrize("behind", [b"hello\n", b"!ende\n", b"half a li", b"x" * 5000])
@pytest.mark.parametrize("first", [b"bad\n", b"\x07\n", b"x" * 5000 + b"\n"])
def test_what_came_behind_a_bad_nickname_is_no_nickname(first, behind):
    visit = Visit()
    visit.send(first + behind)
    if visit.asked:
        visit.answer(refusal(visit.requests[0], "bad_nick", "Not this one."))
    visit.wait(1)
    assert visit.closed
    assert len(visit.asked) <= 1
    assert visit.sent.endswith(b"wait for the answer to your nickname.\n")
    assert visit.log[-1].startswith("192.0.2.7:4242 did not wait")


@pytest.mark.parametrize("behind", [b"\n", b"\r\n \n", b"!end\n"])
def test_a_blank_or_a_goodbye_may_come_behind_a_bad_nickname(behind):
    visit = Visit()
    visit.send(b"bad\n" + behind)
    visit.answer(refusal(visit.requests[0], "bad_nick", "Not this one."))
    assert visit.sent.endswith(b"!end\n") == visit.closed == (behind == b"!end\n")


def test_who_is_gone_when_the_nickname_is_refused_is_not_told_twice():
    visit = Visit()
    visit.send(b"bad\nhello\n")
    visit.end(ConnectionResetError(104, "reset"))
    log = list(visit.log)
    visit.answer(refusal(visit.requests[0], "bad_nick"))
    assert visit.log == log
    assert visit.gone
    assert visit.conversation.finished
    assert visit.texts == []


LONG = [
    b"x",
    b"x ",
    b"nick ",
    b"@=",
    b"@a ",
    b": ",
    b"GET ",
    b"A ",
    b"<a",
    b"[",
    b"\r\n",
    b"a:\r",
    b"1 ",
    b"\x80",
]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("filling", [b" ", b"=", b"x", b"\r\n", b"/", b"a ", b"{", b"\x80"])
@pytest.mark.parametrize("beginning", LONG)
def test_nobody_can_keep_the_broker_busy_with_a_first_line(beginning, filling):
    opening = beginning + filling * 16_000
    for _ in range(200):  # as often as a trickle makes it look again
        kind_of(opening)
        may_become_one(opening)
