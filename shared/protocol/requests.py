"""What a client may ask, as typed structs: a struct's tag is its `op`. docs/protocol.md, "Requests"."""

from typing import Annotated, Literal, get_args

import msgspec
from loggia.shared.protocol.limits import (
    DIRECT_PEOPLE,
    EMOJI_CHARS,
    ID_CHARS,
    LIST_PAGE,
    LOBBY,
    LONGEST_LIST_PAGE,
    NAME_CHARS,
    NOTE_CHARS,
    SEARCH_PAGE,
    SLOWEST_S,
    STATUS_CHARS,
    At,
    EndsAt,
    Seq,
)
from loggia.shared.protocol.roles import Role

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=ID_CHARS)]
Seconds = Annotated[float, msgspec.Meta(ge=0)]
Who = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARS)]  # a nick, or an account
Words = Annotated[str, msgspec.Meta(max_length=NOTE_CHARS)]  # of people for people
Emoji = Annotated[str, msgspec.Meta(min_length=1, max_length=EMOJI_CHARS)]
PageSize = Annotated[int, msgspec.Meta(ge=1, le=LONGEST_LIST_PAGE)]  # of a list of people or rooms


# -- Requests ----------------------------------------------------------------------------------


class Request(msgspec.Struct, tag_field="op", kw_only=True, omit_defaults=True, gc=False):
    """What a client asks. `id`: 1 to 64 characters that the client chooses."""

    id: Id


class Join(Request, tag="join"):
    """Open or resume a session, and enter `room`. `nick` may be left out once the account is known.

    `keep`: nobody else has the nick while the account is away, either, for as long as the broker keeps it.
    """

    nick: str | None = None
    room: str = LOBBY
    token: str | None = None
    bot: bool = False
    keep: bool = False
    after: Seq | None = None
    epoch: str | None = None


class Message(Request, tag="message", gc=False):
    """Say `text` in `room`; `id` is the idempotency key for ever. `thread`: the seq of the message that its
    thread began with."""

    room: str
    text: str
    reply_to: Seq | None = None
    thread: Seq | None = None


class History(Request, tag="history"):
    """A page of the log: the first `limit` events behind `after`; or the last ones before `before`; or about
    as many on both sides of `around`; or the first that are not of before `at` (Unix ms). None of these: the
    last ones. With `thread`, the seq of the message that one began with, only that one and those in it.
    """

    room: str
    after: Seq | None = None
    before: Seq | None = None
    around: Seq | None = None
    at: At | None = None
    thread: Seq | None = None
    limit: Annotated[int, msgspec.Meta(ge=1)] = 100


class Leave(Request, tag="leave"):
    room: str


class Create(Request, tag="create"):
    """Make a room, and enter it: who does is its owner. `id`, as in all below: as of a message.

    `private`: for its members only. The broker names it then, and `room` is its title.
    """

    room: str
    private: bool = False
    subject: Words = ""


class Direct(Request, tag="direct"):
    """The conversation of exactly these `people` and who asks, the same one every time."""

    people: Annotated[list[Who], msgspec.Meta(max_length=DIRECT_PEOPLE)]


class Invite(Request, tag="invite"):
    """Let somebody into `room`, at once."""

    room: str
    who: Who
    reason: Words = ""


class Kick(Request, tag="kick"):
    """Show somebody out of `room`, who may come back. `who`, here and below: a nick or an account."""

    room: str
    who: Who
    reason: Words = ""


class Ban(Request, tag="ban"):
    """Show somebody out of `room`, and let nobody of that account in. `until`: Unix ms; None: for ever."""

    room: str
    who: Who
    reason: Words = ""
    until: EndsAt | None = None


class Unban(Request, tag="unban"):
    room: str
    who: Who
    reason: Words = ""


class Mute(Request, tag="mute"):
    """Let somebody write nothing in `room`. `until`: as in Ban."""

    room: str
    who: Who
    reason: Words = ""
    until: EndsAt | None = None


class Unmute(Request, tag="unmute"):
    room: str
    who: Who
    reason: Words = ""


class SetRole(Request, tag="role"):
    """What somebody is in `room` from now on."""

    room: str
    who: Who
    role: Role


class SetSubject(Request, tag="subject"):
    """What `room` is about."""

    room: str
    subject: Words


