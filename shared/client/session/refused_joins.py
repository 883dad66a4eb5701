"""What a refused join is about: this moment, who we are, or the room. Pure. docs/protocol.md, "Errors"."""

from typing import Literal

from loggia.shared.protocol.answers import Error, retry_after
from loggia.shared.protocol.errors import Code
from loggia.shared.protocol.limits import RESUME_S

AfterRefusal = Literal[
    "done", "later", "never"
]  # of a refused join: see to it, connect again later, or give up

SOON_MS = 2 * RESUME_S * 1000  # who keeps the nick for longer is somebody else
_PERSON_REFUSED: frozenset[Code] = frozenset({"bad_nick", "nick_taken", "bad_token"})  # whatever the room is
_LATER: frozenset[Code] = frozenset(
    {"slow_down", "unavailable", "storage_full", "internal", "no_session", "bad_frame"}
)


def is_for_now(error: Error) -> bool:
    """Whether the same join may be granted soon: also where a nick is taken by somebody whose session is over
    in a moment, if nobody comes back to it."""
    if error.code in _LATER:
        return True
    wait_ms = retry_after(error)
    return error.code == "nick_taken" and wait_ms is not None and wait_ms <= SOON_MS


def is_about_us(error: Error) -> bool:
    """Whether no other room would be entered either."""
    return error.code in _PERSON_REFUSED
