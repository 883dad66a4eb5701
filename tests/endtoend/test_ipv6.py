"""A broker on IPv6, and one on both: real processes at ::1, and at an address that is only of one network."""

import json
import socket
import sys
import threading
from pathlib import Path

import pytest
import zmq
from loggia.shared.client.api.bot import Bot
from loggia.shared.client.api.client import Client
from loggia.shared.protocol.addresses import Place, parse

from loggia.launch import broker as launched
from tests.endtoend.people import Visitor
from tests.endtoend.processes import Broker, module
from tests.endtoend.windows import Window
from tests.endtoend.wire import Wire
from tests.shared.client.running import eventually, heard

PYTHON = Path(sys.executable)


def has(host: str) -> bool:
    """Whether this computer has an address."""
    try:
        where = socket.getaddrinfo(host, 0, socket.AF_INET6, socket.SOCK_STREAM)[0][4]
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(where)
    except OSError:
        return False
    return True


def own_network() -> str:
    """An address of this computer that only its network knows, with the interface; empty if it has none."""
    try:
        rows = [line.split() for line in Path("/proc/net/if_inet6").read_text().splitlines()]
    except OSError:
        return ""
    found = [f"{socket.inet_ntop(socket.AF_INET6, bytes.fromhex(row[0]))}%{row[-1]}" for row in rows]
    return next((host for host in found if host.startswith("fe80:") and has(host)), "")


OWN_NETWORK = own_network()

pytestmark = pytest.mark.skipif(not has("::1"), reason="this computer has no IPv6")
needs_own_network = pytest.mark.skipif(not OWN_NETWORK, reason="this computer is in no network of IPv6")


@pytest.fixture
def broker(tmp_path):
    with Broker(tmp_path / "broker", host="::1") as broker:
        yield broker


def hears_broadcasts(client: Client, speaker: Client) -> None:
    """Entries come by the broadcasts, not because somebody compared heads and filled a hole."""

    eventually(lambda: len(client.members()) == len(speaker.members()) == 2)

    def heard_one() -> bool:
        filled = client.counters()["filled"]
        speaker.send("hello")
        return heard(client, 1)[0].text == "hello" and client.counters()["filled"] == filled

    eventually(heard_one, "everything came by filling")


def test_every_line_has_brackets(broker):
    lines = broker.process.lines
    assert lines[0] == f"Ready to serve on [::1]:{broker.front_door[1]}."
    assert lines[1].startswith("Requests on tcp://[::1]:")
    assert lines[2].startswith("Broadcasts on tcp://[::1]:")
    visitor = Visitor(broker.front_door, "vic")
    broker.process.wait_for(r"^Accepted connection request from: \[::1\]:\d+\.$")
    broker.process.wait_for(r"^\[::1\]:\d+ connection complete\.$")
    visitor.ends()
    broker.process.wait_for(r"^Connection with \[::1\]:\d+ closed successfully\.$")
    visitor.close()


def test_clients_hear_each_other(broker):
    with Client("ada", connect=broker.requests) as ada, Client("bob", connect=broker.requests[6:]) as bob:
        hears_broadcasts(bob, ada)
        assert "connected" in str(bob.status())


def test_a_bot_serves(broker, tmp_path):
    bot = Bot("echo")
    bot.message(lambda event: event.text)
    where = {"connect": broker.requests.removeprefix("tcp://"), "data": tmp_path / "bot.db"}
    thread = threading.Thread(target=bot.run, kwargs=where)
    thread.start()
    with Client("ada", connect=broker.requests, bot=False) as ada:
        eventually(lambda: len(ada.members()) == 2)
        ada.send("hello")
        assert [event.nick for event in heard(ada, 2)] == ["ada", "echo"]
    bot.stop()
    thread.join()


def test_the_window_is_there_too(broker, tmp_path, qtbot):
    window = Window(qtbot, broker.requests, "win", tmp_path / "window")
    try:
        assert window.window.state.details().startswith("Connected to this computer. ")
        with Client("ada", connect=broker.requests) as ada:
            ada.send("hello, window")
            window.hears("hello, window", "ada")
            window.say("hello, ada")
            while heard(ada, 1)[0].text != "hello, ada":
                pass
    finally:
        window.close()


