"""A port is a test's own: nobody else gets it, nobody answers there, and a broker may come back to it."""

import socket

import pytest

from tests.ports import Ports


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_nobody_answers_at_a_held_port_and_who_is_told_it_may_listen(host):
    with Ports(host=host) as ports:
        (port,) = ports.numbers
        with pytest.raises(OSError, match="refused"):
            socket.create_connection((host, port))
        for _ in range(2):
            with (
                socket.create_server(
                    (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET
                ) as server,
                socket.create_connection((host, port)) as caller,
            ):
                server.accept()[0].close()
                assert caller.recv(1) == b""


def test_the_system_gives_a_held_port_to_nobody():
    with Ports(3) as ports:
        for _ in range(2000):
            with socket.socket() as other:
                other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                other.bind(("127.0.0.1", 0))
                assert other.getsockname()[1] not in ports.numbers
