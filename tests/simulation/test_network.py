"""The simulated network and its time: first in, first out on each connection, and what is lost is lost."""

import random

import pytest

from tests.simulation.network import NOTICED_S, Network, Weather
from tests.simulation.schedule import Alarm, Schedule


class End:
    """Both ends at once: a guest, and the host."""

    def __init__(self) -> None:
        self.life: int | None = 1
        self.frames: list[bytes] = []
        self.published: list[bytes] = []
        self.noticed = 0
        self.awake = True

    def arrived(self, connection, frame: bytes) -> None:
        self.frames.append(frame)

    def heard(self, frame: bytes) -> None:
        self.published.append(frame)

    def vanished(self, connection) -> None:
        self.noticed += 1

    def reads(self) -> bool:
        return self.awake


@pytest.fixture
def network():
    made = Network(Schedule(), random.Random(1))
    made.host = End()
    return made


def frames(count):
    return [b"%d" % number for number in range(count)]


def later(network, seconds):
    network.schedule.run_until(network.schedule.now + seconds)


def test_a_connection_keeps_the_order_also_of_what_was_sent_before_it_stood(network):
    guest = End()
    connection = network.connect(guest, 1)
    for frame in frames(50):
        connection.send_up(frame)
        connection.send_down(frame)
    later(network, 5)
    assert network.host.frames == guest.frames == frames(50)


def test_after_a_cut_nothing_arrives_and_both_ends_notice(network):
    guest = End()
    connection = network.connect(guest, 1)
    later(network, 1)
    connection.send_up(b"before")
    later(network, 1)
    connection.cut()
    connection.send_up(b"lost")
    connection.send_down(b"lost")
    later(network, NOTICED_S)
    assert (network.host.frames, guest.frames) == ([b"before"], [])
    assert (network.host.noticed, guest.noticed) == (1, 1)


def test_a_half_open_connection_carries_one_way_until_both_notice(network):
    ways = set()
    for number in range(20):
        guest, network.host = End(), End()
        connection = network.connect(guest, number)
        later(network, 1)
        connection.half_open()
        connection.send_up(b"up")
        connection.send_down(b"down")
        later(network, NOTICED_S)
        ways.add((bool(network.host.frames), bool(guest.frames)))
        assert (network.host.noticed, guest.noticed) == (1, 1)
    assert ways >= {(True, False), (False, True)}
    assert (True, True) not in ways


def test_nobody_is_there(network):
    network.host.life = None
    guest = End()
    network.connect(guest, 1).send_up(b"hello")
    later(network, 1)
    assert (network.host.frames, guest.noticed) == ([], 1)


def test_a_slow_reader_loses_what_does_not_fit(network):
    network.weather = Weather(queue_frames=3)
    guest = End()
    feed = network.listen(guest, 1)
    feed.subscribe(frozenset({"room/lab/"}))
    later(network, 1)
    guest.awake = False
    for frame in frames(5):
        network.publish("room/lab/", frame)
    network.publish("room/lab2/", b"another room")
    later(network, 1)
    guest.awake = True
    feed.wake()
    assert guest.published == frames(3)


def test_a_subscription_takes_a_moment(network):
    guest = End()
    feed = network.listen(guest, 1)
    feed.subscribe(frozenset({"room/lab/"}))
    network.publish("room/lab/", b"too early")
    later(network, 1)
    network.publish("room/lab/", b"heard")
    later(network, 1)
    assert guest.published == [b"heard"]


def test_an_alarm_rings_once_at_the_time_that_was_set_last():
    schedule, rang = Schedule(), []
    alarm = Alarm(schedule, lambda: rang.append(schedule.now))
    alarm.set(5.0)
    alarm.soon(3.0)
    alarm.soon(4.0)
    schedule.run_until(10.0)
    alarm.set(12.0)
    alarm.set(None)
    schedule.run_until(20.0)
    assert rang == [3.0]
