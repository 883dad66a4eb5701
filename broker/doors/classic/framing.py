"""How bytes become messages at the front door, and messages become sends. Pure: nothing runs here.

docs/protocol.md, "The front door", 4. `now` is loop time in seconds. A conversation
(broker/doors/classic/conversation.py) owns one `Incoming` and one `Outgoing` and asks both for the time at
which they want to be woken.
"""

import codecs
import enum
import functools
import re
from collections import deque
from collections.abc import Sequence

from loggia.broker.doors.classic.text import INDENT, could_mislead

QUIET_S = 0.020  # what arrived before this much quiet is one message (packet mode)
CUT_LETTER_S = 1.0  # how long the rest of a letter may take that was cut between two segments
APART_S = 0.010  # between two sends (packet mode): the client's recv would glue them
CROWD = 20  # messages that may wait for their turn, 0.2 s in all; when more wait they are joined
HURRY_BYTES = 128 * 1024  # more waits: better sends that the network joins than a reader who is cut off
PACKET_BYTES = 1024  # what one recv of the original client takes
END = b"!end"
_MANY_BLANK_LINES = re.compile(rb"\n(?:[ \t\r]*+\n){8,}+")  # a flood of them is not worth a message each


class Mode(enum.Enum):
    LINES = "lines"  # a terminal: a message ends with a line end, both ways
    PACKETS = "packets"  # the original client: a message is a recv, both ways


class Incoming:
    """Bytes in, whole messages out. A message is bytes without its line end; None stands for one that was
    longer than `most` bytes and is thrown away, up to its line end or the quiet.

    Attributes: `mode`, None until the first message came. Memory is bounded by `most` and one `feed`.
    """

    def __init__(self, most: int) -> None:
        self.mode: Mode | None = None
        self._most = most
        self._buffer = bytearray()
        self._discarding = False
        self._arrived = 0.0

    def feed(self, data: bytes, now: float) -> list[bytes | None]:
        self._arrived = now
        self._buffer += data
        messages: list[bytes | None] = []
        if b"\n" in data:
            self.mode = self.mode or Mode.LINES
            if self.mode is Mode.LINES:
                messages += self._lines()
        if self._discarding:
            self._buffer.clear()
        elif len(self._buffer) > self._most + len(b"\r\n"):
            self._discarding = True
            self._buffer.clear()
            messages.append(None)
        return messages

    def wake_at(self) -> float | None:
        """When the quiet is over that makes a message of what is here."""
        if self.mode is Mode.LINES or not (self._buffer or self._discarding):
            return None
        return self._arrived + (CUT_LETTER_S if self._ends_in_a_letter() else QUIET_S)

    def wake(self, now: float) -> list[bytes | None]:
        at = self.wake_at()
        return self.finish() if at is not None and at <= now else []

    def finish(self) -> list[bytes | None]:
        """What is here is all: the quiet is over, or nothing more comes."""
        message, discarded = bytes(self._buffer), self._discarding
        self._buffer.clear()
        self._discarding = False
        if discarded or not message:
            return []
        self.mode = self.mode or Mode.PACKETS
        return [message]

    def asked_again(self) -> None:
        """The nickname was refused: the next one may show that the client sends line ends after all."""
        if self.mode is Mode.PACKETS:
            self.mode = None

    @property
    def unfinished(self) -> bytes:
        """What came of a message that is not whole yet."""
        return bytes(self._buffer)

    def _lines(self) -> list[bytes | None]:
        *whole, rest = _MANY_BLANK_LINES.sub(b"\n", self._buffer).split(b"\n")
        self._buffer[:] = rest
        if self._discarding:
            self._discarding = False
            del whole[0]
        return [line.removesuffix(b"\r") for line in whole]

    def _ends_in_a_letter(self) -> bool:
        """The last bytes begin a letter whose other bytes are not here yet."""
        tail = bytes(self._buffer[-3:])
        for start, byte in enumerate(tail):
            if byte >= 0xC2:  # the first byte of a letter of several bytes
                try:
                    return codecs.utf_8_decode(tail[start:], "strict", False)[1] < len(tail) - start
                except UnicodeDecodeError:
                    continue
        return False


class Outgoing:
    """Messages in, sends out. `waiting_bytes`: what was put and not taken yet."""

    def __init__(self) -> None:
        self.waiting_bytes = 0
        self._waiting: deque[bytes] = deque()
        self._last_send = float("-inf")

    def put(self, messages: Sequence[bytes]) -> None:
        """Messages, each without a line end."""
        self._waiting.extend(messages)
        self.waiting_bytes += sum(map(len, messages)) + len(messages)

    def take(self, mode: Mode | None, now: float) -> bytes | None:
        """The next send, if there is one now."""
        if not self._waiting:
            return None
        if mode is not Mode.LINES and now < self._last_send + APART_S and self.waiting_bytes <= HURRY_BYTES:
            return None
        self._last_send = now
        return self.rest(mode) if mode is Mode.LINES else self._packet()

    def rest(self, mode: Mode | None) -> bytes:
        """All that waits as one send: nothing may wait any more."""
        data = b"\n".join(self._waiting)
        self.drop()
        return data + b"\n" if mode is Mode.LINES and data else data

    def drop(self) -> None:
        """Nobody is there any more to read it."""
        self._waiting.clear()
        self.waiting_bytes = 0

    def went_out(self, now: float) -> None:
        """The last send has left only now: it may have had to wait for the network."""
        self._last_send = now

    def wake_at(self, mode: Mode | None) -> float | None:
        return self.quiet_at(APART_S) if self._waiting and mode is not Mode.LINES else None

    def quiet_at(self, quiet_s: float) -> float:
        """When nothing will have gone out for `quiet_s`, if nothing goes out until then."""
        return self._last_send + quiet_s

    def _next(self) -> bytes:
        message = self._waiting.popleft()
        self.waiting_bytes -= len(message) + 1
        return message

    def _packet(self) -> bytes:
        """One message; of a crowd, as many as one recv takes, joined by line ends."""
        is_crowd = len(self._waiting) > CROWD
        packet = self._next()
        if len(packet) > PACKET_BYTES:
            packet, *pieces = _recv_safe(packet)
            self._waiting.extendleft(reversed(pieces))
            self.waiting_bytes += sum(len(piece) + 1 for piece in pieces)
        crowd, size = [packet], len(packet)
        while is_crowd and self._waiting and size + 1 + len(self._waiting[0]) <= PACKET_BYTES:
            crowd.append(self._next())
            size += 1 + len(crowd[-1])
        return b"\n".join(crowd)


@functools.lru_cache(16)  # the same ones go to many
def _recv_safe(message: bytes) -> Sequence[bytes]:
    """One send, unless what recv(1024) after recv(1024) takes would cut a letter in two (the original client
    dies of that), be `!end`, or pass for somebody else's line: then several sends."""
    cuts = range(PACKET_BYTES, len(message), PACKET_BYTES)
    misleads = could_mislead(message[PACKET_BYTES:])
    if not (misleads or any(_inside_letter(message, cut) for cut in cuts)):
        return [message]
    further = INDENT.encode() if misleads else b""
    pieces = []
    while len(message) > PACKET_BYTES:
        cut = PACKET_BYTES
        while _inside_letter(message, cut):
            cut -= 1
        pieces.append(message[:cut])
        message = further + message[cut:]
    return [*pieces, message]


def _inside_letter(message: bytes, at: int) -> bool:
    return message[at] & 0xC0 == 0x80
