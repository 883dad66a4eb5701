"""What one may do about others: what is not shown is what the broker would refuse."""

from typing import get_args

import pytest
from loggia.broker.core.ops import OPS
from loggia.qtclient.state.rights import ACTS, ROLE_WORDS, acts, given, roles
from loggia.shared.protocol.requests import Ban, Kick, Mute, SetRole, Unmute
from loggia.shared.protocol.roles import RANKS, Role

MODERATING = ["mute", "unmute", "kick", "ban"]
ROLES = get_args(Role)


@pytest.mark.parametrize(
    ("mine", "theirs", "may"),
    [
        (mine, theirs, RANKS[mine] >= RANKS["moderator"] and RANKS[theirs] <= RANKS[mine])
        for mine in ROLES
        for theirs in ROLES
    ],
)
def test_moderators_and_owners_act_upon_who_is_not_more_than_they(mine: Role, theirs: Role, may: bool):
    found = [act.id for act in acts(mine, theirs, "public", me=False)]
    assert found == (MODERATING if may else [])
    others = [role for role in ("owner", "moderator", "member", "guest") if role != theirs]
    assert roles(mine, theirs, "private", me=False) == (others if mine == "owner" else [])


def test_nobody_acts_upon_himself_in_a_conversation_or_as_nobody_knows_what():
    for mine, kind, me in (("owner", "public", True), ("owner", "direct", False), (None, "public", False)):
        assert acts(mine, "member", kind, me=me) == []
        assert roles(mine, "member", kind, me=me) == []


@pytest.mark.parametrize(("quiet", "moot"), [(True, "mute"), (False, "unmute"), (None, "")])
def test_what_is_so_already_is_not_offered(quiet: bool | None, moot: str):
    found = [act.id for act in acts("owner", "member", "public", me=False, quiet=quiet)]
    assert found == [id for id in MODERATING if id != moot]


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.id)
def test_each_act_needs_what_the_broker_wants_for_it(act):
    request = act.made("lab", "a-zoe", "spam", 99)
    assert act.least == OPS[type(request)].role
    assert OPS[SetRole].role == "owner"


def test_each_act_is_the_request_that_it_says():
    made = {act.id: act.made("lab", "a-zoe", "spam", 99) for act in ACTS}
    assert made == {
        "mute": Mute(id="-", room="lab", who="a-zoe", reason="spam", until=99),
        "unmute": Unmute(id="-", room="lab", who="a-zoe", reason="spam"),
        "kick": Kick(id="-", room="lab", who="a-zoe", reason="spam"),
        "ban": Ban(id="-", room="lab", who="a-zoe", reason="spam", until=99),
    }
    assert given("lab", "a-zoe", "guest") == SetRole(id="-", room="lab", who="a-zoe", role="guest")
    assert set(ROLE_WORDS) == set(ROLES)


def test_what_does_harm_asks_first():
    assert {act.id for act in ACTS if act.asks} == {"mute", "kick", "ban"}
