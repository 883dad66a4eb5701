"""What a program without a file holds is what one with a file does."""

import pathlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loggia.shared.client import effects
from loggia.shared.client.link.memory import Memory
from loggia.shared.client.link.replica import Replica

from tests.shared.client.link.test_replica import entry, event, received

EPOCHS = st.sampled_from(["e1", "e2", "e3"])
ROOMS = st.sampled_from(["lobby", "lab"])


class Log:
    """The lives of the rooms' logs, of which copies grow as those of a session do."""

    def __init__(self) -> None:
        self.spans: dict[tuple[str, str], list[tuple[int, int]]] = {}

    def grows(self, room: str, epoch: str, by: int) -> effects.KeepCopy:
        """`by`: so many entries; 0: what comes next is far from there, and the one before it is kept."""
        spans = self.spans.setdefault((room, epoch), [])
        if not spans or not by:
            begin = spans[-1][1] + 5 if spans else 4
            spans.append((begin, begin - 1))
            found = [begin - 1]
        else:
            first, last = spans[-1]
            spans[-1] = (first, last + by)
            found = [*range(last + 1, last + by + 1)]
        return effects.KeepCopy(room, epoch, [received(event(seq)) for seq in found], [*spans])

    def set_aside(self, room: str, epoch: str, name: str) -> effects.SetAside:
        self.spans.pop((room, epoch), None)
        return effects.SetAside(room, epoch, name)


def entered(place: int, code: str) -> effects.KeepEntry:
    return effects.KeepEntry(entry(place, code=code, reason="no") if code else entry(place))


CHANGES = st.one_of(
    st.tuples(
        st.just(effects.KeepAccount), st.sampled_from([f"a{n}" for n in range(12)]), st.sampled_from("xyz")
    ),
    st.tuples(
        st.just(effects.KeepNick),
        st.sampled_from(["ada", "bob"]),
        st.sampled_from(["ada", "cem"]),
        st.booleans(),
    ),
    st.tuples(st.just(effects.KeepRoom), ROOMS, st.booleans()),
    st.tuples(st.just(Log.grows), ROOMS, EPOCHS, st.integers(0, 3)),
    st.tuples(st.just(Log.set_aside), ROOMS, EPOCHS, st.uuids().map(str)),
    st.tuples(st.just(effects.KeepHandled), ROOMS, EPOCHS, st.integers(1, 9)),
    st.tuples(st.just(entered), st.integers(1, 4), st.sampled_from(["", "banned"])),
    st.tuples(st.just(effects.DropEntry), st.sampled_from(["m1", "m2", "m3", "m4"])),
)


@given(st.lists(st.lists(CHANGES, max_size=4), max_size=8))
def test_it_gives_back_what_a_file_would(turns: list[list[tuple[Callable[..., effects.Keep], Any]]]) -> None:
    memory, replica, log = Memory(), Replica(None), Log()
    for turn in turns:
        changes = [make(log, *of) if make in (Log.grows, Log.set_aside) else make(*of) for make, *of in turn]
        memory.keep(changes)
        replica.keep(changes)
    saved, known = memory.saved(), replica.saved()
    assert saved == known
    for one in [*saved.rooms, *saved.old]:
        for after, upto in [(0, 10**9), (4, 6), (9, 3)]:
            held = replica.events(one.room, one.epoch, after, upto)
            assert memory.events(one.room, one.epoch, after, upto) == held
    replica.close()


def test_what_it_gives_does_not_change_with_what_becomes_of_it() -> None:
    memory, mine = Memory(), entry(1)
    memory.keep([effects.KeepEntry(mine)])
    saved = memory.saved()
    mine.code = "banned"
    assert saved.outbox[0].code is None
    memory.close()


@pytest.mark.parametrize("epoch", ["e1", "never"])
def test_there_is_nothing_of_a_room_that_it_does_not_hold(epoch: str, tmp_path: pathlib.Path) -> None:
    assert Memory().events("lobby", epoch, 0, 9) == []
