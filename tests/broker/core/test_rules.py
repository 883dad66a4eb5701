"""How a room is follows from its events, whether they are decided now or read from a log."""

import msgspec
import pytest
from loggia.broker.core.rules import SETTINGS, Rules, Settings, folded, step
from loggia.shared.protocol.events import (
    BannedEvent,
    ClosedEvent,
    ConfiguredEvent,
    CreatedEvent,
    MessageEvent,
    MutedEvent,
    ReopenedEvent,
    RoleEvent,
    SubjectEvent,
    UnbannedEvent,
    UnmutedEvent,
)

from tests.broker.core.decided import AT

BY = ("lab", 1, AT, "olga", "o1", "1")
BOB = ("b1", "bob")
EVENTS = [
    CreatedEvent(*BY, subject="tea"),
    RoleEvent(*BY, *BOB, "moderator"),
    BannedEvent(*BY, *BOB, until=AT + 5),
    BannedEvent(*BY, "c1", "cas"),
    UnbannedEvent(*BY, "c1", "cas"),
    MutedEvent(*BY, *BOB),
    MutedEvent(*BY, "c1", "cas", until=7),
    UnmutedEvent(*BY, "c1", "cas"),
    SubjectEvent(*BY, "coffee"),
    ConfiguredEvent(*BY, "lab", 30, True),
    ClosedEvent(*BY),
    ReopenedEvent(*BY),
    ClosedEvent(*BY),
]


def test_what_a_log_comes_to():
    assert folded(EVENTS) == Rules(
        Settings(created=True, subject="coffee", slow_s=30, announce=True, closed=True),
        roles={"o1": "owner", "b1": "moderator"},
        bans={"b1": AT + 5},
        mutes={"b1": None},
    )


def test_what_the_disk_keeps_comes_to_the_same():
    rules, disk = Rules(), {}
    for event in EVENTS:
        for key in step(rules, event):
            disk[key] = rules.kept(key)
        again = Rules()
        for key, value in disk.items():
            if value is not None:
                again.take(key, value)
        assert again == rules


def test_other_events_say_nothing_of_it():
    rules = Rules()
    assert step(rules, MessageEvent(*BY, "hello")) == ()
    assert rules == Rules()


def test_a_ban_with_an_end_ends():
    rules = folded(EVENTS)
    assert rules.is_banned("b1", AT + 4)
    assert not rules.is_banned("b1", AT + 5)
    assert rules.is_muted("b1", 2**50)
    assert not rules.is_banned("o1", 0)


@pytest.mark.parametrize(("key", "value"), [(SETTINGS, b"7"), ("roles/a", b'"king"'), ("bans/a", b"[]")])
def test_what_is_no_rule_is_not_taken(key, value):
    with pytest.raises(msgspec.MsgspecError):
        Rules().take(key, value)
