"""Private rooms and conversations: who is in them, who hears of what, and what the log says of it."""

import itertools

import pytest
from loggia.broker.core.ordered import Command, Created, Newcomer, Revoked, SessionExpired
from loggia.broker.core.rules import Insider, folded
from loggia.shared.protocol import limits
from loggia.shared.protocol.answers import Error, Stored
from loggia.shared.protocol.events import AboutRoom, CreatedEvent, InvitedEvent, JoinedEvent, LeftEvent
from loggia.shared.protocol.requests import (
    Ban,
    Create,
    Direct,
    Invite,
    Join,
    Kick,
    Leave,
    Message,
    SetRole,
    Unban,
)

from tests.broker.core.decided import AT, Decided, events_of


@pytest.fixture
def house(decided: Decided) -> Decided:
    """Ann, bob and cas are in the lobby."""
    for who in ("ann", "bob", "cas"):
        decided.join(who)
    decided.taken()
    return decided


def code(result):
    assert isinstance(result, Error), result
    return result.code


def made(house, account="ann", request_id="1", title="Thesis"):
    result = house(account, Create(id=request_id, room=title, private=True))
    assert isinstance(result, Created), result
    return result.room


def talk(house, account, request_id, *people):
    result = house(account, Direct(id=request_id, people=list(people)))
    assert isinstance(result, Created), result
    return result.room


def heard(batch, room):
    """Of each event of a room, its kind and who hears of it."""
    (fresh,) = [fresh for fresh in batch.fresh if fresh.room.name == room]
    found = []
    for begin, end, to in fresh.by_audience():
        found += [(type(event), None if to is None else set(to)) for event in fresh.events[begin:end]]
    return found


def sleeps(house, account):
    house(account, SessionExpired("lost", "x"))


def test_from_the_first_event_on_only_members_hear(house):
    name = made(house)
    house("ann", Message(id="2", room=name, text="alone"))
    house("ann", Invite(id="3", room=name, who="bob"))
    house("ann", Message(id="4", room=name, text="together"))
    house("ann", Kick(id="5", room=name, who="bob"))
    house("ann", Message(id="6", room=name, text="alone again"))
    kinds, to = zip(*heard(house.taken(), name), strict=True)
    assert [kind.__struct_config__.tag for kind in kinds] == [
        "created", "joined", "message", "invited", "message", "left", "message",
    ]  # fmt: skip
    ann, both = {"ann"}, {"ann", "bob"}
    assert list(to) == [ann, ann, ann, both, both, both, ann]


def test_one_batch_or_many_make_no_difference(house):
    name = made(house)
    house.taken()
    found = []
    for request in (
        Message(id="2", room=name, text="alone"),
        Invite(id="3", room=name, who="bob"),
        Message(id="4", room=name, text="together"),
        Ban(id="5", room=name, who="bob"),
        Message(id="6", room=name, text="alone again"),
    ):
        house("ann", request)
        found += [to for _, to in heard(house.taken(), name)]
    ann, both = {"ann"}, {"ann", "bob"}
    assert found == [ann, both, both, both, both, ann]


def test_who_belongs_to_a_room_follows_from_its_log(house):
    name = made(house)
    house("ann", Invite(id="2", room=name, who="bob"))
    house("ann", Invite(id="3", room=name, who="cas"))
    house("bob", Leave(id="1", room=name))
    sleeps(house, "cas")
    house.join("cas", nick="cassandra")
    rules = house.rooms.named(name).rules
    assert rules.members == {"ann": Insider("ann", "ann"), "cas": Insider("cas", "cassandra")}
    batch = house.taken()
    assert folded(events_of(batch)[name]) == rules
    assert {key for _, key in batch.rules} == {
        "settings", "roles/ann", "members/ann", "members/bob", "members/cas",
    }  # fmt: skip
    assert batch.rules[house.rooms.named(name).number, "members/bob"] is None


def test_a_session_begins_and_ends_without_a_word_in_the_log(house):
    name = made(house)
    house("ann", Invite(id="2", room=name, who="bob"))
    house.taken()
    sleeps(house, "bob")
    batch = house.taken()
    assert name not in events_of(batch)
    assert [person.account for person in batch.turned] == ["bob"]
    assert house.rooms.named(name).has("bob")
    assert set(house.rooms.named(name).people) == {"ann"}
    house("ann", Message(id="3", room=name, text="you sleep"))
    assert heard(house.taken(), name)[0][1] == {"ann"}
    house.join("bob")
    batch = house.taken()
    assert name not in events_of(batch)
    assert [person.account for person in batch.turned] == ["bob"]
    house("ann", Message(id="4", room=name, text="good morning"))
    assert heard(house.taken(), name)[0][1] == {"ann", "bob"}
    assert isinstance(house("bob", Message(id="1", room=name, text="hi")).seq, int)