class Configure(Request, tag="configure"):
    """How `room` is. What is None stays as it is.

    `slow_s`: so long a member waits between two messages; 0: not at all. `announce`: only moderators and
    owners write. `title`: what people call it.
    """

    room: str
    title: str | None = None
    slow_s: Annotated[int, msgspec.Meta(ge=0, le=SLOWEST_S)] | None = None
    announce: bool | None = None


class CloseRoom(Request, tag="close"):
    """Nobody writes in `room` any more; all may read."""

    room: str


class ReopenRoom(Request, tag="reopen"):
    room: str


class Edit(Request, tag="edit"):
    """Let message `seq` of `room`, which is one's own, say `text`. `id`, as in all below: as of a message."""

    room: str
    seq: Seq
    text: str


class Delete(Request, tag="delete"):
    """Take message `seq` of `room` away for good: nobody is given its text any more."""

    room: str
    seq: Seq
    reason: Words = ""


class React(Request, tag="react"):
    """Put a sign to message `seq` of `room`, or take one's own away (`on` false)."""

    room: str
    seq: Seq
    emoji: Emoji
    on: bool = True


class Pin(Request, tag="pin"):
    """Pin message `seq` to `room`, or take it off (`on` false)."""

    room: str
    seq: Seq
    on: bool = True


class SetStatus(Request, tag="status"):
    """What others read beside the account's nick, in one line; "": nothing. `id`: the last one's again is
    answered as it was."""

    text: Annotated[str, msgspec.Meta(max_length=STATUS_CHARS)] = ""


class Read(Request, tag="read"):
    """One has read `room` up to `seq`, on all one's connections. The mark only moves forward, and not behind
    the room's end; it is answered where it is now."""

    room: str
    seq: Seq


class Typing(Request, tag="typing"):
    """Tell the others in `room` that one is typing, or (`on` false) not any more. Not answered if granted."""

    room: str
    on: bool = True


class Rooms(Request, tag="rooms"):
    """A page of the rooms that one may see, by name: the first `limit` behind the room `after`."""

    after: str | None = None
    limit: PageSize = LIST_PAGE


class Members(Request, tag="members"):
    """A page of who is in `room` now, by account: the first `limit` behind the account `after`."""

    room: str
    after: str | None = None
    limit: PageSize = LIST_PAGE


class Search(Request, tag="search"):
    """What was said in rooms that one may read, the newest first: all words of `text`, or anything.

    `room`: only there. `who` (on the wire `from`): only what that nick or account said. `has`: only with a
    link, or a file. `since`, `until`: only of that time, both counted in, Unix ms. `cursor`: go on where the
    page that gave it ended. `limit`: so many hits at most.
    """

    text: str = ""
    room: str | None = None
    who: Annotated[str, msgspec.Meta(max_length=NAME_CHARS)] | None = msgspec.field(name="from", default=None)
    has: Literal["link", "file"] | None = None
    since: At | None = None
    until: At | None = None
    cursor: Annotated[str, msgspec.Meta(max_length=ID_CHARS * 4)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=SEARCH_PAGE)] = SEARCH_PAGE // 2


class Ping(Request, tag="ping"):
    """`cursors`: the end of the contiguous prefix the client holds, for each room.

    `next_s`: the next ping comes within this; who says so is missed sooner when it stays away.
    """

    cursors: dict[str, Seq] = {}
    next_s: Seconds | None = None


class End(Request, tag="!end"):
    """Goodbye: the session is over and its rooms see it leave."""


# Stored under the `id` of its sender: sent again, it is answered as it was.
Making = Create | Direct  # answered `joined`, as who asks is in the room then; the others `stored`
Moderation = (
    Invite | Kick | Ban | Unban | Mute | Unmute | SetRole | SetSubject | Configure | CloseRoom | ReopenRoom
)
MessageChange = Edit | Delete | React | Pin
RoomRequest = Making | Moderation | MessageChange
Idempotent = Message | Leave | RoomRequest
Errand = RoomRequest | SetStatus  # what a program asks for until it is answered
Inquiry = History | Rooms | Search  # what a program asks and nothing is stored of
IDEMPOTENT: tuple[type[Idempotent], ...] = get_args(Idempotent)
AnyRequest = Join | Idempotent | SetStatus | Read | Typing | History | Rooms | Members | Search | Ping | End
