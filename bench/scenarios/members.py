"""What a private room costs: its events go to each member, and those of a public one are broadcast."""

import functools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import zmq

from bench.broker import Broker
from bench.dealers import ANSWER, PATIENCE_MS, Dealer, dealing, tuning
from bench.process import Unmet, cpu_s
from bench.rivals import Loggia
from bench.scenarios.scenario import Figures, Scenario
from bench.speakers import flood
from bench.subscribers import EVENT, Counted, Take, counting, subscribers

MEMBERS = 500
MESSAGES = 1000  # one at a time, so that none shares a frame


class _Owner(Dealer):
    """Who made the private room in which it speaks, and hears itself, too."""

    def make_room(self, members: int) -> None:
        room = self._asked({"op": "create", "id": "create", "room": "bench", "private": True})["room"]
        for number in range(members):
            self._asked({"op": "invite", "id": f"invite {number}", "room": room, "who": _nick(number)})
        self.rooms = (room,)

    def received(self) -> int:
        answered, socket = 0, self.socket
        while int(socket.getsockopt(zmq.EVENTS)) & int(zmq.POLLIN):
            answered += socket.recv(zmq.DONTWAIT).count(ANSWER)
        return answered

    def _asked(self, request: dict[str, object]) -> dict[str, str]:
        self.socket.send(json.dumps(request).encode())
        while self.socket.poll(PATIENCE_MS):
            for item in json.loads(self.socket.recv()):
                if item["op"] == "stored" or "token" in item:  # and no event
                    return item  # type: ignore[no-any-return]
        raise Unmet("a server does not answer")


def _nick(number: int) -> str:
    return f"member-{number}"


def members(requests: str, count: int, ready: Callable[[Take], None]) -> None:
    """So many who are there, each with its connection, and count what they are told. In another process."""
    with zmq.Context() as context:
        context.set(zmq.MAX_SOCKETS, count + 10)
        poller = zmq.Poller()
        for number in range(count):
            socket = context.socket(zmq.DEALER)
            socket.linger = 0
            socket.set_hwm(0)
            socket.connect(requests)
            socket.send(b'{"op":"join","id":"join","nick":"%s"}' % _nick(number).encode())
            socket.recv()
            poller.register(socket, zmq.POLLIN)
        sockets = [socket for socket, _ in poller.sockets]
        try:
            ready(lambda wait_s: sum(_take(socket) for socket, _ in poller.poll(round(wait_s * 1000))))
        finally:
            for socket in sockets:
                socket.close()


def _take(socket: "zmq.Socket[bytes]") -> int:
    count = 0
    try:
        while True:
            count += socket.recv(zmq.DONTWAIT).count(EVENT)
    except zmq.Again:
        return count


@contextmanager
def _heard(broker: Broker, dealer: Dealer, readers: int, kind: str) -> Iterator[Counted]:
    if kind == "public":
        listen = functools.partial(subscribers, broker.broadcasts, readers)
        with counting(listen, functools.partial(tuning, broker)) as counted:
            yield counted
        return
    with counting(functools.partial(members, broker.requests, readers)) as counted:
        assert isinstance(dealer, _Owner)
        dealer.make_room(readers)
        yield counted


def _measure(loggia: Loggia, folder: Path, size: float) -> Figures:
    """µs of the broker's CPU for each delivery, also of those that a lone message costs by itself."""
    many, readers = max(20, int(MESSAGES * size)), max(2, int(MEMBERS * min(1.0, size)))
    found: Figures = {}
    for kind in ("public", "private"):
        (folder / kind).mkdir()
        with (
            loggia.running(folder / kind) as broker,
            dealing(broker, 1, of=_Owner) as (dealer,),
            _heard(broker, dealer, readers, kind) as counted,
        ):
            flood([dealer], many // 10, 1)
            counted(many // 10 * readers)
            before_s = cpu_s(broker.pid)
            flood([dealer], many, 1)
            came, _ = counted(many * readers)
            after_s = cpu_s(broker.pid)
        if came != many * readers:
            raise Unmet(f"{came} of {many * readers} were delivered")
        cpu = None if before_s is None or after_s is None else (after_s - before_s) / came * 1e6
        found[f"{kind}_cpu_us"] = None if cpu is None else round(cpu, 3)
    public, private = found["public_cpu_us"], found["private_cpu_us"]
    found["more_us"] = None if public is None or private is None else round(max(0.0, private - public), 3)
    return found


SCENARIOS = {
    "members": Scenario(
        "a private room of 500 who are there, beside a public one that 500 listen to; one message at a time",
        "more_us",
        _measure,
    ),
}
