"""What a program asks of which nothing is stored, until it is answered or nobody waits."""

import msgspec
import pytest
from loggia.shared.client import commands, updates
from loggia.shared.client.session.outbox import RESEND_S
from loggia.shared.protocol.requests import History, Rooms, Search

from tests.shared.client.fake import FakeBroker
from tests.shared.client.session.joins import joined
from tests.shared.client.wired import Client

THREAD = commands.Inquire(id="i", request=History(id="-", room="lobby", thread=1, after=0))
SEARCH = commands.Inquire(id="i", request=Search(id="-", text="tea"))
EACH = [THREAD, commands.Inquire(id="i", request=Rooms(id="-")), SEARCH]


def told(client: Client) -> list[updates.Inquired]:
    return client.updates(updates.Inquired)


def threads(client: Client) -> list[dict[str, object]]:
    return [asked for asked in client.broker.asked("history") if "thread" in asked]


def test_it_is_asked_when_there_is_a_connection_and_answered_once() -> None:
    broker = FakeBroker()
    broker.limits = {"page_events": 7}
    broker.down = True
    client = Client(broker)
    client.post(THREAD)
    client.step()
    broker.down = False
    client.wait(RESEND_S)
    client.wait(RESEND_S)
    (page,) = told(client)
    assert (page.id, page.room, [event.seq for event in page.events]) == ("i", "lobby", [1])
    assert [asked["limit"] for asked in threads(client)] == [7], "no more than the broker gives"
    client.wait(1000.0)
    assert len(threads(client)) == 1


@pytest.mark.parametrize("inquire", EACH)
@pytest.mark.parametrize("breaks", [False, True])
def test_a_lost_answer_is_asked_for_again(inquire: commands.Inquire, breaks: bool) -> None:
    client = joined()
    client.post(inquire)
    client.deliver_up()
    client.down.clear()
    if breaks:
        client.cut()
        client.perform(client.session.broke(client.now))
    client.wait(RESEND_S)
    client.wait(RESEND_S)
    (page,) = told(client)
    assert (page.id, page.refused) == ("i", None)


def test_each_is_told_what_it_asked_for() -> None:
    client = joined()
    for inquire in EACH:
        client.post(inquire)
        client.step()
    thread, rooms, search = told(client)
    assert [event.seq for event in thread.events] == [1]
    assert [info.room for info in rooms.rooms] == ["lobby"]
    assert search.found is not None
    assert search.found.cursor == "tea"
    assert client.updates(updates.Acted) == []


def test_what_is_refused_for_now_is_asked_again_and_for_good_is_told() -> None:
    client = joined()
    for op, request in zip(("history", "rooms", "search"), (each.request for each in EACH), strict=True):
        client.broker.refusals[op] = [
            {"code": "slow_down", "retry_after_ms": 500},
            {"code": "unavailable"},
        ]
        client.post(commands.Inquire(id=op, request=request))
        client.wait(1.0)
        client.wait(10.0)
    pages = told(client)
    assert pages[0].refused is not None
    assert (pages[0].id, pages[0].refused.code) == ("history", "unavailable")
    assert (pages[1].id, pages[1].refused) == ("rooms", None)
    assert pages[2].refused is not None
    assert (pages[2].id, pages[2].refused.code) == ("search", "unavailable")
    assert len(client.broker.asked("search")) == 2


def test_whose_session_is_gone_is_asked_in_the_next_one() -> None:
    client = joined()
    client.broker.sessions.clear()
    client.post(SEARCH)
    client.wait(1.0)
    (page,) = told(client)
    assert page.found is not None


@pytest.mark.parametrize("inquire", EACH)
def test_nobody_waits_any_more(inquire: commands.Inquire) -> None:
    op = inquire.request.__struct_config__.tag
    client = joined()
    before = len(client.broker.asked(op))
    client.post(inquire)
    client.post(commands.DropInquiry(id="i"))
    client.step()
    client.wait(1000.0)
    assert told(client) == []
    client.cut()
    client.perform(client.session.broke(client.now))
    client.post(inquire)
    client.post(commands.DropInquiry(id="i"))
    client.wait(60.0)
    assert [asked["id"] for asked in client.broker.asked(op)[before:]].count("i") == 1


@pytest.mark.parametrize("inquire", EACH)
def test_what_is_refused_for_now_and_nobody_waits_for_is_not_asked_again(inquire: commands.Inquire) -> None:
    op = inquire.request.__struct_config__.tag
    client = joined()
    client.broker.refusals[op] = [{"code": "slow_down", "retry_after_ms": 500}]
    client.post(inquire)
    client.step()
    client.post(commands.DropInquiry(id="i"))
    client.wait(1000.0)
    assert [asked["id"] for asked in client.broker.asked(op)].count("i") == 1
    assert told(client) == []


def test_a_page_that_cannot_be_read_is_told() -> None:
    client = joined()
    client.post(THREAD)
    client.up.clear()
    client.perform(client.session.heard([b'[{"op":"history","id":"i"}]'], [], client.now))
    (page,) = told(client)
    assert page.refused is not None
    assert page.refused.code == "bad_frame"


def test_a_message_of_a_life_that_is_over_is_gone() -> None:
    client = joined()
    client.post(msgspec.structs.replace(THREAD, epoch="epoch-0"))
    client.step()
    (page,) = told(client)
    assert page.refused is not None
    assert page.refused.code == "no_such_message"
    assert threads(client) == []
    client.post(msgspec.structs.replace(THREAD, id="k", epoch="epoch-1"))
    client.step()
    assert [page.refused for page in told(client)[1:]] == [None]
