"""Who is heard at the door while descriptors are short, over real sockets."""

import contextlib
import socket
import sys
import time

import pytest
import zmq
from loggia.broker.doors.zeromq import door as door_module
from loggia.broker.doors.zeromq import gate, packet_filter
from loggia.broker.doors.zeromq.door import ZeroMQDoor
from loggia.shared.protocol.limits import Limits

from tests.broker.doors.zeromq.conftest import ANY
from tests.broker.doors.zeromq.test_strangers import arrived, is_closed
from tests.patience import PATIENCE_S, Stopwatch

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="has addresses of its own, and filters")

SOON_S = 0.3  # a connection of this computer's takes some microseconds
OVER = (
    r"Failed to accept a connection at the ZeroMQ door, .* takes more than one address may\. "
    r"It is let in again when [^;]*$"  # more descriptors would be of no help
)


def has_ipv6():
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as one:
        one.bind(("::1", 0))
        return True
    return False


def dial(place, host, timeout=SOON_S):
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    made.settimeout(timeout)
    try:
        made.bind((host, 0))
        made.connect(place)
    except BaseException:
        made.close()
        raise
    return made


def is_heard(port, host):
    with contextlib.suppress(TimeoutError), dial(("::1" if ":" in host else "127.0.0.1", port), host):
        return True
    return False


# -- What the system filters -------------------------------------------------------------------


@pytest.fixture
def listener():
    """For both kinds of addresses, if there are both."""
    with socket.socket(socket.AF_INET6 if has_ipv6() else socket.AF_INET) as made:
        if made.family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        made.bind(("", 0))
        made.listen(100)
        yield made


MANY = [f"10.0.{number}.1" for number in range(200)]


@pytest.mark.parametrize(
    ("but", "heard", "not_heard"),
    [
        (["127.0.0.2"], ["127.0.0.1", "127.0.0.3"], ["127.0.0.2"]),
        (["127.0.0.2", "127.0.0.4"], ["127.0.0.1", "127.0.0.3"], ["127.0.0.2", "127.0.0.4"]),
        (["127.0.0.2", *MANY], ["127.0.0.1"], ["127.0.0.2"]),
        (MANY, ["127.0.0.2"], []),
        (["no address", ""], ["127.0.0.2"], []),
        (["::/64"], ["127.0.0.1"], ["::1"]),
        (["2001:db8::/64", "0:0:1::/64", "0:1::/64"], ["::1", "127.0.0.1"], []),
        (["127.0.0.2", "2001:db8::/64", "::/64"], ["127.0.0.1"], ["::1", "127.0.0.2"]),
        ([], ["127.0.0.1", "127.0.0.2", "::1"], []),
    ],
)
def test_all_are_heard_but_some(listener, but, heard, not_heard):
    port = listener.getsockname()[1]
    packet_filter.hear_nobody(listener.fileno())
    assert not is_heard(port, "127.0.0.1")
    packet_filter.hear_all_but(listener.fileno(), but)
    for host in (*heard, *not_heard):
        if ":" not in host or has_ipv6():
            assert is_heard(port, host) == (host in heard), host


def test_who_is_here_is_heard_whatever_is_filtered_later(listener):
    port = listener.getsockname()[1]
    with dial(("127.0.0.1", port), "127.0.0.2") as client:
        packet_filter.hear_all_but(listener.fileno(), ["127.0.0.2"])
        peer, _ = listener.accept()
        with peer:
            client.sendall(b"hello")
            assert peer.recv(5) == b"hello"
        packet_filter.hear_nobody(listener.fileno())


def test_at_a_path_and_at_a_closed_socket_nothing_is_filtered(tmp_path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "door"))
        listener.listen()
        packet_filter.hear_nobody(listener.fileno())
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(SOON_S)
            client.connect(str(tmp_path / "door"))
        number = listener.fileno()
    packet_filter.hear_all_but(number, ["127.0.0.2"])


# -- No descriptor at all ----------------------------------------------------------------------

ASKS_S = 0.02  # of CPU; libzmq asks a few thousand times in that


