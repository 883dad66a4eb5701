"""What connections and addresses may ask of the broker: docs/protocol.md, "Errors", `slow_down`."""

import pytest
from loggia.broker.core.ops import cost_of
from loggia.broker.sessions import quotas
from loggia.broker.sessions.quotas import (
    ADDRESS_BURST_S,
    ADDRESS_RATE,
    ASKED_RATE,
    CUT_OFF,
    FORGET_AFTER,
    LITTLE_COST,
    MINUTE_S,
    NEW_S,
    STRANGERS_RATE,
    Bounds,
    Quotas,
)
from loggia.broker.sessions.rate_limit import SLOW_DOWN_S
from loggia.shared.protocol.answers import Error, HistoryAnswer, JoinedAnswer
from loggia.shared.protocol.codec import Malformed
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.limits import BURST_S, LOBBY
from loggia.shared.protocol.requests import History, Join, Leave, Members, Message, Ping, Rooms

from tests.broker.house import error_of

MOST = ASKED_RATE * BURST_S  # what a connection may ask for at once
JOIN_COST = cost_of(Join(id="1"))


def codes(answers):
    return [error_of(answer) for answer in answers]


def asked(kind, number):
    """As many of one kind of request."""
    fields = {"room": LOBBY} if kind in (History, Members, Leave) else {}
    return [kind(id=f"{one}", **fields) for one in range(number)]


