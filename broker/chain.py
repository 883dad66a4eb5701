"""The running hash over a room's events: what proves that a log is the one that was written. Pure.

The hash behind an event is SHA-256 of the hash behind the one before it and of the event as it stands in the
log, so it depends on every byte of the room up to there, and not on how the events lie in rows.
"""

from collections.abc import Iterable
from hashlib import sha256

EMPTY = bytes(32)  # behind nothing


def extend(chain: bytes, events: Iterable[bytes]) -> bytes:
    """The hash behind these events, which follow the one that `chain` is the hash behind."""
    for event in events:
        chain = sha256(chain + event).digest()
    return chain
