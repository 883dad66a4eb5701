"""The running hash over a room's events."""

from hashlib import sha256

from broker import chain


def test_the_hash_behind_nothing_and_behind_one():
    assert chain.extend(chain.EMPTY, []) == chain.EMPTY == bytes(32)
    assert chain.extend(chain.EMPTY, [b"a"]) == sha256(bytes(32) + b"a").digest()


def test_it_does_not_depend_on_how_the_events_are_cut_into_rows():
    events = [b"%d" % number for number in range(10)]
    whole = chain.extend(chain.EMPTY, events)
    for cut in range(11):
        assert chain.extend(chain.extend(chain.EMPTY, events[:cut]), events[cut:]) == whole


def test_it_depends_on_every_event_its_bytes_and_its_place():
    events = [b"a", b"b", b"c"]
    others = [[b"a", b"b"], [b"a", b"b", b"d"], [b"b", b"a", b"c"], [b"ab", b"c"], [b"a", b"b", b"c", b""]]
    found = {chain.extend(chain.EMPTY, some) for some in [events, *others]}
    assert len(found) == 1 + len(others)
