"""How a window begins and ends: until one can use it, until what it holds can be read, until it is gone."""

import os
import signal
import socket
import sys
from pathlib import Path

from bench import bytecode
from bench.broker import environment
from bench.dealers import dealing
from bench.process import Unmet
from bench.rivals import Loggia
from bench.scenarios.scenario import Figures
from bench.speakers import flood
from bench.subscribers import ROOM
from bench.windows.watched import watched

COPY = 100_000
AT_ONCE = 1000  # in flight
NOBODY = "tcp://127.0.0.1:9"  # where no broker is
FREE = {"LOGGIA_BROADCASTS": "tcp://127.0.0.1:0", "LOGGIA_FRONT_DOOR": "127.0.0.1:0"}


def start(loggia: Loggia, folder: Path, size: float) -> Figures:
    """`python3 run.py`, which starts a broker and a window, where all is set up."""
    if not (loggia.house / ".venv" / "loggia-stamp").exists():
        raise Unmet(f"run.py has set nothing up in {loggia.house}")
    python: str = getattr(sys, "_base_executable", None) or sys.executable  # as the user's, not that of .venv
    command = [python, str(loggia.house / "run.py"), "--nick", "reader", "--data", str(folder / "window")]
    with socket.create_server(("127.0.0.1", 0)) as free:  # the same for both: each address has its copy
        requests = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    places = {**FREE, "LOGGIA_REQUESTS": requests, "LOGGIA_DATA": str(folder / "broker")}
    surroundings = bytecode.kept({**os.environ, **places}, folder / "compiled")
    with watched(command, surroundings) as window:
        window.when("joined")
        window.close_ms()
    with watched(command, surroundings) as window:
        moments = {what: window.when(what) for what in ("shown", "took_key", "joined")}
        window.close_ms()
        since = {what: round((at - window.started_s) * 1000) for what, at in moments.items()}
    return {
        "start_shown_ms": since["shown"],
        "start_key_ms": since["took_key"],
        "start_joined_ms": since["joined"],
        "usable_ms": max(since.values()),
    }


def copy(loggia: Loggia, folder: Path, size: float) -> Figures:
    """The messages of its copy, with its broker and with none."""
    kept, figures = folder / "window", Figures()
    with loggia.running(folder / "broker") as broker:
        with watched(*_window(loggia, kept, broker.requests)) as window, dealing(broker, 1) as (talker,):
            window.when("joined")
            flood([talker], max(200, int(COPY * size)), AT_ONCE)
            window.has(newest=talker.head())
            window.close_ms()
        figures |= _read(loggia, kept, broker.requests, "broker")
    return figures | _read(loggia, kept, broker.requests, "alone")


def _read(loggia: Loggia, kept: Path, requests: str, how: str) -> Figures:
    with watched(*_window(loggia, kept, requests)) as window:
        shown_s, painted_s = window.when("shown"), window.when("painted")
        window.close_ms()
    return {
        f"readable_{how}_ms": round((painted_s - shown_s) * 1000),
        f"begun_{how}_ms": round((painted_s - window.started_s) * 1000),
    }


def close(loggia: Loggia, folder: Path, size: float) -> Figures:
    """How long it lives on: its broker serves, died, stands still; and where no broker ever was."""
    figures = Figures()
    for how, signalled in (("up", None), ("killed", signal.SIGKILL), ("stopped", signal.SIGSTOP)):
        with (
            loggia.running(folder / how) as broker,
            watched(*_window(loggia, folder / f"{how}-window", broker.requests)) as window,
        ):
            window.when("joined")
            window.when("took_key")
            try:
                if signalled is not None:
                    os.kill(broker.pid, signalled)
                if signalled == signal.SIGKILL:
                    window.has(connected=0)
                figures[f"close_{how}_ms"] = round(window.close_ms())
            finally:
                if signalled == signal.SIGSTOP:
                    os.kill(broker.pid, signal.SIGCONT)
    with watched(*_window(loggia, folder / "alone", NOBODY)) as window:
        window.when("took_key")
        figures["close_alone_ms"] = round(window.close_ms())
    return figures


def _window(loggia: Loggia, folder: Path, requests: str) -> tuple[list[str], dict[str, str]]:
    """How one is started alone, and in what surroundings."""
    flags = ["--connect", requests, "--data", str(folder), "--nick", "reader", "--room", ROOM]
    surroundings = bytecode.kept(environment(loggia.house), folder.parent / "compiled")
    return [loggia.python, "-P", "-m", "qtclient", *flags], surroundings
