"""What happened to a room, in words."""

import pytest
from loggia.shared.protocol.events import (
    BannedEvent,
    ClosedEvent,
    ConfiguredEvent,
    CreatedEvent,
    LeftEvent,
    MutedEvent,
    ReopenedEvent,
    RoleEvent,
    SubjectEvent,
    UnbannedEvent,
    UnmutedEvent,
)
from loggia.shared.protocol.sentences import sentence, shown_out

BY = ("lab", 1, 0, "anna maria", "a1", "1")
BOB = ("b1", "bob")


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (CreatedEvent(*BY), '"anna maria" made the room'),
        (CreatedEvent(*BY, subject="tea"), '"anna maria" made the room: tea'),
        (BannedEvent(*BY, *BOB), '"anna maria" banned bob'),
        (
            BannedEvent(*BY, *BOB, "noise", 1_700_000_000_000),
            '"anna maria" banned bob until 2023-11-14 22:13 UTC: noise',
        ),
        (BannedEvent(*BY, *BOB, until=2**62), '"anna maria" banned bob for long'),
        (UnbannedEvent(*BY, *BOB), '"anna maria" let bob come in again'),
        (MutedEvent(*BY, *BOB, "noise"), '"anna maria" muted bob: noise'),
        (UnmutedEvent(*BY, *BOB), '"anna maria" let bob speak again'),
        (RoleEvent(*BY, *BOB, "owner"), '"anna maria" made bob an owner'),
        (RoleEvent(*BY, *BOB, "guest"), '"anna maria" made bob a guest, who reads only'),
        (SubjectEvent(*BY, "tea"), '"anna maria" set the subject: tea'),
        (SubjectEvent(*BY, ""), '"anna maria" cleared the subject'),
        (
            ConfiguredEvent(*BY, "lab", 30, True),
            '"anna maria" set up the room: only moderators and owners write, one message in 30 s',
        ),
        (
            ConfiguredEvent(*BY, "lab", 0, False),
            '"anna maria" set up the room: all members write, as often as they like',
        ),
        (ClosedEvent(*BY), '"anna maria" closed the room'),
        (ReopenedEvent(*BY), '"anna maria" opened the room again'),
    ],
)
def test_each_is_a_sentence(event, words):
    assert sentence(event) == words


def test_who_is_shown_out_is_told_by_whom_and_why():
    left = LeftEvent("lab", 1, 0, "bob", "b1", "1", "kicked", "a1", "anna maria", "noise")
    assert shown_out(left) == '"anna maria" showed bob out: noise'
