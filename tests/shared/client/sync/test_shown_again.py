"""A program may ask again for what it was shown: it comes from the copy, at any place of it."""

from loggia.shared.client import commands, updates
from loggia.shared.client.sync.backfill import FIRST_PAGE, LONG_ABSENCE

from tests.shared.client.fake import FakeBroker
from tests.shared.client.sync.test_sync import complete, joined, lose, say
from tests.shared.client.wired import Client


def test_a_program_that_let_go_of_what_it_was_shown_reads_it_again_from_the_copy() -> None:
    broker = FakeBroker()
    for number in range(250):
        broker.say("lobby", f"old {number}")
    client = Client(broker)
    client.step()
    broker.say("lobby", "new")
    client.step()

    def page(limit: int, before: int) -> list[int]:
        client.post(commands.LoadOlder(room="lobby", limit=limit, before=before))
        client.step()
        return [event.seq for event in client.updates(updates.Older)[-1].events]

    assert page(10, commands.NEWEST) == list(range(243, 253))
    assert page(10, 0) == list(range(233, 243)), "it goes on from there"
    assert page(20, 180) == list(range(160, 180))
    asked = len(client.broker.requests)
    assert page(50, 160) == list(range(152, 160)), "as far as the copy goes without a gap"
    assert len(client.broker.requests) == asked
    assert page(50, 100) == list(range(102, 152)), "and then the broker is asked"
    assert page(5, 200) == list(range(195, 200))
    client.post(commands.LoadOlder(room="lobby", limit=200, before=102))
    client.step()
    assert not client.updates(updates.Older)[-1].more


def test_the_newest_page_is_shown_whoever_waits_for_older_ones_meanwhile() -> None:
    client = joined(before=150)
    lose(client)
    client.post(commands.LoadOlder(room="lobby", limit=20, before=complete(client)[0], id="mine"))
    say(client, *(f"{number}" for number in range(LONG_ABSENCE + 1)))
    client._heard = len(client.broker.published)
    head = client.broker.published[-1]["seq"]
    client.wait(1.0)
    client.step()
    told = {one.id: [event.seq for event in one.events] for one in client.updates(updates.Older)}
    assert told[""] == list(range(head - FIRST_PAGE + 1, head + 1))
    assert told["mine"] == list(range(head - FIRST_PAGE - 19, head - FIRST_PAGE + 1))


def older(client: Client) -> dict[str, list[int]]:
    """What was told last of older ones, by the id of who asked."""
    return {one.id: [event.seq for event in one.events] for one in client.updates(updates.Older)}


def ask(client: Client, before: int, id: str = "", limit: int = 20) -> None:
    client.post(commands.LoadOlder(room="lobby", limit=limit, before=before, id=id))


def test_each_of_those_who_wait_gets_what_is_before_its_own_place() -> None:
    client = joined(before=500)
    client.step()
    first = complete(client)[0]
    ask(client, first, "pins")  # the broker is asked, and before it answers
    ask(client, first + 50)  # the room looks at another place
    ask(client, first + 30, "day")
    client.step()
    assert older(client) == {
        "pins": list(range(first - 20, first)),
        "": list(range(first + 30, first + 50)),
        "day": list(range(first + 10, first + 30)),
    }
    ask(client, 0)
    client.step()
    assert older(client)[""] == list(range(first + 10, first + 30)), "the room goes on from where it was"


def test_who_has_a_place_of_its_own_leaves_the_others_theirs_also_when_it_gives_up() -> None:
    client = joined(before=500)
    client.step()
    first = complete(client)[0]
    ask(client, first, "pins")
    ask(client, first + 50, "day")
    client.post(commands.DropOlder(room="lobby", id="pins"))
    client.step()
    assert "pins" not in older(client)
    day = older(client)["day"]
    assert day == list(range(day[0], first + 50))
    client.post(commands.DropOlder(room="lobby", id="day"))
    ask(client, 0)
    client.step()
    page = older(client)[""]
    assert page == list(range(page[0], first))


def test_what_is_refused_to_one_who_waits_is_not_refused_to_who_needs_no_broker() -> None:
    client = joined(before=500)
    client.step()
    first = complete(client)[0]
    client.broker.refusals["history"] = [{"code": "unavailable", "text": "Not now."}]
    ask(client, first, "pins")
    ask(client, first + 50)
    client.step()
    told = {one.id: one for one in client.updates(updates.Older)}
    assert told["pins"].refused is not None
    assert told[""].refused is None
    assert older(client)[""] == list(range(first + 30, first + 50))
