"""How far a copy goes is known from its entries: only the shape of it is written."""

import pathlib

import pytest
from loggia.shared.client import effects
from loggia.shared.client.link.replica import Replica
from loggia.shared.protocol.errors import StorageFull

from tests.shared.client.link.test_replica import copy, event, received


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "ada.db"


def test_the_newest_span_goes_as_far_as_its_entries_and_is_not_written_with_each(path: pathlib.Path) -> None:
    replica = Replica(path)
    replica.keep([effects.KeepCopy("lobby", "e1", [], [(3, 2)])])
    for seq in (3, 4, 5):
        replica.keep([effects.KeepCopy("lobby", "e1", [received(event(seq))], [(3, seq)])])
    assert list(replica._db.execute("SELECT first, last FROM span")) == [(3, 2)]
    assert replica.saved().rooms[0].spans == [(3, 5)]
    replica.keep([effects.KeepCopy("lobby", "e1", [], [(3, 5), (9, 8)])])
    replica.keep([effects.KeepCopy("lobby", "e1", [received(event(9))], [(3, 5), (9, 9)])])
    replica.keep([effects.KeepCopy("lobby", "e1", [received(event(8))], [(3, 5), (8, 9)])])
    replica.close()
    replica = Replica(path)
    assert replica.saved().rooms[0].spans == [(3, 5), (8, 9)]
    replica.close()


def test_the_entry_before_an_empty_copy_does_not_lengthen_it(path: pathlib.Path) -> None:
    replica = Replica(path)
    replica.keep([effects.KeepCopy("lobby", "e1", [received(event(7))], [(8, 7)])])
    saved = replica.saved().rooms[0]
    assert (saved.spans, saved.anchored) == ([(8, 7)], True)
    replica.close()


def test_what_a_full_disk_did_not_take_of_the_spans_is_written_with_the_next(path: pathlib.Path) -> None:
    replica = Replica(path)
    replica.keep([copy("e1", 1, 2)])
    pages = next(replica._db.execute("PRAGMA page_count"))[0]
    replica._db.execute(f"PRAGMA max_page_count = {pages + 2}")
    far = effects.KeepCopy("lobby", "e1", [received(event(seq)) for seq in (8, 9)], [(1, 2), (8, 9)])
    big = [received(event(seq, "x" * 4000)) for seq in range(1, 20)]
    with pytest.raises(StorageFull):
        replica.keep([far, effects.KeepCopy("lab", "e1", big, [(1, 19)])])
    assert [(room.room, room.spans) for room in replica.saved().rooms] == [("lobby", [(1, 2)])]
    replica._db.execute("PRAGMA max_page_count = 1000000")
    replica.keep([far])
    replica.close()
    replica = Replica(path)
    assert replica.saved().rooms[0].spans == [(1, 2), (8, 9)]
    replica.close()
