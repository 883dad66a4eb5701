"""The running hash over a room's events."""

import random
from hashlib import sha256

import pytest
from loggia.broker.storage.hash_chain import BLOCK_EVENTS, EMPTY, Chain, block_start


def hashed(events, parts=None):
    """The hash behind events that come in parts of these sizes, or one by one."""
    chain = Chain()
    while events:
        count = min(next(parts) if parts else 1, len(events), chain.room_left)
        chain.extend(b"\n".join(events[:count]), count)
        events = events[count:]
    return chain


def test_the_hash_behind_nothing_one_and_two():
    assert hashed([]).digest == EMPTY == bytes(32)
    assert hashed([b"a"]).digest == sha256(bytes(32) + b"a\n").digest()
    assert hashed([b"a", b"b"]).digest == sha256(bytes(32) + b"a\nb\n").digest()


def test_a_block_stands_on_the_one_in_front():
    events = [b"%d" % number for number in range(BLOCK_EVENTS + 1)]
    first = sha256(bytes(32) + b"".join(event + b"\n" for event in events[:BLOCK_EVENTS])).digest()
    assert hashed(events[:BLOCK_EVENTS]).digest == first
    assert hashed(events).digest == sha256(first + events[-1] + b"\n").digest()


def test_it_does_not_depend_on_how_the_events_are_cut_into_rows():
    events = [b"%d" % number for number in range(3 * BLOCK_EVENTS + 7)]
    whole = hashed(events)
    for seed in range(20):
        chance = random.Random(seed)
        cut = hashed(events, iter(lambda chance=chance: chance.choice([1, 2, 100, 255, 256, 300]), None))
        assert (cut.seq, cut.digest, cut.room_left) == (whole.seq, whole.digest, whole.room_left)


def test_it_depends_on_every_event_its_bytes_and_its_place():
    events = [b"a", b"b", b"c"]
    others = [[b"a", b"b"], [b"a", b"b", b"d"], [b"b", b"a", b"c"], [b"ab", b"c"], [b"a", b"b", b"c", b""]]
    found = {hashed(some).digest for some in [events, *others]}
    assert len(found) == 1 + len(others)


def test_a_copy_goes_its_own_way():
    chain = hashed([b"a"])
    copy = chain.copy()
    copy.extend(b"b", 1)
    assert (chain.seq, chain.digest) == (1, hashed([b"a"]).digest)
    assert (copy.seq, copy.digest) == (2, hashed([b"a", b"b"]).digest)


def test_it_goes_on_from_the_end_of_a_block():
    events = [b"%d" % number for number in range(BLOCK_EVENTS + 5)]
    chain = Chain(BLOCK_EVENTS, hashed(events[:BLOCK_EVENTS]).digest)
    chain.extend(b"\n".join(events[BLOCK_EVENTS:]), 5)
    assert chain.digest == hashed(events).digest


@pytest.mark.parametrize(
    ("seq", "start"), [(0, 0), (1, 0), (256, 0), (257, 256), (512, 256), (513, 512), (2**40 - 1, 2**40 - 256)]
)
def test_where_a_block_starts(seq, start):
    assert block_start(seq) == start
