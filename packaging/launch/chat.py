"""Runs in run.py's only thread: a broker if none answers, and the window. Ends when the window is closed.

Standard library only.
"""

import re
import subprocess
from pathlib import Path

from launch import broker, settings, system
from launch.console import Trouble, interrupting, say

WINDOW_END_S = 1.0  # stopping takes 100 ms; a goodbye to a slow broker takes longer
SCREEN_S = 30.0  # the window itself gives a screen 10 s to answer
NO_SCREEN = "There is no screen here (DISPLAY and WAYLAND_DISPLAY are not set), so no window opens."


def is_serving(endpoint: str, python: Path) -> bool:
    """Whether a Loggia broker answers there; raises Trouble when something else does."""
    there = broker.answering(endpoint, python)
    if there == "another program":
        raise Trouble(
            f"{endpoint} is taken by a program that is no Loggia broker. Stop it, or choose another address "
            "for the broker: set LOGGIA_REQUESTS=tcp://127.0.0.1:PORT and start again."
        )
    return there == "loggia"


def no_window(python: Path, environment: dict[str, str]) -> str:
    """Why no window can open here; empty when one can.

    Only Qt knows whether the screen that is named answers. Sees to the libraries it needs; raises Trouble.
    """
    if not system.has_screen():
        return NO_SCREEN
    system.for_window()
    command = [str(python), "-P", "-m", "qtclient", "--check-screen"]
    try:
        tried = subprocess.run(
            command, env=environment, capture_output=True, text=True, errors="replace", timeout=SCREEN_S
        )
    except subprocess.TimeoutExpired:
        return f"No window can open here: the screen did not answer for {SCREEN_S:g} s."
    if tried.returncode == 0:
        return ""
    told = re.search("^ERROR: (.*)$", tried.stderr, re.MULTILINE)
    return told[1] if told else f"No window can open here: Qt ended with {tried.returncode}."


def with_window(python: Path, arguments: list[str], environment: dict[str, str]) -> int:
    """Broker, window, goodbye; gives the window's exit code."""
    endpoint, own = _broker(python, environment)
    try:
        with interrupting():
            command = [str(python), "-P", "-m", "qtclient", "--connect", endpoint, *arguments]
            return _window(command, environment)
    finally:
        if own:
            say(own.let_go())


def _broker(python: Path, environment: dict[str, str]) -> tuple[str, broker.OwnBroker | None]:
    """Where a broker serves, and the one that was started for it, if one was."""
    wanted = settings.ask(python, environment)
    if not is_serving(wanted.requests, python):
        with broker.log_in(wanted.data) as log:
            if not is_serving(wanted.requests, python) and (
                own := _started(python, log, wanted, environment)
            ):
                return own
    endpoint = broker.reachable(wanted.requests)
    say(f"A broker is already answering on {endpoint}.")
    return endpoint, None


def _started(
    python: Path, log: Path, wanted: settings.Settings, environment: dict[str, str]
) -> tuple[str, broker.OwnBroker] | None:
    """A broker of our own; None when another one was faster."""
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
    if not is_serving(wanted.requests, python):
        raise Trouble(
            settings.without_mark(own.text()) or f"The broker ended without a word; its log is {log}."
        )
    return None


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
