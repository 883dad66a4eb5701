"""What a room's log says of who may write there, and of what it is about."""

import itertools

import pytest
from loggia.qtclient.state.room_rules import RoomRules
from loggia.shared.protocol.events import CreatedEvent, MutedEvent, StoredEvent, SubjectEvent, UnmutedEvent

from tests.qtclient.talk import HOUR, NOON

LOG: list[StoredEvent] = [
    CreatedEvent("lab", 1, NOON, "olga", "a-olga", "1", False, "dust"),
    MutedEvent("lab", 2, NOON, "olga", "a-olga", "2", "a-zoe", "zoe", ""),
    UnmutedEvent("lab", 3, NOON, "olga", "a-olga", "3", "a-zoe", "zoe", ""),
    MutedEvent("lab", 4, NOON, "olga", "a-olga", "4", "a-bob", "bob", "", NOON + HOUR),
    MutedEvent("lab", 5, NOON, "olga", "a-olga", "5", "a-kim", "kim", ""),
    SubjectEvent("lab", 6, NOON, "olga", "a-olga", "6", "less dust"),
]


@pytest.mark.parametrize(
    "order", [LOG, LOG[::-1], *itertools.islice(itertools.permutations(LOG), 1, 700, 97)]
)
def test_the_newest_counts_in_whatever_order_it_comes(order: list[StoredEvent]):
    rules = RoomRules()
    for event in order:
        rules.take(event, "a-kim")
    assert (rules.subject, rules.muted) == ("less dust", True)
    quiet = {who: rules.is_quiet(f"a-{who}", NOON, whole=False) for who in ("zoe", "bob", "kim", "ada")}
    assert quiet == {"zoe": False, "bob": True, "kim": True, "ada": None}
    assert rules.is_quiet("a-bob", NOON + HOUR, whole=False) is False, "that time is over"
    assert rules.is_quiet("a-kim", NOON + 9999 * HOUR, whole=False) is True
    assert rules.is_quiet("a-ada", NOON, whole=True) is False


def test_a_subject_that_is_cleared_is_none():
    rules = RoomRules()
    rules.take(LOG[-1], "a-kim")
    rules.take(SubjectEvent("lab", 7, NOON, "olga", "a-olga", "7", ""), "a-kim")
    assert rules.subject == ""
