"""Where a message that came in an envelope begins and ends, among the requests of its connection. Pure.

docs/protocol.md, "Frames". All answers to such a message go back together, in the same envelope.
"""

import msgspec

Envelope = tuple[bytes, ...]


class Opens(msgspec.Struct, frozen=True):
    """Goes through the pipeline in front of a message's requests, and comes back before their answers."""

    envelope: Envelope


class Closes(msgspec.Struct, frozen=True):
    """And this behind them: all of that message is answered."""


Mark = Opens | Closes
