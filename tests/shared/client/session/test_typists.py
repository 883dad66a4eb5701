"""Who is typing: what is said of oneself, and for how long others are."""

from loggia.shared.client import commands, updates

from tests.shared.client.session.joins import joined
from tests.shared.client.wired import Client


def typed(client: Client) -> list[tuple[str, bool]]:
    return [(one["room"], one.get("on", True)) for one in client.broker.asked("typing")]


def told(client: Client) -> list[list[str]]:
    return [update.nicks for update in client.updates(updates.Typists)]


def hear(client: Client, nick: str, *, on: bool = True, account: str = "") -> None:
    event = {"op": "typing", "room": "lobby", "nick": nick, "account": account or f"a-{nick}", "on": on}
    client.broker.published.append(event)
    client.deliver_published()


def test_it_is_said_at_most_every_three_seconds() -> None:
    client = joined()
    for _ in range(8):
        client.post(commands.ShowTyping(room="lobby"))
        client.wait(0.5)
    assert typed(client) == [("lobby", True)] * 2
    client.post(commands.ShowTyping(room="lobby", on=False))
    client.post(commands.ShowTyping(room="lobby", on=False))
    client.post(commands.ShowTyping(room="lobby"))
    client.step()
    assert typed(client)[2:] == [("lobby", False), ("lobby", True)]


def test_it_is_not_sent_again_though_nothing_answers_it() -> None:
    client = joined()
    client.post(commands.ShowTyping(room="lobby"))
    client.wait(60.0)
    assert typed(client) == [("lobby", True)]
    assert client.status() == "connected"


def test_others_are_forgotten_after_six_seconds_without_a_word() -> None:
    client = joined()
    hear(client, "zoe")
    hear(client, "bob")
    assert told(client) == [["zoe"], ["bob", "zoe"]]
    client.wait(4.0)
    hear(client, "zoe")
    client.wait(3.0)
    assert told(client)[2:] == [["zoe"]]
    client.wait(4.0)
    assert told(client)[3:] == [[]]


def test_who_stops_or_says_something_is_not_typing() -> None:
    client = joined()
    hear(client, "zoe")
    hear(client, "bob")
    hear(client, "bob", on=False)
    client.broker.say("lobby", "here I am", nick="zoe")
    client.deliver_published()
    assert told(client) == [["zoe"], ["bob", "zoe"], ["zoe"], []]


def test_we_are_not_told_of_ourselves_and_nobody_when_the_connection_is_gone() -> None:
    client = joined()
    hear(client, "ada", account="account-1")
    assert told(client) == []
    hear(client, "zoe")
    client.cut()
    client.perform(client.session.lost("cut", client.now))
    assert told(client) == [["zoe"], []]


def test_it_moves_no_cursor() -> None:
    client = joined()
    before = client.broker.asked("history")
    hear(client, "zoe")
    client.step()
    assert client.broker.asked("history") == before
    assert client.complaints == []
