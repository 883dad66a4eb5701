"""The ways in that are told where no window can open: real addresses, and only doors that are open."""

import socket
from pathlib import Path

import pytest

from loggia.launch import headless
from loggia.launch.settings import OFF, Settings

DEFAULTS = Settings("tcp://127.0.0.1:1101", "tcp://127.0.0.1:1102", "127.0.0.1:1100", Path("data"))
SAID = """Ready to serve on {}.
Requests on tcp://127.0.0.1:4001
Broadcasts on tcp://127.0.0.1:4002
"""


@pytest.fixture(autouse=True)
def default_address(monkeypatch):
    monkeypatch.delenv("LOGGIA_REQUESTS", raising=False)


def test_the_defaults():
    assert headless.ways_in(DEFAULTS, "tower", "python3 run.py").splitlines() == [
        "How to connect:",
        "  from a terminal here:     nc 127.0.0.1 1100",
        "  with a bot:               python3 run.py bot NAME   (without NAME: lists them)",
        "  with a window elsewhere:  ssh -N -L 1101:127.0.0.1:1101 -L 1102:127.0.0.1:1102 tower",
        "                            and, while that runs, on that computer:",
        "                            python3 run.py window --connect tcp://127.0.0.1:1101",
    ]


def test_other_addresses_are_those_that_work():
    settings = Settings("tcp://0.0.0.0:5001", "tcp://[fd00::1]:5002", "[::1]:5000", Path("data"))
    told = headless.ways_in(settings, "tower", "python3 run.py")
    assert "nc ::1 5000\n" in told
    assert "LOGGIA_REQUESTS=tcp://127.0.0.1:5001 python3 run.py bot NAME " in told
    assert "ssh -N -L 5001:127.0.0.1:5001 -L 5002:[fd00::1]:5002 tower\n" in told
    assert told.endswith("python3 run.py window --connect tcp://127.0.0.1:5001")


def test_a_bot_that_takes_the_address_from_the_environment_needs_no_word(monkeypatch):
    monkeypatch.setenv("LOGGIA_REQUESTS", "tcp://127.0.0.1:5001")
    told = headless.ways_in(DEFAULTS._replace(requests="tcp://127.0.0.1:5001"), "tower", "python3 run.py")
    assert "  python3 run.py bot NAME " in told


def test_no_nc_with_the_front_door_off():
    assert "nc " not in headless.ways_in(DEFAULTS._replace(front_door=OFF), "tower", "python3 run.py")


@pytest.mark.parametrize(
    "settings",
    [
        DEFAULTS._replace(requests="ipc:///tmp/requests"),
        DEFAULTS._replace(broadcasts="tcp://127.0.0.1:0"),
    ],
)
def test_what_cannot_be_tunnelled_is_not_told(settings):
    assert "ssh" not in headless.ways_in(settings, "tower", "python3 run.py")


def test_what_the_broker_says_counts():
    opened = headless.opened(DEFAULTS._replace(front_door="127.0.0.1:0"), SAID.format("127.0.0.1:4000"))
    assert opened == Settings("tcp://127.0.0.1:4001", "tcp://127.0.0.1:4002", "127.0.0.1:4000", DEFAULTS.data)


def test_a_broker_without_front_door_names_another_address_as_ready():
    opened = headless.opened(DEFAULTS._replace(front_door=OFF), SAID.format("127.0.0.1:4001"))
    assert opened.front_door == OFF


def test_a_front_door_at_which_nobody_answers_is_not_told():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings = DEFAULTS._replace(front_door=f"127.0.0.1:{listener.getsockname()[1]}")
        assert headless.as_found(settings) == settings
    assert headless.as_found(settings).front_door == OFF
    assert headless.as_found(settings._replace(front_door=OFF)).front_door == OFF
