"""Honest people beside an attack, in a process of their own: `python -m tests.hostile.honest --help`.

Runs in one thread, and ends when standard input does. A line on standard input is a command: `talk PHASE`,
`settle`, `answered FILE`. It writes `here` when all are in, and behind each command a line of JSON that
begins with the command.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import zmq

from tests.hostile.person import PAUSE_S, Person, Record

SETTLE_S = 40.0  # for what is lacking to come, once nobody talks
LOOK_MS = 10


class Crowd:
    """All of them, and what they are told to do."""

    def __init__(self, requests: str, broadcasts: str, count: int) -> None:
        self.context = zmq.Context()
        self.record = Record()
        self.phase: str | None = None
        self._settle_until = 0.0
        self._typed = ""
        self.people = [
            Person(self.context, requests, broadcasts, f"honest{number:03d}", self.record)
            for number in range(count)
        ]
        self._poller = zmq.Poller()
        self._poller.register(sys.stdin.fileno(), zmq.POLLIN)
        for person in self.people:
            self._poller.register(person.requests, zmq.POLLIN)
            self._poller.register(person.events, zmq.POLLIN)

    def run(self) -> None:
        here = False
        while True:
            ready = self._poller.poll(LOOK_MS)
            if any(socket == sys.stdin.fileno() for socket, _ in ready) and not self._commands():
                break
            now = time.monotonic()
            for person in self.people:
                person.read(now)
                person.tick(self.phase, now)
            if not here and all(person.cursor is not None for person in self.people):
                here = True
                print("here", flush=True)
            if self._settle_until:
                self._settle(now)
        self.context.destroy(linger=0)

    def _commands(self) -> bool:
        """Do what was typed; False at its end."""
        typed = os.read(sys.stdin.fileno(), 65536)
        *lines, self._typed = (self._typed + typed.decode()).split("\n")
        for line in lines:
            self._do(line.split(" ", 1), time.monotonic())
        return bool(typed)

    def _do(self, command: list[str], now: float) -> None:
        match command:
            case ["talk", phase]:
                for number, person in enumerate(self.people):
                    if self.phase is None:  # evenly, not all at once
                        person.next_at = now + PAUSE_S * number / len(self.people)
                self.phase = phase
                print("talk", json.dumps(phase), flush=True)
            case ["settle"]:
                self.phase = None
                self._settle_until = now + SETTLE_S
                for person in self.people:
                    person.ping(now)
            case ["answered", file]:
                Path(file).write_text(json.dumps(self.record.answered))
                print("answered", json.dumps(len(self.record.answered)), flush=True)

    def _settle(self, now: float) -> None:
        head = max(0, *self.record.log, *self.record.answered.values())
        unanswered = sum(len(person.unanswered) for person in self.people)
        lacking = sum(person.lacks(head) for person in self.people)
        if (unanswered or lacking) and now < self._settle_until:
            for person in self.people:
                if person.lacks(head):
                    person.compare(head, now)
            return
        self._settle_until = 0.0
        print("settled", json.dumps(self._sum(unanswered, lacking)), flush=True)

    def _sum(self, unanswered: int, lacking: int) -> dict[str, object]:
        record = self.record
        for person in self.people:
            for said in person.unanswered.values():
                record.waits[said.phase].append(float("inf"))
        untold = [each for each, seq in record.answered.items() if record.log.get(seq) != each]
        wrong = {**record.wrong, "unanswered": unanswered, "unheard": lacking}
        wrong["answered, and not in the log"] = len(untold)
        return {
            "p99_ms": {phase: p99_ms(waits) for phase, waits in record.waits.items()},
            "said": {phase: len(waits) for phase, waits in record.waits.items()},
            "wrong": {what: count for what, count in wrong.items() if count},
            "noted": dict(record.noted),
        }


def p99_ms(waits: list[float]) -> float | None:
    """What 99 of 100 waited at most; None when it is without end."""
    if not waits:
        return None
    at = sorted(waits)[len(waits) * 99 // 100 - (len(waits) >= 100)]
    return None if at == float("inf") else round(at * 1000, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", required=True)
    parser.add_argument("--broadcasts", required=True)
    parser.add_argument("--people", type=int, default=50)
    asked = parser.parse_args()
    Crowd(asked.requests, asked.broadcasts, asked.people).run()


if __name__ == "__main__":
    main()
