"""A room with more people than a join names: those who look at it get all of them, in pages."""

import json
from typing import Any

import pytest
from loggia.shared.client import commands, updates
from loggia.shared.client.link.loop import _latest
from loggia.shared.client.sync.cursor import members_page
from loggia.shared.client.sync.roster import MOST_MEMBERS, Present
from loggia.shared.protocol.answers import Member
from loggia.shared.protocol.limits import LONGEST_LIST_PAGE, Limits

from tests.shared.client.fake import FakeBroker
from tests.shared.client.wired import Client

FIRST = 2  # that a join names


class FullRoom(FakeBroker):
    """Everybody in `people` is in each room, an account for each nick; a page has three."""

    def __init__(self, *people: str) -> None:
        super().__init__()
        self.people = sorted(people)

    def named(self, nick: str) -> dict[str, Any]:
        return {"nick": nick, "account": f"a-{nick}", "presence": "online"}

    def _join(self, connection: int, request: dict[str, Any]) -> dict[str, Any]:
        answer = super()._join(connection, request)
        first = [self.named(nick) for nick in self.people[:FIRST]]
        return {**answer, "members": first, "members_more": len(self.people) > FIRST}

    def _members(self, connection: int, request: dict[str, Any]) -> dict[str, Any]:
        rest = [self.named(nick) for nick in self.people if f"a-{nick}" > request.get("after", "")]
        return {"op": "members", "room": request["room"], "members": rest[:3], "more": len(rest) > 3}


def people(client: Client) -> tuple[list[str], bool]:
    """As a program knows them that follows what is told."""
    here: dict[str, Member] = {}
    more = False
    for told in client.updates(updates.Update):
        if isinstance(told, updates.People):
            here, more = {member.account: member for member in told.members}, told.more
        elif isinstance(told, updates.PeopleChanged):
            told.put_into(here)
            more = told.more
    return sorted(member.nick for member in here.values()), more


def looks() -> Client:
    client = Client(FullRoom(*"abcdefghij"))
    client.step()
    return client


def test_who_does_not_look_asks_for_no_more() -> None:
    client = looks()
    client.wait(60.0)
    assert people(client) == (["a", "b"], True)
    assert not client.broker.asked("members")


def test_who_looks_gets_all_and_after_a_reconnect_again() -> None:
    client = looks()
    client.post(commands.ListPeople(room="lobby"))
    client.step()
    assert people(client) == (list("abcdefghij"), False)
    assert [asked["after"] for asked in client.broker.asked("members")] == ["a-b", "a-e", "a-h"]
    client.cut()
    client.perform(client.session.broke(client.now))
    client.broker.people.append("k")
    client.wait(2.0)
    assert people(client) == (list("abcdefghijk"), False)


def test_who_looks_before_there_is_a_connection_gets_all() -> None:
    client = Client(FullRoom(*"abcdefghij"))
    client.post(commands.ListPeople(room="lobby"))
    client.step()
    assert people(client) == (list("abcdefghij"), False)


def test_what_happens_before_a_page_comes_is_newer_than_the_page() -> None:
    client = looks()
    client.post(commands.ListPeople(room="lobby"))
    client.deliver_up()  # the page is on its way
    client.deliver_published()
    broker = client.broker
    broker._append("lobby", {"op": "left", "nick": "c", "account": "a-c", "reason": "end"})
    broker._append("lobby", {"op": "renamed", "nick": "dora", "account": "a-d", "was": "d"})
    broker._append("lobby", {"op": "joined", "nick": "x", "account": "a-x"})
    broker.published.append(
        {"op": "presence", "room": "lobby", "presence": "away", "nick": "e", "account": "a-e"}
    )
    broker._append("lobby", {"op": "left", "nick": "a", "account": "a-a", "reason": "lost"})
    client.deliver_published()
    client.step()
    assert people(client) == (["b", "dora", "e", "f", "g", "h", "i", "j", "x"], False)
    told = client.updates(updates.People)[-1].members
    assert [member.nick for member in told if member.presence == "away"] == ["e"]


def test_a_page_that_is_refused_for_now_is_asked_for_again_and_one_for_good_when_somebody_looks() -> None:
    client = looks()
    client.broker.refusals["members"] = [{"code": "slow_down", "retry_after_ms": 2000}, {"code": "internal"}]
    client.post(commands.ListPeople(room="lobby"))
    client.wait(30.0)
    assert people(client) == (["a", "b"], True)
    assert len(client.broker.asked("members")) == 2
    client.post(commands.ListPeople(room="lobby"))
    client.step()
    assert people(client) == (list("abcdefghij"), False)


