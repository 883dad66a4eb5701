"""The hues of people in a room: far apart as long as they are few, and theirs as long as they are here."""

import random
from itertools import combinations

from loggia.qtclient.state.hues import HUES, MINE, MOST_APART, MOST_KEPT, Hues, natural
from loggia.qtclient.state.state import WindowState
from loggia.shared.client.updates import PeopleChanged

from tests.qtclient.state.seen import take
from tests.qtclient.talk import entered, people


def between(one: int, other: int) -> int:
    return min((one - other) % 360, (other - one) % 360)


def same_hue(count: int) -> list[str]:
    """Accounts whose own hue is one and the same."""
    wanted = natural("somebody")
    found = (f"account {number}" for number in range(10_000))
    return [account for account in found if natural(account) == wanted][:count]


def test_who_is_alone_has_the_same_hue_every_day():
    for account in (f"account {number}" for number in range(100)):
        first, second = Hues(), Hues()
        assert first.of(account) == natural(account)
        for hues in (first, second):
            hues.came(account)
        assert first.of(account) == second.of(account)
        assert between(first.of(account), natural(account)) <= 60
        assert first.changes == (first.of(account) != natural(account))


def test_a_few_are_told_apart_whoever_they_are():
    for seed in range(50):
        chance = random.Random(seed)
        hues = Hues()
        accounts = [f"{chance.random()}" for _ in range(5)]
        hues.here(accounts)
        mine = MINE * 30 + 15
        for one, other in combinations([mine, *map(hues.of, accounts)], 2):
            assert between(one, other) >= 60


def test_with_eleven_each_has_another_and_then_none_is_used_much_more_than_others():
    hues = Hues()
    accounts = [f"account {number}" for number in range(HUES - 1)]
    hues.here(accounts)
    assert len({hues.of(account) for account in accounts}) == HUES - 1
    more = [f"more {number}" for number in range(2 * HUES)]
    for account in more:
        hues.came(account)
    given = [hues.of(account) for account in [*accounts, *more]]
    assert {given.count(hue) for hue in given} <= {2, 3}


def test_who_is_here_keeps_his_whoever_comes_and_goes():
    chance = random.Random(1)
    hues = Hues()
    here: dict[str, int] = {}
    for number in range(400):
        if here and chance.random() < 0.5:
            gone = chance.choice(list(here))
            hues.left(gone)
            del here[gone]
        else:
            hues.came(f"account {number}")
            here[f"account {number}"] = hues.of(f"account {number}")
        hues.here(here)
        assert {account: hues.of(account) for account in here} == here


def test_who_comes_back_has_his_again_if_nobody_took_it():
    one, other = same_hue(2)
    hues = Hues()
    hues.here([one, other])
    second = max((one, other))
    before = hues.of(second)
    hues.left(second)
    assert hues.of(second) == before, "his messages are still here"
    hues.came(second)
    assert hues.of(second) == before


def test_in_a_crowd_each_has_his_own_and_what_is_kept_is_bounded():
    hues = Hues()
    crowd = [f"account {number}" for number in range(MOST_APART + 50)]
    hues.here(crowd)
    late = sorted(crowd)[MOST_APART:]
    assert [hues.of(account) for account in late] == [natural(account) for account in late]
    for number in range(MOST_KEPT + 10):
        hues.came(f"visitor {number}")
        hues.left(f"visitor {number}")
    assert len(hues._numbers) <= MOST_KEPT + 1


def test_a_room_gives_its_people_their_hues_but_me(state: WindowState):
    nicks = ["max", "eva"]
    take(state, *entered(), people("ada", "bob", "zoe", "kim"))
    hues = state.rooms["lobby"].hues
    given = {nick: hues.of(f"a-{nick}") for nick in ("bob", "zoe", "kim")}
    assert min(between(one, other) for one, other in combinations(given.values(), 2)) >= 60
    assert "a-ada" not in hues._here
    take(state, PeopleChanged(room="lobby", members=people(*nicks).members, gone=["a-bob"], more=False))
    assert {nick: hues.of(f"a-{nick}") for nick in ("zoe", "kim")} == {n: given[n] for n in ("zoe", "kim")}
    assert hues.of(f"a-{nicks[0]}") != hues.of(f"a-{nicks[1]}")
    assert "a-bob" not in hues._here
