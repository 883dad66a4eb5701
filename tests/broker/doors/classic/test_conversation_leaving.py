"""How one visitor's conversation ends, with a clock that is moved."""

import pytest
from loggia.broker.doors.classic.framing import APART_S
from loggia.broker.doors.classic.leaving import END_QUIET_S, GOODBYE_S, STILL_HEARD, STILL_S
from loggia.shared.protocol.requests import End

from tests.broker.doors.classic.visiting import (
    ACCEPTED,
    DEATH,
    DIED,
    DROPPED,
    LITTLE,
    PEER,
    line_visitor,
    packet_visitor,
    say,
)
from tests.broker.doors.classic.visits import left, message, refusal

CLOSED = [
    f"Received connection closing request from {PEER}",
    f"Sending connection closure confirmation to {PEER}",
    f"Removing {PEER} from active clients registers...",
    f"Closing {PEER} reserved socket",
    f"Connection with {PEER} closed successfully.",
]


def test_end_is_confirmed_as_a_packet_of_its_own():
    visit = packet_visitor()
    visit.packet(b"!end")
    assert [type(request) for request in visit.requests] == [End]
    visit.publish(message("bob", "late"))
    last = visit.now
    visit.answer()
    visit.publish(left("alice", account="a"), message("bob", "too late"))
    visit.wait(END_QUIET_S - LITTLE)
    assert not visit.closed
    visit.wait(2 * LITTLE)
    assert visit.closed
    assert visit.sends == [(last, b"bob: late"), (pytest.approx(last + END_QUIET_S), b"!end")]
    assert visit.log == CLOSED
    assert visit.conversation.finished


def test_before_end_everything_that_waits_goes_out():
    visit = packet_visitor()
    visit.publish(message("bob", "1"))
    visit.publish(message("bob", "2"))
    start = visit.now
    visit.packet(b"!end")
    visit.answer()
    visit.wait(1)
    assert [data for _, data in visit.sends] == [b"bob: 1", b"bob: 2", b"!end"]
    assert visit.sends[-1][0] >= start + APART_S + END_QUIET_S


def test_in_line_mode_end_is_a_line():
    visit = line_visitor()
    visit.send(b"!end\n")
    assert not visit.closed
    visit.answer()
    assert visit.said() == b"!end\n"
    assert visit.closed
    assert visit.log == CLOSED


def test_what_was_said_before_end_is_stored_and_seen_before_it():
    visit = line_visitor()
    visit.send(b"hello\n!end\nignored\n")
    assert visit.texts == ["hello"]
    visit.answer()
    visit.publish(message("alice", "hello", account="a"))
    assert [type(request) for request in visit.asked[1]] == [End]
    visit.answer()
    assert visit.said() == b"alice: hello\n!end\n"
    assert visit.texts == ["hello"]


def test_the_hub_hears_that_the_connection_is_over(inside):
    say(inside, "!end")
    assert not inside.gone
    inside.answer()
    inside.wait(1)
    assert inside.gone


def test_end_before_a_nickname(visit):
    visit.packet(b"!end")
    visit.wait(1)
    assert visit.sends[-1][1] == b"!end"
    assert visit.requests == []
    assert visit.log == [*ACCEPTED, CLOSED[0], CLOSED[1], *CLOSED[3:]]


def test_a_session_that_cannot_be_ended_is_closed_all_the_same(inside):
    say(inside, "!end")
    inside.answer(refusal(inside.requests[0], "storage_full"))
    inside.wait(1)
    assert inside.closed
    assert inside.gone


def test_who_does_not_take_the_end_is_cut_off(inside):
    say(inside, "!end")
    inside.block()
    inside.answer()
    at = inside.now
    inside.to(at + GOODBYE_S - LITTLE)
    assert not inside.closed
    inside.to(at + GOODBYE_S)
    assert inside.closed


def test_close_closes_at_once_and_is_told_as_a_drop(inside):
    say(inside, "!close")
    assert inside.closed
    assert inside.gone
    assert inside.said() == b""
    assert inside.requests == []
    assert inside.log == [
        DIED,
        "ConnectionAbortedError('the client said !close')",
        f"Removing {PEER} from active clients registers...",
        *DEATH,
    ]


def test_lost_before_the_nickname(visit):
    visit.end(ConnectionResetError(104, "reset"))
    assert visit.log == [*ACCEPTED, DIED, "ConnectionResetError(104, 'reset')", DROPPED, *DEATH]
    assert visit.closed
    assert visit.conversation.finished
    assert not visit.gone


def test_lost_after_the_nickname(inside):
    inside.end()
    assert inside.closed
    assert inside.gone
    assert inside.log[0] == DIED
    assert inside.log[2:] == [f"Removing {PEER} from active clients registers...", *DEATH]


def test_nothing_is_kept_for_one_who_is_gone(inside):
    inside.block()
    inside.publish(message("bob", "1"))
    assert inside.conversation.waiting_bytes
    inside.end(ConnectionResetError())
    inside.publish(message("bob", "2"))
    assert inside.conversation.waiting_bytes == 0


def test_lost_while_joining_is_told_once_the_hub_has_answered(visit):
    visit.send(b"alice\n")
    visit.end(ConnectionResetError())
    assert visit.closed
    assert not visit.gone
    visit.answer()
    assert visit.gone