def test_the_broadcasts_are_told_of_the_same_host(broker):
    with Wire(broker) as wire:
        caller = wire.caller(ipv6=1)
        assert caller.join(nick="raw")["pub"] == broker.broadcasts
        assert parse(broker.broadcasts).host == "::1"


@pytest.mark.parametrize("host", ["*", "::"])
def test_a_door_for_all_takes_both_kinds(tmp_path, host):
    with Broker(tmp_path, host=host) as broker:
        assert broker.process.lines[0].startswith("Ready to serve on [::]:")
        port, pub_port = parse(broker.requests).port, parse(broker.broadcasts).port
        ways = [Place("::1", port), Place("127.0.0.1", port)]
        with Client("ada", connect=str(ways[0])) as ada, Client("bob", connect=str(ways[1])) as bob:
            hears_broadcasts(bob, ada)
            hears_broadcasts(ada, bob)
        with zmq.Context() as context:
            for way in ways:
                with context.socket(zmq.DEALER) as dealer:
                    dealer.ipv6, dealer.linger = way.is_ipv6, 0
                    dealer.connect(f"tcp://{way}")
                    dealer.send_json({"op": "join", "id": "1", "nick": way.host.replace(".", "-")})
                    told = json.loads(dealer.recv())[0]["pub"]
                    assert told == f"tcp://{Place(way.host, pub_port)}"
        for place in ("::1", "127.0.0.1"):
            visitor = Visitor((place, broker.front_door[1]), f"vic {len(place)}")
            shown = str(Place(place, 0)).removesuffix("0")
            eventually(
                lambda shown=shown: any(
                    line.startswith(f"Accepted connection request from: {shown}")
                    for line in broker.process.lines
                )
            )
            visitor.close()


@needs_own_network
def test_an_address_of_one_network_has_its_interface(tmp_path):
    with Broker(tmp_path, host=OWN_NETWORK) as broker:
        assert f"[{OWN_NETWORK}]:" in broker.process.lines[0]
        with Client("ada", connect=broker.requests) as ada, Client("bob", connect=broker.requests) as bob:
            hears_broadcasts(bob, ada)
    with Broker(tmp_path / "both", host="*") as broker:
        where = f"tcp://{Place(OWN_NETWORK, parse(broker.requests).port)}"
        with Client("ada", connect=where) as ada, Client("bob", connect=where) as bob:
            hears_broadcasts(bob, ada)


@pytest.mark.parametrize("host", ["::1", pytest.param(OWN_NETWORK, marks=needs_own_network)])
def test_it_steps_aside_and_comes_back_at_the_same_address(tmp_path, host):
    with Broker(tmp_path, host=host) as broker, Client("ada", connect=broker.requests) as ada:
        ada.send("before")
        with module("broker", "compact", "--data", str(tmp_path)) as command:
            assert command.wait() == 0, command.lines
        assert ada.send("after") > 0
        Visitor(broker.front_door, "vic").close()


def test_run_py_finds_it(broker):
    assert launched.answering(broker.requests, PYTHON) == "loggia"
    assert launched.is_taken(broker.requests)
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        port = listener.getsockname()[1]
    assert launched.answering(f"tcp://[::1]:{port}", PYTHON) == "nobody"


@pytest.mark.parametrize("host", ["::1", "127.0.0.1", pytest.param(OWN_NETWORK, marks=needs_own_network)])
def test_a_name_of_several_addresses_is_reached_at_the_one_that_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str
):
    """Where a broker serves on one of them, as one on localhost mostly does."""
    ask = socket.getaddrinfo

    def several(name, port, *rest, **more):
        if name != "tower":
            return ask(name, port, *rest, **more)
        return [
            row
            for one in ["::1", "127.0.0.1", *filter(None, [OWN_NETWORK])]
            for row in ask(one, port, **more)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", several)
    with Broker(tmp_path, host=host) as broker:
        where = f"tower:{parse(broker.requests).port}"
        with Client("ada", connect=where) as ada, Client("bob", connect=where) as bob:
            hears_broadcasts(bob, ada)


@pytest.mark.skipif(
    "::1" not in {row[4][0] for row in socket.getaddrinfo("localhost", 1)}, reason="localhost is IPv4 here"
)
def test_a_name_of_both_kinds_is_reached_on_either(broker):
    with Client("ada", connect=f"localhost:{parse(broker.requests).port}") as ada:
        assert ada.send("hello") > 0
