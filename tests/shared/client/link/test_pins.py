"""What is pinned is found in a copy, whenever what pins it came, and whatever else it holds."""

import contextlib
import random

from hypothesis import given
from hypothesis import strategies as st
from loggia.shared.client import commands, updates
from loggia.shared.client.link.memory import Memory
from loggia.shared.client.link.replica import Replica
from loggia.shared.protocol.events import (
    DeletedEvent,
    EditedEvent,
    MessageEvent,
    PinnedEvent,
    ReactedEvent,
    StoredEvent,
)

from tests.shared.client.fake import FakeBroker
from tests.shared.client.link.test_changes import Log, delivered, grown, kept
from tests.shared.client.wired import Client


def pinned(held: list[StoredEvent]) -> list[StoredEvent]:
    """The messages that are pinned; of those that are not among these, what says so."""
    there = {event.seq for event in held}
    found: dict[int, StoredEvent] = {}
    for event in held:
        if isinstance(event, MessageEvent) and event.pinned:
            found[event.seq] = event
        elif isinstance(event, PinnedEvent | DeletedEvent) and event.target not in there:
            found.pop(event.target, None)
            if isinstance(event, PinnedEvent) and event.on:
                found[event.target] = event
    return [found[seq] for seq in sorted(found)]


@given(st.integers(0, 2**32))
def test_what_is_pinned_is_found_while_holes_are_filled_and_older_pages_come(seed: int) -> None:
    chance = random.Random(seed)
    log, memory = grown(chance, chance.randint(2, 40)), Memory()
    with contextlib.closing(Replica(None)) as replica:
        for turn in delivered(log, chance):
            memory.keep(turn)
            replica.keep(turn)
            now = pinned(replica.events("lobby", "e1", 0, 99))
            assert replica.pins("lobby", "e1") == memory.pins("lobby", "e1") == now
        assert replica.pins("lobby", "e1") == pinned(log.now())


def test_what_only_says_the_word_is_not_pinned_and_an_edit_is_seen() -> None:
    log, memory = Log(), Memory()
    log.message('"pinned":true and \\"pinned\\"')
    log.message("the rules")
    log.change(ReactedEvent, 1, emoji='"pinned"', on=True)
    log.change(PinnedEvent, 2, on=True)
    log.change(EditedEvent, 2, text="the new rules")
    with contextlib.closing(Replica(None)) as replica:
        for copy in (memory, replica):
            copy.keep([kept(log.live(1, 5), [(1, 5)])])
            (event,) = copy.pins("lobby", "e1")
            assert isinstance(event, MessageEvent)
            assert (event.seq, event.text) == (2, "the new rules")
            assert copy.pins("lobby", "e2") == copy.pins("lab", "e1") == []


def test_a_program_asks_its_copy_for_them() -> None:
    broker = FakeBroker()
    client = Client(broker)
    client.step()
    who = {"nick": "zoe", "account": "a-zoe"}
    said = broker._append("lobby", {"op": "message", **who, "id": "1", "text": "be kind"})
    broker._append("lobby", {"op": "pinned", **who, "id": "2", "target": said["seq"], "on": True})
    client.wait(1.0)
    client.post(commands.ReadPins(room="lobby", epoch="epoch-1", id="q"))
    (told,) = client.updates(updates.ToldPins)
    assert (told.room, told.epoch, told.id) == ("lobby", "epoch-1", "q")
    assert [getattr(event, "text", "") for event in told.events] == ["be kind"]
