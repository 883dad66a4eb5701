"""Runs in run.py's only thread: a broker if none answers, and the window. Ends when the window is closed.

Standard library only.
"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from launch import broker
from launch.console import Trouble, say

WINDOW_END_S = 1.0  # stopping takes 100 ms; a goodbye to a slow broker takes longer

NO_SCREEN = """\
There is no screen here (DISPLAY and WAYLAND_DISPLAY are not set), so no window opens.
{broker}
How to connect:
  from a terminal here:     nc 127.0.0.1 1100
  with a bot:               python3 run.py bot NAME   (without NAME: lists them)
  with a window elsewhere:  ssh -N -L 1101:127.0.0.1:1101 -L 1102:127.0.0.1:1102 {host}
                            and, while that runs, python3 run.py on that computer
"""


def no_screen(serving: bool, host: str) -> str:
    """What to do where no window can open. `serving`: whether a broker was answering before."""
    there = "A broker is already answering." if serving else "The broker runs in this terminal until Ctrl+C."
    return NO_SCREEN.format(broker=there, host=host).rstrip()


def requests_endpoint() -> str:
    """Where the broker is, or will be: its own setting, from the environment, or the default."""
    return os.environ.get("LOGGIA_REQUESTS") or broker.DEFAULT_REQUESTS


def is_serving(endpoint: str, python: Path) -> bool:
    """Whether a Loggia broker answers there; raises Trouble when something else does."""
    there = broker.answering(endpoint, python)
    if there == "another program":
        raise Trouble(
            f"{endpoint} is taken by a program that is no Loggia broker. Stop it, or choose another address "
            "for the broker: set LOGGIA_REQUESTS=tcp://127.0.0.1:PORT and start again."
        )
    return there == "loggia"


def with_window(python: Path, log: Path, arguments: list[str], environment: dict[str, str]) -> int:
    """Broker, window, goodbye; gives the window's exit code. `log`: where a broker started here writes."""
    endpoint, own = _broker(python, log, environment)
    try:
        with _terminate_is_interrupt():
            command = [str(python), "-P", "-m", "qtclient", "--connect", endpoint, *arguments]
            return _window(command, environment)
    finally:
        if own:
            say(own.let_go())


def _broker(python: Path, log: Path, environment: dict[str, str]) -> tuple[str, broker.OwnBroker | None]:
    """Where a broker serves, and the one that was started for it, if one was."""
    endpoint = requests_endpoint()
    if not is_serving(endpoint, python):
        own = broker.OwnBroker(python, log, environment)
        try:
            serving = own.wait_until_ready()
        except BaseException:
            own.let_go()
            raise
        if serving:
            say(f"Started a broker on {serving}; its log is {log}.")
            return serving, own
        own.let_go()
        if not is_serving(endpoint, python):  # two run.py at once: the other's broker may have been faster
            raise Trouble(own.text().strip() or f"The broker ended without a word; its log is {log}.")
    say(f"A broker is already answering on {endpoint}.")
    return endpoint, None


def _window(command: list[str], environment: dict[str, str]) -> int:
    window = subprocess.Popen(command, env=environment)
    try:
        return window.wait()
    finally:  # after Ctrl+C, which the terminal sends to the window too: wait, ask, insist
        for insist in (window.terminate, window.kill):
            try:
                window.wait(WINDOW_END_S)
            except (subprocess.TimeoutExpired, KeyboardInterrupt):
                insist()
        window.wait()


@contextlib.contextmanager
def _terminate_is_interrupt() -> Iterator[None]:
    """SIGTERM takes the window along, as Ctrl+C does."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
