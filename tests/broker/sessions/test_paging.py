"""How much of history and lists is given at once: docs/protocol.md, "Errors", `slow_down`."""

from loggia.broker.sessions.paging import HISTORY_PAUSE_MS
from loggia.broker.sessions.quotas import PAGED_BURST_S, PAGED_RATE
from loggia.shared.protocol.answers import Error, HistoryAnswer
from loggia.shared.protocol.limits import LOBBY, Limits
from loggia.shared.protocol.requests import History


def pages(answers):
    return [answer for answer in answers if isinstance(answer, HistoryAnswer)]


def test_those_at_one_address_are_given_so_much_history_a_second(open_house):
    """However many they are; those at another address are given theirs, and a moment later there is more."""
    house = open_house(rate=50.0, limits=Limits(text_bytes=200_000))
    house.join("ada", "ada")
    house.say("ada", "long", "x" * 200_000)
    most = int(PAGED_RATE * PAGED_BURST_S) // 200_000
    readers = [f"reader {number}" for number in range(most // 4)]
    token = house.told["ada"][0].token
    for key in readers:
        house.join(key, token=token)
    given, refusals = 0, []
    asked_for = [History(id=f"{one}", room=LOBBY, after=1, limit=1) for one in range(5)]
    for key in readers:
        answers = house.ask(key, *asked_for)
        given += len(pages(answers))
        refusals += [answer for answer in answers if isinstance(answer, Error)]
    assert most <= given <= most + 2
    assert {(refused.code, refused.retry_after_ms) for refused in refusals} == {
        ("slow_down", HISTORY_PAUSE_MS)
    }
    house.hosts["away"] = "192.0.2.99"
    house.join("away", token=token)
    assert len(pages(house.ask("away", *asked_for))) == 5
    house.passes(HISTORY_PAUSE_MS / 1000)
    assert pages(house.ask(readers[0], asked_for[0]))
