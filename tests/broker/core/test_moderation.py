"""How rooms are run: what each request leaves in the log, and whom it can be about."""

import pytest
from loggia.broker.core.ordered import Appointed, Command, Created, Newcomer, Revoked, SessionExpired
from loggia.broker.core.rooms import RoomsState
from loggia.broker.core.state import Person, Snapshot
from loggia.shared.protocol.answers import Error, Stored
from loggia.shared.protocol.events import BannedEvent, CreatedEvent, JoinedEvent, LeftEvent, RoleEvent
from loggia.shared.protocol.requests import (
    Ban,
    CloseRoom,
    Configure,
    Create,
    Join,
    Kick,
    Message,
    Mute,
    SetRole,
    SetSubject,
    Unban,
)

from tests.broker.core.decided import AT, Decided, events_of

LAB = "lab"


@pytest.fixture
def lab(decided: Decided) -> Decided:
    """Olga made it; bob and cas are in it."""
    for who in ("olga", "bob", "cas"):
        decided.join(who)
    assert decided("olga", Create(id="1", room=LAB, subject="tea")) == Created(LAB)
    decided.join("bob", LAB)
    decided.join("cas", LAB)
    return decided


def code(result):
    assert isinstance(result, Error), result
    return result.code


def test_who_makes_a_room_is_in_it_and_owns_it(lab):
    created, joined, *_ = events_of(lab.taken())[LAB]
    assert created == CreatedEvent(LAB, 1, AT, "olga", "olga", "1", subject="tea")
    assert isinstance(joined, JoinedEvent)
    assert lab.rooms.named(LAB).rules.roles == {"olga": "owner"}


def test_the_same_create_again_is_the_same_room(lab):
    lab.say("olga", "2", LAB)
    for _ in range(2):
        assert lab("olga", Create(id="1", room=LAB)) == Created(LAB)
        lab.taken()
    assert lab("olga", Create(id="2", room="other")).duplicate, "the id of something else"
    assert code(lab("bob", Create(id="1", room=LAB))) == "room_taken"
    assert code(lab("olga", Create(id="3", room=LAB))) == "room_taken"
    assert not lab.taken()


def test_a_kick_is_told_as_a_leave_and_by_whom(lab):
    lab.taken()
    answer = lab("olga", Kick(id="2", room=LAB, who="bob", reason="noise"))
    assert answer == Stored("2", LAB, 5, AT)
    left = LeftEvent(LAB, 5, AT, "bob", "bob", "2", "kicked", "olga", "olga", "noise")
    batch = lab.taken()
    assert events_of(batch)[LAB] == [left]
    assert batch.members == {(2, 2): False}
    assert code(lab("bob", Message(id="2", room=LAB, text="hi"))) == "not_member"
    lab.join("bob", LAB)


def test_a_kick_that_is_asked_for_again_is_answered_as_it_was(lab):
    first = lab("olga", Kick(id="2", room=LAB, who="bob"))
    again = lab("olga", Kick(id="2", room=LAB, who="bob"))
    assert (again.seq, again.duplicate) == (first.seq, True)
    lab.join("bob", LAB)
    assert lab("olga", Kick(id="2", room=LAB, who="bob")).duplicate
    assert "bob" in lab.rooms.named(LAB).people


def test_a_ban_shows_out_and_keeps_out_until_it_ends(lab):
    lab.taken()
    lab("olga", Ban(id="2", room=LAB, who="bob", until=AT + 50, reason="noise"))
    banned, left = events_of(lab.taken())[LAB]
    assert banned == BannedEvent(LAB, 5, AT, "olga", "olga", "2", "bob", "bob", "noise", AT + 50)
    assert (left.seq, left.account, left.reason, left.by) == (6, "bob", "kicked", "olga")
    refused = lab("bob", Join(id="j", room=LAB))
    assert (refused.code, refused.retry_after_ms) == ("banned", 50)
    lab.at = AT + 50
    lab.join("bob", LAB)


def test_an_unban_lets_in_again(lab):
    lab("olga", Ban(id="2", room=LAB, who="bob"))
    assert code(lab("bob", Join(id="j", room=LAB))) == "banned"
    lab("olga", Unban(id="3", room=LAB, who="bob"))
    lab.join("bob", LAB)


def test_who_is_away_is_banned_by_account_and_is_not_in_when_it_comes_back(lab):
    lab.taken()
    lab("bob", SessionExpired("lost", "x"))
    lab.taken()
    lab("olga", Ban(id="2", room=LAB, who="bob"))
    (banned,) = events_of(lab.taken())[LAB]
    assert isinstance(banned, BannedEvent)
    lab.join("bob")
    assert lab.rooms.person("bob").rooms == {"lobby"}


def test_who_is_banned_while_away_and_comes_back_in_the_same_batch_is_not_in(lab):
    lab.taken()
    lab("bob", SessionExpired("lost", "x"))
    lab.taken()
    lab("olga", Ban(id="2", room=LAB, who="bob"))
    lab.join("bob")
    assert lab.rooms.person("bob").rooms == {"lobby"}
    assert "bob" not in lab.rooms.named(LAB).people


