"""Who hears what happens in a room: whoever listens, or only those whom it is for."""

import pytest
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import Message

DEN = "den"


@pytest.fixture
def house(house):
    """The den is for its members only; all else is public."""
    house.pipeline._audience = lambda room: list(room.people) if room.name == DEN else None
    return house


def test_what_is_for_members_goes_to_their_connections_and_to_nobody_else(house):
    house.join("ada", "ada")
    house.join("ada", room=DEN)
    house.join("bob", "bob")
    house.join("bob", room=DEN)
    house.join("eve", "eve")
    house.arrive("ada", Message(id="1", room=DEN, text="psst"), Message(id="2", room=LOBBY, text="hello"))
    effects = house.turn()
    assert {one.room: one.to for one in effects.deliveries} == {DEN: {"ada", "bob"}, LOBBY: None}


def test_every_connection_of_a_member_hears_it_and_none_that_is_gone(house):
    token = house.join("phone", "ada").token
    house.join("phone", room=DEN)
    house.join("desk", room=DEN, token=token)
    house.join("bob", "bob")
    house.join("bob", room=DEN)
    house.lose("bob")
    house.arrive("desk", Message(id="1", room=DEN, text="psst"))
    (delivery,) = house.turn().deliveries
    assert delivery.to == {"phone", "desk"}


def test_presence_in_it_is_for_members_too(house):
    house.join("ada", "ada")
    house.join("ada", room=DEN)
    house.join("bob", "bob")
    house.join("bob", room=DEN)
    house.pipeline.lost("bob")
    effects = house.turn()
    assert {one.room: one.to for one in effects.deliveries} == {DEN: {"ada"}, LOBBY: None}
