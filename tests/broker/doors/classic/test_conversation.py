"""What one visitor says and sees, with a clock that is moved."""

import pytest
from loggia.broker.doors.classic.framing import APART_S, CROWD
from loggia.broker.doors.classic.input import QUEUE_BYTES
from loggia.broker.doors.classic.text import INDENT
from loggia.shared.protocol.limits import LOBBY, Limits
from loggia.shared.protocol.requests import Message

from tests.broker.doors.classic.visiting import LITTLE, line_visitor, packet_visitor, say
from tests.broker.doors.classic.visits import answer, joined, left, message, refusal

# -- Talking -----------------------------------------------------------------------------------


def test_every_message_is_said_in_the_lobby(inside):
    say(inside, "hello")
    assert inside.requests == [Message(id=inside.requests[0].id, room=LOBBY, text="hello")]


def test_everybody_sees_who_said_what(inside):
    inside.publish(message("alice", "hello", account="a"))
    inside.wait(APART_S)
    inside.publish(message("bob", "hi"))
    assert inside.said() in (b"alice: hello\nbob: hi\n", b"alice: hellobob: hi")


def test_it_hears_of_others_coming_and_going_but_not_of_itself(inside):
    inside.publish(joined("alice", account="a"), joined("bob"), left("bob", "end"), left("zoe", "lost"))
    inside.wait(1)
    lines = [line for _, data in inside.sends for line in data.decode().splitlines()]
    assert lines == [
        "bob has joined the chat",
        "bob has left the chat",
        "zoe has left the chat: the connection was lost",
    ]


def test_nobody_sees_the_lobby_from_outside(visit):
    visit.said()
    visit.publish(message("bob", "hi"))
    visit.send(b"alice\n")
    visit.publish(message("bob", "hi"))
    assert visit.said() == b""


def test_all_lines_that_have_arrived_go_together_one_batch_at_a_time():
    visit = line_visitor()
    visit.send(b"1\n2\n", b"3\n4\n")
    assert visit.texts == ["1", "2"]
    visit.answer()
    assert visit.texts == ["1", "2", "3", "4"]
    ids = [request.id for request in visit.requests]
    assert ids == sorted(set(ids))


def test_a_batch_has_at_most_as_many_requests_as_one_array():
    visit = line_visitor()
    visit.send(b"".join(b"%d\n" % number for number in range(25)))
    while len(visit.texts) < 25:
        visit.answer()
    assert [len(batch) for batch in visit.asked] == [10, 10, 5]
    assert visit.texts == [str(number) for number in range(25)]


def test_it_reads_no_more_than_it_can_keep():
    visit = line_visitor()
    assert visit.conversation.wants_input
    visit.send(b"x\n" * 11)
    assert visit.conversation.wants_input  # ten are on their way
    visit.send(b"x\n" * 9)
    assert not visit.conversation.wants_input
    visit.answer()
    assert visit.conversation.wants_input


