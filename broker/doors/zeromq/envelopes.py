"""What stands in front of a request, and therefore in front of its answers. Pure: parts in, parts out.

docs/protocol.md, "Frames". A REQ socket sends an empty part before its request, with REQ_CORRELATE a number
before that, and proxies on the way add the addresses they came through. All that is the envelope, and goes
back as it came. A REQ socket takes exactly one message for each of its own: so all answers to a message in an
envelope share one frame, whatever turns of the loop they are of, and one comes even if there is none.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from loggia.broker.sessions.marks import Closes, Envelope, Mark, Opens
from loggia.shared.protocol.answers import AnyAnswer, Error
from loggia.shared.protocol.codec import array, encode

HOPS = 8  # proxies between a client and the broker
ADDRESS_BYTES = 255  # the longest that libzmq lets a peer have
SHORT_BYTES = 5  # numbers and addresses that libzmq makes are not longer, and begin with any byte
REPLY_BYTES = 4 * 1024 * 1024  # what may be gathered for one message: as much as waits for a DEALER
SMALL_BYTES = 1024  # an answer up to this is never left out: what was stored is told
AGAIN_MS = 100

NONE: Envelope = ()


def split(parts: Sequence[bytes]) -> tuple[Envelope, Sequence[bytes]]:
    """The envelope of a message of several parts, and what it holds. What cannot be one is no envelope."""
    for number, part in enumerate(parts[: HOPS + 1]):
        if not part:
            end = number + 1
            return (tuple(parts[:end]), parts[end:]) if end < len(parts) else (NONE, parts)
        if len(part) > ADDRESS_BYTES or (len(part) > SHORT_BYTES and part.lstrip()[:1] in (b"{", b"[")):
            break  # that is a request, whose parts are in a wrong order
    return NONE, parts


class Replies:
    """One connection that has used an envelope. `plain`: how answers without one are put into frames."""

    def __init__(self, plain: Callable[[list[AnyAnswer]], list[bytes]]) -> None:
        self._plain = plain
        self._envelope = NONE
        self._gathered: list[bytes] | None = None  # for the message that is being answered, if it is in one
        self._bytes = 0

    def messages(self, items: Iterable[AnyAnswer | Mark]) -> Iterator[tuple[Envelope, bytes]]:
        """What is ready to be sent now that these came: a frame, and what goes in front of it."""
        plain: list[AnyAnswer] = []
        for item in items:
            if isinstance(item, Opens):
                yield from self._without(plain)
                plain = []
                self._envelope, self._gathered, self._bytes = item.envelope, [], 0
            elif isinstance(item, Closes):
                assert self._gathered is not None
                frame, self._gathered = array(self._gathered), None
                yield self._envelope, frame
            elif self._gathered is None:
                plain.append(item)
            else:
                self._gather(item)
        yield from self._without(plain)

    def last(self, notice: Error) -> tuple[Envelope, bytes]:
        """Something that nobody asked for, before the connection ends. It looks like the answer before it: to
        one who waits it is the answer, and a REQ socket that does not wait passes it over."""
        gathered, self._gathered = self._gathered or [], None
        return self._envelope, array([*gathered, encode(notice)])

    def _without(self, answers: list[AnyAnswer]) -> Iterator[tuple[Envelope, bytes]]:
        if answers:
            self._envelope = NONE
            for frame in self._plain(answers):
                yield NONE, frame

    def _gather(self, answer: AnyAnswer) -> None:
        assert self._gathered is not None
        body = encode(answer)
        if self._bytes + len(body) > REPLY_BYTES and len(body) > SMALL_BYTES:
            text = f"That is more than is sent in one frame; ask for this again in {AGAIN_MS} ms."
            body = encode(Error(id=answer.id, code="slow_down", text=text, retry_after_ms=AGAIN_MS))
        self._bytes += len(body)
        self._gathered.append(body)
