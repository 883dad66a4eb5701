"""Frames that take long to read, and what waits behind a join. Each is one attacker."""

import itertools
import json

from tests.hostile import zmtp
from tests.hostile.swarm import Line, Swarm

MIB = 1024 * 1024
LARGEST = 256 * 1024 - 64  # of what is no `too_large`
ARRAY = 1000

TINY = (b"[]", b"{}", b"1", b"null", b'""', b'{"op":"x"}', b'{"id":"x"}', b'{"op":"ping"}')
WRONG = (
    {"op": "message", "id": "x", "room": 5, "text": "x"},
    {"op": "message", "id": 5, "room": "lobby", "text": "x"},
    {"op": "nothing of the kind", "id": "x"},
    {"op": "join", "id": "x" * 65},
    {"op": "history", "id": "x", "room": "lobby", "after": -1},
    {"op": "history", "id": "x", "room": "lobby", "limit": 10**30},
    {"op": "ping", "id": "x", "cursors": []},
    {"id": "x"},
)


def tiny_in_a_mebibyte(swarm: Swarm) -> None:
    """Arrays of nothing, over the limit and at the limit."""
    frames = [zmtp.frame(_array(item, size)) for item in TINY for size in (MIB - 16, LARGEST)]
    _each_says(swarm, [swarm.guest() for _ in range(4)], itertools.cycle(frames))


def wrong_arrays(swarm: Swarm) -> None:
    """As many requests as a frame may have, none of them right."""
    frames = [zmtp.frame(json.dumps([item] * ARRAY).encode()) for item in WRONG]
    _each_says(swarm, [swarm.guest() for _ in range(2)] + [swarm.session()] * 1, itertools.cycle(frames))


def deep(swarm: Swarm) -> None:
    """Brackets in brackets, and other things that a reader of JSON may be slow or short of stack with."""
    half = LARGEST // 2
    bodies = (
        b"[" * half,
        b"[" * half + b"]" * half,
        b'{"a":' * (half // 5),
        b'{"op":"ping","id":"1","cursors":' + b'{"a":' * (half // 5),
        b"[" + b"1" * (2 * half) + b"]",
        b'{"op":"ping","id":"1","cursors":{"a":' + b"9" * half + b"}}",
        b'"' + b"\\u0000" * (half // 3) + b'"',
        b"{" + b",".join(b'"%d":0' % number for number in range(half // 8)) + b"}",
        b"\xff" * half,
        b" " * (2 * half),
        b'{"op":"ping","id":"' + b"x" * half + b'"}',
        b'{"x":[' + b"[]," * (half // 2) + b'[]],"op":"ping","id":"1"}',
    )
    frames = [zmtp.frame(body) for body in bodies]
    _each_says(swarm, [swarm.guest() for _ in range(4)], itertools.cycle(frames))


def behind_a_join(swarm: Swarm) -> None:
    """23 MB of joins at once from one that then leaves, again and again."""
    one = [{"op": "join", "id": f"{number}", "nick": "eve", "room": f"r{number}"} for number in range(ARRAY)]
    rest = zmtp.requests(*one)
    count = 23_000_000 // len(rest)
    for _ in swarm.turns(1.0):
        for line in [line for line in swarm.lines if not line.waiting]:
            line.close()
        swarm.lines = [line for line in swarm.lines if not line.ended]
        if len(swarm.lines) < 2:
            swarm.session().send(rest * count)


def frames_without_end(swarm: Swarm) -> None:
    """A message of more and more parts. At most 400 MB of them, so that the computer lives."""
    part = zmtp.frame(b"x" * 65_536, zmtp.MORE)
    line = swarm.session()
    for _ in swarm.turns():
        if line.ended:
            line = swarm.session()
        while line.waiting < 4 * MIB and swarm.tally["bytes"] < 400 * MIB and not line.ended:
            line.send(part * 16)


def large_frames(swarm: Swarm) -> None:
    """A thousand frames as large as one may be, from each of four connections, as fast as they are taken."""
    frames = [
        zmtp.frame(b'{"op":"ping","id":"1","x":"' + b"x" * size + b'"}') for size in (LARGEST - 64, MIB - 64)
    ]
    _each_says(swarm, [swarm.session() for _ in range(4)], itertools.cycle(frames))


def _each_says(swarm: Swarm, lines: list[Line], frames: "itertools.cycle[bytes]") -> None:
    """As fast as the broker takes it; who is cut off comes back."""
    for _ in swarm.turns():
        for number, line in enumerate(lines):
            if line.ended:
                lines[number] = line = swarm.guest()
            while line.waiting < 4 * MIB and not line.ended:
                line.send(next(frames))


def _array(item: bytes, size: int) -> bytes:
    return b"[" + b",".join([item] * ((size - 2) // (len(item) + 1))) + b"]"
