"""Ids that grow: ordered by time, unique per account for ever. Pure: the time is an argument.

An id is 12 hex digits of Unix milliseconds, 5 of a counter within them, and a tail that keeps two programs
of one account apart. They sort as text in the order in which they were made, also when the clock is set
back and after a restart, as long as the last one is handed in again. docs/protocol.md, "Requests".
"""

import base64
from collections.abc import Sequence

_COUNTER = 16**5  # ids within one millisecond before the next one is borrowed
_MOST_MS = 16**12 - 1
_DERIVED = "!"  # begins the ids that are made from what they answer
_DIGEST_CHARS = 24  # too many for two answers ever to share them
_ANSWERED_MS, _ANSWERED_SEQ = 16**11 - 1, 16**4
_AMONG_ALIKE_CHARS = 9  # of a digest, among events of one millisecond and one number


class Ids:
    """Makes ids. `tail`: a few random characters, chosen once per program start."""

    def __init__(self, tail: str, last: str = "") -> None:
        self._tail = tail
        self._last = -1
        self.advance(last)

    def advance(self, last: str) -> None:
        """Continue behind `last`, an id made by an earlier run; any other text is ignored."""
        try:
            self._last = max(self._last, int(last[:17], 16))
        except ValueError:
            return

    def new(self, wall_ms: int) -> str:
        """The next id; `wall_ms` is Unix time in ms, which may jump either way."""
        now = min(max(wall_ms, 0), _MOST_MS) * _COUNTER
        self._last = max(now, self._last + 1)
        return f"{self._last:017x}-{self._tail}"


def passing(new: str) -> str:
    """The id of a request that is no message: shorter, so less than the ids of all messages.

    An id greater than all before it needs no look-up at the broker, which compares lengths first; so what is
    no message must not be the greatest.
    """
    return new.replace("-", "", 1)


def derived(*parts: str) -> str:
    """The same id for the same parts, on every run: the answer to one event is stored once.

    As short as those of `passing`, for the same reason, and never one of them.
    """
    return _DERIVED + _digest(parts)[:_DIGEST_CHARS]


def answering(at: int, seq: int, *parts: str) -> str:
    """The id of the answer to one event, as long as those of `derived`, and the same on every run.

    It grows with what is answered, so that the broker need not look up whether it is known. `at` (Unix ms),
    `seq`: those of the log; `parts`: what else tells the event from all others.
    """
    when = min(max(at, 0), _ANSWERED_MS), seq % _ANSWERED_SEQ
    return f"{_DERIVED}{when[0]:011x}{when[1]:04x}{_digest((str(seq), *parts))[:_AMONG_ALIKE_CHARS]}"


def _digest(parts: Sequence[str]) -> str:
    import hashlib  # here: it loads OpenSSL, and a program that answers nothing needs no digest

    return base64.urlsafe_b64encode(hashlib.sha256("\0".join(parts).encode()).digest()).decode()


def set_free(message_id: str, epoch: str) -> str:
    """The id of a message that replied to an entry of the life `epoch`, which the log has lost.

    If the entry comes back its answer is made from the same parts again: it must find its id free.
    """
    return derived("gone", epoch, message_id) if message_id.startswith(_DERIVED) else message_id
