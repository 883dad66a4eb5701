"""What connections may subscribe to, counted."""

import pytest
from loggia.broker.doors.zeromq.subscriptions import COMMON_BYTES, TOPIC_BYTES, TOPICS, Subscriptions
from loggia.shared.protocol.limits import Limits

ADA, BOB, EVE = 5, 6, 7


def subscribe(number, length=20):
    return b"\1" + str(number).encode().rjust(length, b"t")


def nowhere(fd):
    return ""


def cancel(number, length=20):
    return b"\0" + subscribe(number, length)[1:]


def test_the_longest_name_of_a_room_is_a_topic_and_no_more_than_some_bytes_longer():
    topic = b"room/" + ("\U0001f600" * Limits().room_chars).encode() + b"/"
    subscriptions = Subscriptions(nowhere)
    assert subscriptions.said(ADA, b"\1" + topic) is None
    assert subscriptions.said(ADA, b"\1" + b"t" * TOPIC_BYTES) is None
    assert subscriptions.said(ADA, b"\1" + b"t" * (TOPIC_BYTES + 1)) == ADA


def test_one_connection_has_so_many_and_others_are_none_the_worse():
    subscriptions = Subscriptions(nowhere)
    assert {subscriptions.said(ADA, subscribe(number)) for number in range(TOPICS)} == {None}
    assert subscriptions.said(ADA, subscribe(TOPICS)) == ADA
    assert subscriptions.said(BOB, subscribe(0)) is None


def test_one_connection_has_so_many_bytes_of_them():
    subscriptions = Subscriptions(nowhere, own_bytes=1000)
    assert {subscriptions.said(ADA, subscribe(number, 250)) for number in range(4)} == {None}
    assert subscriptions.said(ADA, cancel(3, 250)) is None
    assert subscriptions.said(ADA, subscribe(4, 250)) is None
    assert subscriptions.said(ADA, subscribe(5, 1)) == ADA
    assert subscriptions.said(BOB, subscribe(5, 250)) is None


def test_whoever_comes_and_goes_in_rooms_is_never_over():
    subscriptions = Subscriptions(nowhere, topics=3)
    for number in range(100):
        assert subscriptions.said(ADA, subscribe(number)) is None
        assert subscriptions.said(ADA, subscribe(number)) is None
        if number >= 2:
            assert subscriptions.said(ADA, cancel(number - 2)) is None


def test_cancelling_what_is_not_there_makes_no_room():
    subscriptions = Subscriptions(nowhere, topics=2)
    for number in range(2):
        subscriptions.said(ADA, subscribe(number))
        for _ in range(3):
            assert subscriptions.said(ADA, cancel("other")) is None
    assert subscriptions.said(ADA, subscribe(2)) == ADA


@pytest.mark.parametrize("message", [b"", b"hello", b"\2topic"])
def test_who_talks_is_cut_off(message):
    assert Subscriptions(nowhere).said(ADA, message) == ADA


def test_where_all_have_too_much_it_is_whoever_has_most():
    subscriptions = Subscriptions(nowhere, all_bytes=1000)
    assert subscriptions.said(BOB, subscribe("bob", 100)) is None
    for number in range(3):
        assert subscriptions.said(EVE, subscribe(number, 300)) is None
    assert subscriptions.said(BOB, subscribe("more", 200)) == EVE
    subscriptions.gone(EVE)
    assert subscriptions.said(BOB, subscribe("and more", 200)) is None


def test_a_crowd_at_one_address_does_not_drive_out_one_who_is_at_another():
    subscriptions = Subscriptions(lambda fd: "ada's" if fd == ADA else "theirs", all_bytes=10_000)
    for number in range(30):
        assert subscriptions.said(ADA, subscribe(f"ada {number}", 100)) is None
    cut_off = set()
    for fd in range(100, 200):
        for number in range(5):
            cut_off.add(subscriptions.said(fd, subscribe(f"{fd} {number}", 100)))
    assert ADA not in cut_off
    assert len(cut_off) > 1


def test_what_many_listen_to_counts_once_and_so_does_what_all_share():
    subscriptions = Subscriptions(nowhere, all_bytes=300 - COMMON_BYTES, all_listening=1001)
    assert {subscriptions.said(fd, subscribe(1, 300)) for fd in range(1000)} == {None}
    assert subscriptions.said(1000, subscribe(2, COMMON_BYTES)) is not None


def test_who_listens_to_what_others_listen_to_counts_too():
    subscriptions = Subscriptions(nowhere, all_listening=1000)
    assert {subscriptions.said(fd, subscribe(1)) for fd in range(1000)} == {None}
    assert subscriptions.said(1000, subscribe(1)) is not None


def test_who_is_cut_off_takes_room_until_it_is_gone():
    subscriptions = Subscriptions(nowhere, all_bytes=1000)
    for number in range(3):
        subscriptions.said(EVE, subscribe(number, 300))
    assert not subscriptions.is_full()
    subscriptions.said(BOB, subscribe("bob", 290))
    subscriptions.cut_off(EVE)
    assert subscriptions.said(BOB, subscribe("more", 290)) is None, "one is enough"
    assert subscriptions.is_full()
    subscriptions.gone(EVE)
    assert not subscriptions.is_full()


def test_nothing_is_kept_of_who_is_gone():
    subscriptions = Subscriptions(nowhere)
    for fd in range(10):
        for number in range(50):
            subscriptions.said(fd, subscribe(number))
        subscriptions.said(fd, cancel(7))
    for fd in range(10):
        subscriptions.gone(fd)
    assert vars(subscriptions) == vars(Subscriptions(nowhere))
