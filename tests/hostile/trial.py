"""One attack on a real broker beside honest people, from its start to SIGTERM in the middle of it.

Runs in the thread of the caller; all processes are ended by their ids, whatever happens.
"""

import contextlib
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import zmq

from tests.endtoend.processes import HOUSE, Broker, Ending, Running
from tests.hostile.observed import Observed, Seen
from tests.hostile.rows import Row
from tests.hostile.verdict import Figures, Span

ELSEWHERE = "127.0.0.2"  # of loopback, and another address to the broker
LATE_S = 45.0  # an attacker that has not ended so long after its time is ended
TERM_MOST_S = 30.0
SEEDS_APART = 1000  # of two attacks; those of one are as many as its attackers apart
STOPPING = r"^Stopping\.$"  # what the broker says as soon as a signal tells it to end


class Times(NamedTuple):
    """How long each part takes (s). `attack`: None, as the row has it."""

    before: float = 5.0
    attack: float | None = None
    recovering: float = 5.0
    after: float = 5.0
    again: float = 2.0


class Trial:
    """A broker with honest people. `wrong`: what must not be, so far."""

    def __init__(
        self, name: str, row: Row, data: Path, *, people: int, source: str = ELSEWHERE, seed: int = 0
    ) -> None:
        self._name, self._row, self._people, self._source, self._seed = name, row, people, source, seed
        self._folder = data
        self._attacks = 0
        self._seen: list[Seen] = []
        self._stack = contextlib.ExitStack()
        self.wrong: Counter[str] = Counter()
        self.noted: Counter[str] = Counter()
        self.tally: Counter[str] = Counter()
        self.broker = self._started()
        try:
            self._observed = Observed(self.broker.process.pid)
            self._honest = self._stack.enter_context(_honest(self.broker, people))
            self._honest.wait_for("^here")
        except BaseException:
            self._stack.close()
            raise

    def close(self) -> None:
        self._stack.close()

    def _started(self) -> Broker:
        data = self._folder / "broker"
        if self._row.crowd:
            with Broker(data, "--rate", "0") as broker:
                tokens = list(_been_there(broker, self._row.crowd))
                broker.stop()
            (self._folder / "crowd.json").write_text(json.dumps(tokens))
        program: tuple[str, ...] = ("broker",)
        if self._row.descriptors is not None:
            program = ("tests.endtoend.limited", str(self._row.descriptors), *program)
        return self._stack.enter_context(Broker(data, program=program))

    # -- Parts ----------------------------------------------------------------------------------

    def measure(self, times: Times) -> Figures:
        """The whole of it."""
        self.talk("before")
        before = self.observe(times.before)
        logged, began = self._logged(), time.monotonic()
        self.talk("during")
        seconds = self._row.seconds if times.attack is None else times.attack
        during = self.attacked(seconds)
        log_kb_s = (self._logged() - logged) / 1024 / (time.monotonic() - began)
        self.talk("recovering")
        self.observe(times.recovering)
        self.talk("after")
        after = self.observe(times.after)
        p99 = self.settle()
        if self._row.command and self.broker.process.is_running:
            with self.amid(LATE_S + times.again):
                self.command()
        ending = self.terminated(times.again)
        self.look_back()
        return Figures(
            p99_ms=p99,
            memory_mb=Span(before.memory_mb, max(seen.peak_mb for seen in self._seen), after.memory_mb),
            descriptors=Span(
                before.descriptors, max(seen.most_descriptors for seen in self._seen), after.descriptors
            ),
            cpu=Span(before.cpu, during.cpu, after.cpu),
            log_kb_s=log_kb_s,
            heard_s=ending and ending.heard_s,
            term_s=ending and ending.took_s,
            wrong=dict(self.wrong),
            noted=dict(self.noted),
            tally=dict(self.tally),
            least=self._row.least(seconds),
        )

    def talk(self, phase: str) -> None:
        mark = len(self._honest.lines)
        self._honest.type(f"talk {phase}")
        self._honest.wait_for("^talk ", after=mark)

    def observe(self, seconds: float) -> Seen:
        self._seen.append(self._observed.over(seconds))
        return self._seen[-1]

    def attacked(self, seconds: float) -> Seen:
        """Until the attackers have ended."""
        with self.attackers(seconds) as attackers:
            deadline = time.monotonic() + seconds + LATE_S
            self._seen.append(
                self._observed.until(
                    lambda: time.monotonic() > deadline or not any(each.is_running for each in attackers)
                )
            )
            for each in attackers:
                self._count(each)
        return self._seen[-1]

    @contextlib.contextmanager
    def attackers(self, seconds: float) -> Iterator[Sequence[Running]]:
        """At it for so long; all are gone behind the block. Others each time: names of the last are taken."""
        self._attacks += 1
        with contextlib.ExitStack() as stack:
            yield [
                stack.enter_context(self._attacker(number, seconds)) for number in range(self._row.attackers)
            ]

    @contextlib.contextmanager
    def amid(self, seconds: float) -> Iterator[None]:
        """In the middle of it: all of them have begun, and have so long to go on."""
        with self.attackers(seconds) as attackers:
            for each in attackers:
                each.wait_for("^attacking")
            yield

    def settle(self) -> dict[str, float | None]:
        """Nobody talks any more, and nothing may be lacking; gives the p99 of answers in each phase (ms)."""
        mark = len(self._honest.lines)
        self._honest.type("settle")
        said = json.loads(self._honest.wait_for(r"^settled (.*)", after=mark, timeout_s=120.0)[1])
        self.wrong += Counter(said["wrong"])
        self.noted += Counter(said["noted"])
        return said["p99_ms"]

    def command(self) -> None:
        """One for the log gets through in the middle of it."""
        arguments = [sys.executable, "-m", "broker", *self._row.command, "--data", str(self.broker.data)]
        with Running(arguments, folder=HOUSE) as command:
            if command.wait() != 0:
                self.wrong[f"{' '.join(self._row.command)} failed: {command.lines[-1:]}"] += 1

    def terminated(self, after_s: float) -> Ending | None:
        """SIGTERM in the middle of the same attack; None if it never ended by it."""
        if not self.broker.process.is_running:
            return None
        self.talk("end")
        with self.amid(after_s + TERM_MOST_S):
            self.observe(after_s)
            if not self.broker.process.is_running:
                return None
            ending = self.broker.process.told_to_end(STOPPING, TERM_MOST_S)
            if ending.code is None:
                return None
            if ending.code != 0:
                self.wrong[f"exit code {ending.code}"] += 1
            return ending

    def look_back(self) -> None:
        """What the broker said, and whether all that it ever answered is on the disk."""
        lines = self.broker.process.lines
        if self.broker.process.is_running:
            self.broker.kill()
        elif self.broker.process.wait() != 0 and not self.wrong:
            self.wrong[f"the broker died: {lines[-1:]}"] += 1
        self.wrong["tracebacks"] += sum("Traceback" in line for line in lines)
        answered, stored = self._answered(), self._stored()
        self.wrong["answered, and not on the disk"] += sum(
            stored.get(seq) != each for each, seq in answered.items()
        )

    # -- How ------------------------------------------------------------------------------------

    def _attacker(self, number: int, seconds: float) -> Running:
        command = [sys.executable, "-m", "tests.hostile.attacker", self._name]
        command += ["--requests", self.broker.requests, "--broadcasts", self.broker.broadcasts]
        command += ["--front-door", "{}:{}".format(*self.broker.front_door), "--data", str(self.broker.data)]
        command += ["--source", self._source, "--seconds", f"{seconds:g}", "--number", f"{number}"]
        seed = self._seed + SEEDS_APART * self._attacks
        return Running([*command, "--seed", f"{seed}"], folder=HOUSE)

    def _count(self, attacker: Running) -> None:
        done = next(filter(None, (re.match("done (.*)", line) for line in attacker.lines)), None)
        if done is None:
            self.wrong[f"an attacker failed: {attacker.lines[-1:]}"] += 1
        else:
            self.tally += Counter(json.loads(done[1]))

    def _logged(self) -> int:
        return sum(len(line) + 1 for line in self.broker.process.lines)

    def _answered(self) -> dict[str, int]:
        file, mark = self._folder / "answered.json", len(self._honest.lines)
        self._honest.type(f"answered {file}")
        self._honest.wait_for("^answered", after=mark)
        return json.loads(file.read_text())

    def _stored(self) -> dict[int, str]:
        """The lobby as it is in the log, by a command that reads no network."""
        file = self._folder / "lobby.jsonl"
        arguments = ["broker", "export", "--room", "lobby", "--output", str(file)]
        with Running(
            [sys.executable, "-m", *arguments, "--data", str(self.broker.data)], folder=HOUSE
        ) as export:
            assert export.wait() == 0, export.lines
        events = map(json.loads, file.read_text().splitlines())
        return {event["seq"]: event["id"] for event in events if "seq" in event and "id" in event}


@contextlib.contextmanager
def _honest(broker: Broker, people: int) -> Iterator[Running]:
    command = [sys.executable, "-m", "tests.hostile.honest", "--people", str(people)]
    command += ["--requests", broker.requests, "--broadcasts", broker.broadcasts]
    with Running(command, folder=HOUSE) as honest:
        yield honest
        honest.end_input()


def _been_there(broker: Broker, count: int) -> Iterator[str]:
    """The tokens of so many who have been in the lobby."""
    with zmq.Context() as context:
        for first in range(0, count, 200):
            sockets = []
            for number in range(first, min(first + 200, count)):
                sockets.append(context.socket(zmq.DEALER))
                sockets[-1].connect(broker.requests)
                sockets[-1].send_json({"op": "join", "id": "1", "nick": f"been {number}", "keep": True})
            for socket in sockets:
                yield socket.recv_json()[0]["token"]
                socket.close(linger=0)