def test_what_was_accepted_before_a_drop_is_stored(visit):
    visit.send(b"alice\nhello\nthere\nhal")
    visit.end(ConnectionResetError())
    visit.answer()
    assert visit.texts == ["hello", "there"]
    visit.answer(*[refusal(request, "slow_down", retry_after_ms=50) for request in visit.asked[-1]])
    assert not visit.gone
    visit.wait(0.1)
    while not visit.gone:
        visit.answer()
    assert visit.conversation.finished
    assert visit.conversation.wake_at() is None


def test_a_packet_before_a_drop_is_whole():
    visit = packet_visitor()
    visit.send(b"hello")
    visit.end(ConnectionResetError())
    assert visit.texts == ["hello"]


def test_after_an_orderly_end_the_client_still_reads_what_it_said(visit):
    visit.send(b"alice\nhello")
    visit.end()
    visit.said()
    visit.answer()
    assert visit.texts == ["hello"]
    visit.answer()
    visit.publish(message("alice", "hello", account="a"))
    assert visit.said().endswith(b"alice: hello\n")
    assert not visit.closed
    visit.wait(0)
    assert visit.closed
    assert visit.gone


def test_what_still_waits_for_a_client_that_said_all_goes_out_first():
    visit = packet_visitor()
    visit.publish(message("bob", "1"))
    visit.publish(message("bob", "2"))
    visit.end()
    assert not visit.closed
    visit.wait(APART_S)
    assert visit.said() == b"bob: 1bob: 2"
    visit.wait(0)
    assert visit.closed


def test_a_client_that_said_all_and_does_not_read_is_let_go(inside):
    inside.block()
    at = inside.now
    inside.publish(message("bob", "1"))
    inside.end()
    inside.to(at + 2 * GOODBYE_S)
    assert inside.closed
    assert inside.gone


def test_who_said_all_and_is_not_heard_yet_is_told_so_once(inside):
    """One that is gone shows by that."""
    say(inside, "hello")
    inside.end()
    inside.wait(STILL_S - LITTLE)
    assert inside.said() == b""
    inside.wait(60)
    assert inside.said() == STILL_HEARD.encode() + inside.line_end
    assert not inside.closed
    inside.answer()
    inside.wait(0)
    assert inside.said() == b""
    assert inside.closed


def test_who_is_shown_what_it_said_is_not_told_to_wait(inside):
    say(inside, "hello")
    inside.end()
    inside.wait(STILL_S / 2)
    inside.publish(message("bob", "1"))
    inside.wait(60)
    assert inside.said() == b"bob: 1" + inside.line_end


def test_an_end_that_is_noticed_again_changes_nothing(inside):
    say(inside, "hello")
    for _ in range(3):
        inside.end()
        inside.wait(STILL_S / 2)
    assert inside.said() == STILL_HEARD.encode() + inside.line_end
    assert inside.log == []


def test_nobody_is_told_to_wait_behind_the_farewell(inside):
    say(inside, "hello")
    inside.block()
    inside.end()
    inside.farewell("The broker stops.")
    inside.wait(STILL_S)
    inside.unblock()
    inside.wait(1)
    assert STILL_HEARD.encode() not in inside.said()


def test_an_end_behind_which_the_client_closed_is_still_an_end(visit):
    visit.send(b"alice\n!end\n")
    visit.end()
    visit.answer()
    assert [type(request) for request in visit.asked[-1]] == [End]
    visit.answer()
    visit.wait(1)
    assert visit.sent.endswith(b"!end\n")
    assert DIED not in visit.log


def test_farewell_says_what_was_not_stored():
    visit = line_visitor()
    visit.send(b"1\n", b"2\n3\n")
    visit.farewell("The broker stops.")
    assert visit.said() == b"The broker stops. 2 of your messages were not stored.\n"
    assert visit.closed
    assert not visit.gone
    assert visit.log == CLOSED[2:]


def test_farewell_is_said_behind_what_waits_each_in_its_own_send(inside):
    inside.publish(message("bob", "1"))
    inside.publish(message("bob", "2"))
    start = inside.now
    inside.farewell("The broker stops.")
    inside.wait(1)
    assert inside.closed
    assert inside.conversation.wake_at() is None
    if inside.line_end:
        assert inside.said() == b"bob: 1\nbob: 2\nThe broker stops.\n"
    else:
        assert [data for _, data in inside.sends] == [b"bob: 1", b"bob: 2", b"The broker stops."]
        assert [at for at, _ in inside.sends] == pytest.approx([start, start + APART_S, start + 2 * APART_S])
    assert inside.log == CLOSED[2:]


def test_a_farewell_that_is_cut_short_is_said_at_once():
    visit = packet_visitor()
    visit.publish(message("bob", "1"), message("bob", "2"))
    visit.farewell("The broker stops.")
    visit.cut_short()
    assert [data for _, data in visit.sends] == [b"bob: 1", b"bob: 2\nThe broker stops."]
    assert visit.closed
    visit.cut_short()
    assert visit.log == CLOSED[2:]


def test_who_says_goodbye_while_the_broker_stops_is_answered():
    visit = packet_visitor()
    visit.publish(message("bob", "1"))
    visit.packet(b"!end")
    visit.answer()
    visit.farewell("The broker stops.")
    visit.wait(1)
    assert [data for _, data in visit.sends] == [b"bob: 1", b"!end"]
    assert visit.log == CLOSED


def test_who_has_said_all_is_not_called_lost_when_the_broker_stops():
    visit = packet_visitor()
    visit.publish(message("bob", "1"), message("bob", "2"))
    visit.end()
    visit.farewell("The broker stops.")
    visit.wait(1)
    assert DIED not in visit.log
    assert visit.log == CLOSED[2:]
