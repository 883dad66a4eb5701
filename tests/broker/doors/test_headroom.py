"""How many descriptors connections may take, and how often that is said."""

import os

import pytest
from loggia.broker.doors import headroom
from loggia.broker.doors.headroom import LEAST, OWN, SAY_S, SPARE, STREAMS, Headroom, TooFew, share_of
from loggia.shared.process import descriptors

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a limit of descriptors")


def test_a_flood_is_said_at_once_and_then_once_a_minute(expect_log, caplog):
    expect_log("WARNING: Failed to accept a connection at the front door")
    room = Headroom("front door")
    for tenth in range(2 * round(SAY_S) * 10 + 1):
        room.refused(tenth / 10, "Too many open files")
    said = [record.getMessage() for record in caplog.records]
    assert ["1 so far" in said[0], "601 so far" in said[1], "1201 so far" in said[2]] == [True] * 3
    assert len(said) == 3


def test_connections_leave_some_to_the_broker(monkeypatch):
    monkeypatch.setattr(descriptors, "limit", lambda: 48)
    room = Headroom("front door")
    assert room.has_room_for(47 - SPARE)
    assert not room.has_room_for(48 - SPARE)


@pytest.mark.parametrize("short_of", [1, LEAST])
def test_a_start_with_too_few_says_how_many_there_are(monkeypatch, short_of):
    monkeypatch.setattr(descriptors, "limit", lambda: 100)
    monkeypatch.setattr(descriptors, "free_below", lambda number, most: LEAST - short_of)
    with pytest.raises(
        TooFew, match=rf"needs {LEAST} .* 100 that are allowed here {LEAST - short_of} are free"
    ):
        headroom.check()


@pytest.mark.parametrize("most", [LEAST + STREAMS, 48, 64, 256, 1024, descriptors.MOST])
def test_the_share_of_an_address_is_enough_for_a_client_and_not_all_that_there_is(most):
    there_is = most - STREAMS - OWN - SPARE
    assert share_of(most) == max(2, int(there_is * 3 / 4))


def test_the_share_of_an_address_follows_the_limit(monkeypatch):
    monkeypatch.setattr(descriptors, "limit", lambda: 256)
    before = headroom.share()
    monkeypatch.setattr(descriptors, "limit", lambda: 1024)
    assert headroom.share() > before


def test_free_descriptors_are_counted_and_given_back():
    before = os.dup(0)
    os.close(before)
    assert descriptors.free_below(before + 2, 10) == 2
    assert descriptors.free_below(before, 10) == 0
    after = os.dup(0)
    os.close(after)
    assert after == before
