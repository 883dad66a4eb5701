"""Peers that do not read what they asked for, and subscriptions without number. Each is one attacker."""

import itertools

from tests.hostile import zmtp
from tests.hostile.swarm import Line, Swarm

DEAF = 100
MIB = 1024 * 1024
MOST_BYTES = 30 * MIB  # of subscriptions
TEXT = "x" * 16_000
SAID = 200  # of it, which is twelve pages of history


def deaf_dealers(swarm: Swarm) -> None:
    """A hundred that ask for the largest answers there are and read none."""
    talker = swarm.session()
    asked = [{"op": "history", "id": str(number), "room": "lobby", "limit": 1000} for number in range(20)]
    asked += [{"op": "members", "id": "m", "room": "lobby"}, {"op": "rooms", "id": "r"}] * 20
    frame = zmtp.requests(*asked)
    for _ in range(DEAF):
        swarm.session(deaf=True)
    numbers = iter(range(SAID))
    for _ in swarm.turns():
        if (said := next(numbers, None)) is not None:
            talker.send(_message(said))  # so that there is something to read
        for number, line in enumerate(swarm.lines):
            if line is not talker and line.waiting < MIB:
                line.send(frame)
            if line.ended:
                swarm.lines[number] = swarm.session(deaf=True)
                swarm.lines.pop()


def deaf_crowd(swarm: Swarm) -> None:
    """Five hundred that ask for pages of history at once and read none."""
    talker = swarm.session(room="deaf")
    talker.send(b"".join(zmtp.requests(_said(number, "deaf")) for number in range(SAID // 5)))
    tokens = [swarm.token() for _ in range(5)]
    page = zmtp.requests({"op": "history", "id": "h", "room": "deaf", "after": 1, "limit": 15})
    for number in range(5 * DEAF):
        line = swarm.guest(deaf=True)
        line.send(zmtp.requests({"op": "join", "id": "join", "token": tokens[number % 5]}))
        line.send(page * 14)
        swarm.turn(0)
    swarm.hold()


def deaf_in_many_rooms(swarm: Swarm) -> None:
    """Twenty-five rooms: in each somebody says much at once, and somebody reads nothing of it."""
    talkers = {f"deaf {number}": swarm.session(room=f"deaf {number}") for number in range(25)}
    for room in talkers:
        swarm.subscriber(zmtp.subscription(f"room/{room}/".encode()), deaf=True)
    numbers = itertools.count()
    for _ in swarm.turns():
        for room, talker in talkers.items():
            if talker.waiting < MIB:
                talker.send(zmtp.requests(*(_said(next(numbers), room) for _ in range(15))))


def deaf_subscribers(swarm: Swarm) -> None:
    """A hundred that subscribe to everything and read nothing, while much is said."""
    for _ in range(DEAF):
        swarm.subscriber(zmtp.subscription(b""), deaf=True)
    talkers = [swarm.session() for _ in range(4)]
    numbers = itertools.count()
    for _ in swarm.turns():
        for talker in talkers:
            talker.send(_message(next(numbers)))


def long_subscriptions(swarm: Swarm) -> None:
    """Topics of a thousand bytes, 30 MB of them, from ten connections."""
    pad = "x" * 980
    _subscribe(swarm, lambda number: f"room/{number:010d}{pad}/".encode())


def many_subscriptions(swarm: Swarm) -> None:
    """Topics of 17 bytes, 30 MB of them, from ten connections."""
    _subscribe(swarm, lambda number: f"room/{number:010d}/".encode())


def subscribe_and_go(swarm: Swarm) -> None:
    """A thousand topics of 210 bytes, and away; twelve at once, again and again."""
    numbers = itertools.count()
    for _ in swarm.turns():
        for line in swarm.lines[:]:
            if line.waiting == 0 and line.got > 64:
                line.close()
            if line.ended:
                swarm.lines.remove(line)
        while len(swarm.lines) < 12:
            first = next(numbers) * 1000
            topics = (f"room/{first + number:010d}{'z' * 195}".encode() for number in range(999))
            swarm.subscriber(b"".join(map(zmtp.subscription, topics)))


def held_and_walked(swarm: Swarm) -> None:
    """As many topics as six may have, held, while others only come and go."""
    numbers = itertools.count()
    held: list[Line] = []
    for _ in swarm.turns():
        held = [line for line in held if not line.ended]
        while len(held) < 6:
            topics = (f"room/{next(numbers):010d}{'z' * 40}".encode() for _ in range(150))
            held.append(swarm.subscriber(b"".join(map(zmtp.subscription, topics))))
        for line in swarm.lines[:]:
            if line.got > 64 and line not in held:
                line.close()
            if line.ended:
                swarm.lines.remove(line)
        for _ in range(5):
            swarm.subscriber()


def again_and_again(swarm: Swarm) -> None:
    """Subscribe and unsubscribe without end."""
    turn = zmtp.frame(b"\x01room/lobby/") + zmtp.frame(b"\x00room/lobby/")
    for _ in range(10):
        swarm.subscriber()
    swarm.flood(lambda _: turn * 500, again=swarm.subscriber)


def _subscribe(swarm: Swarm, topic) -> None:
    numbers = itertools.count()
    lines = [swarm.subscriber() for _ in range(10)]
    for _ in swarm.turns():
        for place, each in enumerate(lines):
            if each.ended:
                lines[place] = each = swarm.subscriber()
            while each.waiting < 64 * 1024 and swarm.tally["bytes"] < MOST_BYTES and not each.ended:
                each.send(b"".join(zmtp.subscription(topic(next(numbers))) for _ in range(50)))


def _message(number: int) -> bytes:
    return zmtp.requests(_said(number, "lobby"))


def _said(number: int, room: str) -> dict[str, str]:
    return {"op": "message", "id": f"m{number:08d}", "room": room, "text": TEXT}
