"""One visitor's conversation, with a clock that is moved."""

import pytest

from broker.doors.classic.conversation import END_QUIET_S, GOODBYE_S, Conversation
from broker.doors.classic.effects import Close, Gone, LogLine, Send, Submit
from broker.doors.classic.framing import APART_S, CROWD, QUIET_S
from broker.doors.classic.input import QUEUE_BYTES
from broker.doors.classic.text import ASK_AGAIN, GREETING, INDENT, shown
from shared.protocol.limits import LOBBY, Limits
from shared.protocol.requests import End, Join, Message
from tests.broker.doors.classic.visits import answer, joined, left, message, refusal

PEER = "192.0.2.7:4242"
LIMITS = Limits(text_bytes=100, array_requests=10)
LITTLE = 0.001
ACCEPTED = [f"Accepted connection request from: {PEER}.", f"{PEER} connection complete."]
CLOSED = [
    f"Received connection closing request from {PEER}",
    f"Sending connection closure confirmation to {PEER}",
    f"Removing {PEER} from active clients registers...",
    f"Closing {PEER} reserved socket",
    f"Connection with {PEER} closed successfully.",
]
DIED = f"{PEER} may have crashed or closed the connection prematurely."
DROPPED = "The connection was dropped before the client was registered in the active clients registers."
DEATH = ["Closing death client socket...", "Connection closed successfully."]


class Visit:
    """A conversation, and everything it did: `sends` with their times, `asked`, `log`, `gone`."""

    def __init__(self, limits=LIMITS):
        self.now = 100.0
        self.conversation = Conversation(PEER, limits, self.now)
        self.sends, self.asked, self.log = [], [], []
        self.closed = self.gone = False
        self.line_end = b""
        self._do(self.conversation.opened(self.now))

    def _do(self, effects):
        for effect in effects:
            match effect:
                case Send():
                    assert not self.closed
                    self.sends.append((self.now, effect.data))
                case Submit():
                    self.asked.append(list(effect.requests))
                case LogLine():
                    self.log.append(effect.text)
                case Close():
                    assert not self.closed
                    self.closed = True
                    self.log.append(effect.then)
                case Gone():
                    assert not self.gone
                    self.gone = True

    def to(self, now):
        """Move the clock, stopping wherever the conversation wants to be woken."""
        for _ in range(1000):
            at = self.conversation.wake_at()
            if at is None or at > now:
                self.now = max(self.now, now)
                return
            self.now = max(self.now, at)
            self._do(self.conversation.wake(self.now))
        raise AssertionError("it wants to be woken again and again")

    def wait(self, seconds):
        self.to(self.now + seconds)

    def send(self, *pieces):
        for piece in pieces:
            self._do(self.conversation.received(piece, self.now))

    def packet(self, data):
        self.send(data)
        self.wait(QUIET_S)

    def answer(self, *answers, account="a"):
        """Answers to what was asked last; by default the hub has no objections."""
        answers = answers or [answer(request, account) for request in self.asked[-1]]
        self._do(self.conversation.answered(answers, self.now))

    def publish(self, *events):
        self._do(self.conversation.shown([shown(event) for event in events], self.now))

    def end(self, reason=None):
        self._do(self.conversation.ended(reason, self.now))

    def block(self):
        self.conversation.blocked = True

    def unblock(self):
        self._do(self.conversation.unblocked(self.now))

    def farewell(self, text):
        self._do(self.conversation.farewell(text, self.now))

    def cut_short(self):
        self._do(self.conversation.cut_short(self.now))

    @property
    def requests(self):
        return [request for batch in self.asked for request in batch]

    @property
    def texts(self):
        return [request.text for request in self.requests if isinstance(request, Message)]

    @property
    def sent(self):
        return b"".join(data for _, data in self.sends)

    def said(self):
        """What was sent since the last call, as one."""
        sent = b"".join(data for _, data in self.sends)
        self.sends.clear()
        return sent


@pytest.fixture
def visit():
    return Visit()


@pytest.fixture(params=["lines", "packets"])
def inside(request):
    """A visitor in the lobby, everything that was said so far taken away."""
    return line_visitor() if request.param == "lines" else packet_visitor()


def line_visitor(limits=LIMITS):
    return _inside(Visit(limits), b"alice\n")


def packet_visitor(limits=LIMITS):
    return _inside(Visit(limits), b"alice")


def _inside(visit, nick):
    visit.packet(nick)
    visit.line_end = nick.removeprefix(b"alice")
    visit.answer()
    visit.wait(1)
    visit.asked.clear()
    visit.said()
    visit.log.clear()
    return visit


def say(visit, text):
    visit.packet(text.encode() + visit.line_end)


# -- Coming in ---------------------------------------------------------------------------------


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
    assert b"U+001B" in visit.sent
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


def test_a_message_over_the_limit_is_answered_and_dropped(inside):
    say(inside, "x" * 5000)
    assert b"100 bytes" in inside.said()
    say(inside, "hello")
    assert inside.texts == ["hello"]


def test_the_longest_message_is_taken(inside):
    say(inside, "x" * 100)
    inside.answer()
    say(inside, "x" * 101)
    assert inside.texts == ["x" * 100]
    assert b"100 bytes" in inside.said()


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


# -- Leaving -----------------------------------------------------------------------------------


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
