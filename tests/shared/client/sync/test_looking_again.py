"""How somebody is, is told once by a broadcast. Where that may be lost, who looks looks again."""

from typing import Any

import pytest
from loggia.shared.client import commands, effects, updates
from loggia.shared.client.session.connection import SOON_S
from loggia.shared.client.sync.roster import MOST_MEMBERS
from loggia.shared.protocol.answers import Member

from tests.shared.client.sync.test_full_room import FIRST, FullRoom, people
from tests.shared.client.wired import Client

SETTLED_S = SOON_S[1] + 0.1  # the second of the early pings is answered


class Restless(FullRoom):
    """A full room of which some are `away`; `doing` is what they say of themselves."""

    def __init__(self, *people: str) -> None:
        super().__init__(*people)
        self.away: set[str] = set()
        self.doing: dict[str, str] = {}

    def named(self, nick: str) -> dict[str, Any]:
        presence = "away" if nick in self.away else "online"
        return {**super().named(nick), "presence": presence, "status": self.doing.get(nick, "")}

    def goes(self, nick: str) -> None:
        """And all are told."""
        self.away.add(nick)
        self.tell(nick)

    def tell(self, nick: str) -> None:
        self.published.append({"op": "presence", "room": "lobby", **self.named(nick)})


def away(client: Client) -> list[str]:
    here: dict[str, Member] = {}
    for told in client.updates(updates.Update):
        if isinstance(told, updates.People):
            here = {member.account: member for member in told.members}
        elif isinstance(told, updates.PeopleChanged):
            told.put_into(here)
    return sorted(member.nick for member in here.values() if member.presence == "away")


def deaf_at_first(*nicks: str, look: bool = True) -> Client:
    """Who is in, and hears nothing yet."""
    client = Client(Restless(*nicks))
    if look:
        client.post(commands.ListPeople(room="lobby"))
    client.step()
    return client


def lost(client: Client) -> None:
    client.deliver_published(lambda event: False)


def looked(client: Client) -> list[str]:
    return [asked["after"] for asked in client.broker.asked("members")]


def test_what_was_told_before_the_subscription_stood_is_seen() -> None:
    client = deaf_at_first("a", "b")
    client.broker.goes("b")
    client.broker.doing["a"] = "at lunch"
    lost(client)
    client.wait(SETTLED_S)
    assert away(client) == ["b"]
    [told] = client.updates(updates.PeopleChanged)
    assert [(member.nick, member.status) for member in told.members] == [("a", "at lunch"), ("b", "")]
    client.wait(3600.0)
    assert looked(client) == [""], "once"


def test_who_does_not_look_asks_nothing_and_sees_it_when_he_looks() -> None:
    client = deaf_at_first("a", "b", look=False)
    client.broker.goes("b")
    lost(client)
    client.wait(60.0)
    assert looked(client) == []
    client.post(commands.ListPeople(room="lobby"))
    client.step()
    assert away(client) == ["b"]
    client.post(commands.ListPeople(room="lobby"))
    client.step()
    assert looked(client) == [""]


def test_where_nothing_was_lost_nothing_is_told() -> None:
    client = deaf_at_first("a", "b")
    client.broker.goes("b")
    client.step()
    told = len(client.told)
    client.wait(SETTLED_S)
    assert looked(client) == [""]
    assert not [
        update for update in client.told[told:] if isinstance(update, updates.People | updates.PeopleChanged)
    ]


def test_all_of_whom_pages_told_before_are_looked_at_again() -> None:
    client = deaf_at_first(*"abcdefghij")
    assert looked(client) == ["a-b", "a-e", "a-h"]
    for nick in "aej":
        client.broker.goes(nick)
    lost(client)
    client.wait(SETTLED_S)
    assert looked(client)[3:] == ["", "a-c", "a-f", "a-i"]
    assert away(client) == ["a", "e", "j"]
    assert people(client) == (list("abcdefghij"), False)


def test_a_page_is_as_long_as_those_it_is_about() -> None:
    client = deaf_at_first("a", "b")
    client.wait(SETTLED_S)
    [asked] = client.broker.asked("members")
    assert asked["limit"] < 20, "for which the broker lets one wait less"


