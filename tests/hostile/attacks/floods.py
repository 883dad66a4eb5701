"""Valid requests, far too many: each op, from one account, from fifty, from nobody. Each is one attacker."""

import json
from collections.abc import Callable

from tests.hostile import zmtp
from tests.hostile.swarm import TURN_S, Line, Swarm

RATE = 50  # messages a second that one account is granted
TIMES = 20
A_TURN = round(RATE * TIMES * TURN_S)

Request = dict[str, object]

OPS: dict[str, Callable[[str], Request]] = {
    "join": lambda unique: {"op": "join", "room": f"r{unique}"},
    "message": lambda unique: {"op": "message", "room": "lobby", "text": f"buy {unique}"},
    "history": lambda unique: {"op": "history", "room": "lobby", "limit": 1000},
    "leave": lambda unique: {"op": "leave", "room": "lobby"},
    "rooms": lambda unique: {"op": "rooms"},
    "members": lambda unique: {"op": "members", "room": "lobby"},
    "ping": lambda unique: {"op": "ping", "cursors": {"lobby": 0}},
    "!end": lambda unique: {"op": "!end"},
}


def from_one(op: str) -> Callable[[Swarm], None]:
    def attack(swarm: Swarm) -> None:
        """Twenty times the rate of an account, from one."""
        swarm.session()
        swarm.flood(_requests(op), again=swarm.session)

    return attack


def from_fifty(op: str) -> Callable[[Swarm], None]:
    def attack(swarm: Swarm) -> None:
        """Twenty times its rate, from each of fifty accounts."""
        for _ in range(25):  # in each of two processes
            swarm.session()
        swarm.flood(_requests(op), again=swarm.session)

    return attack


def from_nobody(op: str) -> Callable[[Swarm], None]:
    def attack(swarm: Swarm) -> None:
        """The same from an address that never asks for a session."""
        for _ in range(10):
            swarm.guest()
        swarm.flood(_requests(op), again=swarm.guest)

    return attack


def _requests(op: str) -> Callable[[Line], bytes]:
    """So many single requests that a turn is twenty times the rate; every second time as one array."""
    count = 0

    def make(line: Line) -> bytes:
        nonlocal count
        count += 1
        asked = []
        for number in range(A_TURN):
            unique = f"{count}-{number}"
            asked.append({"id": unique, **OPS[op](unique)})
        if count % 2:
            return zmtp.requests(*asked)
        return b"".join(zmtp.frame(json.dumps(each).encode()) for each in asked)

    return make
