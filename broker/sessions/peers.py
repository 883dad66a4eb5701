"""One connection, as the hub knows it: for whom it speaks, and what waits on it. Pure."""

from collections.abc import Sequence

import msgspec
from loggia.broker.sessions.marks import Mark
from loggia.broker.sessions.paging import Paging
from loggia.broker.sessions.quotas import Quota
from loggia.broker.sessions.sessions import Session
from loggia.shared.protocol.codec import Malformed
from loggia.shared.protocol.requests import AnyRequest

Requests = Sequence[AnyRequest | Malformed | Mark]  # of one peer, in order


class Peer(msgspec.Struct, kw_only=True):
    """One connection, of a client at `host`; `quota`: what it may ask for. `busy`: a join or an `!end` of it
    is not committed yet, and all else waits behind that.

    `bot`: it joined as one. It stays one as long as its session: whoever enters one more room need not say so
    again, and another connection of the same account may be a person's. `visitor`: it is gone with its
    connection, and has no session to resume. `may_be_silent_s`: None where nothing need be said. `silent`: it
    was for too long, so its session has no connection by it until it says something.
    """

    quota: Quota
    host: str = ""
    visitor: bool = False
    session: Session | None = None
    bot: bool = False
    busy: bool = False
    heard_at: float = 0.0  # loop time, s
    may_be_silent_s: float | None = None
    silent: bool = False
    paging: Paging = msgspec.field(default_factory=Paging)
