"""What somebody may not do in a room, asked of the whole broker: nothing changes, and nobody hears of it."""

import itertools
from typing import get_args

import msgspec
import pytest
from loggia.broker.core.rules import Insider
from loggia.shared.protocol.answers import Error, Stored
from loggia.shared.protocol.requests import Ban, Delete, Kick, Leave, Mute, SetRole, Unban, Unmute
from loggia.shared.protocol.roles import RANKS, Role, RoomKind

from tests.broker.core.contract import ASKS, CASES, LAB, Case, wanted
from tests.broker.core.decided import AT

UPON = {
    Kick: Kick(id="7", room=LAB, who="bob"),
    Ban: Ban(id="7", room=LAB, who="bob"),
    Unban: Unban(id="7", room=LAB, who="bob"),
    Mute: Mute(id="7", room=LAB, who="bob"),
    Unmute: Unmute(id="7", room=LAB, who="bob"),
    SetRole: SetRole(id="7", room=LAB, who="bob", role="guest"),
    Delete: Delete(id="7", room=LAB, seq=5),
}


@pytest.fixture
def lab(open_house):
    """Three are in a room, and ann and bob said something there; zoe is elsewhere. `accounts`: by name."""
    house = open_house()
    house.at = AT
    house.accounts = {name: house.join(name, name).account for name in ("zoe", "olga", "bob", "ann")}
    for name in ("olga", "bob", "ann"):
        house.join(name, room=LAB)
    assert [house.say(name, "1", room=LAB).seq for name in ("ann", "bob")] == [4, 5]
    return house


def rule(house, case):
    """The room is of this kind from now on, and in this state. `case.role`: that of ann."""
    room = house.pipeline.rooms.named(LAB)
    accounts, room.rules = house.accounts, case.rules(house.accounts["ann"])
    room.rules.roles[accounts["olga"]] = "owner"
    if case.kind != "public":
        for name in ("olga", "bob"):
            room.rules.members[accounts[name]] = Insider(accounts[name], name)
    return room


def look(house, room):
    """Whatever could have changed; how often the log was written to is part of it."""
    told = {key: len(answers) for key, answers in house.told.items() if key != "ann"}
    people = [[person.account, person.nick, sorted(person.rooms)] for person in house.pipeline.rooms.people()]
    rules, owners = msgspec.json.encode(room.rules), dict(room.owners)
    return rules, owners, sorted(room.people), room.head, people, told, house.log._db.total_changes()


def ask_in_vain(house, requests):
    """What each of these is answered, while nothing changes and nobody is told of any."""
    room = house.pipeline.rooms.named(LAB)
    house.published.clear()
    house.news.clear()
    before = look(house, room)
    numbered = [msgspec.structs.replace(request, id=f"n{n:02}") for n, request in enumerate(requests)]
    answers = house.ask("ann", *numbered)
    assert [answer.id for answer in answers] == [request.id for request in numbered], answers
    assert look(house, room) == before
    assert not house.published
    assert not house.news
    return answers


@pytest.mark.parametrize("is_in", [True, False])
@pytest.mark.parametrize("kind", get_args(RoomKind))
def test_what_the_table_forbids_changes_nothing_and_nobody_hears_of_it(lab, kind, is_in):
    if not is_in:
        lab.ask_one("ann", Leave(id="2", room=LAB))
    for case in CASES:
        if (case.kind, case.is_in) != (kind, is_in):
            continue
        codes = {op: code for op in ASKS if (code := wanted(op, case)) is not None}
        rule(lab, case)
        answers = ask_in_vain(lab, [ASKS[op] for op in codes])
        for (op, code), answer in zip(codes.items(), answers, strict=True):
            assert isinstance(answer, Error), (case, op, answer)
            assert answer.code == code, (case, op, answer)
            until = {"banned": case.banned, "muted": case.muted}.get(code)
            wait_ms = msgspec.UNSET if until is None else until - AT
            assert answer.retry_after_ms == wait_ms, (case, op, answer)


@pytest.mark.parametrize("kind", ["public", "private"])
@pytest.mark.parametrize("op", UPON)
def test_nobody_acts_upon_who_is_more(lab, op, kind):
    ann, bob = lab.accounts["ann"], lab.accounts["bob"]
    for mine, other in itertools.product(get_args(Role), [*get_args(Role), "named by an operator"]):
        least: Role = "owner" if op is SetRole else "moderator"
        is_more = RANKS.get(other, RANKS["owner"]) > RANKS[mine]
        if not is_more and RANKS[mine] >= RANKS[least]:
            continue
        room = rule(lab, Case(kind, mine, True, False, False, closed=False, announce=False))
        room.owners.clear()
        if other in RANKS:
            room.rules.roles[bob] = other
        else:
            room.owners[bob] = True
        (answer,) = ask_in_vain(lab, [UPON[op]])
        assert isinstance(answer, Error), (mine, other, answer)
        assert answer.code == "not_allowed", (mine, other, answer)
    room.owners.clear()
    room.rules.roles |= {ann: least, bob: least}
    assert isinstance(lab.ask_one("ann", UPON[op]), Stored), "upon who is as much"