def test_who_came_since_is_looked_at_like_all() -> None:
    client = deaf_at_first("a", "b")
    for nick in "cdefgh":
        client.broker.people.append(nick)
        client.broker._append("lobby", {"op": "joined", "nick": nick, "account": f"a-{nick}"})
    client.step()
    client.broker.goes("h")
    lost(client)
    client.wait(SETTLED_S)
    assert looked(client) == ["", "a-c", "a-f"]
    assert away(client) == ["h"]
    assert people(client) == (list("abcdefgh"), False)


def test_of_many_rooms_the_early_pings_are_those_behind_the_last_join() -> None:
    client = Client(Restless("a", "b"))
    client.post(commands.ListPeople(room="lobby"))
    client.step()
    client.wait(SOON_S[0] + 0.01)
    client.post(commands.Enter(room="lab"))
    client.step()
    client.wait(SOON_S[1] - 0.05)
    assert looked(client) == []
    client.wait(0.1)
    assert looked(client) == [""]


def on_its_way(client: Client) -> None:
    """The next page of a look is answered, and the answer has not come."""
    count = len(looked(client))
    while len(looked(client)) == count:
        wake_at = client.session.wake_at(client.now)
        assert wake_at is not None
        client.now = max(client.now, wake_at)
        client.perform(client.session.tick(client.now))
        client.deliver_up()
        if len(looked(client)) == count:
            client.deliver_down()
            client.deliver_up()


def test_a_page_is_older_than_what_was_heard_while_it_was_on_its_way() -> None:
    client = deaf_at_first("a", "b")
    client.broker.goes("b")
    lost(client)
    on_its_way(client)
    client.broker.away.clear()
    client.broker.tell("b")
    client.deliver_published()
    client.deliver_down()
    assert away(client) == []


def test_who_left_and_came_while_a_page_was_on_its_way_is_here() -> None:
    client = deaf_at_first("a", "b")
    client.broker.goes("b")
    lost(client)
    on_its_way(client)
    client.broker._append("lobby", {"op": "left", "nick": "b", "account": "a-b", "reason": "lost"})
    client.broker._append("lobby", {"op": "joined", "nick": "b", "account": "a-b"})
    client.deliver_published()
    client.deliver_down()
    assert (people(client), away(client)) == ((["a", "b"], False), [])


def test_a_second_look_begins_anew_with_what_is_heard() -> None:
    client = deaf_at_first(*"abcdefghij")
    on_its_way(client)
    client.broker.goes("j")
    client.deliver_published()
    client.broker.say("lobby", "one")
    client.broker.away.clear()
    client.broker.tell("j")
    lost(client)
    client.broker.say("lobby", "two")
    client.deliver_published()
    client.wait(60.0)
    assert away(client) == []


def test_who_is_not_told_of_by_the_log_yet_is_not_told_of_by_the_page() -> None:
    client = deaf_at_first("a", "b")
    client.broker.people = ["a", "x"]
    client.wait(SETTLED_S)
    assert people(client) == (["a", "b"], False)


def test_a_private_room_tells_by_our_own_connection_and_nothing_is_lost() -> None:
    broker = Restless("a", "b")
    was = broker._join
    broker._join = lambda *of: {**was(*of), "kind": "private", "topic": ""}  # type: ignore[method-assign]
    client = Client(broker)
    client.post(commands.ListPeople(room="lobby"))
    client.wait(60.0)
    assert looked(client) == []


def test_after_a_hole_it_is_looked_again() -> None:
    client = deaf_at_first("a", "b")
    client.wait(SETTLED_S)
    client.broker.say("lobby", "one")
    client.broker.goes("b")
    lost(client)
    client.broker.say("lobby", "two")
    client.step()
    assert client.texts() == ["one", "two"]
    client.wait(60.0)
    assert looked(client) == ["", ""]
    assert away(client) == ["b"]


