"""Valid requests, far too many: each op, from one account, from fifty, from nobody. Each is one attacker."""

import itertools
import json
from collections.abc import Callable, Sequence

from tests.hostile import zmtp
from tests.hostile.swarm import TURN_S, Line, Swarm

RATE = 50  # messages a second that one account is granted
TIMES = 20
A_TURN = round(RATE * TIMES * TURN_S)
ROOMS = 90  # an account may be in a hundred: from there on it comes into those where it is

NOBODIES = [f"nobody {number}" for number in range(18)]  # each is looked for on the disk

Request = dict[str, object]

OPS: dict[str, Callable[[int, Line], Request]] = {
    "join": lambda number, _: {"op": "join", "room": f"r{number % ROOMS}"},
    "message": lambda number, _: {"op": "message", "room": "lobby", "text": f"buy {number}"},
    "mentions": lambda number, _: {
        "op": "message",
        "room": "lobby",
        "text": f"{number} " + "@ab é ab " * 100,
    },
    "history": lambda *_: {"op": "history", "room": "lobby", "limit": 1000},
    "leave": lambda *_: {"op": "leave", "room": "lobby"},
    "rooms": lambda *_: {"op": "rooms"},
    "members": lambda *_: {"op": "members", "room": "lobby"},
    "search": lambda number, _: {"op": "search", "text": ("buy", "b*", f"{number}", '"' * 99)[number % 4]},
    "ping": lambda *_: {"op": "ping", "cursors": {"lobby": 0}},
    "!end": lambda *_: {"op": "!end"},
    "typing": lambda number, _: {"op": "typing", "room": "lobby", "on": bool(number % 2)},
    "read": lambda number, _: {"op": "read", "room": "lobby", "seq": number},
    "status": lambda number, _: {"op": "status", "text": f"{number} " * 20},
    "create": lambda number, line: {"op": "create", "room": f"{line.house} {number}"},
    "direct": lambda number, line: {"op": "direct", "people": [line.guest, *NOBODIES[: number % 2 * 18]]},
    "invite": lambda _, line: {"op": "invite", "room": line.house, "who": line.guest, "reason": "x" * 1000},
    "kick": lambda _, line: {"op": "kick", "room": line.house, "who": line.guest},
    "ban": lambda _, line: {"op": "ban", "room": line.house, "who": line.guest, "reason": "x" * 1000},
    "unban": lambda _, line: {"op": "unban", "room": line.house, "who": line.guest},
    "mute": lambda _, line: {"op": "mute", "room": line.house, "who": line.guest},
    "unmute": lambda _, line: {"op": "unmute", "room": line.house, "who": line.guest},
    "role": lambda number, line: {
        "op": "role",
        "room": line.house,
        "who": line.guest,
        "role": ("member", "moderator")[number % 2],
    },
    "subject": lambda number, line: {"op": "subject", "room": line.house, "subject": f"{number}" * 50},
    "configure": lambda number, line: {"op": "configure", "room": line.house, "slow_s": number % 60},
    "edit": lambda number, line: {"op": "edit", "room": line.house, "seq": SAID, "text": f"{number}"},
    "delete": lambda number, line: {"op": "delete", "room": line.house, "seq": SAID + number % 1000},
    "react": lambda number, line: {
        "op": "react",
        "room": line.house,
        "seq": SAID,
        "emoji": "+1",
        "on": bool(number % 2),
    },
    "pin": lambda number, line: {"op": "pin", "room": line.house, "seq": SAID, "on": bool(number % 2)},
    "close": lambda _, line: {"op": "close", "room": line.house},
    "reopen": lambda _, line: {"op": "reopen", "room": line.house},
}
# What makes the next one more than a refusal: who has left is not there any more
AGAIN: dict[str, Callable[[int, Line], Request]] = {
    "leave": lambda *_: {"op": "join", "room": "lobby"},
    "!end": lambda _, line: {"op": "join", "token": line.token},
    "delete": lambda _, line: {"op": "message", "room": line.house, "text": "x" * 1000},
    "create": lambda number, line: {"op": "leave", "room": f"{line.house} {number}"},
    "invite": lambda _, line: {"op": "kick", "room": line.house, "who": line.guest},
}
SAID = 3  # the number of the first message in a house
IN_A_HOUSE = (
    "direct",
    "invite",
    "kick",
    "ban",
    "unban",
    "mute",
    "unmute",
    "role",
    "subject",
    "configure",
    "close",
    "reopen",
    "edit",
    "delete",
    "react",
    "pin",
)


def from_one(op: str) -> Callable[[Swarm], None]:
    def attack(swarm: Swarm) -> None:
        """Twenty times the rate of an account, from one."""
        _flood(swarm, op, 1)

    return attack


def from_fifty(op: str) -> Callable[[Swarm], None]:
    def attack(swarm: Swarm) -> None:
        """Twenty times its rate, from each of fifty accounts."""
        _flood(swarm, op, 25)  # in each of two processes

    return attack


def from_nobody(op: str) -> Callable[[Swarm], None]:
    def attack(swarm: Swarm) -> None:
        """The same from an address that never asks for a session."""

        def open_one() -> None:
            line = swarm.guest()
            line.house, line.guest = "house", "guest"

        for _ in range(10):
            open_one()
        swarm.flood(_requests(op, swarm.lines), again=open_one)

    return attack


def _flood(swarm: Swarm, op: str, accounts: int) -> None:
    guest = swarm.target.name("guest")
    if op in IN_A_HOUSE:
        swarm.session(nick=guest)

    def come_in() -> None:
        """One that is in; and what can be done only in a room of one's own, it does in one."""
        line = swarm.session()
        line.house = swarm.target.name("house")
        if op in IN_A_HOUSE:
            said = {"op": "message", "id": "house said", "room": line.house, "text": "x" * 1000}
            line.send(zmtp.requests({"op": "create", "id": "house", "room": line.house}, said))
            line.guest = guest

    for _ in range(accounts):
        come_in()
    swarm.flood(_requests(op, swarm.lines), again=come_in)


def _requests(op: str, lines: Sequence[Line]) -> Callable[[Line], bytes]:
    """So many single requests that a turn is twenty times the rate; every second time as one array.

    A connection that is in does again what the next one needs. Who is the guest of another only comes back.
    """
    numbers = itertools.count()
    turns = itertools.count()

    def make(line: Line) -> bytes:
        if op in IN_A_HOUSE and not line.guest:
            houses = [each.house for each in lines if each.guest and each.token]  # made by whom it is of
            return _comes_back(houses, next(numbers)) if op == "kick" and houses else b""
        asked = []
        for number in itertools.islice(numbers, A_TURN):
            asked.append({"id": f"{number}", **OPS[op](number, line)})
            if op in AGAIN and line.token:
                asked.append({"id": f"again {number}", **AGAIN[op](number, line)})
        if next(turns) % 2:
            return zmtp.requests(*asked)
        return b"".join(zmtp.frame(json.dumps(each).encode()) for each in asked)

    return make


def _comes_back(houses: Sequence[str], number: int) -> bytes:
    """Into one of those where he is shown out: the next time is more than a refusal, too."""
    return zmtp.requests({"id": f"{number}", "op": "join", "room": houses[number % len(houses)]})
