"""Real processes for tests: what they print is read by one thread each, which ends with the process.

Every process is ended by its id, by `close()` or the end of a `with`, whatever the test did.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Self

from loggia.shared.protocol.addresses import Place

from tests.patience import PATIENCE_S, Stopwatch
from tests.ports import Ports

HOUSE = Path(__file__).parent.parent.parent
SAY_S = END_S = PATIENCE_S  # for a line to be printed, for a process to end


class Ending(NamedTuple):
    """Of a process that was told to end. `code`: None if it goes on.

    `heard_s`: until it said that it heard it, None if it never did. `took_s`: until it had ended.
    """

    code: int | None
    heard_s: float | None
    took_s: float


class Running:
    """A process and all that it printed, output and errors together: `lines`, without their ends."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.lines: list[str] = []
        self._said = threading.Condition()
        self._silent = False
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(HOUSE), "PYTHONUNBUFFERED": "1", **(environment or {})},
        )
        self._reader = threading.Thread(target=self._read, name=f"reader of {self._process.pid}")
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def cpu_s(self) -> float:
        """What it has computed so far, on Linux: what it takes on a machine of its own, waiting apart."""
        ticks = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")

    def wait_for(self, pattern: str, *, after: int = 0, timeout_s: float = SAY_S) -> re.Match[str]:
        """The first match in a line from number `after` on; raises AssertionError with all it printed."""
        found = None

        def said() -> bool:
            nonlocal found
            found = next(filter(None, (re.search(pattern, line) for line in self.lines[after:])), None)
            return found is not None or self._silent

        with self._said:
            self._said.wait_for(said, timeout_s)
        assert found, f"never printed {pattern!r}, but:\n" + "\n".join(self.lines)
        return found

    def type(self, line: str) -> None:
        """A line for its standard input."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def end_input(self) -> None:
        """Close the process's standard input."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self, promised_s: float = END_S) -> int:
        """Its exit code, negative when a signal ended it; all its lines are read by then.

        It must come within what was promised, on a machine that has time.
        """
        watch = Stopwatch()
        code = self._process.wait(END_S)
        took_s = watch.read_s()
        self._reader.join()
        assert took_s < promised_s, self.lines
        return code

    def kill(self) -> None:
        """As kill -9: it cannot say or save anything any more."""
        self._process.kill()
        self.wait()

    def terminate(self) -> int:
        """As a service manager ends it; gives its exit code."""
        self._process.terminate()
        return self.wait()

    def told_to_end(self, says: str, most_s: float = END_S) -> Ending:
        """As a service manager does it; the process `says` so in a line, as soon as it hears of it."""
        mark, began = len(self.lines), time.monotonic()
        heard_s = None
        self._process.terminate()
        with contextlib.suppress(AssertionError):
            self.wait_for(says, after=mark, timeout_s=most_s)
            heard_s = time.monotonic() - began
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, began + most_s - time.monotonic()))
        return Ending(self._process.poll(), heard_s, time.monotonic() - began)

    def close(self) -> None:
        if self.is_running:
            self._process.kill()
        self.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._said:
                self.lines.append(line.rstrip("\n"))
                self._said.notify_all()
        with self._said:
            self._silent = True
            self._said.notify_all()


def module(name: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Running:
    """`python -m name`, with warnings as errors in that process too."""
    command = [sys.executable, "-P", "-W", "error", "-m", name, *arguments]
    return Running(command, environment=environment)


class Broker:
    """A real broker on ports of its own. `front_door`, `requests`, `broadcasts`: where, also after restarts.

    `program`: the module that is run, and what it is given before the broker's own flags. `host`: where it
    serves, an IPv6 address without brackets.
    """

    def __init__(
        self, data: Path, *flags: str, program: Sequence[str] = ("broker",), host: str = "127.0.0.1"
    ) -> None:
        self.data = data
        self._program = program
        self._flags = flags
        self._ports = Ports(3, "0.0.0.0" if host == "*" else host)
        requests, broadcasts, front_door = self._ports.numbers
        self.requests, self.broadcasts = f"tcp://{Place(host, requests)}", f"tcp://{Place(host, broadcasts)}"
        self.front_door = (host, front_door)
        try:
            self.start()
        except BaseException:
            self._ports.close()
            raise

    def start(self, *flags: str) -> None:
        """Start it, where it served before if it did, and wait until it serves. `flags`: if there are any,
        instead of those it had, from now on."""
        assert self._ports.are_held, "its ports may be another's since close(); stop() or kill() it instead"
        self._flags = flags or self._flags
        addresses = ["--requests", self.requests, "--broadcasts", self.broadcasts]
        addresses += ["--front-door", str(Place(*self.front_door))]
        self.process = module(*self._program, "--data", str(self.data), *addresses, *self._flags)
        try:
            self._learn()
        except AssertionError:
            self.process.close()
            raise

    def _learn(self) -> None:
        self.process.wait_for(r"Waiting for connections\.\.\.")
        host, port = self.process.wait_for(r"Ready to serve on (.+):(\d+)\.").groups()
        self.front_door = (host.strip("[]"), int(port))
        self.requests = self.process.wait_for(r'Requests on ([^\s"]+)')[1]
        self.broadcasts = self.process.wait_for(r'Broadcasts on ([^\s"]+)')[1]

    def kill(self) -> None:
        """As kill -9, or the power."""
        self.process.kill()
        self.process.close()

    def stop(self) -> int:
        """As SIGTERM; gives the exit code."""
        code = self.process.terminate()
        self.process.close()
        return code

    def close(self) -> None:
        """End it, and give its ports away: it cannot start any more."""
        self.process.close()
        self._ports.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
