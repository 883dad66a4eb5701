"""Valid requests, far too many: each op, from one account, from fifty, from nobody. Each is one attacker."""

import itertools
import json
from collections.abc import Callable

from tests.hostile import zmtp
from tests.hostile.swarm import TURN_S, Line, Swarm

RATE = 50  # messages a second that one account is granted
TIMES = 20
A_TURN = round(RATE * TIMES * TURN_S)
ROOMS = 90  # an account may be in a hundred: from there on it comes into those where it is

Request = dict[str, object]

OPS: dict[str, Callable[[int], Request]] = {
    "join": lambda number: {"op": "join", "room": f"r{number % ROOMS}"},
    "message": lambda number: {"op": "message", "room": "lobby", "text": f"buy {number}"},
    "history": lambda number: {"op": "history", "room": "lobby", "limit": 1000},
    "leave": lambda number: {"op": "leave", "room": "lobby"},
    "rooms": lambda number: {"op": "rooms"},
    "members": lambda number: {"op": "members", "room": "lobby"},
    "ping": lambda number: {"op": "ping", "cursors": {"lobby": 0}},
    "!end": lambda number: {"op": "!end"},
}
# What makes the next one more than a refusal: who has left is not there any more
AGAIN: dict[str, Callable[[Line], Request]] = {
    "leave": lambda line: {"op": "join", "room": "lobby"},
    "!end": lambda line: {"op": "join", "token": line.token},
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
    """So many single requests that a turn is twenty times the rate; every second time as one array.

    A connection that is in does again what the next one needs.
    """
    numbers = itertools.count()
    turns = itertools.count()

    def make(line: Line) -> bytes:
        asked = []
        for number in itertools.islice(numbers, A_TURN):
            asked.append({"id": f"{number}", **OPS[op](number)})
            if op in AGAIN and line.token:
                asked.append({"id": f"again {number}", **AGAIN[op](line)})
        if next(turns) % 2:
            return zmtp.requests(*asked)
        return b"".join(zmtp.frame(json.dumps(each).encode()) for each in asked)

    return make
