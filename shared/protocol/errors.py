"""The few exceptions, by whose fault each is, and the stable codes of the wire. docs/protocol.md, "Errors".

LoggiaError
+-- Refused        the other side said no: `code`, `text`, `retry_after_ms`
+-- NotReachable   nobody answers at that address
+-- Closed         the program used something after it was closed
+-- WrongProcess   the program used a client in another process than the one that made it
+-- WrongSetting   the environment of the program names what cannot be; a ValueError as well
+-- LinkFailed     the connection's own thread ended by something that nobody foresaw, which is the cause
+-- StorageFull    the disk refused a write; nothing was stored
+-- StorageDamaged a part of what is on the disk is not what was written
+-- StorageBroken  what is on the disk cannot be used: damaged, locked, not writable
"""

from typing import Literal

Code = Literal[
    "bad_frame",
    "bad_request",
    "unknown_op",
    "too_large",
    "no_session",
    "bad_token",
    "bad_nick",
    "nick_taken",
    "bad_room",
    "no_such_room",
    "no_such_message",
    "not_member",
    "not_allowed",
    "muted",
    "banned",
    "room_taken",
    "no_such_account",
    "slow_down",
    "storage_full",
    "unavailable",
    "internal",
]
SHOWN_OUT: frozenset[Code] = frozenset({"banned", "not_member"})  # who is in a room is refused no page so


class LoggiaError(Exception):
    """Anything that Loggia raises on purpose."""


class Refused(LoggiaError):
    """A request that cannot be granted. `code` is for programs, `text` for people.

    `retry_after_ms`: in how many ms it may be repeated, None if nobody said.
    """

    def __init__(self, code: Code, text: str, retry_after_ms: int | None = None) -> None:
        super().__init__(f"{code}: {text}")
        self.code: Code = code
        self.text = text
        self.retry_after_ms = retry_after_ms


class NotReachable(LoggiaError):
    """Nobody answered in time. What was to be sent waits on this computer, and is sent by itself."""


class Closed(LoggiaError):
    """The client or the bot was used after it ended, or a bot before it ran."""


class WrongProcess(LoggiaError):
    """A client was used in another process than its own, where its thread does not run."""


class WrongSetting(LoggiaError, ValueError):
    """A variable of the environment cannot be taken; the text names it and says what it should be."""


class LinkFailed(LoggiaError):
    """The connection's own thread ended by a fault of Loggia; the traceback shows what was raised."""


class StorageFull(LoggiaError):
    """The disk took nothing of this write; reading goes on."""


class StorageDamaged(LoggiaError):
    """What was asked for is not what was written; what is sound can be read on."""


class StorageBroken(LoggiaError):
    """The data folder or the file in it cannot be used; the text says why and what to do."""
