"""`python -m bench.reach`: how a broker stands with as many rooms, people and messages as fit one machine.

Fills a log over the wire, starts a broker over it, and asks. In the large room some messages are edited, have
signs, or are in a thread, all over it. One JSON line; ms where nothing else is said, of
each question the median and the longest. `--keep FOLDER` keeps the log, and asks again where there is one.
"""

import argparse
import json
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import zmq
from loggia.shared.protocol.codec import array, encode
from loggia.shared.protocol.requests import (
    AnyRequest,
    Edit,
    End,
    History,
    Join,
    Leave,
    Message,
    React,
    Read,
    Rooms,
)

from bench.broker import Broker, running_broker
from bench.dealers import TEXT
from bench.surroundings import surroundings

AT_ONCE = 500  # messages in one frame
WINDOW = 8  # frames
COMERS = 50  # connections by which accounts come in and go
SENDER_ROOMS = 200  # that each sender is in, and talks in
LARGE = "large"
CHANGED = 20  # of so many messages in the large room one is edited, and one has a sign
THREADED = 100  # and one is in the thread that began with the first of all
TIMES = 50
PATIENCE_MS = 60_000
FLAGS = ("--rate", "0", "--rooms-per-account", "0")


class Asker:
    """One connection, which asks one thing after the other."""

    def __init__(self, context: "zmq.Context[zmq.Socket[bytes]]", broker: Broker) -> None:
        self.socket = context.socket(zmq.DEALER)
        self.socket.linger, self.socket.rcvtimeo = 0, PATIENCE_MS
        self.socket.connect(broker.requests)

    def send(self, *requests: AnyRequest) -> None:
        self.socket.send(array([encode(request) for request in requests]))

    def answers(self) -> list[dict[str, object]]:
        found = json.loads(self.socket.recv())
        return [*found] if isinstance(found, list) else [found]

    def ask(self, request: AnyRequest) -> dict[str, object]:
        self.send(request)
        (answer,) = self.answers()
        assert answer["op"] != "error", answer
        return answer


def main() -> None:
    command = argparse.ArgumentParser(prog="bench.reach", description="Measure a large broker.")
    command.add_argument("--rooms", type=int, default=10_000, help="(default 10,000)")
    command.add_argument("--accounts", type=int, default=100_000, help="(default 100,000)")
    command.add_argument("--messages", type=int, default=10_000_000, help="a tenth in one room (10,000,000)")
    command.add_argument("--keep", type=Path, help="the folder of the log")
    asked = command.parse_args()
    with tempfile.TemporaryDirectory() as name, zmq.Context() as context:
        folder = asked.keep or Path(name)
        told = folder / "reach.json"
        if not told.exists():
            folder.mkdir(exist_ok=True)
            began = time.perf_counter()
            with running_broker(folder, *FLAGS) as broker:
                token, root = _fill(context, broker, asked.rooms, asked.accounts, asked.messages)
            filled_s = round(time.perf_counter() - began)
            told.write_text(json.dumps({"token": token, "root": root, "filled_s": filled_s}))
        known = json.loads(told.read_text())
        began = time.perf_counter()
        with running_broker(folder, *FLAGS) as broker:
            start_ms = (time.perf_counter() - began) * 1000
            report = {**surroundings(), "rooms": asked.rooms, "accounts": asked.accounts}
            report |= {"messages": asked.messages, "filled_s": known["filled_s"]}
            report |= {"log_mb": round(sum(file.stat().st_size for file in folder.iterdir()) / 1e6)}
            report |= {"start": round(start_ms), "memory_mb": _memory_mb(broker)}
            report |= _asked(context, broker, known["token"], known["root"], asked.rooms)
            report["memory_mb_behind"] = _memory_mb(broker)
        with running_broker(folder, *FLAGS) as broker:
            report["rooms_first_read"] = _first(context, broker, known["token"])
    print(json.dumps(report))


def _name(number: int) -> str:
    return f"room {number:06}"


