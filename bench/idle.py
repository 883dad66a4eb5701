"""`python -m bench.idle`: what clients cost that only are there, as one JSON line.

Each has what a client of the library has, a DEALER in a session and a SUB, and says nothing. Figures are ms
of the broker's CPU in a second, by how many clients there are; those clients are in this process.
"""

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

import zmq

from bench.__main__ import surroundings
from bench.broker import Broker, running_broker
from bench.subscribers import topic

PER_ROOM = 50  # so that what a join is told does not grow with the number of clients
SETTLE_S = 15.0  # for what coming in leaves to be done: a checkpoint, and who made the memory grow
FREE = tuple(  # all that watches over them is on, but they are many at one address
    f"--{bound}=0" for bound in ("accounts-per-minute", "joins-per-minute", "connections-per-address")
)


def main() -> None:
    command = argparse.ArgumentParser(prog="bench.idle", description="Measure what idle clients cost.")
    command.add_argument("--clients", type=int, nargs="+", default=[750, 3000], help="default 750 3000")
    command.add_argument("--seconds", type=float, default=20.0, help="of silence (default 20)")
    command.add_argument("--settle", type=float, default=SETTLE_S, help=f"before that (default {SETTLE_S:g})")
    options = command.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    report: dict[str, object] = {**surroundings(), "seconds": options.seconds}
    for count in options.clients:
        with tempfile.TemporaryDirectory() as folder, running_broker(Path(folder), *FREE) as broker:
            report[f"clients_{count}_cpu_ms_per_s"] = cpu_ms_per_s(
                broker, count, options.settle, options.seconds
            )
    print(json.dumps(report))


def cpu_ms_per_s(broker: Broker, count: int, settle_s: float, seconds: float) -> float | None:
    """Once all of them are in; None where the operating system does not tell."""
    with zmq.Context() as context:
        context.set(zmq.MAX_SOCKETS, 2 * count + 10)
        try:
            clients = [_come_in(context, broker, number) for number in range(count)]
            time.sleep(settle_s)
            before_s = broker.cpu_s()
            time.sleep(seconds)
            after_s = broker.cpu_s()
            assert len(clients) == count
        finally:
            context.destroy(linger=0)
    return None if before_s is None or after_s is None else round((after_s - before_s) / seconds * 1000, 2)


def _come_in(
    context: "zmq.Context[zmq.Socket[bytes]]", broker: Broker, number: int
) -> "tuple[zmq.Socket[bytes], ...]":
    """Its sockets: they are open as long as somebody holds them."""
    room = f"idle-{number // PER_ROOM}"
    sub = context.socket(zmq.SUB)
    sub.connect(broker.broadcasts)
    sub.subscribe(topic(room))
    dealer = context.socket(zmq.DEALER)
    dealer.connect(broker.requests)
    dealer.send(b'{"op":"join","id":"join","nick":"idle-%d","room":"%s"}' % (number, room.encode()))
    assert b'"joined"' in dealer.recv()
    return dealer, sub


if __name__ == "__main__":
    main()
