"""What the broker answers, as typed structs: a struct's tag is its `op`.

docs/protocol.md, "Requests", "Errors". Names of answers that share an `op` with an event end in `Answer`.
"""

from typing import Annotated

import msgspec
from loggia.shared.protocol.errors import Code, Refused
from loggia.shared.protocol.events import State
from loggia.shared.protocol.limits import PING_S, PROTOCOL_VERSION, At, Limits, Positive, Seq, WaitMs, Word
from loggia.shared.protocol.roles import Role, RoomKind

# -- Responses -----------------------------------------------------------------------------------


class Member(msgspec.Struct, kw_only=True, gc=False):
    """Somebody who is in a room now: `nick` as now called, `account` who that is, `bot` whether it is one.

    `presence`: away while the connection is lost, and `since` when, Unix ms; None: not away, or nobody knows.
    `status`: what that one says of himself. `role`: what that one is in the room.
    """

    nick: Word
    account: Word
    presence: State
    bot: bool = False
    role: Role = "member"
    status: Word = ""
    since: At | None = None


class RoomInfo(msgspec.Struct, kw_only=True, gc=False):
    """A room that who asks may see, by its name, `room`. `title`: what people call it; `subject`: what it is
    about; `kind`: who finds it. `members`: how many are in it now; `joined`: whether who asks is, and `role`
    what he is there. `head`, `first`: the newest and the oldest seq; `at`: of the newest, Unix ms.

    `read`: up to where who asks has read it (request `read`); if he is in it, `unread`: how many messages of
    others, which are not deleted, are behind that, and `mentions`: how many of those mean him.
    """

    room: Word
    head: Seq
    members: Seq
    joined: bool
    title: Word = ""
    kind: RoomKind = "public"
    role: Role = "guest"
    subject: Word = ""
    first: Seq = 1
    at: At = 0
    read: Seq = 0
    unread: Seq = 0
    mentions: Seq = 0


class ServerInfo(msgspec.Struct, kw_only=True):
    name: Word
    version: Word
    protocol: Positive = PROTOCOL_VERSION


class Answer(msgspec.Struct, tag_field="op"):
    """What the broker answers; `id` is the request's."""

    id: Word


class JoinedAnswer(Answer, tag="joined"):
    """`head`/`first`: newest and oldest seq of `room`; `rooms`: the heads of all rooms the account is in.

    `members`: the first page of who is there; `members_more`: there are more, for `members` to tell. `title`,
    `kind`, `role`, `subject`: as in RoomInfo.
    """

    room: Word
    nick: Word
    account: Word
    token: Word
    epoch: Word
    head: Seq
    first: Seq
    topic: Word
    pub: Word
    members: list[Member]
    limits: Limits
    server: ServerInfo
    rooms: dict[Word, Seq]
    ping_s: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = PING_S
    members_more: bool = False
    title: Word = ""
    kind: RoomKind = "public"
    role: Role = "member"
    subject: Word = ""


class Stored(Answer, tag="stored", gc=False):
    """On disk. `at`: Unix time in ms. `duplicate`: the id was stored before; this is its first answer. Of a
    status `room` is "" and `seq` 0: it is in no room's log."""

    room: Word
    seq: Seq
    at: At
    duplicate: bool = False


class HistoryAnswer(Answer, tag="history"):
    """`events` ascend; `more`: there is more of the room in the direction that was asked for. `first`: what
    is before it is gone."""

    room: Word
    epoch: Word
    head: Seq
    events: list[msgspec.Raw]
    more: bool
    first: Seq = 1


class RoomsAnswer(Answer, tag="rooms"):
    """`rooms` ascend by name, by code points; `more`: there are more behind the last one."""

    rooms: list[RoomInfo]
    more: bool = False


class MembersAnswer(Answer, tag="members"):
    """`members` ascend by account, by code points; `more`: there are more behind the last one."""

    room: Word
    members: list[Member]
    more: bool = False


class Hit(msgspec.Struct, kw_only=True, gc=False):
    """A message that was found, as it is now: `seq` of the log of `room`, said at `at` (Unix ms) by `nick`,
    who is `account`. `marks`: where what was sought stands in `text`, from which character up to which
    (without it), ascending."""

    room: Word
    seq: Seq
    at: At
    nick: Word
    account: Word
    text: str
    marks: list[tuple[Seq, Seq]] = []


class FoundAnswer(Answer, tag="found"):
    """`hits`, the newest first. `cursor`: for `search` to go on with; None where there is no more.

    `complete`: nothing that was said is still to be looked at by the index. `id`: of what was asked.
    """

    hits: list[Hit]
    cursor: Word | None = None
    complete: bool = True


class Pong(Answer, tag="pong"):
    """`heads`: only the rooms where the broker is ahead of the cursors that were sent."""

    heads: dict[Word, Seq]
    at: At


class Ended(Answer, tag="!end"):
    pass


class Unread(msgspec.Struct):
    """An answer to the request `id` that could not be read; `text` says why. Nobody sends it."""

    id: str
    text: str


class Error(msgspec.Struct, tag_field="op", tag="error", kw_only=True, gc=False):
    """`id` is null when the frame could not be read at all, or when the broker speaks unasked."""

    id: str | None
    code: Code
    text: str
    retry_after_ms: WaitMs | msgspec.UnsetType = msgspec.UNSET


QueryAnswer = HistoryAnswer | RoomsAnswer | MembersAnswer | FoundAnswer | Pong  # nothing is stored
AnyAnswer = JoinedAnswer | Stored | QueryAnswer | Ended | Error


def error(request_id: str | None, refused: Refused) -> Error:
    """The answer that says what `refused` says."""
    wait = msgspec.UNSET if refused.retry_after_ms is None else refused.retry_after_ms
    return Error(id=request_id, code=refused.code, text=refused.text, retry_after_ms=wait)


def retry_after(told: Error) -> int | None:
    """In how many ms an error says that the request may be repeated."""
    return None if told.retry_after_ms is msgspec.UNSET else told.retry_after_ms