@pytest.mark.parametrize("who", ["nobody", "BOB", ""])
def test_whom_nobody_is_called_like(lab, who):
    assert code(lab("olga", Kick(id="2", room=LAB, who=who))) == "no_such_account"


def test_a_nick_is_who_has_it_now(lab):
    lab("bob", Join(id="r", nick="kim"))
    assert code(lab("olga", Kick(id="2", room=LAB, who="bobby"))) == "no_such_account"
    assert isinstance(lab("olga", Kick(id="3", room=LAB, who="kim")), Stored)


def test_who_had_a_nick_last_is_found_if_it_was_one_alone():
    known = {
        nick: [Person(number=9, account=f"{nick}9", token_hash=b"9", nick=nick)] for nick in ("bob", "cas")
    }
    known["cas"].append(Person(number=8, account="cas8", token_hash=b"8", nick="cas"))
    named = {person.account: person for some in known.values() for person in some}
    rooms = RoomsState(
        Snapshot(rooms={}, people=[], last_account=9, founding=True),
        lambda room: room << 40,
        lambda *_: None,
        named.get,
        find_called=lambda nick: known.get(nick, []),
    )

    def decide(request, newcomer=None):
        return rooms.decide(Command("olga", request, AT, newcomer))

    decide(Join(id="j", nick="olga", room=LAB), Newcomer(b"olga"))
    assert isinstance(decide(Ban(id="1", room=LAB, who="bob")), Stored)
    assert code(decide(Ban(id="2", room=LAB, who="cas"))) == "no_such_account"
    assert isinstance(decide(Ban(id="3", room=LAB, who="cas8")), Stored)


def test_nobody_acts_upon_himself_or_who_is_more(lab):
    assert code(lab("olga", Kick(id="2", room=LAB, who="olga"))) == "not_allowed"
    lab("olga", SetRole(id="3", room=LAB, who="bob", role="moderator"))
    assert code(lab("bob", Kick(id="2", room=LAB, who="olga"))) == "not_allowed"
    assert isinstance(lab("bob", Kick(id="3", room=LAB, who="cas")), Stored)


def test_the_last_owner_cannot_step_down(lab):
    assert code(lab("olga", SetRole(id="2", room=LAB, who="olga", role="member"))) == "not_allowed"
    lab("olga", SetRole(id="3", room=LAB, who="bob", role="owner"))
    lab.taken()
    assert isinstance(lab("olga", SetRole(id="4", room=LAB, who="olga", role="member")), Stored)
    assert events_of(lab.taken())[LAB] == [
        RoleEvent(LAB, 6, AT, "olga", "olga", "4", "olga", "olga", "member")
    ]


def test_a_public_room_is_called_by_its_name(lab):
    assert code(lab("olga", Configure(id="2", room=LAB, title="Tea"))) == "not_allowed"


def test_what_is_not_said_stays_as_it_is(lab):
    lab("olga", Configure(id="2", room=LAB, slow_s=30))
    lab("olga", Configure(id="3", room=LAB, announce=True))
    lab("olga", SetSubject(id="4", room=LAB, subject="coffee"))
    settings = lab.rooms.named(LAB).rules.settings
    assert (settings.slow_s, settings.announce, settings.subject) == (30, True, "coffee")
    assert lab.rooms.slow_rooms == {LAB}
    assert lab.rooms.slow_s(LAB, "bob") == 30
    assert lab.rooms.slow_s(LAB, "olga") == 0
    lab("olga", Configure(id="5", room=LAB, slow_s=0))
    assert not lab.rooms.slow_rooms


def test_many_messages_at_once_are_judged_as_one_is(lab):
    lab("olga", CloseRoom(id="2", room=LAB))
    said = [Command("bob", Message(id=f"{number}", room=LAB, text="x"), AT) for number in range(2, 5)]
    assert lab.rooms.say(said) is None
    assert [code(lab.rooms.decide(command)) for command in said] == ["not_allowed"] * 3


def test_the_first_account_by_the_requests_door_owns_the_broker():
    rooms = RoomsState(
        Snapshot(rooms={}, people=[], last_account=0, founding=True),
        lambda room: room << 40,
        lambda *_: None,
        lambda _: None,
    )
    for account, visitor in (("v", True), ("a", False), ("b", False)):
        rooms.decide(Command(account, Join(id="j", nick=account), AT, Newcomer(account.encode(), visitor)))
    assert rooms.taken().owners == {"a": False}
    assert isinstance(rooms.decide(Command("a", Kick(id="1", room="lobby", who="b"), AT)), Stored)