def test_a_broker_that_names_all_at_once_is_asked_for_no_others() -> None:
    client = Client(FakeBroker())
    client.post(commands.ListPeople(room="lobby"))
    client.step()
    assert not client.broker.asked("members")
    client.wait(30.0)
    assert [asked["after"] for asked in client.broker.asked("members")] == [""], "how they are, once"
    assert people(client) == (["ada"], False)


@pytest.mark.parametrize("page", ["the same", "none", "new ones"])
def test_a_broker_that_never_comes_to_an_end_is_left(page: str) -> None:
    broker = FullRoom("a", "b")
    made = iter(range(10**9))

    def members(connection: int, request: dict[str, Any]) -> dict[str, Any]:
        accounts = {
            "the same": lambda: ["a-a", "a-b"],
            "none": list,
            "new ones": lambda: [f"b-{next(made):09}" for _ in range(1000)],
        }[page]()
        told = [{"nick": account, "account": account, "presence": "online"} for account in accounts]
        return {"op": "members", "room": "lobby", "members": told, "more": True}

    broker._members = members  # type: ignore[method-assign]
    was = broker._join
    broker._join = lambda *of: {**was(*of), "members_more": True}  # type: ignore[method-assign]
    client = Client(broker)
    client.post(commands.ListPeople(room="lobby"))
    client.step()
    assert len(broker.asked("members")) <= MOST_MEMBERS // 1000
    told = client.updates(updates.People)[-1]
    assert (len(told.members), told.more) == ((MOST_MEMBERS, True) if page == "new ones" else (2, False))
    for number in range(10):
        broker._append("lobby", {"op": "joined", "nick": "x", "account": f"x-{number}"})
    client.step()
    assert len(client.updates(updates.People)[-1].members) <= MOST_MEMBERS


def test_a_crowd_that_comes_and_goes_is_told_once_a_turn() -> None:
    client = looks()
    whole = len(client.updates(updates.People))
    events = [
        {
            "op": "presence",
            "room": "lobby",
            "presence": ["away", "online"][number % 2],
            "nick": "a",
            "account": "a-a",
        }
        for number in range(1001)
    ]
    client.perform(client.session.heard([str(events).replace("'", '"').encode()], [], client.now))
    assert len(client.updates(updates.People)) == whole
    [told] = client.updates(updates.PeopleChanged)
    assert [(member.account, member.presence) for member in told.members] == [("a-a", "away")]


def test_of_the_lists_of_a_turn_the_last_is_told() -> None:
    told: list[updates.Update] = [
        updates.People(room=room, members=[], more=more)
        for room, more in (("a", True), ("b", True), ("a", False))
    ]
    left = updates.Left(room="a")
    before, after = (updates.PeopleChanged(room="a", members=[], gone=[gone]) for gone in ("x", "y"))
    of_b = updates.PeopleChanged(room="b", members=[], gone=[])
    assert list(_latest([before, *told, left, after, of_b])) == [told[1], told[2], left, after, of_b]
    assert list(_latest([before, of_b])) == [before, of_b]


def test_ten_thousand_changes_of_presence_cost_ten_thousand_and_not_the_list_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nicks = [f"n{number:03}" for number in range(100)]
    client = Client(FullRoom(*nicks))
    client.post(commands.ListPeople(room="lobby"))
    client.step()
    monkeypatch.setattr(Present, "members", lambda self: pytest.fail("the list was made for a change"))
    for turn in range(100):
        state = "online" if turn % 2 else "away"
        events = [
            {"op": "presence", "room": "lobby", "presence": state, "nick": nick, "account": f"a-{nick}"}
            for nick in nicks
        ]
        client.perform(client.session.heard([], [json.dumps(events).encode()], client.now))
    told = client.updates(updates.PeopleChanged)
    assert len(told) == 100
    assert sum(len(update.members) for update in told) == 10_000
    assert {member.presence for member in told[-1].members} == {"online"}
    client.perform(client.session.heard([], [json.dumps(events).encode()], client.now))
    assert len(client.updates(updates.PeopleChanged)) == 100  # nothing is another than it was


def test_a_page_of_people_fits_into_a_frame_whatever_they_are_called() -> None:
    assert members_page(Limits()) == 789 < LONGEST_LIST_PAGE  # each may say something of itself
    assert 100 < members_page(Limits(nick_chars=1000)) < 200
    assert members_page(Limits(nick_chars=2**31 - 1)) == 1
