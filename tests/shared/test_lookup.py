"""Names of hosts: looked up while the link lives on, and said when there are none."""

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shared.addresses import Place, parse
from shared.client import Client
from shared.errors import NotReachable
from shared.lookup import Lookup
from tests.shared.running import Broker, eventually

Answer = Callable[[str, int], list[Any]]


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Answer], None]]:
    """What the system says to those who ask for a host."""

    def install(answer: Answer) -> None:
        monkeypatch.setattr(socket, "getaddrinfo", lambda host, port, **more: answer(host, port))

    yield install
    eventually(lambda: not any(thread.name.startswith("look-up") for thread in threading.enumerate()))


def row(host: str, port: int, *more: int) -> tuple[Any, ...]:
    return (socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port, *more))


def unknown(host: str, port: int) -> list[Any]:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def looked_up(host: str = "tower") -> Lookup:
    lookup = Lookup(Place(host, 5))
    lookup.wait(10.0)
    assert lookup.is_done
    return lookup


def test_ipv4_comes_first_and_each_address_once(answers: Callable[[Answer], None]) -> None:
    answers(lambda host, port: [row("::1", port, 0, 0), row("10.0.0.1", port), row("::1", port, 0, 0)])
    assert looked_up().addresses == [Place("10.0.0.1", 5), Place("::1", 5)]


def test_an_address_of_one_network_has_its_interface(answers: Callable[[Answer], None]) -> None:
    number, name = socket.if_nameindex()[0]
    answers(lambda host, port: [row("fe80::1", port, 0, number)])
    assert looked_up().addresses == [Place(f"fe80::1%{name}", 5)]


@pytest.mark.parametrize("host", ["tower", "a..b", "x" * 64])
def test_a_host_that_is_not_known(host: str, answers: Callable[[Answer], None]) -> None:
    if host == "tower":
        answers(unknown)
    lookup = looked_up(host)
    assert lookup.addresses == []
    assert lookup.reason.startswith(f"the address of {host} cannot be looked up: ")


def test_it_is_said_why_nobody_answers(answers: Callable[[Answer], None]) -> None:
    answers(unknown)
    reason = r"\(the address of tower cannot be looked up: Name or service not known\)"
    with Client("ada", connect="tower", timeout_s=0.5) as ada:
        eventually(lambda: "tower cannot be looked up" in str(ada.status()))
        for call in (lambda: ada.send("hello"), ada.history):
            with pytest.raises(NotReachable, match=rf"The broker has not answered within 0\.5 s {reason}"):
                call()


def test_a_look_up_that_takes_its_time_keeps_nobody_from_ending(
    broker: Broker, answers: Callable[[Answer], None]
) -> None:
    go_on = threading.Event()

    def slow(host: str, port: int) -> list[Any]:
        go_on.wait(30.0)
        return [row("127.0.0.1", port)]

    answers(slow)
    where = f"tower:{parse(broker.requests).port}"
    try:
        with Client("eve", connect=where) as eve:
            eve.close(now=True)
        with Client("ada", connect=where) as ada:
            message_id = ada.send("hello", wait=False)
            eventually(lambda: ada.status().waiting == 1)
            go_on.set()
            assert next(iter(ada)).id == message_id
    finally:
        go_on.set()


def test_a_name_is_looked_up_again_for_each_connection(
    broker: Broker, answers: Callable[[Answer], None]
) -> None:
    """The broker's computer may have got another address meanwhile."""
    asked: list[str] = []

    def moved(host: str, port: int) -> list[Any]:
        asked.append(host)
        return unknown(host, port) if len(asked) == 1 else [row("127.0.0.1", port)]

    answers(moved)
    with Client("ada", connect=f"tower:{parse(broker.requests).port}") as ada:
        ada.send("hello")
        assert len(asked) == 2
        broker.kill()
        broker.start()
        ada.send("back")
        assert len(asked) > 2
