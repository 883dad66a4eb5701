"""Who may do what in a room, by the table of ops: each role, op and state of a room."""

import itertools
from typing import NamedTuple, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loggia.broker.core.ops import OPS
from loggia.broker.core.permissions import audience, denied, is_last_owner, may_act_upon, role_of
from loggia.broker.core.refusals import why_not
from loggia.broker.core.rules import Insider, Rules, Settings
from loggia.broker.core.state import Person, Room
from loggia.shared.protocol.answers import Error
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
    Idempotent,
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
from loggia.shared.protocol.roles import RANKS, Role, RoomKind

from tests.broker.core.decided import AT, Decided

LAB = "lab"
MADE = "%" + "k" * 28
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


def test_each_op_is_spoken_of() -> None:
    assert set(OPS) == MODERATORS | OWNERS | READS | FREE | CHANGES | {Leave, Message, Invite, Typing}


@pytest.mark.parametrize("op", OPS)
def test_each_role_in_each_state_may_what_the_contract_says(op: type[AnyRequest]) -> None:
    for case in CASES:
        room = Room(number=1, name=LAB, place=0, rules=case.rules("ann"))
        if case.is_in and case.kind == "public":  # of another one it is a member, here or not
            room.people["ann"] = Person(number=1, account="ann", token_hash=b"", nick="ann")
        assert denied(op, "ann", room, AT) == wanted(op, case), case


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
}


@given(op=st.sampled_from(sorted(ASKS, key=lambda kind: kind.__name__)), case=st.sampled_from(CASES))
def test_what_is_forbidden_changes_nothing_and_tells_nobody(op: type[AnyRequest], case: Case) -> None:
    decided = Decided()
    decided.join("zoe")
    for who in ("olga", "bob", "ann"):
        decided.join(who, LAB)
    decided.say("ann", "0", LAB)
    if not case.is_in:
        decided("ann", Leave(id="1", room=LAB))
    decided.taken()
    room = decided.rooms.named(LAB)
    room.rules = case.rules("ann")
    room.rules.roles["olga"] = "owner"
    for who in ("olga", "bob") if case.kind != "public" else ():
        room.rules.members[who] = Insider(who, who)
    before = msgspec.json.encode(room.rules), sorted(room.people), room.head
    result = decided("ann", ASKS[op])
    batch = decided.taken()
    if code := wanted(op, case):
        assert isinstance(result, Error)
        assert result.code == code
        assert not batch
        assert not batch.rules
        assert (msgspec.json.encode(room.rules), sorted(room.people), room.head) == before
        until = case.banned if code == "banned" else case.muted
        is_told = code in ("banned", "muted") and until is not None
        assert (result.retry_after_ms is not msgspec.UNSET) == is_told
    else:
        assert not isinstance(result, Error), result
        assert isinstance(ASKS[op], Idempotent | Join)


@pytest.mark.parametrize("mine", get_args(Role))
@pytest.mark.parametrize("other", get_args(Role))
def test_nobody_acts_upon_a_higher_role(mine: Role, other: Role) -> None:
    room = Room(number=1, name=LAB, place=0, rules=Rules(roles={"ann": mine, "bob": other}))
    assert may_act_upon("ann", "bob", room) == (RANKS[mine] >= RANKS[other])


def everybody(account: str) -> bool:
    return True


def test_owners_of_the_broker_own_the_rooms_that_nobody_made() -> None:
    owners = {"ann": False}
    room = Room(number=1, name=LAB, place=0, owners=owners)
    assert role_of("ann", room) == "owner"
    assert is_last_owner("ann", room, everybody)
    room.rules = Rules(roles={"ann": "member"})
    assert role_of("ann", room) == "member"
    room.rules = Rules(Settings(created=True), roles={"bob": "owner"})
    assert role_of("ann", room) == "guest"
    assert is_last_owner("bob", room, everybody)
    owners["bob"] = False
    assert is_last_owner("bob", room, everybody)
    room.rules.settings.created = False
    assert not is_last_owner("bob", room, everybody)


@pytest.mark.parametrize("said", [None, *get_args(Role)])
@pytest.mark.parametrize("created", [True, False])
def test_whom_an_operator_named_owns_each_room_whatever_was_said(said: Role | None, created: bool) -> None:
    rules = Rules(Settings(created=created))
    if said is not None:
        rules.roles["ann"] = said
    room = Room(number=1, name=LAB, place=0, owners={"ann": True}, rules=rules)
    assert role_of("ann", room) == "owner"


def test_as_another_owner_counts_who_can_act() -> None:
    room = Room(number=1, name=LAB, place=0, rules=Rules(Settings(created=True)))
    room.rules.roles = {"ann": "owner", "bob": "owner", "cas": "moderator"}
    assert not is_last_owner("ann", room, everybody)
    assert is_last_owner("ann", room, lambda account: account != "bob")
    assert not is_last_owner("cas", room, everybody)
    room.rules.bans["bob"] = LATER
    assert not is_last_owner("ann", room, everybody), "a ban that ends"
    room.rules.bans["bob"] = None
    assert is_last_owner("ann", room, everybody)


def test_as_another_owner_of_a_private_room_counts_who_is_in_it() -> None:
    room = Room(number=1, name=MADE, place=0, rules=Rules(Settings(created=True, kind="private")))
    room.rules.roles = {"ann": "owner", "bob": "owner"}
    room.rules.members["ann"] = Insider("ann", "ann")
    assert is_last_owner("ann", room, everybody)
    room.owners = {"olga": True}
    assert is_last_owner("ann", room, everybody), "nobody can name one from outside"
    room.rules.members["bob"] = Insider("bob", "bob")
    assert not is_last_owner("ann", room, everybody)
    room.rules.settings.kind = "public"
    del room.rules.members["bob"]
    assert not is_last_owner("ann", room, everybody), "into a public one he comes by himself"


@given(case=st.sampled_from(CASES))
def test_who_hears_what_happens_in_a_room_may_read_it_and_nobody_else(case: Case) -> None:
    """But for who is banned from a public one, who may be whoever listens."""
    room = Room(number=1, name=LAB, place=0, rules=case.rules("ann"))
    if case.is_in:
        room.people["ann"] = Person(number=1, account="ann", token_hash=b"", nick="ann")
    hearers = audience(room)
    assert (hearers is None) == (case.kind == "public")
    for account in ("ann", "bob"):
        may_read = denied(History, account, room, AT) is None
        if hearers is not None:  # who is shown out with a ban is not in it any more
            assert (account in hearers) == (may_read or (account == "ann" and case.is_in))


ABOUT_A_ROOM = [op for op in OPS if "room" in op.__struct_fields__ and op is not Create]


@pytest.mark.parametrize("op", ABOUT_A_ROOM, ids=lambda op: op.__name__)
@given(case=st.sampled_from([case for case in CASES if case.kind != "public" and not case.is_in]))
def test_a_stranger_is_told_the_same_of_a_private_room_as_of_none(op: type[AnyRequest], case: Case) -> None:
    room = Room(number=1, name=MADE, place=0, rules=case.rules("ann"))
    for name in (MADE, MADE.upper(), MADE + "\ufe0f"):
        told, of_none = (why_not(op, "ann", there, AT, name) for there in (room, None))
        assert told is not None
        assert of_none is not None
        assert (told.code, told.text, told.retry_after_ms) == (of_none.code, of_none.text, None)
