"""Runs in the launcher's only thread: a broker if none answers, and the window.

Ends when the window is closed. Standard library only.
"""

import contextlib
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from loggia.launch import broker, settings
from loggia.launch.console import Trouble, interrupting, say
from loggia.launch.place import Programs

WINDOW_END_S = 1.0  # stopping takes 100 ms; a goodbye to a slow broker takes longer
SCREEN_S = 30.0  # the window itself gives a screen 10 s to answer
STOP_S = 3.0  # a broker stops within 2 s
CONTROL = "control"  # in the data folder while a broker serves, not while it checks its log
AGAIN_S = 0.5  # between two tries to start one
JOINING_S = 5.0  # a broker decides to stop 0.5 s after the last one left; a window takes longer to come up
JOINING_POLL_S = 0.2
FOUND = "LOGGIA_FOUND"  # tells the window which broker was found: loggia.qtclient.cli
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


def no_window(programs: Programs) -> str:
    """Why no window can open on the screen that is named; empty when one can. Only Qt knows."""
    command, environment = programs.command("qtclient", "--check-screen"), programs.environment
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


def with_window(programs: Programs, arguments: list[str], told: settings.Settings | None = None) -> int:
    """Broker, window, goodbye; gives the window's exit code. `told`: the broker's settings, where it was
    asked already."""
    wanted = told or settings.ask(programs)
    own: list[broker.OwnBroker] = []  # known here from its first moment: an interrupt comes at any other one
    try:
        endpoint = _broker(own, programs, wanted)
        with interrupting():
            command = programs.command("qtclient", "--connect", endpoint, *arguments)
            with _window(command, _surroundings(programs, endpoint, arguments)) as window:
                if not own:
                    _in_place_of_one_that_went(own, window, programs, wanted)
                return window.wait()
    finally:
        for started in own:
            say(started.let_go())


def _surroundings(programs: Programs, endpoint: str, arguments: list[str]) -> dict[str, str]:
    """Those of the window. It is told when nobody asked for that broker: then it may go to another one."""
    if any(argument.startswith("--c") for argument in arguments):  # argparse takes --connect by its beginning
        return programs.environment
    return {**programs.environment, FOUND: endpoint}


def _broker(own: list[broker.OwnBroker], programs: Programs, wanted: settings.Settings) -> str:
    """Where a broker serves; the one that was started for it, if one was, is in `own` then."""
    # who does not answer may be only starting: then the run.py that starts it has its log
    if broker.answering(wanted.requests, programs.python) != "loggia":
        with broker.log_in(wanted.data, programs.name) as log:
            if serving := _started(own, programs, log, wanted):
                return serving
    endpoint = broker.reachable(wanted.requests)
    say(f"A broker is already answering on {endpoint}.")
    return endpoint


def _started(
    own: list[broker.OwnBroker],
    programs: Programs,
    log: Path,
    wanted: settings.Settings,
) -> str | None:
    """Where one of our own serves; None when another one does: it may be starting, or stopping, yet."""
    began = time.monotonic()
    told = False
    while not is_serving(wanted.requests, programs.python):
        ours = broker.OwnBroker(programs, log)
        own.append(ours)
        if serving := ours.wait_until_ready():
            say(f"Started a broker on {serving}; its log is {log}.")
            return serving
        own.remove(ours)
        ours.let_go()
        patience_s = STOP_S if (wanted.data / CONTROL).exists() else broker.START_S
        if not ours.was_early() or time.monotonic() > began + patience_s:
            if is_serving(wanted.requests, programs.python):
                break
            raise Trouble(
                settings.without_mark(ours.text()) or f"The broker ended without a word; its log is {log}."
            )
        if not told:
            told = True
            say("Another broker seems to be starting or stopping; waiting for it ...")
        time.sleep(AGAIN_S)
    return None


def _in_place_of_one_that_went(
    own: list[broker.OwnBroker],
    window: "subprocess.Popen[bytes]",
    programs: Programs,
    wanted: settings.Settings,
) -> None:
    """The broker that was joined may have been about to stop, since nobody was connected: then another one.

    Only while the window comes up: a broker that is stopped later is stopped.
    """
    until = time.monotonic() + JOINING_S
    while time.monotonic() < until:
        try:
            window.wait(JOINING_POLL_S)
            break
        except subprocess.TimeoutExpired:
            pass
        try:
            if broker.is_taken(broker.reachable(wanted.requests)) is False:
                _broker(own, programs, wanted)
                break
        except Trouble as reason:
            say(f"ERROR: {reason}")  # the window is open, and says that it has no connection
            break


@contextlib.contextmanager
def _window(command: list[str], environment: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """The window; at the end it is gone."""
    window = subprocess.Popen(command, env=environment)
    try:
        yield window
    finally:  # after Ctrl+C, which the terminal sends to the window too: wait, ask, insist
        for insist in (window.terminate, window.kill):
            try:
                window.wait(WINDOW_END_S)
            except (subprocess.TimeoutExpired, KeyboardInterrupt):
                insist()
        window.wait()
