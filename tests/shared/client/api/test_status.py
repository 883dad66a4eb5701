"""How things stand, in words that a terminal may show."""

import pytest
from loggia.shared.client.api.status import Status
from loggia.shared.client.completeness import Completeness
from loggia.shared.client.updates import ConnectionStatus


def test_a_good_connection() -> None:
    rooms = {"lobby": Completeness(room="lobby", last=48112, head=48112, current=True)}
    shown = Status.of(ConnectionStatus(connection="connected"), rooms=rooms)
    assert str(shown) == "connected\nlobby: 1 to 48,112, nothing missing"


def test_the_next_try_its_reason_and_what_waits() -> None:
    status = ConnectionStatus(connection="reconnecting", retry_in_s=1.26, reason="nobody answers there")
    shown = Status.of(status, waiting=2, restored=["lab"])
    assert str(shown).splitlines() == [
        "reconnecting, next try in 1.3 s (nobody answers there)",
        "2 messages wait on this computer and are sent by themselves",
        "lab: the server's log was restored from a backup, or is damaged; "
        "what this computer held before is kept aside",
    ]


@pytest.mark.parametrize(
    ("status", "sent"),
    [
        (ConnectionStatus(connection="offline", reason="The nickname is taken."), False),
        (ConnectionStatus(connection="ended", reason="its file is damaged"), False),
        (ConnectionStatus(connection="offline", reason="the disk is full", disk_full=True), True),
        (ConnectionStatus(connection="connecting"), True),
        (ConnectionStatus(connection="reconnecting", reason="nobody answers there"), True),
    ],
)
def test_only_what_will_be_sent_is_said_to_be(status: ConnectionStatus, sent: bool) -> None:
    for count in (1, 2):
        line = str(Status.of(status, waiting=count)).splitlines()[-1]
        assert (line.endswith((" sent by itself", " sent by themselves"))) is sent
        assert (line.endswith(" not sent by this client any more")) is not sent


def test_what_others_named_is_escaped() -> None:
    room = "a\u202eb"
    shown = Status.of(
        ConnectionStatus(connection="offline", reason="\x1b[31mred"),
        rooms={room: Completeness(room=room)},
        restored=[room],
    )
    assert "\x1b" not in str(shown)
    assert "\u202e" not in str(shown)