def _fill(
    context: "zmq.Context[zmq.Socket[bytes]]", broker: Broker, rooms: int, accounts: int, messages: int
) -> tuple[str, int]:
    """Returns the token of somebody who is in SENDER_ROOMS rooms, and in the large one; and the seq of the
    message there that the thread began with."""
    senders = []
    for first in range(0, rooms, SENDER_ROOMS):
        caller = Asker(context, broker)
        mine = [_name(number) for number in range(first, min(rooms, first + SENDER_ROOMS))]
        joined = caller.ask(Join(id="j", nick=f"sender {first}", room=LARGE))
        for room in mine:
            caller.ask(Join(id="j", room=room))
        senders.append((caller, mine, str(joined["token"])))
    with _comers(context, broker) as comers:
        for first in range(0, accounts - len(senders), COMERS):
            some = comers[: accounts - len(senders) - first]
            for number, comer in enumerate(some, first):
                room = _name(number % rooms) if number % 10 else LARGE
                comer.send(Join(id="j", nick=f"guest {number}", room=room), End(id="e"))
            for comer in some:
                answered = 0
                while answered < 2:
                    answered += len(comer.answers())
    share = messages // 10 // len(senders)
    root = 0
    for place, (caller, mine, _) in enumerate(senders):
        first = _talk(caller, [LARGE], share, f"{place:03}a", root)
        root = root or first
        _change(caller, senders[place - 1][0], range(first, first + share), f"{place:03}c")
        _talk(caller, mine, messages * 9 // 10 // len(senders), f"{place:03}d")
    return senders[0][2], root


@contextmanager
def _comers(context: "zmq.Context[zmq.Socket[bytes]]", broker: Broker) -> Iterator[list[Asker]]:
    comers = [Asker(context, broker) for _ in range(COMERS)]
    try:
        yield comers
    finally:
        for comer in comers:
            comer.socket.close()


def _talk(caller: Asker, rooms: list[str], count: int, series: str, root: int = 0) -> int:
    """As many messages, in these rooms one after the other; some in the thread of `root`. Returns the seq of
    the first one."""

    def message(one: int) -> Message:
        thread = root if root and one % THREADED == 0 else None
        return Message(id=f"{series}{one:010}", room=rooms[one % len(rooms)], text=TEXT, thread=thread)

    return _stream(caller, map(message, range(count)))


def _change(author: Asker, another: Asker, said: range, series: str) -> None:
    """Some of the messages of the large room that the author said, all of these, are not what they were."""
    _stream(
        author,
        (Edit(id=f"{series}{seq:010}", room=LARGE, seq=seq, text=f"{TEXT}!") for seq in said[::CHANGED]),
    )
    signs = said[CHANGED // 2 :: CHANGED]
    _stream(another, (React(id=f"{series}{seq:010}", room=LARGE, seq=seq, emoji="👍") for seq in signs))


def _stream(caller: Asker, requests: Iterator[AnyRequest]) -> int:
    """Some frames at once. Returns the seq of what was stored first; 0: nothing was."""
    waits, first = 0, 0

    def hear() -> int:
        answers = caller.answers()
        assert all(answer["op"] == "stored" for answer in answers), answers
        seq = answers[0]["seq"]
        assert isinstance(seq, int)
        nonlocal first
        first = first or seq
        return len(answers)

    while some := list(islice(requests, AT_ONCE)):
        caller.send(*some)
        waits += len(some)
        while waits > WINDOW * AT_ONCE:
            waits -= hear()
    while waits > 0:
        waits -= hear()
    return first


def _asked(
    context: "zmq.Context[zmq.Socket[bytes]]", broker: Broker, token: str, root: int, rooms: int
) -> dict[str, object]:
    chance = random.Random(7)
    back, new = Asker(context, broker), Asker(context, broker)
    report: dict[str, object] = {}
    report["come_back"] = _timed(lambda: back.ask(Join(id="j", token=token)), times=1)
    report["rooms_first"] = _timed(lambda: back.ask(_page()), times=1)
    head = new.ask(Join(id="j", nick=f"newcomer {time.time_ns()}", room=_name(0)))["head"]
    assert isinstance(head, int)
    report["join_large"] = _timed(
        lambda: new.ask(Join(id="j", room=LARGE)), behind=lambda: new.ask(Leave(id=_id(), room=LARGE))
    )
    large = back.ask(History(id="h", room=LARGE, limit=1))["head"]
    assert isinstance(large, int)

    def page_of(limit: int) -> object:
        return new.ask(History(id="h", room=LARGE, after=chance.randrange(large), limit=limit))

    report["page_of_100"] = _timed(lambda: page_of(100))
    report["page_of_1000"] = _timed(lambda: page_of(1000))

    def thread_of(limit: int) -> object:
        after = chance.randrange(large)
        return new.ask(History(id="h", room=LARGE, thread=root, after=after, limit=limit))

    report["thread_of_100"] = _timed(lambda: thread_of(100))
    report["thread_of_1000"] = _timed(lambda: thread_of(1000))
    report["page_of_any_room"] = _timed(
        lambda: new.ask(History(id="h", room=_name(chance.randrange(rooms)), limit=100))
    )
    report["rooms_of_200"] = _timed(lambda: back.ask(_page()))
    listed = back.ask(_page())["rooms"]
    assert isinstance(listed, list)
    for room in listed:
        back.ask(Read(id="m", room=room["room"], seq=max(1, room["head"] - chance.randrange(20))))
    report["rooms_of_200_read"] = _timed(lambda: back.ask(_page()))
    return report


def _first(context: "zmq.Context[zmq.Socket[bytes]]", broker: Broker, token: str) -> dict[str, float]:
    """The first list of rooms behind a start, for somebody who has read nearly all of them."""
    back = Asker(context, broker)
    back.ask(Join(id="j", token=token))
    return _timed(lambda: back.ask(_page()), times=1)


def _page() -> Rooms:
    """Those of the first sender."""
    return Rooms(id="r", after=_name(0)[:-1], limit=SENDER_ROOMS)


_ids = iter(range(1_000_000, 10_000_000))


def _id() -> str:
    return f"x{next(_ids)}"


def _timed(
    ask: Callable[[], object], *, times: int = TIMES, behind: Callable[[], object] = lambda: None
) -> dict[str, float]:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        ask()
        took.append((time.perf_counter() - began) * 1000)
        behind()
    return {"median": round(statistics.median(took), 1), "longest": round(max(took), 1)}


def _memory_mb(broker: Broker) -> float:
    """What it has in memory now."""
    pages = int(Path(f"/proc/{broker.pid}/statm").read_text().split()[1])
    return round(pages * resource.getpagesize() / 1e6, 1)


if __name__ == "__main__":
    main()
