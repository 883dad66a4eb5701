"""The relay does to a connection what its faults say."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.faults import Relay
from tests.patience import PATIENCE_S

SOON_S = 0.1  # long enough for loopback to deliver, when it may


@pytest.fixture
def echo() -> Iterator[int]:
    """A server that sends back what it gets, many connections at once; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threads = []

        def serve(connection: socket.socket) -> None:
            with connection:
                try:
                    while piece := connection.recv(65536):
                        connection.sendall(piece)
                except OSError:
                    pass

        def accept() -> None:
            while True:
                connection, _ = listener.accept()
                if stop.is_set():
                    connection.close()
                    return
                threads.append(threading.Thread(target=serve, args=(connection,)))
                threads[-1].start()

        stop = threading.Event()
        accepting = threading.Thread(target=accept)
        accepting.start()
        yield listener.getsockname()[1]
        stop.set()
        socket.create_connection(listener.getsockname()).close()
        accepting.join()
        for thread in threads:
            thread.join()


@pytest.fixture
def relay(echo: int) -> Iterator[Relay]:
    with Relay("127.0.0.1", echo) as relay:
        yield relay


def connect(relay: Relay) -> socket.socket:
    return socket.create_connection(("127.0.0.1", relay.port), timeout=PATIENCE_S)


def heard(connection: socket.socket, count: int) -> bytes:
    """Exactly `count` bytes, fewer when the connection ends."""
    found = b""
    while len(found) < count and (piece := connection.recv(count - len(found))):
        found += piece
    return found


def is_silent(connection: socket.socket) -> bool:
    connection.settimeout(SOON_S)
    try:
        return connection.recv(1) is None
    except TimeoutError:
        return True
    finally:
        connection.settimeout(PATIENCE_S)


def is_refused(relay: Relay) -> bool:
    """A reset may come before or after the connection seemed to be there."""
    try:
        with connect(relay) as wire:
            return wire.recv(1) is None
    except ConnectionResetError:
        return True


def test_bytes_pass_both_ways_and_are_counted(relay):
    with connect(relay) as wire:
        wire.sendall(b"x" * 300_000)
        assert heard(wire, 300_000) == b"x" * 300_000
        relay.wait(lambda relay: relay.passed == {"up": 300_000, "down": 300_000})
        assert relay.connections == 1


def test_an_end_is_passed_on_after_all_bytes(relay):
    with connect(relay) as wire:
        wire.sendall(b"y" * 300_000)
        wire.shutdown(socket.SHUT_WR)
        assert heard(wire, 300_001) == b"y" * 300_000
    relay.wait(lambda relay: relay.connections == 0)


def test_a_cut_ends_old_connections_and_new_ones_and_heals(relay):
    with connect(relay) as wire:
        wire.sendall(b"a")
        assert heard(wire, 1) == b"a"
        with relay.cut():
            with pytest.raises(ConnectionResetError):
                wire.recv(1)
            assert is_refused(relay)
    with connect(relay) as healed:
        healed.sendall(b"b")
        assert heard(healed, 1) == b"b"


def test_a_wire_is_cut_in_the_middle(relay):
    with connect(relay) as wire, relay.cut_after(4, "down"):
        wire.sendall(b"abcdefgh")
        assert heard(wire, 8) == b"abcd"
    with connect(relay) as healed:
        healed.sendall(b"b")
        assert heard(healed, 1) == b"b"


def test_a_stalled_wire_goes_on_where_it_stopped(relay):
    with connect(relay) as wire:
        with relay.stalled():
            wire.sendall(b"late")
            assert is_silent(wire)
        assert heard(wire, 4) == b"late"


def test_a_delay_is_at_least_what_it_says(relay):
    with connect(relay) as wire, relay.delayed(SOON_S):
        start = time.monotonic()
        wire.sendall(b"z")
        assert heard(wire, 1) == b"z"
        assert time.monotonic() - start >= 2 * SOON_S


@pytest.mark.parametrize("direction", ["up", "down"])
def test_what_is_dropped_is_gone_and_its_connection_ends_when_the_wire_heals(relay, direction):
    with connect(relay) as wire:
        with relay.dropping(direction):
            wire.sendall(b"lost")
            assert is_silent(wire)
            relay.wait(lambda relay: relay.passed == {"up": 0 if direction == "up" else 4, "down": 0})
            assert relay.connections == 1
        with pytest.raises(ConnectionResetError):
            wire.recv(1)


def test_a_half_open_connection_looks_open(relay):
    with connect(relay) as wire, relay.half_open():
        wire.sendall(b"anybody?")
        assert is_silent(wire)
        with connect(relay) as second:
            second.sendall(b"anybody?")
            assert is_silent(second)
            assert relay.connections == 2


def test_a_connection_that_lost_nothing_survives(relay):
    with connect(relay) as wire:
        with relay.half_open():
            pass
        wire.sendall(b"here")
        assert heard(wire, 4) == b"here"


@pytest.mark.parametrize("turns", range(8))
def test_two_faults_that_end_a_connection_at_once_leave_none_of_its_sockets(relay, turns):
    """The second comes while the first is being performed, some turns of the relay's loop later."""

    async def twice() -> None:
        for pair in relay._pairs:
            pair.cancel()
        for _ in range(turns):
            await asyncio.sleep(0)
        await relay._reset_all()

    with connect(relay) as connection:
        connection.sendall(b"x")
        assert heard(connection, 1) == b"x"
        relay._do(twice())
        relay.wait(lambda relay: relay.connections == 0)


def test_waiting_for_what_never_comes_says_what_there_is(relay):
    with pytest.raises(TimeoutError, match="0 connections"):
        relay.wait(lambda relay: relay.connections == 1, timeout_s=0.01)


def test_a_target_that_is_not_there_ends_the_connection():
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with Relay("127.0.0.1", port) as relay:
        assert is_refused(relay)