def test_it_keeps_no_more_bytes_than_it_should():
    visit = line_visitor(Limits())
    line = b"x" * 16_000 + b"\n"
    visit.send(line)
    for _ in range(QUEUE_BYTES // 16_000 + 1):
        assert visit.conversation.wants_input
        visit.send(line)
    assert not visit.conversation.wants_input
    visit.answer()
    assert visit.conversation.wants_input


def test_slow_down_repeats_in_order_and_loses_nothing():
    visit = line_visitor()
    visit.send(b"1\n2\n3\n")
    first = visit.asked[0]
    slow = [refusal(request, "slow_down", retry_after_ms=250) for request in first[1:]]
    visit.answer(answer(first[0]), *slow)
    visit.send(b"4\n")
    assert len(visit.asked) == 1
    visit.wait(0.25 - LITTLE)
    assert len(visit.asked) == 1
    visit.wait(2 * LITTLE)
    stored = []
    while len(stored) < 3:
        batch = visit.asked[-1]
        stored += batch
        visit.answer()
    assert [request.text for request in stored] == ["2", "3", "4"]
    assert stored[:2] == first[1:]
    assert visit.said() == b""


def test_slow_down_again_and_again_keeps_the_order_and_asks_for_less_at_once():
    visit = line_visitor()
    visit.send(b"".join(b"%d\n" % number for number in range(20)))
    stored = []
    while len(stored) < 20:
        batch = visit.asked[-1]
        stored.append(batch[0])
        slow = [refusal(request, "slow_down", retry_after_ms=20) for request in batch[1:]]
        visit.answer(answer(batch[0]), *slow)
        visit.wait(0.02 + LITTLE)
    assert [request.text for request in stored] == [str(number) for number in range(20)]
    assert len(visit.requests) < 60


def test_a_join_that_must_slow_down_is_repeated(visit):
    visit.send(b"alice\nhello\n")
    visit.answer(refusal(visit.requests[0], "slow_down", retry_after_ms=100))
    visit.wait(60)
    assert visit.asked[1] == visit.asked[0]
    visit.answer()
    assert visit.texts == ["hello"]


@pytest.mark.parametrize("code", ["storage_full", "unavailable"])
def test_a_text_that_was_not_stored_comes_back(inside, code):
    say(inside, "keep me")
    inside.answer(refusal(inside.requests[0], code, "The disk is full."))
    assert inside.said().rstrip(b"\n") == b"The disk is full. Not stored: keep me"


def test_any_other_refusal_is_said(inside):
    say(inside, "hello")
    inside.answer(refusal(inside.requests[0], "muted", "You are muted."))
    assert inside.said().rstrip(b"\n") == b"You are muted."


@pytest.mark.parametrize("raw", ["\x1b[A", "a\x00b", "\x08", "a\rb"])
def test_control_characters_are_answered_with_one_line(inside, raw):
    say(inside, raw)
    assert inside.requests == []
    assert b"control character" in inside.said()


def test_telnet_bytes_are_answered():
    visit = line_visitor()
    visit.send(b"\xff\xf4\xff\xfd\x06\n", b"\xff\xfb\x22\n")
    assert visit.said().count(b"telnet") == 2
    assert visit.requests == []


def test_what_is_no_utf8_is_replaced(inside):
    inside.packet(b"caf\xe9!\n")
    assert inside.texts == ["caf\ufffd!"]


def test_lines_of_nothing_but_white_space_are_ignored(inside):
    for data in (b"\n", b"\r\n", b"\n\n\n", b"  \t \n", "\u3000\n".encode()):
        inside.packet(data)
    assert inside.requests == []
    assert inside.said() == b""


def too_long(said: bytes, much: bytes) -> bool:
    """By how much, unless it was thrown away as it came."""
    return said.strip() in (
        b"This is %s too long for one message (100 fit). Send it in parts." % much,
        b"The line is longer than 100 bytes and was dropped; send it in parts.",
    )


def test_a_message_over_the_limit_is_answered_and_dropped(inside):
    say(inside, "x" * 5000)
    assert too_long(inside.said(), b"4,900 characters")
    say(inside, "hello")
    assert inside.texts == ["hello"]


def test_the_longest_message_is_taken(inside):
    say(inside, "x" * 100)
    inside.answer()
    say(inside, "x" * 101)
    assert inside.texts == ["x" * 100]
    assert too_long(inside.said(), b"1 character")


def test_a_packet_of_several_lines_is_one_message():
    visit = packet_visitor()
    visit.packet(b"one\r\ntwo\n")
    assert visit.texts == ["one\ntwo"]
    visit.publish(message("alice", "one\ntwo"))
    assert visit.said() == f"alice: one\n{INDENT}two".encode()


def test_a_message_of_several_lines_is_indented_for_a_terminal():
    visit = line_visitor()
    visit.publish(message("bob", "hi\nada: me too"))
    assert visit.said() == f"bob: hi\n{INDENT}ada: me too\n".encode()


def test_lines_byte_by_byte_are_the_same_lines(visit):
    answered = 0
    for byte in "alice\r\nhéllo 😀\n!end\n".encode():
        visit.send(bytes([byte]))
        visit.wait(LITTLE)
        if len(visit.asked) > answered:
            answered += 1
            visit.answer()
    assert visit.texts == ["héllo 😀"]
    assert visit.sent.endswith(b"!end\n")


# -- Packets and time ---------------------------------------------------------------------------


def test_two_sends_are_apart():
    visit = packet_visitor()
    start = visit.now
    visit.publish(message("bob", "1"), joined("zoe"))
    visit.publish(message("bob", "2"))
    visit.wait(1)
    assert [data for _, data in visit.sends] == [b"bob: 1", b"zoe has joined the chat", b"bob: 2"]
    assert [at for at, _ in visit.sends] == pytest.approx([start, start + APART_S, start + 2 * APART_S])


def test_a_crowd_is_one_packet():
    visit = packet_visitor()
    visit.publish(*(message("bob", f"{number}") for number in range(CROWD + 1)))
    visit.wait(1)
    assert [data for _, data in visit.sends] == [b"\n".join(b"bob: %d" % at for at in range(CROWD + 1))]


def test_while_the_network_is_full_everything_waits():
    visit = packet_visitor()
    visit.publish(message("bob", "1"))
    visit.block()
    visit.publish(message("bob", "2"))
    assert visit.conversation.wake_at() is None
    assert visit.conversation.waiting_bytes == len("bob: 2") + 1
    visit.wait(1)
    assert len(visit.sends) == 1
    visit.unblock()
    at = visit.now
    visit.wait(1)
    assert visit.sends[1:] == [(at + APART_S, b"bob: 2")]


def test_an_idle_conversation_wants_no_timer(inside):
    assert inside.conversation.wake_at() is None


@pytest.mark.parametrize("door", ["line", "packet"])
def test_what_would_wait_for_long_comes_back_and_nothing_waits_behind_it(door):
    visit = line_visitor() if door == "line" else packet_visitor()
    say(visit, "too soon")
    visit.answer(refusal(visit.requests[-1], "slow_down", "lobby is slow.", retry_after_ms=30_000))
    visit.wait(0.1)
    assert visit.said().rstrip(b"\n") == b"lobby is slow. Not stored: too soon"
    say(visit, "!end")
    visit.answer()
    visit.wait(1)
    assert visit.said().rstrip(b"\n") == b"!end"
    assert visit.texts == ["too soon"], "it was asked for once"
