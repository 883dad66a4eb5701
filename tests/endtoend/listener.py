"""`python -m tests.endtoend.listener REQUESTS NICK`: a program that tells all that happens to it.

It says each line of standard input, and ends with it. The main thread reads, the link's own writes:

    status CONNECTION        as often as it changes
    entered [again]          it is in the room; `again`: by a session that was not over
    heard SEQ TEXT           each message, but for those that begin with LOAD: a test has too many of them
    report JSON              after a message that begins with REPORT: what it has heard so far
"""

import json
import sys
import threading

from shared import notices
from shared.commands import Goodbye
from shared.limits import LOBBY
from shared.link import Link
from shared.messages import MessageEvent

LOAD, REPORT = "load ", "report "


class Listener:
    """What was heard. Its methods run in the link's thread."""

    def __init__(self) -> None:
        self._last = 0
        self._count = 0
        self._dense = True
        self._counters: dict[str, int] = {}

    def hear(self, batch: list[notices.Notice]) -> None:
        for notice in batch:
            match notice:
                case notices.Status():
                    print("status", notice.connection, flush=True)
                case notices.Entered():
                    print("entered again" if notice.resumed else "entered", flush=True)
                case notices.Counts():
                    self._counters = notice.totals
                case notices.Arrived():
                    for event in notice.events:
                        self._dense = self._dense and event.seq == (self._last or event.seq - 1) + 1
                        self._last = event.seq
                        if isinstance(event, MessageEvent):
                            self._hear(event)

    def _hear(self, event: MessageEvent) -> None:
        self._count += 1
        if not event.text.startswith(LOAD):
            print("heard", event.seq, event.text, flush=True)
        if event.text.startswith(REPORT):
            report = {
                "messages": self._count,
                "dense": self._dense,
                "filled": self._counters.get("filled", 0),
            }
            print("report", json.dumps(report), flush=True)


if __name__ == "__main__":
    link = Link(
        requests=sys.argv[1], replica_path=None, nick=sys.argv[2], complete=True, notify=Listener().hear
    )
    thread = threading.Thread(target=link.run)
    thread.start()
    for line in sys.stdin:
        link.say(LOBBY, line.rstrip("\n"))
    link.post(Goodbye())
    thread.join()
