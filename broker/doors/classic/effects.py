"""What a visitor's conversation wants done: effects, performed in order. Pure: nothing runs here.

A conversation (broker/doors/classic/conversation.py) gives them, the front door
(broker/doors/classic/door.py) performs them.
"""

from collections.abc import Sequence

import msgspec
from loggia.shared.protocol.requests import AnyRequest


class Send(msgspec.Struct, frozen=True):
    """One send of these bytes."""

    data: bytes


class Submit(msgspec.Struct, frozen=True):
    """Requests for the hub; their answers come back through `answered`, in order."""

    requests: Sequence[AnyRequest]


class LogLine(msgspec.Struct, frozen=True):
    """A line of the terminal log, for operators; never what people say."""

    text: str


class Close(msgspec.Struct, frozen=True):
    """Close the socket, then log `then`. `gently`: what was sent still reaches the client."""

    then: str
    gently: bool


class Gone(msgspec.Struct, frozen=True):
    """The hub, which heard of this connection, must hear that it is over."""


Effect = Send | Submit | LogLine | Close | Gone
