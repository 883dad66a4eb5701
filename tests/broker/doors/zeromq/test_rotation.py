"""Whose turn it is."""

import pytest
from loggia.broker.doors.zeromq.rotation import Rotation


@pytest.fixture
def rotation():
    return Rotation()


def test_of_each_address_one_after_the_other(rotation):
    for fd, host in [(1, "a"), (2, "a"), (3, "a"), (4, "b"), (5, "c"), (6, "b")]:
        rotation.put(fd, host)
    assert [rotation.next() for _ in range(len(rotation))] == [1, 4, 5, 2, 6, 3]


def test_who_waits_already_keeps_its_place(rotation):
    for fd in (1, 2, 1):
        rotation.put(fd, "a")
    assert [rotation.next(), rotation.next()] == [1, 2]
    assert not rotation


def test_who_is_dropped_waits_no_more(rotation):
    for fd in (1, 2):
        rotation.put(fd, "a")
    rotation.drop(1)
    rotation.drop(1)
    assert 1 not in rotation
    assert [*rotation.at("a")] == [2]
    assert rotation.next() == 2
    assert vars(rotation) == vars(Rotation())
