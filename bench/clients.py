"""`python -m bench.clients`: what a Client and a Bot cost the process that they run in, as one JSON line.

Each runs in a process of its own, against a real broker; a raw client in this process says what they hear.
What they cost is the processor's time of their process, the library's threads and libzmq's with it, without
the start of it: on a machine with others on it only that stays the same.
"""

import argparse
import json
import resource
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from loggia.shared.client.api.bot import Bot
from loggia.shared.client.api.client import Client
from loggia.shared.protocol.events import MessageEvent

from bench.beside import beside, told, until
from bench.broker import Broker, running_broker
from bench.dealers import Dealer, dealing
from bench.speakers import flood
from bench.surroundings import HOUSE, surroundings

WINDOW = 1000
LOOK_S = 0.02  # between two looks how far a bot has come
TIMEOUT_S = 120.0

Spent = dict[str, float]


def main() -> None:
    command = argparse.ArgumentParser(prog="bench.clients", description="Measure a Client and a Bot.")
    command.add_argument("--messages", type=int, default=50_000, help="that are heard (default 50,000)")
    command.add_argument("--sends", type=int, default=2000, help="one after the other (default 2000)")
    command.add_argument("--seconds", type=float, default=10.0, help="of silence (default 10)")
    command.add_argument("--house", default=HOUSE, type=Path, help="the checkout whose broker serves")
    command.add_argument("kinds", nargs="*", metavar="KIND", help=f"(default all) {', '.join(KINDS)}")
    options = command.parse_args()
    names = options.kinds or [*KINDS]
    report: dict[str, object] = {
        **surroundings(),
        **{name: getattr(options, name) for name in ("messages", "sends", "seconds")},
    }
    for name in names:
        measure = KINDS[name]
        with (
            tempfile.TemporaryDirectory() as log,
            tempfile.TemporaryDirectory() as kept,
            running_broker(Path(log), house=options.house) as broker,
        ):
            report[name] = measure(broker, Path(kept), options)
    print(json.dumps(report))


# -- What is measured --------------------------------------------------------------------------


def receiving(broker: Broker, messages: int, data: Path | None = None, window: int = WINDOW) -> Spent:
    """A script that iterates its Client while somebody says so much, so many of it in flight."""
    with _process(_receive, broker.requests, messages, data) as pipe, _raw(broker) as raw:
        flood([raw], messages, window)
        return _told(pipe)


def catching_up(broker: Broker, messages: int, data: Path) -> Spent:
    """The same of messages that were said while it was away: in pages of history, into its file."""
    with _process(_receive, broker.requests, 0, data) as pipe:
        _told(pipe)
    with _raw(broker) as raw:
        flood([raw], messages, WINDOW)
    with _process(_receive, broker.requests, messages, data) as pipe:
        return _told(pipe)


def sending(broker: Broker, messages: int, data: Path | None = None) -> Spent:
    """A script that says so much, each message when the one before it is stored."""
    with _process(_send, broker.requests, messages, data) as pipe:
        return _told(pipe)


def sending_without_waiting(broker: Broker, messages: int) -> Spent:
    """A script that says so much by `wait=False`, until all is stored."""
    with _process(_pour, broker.requests, messages) as pipe:
        return _told(pipe)


def replying(broker: Broker, messages: int, data: Path, window: int = WINDOW) -> Spent:
    """A Bot that repeats what somebody says, so much of it in flight, until all its replies are stored."""
    with _process(_reply, broker.requests, data) as pipe, _raw(broker) as raw:
        before = raw.head()
        begun = time.perf_counter()
        flood([raw], messages, window)
        until(raw.head, lambda head: head >= before + 2 * messages, each_s=LOOK_S, most_s=TIMEOUT_S)
        took_s = time.perf_counter() - begun
        pipe.send(None)
        cpu_s = _told(pipe)["cpu_s"]
        return _each(messages, took_s, cpu_s)


def idling(broker: Broker, seconds: float) -> Spent:
    """A connected Client to which nothing happens: how often its process woke, and its processor's time."""
    with _process(_idle, broker.requests, seconds) as pipe:
        return _told(pipe)


