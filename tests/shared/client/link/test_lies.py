"""Real links to a broker that lies: where they connect, what they take, and what they say of it."""

import contextlib
import pathlib
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import zmq
from loggia.shared.client.api.client import Client
from loggia.shared.client.link.sockets import WAITING_FRAMES, Wires
from loggia.shared.protocol.limits import LARGEST_FRAME

from tests.shared.client.lying import Liar, as_json
from tests.shared.client.running import eventually, heard

Answers = list[dict[str, Any]]


def told(**fields: Any) -> Callable[[Liar, Answers], list[bytes]]:
    """Each `joined` says this."""

    def twist(liar: Liar, answers: Answers) -> list[bytes]:
        return [as_json([{**one, **fields} if one["op"] == "joined" else one for one in answers])]

    return twist


@contextlib.contextmanager
def trap(host: str) -> Iterator[socket.socket]:
    """Somebody else's server, which nobody may come to."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as server:
        server.setblocking(False)
        yield server
        with pytest.raises(BlockingIOError):
            server.accept()


def talks(liar: Liar) -> None:
    """A client is in the lobby, and hears what is said there, if only by its pings."""
    with Client("ada", connect=liar.requests) as ada:
        ada.send("hello")
        liar.broker.say("lobby", "welcome")
        assert [one.text for one in heard(ada, 2)] == ["hello", "welcome"]
        assert ada.status().connection == "connected"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8")
def test_broadcasts_on_another_host_are_not_gone_to(expect_log: Callable[[str], None]) -> None:
    expect_log("another host than its requests door; this program listens at tcp://127.0.0.1:")
    with trap("127.0.0.2") as server, Liar(told(pub=f"tcp://127.0.0.2:{server.getsockname()[1]}")) as liar:
        talks(liar)


@pytest.mark.parametrize(
    "pub", ["inproc://wake", "ipc://{folder}/trap", "udp://127.0.0.1:5", "", "tcp://[fe80:"]
)
def test_broadcasts_of_another_kind_are_not_gone_to(
    pub: str, tmp_path: pathlib.Path, expect_log: Callable[[str], None]
) -> None:
    expect_log("where nobody listens")
    with contextlib.ExitStack() as house:
        if pub.startswith("ipc:"):
            server = house.enter_context(socket.socket(socket.AF_UNIX))
            server.bind(f"{tmp_path}/trap")
            server.listen()
            server.setblocking(False)
        talks(house.enter_context(Liar(told(pub=pub.format(folder=tmp_path)))))
        if pub.startswith("ipc:"):
            with pytest.raises(BlockingIOError):
                server.accept()


def test_what_is_wrong_with_the_broadcasts_is_said_once_for_a_connection(
    expect_log: Callable[[str], None],
) -> None:
    wires = Wires("tcp://127.0.0.1:9")
    try:
        for _ in range(2):
            wires.connect()
            assert "where nobody listens" in wires.subscribe("inproc://wake", frozenset({"room/a/"}))
            assert wires.subscribe("inproc://wake", frozenset({"room/a/", "room/b/"})) == ""
            assert wires.subscribe("inproc://wake", frozenset()) == ""
            assert wires.subscribe("inproc://wake", frozenset({"room/a/"})) == ""
    finally:
        wires.close()


def test_what_a_broker_may_have_waiting_here_is_bounded() -> None:
    wires = Wires("tcp://127.0.0.1:9")
    try:
        wires.connect()
        wires.subscribe("tcp://127.0.0.1:9", frozenset({"room/lobby/"}))
        for wire in (wires._dealer, wires._sub):
            assert wire is not None
            assert (wire.maxmsgsize, wire.rcvhwm) == (LARGEST_FRAME, WAITING_FRAMES) == (1024 * 1024, 100)
    finally:
        wires.close()


@pytest.mark.parametrize("data", [False, True])
@pytest.mark.parametrize(
    "lie", [{"head": 2**63}, {"first": -1}, {"ping_s": -5}, {"limits": {"text_bytes": 2**64}}]
)
def test_an_answer_that_cannot_be_read_is_the_reason(
    lie: dict[str, Any], data: bool, tmp_path: pathlib.Path, expect_log: Callable[[str], None]
) -> None:
    expect_log("cannot be read")
    with Liar(told(**lie)) as liar:
        ada = Client("ada", connect=liar.requests, data=tmp_path / "ada.db" if data else None)
        with ada:
            eventually(lambda: "cannot be read" in ada.status().reason)
            assert ada.status().connection == "reconnecting"
        assert ada.status().connection == "ended"


def test_a_frame_that_is_too_large_ends_the_connection_and_no_program() -> None:
    def twist(liar: Liar, answers: Answers) -> list[bytes]:
        return [b"x" * (LARGEST_FRAME + 1)] if len(liar.broker.requests) < 3 else [as_json(answers)]

    with Liar(twist) as liar, Client("ada", connect=liar.requests) as ada:
        ada.send("hello")
        assert ada.status().connection == "connected"


def test_the_largest_frame_is_taken() -> None:
    def twist(liar: Liar, answers: Answers) -> list[bytes]:
        return [as_json(answers).ljust(LARGEST_FRAME)]

    with Liar(twist) as liar, Client("ada", connect=liar.requests) as ada:
        ada.send("hello")


def test_a_program_that_does_not_read_is_sent_no_more_than_that() -> None:
    """Behind the bound the broker's side is full: what is not read does not gather here."""
    with zmq.Context() as context, context.socket(zmq.PUB) as pub:
        pub.setsockopt(zmq.SNDHWM, 1)
        pub.setsockopt(zmq.LINGER, 0)
        port = pub.bind_to_random_port("tcp://127.0.0.1")
        wires = Wires(f"tcp://127.0.0.1:{port}")
        try:
            wires.subscribe(f"tcp://127.0.0.1:{port}", frozenset({"room/lobby/"}))
            eventually(
                lambda: (
                    pub.send_multipart([b"room/lobby/", b"[]"]) or wires.wait(0.0) or list(wires.published())
                )
            )
            for _ in range(2000):
                pub.send_multipart([b"room/lobby/", b"x" * 100_000])
            eventually(lambda: not wires.wait(0.1) and not pub.poll(0, zmq.POLLIN))
            assert len([*wires.published(), *wires.published()]) <= WAITING_FRAMES + 100, (
                "buffers of the system"
            )
        finally:
            wires.close()


def test_a_script_is_told_of_all_who_are_in_a_full_room() -> None:
    everybody = [{"nick": f"n{n}", "account": f"a{n:03}", "presence": "online"} for n in range(300)]

    def members(connection: int, request: dict[str, Any]) -> dict[str, Any]:
        rest = [one for one in everybody if one["account"] > request["after"]]
        return {"op": "members", "room": "lobby", "members": rest[:100], "more": len(rest) > 100}

    with Liar(told(members=everybody[:100], members_more=True)) as liar:
        liar.broker._members = members  # type: ignore[attr-defined]
        with Client("ada", connect=liar.requests) as ada:
            ada.wait_entered()
            assert len(ada.members()) >= 300
            assert ada.members() == ada.members()
            assert len(liar.broker.asked("members")) == 2
