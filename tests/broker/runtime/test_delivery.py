"""Who hears what happens in a room: whoever listens, or only those whom it is for."""

import pytest
from loggia.broker.core import permissions
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import Ban, End, Join, Kick, Leave, Message

DEN = "den"


@pytest.fixture(autouse=True)
def den(monkeypatch):
    """The den is for its members only; all else is public."""
    monkeypatch.setattr(
        permissions, "audience", lambda room: frozenset(room.people) if room.name == DEN else None
    )


def heard(house):
    """What one turn delivers: to whom, in the order it is told."""
    return [
        (one.room, one.to, [getattr(event, "text", type(event).__name__) for event in one.events])
        for one in house.turn().deliveries
    ]


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


def test_who_goes_hears_what_was_said_before_and_that_it_is_gone_and_who_comes_only_what_follows(house):
    """All in one turn."""
    for nick in ("ada", "bob"):
        house.join(nick, nick)
        house.join(nick, room=DEN)
    house.join("eve", "eve")
    house.arrive("ada", Message(id="1", room=DEN, text="before"))
    house.arrive("bob", Leave(id="1", room=DEN))
    house.arrive("ada", Message(id="2", room=DEN, text="between"))
    house.arrive("eve", Join(id="1", room=DEN))
    house.arrive("ada", Message(id="3", room=DEN, text="after"))
    assert heard(house) == [
        (DEN, {"ada", "bob"}, ["before"]),
        (DEN, {"ada", "bob"}, ["LeftEvent"]),
        (DEN, {"ada"}, ["between"]),
        (DEN, {"ada", "eve"}, ["JoinedEvent"]),
        (DEN, {"ada", "eve"}, ["after"]),
    ]


def test_who_is_the_first_to_go_in_a_turn_hears_of_it(house):
    for nick in ("ada", "bob"):
        house.join(nick, nick)
        house.join(nick, room=DEN)
    house.arrive("bob", Leave(id="1", room=DEN))
    assert heard(house) == [(DEN, {"ada", "bob"}, ["LeftEvent"])]


def test_who_comes_and_goes_in_one_turn_hears_no_more_than_is_for_it(house):
    house.join("ada", "ada")
    house.join("ada", room=DEN)
    house.join("eve", "eve")
    house.arrive("eve", Join(id="1", room=DEN))
    house.arrive("ada", Message(id="1", room=DEN, text="inside"))
    house.turn()
    house.arrive("eve", Leave(id="2", room=DEN))
    house.arrive("ada", Message(id="2", room=DEN, text="outside"))
    assert heard(house) == [
        (DEN, {"ada", "eve"}, ["LeftEvent"]),
        (DEN, {"ada"}, ["outside"]),
    ]


def test_whose_session_ends_is_told_nothing_more(house):
    for nick in ("ada", "bob"):
        house.join(nick, nick)
        house.join(nick, room=DEN)
    house.arrive("bob", End(id="1"))
    house.arrive("ada", Message(id="1", room=DEN, text="after"))
    assert [one for one in heard(house) if one[0] == DEN] == [
        (DEN, {"ada"}, ["LeftEvent"]),
        (DEN, {"ada"}, ["after"]),
    ]


def test_in_a_public_room_whoever_listens_hears_all_at_once(house):
    for nick in ("ada", "bob"):
        house.join(nick, nick)
    house.arrive("ada", Message(id="1", room=LOBBY, text="before"))
    house.arrive("bob", Leave(id="1", room=LOBBY))
    house.arrive("ada", Message(id="2", room=LOBBY, text="after"))
    assert heard(house) == [(LOBBY, None, ["before", "LeftEvent", "after"])]


@pytest.mark.parametrize(
    ("act", "told"), [(Kick, ["LeftEvent"]), (Ban, ["BannedEvent", "LeftEvent"])], ids=["kick", "ban"]
)
def test_who_is_shown_out_of_a_public_room_hears_it_by_all_his_connections_too(house, act, told):
    """Of a ban no ping tells him that he missed the broadcast."""
    house.join("ada", "ada")
    token = house.join("phone", "bob").token
    house.join("desk", token=token)
    house.join("cas", "cas")
    house.arrive("ada", act(id="1", room=LOBBY, who="bob"), Message(id="2", room=LOBBY, text="after"))
    assert heard(house) == [(LOBBY, None, [*told, "after"]), (LOBBY, {"phone", "desk"}, told)]


def test_who_is_banned_and_not_there_is_told_nothing(house):
    house.join("ada", "ada")
    house.join("bob", "bob")
    house.join("bob", room="lab")
    house.ask_one("bob", Leave(id="1", room=LOBBY))
    house.arrive("ada", Ban(id="1", room=LOBBY, who="bob"))
    assert heard(house) == [(LOBBY, None, ["BannedEvent"])]


def test_a_ban_is_told_to_who_is_shown_out_by_it_and_to_nobody_who_is_shown_out_behind_it(house):
    house.join("ada", "ada")
    for nick in ("bob", "cas"):
        house.join(nick, nick)
    house.arrive("ada", Ban(id="1", room=LOBBY, who="bob"), Kick(id="2", room=LOBBY, who="cas"))
    assert heard(house) == [
        (LOBBY, None, ["BannedEvent", "LeftEvent", "LeftEvent"]),
        (LOBBY, {"bob"}, ["BannedEvent", "LeftEvent"]),
        (LOBBY, {"cas"}, ["LeftEvent"]),
    ]