@pytest.mark.parametrize("at_once", [True, False])
def test_who_is_invited_asleep_is_in_it_awake(house, at_once):
    name = made(house)
    sleeps(house, "bob")
    house.taken()
    house("ann", Invite(id="2", room=name, who="bob"))
    if not at_once:
        house.taken()
    house.join("bob")
    assert house.rooms.person("bob").rooms == {"lobby", name}
    assert "bob" in house.rooms.named(name).people


@pytest.mark.parametrize("how", [Kick, Ban])
def test_who_is_shown_out_asleep_is_not_in_it_awake(house, how):
    name = made(house)
    house("ann", Invite(id="2", room=name, who="bob"))
    sleeps(house, "bob")
    house.taken()
    house("ann", how(id="3", room=name, who="bob"))
    assert isinstance(events_of(house.taken())[name][-1], LeftEvent)
    assert not house.rooms.named(name).has("bob")
    house.join("bob")
    assert house.rooms.person("bob").rooms == {"lobby"}
    assert code(house("bob", Join(id="j", room=name))) == "no_such_room"


def test_a_banned_account_is_not_invited_until_the_ban_is_over_or_taken_back(house):
    name = made(house)
    house("ann", Ban(id="2", room=name, who="bob", until=AT + 5))
    house("ann", Ban(id="3", room=name, who="cas"))
    for who in ("bob", "cas"):
        refused = house("ann", Invite(id=f"4{who}", room=name, who=who))
        assert refused.code == "not_allowed"
        assert "unban" in refused.text
    house("ann", Unban(id="5", room=name, who="cas"))
    house.at += 5
    for who in ("bob", "cas"):
        assert house("ann", Invite(id=f"6{who}", room=name, who=who)).seq


def test_a_revoked_account_belongs_nowhere(house):
    name, other = made(house), talk(house, "ann", "2", "bob")
    house("ann", Invite(id="3", room=name, who="bob"))
    house.taken()
    house("bob", Revoked(id="x", token_hash=b"none"))
    assert [type(events_of(batch)[room][-1]) for batch in (house.taken(),) for room in (name, other)] == [
        LeftEvent, LeftEvent,
    ]  # fmt: skip
    for request in (Invite(id="4", room=name, who="bob"), Direct(id="5", people=["bob"])):
        assert code(house("ann", request)) == "no_such_account"


def test_who_made_it_comes_back_when_a_member_invites_and_owns_it_still(house):
    name = made(house)
    house("ann", Invite(id="2", room=name, who="bob"))
    house("ann", Leave(id="3", room=name))
    assert code(house("ann", Message(id="4", room=name, text="hi"))) == "no_such_room"
    assert code(house("ann", Create(id="1", room="Thesis", private=True))) == "no_such_room"
    house("bob", Invite(id="1", room=name, who="ann"))
    assert house("ann", Kick(id="5", room=name, who="bob")).seq


def test_a_name_that_is_taken_is_drawn_again(house):
    made(house)
    house.drawn -= 1
    assert code(house("bob", Create(id="1", room="Other", private=True))) == "unavailable"
    assert not events_of(house.taken()).get("Other")


# -- Conversations -----------------------------------------------------------------------------


def test_exactly_these_people_whoever_asks_in_whatever_order(house):
    first = talk(house, "ann", "1", "bob")
    assert [type(event) for event in events_of(house.taken())[first]] == [
        CreatedEvent, JoinedEvent, InvitedEvent,
    ]  # fmt: skip
    for number, (who, people) in enumerate(
        [("ann", ["bob", "ann", "bob"]), ("bob", ["ann"]), ("bob", ["bob", "ann"])]
    ):
        assert talk(house, who, f"2{number}", *people) == first
    assert not house.taken()
    three = talk(house, "cas", "1", "ann", "bob")
    assert three != first
    assert talk(house, "bob", "3", "cas", "ann") == three


def test_it_is_the_same_whatever_they_are_called(house):
    first = talk(house, "ann", "1", "bob")
    assert house.rooms.named(first).title("ann") == "bob"
    house.join("bob", nick="robert")
    assert talk(house, "ann", "2", "robert") == first
    assert house.rooms.named(first).title("ann") == "robert"
    house("bob", Leave(id="1", room=first))
    assert house.rooms.named(first).title("ann") == "bob", "as when it began"


def test_who_left_is_let_in_again_and_only_once(house):
    name = talk(house, "ann", "1", "bob", "cas")
    house("bob", Leave(id="1", room=name))
    house("ann", Leave(id="2", room=name))
    house.taken()
    assert talk(house, "ann", "3", "bob", "cas") == name
    joined, invited = events_of(house.taken())[name]
    assert (joined.account, invited.account, invited.target) == ("ann", "ann", "bob")
    house("bob", Leave(id="2", room=name))
    house.taken()
    assert talk(house, "ann", "3", "bob", "cas") == name
    assert not house.taken()


