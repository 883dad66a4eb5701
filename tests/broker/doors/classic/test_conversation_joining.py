"""One visitor's conversation until it is let in, with a clock that is moved."""

import pytest
from loggia.broker.doors.classic.framing import APART_S
from loggia.broker.doors.classic.text import ASK_AGAIN, GREETING
from loggia.shared.protocol.limits import LOBBY, Limits
from loggia.shared.protocol.requests import Join

from tests.broker.doors.classic.visiting import ACCEPTED, DEATH, DIED, DROPPED, LITTLE, Visit
from tests.broker.doors.classic.visits import message, refusal
from tests.normalizing import LONG_NAMES, Normalized


def test_it_greets_at_once_without_a_line_end(visit):
    assert visit.sends == [(visit.now, GREETING.encode())]
    assert not GREETING.endswith("\n")
    assert visit.log == ACCEPTED


@pytest.mark.parametrize("nick", [b"alice\n", b"alice\r\n", b"\r\n\nalice\n", b"alice"])
def test_the_first_message_is_the_nickname(visit, nick):
    visit.packet(nick)
    assert visit.asked == [[Join(id=visit.requests[0].id, nick="alice", room=LOBBY)]]
    assert visit.conversation.account is None
    visit.said()
    visit.answer()
    visit.wait(APART_S)
    assert b"alice" in visit.said()
    assert visit.conversation.account == "a"


@pytest.mark.parametrize("end", [b"\n", b""])
def test_a_nickname_of_any_length_is_composed_by_nobody(monkeypatch, end):
    normalized = Normalized(monkeypatch)
    for name in LONG_NAMES.values():
        visit = Visit(Limits())
        before = len(visit.sends)
        visit.packet(name.encode() + end)
        assert len(visit.sends) == before + 1 if end else len(visit.sends) > before
        assert visit.asked == []
    assert normalized.total == 0


def test_a_welcome_has_the_line_end_that_the_nickname_had(visit):
    visit.send(b"alice\n")
    visit.answer()
    assert visit.sent.endswith(b"\n")
    other = Visit()
    other.packet(b"alice")
    other.answer()
    other.wait(APART_S)
    assert b"alice" in other.sent
    assert b"\n" not in other.sent


@pytest.mark.parametrize("code", ["nick_taken", "bad_nick", "unavailable"])
@pytest.mark.parametrize("end", [b"\n", b""])
def test_a_refused_nickname_is_said_and_asked_again(visit, code, end):
    visit.packet(b"alice" + end)
    visit.said()
    visit.answer(refusal(visit.requests[0], code, "Not this one."))
    visit.wait(APART_S)
    assert visit.said() == f"Not this one. {ASK_AGAIN}".encode() + end
    visit.packet(b"alice2" + end)
    assert visit.asked[-1][0].nick == "alice2"
    assert visit.asked[-1][0].id > visit.asked[0][0].id
    visit.answer()
    assert visit.conversation.account == "a"


def test_the_nickname_that_is_taken_decides_the_framing(visit):
    visit.packet(b"a/b")
    visit.answer(refusal(visit.requests[0], "bad_nick"))
    visit.packet(b"alice\n")
    visit.said()
    visit.answer()
    visit.publish(message("bob", "hi"))
    assert visit.said().endswith(b"\nbob: hi\n")


def test_a_nickname_that_cannot_be_text_is_asked_again(visit):
    visit.send(b"\x1b[A\n", b"x\xff\xfb\x22\n", b"x" * 500 + b"\n", b"alice\n")
    assert visit.sent.count(ASK_AGAIN.encode()) == 3
    assert b"The text holds a control character, which cannot be seen" in visit.sent
    assert b"telnet" in visit.sent
    assert [request.nick for request in visit.requests] == ["alice"]


NO_UTF8 = [b"caf\xe9", "Анна".encode("cp1251"), b"\xfe", b"\x83\xa2op\xa4join\xa2id\xa11", b"a\x84b"]


@pytest.mark.parametrize("raw", NO_UTF8)
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_nickname_that_is_no_utf8_is_asked_again_and_not_guessed(visit, raw, end):
    visit.said()
    visit.send(raw + end)
    visit.wait(2)
    assert visit.requests == []
    answer = visit.said().decode()
    assert "UTF-8" in answer
    assert answer.endswith(ASK_AGAIN + end.decode())
    visit.packet("zoë".encode() + end)
    assert [request.nick for request in visit.requests] == ["zoë"]


def test_without_a_nickname_it_is_cut_off_after_30_s(visit):
    visit.send(b"")
    visit.to(130.0 - LITTLE)
    assert not visit.closed
    visit.to(130.0)
    assert b"30 s" in visit.said()
    assert visit.closed
    assert visit.conversation.finished
    assert visit.log == [*ACCEPTED, DIED, "TimeoutError('no nickname within 30 s')", DROPPED, *DEATH]
    assert not visit.gone  # nobody ever heard of it
    assert visit.conversation.wake_at() is None


def test_a_dribble_is_no_nickname(visit):
    visit.send(b"\n")
    while not visit.closed:
        visit.wait(1)
        visit.send(b"\n")
    assert visit.now <= 131.0


def test_a_refused_nickname_may_be_thought_about_for_30_s(visit):
    visit.wait(29)
    visit.send(b"alice\n")
    visit.wait(60)
    assert not visit.closed  # it is the broker's turn
    visit.answer(refusal(visit.requests[0], "nick_taken"))
    visit.wait(30 - LITTLE)
    assert not visit.closed
    visit.wait(LITTLE)
    assert visit.closed
    assert visit.gone


def test_what_comes_behind_the_nickname_waits_for_the_answer(visit):
    visit.send(b"alice\nhello\nthere\n")
    assert len(visit.requests) == 1
    visit.answer()
    assert visit.texts == ["hello", "there"]
