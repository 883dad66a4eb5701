"""What may be done with a message where the log says who may write, in whichever order that comes."""

import pytest
from loggia.qtclient.state.message_rights import Right, may
from loggia.qtclient.state.room import Room
from loggia.qtclient.state.state import WindowState
from loggia.shared.client.updates import Older, People
from loggia.shared.protocol.answers import Member
from loggia.shared.protocol.events import (
    ClosedEvent,
    ConfiguredEvent,
    MutedEvent,
    ReopenedEvent,
    StoredEvent,
    UnmutedEvent,
)
from loggia.shared.protocol.roles import Role

from tests.qtclient.state.seen import take
from tests.qtclient.talk import NOON, arrived, entered, restored, says

ALL: tuple[Right, ...] = ("reply", "react", "edit", "delete", "pin", "thread")
WHO = ("lobby", NOON, "olga", "a-olga", "id")


def closed(seq: int) -> ClosedEvent:
    return ClosedEvent("lobby", seq, *WHO[1:])


def reopened(seq: int) -> ReopenedEvent:
    return ReopenedEvent("lobby", seq, *WHO[1:])


def announces(seq: int, on: bool = True) -> ConfiguredEvent:
    return ConfiguredEvent("lobby", seq, *WHO[1:], title="", slow_s=0, announce=on)


def muted(seq: int, who: str = "ada", until: int | None = None) -> MutedEvent:
    return MutedEvent("lobby", seq, *WHO[1:], f"a-{who}", who, "", until)


def unmuted(seq: int) -> UnmutedEvent:
    return UnmutedEvent("lobby", seq, *WHO[1:], "a-ada", "ada", "")


def rights(state: WindowState) -> list[str]:
    """Over a message of mine."""
    room: Room = state.rooms["lobby"]
    row = next(row for row in room.rows if getattr(row, "text", "") == "mine")
    return [right for right in ALL if may(right, row, room, "a-ada")]


SPEAKS = ["reply", "react", "edit", "delete", "thread"]


@pytest.mark.parametrize(
    ("events", "wanted"),
    [
        ([], SPEAKS),
        ([closed(3)], ["delete"]),
        ([closed(3), reopened(4)], SPEAKS),
        ([announces(3)], ["react", "delete"]),
        ([announces(3), announces(4, on=False)], SPEAKS),
        ([muted(3)], ["delete"]),
        ([muted(3, until=NOON)], SPEAKS),
        ([muted(3, "bob")], SPEAKS),
        ([muted(3), unmuted(4)], SPEAKS),
    ],
)
def test_what_the_log_forbids_is_not_there(state: WindowState, events: list[StoredEvent], wanted: list[str]):
    take(state, *entered(), *arrived([says(2, "ada", "mine"), *events]))
    assert rights(state) == wanted


@pytest.mark.parametrize(
    ("role", "wanted"), [("moderator", list(ALL)), ("owner", list(ALL)), ("guest", ["delete"])]
)
def test_who_runs_a_room_of_announcements_writes_there(state: WindowState, role: Role, wanted: list[str]):
    me = Member(nick="ada", account="a-ada", presence="online", role=role)
    take(
        state,
        *entered(),
        *arrived([says(2, "ada", "mine"), announces(3)]),
        People(room="lobby", members=[me]),
    )
    assert rights(state) == wanted


def test_an_older_page_does_not_undo_what_came_since(state: WindowState):
    take(state, *entered(), *arrived([says(9, "ada", "mine"), reopened(10)]))
    take(state, Older(room="lobby", events=[announces(7), closed(8)], more=True))
    assert rights(state) == ["react", "delete"]


def test_another_life_of_the_log_begins_without_rules(state: WindowState):
    take(state, *entered(), *arrived([says(2, "ada", "mine"), closed(3)]), restored(3, head=0))
    take(state, *arrived([says(1, "ada", "mine")]))
    assert rights(state) == SPEAKS
