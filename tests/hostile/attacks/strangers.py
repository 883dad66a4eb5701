"""Connections that say nothing of use, at the doors of ZeroMQ and at the front door. Each is one attacker."""

import itertools
import socket
import struct
from collections.abc import Callable

from tests.hostile import zmtp
from tests.hostile.swarm import Address, Line, Swarm

HELD = 1000
GARBAGE = (
    b"GET / HTTP/1.1\r\nHost: loggia\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
    b"\0" * 4096,
    b"\xff" * 4096,
    b"SSH-2.0-OpenSSH_9.9\r\n",
    b"\xff" + bytes(8) + b"\x7f" + b"\x63" * 300,
    zmtp.GREETING + b"\xff" * 200,
    zmtp.GREETING.replace(b"NULL", b"PLAI"),
    zmtp.hello() + b"\x04\x05\x04PING",
    zmtp.hello("REP"),
    zmtp.hello() + b"\x02" + struct.pack(">Q", 2**63 - 1),
)
CYCLES = 5000
A_TURN = 30  # of them: 600 a second
MOST_UNDER_WAY = 300
TOKENS = 8  # of those who come back
ASKED = 60  # bytes: more than the question for a nickname
RESET = struct.pack("ii", 1, 0)

Cycle = tuple[Line, Callable[[Line], bool]]  # a connection, and whether it was answered what it came for


def before_the_greeting(swarm: Swarm) -> None:
    """A thousand that say nothing at all."""
    _held(swarm, "", "")


def half_greeted(swarm: Swarm) -> None:
    """A thousand that stop in the middle of the greeting."""
    _held(swarm, "", "", said=zmtp.GREETING[:33])


def silent_after_ready(swarm: Swarm) -> None:
    """A thousand that shake hands and never say anything."""
    _held(swarm, "DEALER", "SUB")


def held_garbage(swarm: Swarm) -> None:
    """A thousand that say something else, and stay; at all three doors."""
    for number in range(HELD):
        swarm.open(_doors(swarm)[number % 3], GARBAGE[number % len(GARBAGE)])
        swarm.turn(0)
    swarm.hold()


def garbage_churn(swarm: Swarm) -> None:
    """Say something else and go, a thousand times a second and more; at all three doors."""
    _churn(swarm, _doors(swarm), list(GARBAGE))


def reconnect_loop(swarm: Swarm) -> None:
    """Shake hands, come back into a session and go, as fast as it goes."""
    join = zmtp.requests({"op": "join", "id": "1", "token": swarm.token()})
    _churn(swarm, (swarm.target.requests,), [join, b""], kind="DEALER")


def front_reconnect_loop(swarm: Swarm) -> None:
    """At the front door: come, with a nickname or without, and go."""
    nick = swarm.target.name("loop").encode()
    _churn(swarm, (swarm.target.front_door,), [b"", nick + b"\n", nick + b"2\nhello\n!end\n"])


def five_thousand(swarm: Swarm) -> None:
    """Connect, be answered and disconnect five thousand times, at all three doors in turn."""
    tokens = [swarm.token() for _ in range(TOKENS)]
    numbers = itertools.count()
    under_way: list[Cycle] = []
    for _ in swarm.turns():
        for line, is_over in under_way:
            if is_over(line):
                swarm.tally["cycles"] += 1
                line.close()
        under_way = [cycle for cycle in under_way if not cycle[0].ended]
        swarm.lines = [line for line, _ in under_way]
        left = CYCLES - swarm.tally["cycles"] - len(under_way)
        more = max(0, min(A_TURN, left, MOST_UNDER_WAY - len(under_way)))
        under_way += [
            _cycle(swarm, number, tokens[number % TOKENS]) for number in itertools.islice(numbers, more)
        ]


def _cycle(swarm: Swarm, number: int, token: str) -> Cycle:
    """One of a few who come back and ping, a subscriber, or a visitor, of whom some have a name each."""
    match number % 3, number % 30 == 2:
        case 0, _:
            line = swarm.guest()
            line.send(zmtp.requests({"op": "join", "id": "1", "token": token}, {"op": "ping", "id": "2"}))
            return line, lambda line: line.answered
        case 1, _:
            return swarm.subscriber(zmtp.subscription(b"room/lobby/")), lambda line: line.answered
        case _, False:
            return swarm.open(swarm.target.front_door), lambda line: line.got > 0
        case _:
            nick = swarm.target.name("cycle").encode()
            visitor = swarm.open(swarm.target.front_door, nick + b"\n!end\n")
            return visitor, lambda line: line.ended and line.got > ASKED


def _held(swarm: Swarm, *kinds: str, said: bytes = b"") -> None:
    """At both doors of ZeroMQ."""
    doors = (swarm.target.requests, swarm.target.broadcasts)
    for number in range(HELD):
        swarm.open(doors[number % 2], said, kind=kinds[number % 2])
        swarm.turn(0)
    swarm.hold()


def _churn(swarm: Swarm, doors: tuple[Address, ...], said: list[bytes], kind: str = "") -> None:
    """So many a turn, at most 2,000 a second; half of them end by a reset, as a killed program's."""
    count = 0
    for _ in swarm.turns(0.01):
        for _ in range(20):
            count += 1
            line = swarm.open(doors[count % len(doors)], said[count % len(said)], kind=kind)
            if count % 2:
                line.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        swarm.turn(0)
        _let_go(swarm)


def _let_go(swarm: Swarm) -> None:
    """Of those that have said what they had to; the newest wait for the next time."""
    for line in swarm.lines[:-100]:
        line.close()
    swarm.lines = [line for line in swarm.lines if not line.ended]


def _doors(swarm: Swarm) -> tuple[Address, ...]:
    return swarm.target.requests, swarm.target.broadcasts, swarm.target.front_door
