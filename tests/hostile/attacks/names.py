"""Names that take long to look at, wherever a name comes in. Each is one attacker."""

from tests.hostile import zmtp
from tests.hostile.swarm import Line, Swarm

PAIR = "\u0301\u0327"  # marks that are to be put in order: of a long row of them that is much work
LONG = "a" + PAIR * 65_000  # 260 KB
CURSOR = "a" + PAIR * 20_000  # 80 KB
LINE = "a" + PAIR * 4_000  # about what a line of the front door holds
PAUSE_S = 0.25

OPS = (
    {"op": "join", "room": LONG},
    {"op": "join", "nick": LONG},
    {"op": "join", "token": LONG},
    {"op": "join", "epoch": LONG},
    {"op": "message", "room": LONG, "text": "x"},
    {"op": "history", "room": LONG},
    {"op": "leave", "room": LONG},
    {"op": "members", "room": LONG},
    {"op": "ping", "cursors": {LONG: 1}},
    {"op": LONG},
)


def long_nick(swarm: Swarm) -> None:
    """260 KB as a nickname, without a session."""
    request = zmtp.requests({"op": "join", "id": "1", "nick": LONG})
    _four(swarm, lambda: swarm.guest(), lambda _: request)


def long_cursors(swarm: Swarm) -> None:
    """80 KB as a room in a ping."""
    request = zmtp.requests({"op": "ping", "id": "1", "cursors": {CURSOR: 1}})
    _four(swarm, lambda: swarm.session(), lambda _: request)


def long_everywhere(swarm: Swarm) -> None:
    """As each field of each request, in turn."""
    frames = [zmtp.requests({"id": str(number), **op}) for number, op in enumerate(OPS)]
    _four(swarm, lambda: swarm.session(), lambda turn: frames[turn % len(frames)])


def many_rooms(swarm: Swarm) -> None:
    """A ping with cursors for as many rooms as fit into a frame, each name as hard as may be."""
    name = "a" + PAIR * 31
    cursors = {f"{number:04d}{name}": number for number in range(200)}
    request = zmtp.requests({"op": "ping", "id": "1", "cursors": cursors})
    _four(swarm, lambda: swarm.session(), lambda _: request * 4)


def visitors_with_marks(swarm: Swarm) -> None:
    """Twenty at the front door, who try nicknames of nothing but marks."""
    for _ in range(20):
        swarm.open(swarm.target.front_door)
    for _ in swarm.turns(PAUSE_S):
        for number, line in enumerate(swarm.lines):
            if line.ended:
                swarm.lines[number] = line = swarm.open(swarm.target.front_door)
                swarm.lines.pop()
            if not line.waiting:
                line.send(LINE.encode() + b"\n")


def _four(swarm: Swarm, opened, frame) -> None:
    """So many connections, each saying something four times a second."""
    lines: list[Line] = [opened() for _ in range(4)]
    for turn, _ in enumerate(swarm.turns(PAUSE_S)):
        for number, line in enumerate(lines):
            if line.ended:
                lines[number] = line = opened()
            if not line.waiting or turn == 0:
                line.send(frame(turn + number))
