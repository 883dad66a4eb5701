"""What the rooms decide about, in its order: plain values, and the same as bytes. Pure.

All that decides the outcome stands in here: who asks for what, the time that the events get, what was drawn
by chance. What comes of it (`Result`) is apart. So each log that applies the same batches, one after the
other, becomes the same log. docs/decisions/0013.
"""

import msgspec
from loggia.shared.protocol.answers import Error, Stored
from loggia.shared.protocol.events import LeftReason
from loggia.shared.protocol.requests import End, Idempotent, Join, Read, SetStatus


class SessionExpired(msgspec.Struct, frozen=True, tag_field="op", tag="session_expired"):
    """A session is over without a request of its client."""

    reason: LeftReason
    id: str


class Revoked(msgspec.Struct, frozen=True, tag_field="op", tag="revoked"):
    """Who runs the broker takes an account from who has its token. `token_hash`: of none, in its place."""

    id: str
    token_hash: bytes


class Released(msgspec.Struct, frozen=True, tag_field="op", tag="released"):
    """Who runs the broker lets an account keep its nick no longer."""

    id: str


class Created(msgspec.Struct, frozen=True):
    """What came of `create` or `direct`: the room, and who asked for it is in it."""

    room: str


class Appointed(msgspec.Struct, frozen=True, tag_field="op", tag="appointed"):
    """Who runs the broker makes an account an owner of it."""

    id: str


Durable = Idempotent | SetStatus | Read | Join | End | SessionExpired | Revoked | Released | Appointed
Result = Stored | Created | Error | None  # None: granted; what there is to tell of it, the session knows


class Newcomer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who joins for the first time. `token_hash`: of the token that will prove the account.

    `visitor`: it came by the front door and cannot resume.
    """

    token_hash: bytes
    visitor: bool = False


class Command(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """One request. `at`: Unix ms. `drawn`: what stands for whom nobody knows yet, and `account` is drawn for;
    or how a room is called that would be made, where no client may name it.

    `bot`: it came by a connection that joined as a bot. `keep_ms`: of a join; for so long without a session
    accounts keep the nicks that they asked to keep.
    """

    account: str
    request: Durable
    at: int
    drawn: Newcomer | str | None = None
    bot: bool = False
    keep_ms: int = 0


class Ordered(msgspec.Struct, frozen=True, tag_field="format", tag=1, forbid_unknown_fields=True):
    """Commands that become durable together. `epoch`: the life of the log that they belong to.

    The format changes with whatever a reader must know to come to the same outcome.
    """

    epoch: str
    commands: list[Command]


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Ordered).decode
