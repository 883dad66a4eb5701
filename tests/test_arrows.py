"""The arrows of docs/architecture.md: who may import whom."""

import re
from pathlib import Path

import pytest

from tests.arrows import ARROWS, PURE, WITHOUT_QT, violations

HOUSE = Path(__file__).parent.parent

PLANTED = {
    "broker/runtime/server.py": [
        ("import loggia.qtclient.window", "broker may not import qtclient.window"),
        (
            "from loggia.broker.doors.zeromq import sockets",
            "only bench.shapes.broker, broker.doors.doors, broker.doors.zeromq may import",
        ),
        ("import loggia.broker.doors.classic.door", "may import broker.doors.classic"),
        ("from loggia.shared.client.ids import Ids", "broker may not import shared.client.ids"),
        ("import shared.protocol.limits", "two names: import loggia.shared.protocol.limits"),
        ("import requests", "broker may not import requests"),
        ("from bots import roll", "broker may not import bots"),
        ("import json", "may import json"),
        ("from json import dumps", "may import json"),
        ("import sqlite3", "only nobody may import sqlite3"),
        ("q = 'SELECT 1 FROM rooms'", "may hold SQL"),
        ("q = f'INSERT INTO {1} VALUES (1)'", "may hold SQL"),
    ],
    "broker/core/rooms.py": [
        ("import time", "broker.core.rooms is pure: broker.core.rooms -> time"),
        ("def f():\n    from random import random", "broker.core.rooms -> random"),
        ("from loggia.broker import clock", "broker.core.rooms -> broker.clock -> time"),
        ("from ..clock import now", "broker.core.rooms -> broker.clock -> time"),
        ("from .. import clock", "broker.core.rooms -> broker.clock -> time"),
        ("import importlib\nimportlib.import_module('asyncio')", "broker.core.rooms -> asyncio"),
        ("import zmq", "may import zmq"),
        ("from loggia.broker import clock", "broker.core may not import broker.clock"),
    ],
    "shared/protocol/limits.py": [
        ("import loggia.shared.client.ids", "shared.protocol may not import shared.client.ids"),
    ],
    "shared/client/session/session.py": [
        (
            "import loggia.broker.storage.log",
            "shared.client.session may not import broker.storage.log",
        ),
        ("import apsw", "may import apsw"),
        ("print('hello')", "shared prints nothing"),
        ("say = print", "shared prints nothing"),
    ],
    "qtclient/state/state.py": [
        ("from PyQt6 import QtCore", "qtclient.state.state is without Qt"),
        (
            "from loggia.qtclient import window",
            "qtclient.state.state -> qtclient.window -> PyQt6",
        ),
        ("import broker", "qtclient.state may not import broker"),
        ("import zmq", "may import zmq"),
        ("from loggia.qtclient import app", "only qtclient.process may import qtclient.app"),
    ],
    "bots/raw.py": [("from loggia.qtclient.state import state", "bots may not import qtclient.state.state")],
    "packaging/loggia/launch/chat.py": [
        ("import zmq", "launch may not import zmq"),
        ("from loggia.shared.protocol import limits", "launch may not import shared.protocol.limits"),
        ("from launch import pip", "two names: import loggia.launch"),
    ],
    "run.py": [("import msgspec", "run may not import msgspec")],
}


@pytest.fixture
def small_house(tmp_path: Path) -> Path:
    """A house in which every import is as it should be."""
    for file, content in {
        "shared/__init__.py": "",
        "shared/protocol/limits.py": "import msgspec\n",
        "shared/protocol/codec.py": "import json\nfrom loggia.shared.protocol.limits import PING_S\n",
        "shared/client/session/session.py": "import loggia.shared.protocol.codec\n'''SELECT, or UPDATE.'''\n",
        "broker/__init__.py": "",
        "broker/clock.py": "import time\n",
        "broker/storage/log.py": "import apsw\nq = 'SELECT 1'\n",
        "broker/core/rooms.py": "from loggia.shared.protocol.codec import Join\n",
        "broker/doors/zeromq/sockets.py": "import zmq\n",
        "broker/runtime/server.py": "from loggia.broker import clock\nfrom loggia.broker.core import rooms\n",
        "qtclient/__init__.py": "",
        "qtclient/cli.py": "from loggia.qtclient import process\n",
        "qtclient/process.py": "from loggia.qtclient import app\n",
        "qtclient/app.py": "from loggia.qtclient import window\nfrom loggia.qtclient.state import state\n",
        "qtclient/window.py": "from PyQt6 import QtWidgets\n",
        "qtclient/state/state.py": "from loggia.shared.client.session import session\n",
        "bots/raw.py": "import json, zmq\n",
        "bots/roll.py": "from loggia import Bot\n",
        "packaging/loggia/__init__.py": "from loggia.shared.client.api import bot\n",
        "shared/client/api/bot.py": "",
        "packaging/loggia/launch/__init__.py": "",
        "packaging/loggia/launch/chat.py": "import subprocess\n",
        "run.py": "from loggia.launch import chat\n",
    }.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(content)
    return tmp_path


def test_every_import_follows_the_arrows():
    assert violations(HOUSE) == []


def test_the_rooms_that_are_named_exist():
    for room in PURE | WITHOUT_QT:
        assert (HOUSE / room.replace(".", "/")).is_dir(), room


def test_a_good_house_is_found_good(small_house: Path):
    assert violations(small_house) == []


@pytest.mark.parametrize(
    ("file", "line", "reason"), [(file, *planted) for file, rows in PLANTED.items() for planted in rows]
)
def test_a_wrong_import_is_found(small_house: Path, file: str, line: str, reason: str):
    with (small_house / file).open("a") as module:
        module.write(line + "\n")
    found = violations(small_house)
    assert any(reason in violation for violation in found), found


def test_the_architecture_draws_them_as_they_are():
    """Each arrow of the page is in the table, and each package that knows another has one."""
    page = (HOUSE / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = page.partition("\n## Arrows\n")[2].partition("\n## ")[0]
    drawn = {
        room: set(re.split(r",\s+", known))
        for room, known in re.findall(r"`([\w.]+) ->\s+([\w.,\s]+)`", section)
    }
    assert drawn == {room: ARROWS[room] - {room} for room in drawn}
    assert {room for room in ARROWS if "." not in room and ARROWS[room] != {room}} <= set(drawn)