# -- Of one connection -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [History, Members, Rooms, Ping])
def test_each_request_has_its_cost_and_over_the_share_comes_slow_down(open_house, kind):
    house = open_house(rate=50.0)
    house.join("ada", "ada")
    most = int(MOST / cost_of(asked(kind, 1)[0]))
    answers = []
    for _ in range(most // 500 + 1):
        answers += house.ask("ada", *asked(kind, 500))
    refused = [answer for answer in answers if isinstance(answer, Error) and "may ask for" in answer.text]
    assert most - 2 - JOIN_COST <= len(answers) - len(refused) <= most
    assert {answer.code for answer in refused} == {"slow_down"}
    assert min(answer.retry_after_ms for answer in refused) >= 1


def test_who_waits_as_told_is_answered(open_house):
    house = open_house(rate=50.0)
    house.join("ada", "ada")
    answers = [answer for _ in range(5) for answer in house.ask("ada", *asked(Rooms, 500))]
    house.passes(answers[-1].retry_after_ms / 1000)
    assert error_of(house.ask_one("ada", Rooms(id="again"))) is None


def test_what_cannot_be_read_costs_too(open_house):
    house = open_house(rate=50.0)
    wrong = Malformed(Error(id=None, code="bad_frame", text="no"))
    times = int(MOST / 500) + 1
    answers = [answer for _ in range(times) for answer in house.ask("ada", *[wrong] * 500)]
    assert codes(answers) == ["bad_frame"] * int(MOST) + ["slow_down"] * (times * 500 - int(MOST))


def test_other_connections_of_the_same_address_do_not_suffer(open_house):
    house = open_house(rate=50.0)
    house.join("ada", "ada")
    house.join("bob", "bob")
    for _ in range(6):
        house.ask("ada", *asked(Rooms, 500))
    assert error_of(house.ask_one("bob", Rooms(id="1"))) is None


def test_those_who_ask_for_much_at_one_address_share_what_it_has(open_house):
    house = open_house(rate=50.0)
    house.hosts = {"far": "192.0.2.9"}
    many = int(ADDRESS_RATE * ADDRESS_BURST_S / MOST)
    for number in range(many + 2):
        house.join(number, f"person {number}")
    house.join("ada", "ada")
    house.join("far", "far")
    a_page_each = asked(History, int(MOST / cost_of(asked(History, 1)[0])) - 1)
    refused = [codes(house.ask(number, *a_page_each)).count("slow_down") for number in range(many + 2)]
    assert not any(refused[:many])
    assert refused[-1] > len(a_page_each) / 2
    assert isinstance(house.ask_one("ada", History(id="1", room=LOBBY)), HistoryAnswer), "it asked for little"
    assert not any(codes(house.ask("far", *a_page_each)))
    house.passes(ADDRESS_BURST_S)
    assert isinstance(house.ask_one(many + 1, History(id="1", room=LOBBY)), HistoryAnswer)


def test_messages_are_counted_for_the_address_too(open_house, monkeypatch):
    """Of those who say much at once."""
    monkeypatch.setattr(quotas, "ADDRESS_RATE", 1000.0)
    house = open_house(rate=50.0)
    house.hosts = {"far": "192.0.2.9"}
    crowd = [*range(20), "far"]
    for name in crowd:
        house.join(name, f"nick {name}")
    house.passes(NEW_S)
    burst = [Message(id=f"{one}", room=LOBBY, text="x") for one in range(int(50 * BURST_S))]
    stored = [codes(house.ask(name, *burst)).count(None) for name in crowd]
    assert sum(stored[:-1]) == 1000 * ADDRESS_BURST_S + LITTLE_COST * 20
    assert stored[-1] == len(burst)


def test_who_goes_on_ten_times_over_is_cut_off_and_told_once(open_house):
    house = open_house(rate=50.0)
    house.join("ada", "ada")
    cut_off = []
    for _ in range(int((CUT_OFF + 2) * MOST / cost_of(asked(History, 1)[0]) / 500) + 1):
        house.arrive("ada", *asked(History, 500))
        while house.pipeline.waits():
            cut_off += house.turn().cut_off
    assert cut_off == ["ada"]


def test_who_is_granted_something_in_between_is_not_cut_off(open_house):
    house = open_house(rate=50.0)
    house.join("ada", "ada")
    for _ in range(int((CUT_OFF + 2) * MOST / cost_of(asked(History, 1)[0]) / 500) + 1):
        house.arrive("ada", *asked(History, 500))
        while house.pipeline.waits():
            assert house.turn().cut_off == []
        house.passes(BURST_S)


def test_messages_over_the_rate_of_the_account_are_counted_against_the_connection(open_house):
    house = open_house(rate=1.0)
    house.join("ada", "ada")
    for number in range(int(MOST / 500)):
        house.ask("ada", *(Message(id=f"{number}.{one}", room=LOBBY, text="x") for one in range(500)))
    assert error_of(house.ask_one("ada", Ping(id="1"))) == "slow_down"


@pytest.mark.parametrize(("times", "is_cut_off"), [(3, False), (20, True)])
def test_pauses_that_are_kept_do_not_excuse_what_is_asked_between_them(open_house, times, is_cut_off):
    """Whoever asks all the time is granted something each time that a pause is over."""
    house = open_house(rate=50.0)
    house.join("ada", "ada")
    tenth = int(times * ASKED_RATE / 10 / cost_of(Rooms(id="1")))
    granted = 0
    for number in range(300):
        house.arrive("ada", *(Rooms(id=f"{number}.{one}") for one in range(tenth)))
        cut = house.turn().cut_off
        while house.pipeline.waits() and not cut:
            cut = house.turn().cut_off
        if cut:
            break
        granted += not all(isinstance(answer, Error) for answer in house.told["ada"][-tenth:])
        house.passes(0.1)
    assert (bool(cut), granted > 10) == (is_cut_off, True)


@pytest.mark.parametrize("limit", [1001, 2**62])
def test_who_asks_for_more_than_a_page_holds_is_told_so_and_goes_on(open_house, limit):
    house = open_house(rate=50.0)
    house.join("ada", "ada")
    for number in range(5):
        refused = house.ask_one("ada", History(id=f"{number}", room=LOBBY, limit=limit))
        assert error_of(refused) == "bad_request"
    assert isinstance(house.ask_one("ada", History(id="page", room=LOBBY)), HistoryAnswer)
    assert not house.turn().cut_off


# -- Of one address ----------------------------------------------------------------------------


def test_strangers_of_one_address_share_what_they_may_ask_for(open_house):
    house = open_house(rate=50.0)
    house.hosts = {"far": "192.0.2.9"}
    most = STRANGERS_RATE * BURST_S / cost_of(asked(Rooms, 1)[0])
    for number in range(int(most / 300) + 1):
        house.ask(f"stranger {number}", *asked(Rooms, 300))
    assert error_of(house.ask_one("one more", Ping(id="1"))) == "slow_down"
    assert error_of(house.ask_one("far", Ping(id="1"))) == "no_session"


def test_new_accounts_of_one_address_are_bounded(open_house):
    house = open_house(rate=50.0, bounds=Bounds(accounts_per_minute=10))
    house.hosts = {"far": "192.0.2.9"}
    for number in range(10):
        house.join(number, f"person {number}")
    refused = house.refuses("late", Join(id="1", nick="late"), "slow_down")
    house.join("far", "far")
    house.passes(refused.retry_after_ms / 1000)
    house.join("late", "late")


def test_visitors_are_new_accounts_too(open_house):
    house = open_house(rate=50.0, bounds=Bounds(accounts_per_minute=3))
    for number in range(3):
        house.join(number, f"person {number}", door="front")
    house.refuses("late", Join(id="1", nick="late"), "slow_down", door="front")


def test_a_class_of_300_behind_one_address_comes_in_within_a_minute(open_house):
    house = open_house(rate=50.0)
    for number in range(300):
        key = f"desk {number}"
        assert (
            codes(house.ask(key, Join(id="1", nick=f"pupil {number}"), Join(id="2", room="maths")))
            == [None] * 2
        )
        house.passes(MINUTE_S / 300)


def test_rooms_that_are_entered_from_one_address_are_bounded(open_house):
    house = open_house(rate=50.0, bounds=Bounds(joins_per_minute=10))
    house.join("ada", "ada")
    for number in range(9):
        house.join("ada", room=f"room {number}")
    house.refuses("ada", Join(id="1", room="one more"), "slow_down")
    assert isinstance(house.ask_one("ada", Join(id="2", room="room 1")), JoinedAnswer), "it is in it already"


def test_to_leave_and_enter_again_in_one_frame_counts_each_time(open_house):
    house = open_house(rate=50.0, bounds=Bounds(joins_per_minute=10))
    house.join("ada", "ada")
    for number in range(20):
        house.ask("ada", Leave(id=f"l{number}", room=LOBBY), Join(id=f"j{number}", room=LOBBY))
    joined = [answer for answer in house.told["ada"] if isinstance(answer, JoinedAnswer)]
    assert len(joined) == 10


CROWD = 200
A_MINUTE = CROWD // 4  # what a crowd that came in slowly would be far over, if its return were counted


@pytest.mark.parametrize(
    "why", ["the broker restarts", "the connections break", "nobody knows that they broke"]
)
def test_all_who_were_in_come_back_at_once_and_read_on_and_it_costs_them_nothing(
    open_house, monkeypatch, why
):
    monkeypatch.setattr(quotas, "STRANGERS_RATE", A_MINUTE * JOIN_COST / BURST_S)
    monkeypatch.setattr(quotas, "ADDRESS_RATE", 1.0)
    house = open_house(rate=1.0, bounds=Bounds(accounts_per_minute=A_MINUTE, joins_per_minute=2 * A_MINUTE))
    tokens = []
    for number in range(CROWD):
        tokens.append(house.join(number, f"person {number}").token)
        house.join(number, room="maths")
        house.passes(MINUTE_S / A_MINUTE)
    if why == "the broker restarts":
        house.restart()
    elif why == "the connections break":
        house.lose(*range(CROWD))
    house.told.clear()
    for number, token in enumerate(tokens):
        house.arrive(("back", number), Join(id="1", token=token), Join(id="2", token=token, room="maths"))
    house.run()
    for number in range(CROWD):
        rooms = (LOBBY, "maths")
        house.arrive(("back", number), *(History(id=room, room=room, limit=100) for room in rooms))
    house.run()
    for number in range(CROWD):
        told = house.told["back", number]
        assert [type(answer) for answer in told] == [JoinedAnswer] * 2 + [HistoryAnswer] * 2, told
        assert (told[0].nick, len(told[2].events)) == (f"person {number}", 100)


def test_who_comes_back_too_late_comes_in_as_anybody_does(open_house):
    """So a crowd of tokens whose time is over is none that comes back."""
    house = open_house(rate=50.0, bounds=Bounds(accounts_per_minute=3, joins_per_minute=3))
    tokens = [house.join(number, f"person {number}").token for number in range(3)]
    house.lose(*range(3))
    house.passes(MINUTE_S)
    for number, token in enumerate(tokens):
        assert isinstance(house.ask_one(("back", number), Join(id="1", token=token)), JoinedAnswer)
    house.refuses("late", Join(id="1", nick="late"), "slow_down")


# -- Switched off, and bounded -----------------------------------------------------------------


def test_rate_0_switches_all_of_it_off(open_house):
    house = open_house(
        rate=0.0,
        bounds=Bounds(
            accounts_per_minute=1, joins_per_minute=1, rooms_per_account=1, connections_per_account=1
        ),
    )
    for number in range(10):
        house.join(number, f"person {number}")
        house.join(number, room="another")
    for number in range(20):
        house.join(0, f"name {number}")
    house.join("another", token=house.join("last", "last").token)
    assert set(codes(house.ask(0, *asked(Ping, 20_000)))) == {None}


@pytest.mark.parametrize(
    "name",
    [
        "accounts_per_minute",
        "joins_per_minute",
        "rooms_per_account",
        "connections_per_account",
        "renames_per_minute",
    ],
)
def test_each_can_be_switched_off_by_itself(open_house, name):
    house = open_house(rate=50.0, bounds=Bounds(**{name: 0}))
    for number in range(30):
        if name == "accounts_per_minute":
            house.join(number, f"person {number}")
        else:
            house.join(
                "ada", f"ada {number}" if name == "renames_per_minute" else "ada", room=f"room {number}"
            )


def test_of_addresses_only_so_many_are_remembered():
    quotas = Quotas(50.0, Bounds())
    for number in range(3 * FORGET_AFTER):
        quotas.enter(f"192.0.2.{number}", number * MINUTE_S, account=True)
    assert len(quotas._addresses) <= FORGET_AFTER


def test_an_address_that_has_spent_much_is_not_forgotten_for_others():
    quotas = Quotas(50.0, Bounds(accounts_per_minute=2))
    for number in range(FORGET_AFTER + 10):
        quotas.enter(f"192.0.2.{number}", 0.0, account=True)
        quotas.enter(f"192.0.2.{number}", 0.0, account=True)
    with pytest.raises(Refused) as refused:
        quotas.enter("192.0.2.0", 0.0, account=True)
    assert refused.value.retry_after_ms >= SLOW_DOWN_S * 1000
