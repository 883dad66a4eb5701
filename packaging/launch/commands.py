"""Runs in run.py's only thread: its commands; arguments and exit codes pass through. Stdlib only."""

import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

from launch import chat, environment, system
from launch.console import Trouble, say

HOUSE = Path(__file__).resolve().parent.parent.parent
INTERRUPTED = 130  # what shells give for Ctrl+C

Arguments = list[str]

CHECKS = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
    "arrows and schema": ["pytest", "tests/test_arrows.py", "tests/shared/test_schema.py"],
}


def run_chat(arguments: Arguments) -> int:
    """The window, and a broker for it when none answers."""
    python = environment.ensure(HOUSE)
    if not system.has_screen():
        serving = chat.is_serving(chat.requests_endpoint(), python)
        say(chat.no_screen(serving, socket.gethostname()))
        return 0 if serving else _become(["-m", "broker"])
    system.for_window()
    return chat.with_window(python, HOUSE / ".venv" / "broker.log", arguments, _surroundings())


def run_broker(arguments: Arguments) -> int:
    """A broker in this terminal."""
    return _become(["-m", "broker", *arguments])


def run_window(arguments: Arguments) -> int:
    """A window alone."""
    environment.ensure(HOUSE)
    if not system.has_screen():
        raise Trouble(
            "There is no screen here (DISPLAY and WAYLAND_DISPLAY are not set): no window can open."
        )
    system.for_window()
    return _become(["-m", "qtclient", *arguments])


def run_bot(arguments: Arguments) -> int:
    """One of the bots in bots/."""
    bots = {file.stem: file for file in sorted((HOUSE / "bots").glob("[!_]*.py"))}
    if not arguments or arguments[0] not in bots:
        raise Usage(f"usage: run.py bot NAME [...], where NAME is one of: {', '.join(bots)}")
    return _become([str(bots[arguments[0]]), *arguments[1:]])


def run_check(arguments: Arguments) -> int:
    """Format, lint, types, import arrows and schema."""
    if arguments:
        raise Usage("run.py check takes no arguments.")
    python = environment.ensure(HOUSE)
    system.for_window()  # pytest's Qt plugin loads Qt's libraries
    failed = []
    for name, command in CHECKS.items():
        say(f"Checking {name} ...")
        if subprocess.call([str(python), "-m", *command], cwd=HOUSE, env=_surroundings()) != 0:
            failed.append(name)
    say(f"Not good yet: {', '.join(failed)}." if failed else "All checks passed.")
    return int(bool(failed))


def run_test(arguments: Arguments) -> int:
    """All tests; arguments go to pytest."""
    environment.ensure(HOUSE)
    system.for_tests()
    os.chdir(HOUSE)
    return _become(["-m", "pytest", *arguments])


def run_bench(arguments: Arguments) -> int:
    """How fast the broker is on this computer."""
    return _become(["-m", "bench", *arguments])


COMMANDS: dict[str, Callable[[Arguments], int]] = {
    "chat": run_chat,
    "broker": run_broker,
    "window": run_window,
    "bot": run_bot,
    "check": run_check,
    "test": run_test,
    "bench": run_bench,
}


class Usage(Exception):
    """The command line makes no sense; the text says what would."""


def usage() -> str:
    """The commands, one a line."""
    lines = [f"  {name:<8}{command.__doc__}" for name, command in COMMANDS.items()]
    return "\n".join(
        ["usage: python3 run.py [COMMAND [ARGUMENTS]]", "", *lines, "", "Without COMMAND: chat."]
    )


def main(arguments: Arguments) -> int:
    """Run one command line. The exit code: 2 for usage, 1 for trouble, else that of what was started."""
    name, *rest = arguments or ["chat"]
    if name in ("-h", "--help", "help"):
        print(usage())
        return 0
    try:
        if name not in COMMANDS:
            raise Usage(f'run.py knows no command "{name}".\n{usage()}')
        return COMMANDS[name](rest)
    except Usage as reason:
        say(str(reason))
        return 2
    except Trouble as reason:
        say(f"ERROR: {reason}")
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def _surroundings() -> dict[str, str]:
    """The environment in which Loggia's packages are found from every folder."""
    paths = [str(HOUSE), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def _become(arguments: Arguments) -> int:
    """Run the virtual environment's Python in our place, so that signals and exit codes are its own."""
    command = [str(environment.ensure(HOUSE)), "-P", *arguments]  # -P: what lies around here hides nothing
    if os.name != "nt":
        os.execve(command[0], command, _surroundings())
    started = subprocess.Popen(command, env=_surroundings())
    while True:
        try:
            return started.wait()
        except KeyboardInterrupt:
            continue  # Ctrl+C reached it as well: its exit code tells