def test_visitors_talk_and_are_gone_with_their_session(house):
    house.rooms.decide(Command("eve", Join(id="j", nick="eve"), AT, Newcomer(b"eve", visitor=True)))
    name = talk(house, "ann", "1", "eve")
    assert code(house("ann", Invite(id="2", room=made(house, request_id="3"), who="eve"))) == "not_allowed"
    house.taken()
    sleeps(house, "eve")
    assert [type(event) for event in events_of(house.taken())[name]] == [LeftEvent]
    assert not house.rooms.named(name).has("eve")


@pytest.mark.parametrize("how", ["invite", "direct"])
def test_others_let_nobody_into_rooms_without_end(house, monkeypatch, how):
    monkeypatch.setattr("loggia.broker.core.people.LET_INTO_PRIVATE", 3)
    monkeypatch.setattr("loggia.broker.core.people.PRIVATE_ROOMS", 4)
    answers = []
    for number in range(5):
        if how == "invite":
            room = made(house, request_id=f"1{number}")
            answers.append(house("ann", Invite(id=f"2{number}", room=room, who="bob")))
            house("ann", Leave(id=f"3{number}", room=room))
        else:
            who = f"p{number}"
            house.join(who)
            answers.append(house(who, Direct(id="1", people=["bob"])))
    assert not any(isinstance(answer, Error) for answer in answers[:3])
    assert [code(answer) for answer in answers[3:]] == ["not_allowed"] * 2
    assert made(house, "bob", "1"), "it makes one of its own all the same"
    assert code(house("bob", Create(id="2", room="more", private=True))) == "not_allowed"
    assert isinstance(house("bob", Create(id="3", room="public")), Created)


def test_others_let_nobody_into_public_rooms_without_end(house, monkeypatch):
    assert limits.LET_INTO_PUBLIC < limits.ROOMS_PER_ACCOUNT
    monkeypatch.setattr("loggia.broker.core.people.LET_INTO_PUBLIC", 2)
    for number, wanted in enumerate([None, "not_allowed"]):
        assert isinstance(house("ann", Create(id=f"1{number}", room=f"r{number}")), Created)
        result = house("ann", Invite(id=f"2{number}", room=f"r{number}", who="bob"))
        assert getattr(result, "code", None) == wanted


def test_an_invitation_to_a_public_room_is_told_with_a_joined(house):
    house("ann", Create(id="1", room="lab"))
    house("ann", Invite(id="2", room="lab", who="bob"))
    sleeps(house, "cas")
    house.taken()
    house("ann", Invite(id="3", room="lab", who="cas"))
    assert [type(event) for event in events_of(house.taken())["lab"]] == [InvitedEvent]
    house.join("cas")
    assert [type(event) for event in events_of(house.taken())["lab"]] == [JoinedEvent]
    assert issubclass(InvitedEvent, AboutRoom)
    assert set(house.rooms.named("lab").people) == {"ann", "bob", "cas"}


def test_who_is_out_of_a_private_room_gets_no_role_and_can_lose_the_one_he_had(house):
    name, numbers = made(house), itertools.count()

    def role(who, role):
        return house("ann", SetRole(id=f"role {next(numbers)}", room=name, who=who, role=role))

    for nick in ("bob", "cas"):
        house("ann", Invite(id=f"invite {nick}", room=name, who=nick))
    assert isinstance(role("bob", "moderator"), Stored)
    house("ann", Kick(id="kick", room=name, who="bob"))
    assert code(role("bob", "owner")) == "not_member"
    assert isinstance(role("bob", "member"), Stored)
    assert code(role("bob", "moderator")) == "not_member"
    house("cas", Invite(id="invite", room=name, who="bob"))
    assert code(house("bob", Ban(id="ban", room=name, who="cas"))) == "not_allowed"
    assert isinstance(role("bob", "moderator"), Stored)
    assert isinstance(house("bob", Kick(id="kick", room=name, who="cas")), Stored)


def test_an_owner_who_left_a_private_room_can_lose_that_and_does_not_keep_others_out(house):
    name = made(house)
    house("ann", Invite(id="2", room=name, who="bob"))
    house("ann", SetRole(id="3", room=name, who="bob", role="owner"))
    house("bob", Leave(id="1", room=name))
    assert code(house("ann", SetRole(id="4", room=name, who="ann", role="member"))) == "not_allowed"
    assert isinstance(house("ann", SetRole(id="5", room=name, who="bob", role="guest")), Stored)
    house("ann", Invite(id="6", room=name, who="bob"))
    assert code(house("bob", Message(id="2", room=name, text="hello"))) == "not_allowed"


def test_who_was_never_in_a_private_room_becomes_nothing_in_it(house):
    name = made(house)
    for role in ("owner", "moderator", "member"):
        assert code(house("ann", SetRole(id=role, room=name, who="bob", role=role))) == "not_member"
