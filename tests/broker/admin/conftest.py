"""Runs in the tests of the operator's tools: a broker's log with something in it, and a silent progress."""

import io

import pytest
from loggia.broker.admin.progress import Progress
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import End, Leave, Message

from tests.broker.house import House


@pytest.fixture
def progress():
    return Progress(io.StringIO(), lambda: 0.0)


@pytest.fixture
def house(tmp_path):
    house = House(tmp_path / "data")
    lives(house)
    yield house
    house.close()


def lives(house):
    """Three rooms, single messages and heaps, ids that grow and others, people who come and go."""
    for nick in ("ada", "bob", "zoë"):
        house.join(nick, nick)
    for room in ("lab", "日本"):
        house.join("ada", room=room)
        house.join("bob", room=room)
    for number in range(40):
        house.say("ada", f"a{number:03d}", f"single {number} <b>&amp;</b>", LOBBY if number % 3 else "日本")
    heap = "heap\n" + "x" * 300
    house.ask("bob", *[Message(id=f"b{number:04d}", room="lab", text=heap) for number in range(700)])
    house.say("bob", "a stray", "out of order", "lab")
    house.join("dice", "dice", room="日本", bot=True)
    house.say("dice", "1", "six", "日本")
    house.join("bob", "robert")
    house.ask("zoë", Leave(id="l1", room=LOBBY))
    house.ask("bob", End(id="end"))


def everything(house):
    """All that a log holds of its rooms."""
    return {name: house.events(name) for name in house.log.load().rooms}
