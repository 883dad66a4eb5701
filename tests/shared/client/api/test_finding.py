"""Searching from a script and from a bot, against the real broker."""

import threading

import pytest
from loggia.shared.client.api.bot import Bot
from loggia.shared.client.api.client import Client
from loggia.shared.protocol.answers import FoundAnswer, Hit
from loggia.shared.protocol.errors import Closed, NotReachable, Refused

from tests.shared.client.running import Broker, eventually


@pytest.fixture
def ada(broker: Broker):
    with Client("ada", connect=broker.requests, bot=False) as ada:
        yield ada


def found(client: Client | Bot, text: str = "", **more: object) -> FoundAnswer:
    """A page, when all is in the index."""
    pages: list[FoundAnswer] = []
    eventually(lambda: pages.append(client.search(text, **more)) or pages[-1].complete)  # type: ignore[arg-type]
    return pages[-1]


def test_a_page_of_hits_and_the_next_one(broker: Broker, ada: Client) -> None:
    for number in range(5):
        ada.send(f"Tea {number} https://a.b")
    page = found(ada, "tea", limit=3)
    assert isinstance(page.hits[0], Hit)
    assert [hit.text for hit in page.hits] == [f"Tea {number} https://a.b" for number in (4, 3, 2)]
    assert page.hits[0].marks == [(0, 3)]
    rest = ada.search("tea", limit=3, cursor=page.cursor)
    assert [hit.text[:5] for hit in rest.hits] == ["Tea 1", "Tea 0"]
    assert rest.cursor is None
    about = page.hits[0]
    for more in (
        {"room": "lobby"}, {"who": "ADA"}, {"who": ada.account}, {"has": "link"},
        {"since": about.at, "until": about.at},
    ):  # fmt: skip
        assert about in found(ada, "tea", **more).hits, more
    assert found(ada, "tea", who="bob").hits == found(ada, "tea", has="file").hits == []


def test_what_the_broker_refuses_is_raised(broker: Broker, ada: Client) -> None:
    with pytest.raises(Refused, match="no_such_room"):
        ada.search("tea", room="nowhere")
    with pytest.raises(Refused, match="bad_request"):
        ada.search("tea", cursor="none of yours")


def test_a_broker_that_is_away_is_waited_for(broker: Broker, ada: Client) -> None:
    ada.send("tea")
    broker.kill()
    with (
        Client("bob", connect=broker.requests, timeout_s=0.01) as bob,
        pytest.raises(NotReachable, match=r"not answered within 0.01 s.*; try again later"),
    ):
        bob.search("tea")
    broker.start()
    assert [hit.text for hit in found(ada, "tea").hits] == ["tea"]


@pytest.mark.parametrize(
    "wrong",
    [{"limit": 0}, {"limit": 101}, {"has": "cats"}, {"text": "\ud800"}, {"since": 2**70}],
)
def test_what_cannot_be_asked_is_said_at_once(broker: Broker, ada: Client, wrong) -> None:
    with pytest.raises(ValueError, match=r"`|text"):
        ada.search(**wrong)
    with pytest.raises(TypeError):
        ada.search(room=5)  # type: ignore[arg-type]


def test_a_bot_searches_while_it_runs(broker: Broker, ada: Client, tmp_path) -> None:
    bot = Bot("finder")

    with pytest.raises(Closed):
        bot.search("tea")
    running = threading.Thread(
        target=bot.run, kwargs={"connect": broker.requests, "data": tmp_path / "bot.db"}
    )
    running.start()
    try:
        eventually(lambda: "finder" in [member.nick for member in ada.members()])
        ada.send("green tea")
        assert [hit.text for hit in found(bot, "tea").hits] == ["green tea"]
    finally:
        bot.stop()
        running.join()