def test_what_stands_between_messages_of_one_frame_is_answered_as_it_was(lab):
    lab.taken()

    def subject(request_id):
        return lab("olga", SetSubject(id=request_id, room=LAB, subject="x"))

    first = subject("a1")
    lab.say("olga", "a2", LAB)
    assert (subject("a1").seq, subject("a1").duplicate) == (first.seq, True)
    kicked = lab("olga", Kick(id="b1", room=LAB, who="bob"))
    lab.say("olga", "b2", LAB)
    assert lab("olga", Kick(id="b1", room=LAB, who="bob")).seq == kicked.seq
    banned = lab("olga", Ban(id="c1", room=LAB, who="cas"))
    lab.say("olga", "c2", LAB)
    assert lab("olga", Ban(id="c1", room=LAB, who="cas")).seq == banned.seq
    lengths = [(run.first, run.last) for run in lab.taken().id_ranges]
    assert (first.seq, first.seq) in lengths
    assert (kicked.seq, kicked.seq) in lengths
    assert (banned.seq, banned.seq) in lengths


def test_nobody_is_called_nothing(lab):
    assert code(lab("olga", Kick(id="2", room=LAB, who="\ufe0f"))) == "no_such_account"


@pytest.mark.parametrize("until", [0, AT - 1, AT])
@pytest.mark.parametrize("kind", [Ban, Mute])
def test_what_would_end_before_it_begins_is_refused(lab, kind, until):
    refused = lab("olga", kind(id="2", room=LAB, who="bob", until=until))
    assert code(refused) == "bad_request"
    first = lab("olga", kind(id="3", room=LAB, who="bob", until=AT + 5))
    lab.at = AT + 99
    again = lab("olga", kind(id="3", room=LAB, who="bob", until=AT + 5))
    assert (again.seq, again.duplicate) == (first.seq, True), "it was stored when that was to come"


def test_who_was_made_an_owner_and_cannot_act_does_not_count(lab):
    lab("olga", SetRole(id="2", room=LAB, who="bob", role="owner"))
    lab("olga", Ban(id="3", room=LAB, who="bob"))
    down = SetRole(id="4", room=LAB, who="olga", role="member")
    assert code(lab("olga", down)) == "not_allowed"
    lab("olga", SetRole(id="5", room=LAB, who="cas", role="owner"))
    lab("cas", Revoked("revoked", b"none"))
    assert code(lab("olga", down)) == "not_allowed"
    assert code(lab("olga", SetRole(id="6", room=LAB, who="cas", role="owner"))) == "not_allowed"
    lab("olga", Unban(id="7", room=LAB, who="bob"))
    assert isinstance(lab("olga", down), Stored)


def test_who_cannot_come_back_gets_no_role(lab):
    join = Join(id="j", nick="vic", room=LAB)
    lab.rooms.decide(Command("vic", join, AT, Newcomer(b"vic", visitor=True)))
    assert code(lab("olga", SetRole(id="2", room=LAB, who="vic", role="owner"))) == "not_allowed"


def test_in_a_room_nobody_changes_whom_the_operator_named(lab):
    lab("bob", Appointed("a"))
    assert isinstance(lab("bob", CloseRoom(id="2", room=LAB)), Stored)
    for who in ("olga", "bob"):
        assert code(lab(who, SetRole(id="3", room=LAB, who="bob", role="member"))) == "not_allowed"
    assert isinstance(lab("bob", SetRole(id="4", room=LAB, who="olga", role="member")), Stored)


def test_who_is_banned_is_looked_for_once(lab):
    """The second time the disk may not be readable, and who is banned would stay."""
    lab("bob", SessionExpired("lost", "x"))
    lab.taken()
    lab.sought.clear()
    lab("olga", Ban(id="2", room=LAB, who="bob"))
    assert lab.sought == ["bob"]
    assert lab.taken().members == {(2, 2): False}


def test_nobody_is_called_as_anothers_account_is_spelled(lab):
    lab.taken()
    lab("bob", SessionExpired("lost", "x"))
    lab.taken()
    for who in ("cas", "new"):
        answer = lab(who, Join(id="j", nick="bob", room=LAB))
        assert code(answer) == "nick_taken"
        assert answer.text == "The nickname is how the account of bob is written; choose another."
    lab("cas", Join(id="j", nick="kim", room=LAB))
    lab.taken()
    lab.join("kim", LAB, nick="lee")
    assert lab("cas", Join(id="j", nick="kim", room=LAB)) is None, "it was called so before"


def test_a_nick_that_was_given_up_in_the_same_turn_is_nobodys(lab):
    lab.join("a1", LAB, nick="zoe")
    lab.taken()
    lab.join("a1", LAB, nick="kim")
    assert code(lab("olga", Kick(id="2", room=LAB, who="zoe"))) == "no_such_account"
    assert isinstance(lab("olga", Kick(id="3", room=LAB, who="kim")), Stored)


def test_who_went_in_the_same_turn_is_found_by_the_nick_it_had_last(lab):
    lab.join("a1", LAB, nick="zoe")
    lab.join("a1", LAB, nick="kim")
    lab("a1", SessionExpired("lost", "x"))
    assert code(lab("olga", Ban(id="2", room=LAB, who="zoe"))) == "no_such_account"
    assert isinstance(lab("olga", Ban(id="3", room=LAB, who="kim")), Stored)
