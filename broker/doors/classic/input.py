"""What a visitor said and nobody has dealt with yet, as text. Pure: nothing runs here.

docs/protocol.md, "The front door", 4, and "Limits". Owned by a conversation
(broker/doors/classic/conversation.py).
"""

import itertools

from loggia.broker.doors.classic.backlog import Backlog, Heard
from loggia.broker.doors.classic.framing import END, Incoming, Mode
from loggia.broker.doors.classic.share import ASKED_COST, READ_COST, REFUSED_COST, Share
from loggia.broker.doors.classic.strangers import Opening
from loggia.shared.protocol import names
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.limits import Limits

QUEUE_BYTES = 16 * 1024  # heard and not dealt with: more is left to the network to keep
GONE_MESSAGES = 50  # of one who is gone are still heard, what may be said in a second by default
TELNET_IAC = b"\xff"  # begins every telnet command, and is no UTF-8
LAST_WORDS = (END, b"!close")
_NO_UTF8 = "The nickname is not text in UTF-8; set your terminal to UTF-8, or use the letters a to z."


class Hearing:
    """`share`: of the broker's time, which hearing somebody out takes.

    Attributes: `listens`, until the conversation ends in whatever way.
    """

    def __init__(self, limits: Limits, share: Share) -> None:
        self.listens = True
        self._share: Share | None = share
        self._rests_until: float | None = None
        self._limits = limits
        self._incoming = Incoming(limits.text_bytes)
        self._waiting = Backlog()
        self._opening: Opening | None = Opening()  # until there is a nickname to ask the hub for

    def __len__(self) -> int:
        """Messages that wait for `next_text`."""
        return len(self._waiting)

    @property
    def mode(self) -> Mode | None:
        return self._incoming.mode

    @property
    def is_full(self) -> bool:
        """No more is wanted now: enough waits, or enough time was taken."""
        return (
            self._rests_until is not None
            or self._waiting.size >= QUEUE_BYTES
            or len(self._waiting) >= self._limits.array_requests
        )

    def feed(self, data: bytes, now: float) -> None:
        if self.listens:
            self._spend(READ_COST + len(data), now)
            if self._opening is not None:
                data = self._opening.feed(data, now)
            self._keep(self._incoming.feed(data, now))

    def wake(self, now: float) -> None:
        if self._rests_until is not None and self._rests_until <= now:
            self._spend(0, now)
        if self.listens:
            if self._opening is not None:
                self._opening.wake(now)
            self._keep(self._incoming.wake(now))

    def wake_at(self) -> float | None:
        times = [self._rests_until if self.listens or self._waiting else None]
        if self.listens:
            times += [self._incoming.wake_at(), self._decides_at()]
        return min((at for at in times if at is not None), default=None)

    def asked_again(self) -> None:
        self._incoming.asked_again()
        self._opening = Opening()

    @property
    def is_undecided(self) -> bool:
        """What waits could be the first piece of what a program says: it is not taken yet."""
        return self._decides_at() is not None

    @property
    def stranger(self) -> str | None:
        """The protocol that is spoken instead of a nickname; None: it may be a person's words."""
        return self._opening.kind if self._opening is not None and self._waiting else None

    @property
    def leaves_next(self) -> bool:
        """The next message is the last one."""
        return next(iter(self._waiting), b"") in LAST_WORDS

    @property
    def goes_on(self) -> bool:
        """More came behind the last message, and it is not `!end`: who said it did not wait for an answer."""
        waiting = itertools.chain(self._waiting, [self._incoming.unfinished])
        said = next((message for message in waiting if message is None or message.strip()), END)
        return said != END

    def end(self, *, whole: bool) -> None:
        """Nothing more comes. `whole`: what is here without its line end, or the quiet, is a message too."""
        if self.listens and whole:
            self._keep(self._incoming.finish())
        self.listens = False

    def hurry(self, besides: int) -> int:
        """Nobody is there any more to be answered: what waits costs little, and may not wait for long. Only
        a few are kept, with as many `besides` as are on their way; gives how many are not."""
        self._share = None
        self._rests_until = None
        return self._waiting.keep(max(0, GONE_MESSAGES - besides))

    def takes(self, now: float) -> None:
        """The last message was no chat: what is told of it takes the broker's time, too."""
        self._spend(ASKED_COST, now)

    def skip(self) -> int:
        """Pass over what waits, up to the word that ends it; gives how many messages that were."""
        skipped = 0
        while self._waiting and not self.leaves_next:
            skipped += bool((self._waiting.take() or b"-").strip())
        return skipped

    def stop(self) -> None:
        """Nothing else is wanted, not even what waits."""
        self.listens = False
        self._waiting.clear()

    def next_text(self, now: float) -> str | None:
        """The next message that is not empty, or None; raises Refused when it cannot be taken."""
        while self._waiting and self._rests_until is None:
            raw = self._waiting.take()
            try:
                text = _text(raw, self._limits, is_nick=self._opening is not None)
            except Refused:
                self._spend(REFUSED_COST, now)
                raise
            if text:
                self._opening = None
                return text
        return None

    def _spend(self, cost: int, now: float) -> None:
        if self._share is not None:
            self._share.spend(cost, now)
            self._rests_until = self._share.rests_until(now)

    def _decides_at(self) -> float | None:
        return self._opening.decides_at if self._opening is not None and self.listens else None

    def _keep(self, messages: list[Heard]) -> None:
        self._waiting.put(messages, are_lines=self.mode is Mode.LINES)


def _text(raw: Heard, limits: Limits, *, is_nick: bool) -> str:
    """A message as text, "" for one of nothing; raises Refused. In chat, what is no UTF-8 is replaced."""
    if raw is None:
        most = limits.text_bytes
        raise Refused("too_large", f"The line is longer than {most} bytes and was dropped; send it in parts.")
    if TELNET_IAC in raw:
        raise Refused("bad_request", "The text holds telnet control bytes; send plain text in UTF-8.")
    try:
        text = raw.decode("utf-8", "strict" if is_nick else "replace")
    except UnicodeDecodeError:
        raise Refused("bad_nick", _NO_UTF8) from None
    text = text.replace("\r\n", "\n").strip("\r\n")
    if not text or text.isspace():
        return ""
    names.text(text, limits)
    return text
