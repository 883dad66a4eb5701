"""Who may do what in a room, by the table of ops: each role, op and state of a room."""

from typing import get_args

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
    Create,
    History,
    Idempotent,
    Invite,
    Join,
    Leave,
    Message,
    Read,
    Typing,
)
from loggia.shared.protocol.roles import RANKS, Role

from tests.broker.core.contract import (
    ASKS,
    CASES,
    CHANGES,
    FREE,
    LAB,
    LATER,
    MODERATORS,
    OWNERS,
    READS,
    Case,
    wanted,
)
from tests.broker.core.decided import AT, Decided

MADE = "%" + "k" * 28


def test_each_op_is_spoken_of() -> None:
    assert set(OPS) == MODERATORS | OWNERS | READS | FREE | CHANGES | {Leave, Message, Invite, Typing}


@pytest.mark.parametrize("op", OPS)
def test_each_role_in_each_state_may_what_the_contract_says(op: type[AnyRequest]) -> None:
    for case in CASES:
        room = Room(number=1, name=LAB, place=0, rules=case.rules("ann"))
        if case.is_in and case.kind == "public":  # of another one it is a member, here or not
            room.people["ann"] = Person(number=1, account="ann", token_hash=b"", nick="ann")
        assert denied(op, "ann", room, AT) == wanted(op, case), case


DECIDED = sorted((op for op in ASKS if OPS[op].stores and op is not Read), key=lambda op: op.__name__)


@given(op=st.sampled_from(DECIDED), case=st.sampled_from(CASES))
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
