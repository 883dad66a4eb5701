"""The people's model: what the state has, in its order; changes of some cost these."""

import random

import pytest
from loggia.qtclient.models import people as people_model
from loggia.qtclient.models.people import PeopleModel
from loggia.qtclient.state import crowd as crowd_state
from loggia.qtclient.state.state import WindowState
from loggia.shared.client.updates import ConnectionStatus, People, PeopleChanged
from loggia.shared.protocol.answers import Member

from tests.qtclient.talk import entered


def member(number: int, nick: str = "", presence: str = "online") -> Member:
    return Member(nick=nick or f"n{number:05}", account=f"a-{number:05}", presence=presence)


def changed(*members: Member, gone: tuple[int, ...] = ()) -> PeopleChanged:
    return PeopleChanged(
        room="lobby", members=list(members), gone=[f"a-{number:05}" for number in gone], more=False
    )


def crowd(state: WindowState, *members: Member) -> None:
    state.apply([*entered(), People(room="lobby", members=list(members))], 0)


@pytest.fixture
def model(state: WindowState, qtmodeltester) -> PeopleModel:
    model = PeopleModel(state)
    qtmodeltester.check(model)
    return model


def rows(model: PeopleModel) -> list[Member]:
    return [row.member for row in model.rows]


@pytest.mark.parametrize("seed", range(5))
def test_whatever_changes_it_is_as_if_all_were_told_anew(state: WindowState, model: PeopleModel, seed: int):
    chance = random.Random(seed)
    here = {number: member(number) for number in range(8)}
    crowd(state, *here.values())
    for _ in range(200):
        who = {
            number: member(number, chance.choice("aAbBcC"), chance.choice(["online", "away"]))
            for number in chance.sample(range(12), chance.randrange(4))
        }
        gone = tuple({chance.randrange(12)} - who.keys())
        state.apply([changed(*who.values(), gone=gone)], 0)
        here = {number: found for number, found in (here | who).items() if number not in gone}
        if chance.random() < 0.05:
            state.apply([ConnectionStatus(connection=chance.choice(["connected", "offline"]))], 0)
        if chance.random() < 0.7:
            model.sync()
            expected = sorted(
                here.values(), key=lambda one: (one.presence != "online", one.nick.casefold(), one.account)
            )
            assert rows(model) == expected
            assert model.count == len(here)
            assert {row.known for row in model.rows} <= {state.connected}


def test_a_change_of_one_among_thousands_sorts_nobody_else(
    state: WindowState, model: PeopleModel, monkeypatch: pytest.MonkeyPatch
):
    crowd(state, *map(member, range(4000)))
    model.sync()
    ranked = []
    rank = crowd_state._rank
    monkeypatch.setattr(crowd_state, "_rank", lambda one: ranked.append(one.account) or rank(one))
    state.apply([changed(member(7, presence="away")), changed(member(5000)), changed(gone=(8,))], 0)
    model.sync()
    assert ranked == ["a-00007", "a-00007", "a-05000", "a-00008"]
    assert model.count == 4000


def test_what_is_as_it_was_is_not_looked_at_again(
    state: WindowState, model: PeopleModel, monkeypatch: pytest.MonkeyPatch
):
    crowd(state, *map(member, range(10)))
    model.sync()
    with monkeypatch.context() as patch:
        patch.setattr(people_model, "PersonRow", lambda *fields: pytest.fail("the rows were made again"))
        model.sync()
    state.apply([ConnectionStatus(connection="offline")], 0)
    model.sync()
    assert not any(row.online for row in model.rows)