KINDS: dict[str, Callable[[Broker, Path, argparse.Namespace], Spent]] = {
    "receiving": lambda broker, kept, given: receiving(broker, given.messages),
    "receiving_into_a_file": lambda broker, kept, given: receiving(broker, given.messages, kept / "it.db"),
    "receiving_one_by_one": lambda broker, kept, given: receiving(broker, given.sends, window=1),
    "catching_up": lambda broker, kept, given: catching_up(broker, given.messages, kept / "it.db"),
    "sending": lambda broker, kept, given: sending(broker, given.sends),
    "sending_from_a_file": lambda broker, kept, given: sending(broker, given.sends, kept / "it.db"),
    "sending_without_waiting": lambda broker, kept, given: sending_without_waiting(broker, given.messages),
    "replying": lambda broker, kept, given: replying(broker, given.messages, kept / "it.db"),
    "replying_one_by_one": lambda broker, kept, given: replying(
        broker, given.sends, kept / "it.db", window=1
    ),
    "idling": lambda broker, kept, given: idling(broker, given.seconds),
}


# -- In the process that is measured -----------------------------------------------------------


def _receive(pipe: Connection, requests: str, messages: int, data: Path | None) -> None:
    with Client("reader", connect=requests, data=data, timeout_s=TIMEOUT_S) as chat:
        chat.wait_entered()
        heard = iter(chat)
        pipe.send(None)
        began_s, spent_s = time.perf_counter(), time.process_time()
        seqs = [next(heard).seq for _ in range(messages)]
        figures = _since(messages, began_s, spent_s)
        assert seqs == list(range(seqs[0], seqs[0] + messages)) if seqs else True
        pipe.send(figures | {"filled": chat.counters()["filled"]})
        pipe.recv()


def _send(pipe: Connection, requests: str, messages: int, data: Path | None) -> None:
    with Client("sender", connect=requests, data=data, timeout_s=TIMEOUT_S) as chat:
        chat.send("the first one waits for the connection")
        pipe.send(None)
        began_s, spent_s = time.perf_counter(), time.process_time()
        for number in range(messages):
            chat.send(f"The quick brown fox jumps over the lazy dog, {number}")
        pipe.send(_since(messages, began_s, spent_s))
        pipe.recv()


def _pour(pipe: Connection, requests: str, messages: int) -> None:
    with Client("sender", connect=requests, timeout_s=TIMEOUT_S) as chat:
        chat.send("the first one waits for the connection")
        pipe.send(None)
        began_s, spent_s = time.perf_counter(), time.process_time()
        for number in range(messages):
            chat.send(f"The quick brown fox jumps over the lazy dog, {number}", wait=False)
        chat.send("the last one")
        pipe.send(_since(messages, began_s, spent_s))
        pipe.recv()


def _reply(pipe: Connection, requests: str, data: Path) -> None:
    bot = Bot("echo")

    @bot.message
    def repeat(event: MessageEvent) -> str:
        return event.text

    thread = threading.Thread(target=lambda: bot.run(connect=requests, data=data))
    thread.start()
    with Client("who waits for it", connect=requests) as chat:
        until(
            chat.members,
            lambda here: any(member.nick == "echo" for member in here),
            each_s=LOOK_S,
            most_s=TIMEOUT_S,
        )
    pipe.send(None)
    spent_s = time.process_time()
    pipe.recv()
    pipe.send({"cpu_s": time.process_time() - spent_s})
    pipe.recv()
    bot.stop()
    thread.join()


def _idle(pipe: Connection, requests: str, seconds: float) -> None:
    with Client("idle", connect=requests) as chat:
        chat.wait_entered()
        pipe.send(None)
        pipe.poll(2.0)  # what it does soon after it came in
        spent_s, woke = time.process_time(), _woke()
        pipe.poll(seconds)
        pipe.send(
            {
                "wakeups_per_s": round((_woke() - woke) / seconds, 1),
                "cpu_ms_per_s": round((time.process_time() - spent_s) / seconds * 1000, 3),
            }
        )
        pipe.recv()


def _woke() -> int:
    """How often a thread of this process waited."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw


def _since(messages: int, began_s: float, spent_s: float) -> Spent:
    return _each(messages, time.perf_counter() - began_s, time.process_time() - spent_s)


def _each(messages: int, took_s: float, cpu_s: float) -> Spent:
    return {
        "per_s": round(messages / took_s),
        "cpu_us": round(cpu_s / max(messages, 1) * 1e6, 1),
    }


# -- Around it ---------------------------------------------------------------------------------


@contextmanager
def _process(run: Callable[..., None], *given: object) -> Iterator[Connection]:
    """A process that runs this; it is ready when the body begins, and ends behind it."""
    with beside(run, *given) as pipe:
        _told(pipe)
        yield pipe


def _told(pipe: Connection) -> Spent:
    spent: Spent = told(pipe, TIMEOUT_S)
    return spent


@contextmanager
def _raw(broker: Broker) -> Iterator[Dealer]:
    with dealing(broker, 1) as (raw,):
        yield raw


if __name__ == "__main__":
    main()
