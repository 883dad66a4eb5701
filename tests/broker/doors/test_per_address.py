"""How many connections one address may have."""

import pytest
from loggia.broker.doors.per_address import PerAddress


def test_one_address_has_as_many_as_it_may_and_no_other_is_the_worse_for_it():
    counted = PerAddress(2)
    assert [counted.came("192.0.2.7") for _ in range(4)] == [True, True, False, False]
    assert counted.came("192.0.2.8")


def test_one_that_went_makes_room_for_one():
    counted = PerAddress(1)
    for _ in range(3):
        assert counted.came("192.0.2.7")
        assert not counted.came("192.0.2.7")
        counted.went("192.0.2.7")


def test_loopback_counts_as_well():
    counted = PerAddress(1)
    assert counted.came("127.0.0.1")
    assert not counted.came("127.0.0.1")


def test_a_share_that_changes_is_asked_for_each_time_and_counts_nobody():
    allowed = [1]
    counted = PerAddress(10, lambda: allowed[0])
    assert counted.has_share("2001:db8::1")
    assert counted.came("2001:db8::1")
    assert not counted.has_share("2001:db8::2")
    assert counted.has_share("2001:db8:0:1::1")
    allowed[0] = 2
    assert counted.has_share("2001:db8::2")
    counted.went("2001:db8::1")
    allowed[0] = 1
    assert counted.has_share("2001:db8::/64"), "the network by its own name"


def test_without_a_bound_all_may_come():
    counted = PerAddress(0)
    assert all(counted.came("127.0.0.1") for _ in range(10_000))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff"),
        ("2001:db8::1", "2001:0DB8:0:0::2"),
        ("fe80::1%eth0", "fe80::2%eth1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::ffff:c000:207", "192.0.2.7"),
        ("", ""),
        ("not:an:address", "not:an:address"),
    ],
)
def test_what_one_host_may_be_called_is_one_address(first, second):
    counted = PerAddress(1)
    assert counted.came(first)
    assert not counted.came(second)
    counted.went(second)
    assert counted.came(first)


@pytest.mark.parametrize(
    ("first", "second"),
    [("2001:db8::1", "2001:db8:0:1::1"), ("::1", "127.0.0.1"), ("192.0.2.7", "192.0.2.70"), ("a:b", "a:c")],
)
def test_what_are_two_hosts_are_two_addresses(first, second):
    counted = PerAddress(1)
    assert counted.came(first)
    assert counted.came(second)


def test_nothing_is_kept_of_addresses_that_have_gone():
    counted = PerAddress(2)
    for number in range(1000):
        assert counted.came(f"10.0.{number // 250}.{number % 250}")
        counted.went(f"10.0.{number // 250}.{number % 250}")
    assert not counted._count
