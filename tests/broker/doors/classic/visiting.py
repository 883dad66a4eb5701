"""Visitors whose clock is moved, and who remember everything that was done to them."""

from loggia.broker.doors.classic.conversation import Conversation
from loggia.broker.doors.classic.effects import Close, Gone, LogLine, Send, Submit
from loggia.broker.doors.classic.framing import QUIET_S
from loggia.broker.doors.classic.text import Told
from loggia.shared.protocol.limits import Limits
from loggia.shared.protocol.requests import Message

from tests.broker.doors.classic.visits import answer

PEER = "192.0.2.7:4242"


LIMITS = Limits(text_bytes=100, array_requests=10)


LITTLE = 0.001


ACCEPTED = [f"Accepted connection request from: {PEER}.", f"{PEER} connection complete."]


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
        self._do(self.conversation.shown(Told(events), self.now))

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
