"""How far we have read, and what is unread: the broker's count, and what comes on top of it."""

from typing import Any

import pytest
from loggia.shared.client import commands, updates
from loggia.shared.client.session.readings import ASK_S, MARK_S
from loggia.shared.protocol.limits import LIST_PAGE

from tests.shared.client.session.joins import joined
from tests.shared.client.wired import Client


def states(client: Client, room: str = "lobby") -> list[tuple[int, int, int]]:
    return [
        (one.read, one.unread, one.mentions) for one in client.updates(updates.ReadState) if one.room == room
    ]


def counting(**more: Any) -> Client:
    client = joined(**more)
    client.post(commands.CountUnread())
    client.step()
    return client


def mark(client: Client, seq: int, room: str = "lobby", **more: Any) -> None:
    client.post(commands.MarkRead(room=room, seq=seq, **more))
    client.step()


def read(client: Client) -> list[tuple[str, int]]:
    return [(one["room"], one["seq"]) for one in client.broker.asked("read")]


def test_nothing_is_asked_before_somebody_wants_to_know() -> None:
    client = joined()
    client.broker.say("lobby", "hi")
    client.step()
    assert client.broker.asked("rooms") == states(client) == []
    client.post(commands.CountUnread())
    client.post(commands.CountUnread())
    client.step()
    assert states(client) == [(0, 1, 0)]
    assert len(client.broker.asked("rooms")) == 1


def test_what_comes_is_counted_on() -> None:
    client = counting()
    client.broker.say("lobby", "hi")
    client.broker.say("lobby", "@ada", mentions=["account-1"])
    client.step()
    client.say("me too")
    client.step()
    assert states(client) == [(0, 0, 0), (0, 1, 0), (0, 2, 1)]
    assert len(client.broker.asked("rooms")) == 1


def test_what_comes_while_the_broker_is_asked_is_counted_once() -> None:
    client = joined()
    client.broker.say("lobby", "before")
    client.post(commands.CountUnread())
    client.deliver_up()  # it is counted up to here
    client.broker.say("lobby", "behind")
    client.deliver_published()
    client.step()
    assert states(client)[-1] == (0, 2, 0)
    assert len(client.broker.asked("rooms")) == 1


def test_a_mark_at_the_end_leaves_nothing_unread() -> None:
    client = counting()
    client.broker.say("lobby", "hi")
    client.step()
    mark(client, 2)
    assert read(client) == [("lobby", 2)]
    assert states(client)[-1] == (2, 0, 0)
    mark(client, 1)
    assert len(read(client)) == 1, "it does not go back"


def test_one_in_the_middle_has_the_broker_count_again() -> None:
    client = counting()
    for _ in range(3):
        client.broker.say("lobby", "hi")
    client.step()
    mark(client, 2)
    assert states(client)[-1] == (2, 2, 0)
    assert len(client.broker.asked("rooms")) == 2


def test_another_connection_of_ours_moves_it() -> None:
    client = counting()
    client.broker.say("lobby", "hi")
    client.step()
    client.broker.published.append({"op": "read", "room": "lobby", "seq": 2})
    client.deliver_published()
    assert states(client)[-1] == (2, 0, 0)


def test_marks_are_told_now_and_then_and_the_last_one_in_any_case() -> None:
    client = counting()
    for seq in range(2, 12):
        client.broker.say("lobby", "hi")
        client.step()
        mark(client, seq)
    assert read(client) == [("lobby", 2)]
    client.wait(MARK_S)
    assert read(client) == [("lobby", 2), ("lobby", 11)]
    assert states(client)[-1] == (11, 0, 0)
    client.wait(60.0)
    assert len(read(client)) == 2


def test_what_was_read_without_a_connection_is_told_at_the_next_one() -> None:
    client = counting()
    client.broker.say("lobby", "hi")
    client.step()
    client.broker.down = True
    client.cut()
    client.perform(client.session.broke(client.now))
    mark(client, 2)
    assert read(client) == []
    client.broker.down = False
    client.wait(120.0)
    assert read(client) == [("lobby", 2)]
    assert states(client)[-1] == (2, 0, 0)


@pytest.mark.parametrize(("code", "times"), [("slow_down", 2), ("no_such_room", 1)])
def test_a_refusal_is_obeyed(code: str, times: int) -> None:
    client = counting()
    client.broker.say("lobby", "hi")
    client.step()
    client.broker.refusals["read"] = [{"code": code}]
    mark(client, 2)
    client.wait(60.0)
    assert len(read(client)) == times


@pytest.mark.parametrize(
    "event",
    [
        {"op": "deleted", "target": 2, "reason": ""},
        {"op": "edited", "target": 2, "text": "hi @ada", "mentions": ["account-1"]},
    ],
)
def test_a_change_of_what_is_unread_has_the_broker_count_again(event: dict[str, Any]) -> None:
    client = counting()
    client.broker.say("lobby", "hi")
    client.step()
    client.broker._append("lobby", {"nick": "zoe", "account": "a-zoe", **event})
    client.step()
    client.wait(ASK_S)
    assert len(client.broker.asked("rooms")) == 2
    mark(client, 3)
    client.broker._append("lobby", {"nick": "zoe", "account": "a-zoe", **event})
    client.step()
    client.wait(0.0)
    assert len(client.broker.asked("rooms")) == 2, "that was read"


def test_a_room_that_was_left_is_none_of_ours() -> None:
    client = counting(rooms=("lobby", "lab"))
    client.post(commands.LeaveRoom(room="lab"))
    client.step()
    client.broker.say("lab", "hi")
    client.step()
    assert [one[1] for one in states(client, "lab")] == [0]


def test_the_pages_that_are_asked_for_are_those_of_our_rooms() -> None:
    rooms = ("alpha", "lobby", "zeta")
    client = joined(rooms=rooms)
    for number in range(3 * LIST_PAGE):
        client.broker.rooms.setdefault(f"between {number:04}", [])
        client.broker.rooms.setdefault(f"m{number:04}", [])
    client.post(commands.CountUnread())
    client.step()
    assert {one.room for one in client.updates(updates.ReadState)} == set(rooms)
    assert len(client.broker.asked("rooms")) <= len(rooms)


def test_a_refused_page_is_asked_for_at_the_next_connection() -> None:
    client = joined()
    client.broker.refusals["rooms"] = [{"code": "internal"}]
    client.post(commands.CountUnread())
    client.step()
    assert states(client) == []
    client.perform(client.session.broke(client.now))
    client.wait(60.0)
    assert states(client) == [(0, 0, 0)]
