"""How a connection is lost, and why."""

import pytest
from loggia.shared.client import updates

from tests.shared.client.fake import FakeBroker
from tests.shared.client.session.joins import joined
from tests.shared.client.wired import Client


def reasons(client: Client) -> list[str]:
    return [
        one.reason for one in client.updates(updates.ConnectionStatus) if one.connection == "reconnecting"
    ]


def test_the_reason_is_what_happened_to_the_connection() -> None:
    client = Client(FakeBroker())
    client.perform(client.session.broke(client.now))
    assert reasons(client) == ["nobody answers there"]
    client.wait(1.0)
    assert client.status() == "connected"
    client.cut()
    client.perform(client.session.broke(client.now))
    assert reasons(client)[1:] == ["the connection to the broker broke"]


def test_a_broker_that_stops_is_the_reason_and_no_fault() -> None:
    client = joined()
    stopping = b'[{"op": "error", "id": null, "code": "unavailable", "text": "The broker is stopping."}]'
    client.perform(client.session.heard([stopping], [], client.now))
    assert (client.status(), client.complaints) == ("connected", [])
    for _ in range(2):
        client.cut()
        client.perform(client.session.broke(client.now))
        client.wait(1.0)
    assert reasons(client) == ["the broker is stopping", "the connection to the broker broke"]


def test_three_silent_pings_and_the_connection_is_made_anew() -> None:
    client = joined()
    client.broker.down = True
    client.wait(45.0)
    assert "pings" in next(
        update.reason
        for update in client.updates(updates.ConnectionStatus)
        if update.connection == "reconnecting"
    )
    client.broker.down = False
    client.wait(20.0)
    assert client.status() == "connected"


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\xff\xfe",
        b"{}",
        b"[1, null, [], {}]",
        b'[{"op": "joined"}]',
        b'[{"op": "pong", "id": "unknown", "heads": {"lobby": 7}, "at": 1}]',
        b'[{"op": "stored", "id": "unknown", "room": "lobby", "seq": 1, "at": 1}]',
        b'[{"op": "error", "id": "unknown", "code": "no_session", "text": "?"}]',
        b'[{"op": "error", "id": null, "code": "bad_frame", "text": "?"}]',
        b'[{"op": "error", "id": "x", "code": "of the future", "text": "?"}]',
        b'[{"op": "!end", "id": "unknown"}]',
        b'[{"op": "of the future", "id": "x"}]',
        b'[{"op": "left", "room": "lobby", "seq": -3, "at": 1, "nick": "", "account": "", "id": ""}]',
        b"[" * 5000,
    ],
)
def test_whatever_the_broker_sends_harms_nothing(frame: bytes) -> None:
    client = joined()
    before = list(client.told)
    client.perform(client.session.heard([frame], [], client.now))
    client.perform(client.session.heard([], [frame], client.now))
    assert client.told == before
    client.say("still here")
    client.step()
    assert client.texts() == ["still here"]
