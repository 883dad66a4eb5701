"""Who may do what in a room, as the contract says it in plain words: each role, op and state of a room."""

import itertools
from typing import NamedTuple, get_args

from loggia.broker.core.rules import Insider, Rules, Settings
from loggia.shared.protocol.requests import (
    AnyRequest,
    Ban,
    CloseRoom,
    Configure,
    Create,
    Delete,
    Direct,
    Edit,
    End,
    History,
    Invite,
    Join,
    Kick,
    Leave,
    Members,
    Message,
    Mute,
    Pin,
    Ping,
    React,
    Read,
    ReopenRoom,
    Rooms,
    Search,
    SetRole,
    SetStatus,
    SetSubject,
    Typing,
    Unban,
    Unmute,
)
from loggia.shared.protocol.roles import Role, RoomKind

from tests.broker.core.decided import AT

LAB = "lab"
LATER, EARLIER = AT + 1000, AT - 1000


class Case(NamedTuple):
    """`role`: said of who asks, None: nothing is. `until` of a ban or a mute; False: there is none."""

    kind: RoomKind
    role: Role | None
    is_in: bool
    banned: int | bool | None
    muted: int | bool | None
    closed: bool
    announce: bool

    def rules(self, account: str) -> Rules:
        rules = Rules(Settings(created=True, kind=self.kind, closed=self.closed, announce=self.announce))
        if self.kind != "public" and self.is_in:
            rules.members[account] = Insider(account, account)
        if self.role is not None:
            rules.roles[account] = self.role
        if self.banned is not False:
            rules.bans[account] = self.banned
        if self.muted is not False:
            rules.mutes[account] = self.muted
        return rules


BARS = [False, None, LATER, EARLIER]
CASES = [
    Case(*case)
    for case in itertools.product(
        get_args(RoomKind), [None, *get_args(Role)], [True, False], BARS, BARS, [True, False], [True, False]
    )
]
MODERATORS = {Kick, Ban, Unban, Mute, Unmute, SetSubject, Pin}
OWNERS = {SetRole, Configure, CloseRoom, ReopenRoom}
CHANGES = {Edit, Delete, React}
READS = {History, Members, Ping, Join, Create, Direct, Read, Search}
FREE = {Rooms, SetStatus, End}


def wanted(op: type[AnyRequest], case: Case) -> str | None:
    """The contract in plain words, without the table."""
    if case.kind != "public" and not case.is_in:
        return "no_such_room"
    if op in FREE:
        return None
    if op is Leave:
        return None if case.is_in else "not_member"
    if case.banned is None or case.banned == LATER:
        return "banned"
    if op in READS:
        return None
    if not case.is_in:
        return "not_member"
    role = "member" if case.kind == "direct" else case.role or "member"
    if op in OWNERS:
        return None if role == "owner" else "not_allowed"
    if op in MODERATORS:
        return None if role in ("owner", "moderator") else "not_allowed"
    if op is Invite:
        may = role in ("owner", "moderator") or (role == "member" and not case.announce)
        return None if may and case.kind != "direct" else "not_allowed"
    if op is Delete:  # what one wrote oneself; of others, more is asked when that is found
        return None
    assert op in (Message, Edit, React, Typing)
    if role == "guest" or case.closed:
        return "not_allowed"
    if case.muted is None or case.muted == LATER:
        return "muted"
    if op is React:
        return None
    return "not_allowed" if case.announce and role == "member" else None


ASKS: dict[type[AnyRequest], AnyRequest] = {
    Invite: Invite(id="9", room=LAB, who="zoe"),
    Message: Message(id="9", room=LAB, text="hello"),
    Leave: Leave(id="9", room=LAB),
    Edit: Edit(id="9", room=LAB, seq=4, text="else"),
    Delete: Delete(id="9", room=LAB, seq=4),
    React: React(id="9", room=LAB, seq=4, emoji="+1"),
    Pin: Pin(id="9", room=LAB, seq=4),
    Kick: Kick(id="9", room=LAB, who="bob"),
    Ban: Ban(id="9", room=LAB, who="bob"),
    Unban: Unban(id="9", room=LAB, who="bob"),
    Mute: Mute(id="9", room=LAB, who="bob"),
    Unmute: Unmute(id="9", room=LAB, who="bob"),
    SetRole: SetRole(id="9", room=LAB, who="bob", role="guest"),
    SetSubject: SetSubject(id="9", room=LAB, subject="tea"),
    Configure: Configure(id="9", room=LAB, slow_s=5),
    CloseRoom: CloseRoom(id="9", room=LAB),
    ReopenRoom: ReopenRoom(id="9", room=LAB),
    Join: Join(id="9", room=LAB),
    Read: Read(id="9", room=LAB, seq=4),
    Typing: Typing(id="9", room=LAB),
    History: History(id="9", room=LAB),
    Members: Members(id="9", room=LAB),
    Search: Search(id="9", text="hello", room=LAB),
}
