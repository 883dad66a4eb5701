"""`python -m bench.costs`: what each kind of request takes of the broker's CPU, beside what it is said to.

One JSON line. Of each kind: us of CPU for one, as many messages as that is, and its cost (core/ops.py),
in a room of 200 people with 1,000 messages, of a broker that has 200 rooms.
"""

import argparse
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import zmq
from loggia.broker.core.ops import cost_of
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import (
    AnyRequest,
    Create,
    Delete,
    Direct,
    Edit,
    End,
    History,
    Join,
    Leave,
    Members,
    Message,
    Mute,
    Pin,
    Ping,
    React,
    Read,
    Rooms,
    Search,
    SetStatus,
    SetSubject,
)

from bench.broker import Broker, running_broker
from bench.dealers import TEXT
from bench.process import per_message_us
from bench.surroundings import surroundings

PEOPLE = 200
ROOMS = 200
MESSAGES = 1000
MENTIONING = " ".join(f"@person-{number}" for number in range(50))
SAID = PEOPLE + 10  # a message of the lobby, and so are those behind it


class Kind(NamedTuple):
    """`make`: one, with this id. `window`: how many are in flight; of the largest answers not more fit."""

    make: Callable[[str], AnyRequest]
    window: int = 200


KINDS = {
    "message": Kind(lambda id: Message(id=f"said {id}", room=LOBBY, text=TEXT)),
    "message of many mentions": Kind(lambda id: Message(id=f"to {id:>9}", room=LOBBY, text=MENTIONING)),
    "message of @ and nobody": Kind(lambda id: Message(id=f"to x {id:>9}", room=LOBBY, text="@ab é, " * 100)),
    "message of 16 KB": Kind(lambda id: Message(id=f"long {id}", room="another", text="x" * 16_000)),
    "history of 15 of these": Kind(lambda id: History(id=id, room="another", limit=15), window=5),
    "ping": Kind(lambda id: Ping(id=id)),
    "ping of 100 rooms": Kind(lambda id: Ping(id=id, cursors={f"room {number}": 1 for number in range(100)})),
    "history": Kind(lambda id: History(id=id, room=LOBBY), window=20),
    "history of 1": Kind(lambda id: History(id=id, room=LOBBY, limit=1)),
    "history of 1000": Kind(lambda id: History(id=id, room=LOBBY, limit=1000), window=5),
    "members": Kind(lambda id: Members(id=id, room=LOBBY), window=20),
    "rooms": Kind(lambda id: Rooms(id=id), window=20),
    "join": Kind(lambda id: Join(id=id, room="room 7")),
    "enter and leave": Kind(lambda id: (Join if int(id) % 2 else Leave)(id=id, room="another")),
    "subject": Kind(lambda id: SetSubject(id=f"act a {id:>9}", room=LOBBY, subject=TEXT)),
    "mute": Kind(lambda id: Mute(id=f"act b {id:>9}", room=LOBBY, who="person-1", reason=TEXT)),
    "mute of who is gone": Kind(lambda id: Mute(id=f"act c {id:>9}", room=LOBBY, who="gone", reason=TEXT)),
    "create and leave": Kind(
        lambda id: (
            Leave(id=f"act d {id:>9}", room=f"made {int(id) - 1}")
            if int(id) % 2
            else Create(id=f"act d {id:>9}", room=f"made {id}")
        )
    ),
    "edit": Kind(lambda id: Edit(id=f"act e {id:>9}", room=LOBBY, seq=SAID, text=TEXT)),
    "react": Kind(lambda id: React(id=f"act f {id:>9}", room=LOBBY, seq=SAID + int(id), emoji="+1")),
    "pin": Kind(lambda id: Pin(id=f"act g {id:>9}", room=LOBBY, seq=SAID, on=int(id) % 2 == 0)),
    "delete": Kind(lambda id: Delete(id=f"act h {id:>9}", room=LOBBY, seq=SAID + 1 + int(id))),
    "status": Kind(lambda id: SetStatus(id=f"act i {id:>9}", text=f"at {id}")),
    "conversation again": Kind(lambda id: Direct(id=f"act j {id:>9}", people=["person-1"])),
    "read": Kind(lambda id: Read(id=id, room=LOBBY, seq=1 + int(id))),
    "search": Kind(lambda id: Search(id=id, text="nobodysaidthis"), window=5),
    "search of what all say": Kind(lambda id: Search(id=id, text=TEXT.split()[0]), window=5),
}


def main() -> None:
    command = argparse.ArgumentParser(prog="bench.costs", description="Measure what requests cost.")
    command.add_argument("--requests", type=int, default=10_000, help="of each kind (default 10,000)")
    command.add_argument("--only", action="append", help="this kind, beside messages; again for more")
    options = command.parse_args()
    kinds = {name: of for name, of in KINDS.items() if name in ("message", *(options.only or KINDS))}
    with (
        tempfile.TemporaryDirectory() as folder,
        running_broker(Path(folder), "--rate", "0") as broker,
        zmq.Context() as context,
    ):
        context.set(zmq.MAX_SOCKETS, PEOPLE + 10)
        people = [_come_in(context, broker, number) for number in range(PEOPLE)]
        gone = _come_in(context, broker, PEOPLE, nick="gone")
        _ask(gone, [End(id="end")])
        for number in range(ROOMS):
            _ask(people[0], [Join(id=f"{number}", room=f"room {number}")])
        _ask(people[0], [Join(id="another", room="another")])
        _ask(people[0], [Message(id=f"m{number}", room=LOBBY, text=TEXT) for number in range(MESSAGES)])
        measured = {kind: _measure(broker, people[0], of, options.requests) for kind, of in kinds.items()}
        context.destroy(linger=0)
    message_us = measured["message"]
    report: dict[str, object] = {**surroundings(), "requests": options.requests}
    for kind, of in kinds.items():
        took_us = measured[kind]
        as_messages = None if took_us is None or not message_us else round(took_us / message_us, 1)
        cost = sum(cost_of(of.make(f"{number}")) for number in (1, 2)) / 2
        report[kind] = {"cpu_us": took_us, "as_messages": as_messages, "cost": cost}
    print(json.dumps(report))


def _measure(broker: Broker, dealer: "zmq.Socket[bytes]", kind: Kind, count: int) -> float | None:
    requests = [kind.make(f"{number}") for number in range(count)]
    before_s = broker.cpu_s()
    _ask(dealer, requests, kind.window)
    return per_message_us(before_s, broker.cpu_s(), count)


def _come_in(
    context: "zmq.Context[zmq.Socket[bytes]]", broker: Broker, number: int, nick: str = ""
) -> "zmq.Socket[bytes]":
    dealer = context.socket(zmq.DEALER)
    dealer.set_hwm(0)
    dealer.connect(broker.requests)
    _ask(dealer, [Join(id="join", nick=nick or f"person-{number}")])
    return dealer


def _ask(dealer: "zmq.Socket[bytes]", requests: list[AnyRequest], window: int = 100) -> None:
    """Each in a frame of its own, so many in flight. Raises AssertionError where one is refused."""
    sent = answered = 0
    while answered < len(requests):
        while sent < min(len(requests), answered + window):
            dealer.send(encode(requests[sent]))
            sent += 1
        answers = json.loads(dealer.recv())
        answers = answers if isinstance(answers, list) else [answers]
        assert not [one for one in answers if one["op"] == "error"], answers
        answered += len(answers)


if __name__ == "__main__":
    main()
