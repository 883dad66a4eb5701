"""Where a client looks for its broker."""

import pytest
from loggia.shared.client.api.address import address
from loggia.shared.client.api.bot import Bot
from loggia.shared.client.api.client import Client
from loggia.shared.protocol.limits import DEFAULT_REQUESTS

from tests.shared.client.running import Broker


def test_where_the_broker_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOGGIA_REQUESTS", raising=False)
    assert address(None) == DEFAULT_REQUESTS
    monkeypatch.setenv("LOGGIA_REQUESTS", "tcp://10.0.0.1:1")
    assert address(None) == "tcp://10.0.0.1:1"
    assert address("tcp://10.0.0.2:2") == "tcp://10.0.0.2:2"
    monkeypatch.setenv("LOGGIA_REQUESTS", "tower")
    assert address(None) == "tcp://tower:1101"
    monkeypatch.setenv("LOGGIA_REQUESTS", " ")
    assert address(None) == DEFAULT_REQUESTS


@pytest.mark.parametrize("host", ["*", "0.0.0.0", "[::]", "::", "[0:0::0]", "tcp://*", "loggia://0.0.0.0"])
def test_what_this_computers_broker_serves_on_is_this_computer(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """In the environment of the broker, which takes the same variable as an address to serve on."""
    for port in ("", ":7", ":0"):
        if host == "::" and port:
            continue
        monkeypatch.setenv("LOGGIA_REQUESTS", host + port)
        if port == ":0":
            with pytest.raises(ValueError, match=r"LOGGIA_REQUESTS: .* nobody serves on port 0"):
                address(None)
        else:
            assert address(None) == f"tcp://127.0.0.1{port or ':1101'}"
        with pytest.raises(ValueError, match="is for a broker to serve on"):
            address(host + port)


@pytest.mark.parametrize("where", ["127.0.0.1:port", "http://127.0.0.1:1101", "tcp://*:1101", ""])
def test_what_is_no_address_is_refused_at_once(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    with pytest.raises(ValueError, match="Write it as tcp://HOST:PORT"):
        Client("ada", connect=where)
    with pytest.raises(ValueError, match="Write it as tcp://HOST:PORT"):
        Bot("ada").run(connect=where)
    if where and "*" not in where:
        monkeypatch.setenv("LOGGIA_REQUESTS", where)
        with pytest.raises(ValueError, match=r"LOGGIA_REQUESTS: .* is no address of a broker"):
            Client("ada")
        with pytest.raises(ValueError, match=r"LOGGIA_REQUESTS: .* is no address of a broker"):
            Bot("ada").run()


@pytest.mark.parametrize("scheme", ["", "loggia://", " TCP://"])
def test_an_address_needs_no_scheme(broker: Broker, scheme: str) -> None:
    with Client("ada", connect=broker.requests.replace("tcp://", scheme)) as ada:
        assert ada.send("hello") > 0