def test_an_answer_that_comes_before_its_broadcast_tells_of_no_loss() -> None:
    client = deaf_at_first("a", "b")
    client.wait(SETTLED_S)
    for number in range(20):
        client.broker.say("lobby", f"{number}")
        client.post(commands.AskTime())
        client.perform(client.session.tick(client.now + 11.0))
        client.now += 11.0
        client.deliver_up()
        client.deliver_down()  # with the head
        client.step()
    assert len(client.texts()) == 20
    assert looked(client) == [""]


def test_behind_a_hole_of_many_pages_who_came_in_it_is_known_first() -> None:
    client = deaf_at_first("a", "b")
    client.wait(SETTLED_S)
    for number in range(2500):
        client.broker.say("lobby", f"{number}")
    client.broker.people.append("c")
    client.broker._append("lobby", {"op": "joined", "nick": "c", "account": "a-c"})
    client.broker.goes("c")
    lost(client)
    client.broker.say("lobby", "heard")
    client.deliver_published()
    client.now += 11.0
    client.perform(client.session.tick(client.now))  # the ping goes up behind the question for the first page
    client.step()
    client.wait(60.0)
    assert (len(client.texts()), away(client)) == (2501, ["c"])


class Deaf(Client):
    """The first connection to the broadcasts hears nothing."""

    connections_to_hear = 0

    def _act(self, effect: effects.Effect) -> list[effects.Effect]:
        if isinstance(effect, effects.Subscribe) and effect.topics and not self.topics:
            self.connections_to_hear += 1
        return super()._act(effect)


def test_after_a_new_connection_to_the_broadcasts_alone_it_is_looked_again() -> None:
    client = Deaf(Restless("a", "b"))
    client.post(commands.ListPeople(room="lobby"))
    client.step()
    client.wait(SETTLED_S)
    client.broker.goes("b")
    while client.connections_to_hear == 1:
        client.broker.say("lobby", "hello")
        lost(client)
        client.wait(1.0)
    client.wait(60.0)
    assert (looked(client), away(client)) == (["", ""], ["b"])


def test_after_each_connection_it_is_looked_again() -> None:
    client = deaf_at_first("a", "b")
    client.wait(SETTLED_S)
    client.cut()
    client.perform(client.session.broke(client.now))
    client.wait(0.5)
    assert client.connections == 2
    client.broker.goes("b")
    lost(client)
    client.wait(60.0)
    assert away(client) == ["b"]
    assert looked(client) == ["", ""]


@pytest.mark.parametrize("code", ["slow_down", "internal"])
def test_a_look_that_is_refused(code: str) -> None:
    """For now: it is asked again. For good: what is known stays."""
    client = deaf_at_first("a", "b")
    client.broker.goes("b")
    lost(client)
    client.broker.refusals["members"] = [{"code": code, "retry_after_ms": 2000}]
    client.wait(60.0)
    assert away(client) == (["b"] if code == "slow_down" else [])
    assert len(looked(client)) == (2 if code == "slow_down" else 1)
    client.broker.away.clear()
    client.broker.goes("a")
    client.step()
    assert "a" in away(client)


def test_a_broker_that_names_ever_new_ones_is_left() -> None:
    client = deaf_at_first("a", "zoe")
    made = iter(range(10**9))
    client.broker._members = lambda connection, request: {  # type: ignore[method-assign]
        "op": "members",
        "room": "lobby",
        "members": [{"nick": "b", "account": f"a-b{next(made):09}", "presence": "away"} for _ in range(100)],
        "more": True,
    }
    client.wait(60.0)
    assert len(looked(client)) == MOST_MEMBERS // 100
    assert people(client) == (["a", "zoe"], False)


@pytest.mark.parametrize("page", [[], ["a"], ["b"], ["b", "a"], ["a", "b"]])
def test_a_broker_whose_pages_never_end_is_left(page: list[str]) -> None:
    client = deaf_at_first("a", "b")
    broker = client.broker
    named = [broker.named(nick) for nick in page]
    broker._members = lambda connection, request: {  # type: ignore[method-assign]
        "op": "members",
        "room": "lobby",
        "members": named,
        "more": True,
    }
    client.wait(60.0)
    assert len(looked(client)) <= 1 + FIRST
