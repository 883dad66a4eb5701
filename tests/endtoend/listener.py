"""`python -m tests.endtoend.listener REQUESTS NICK [BROADCASTS]`: a program that tells what happens to it.

It says each line of standard input, and ends with it. The main thread reads, the link's own writes, each line
behind the time (CLOCK_MONOTONIC, s):

    status CONNECTION        as often as it changes
    entered [again]          it is in the room; `again`: by a session that was not over
    heard SEQ TEXT           each message, but for those that begin with LOAD: a test has too many of them
    report JSON              after a message that begins with REPORT: what it has heard so far

With BROADCASTS it listens there, whatever the broker says, as behind a port that is forwarded.
"""

import json
import sys
import threading
import time

from loggia.shared.client import updates
from loggia.shared.client.commands import Goodbye, Say
from loggia.shared.client.link import link, sockets
from loggia.shared.protocol.events import MessageEvent
from loggia.shared.protocol.limits import LOBBY

LOAD, REPORT = "load ", "report "


class Listener:
    """What was heard. Its methods run in the link's thread."""

    def __init__(self) -> None:
        self._last = 0
        self._count = 0
        self._dense = True
        self._counters: dict[str, int] = {}

    def hear(self, batch: list[updates.Update]) -> None:
        for update in batch:
            match update:
                case updates.ConnectionStatus():
                    tell("status", update.connection)
                case updates.Entered():
                    tell("entered again" if update.resumed else "entered")
                case updates.Counts():
                    self._counters = update.totals
                case updates.Arrived():
                    for event in update.events:
                        self._dense = self._dense and event.seq == (self._last or event.seq - 1) + 1
                        self._last = event.seq
                        if isinstance(event, MessageEvent):
                            self._hear(event)

    def _hear(self, event: MessageEvent) -> None:
        self._count += 1
        if not event.text.startswith(LOAD):
            tell("heard", event.seq, event.text)
        if event.text.startswith(REPORT):
            report = {
                "messages": self._count,
                "dense": self._dense,
                "filled": self._counters.get("filled", 0),
            }
            tell("report", json.dumps(report))


def tell(*words: object) -> None:
    print(f"{time.monotonic():.3f}", *words, flush=True)


class Forwarded(sockets.Wires):
    """The wires of somebody who reaches the broadcasts door by another address than the broker knows."""

    def subscribe(self, endpoint: str, topics: frozenset[str]) -> str:
        return super().subscribe(sys.argv[3], topics)


def main() -> None:
    if len(sys.argv) > 3:
        link.Wires = Forwarded  # type: ignore[misc]
    ours = link.Link(
        requests=sys.argv[1], replica_path=None, nick=sys.argv[2], complete=True, notify=Listener().hear
    )
    thread = threading.Thread(target=ours.run)
    thread.start()
    for line in sys.stdin:
        ours.post(Say(room=LOBBY, text=line.rstrip("\n")))
    ours.post(Goodbye())
    thread.join()


if __name__ == "__main__":
    main()
