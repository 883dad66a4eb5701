"""What once cost nothing: accounts, rooms, joins, renames, lists, coming back. Each is one attacker."""

import itertools
import json

from tests.hostile import zmtp
from tests.hostile.swarm import Line, Swarm

SOME = 40  # a turn: 800 a second and connection
ROOMS = 500
BURST = 500


def new_accounts(swarm: Swarm) -> None:
    """A new account on each of 20 connections a turn, which then says goodbye or is just gone."""
    for count, _ in enumerate(swarm.turns()):
        for line in [line for line in swarm.lines if line.answered or line.ended]:
            line.close()
        swarm.lines = [line for line in swarm.lines if not line.ended]
        for _ in range(20 if len(swarm.lines) < 400 else 0):
            line = swarm.session(keep=True)
            if count % 2:
                line.send(zmtp.requests({"op": "!end", "id": "end"}))


def new_bursts(swarm: Swarm) -> None:
    """A new account that says 500 things at once and goodbye, again and again, on ten connections."""
    numbers = itertools.count()

    def burst(line: Line) -> bytes:
        return _session_with(swarm, [_message(f"b{next(numbers)}") for _ in range(BURST)])

    for _ in range(10):
        swarm.guest()
    swarm.flood(burst, again=swarm.guest)


def new_rooms(swarm: Swarm) -> None:
    """One account that is in ever more rooms, and asks for the list of them."""
    numbers = itertools.count()

    def more(line: Line) -> bytes:
        joins = [{"op": "join", "id": f"{n}", "room": f"room {n}"} for n in itertools.islice(numbers, SOME)]
        return zmtp.requests(*joins, {"op": "rooms", "id": "rooms"})

    for _ in range(4):
        swarm.session()
    swarm.flood(more, again=swarm.session)


def renames(swarm: Swarm) -> None:
    """Accounts in as many rooms as they get, who change their names without end."""
    numbers = itertools.count()
    for _ in range(4):
        line = swarm.session()
        rooms = [{"op": "join", "id": f"r{number}", "room": f"many {number}"} for number in range(ROOMS)]
        line.send(zmtp.requests(*rooms))

    def rename(line: Line) -> bytes:
        names = [f"{swarm.target.number} {next(numbers)}" for _ in range(5)]
        return zmtp.requests(*[{"op": "join", "id": name, "nick": f"other {name}"} for name in names])

    swarm.flood(rename, again=swarm.session)


def refused_joins(swarm: Swarm) -> None:
    """As many messages as are granted, and a join that is refused, in the hope of being granted more."""
    numbers = itertools.count()

    def more(line: Line) -> bytes:
        asked = [_message(f"f{next(numbers)}") for _ in range(20)]
        refused = ({"nick": " "}, {"token": "no such token", "nick": "eve"}, {"room": "a/b"})
        asked += [{"op": "join", "id": f"j{number}", **fields} for number, fields in enumerate(refused)]
        return zmtp.requests(*asked)

    for _ in range(10):
        swarm.session()
    swarm.flood(more, again=swarm.session)


def all_come_back(swarm: Swarm) -> None:
    """Those who were in (`crowd.json`, made before) come back at once, are gone, and come back again."""
    tokens: list[str] = json.loads((swarm.target.data.parent / "crowd.json").read_text())
    waiting = iter(())
    for _ in swarm.turns():
        if not swarm.lines:
            waiting = iter(tokens)
        for token in itertools.islice(waiting, 250):
            swarm.guest().send(zmtp.requests({"op": "join", "id": "back", "token": token}))
        if len(swarm.lines) >= len(tokens) and all(line.answered or line.ended for line in swarm.lines):
            for line in swarm.lines:
                line.close()
            swarm.lines.clear()


def _session_with(swarm: Swarm, asked: list[dict[str, str]]) -> bytes:
    """A session from its join to its goodbye; an array of requests is answered in order."""
    join = {"op": "join", "id": "join", "nick": swarm.target.name("burst")}
    return zmtp.requests(join) + zmtp.requests(*asked, {"op": "!end", "id": "end"})


def _message(request_id: str) -> dict[str, str]:
    return {"op": "message", "id": request_id, "room": "lobby", "text": "buy"}
