"""What is looked up of ids that do not grow."""

import pytest
from loggia.broker.core.state import Batch, Fresh, IdRange, Person, Room
from loggia.broker.storage import request_ids
from loggia.broker.storage.chunks import Chunks
from loggia.broker.storage.log import Log
from loggia.shared.protocol.codec import encode_each
from loggia.shared.protocol.events import MessageEvent
from loggia.shared.protocol.limits import LOBBY

ADA = Person(number=7, account="a", token_hash=b"", nick="ada")
EVE = Person(number=8, account="e", token_hash=b"", nick="eve")
MESSAGES = 10  # of each, in a batch


@pytest.fixture
def log(tmp_path):
    log = Log(tmp_path / "data", "first")
    yield log
    log.close()


@pytest.fixture
def read(monkeypatch):
    """The first places that were read."""
    read, lines = [], Chunks.lines
    monkeypatch.setattr(Chunks, "lines", lambda *place: read.append(place[1]) or lines(*place))
    return read


def talk(log, batches):
    """Both, in turns; ids grow from batch to batch."""
    room = Room(number=1, name=LOBBY, place=log.place_of(1))
    for batch in range(batches):
        events = [
            MessageEvent(
                LOBBY,
                room.head + 2 * number + place,
                10,
                who.nick,
                who.account,
                f"{batch:03}{number:03}",
                "hi",
            )
            for number in range(MESSAGES)
            for place, who in ((1, ADA), (2, EVE))
        ]
        first, last, largest = room.head + 1, room.head + 2 * MESSAGES, events[-1].id
        ranges = [IdRange(ADA.number, room, first, last - 1, largest)]
        ranges += [IdRange(EVE.number, room, first + 1, last, largest)]
        fresh = Fresh(room, first, events, encode_each(events))
        log.append(Batch(fresh=[fresh], new_rooms=[] if batch else [room], id_ranges=ranges))
        room.head = last


def test_a_range_is_read_once_for_all_that_is_asked_of_it(log, read):
    talk(log, batches=2)
    for _ in range(2):
        assert [log.find_answer(ADA, f"000{number:03}").seq for number in range(MESSAGES)] == [
            *range(1, 21, 2)
        ]
        assert [log.find_answer(EVE, f"000{number:03}").seq for number in range(MESSAGES)] == [
            *range(2, 21, 2)
        ]
        assert log.find_answer(ADA, "00000x") is None
    assert len(read) == 3, "the last one is sought in the next range"


def test_no_more_is_remembered_than_has_room(log, read):
    batches = request_ids.REMEMBERED + 1
    talk(log, batches)
    read.clear()
    for batch in [*range(batches), 0]:
        assert log.find_answer(ADA, f"{batch:03}000").seq == 1 + batch * 2 * MESSAGES
    assert len(read) == batches + 1
    assert len(log._ids._read) == request_ids.REMEMBERED
