"""Frames that take long to read, and what waits behind a join. Each is one attacker."""

import itertools
import json
from collections.abc import Callable, Sequence

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
    """Arrays of nothing: two connections at the limit, one over it, and one beyond what is taken at all."""
    sizes = (LARGEST, LARGEST, 2 * LARGEST, MIB - 16)
    says = [(swarm.guest, [zmtp.frame(_array(item, size)) for item in TINY]) for size in sizes]
    _each_says(swarm, says)


def wrong_arrays(swarm: Swarm) -> None:
    """As many requests as a frame may have, none of them right."""
    frames = [zmtp.frame(json.dumps([item] * ARRAY).encode()) for item in WRONG]
    _each_says(swarm, [(swarm.guest, frames), (swarm.guest, frames), (swarm.session, frames)])


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
    _each_says(swarm, [(swarm.guest, [zmtp.frame(body) for body in bodies])] * 4)


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
    """Frames as large as one may be from three connections, as fast as they are taken; larger from one."""
    sizes = (LARGEST - 64, LARGEST - 64, LARGEST - 64, MIB - 64)
    frames = [zmtp.frame(b'{"op":"ping","id":"1","x":"' + b"x" * size + b'"}') for size in sizes]
    _each_says(swarm, [(swarm.session, [frame]) for frame in frames])


def _each_says(swarm: Swarm, says: Sequence[tuple[Callable[[], Line], list[bytes]]]) -> None:
    """Each connection its frames in turn, as fast as the broker takes it; who is cut off comes back."""
    lines = [opened() for opened, _ in says]
    frames = [itertools.cycle(each) for _, each in says]
    for _ in swarm.turns():
        for number, line in enumerate(lines):
            if line.ended:
                lines[number] = line = says[number][0]()
            while line.waiting < 4 * MIB and not line.ended:
                line.send(next(frames[number]))


def _array(item: bytes, size: int) -> bytes:
    return b"[" + b",".join([item] * ((size - 2) // (len(item) + 1))) + b"]"