@contextlib.contextmanager
def none_free():
    """For a moment this process can open nothing."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with socket.socket() as one:
        resource.setrlimit(resource.RLIMIT_NOFILE, (one.fileno() + 1, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def of_other_threads():
    """CPU, s."""
    return time.process_time() - time.thread_time()


def test_whom_libzmq_cannot_accept_it_does_not_tell_of_without_end_and_the_door_notices_itself(
    inside, monkeypatch, expect_log
):
    expect_log(
        r"Failed to accept a connection at the ZeroMQ door, 1 so far: Too many open files\. Others come in"
    )
    monkeypatch.setattr(door_module, "DRAIN_S", 0.01)
    monkeypatch.setattr(gate, "LOOK_S", 0.01)
    with opened(inside) as door, socket.socket() as late:
        with none_free():
            late.connect(place(door.requests))
            before, watch = of_other_threads(), Stopwatch()
            while of_other_threads() < before + ASKS_S:
                assert watch.read_s() < PATIENCE_S
            door.connections.read()
            assert not any(arrivals.has_more for arrivals in door._arrivals)
            turns(door, inside)
            late.settimeout(SOON_S)
            assert is_closed(door, late), "by means of what the door keeps for that"
        with pytest.raises(TimeoutError):
            dial(place(door.requests), "127.0.0.2")
        turns(door, inside)
        with dial(place(door.requests), "127.0.0.2", PATIENCE_S) as client:
            arrived(door, 1)
            assert client.recv(1) == b"\xff"


# -- The share of an address -------------------------------------------------------------------


@pytest.fixture
def may_have(monkeypatch):
    """How many one address may have; a test changes it."""
    allowed = [4]
    monkeypatch.setattr(door_module, "share", lambda: allowed[0])
    monkeypatch.setattr(gate, "LOOK_S", 0.01)
    return allowed


@contextlib.contextmanager
def opened(inside, **more):
    door = ZeroMQDoor(requests=ANY, broadcasts=ANY, limits=Limits(), loop=inside.loop, inside=inside, **more)
    door.open()
    yield door
    door.close(None, [])


def place(endpoint):
    host, _, port = endpoint.removeprefix("tcp://").rpartition(":")
    return host, int(port)


def turns(door, inside):
    """The loop goes on for a moment, as in a broker."""
    inside.turn = door.take_in
    inside.loop.call_later(0.03, inside.loop.stop)
    inside.loop.run_forever()


def test_an_address_has_its_share_of_both_sockets_and_then_only_others_are_heard(
    inside, may_have, expect_log
):
    expect_log(OVER)
    with opened(inside) as door, contextlib.ExitStack() as stack:
        both = [place(door.requests), place(door.broadcasts)]
        greedy = [stack.enter_context(dial(both[number % 2], "127.0.0.2")) for number in range(4)]
        arrived(door, 4)
        assert is_closed(door, stack.enter_context(dial(both[0], "127.0.0.2")))
        turns(door, inside)
        for _, port in both:
            assert not is_heard(port, "127.0.0.2")
        others = [stack.enter_context(dial(at, host)) for at in both for host in ("127.0.0.1", "127.0.0.3")]
        arrived(door, 8)
        assert all(other.recv(1) == b"\xff" for other in others)
        greedy.pop().close()
        arrived(door, 7)
        turns(door, inside)
        again = stack.enter_context(dial(both[1], "127.0.0.2", PATIENCE_S))
        arrived(door, 8)
        assert again.recv(1) == b"\xff"
    assert not inside.counted["turned_away"], "that is said by itself"


def test_the_share_follows_what_there_is(inside, may_have, expect_log):
    expect_log(OVER)
    with opened(inside) as door, contextlib.ExitStack() as stack:
        at = place(door.requests)
        here = [stack.enter_context(dial(at, "127.0.0.2")) for _ in range(4)]
        arrived(door, 4)
        may_have[0] = 2
        assert is_closed(door, stack.enter_context(dial(at, "127.0.0.2")))
        turns(door, inside)
        assert not is_heard(at[1], "127.0.0.2")
        may_have[0] = 100
        turns(door, inside)
        here += [stack.enter_context(dial(at, "127.0.0.2", PATIENCE_S)) for _ in range(6)]
        arrived(door, 10)
        assert all(one.recv(1) == b"\xff" for one in here), "and nobody who was here had to go"


def test_an_address_brings_so_many_listeners_in_a_time_and_then_only_others_are_heard(
    inside, may_have, monkeypatch, expect_log
):
    expect_log(OVER)
    may_have[0] = 100
    monkeypatch.setattr(door_module, "LISTENERS_RATE", 2.0)
    monkeypatch.setattr(door_module, "LISTENERS_BURST_S", 1.0)
    with opened(inside, bounded=True) as door, contextlib.ExitStack() as stack:
        at = place(door.broadcasts)
        for _ in range(3):  # and the next one is too many
            stack.enter_context(dial(at, "127.0.0.2"))
        arrived(door, 3)
        assert is_closed(door, stack.enter_context(dial(at, "127.0.0.2")))
        turns(door, inside)
        assert not is_heard(at[1], "127.0.0.2")
        assert is_heard(at[1], "127.0.0.3")
        watch = Stopwatch()
        while not is_heard(at[1], "127.0.0.2"):
            assert watch.read_s() < PATIENCE_S
            turns(door, inside)


def test_an_address_brings_so_many_dealers_in_a_time_and_who_waits_at_the_door_already_stays(
    inside, may_have, monkeypatch
):
    may_have[0] = 100
    monkeypatch.setattr(door_module, "DEALERS_RATE", 2.0)
    monkeypatch.setattr(door_module, "DEALERS_BURST_S", 1.0)
    with opened(inside, bounded=True) as door, contextlib.ExitStack() as stack:
        at = place(door.requests)
        here = [stack.enter_context(dial(at, "127.0.0.2")) for _ in range(6)]  # before one of them is known
        arrived(door, 6)
        turns(door, inside)
        assert not is_heard(at[1], "127.0.0.2")
        assert is_heard(at[1], "127.0.0.3")
        watch = Stopwatch()
        while not is_heard(at[1], "127.0.0.2"):
            assert watch.read_s() < PATIENCE_S
            turns(door, inside)
        assert all(one.recv(1) == b"\xff" for one in here)
    assert not inside.counted["turned_away"]


def test_without_a_bound_there_is_no_share(inside, may_have):
    with opened(inside, connections_per_address=0) as door, contextlib.ExitStack() as stack:
        at = place(door.requests)
        clients = [stack.enter_context(dial(at, "127.0.0.2")) for _ in range(10)]
        arrived(door, 10)
        assert all(client.recv(1) == b"\xff" for client in clients)


def test_those_at_a_path_have_no_address_and_share_nothing(inside, may_have, tmp_path):
    with opened(inside) as door, zmq.Context() as context, contextlib.ExitStack() as stack:
        door.router.bind(f"ipc://{tmp_path}/door")
        clients = [stack.enter_context(context.socket(zmq.DEALER)) for _ in range(10)]
        for number, client in enumerate(clients):
            client.linger = 0
            client.connect(f"ipc://{tmp_path}/door")
            client.send_json({"op": "ping", "id": f"{number}"})
        watch = Stopwatch()
        while len(inside.arrived) < 10:
            assert watch.read_s() < PATIENCE_S
            door.take_in()
