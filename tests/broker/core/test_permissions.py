"""Who may do what in a room, by the table of ops."""

from typing import get_args

import pytest
from loggia.broker.core.ops import OPS, Role
from loggia.broker.core.permissions import RANKS, audience, denied, role_of
from loggia.broker.core.state import Person, Room
from loggia.shared.protocol.requests import AnyRequest, History, Leave, Members, Message


@pytest.fixture
def room() -> Room:
    lobby = Room(number=1, name="lobby", place=0)
    lobby.people["ann"] = Person(number=1, account="ann", token_hash=b"", nick="ann")
    return lobby


@pytest.mark.parametrize("op", [Message, Leave])
def test_who_is_not_in_a_room_writes_nothing_there(op: type[AnyRequest], room: Room) -> None:
    assert denied(op, "ann", room) is None
    assert denied(op, "bob", room) == "not_member"


@pytest.mark.parametrize("op", [History, Members])
def test_a_public_room_is_read_by_who_is_not_in_it(op: type[AnyRequest], room: Room) -> None:
    assert role_of("bob", room) == "guest"
    assert denied(op, "bob", room) is None


@pytest.mark.parametrize("role", get_args(Role))
def test_a_row_is_for_its_role_and_all_above(role: Role, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OPS, History, OPS[History]._replace(role=role))
    assert denied(History, "ann", room) == (None if RANKS["member"] >= RANKS[role] else "not_allowed")


@pytest.mark.parametrize("account", ["ann", "bob"])
def test_who_hears_what_happens_in_a_room_may_read_it_and_nobody_else(account: str, room: Room) -> None:
    hearers = audience(room)
    assert (hearers is None or account in hearers) == (denied(History, account, room) is None)
