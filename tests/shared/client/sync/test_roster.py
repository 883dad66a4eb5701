from typing import Any, get_args

import pytest
from loggia.shared.client.sync.roster import Present
from loggia.shared.protocol.answers import Member
from loggia.shared.protocol.events import (
    InvitedEvent,
    JoinedEvent,
    LeftEvent,
    MembershipEvent,
    MessageEvent,
    PresenceEvent,
    RenamedEvent,
    RoleEvent,
    StoredEvent,
)

from tests.sample import sample

ADA = Member(nick="ada", account="a", presence="online")


def event(kind: type[StoredEvent], seq: int, account: str, nick: str, **more: Any) -> StoredEvent:
    return kind(room="lobby", seq=seq, at=0, nick=nick, account=account, id=str(seq), **more)


def names(present: Present) -> list[str]:
    return [member.nick for member in present.members()]


def test_people_come_go_and_change_their_names() -> None:
    present = Present([ADA], as_of=5)
    assert present.happened([event(JoinedEvent, 6, "b", "bob", bot=True)])
    assert present.members()[1] == Member(nick="bob", account="b", presence="online", bot=True)
    assert present.happened([event(RenamedEvent, 7, "a", "ann", was="ada")])
    assert names(present) == ["ann", "bob"]
    assert present.happened([event(LeftEvent, 8, "a", "ann", reason="end")])
    assert names(present) == ["bob"]


def test_who_was_shown_out_is_told_once_and_not_who_left_or_came_back() -> None:
    present = Present([ADA], as_of=5)
    kicked = {"reason": "kicked", "by": "o"}
    present.happened(
        [
            event(LeftEvent, 6, "a", "ada", **kicked),
            event(LeftEvent, 7, "b", "bob", reason="lost"),
            event(LeftEvent, 8, "c", "cas", **kicked),
            event(JoinedEvent, 9, "c", "cas"),
        ]
    )
    assert present.take_shown_out() == ["a"]
    assert present.take_shown_out() == []


def test_what_the_join_counted_already_is_not_counted_again() -> None:
    present = Present([ADA], as_of=5)
    assert not present.happened([event(LeftEvent, 5, "a", "ada", reason="lost")])
    assert names(present) == ["ada"]


def test_talk_changes_nobody() -> None:
    assert not Present([ADA], as_of=5).happened([event(MessageEvent, 6, "a", "ada", text="hi")])


def test_presence_is_a_change_only_when_it_is_one() -> None:
    present = Present([ADA], as_of=5)
    away = PresenceEvent(room="lobby", nick="ada", account="a", presence="away")
    assert present.seen(away)
    assert present.members()[0].presence == "away"
    assert not present.seen(away)
    assert not present.seen(PresenceEvent(room="lobby", nick="x", account="unknown", presence="away"))


def test_who_is_let_into_a_private_room_belongs_to_it_whether_he_is_here_or_not() -> None:
    invited = event(InvitedEvent, 6, "a", "ada", target="b", target_nick="bob")
    for private in (True, False):
        present = Present([ADA], as_of=5, private=private)
        assert present.happened([invited]) == ["b"]
        assert names(present) == (["ada", "bob"] if private else ["ada"]), "else he is told of by himself"
    present = Present([ADA], as_of=5, private=True)
    present.happened([invited])
    assert present.members()[1].presence == "away"
    assert present.seen(PresenceEvent(room="lobby", nick="bob", account="b", presence="online"))
    present.happened([event(LeftEvent, 7, "b", "bob", reason="end")])
    assert names(present) == ["ada"]


OTHERS = set(get_args(StoredEvent)) - {*get_args(MembershipEvent), InvitedEvent}


@pytest.mark.parametrize("kind", sorted(OTHERS, key=str))
def test_nobody_comes_or_goes_by_any_other_event(kind: type[StoredEvent]) -> None:
    assert not Present([ADA]).happened([sample(kind)])


def test_a_status_is_known_whenever_it_was_told() -> None:
    present = Present([ADA], as_of=5, more=True)
    said = PresenceEvent(room="lobby", nick="ada", account="a", presence="online", status="hi")
    assert present.seen(said)
    assert not present.seen(said)
    other = PresenceEvent(room="lobby", nick="bob", account="b", presence="away", status="at lunch", since=7)
    assert not present.seen(other)
    present.page([Member(nick="bob", account="b", presence="online", status="before")], more=False)
    bob = present.get("b")
    assert bob is not None
    assert (bob.presence, bob.status, bob.since) == ("away", "at lunch", 7)


def role(seq: int, account: str, role: str) -> StoredEvent:
    return event(RoleEvent, seq, "o", "olga", target=account, target_nick="x", role=role)


def test_what_people_are_in_the_room_is_known_also_of_who_comes_back() -> None:
    present = Present([ADA], as_of=5, more=True)
    assert present.happened([role(6, "a", "moderator")]) == ["a"]
    assert present.get("a") == Member(nick="ada", account="a", presence="online", role="moderator")
    present.happened([event(LeftEvent, 7, "a", "ada", reason="lost"), event(JoinedEvent, 8, "a", "ada")])
    assert present.get("a").role == "moderator"
    present.happened([event(LeftEvent, 9, "a", "ada", reason="end"), role(10, "a", "guest")])
    present.happened([role(11, "b", "owner")])
    present.happened([event(JoinedEvent, 12, "a", "ada")])
    assert present.get("a").role == "guest"
    present.page([Member(nick="bob", account="b", presence="online")], more=False)
    assert present.get("b").role == "owner", "what was told is newer than the page"
