"""Runs in run.py's only thread: its commands; arguments and exit codes pass through. Stdlib only."""

import os
import shlex
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

from loggia.launch import bots, broker, chat, environment, headless, settings, system
from loggia.launch.console import Trouble, prepare, say, tell
from loggia.launch.requirements import TOOLS, WINDOW

HOUSE = Path(__file__).resolve().parents[3]
INTERRUPTED = 130  # what shells give for Ctrl+C

Arguments = list[str]

WITHOUT_QT = ["-p", "no:pytest-qt"]  # a plug-in of pytest that does not start where Qt is not

CONTRACTS = (  # what others build upon is what the code says
    "tests/test_arrows.py",
    "tests/shared/protocol/test_schema.py",
    "tests/shared/client/api/test_page.py",
)
CHECKS = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
    "contract": ["pytest", *WITHOUT_QT, *CONTRACTS],
}


def run_chat(arguments: Arguments) -> int:
    """The window, and a broker for it when none answers."""
    if _asks_for_help(arguments):
        return _become(environment.ensure(HOUSE), ["-m", "qtclient", *arguments])
    python = environment.ensure(HOUSE, *([WINDOW] if system.has_screen() else []))
    no_window = chat.no_window(python, _surroundings())
    if not no_window:
        return chat.with_window(python, arguments, _surroundings())
    say(no_window)
    if arguments:
        say(f"These arguments are for the window and do nothing here: {shlex.join(arguments)}")
    return _without_window(python)


def _without_window(python: Path) -> int:
    wanted, host = settings.ask(python, _surroundings()), socket.gethostname()
    if chat.is_serving(wanted.requests, python):
        say(f"A broker is already answering on {broker.reachable(wanted.requests)}.")
        say(headless.ways_in(headless.as_found(wanted), host))
        return 0
    say("The broker runs in this terminal until Ctrl+C.")
    return headless.serve(python, wanted, _surroundings(), host)


def run_broker(arguments: Arguments) -> int:
    """A broker in this terminal."""
    return _become(environment.ensure(HOUSE), ["-m", "broker", *arguments])


def run_window(arguments: Arguments) -> int:
    """A window alone."""
    if _asks_for_help(arguments):
        return run_chat(arguments)
    if not system.has_screen():
        raise Trouble(
            "There is no screen here (DISPLAY and WAYLAND_DISPLAY are not set): no window can open."
        )
    python = environment.ensure(HOUSE, WINDOW)
    system.for_window()
    return _become(python, ["-m", "qtclient", *arguments])


def run_bot(arguments: Arguments) -> int:
    """A bot: one of bots/ by its name, or a file of yours."""
    usage = f"usage: run.py bot NAME [...], where NAME is a file of yours or one of: {bots.names(HOUSE)}"
    if not arguments:
        raise Usage(usage)
    if _asks_for_help(arguments[:1]):
        return _answered(usage)
    try:
        file = bots.find(HOUSE, arguments[0])
    except bots.NoSuchBot as reason:
        raise Usage(f"ERROR: {reason}") from None
    if file.parent == HOUSE / "bots" and _asks_for_help(arguments[1:]):
        return _answered(bots.told_by(file))
    python = environment.ensure(HOUSE)
    given = [argument for argument in arguments[1:] if "://" in argument]
    named = os.environ.get("LOGGIA_REQUESTS", "").strip()
    where = [*given, named or broker.DEFAULT_REQUESTS][0]
    if named:  # a bot in bare pyzmq gives it to ZeroMQ as it is
        os.environ["LOGGIA_REQUESTS"] = broker.to_connect(named)
    if broker.is_nobody_at(where, python):
        where = broker.reachable(where)
        say(f"No broker answers on {where} yet (LOGGIA_REQUESTS names another one); the bot waits for it.")
    encoding = os.environ.get("PYTHONIOENCODING", "").partition(":")[0]
    os.environ["PYTHONIOENCODING"] = f"{encoding}:backslashreplace"  # what people say fits no old console
    return _become(python, [str(file), *arguments[1:]], file.parent)


def run_check(arguments: Arguments) -> int:
    """All checks, or one: check NAME [ARGUMENTS], where NAME is format, lint, types or contract."""
    chosen, rest = arguments[:1] or [*CHECKS], arguments[1:]
    usage = f"usage: run.py check [NAME [...]], where NAME is one of: {', '.join(CHECKS)}"
    if _asks_for_help(chosen[:1]):
        return _answered(usage)
    if chosen[0] not in CHECKS:
        raise Usage(usage)
    python = environment.ensure(HOUSE, TOOLS, wish=WINDOW if "types" in chosen else "")
    failed = []
    for name in chosen:
        say(f"Checking {name} ...")
        command = [str(python), "-m", *CHECKS[name], *rest]
        if name == "types" and not environment.has(HOUSE, WINDOW):
            say("  without the window's: there is no PyQt6 here")
            command += _packages_without_window()
        if name == "types":
            environment.typed(HOUSE)
        if subprocess.call(command, cwd=HOUSE, env=_surroundings()) != 0:
            failed.append(name)
    say(f"Not good yet: {', '.join(failed)}." if failed else "All checks passed.")
    return int(bool(failed))


def _packages_without_window() -> Arguments:
    """What mypy is told where it cannot follow the imports of the window."""
    settings = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    packages = [package for package in settings["packages"] if package != "loggia"]
    return [
        f"--package={package}" for package in [*packages, "loggia.broker", "loggia.shared", "loggia.launch"]
    ]


def run_test(arguments: Arguments) -> int:
    """All tests; arguments go to pytest."""
    python = environment.ensure(HOUSE, TOOLS, wish=WINDOW)
    window = environment.has(HOUSE, WINDOW)
    system.for_tests(window=window)
    if not window:
        say("There is no PyQt6 here: the tests that need the window are skipped.")
    os.chdir(HOUSE)
    return _become(python, ["-m", "pytest", *([] if window else WITHOUT_QT), *arguments])


def run_simulate(arguments: Arguments) -> int:
    """Worlds full of faults, from seeds: is every promise kept?"""
    return _become(environment.ensure(HOUSE), ["-m", "tests.simulation", *arguments])


def run_bench(arguments: Arguments) -> int:
    """How fast the broker is on this computer."""
    return _become(environment.ensure(HOUSE), ["-m", "bench", *arguments])


COMMANDS: dict[str, Callable[[Arguments], int]] = {
    "chat": run_chat,
    "broker": run_broker,
    "window": run_window,
    "bot": run_bot,
    "check": run_check,
    "test": run_test,
    "simulate": run_simulate,
    "bench": run_bench,
}


# What has no --version of its own: the others' is that of the program behind them.
VERSIONED = ("chat", "broker", "window", "simulate", "bench")


class Usage(Exception):
    """The command line makes no sense; the text says what would."""


def usage() -> str:
    """The commands, one a line."""
    lines = [f"  {name:<9}{command.__doc__}" for name, command in COMMANDS.items()]
    return "\n".join(
        [
            "usage: python3 run.py [COMMAND [ARGUMENTS]]",
            "",
            *lines,
            "",
            "Without COMMAND: chat, which passes its arguments to the window.",
            "COMMAND --help tells more of one; --version is that of Loggia.",
        ]
    )


def main(arguments: Arguments) -> int:
    """Run one command line. The exit code: 2 for usage, 1 for trouble, else that of what was started."""
    prepare()
    help_wanted = arguments[:1] in (["-h"], ["--help"], ["help"])
    if not arguments or (arguments[0].startswith("-") and not help_wanted):
        arguments = ["chat", *arguments]
    name, *rest = arguments
    if help_wanted:
        return _answered(usage())
    if name in VERSIONED and rest in (["--version"], ["-V"]):
        return _answered(f"Loggia {_version()}")
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


def _answered(text: str) -> int:
    """Print what was asked for; the exit code."""
    return 0 if tell(text, sys.stdout) else 1


def _asks_for_help(arguments: Arguments) -> bool:
    return not {"-h", "--help"}.isdisjoint(arguments)


def _version() -> str:
    return str(tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def _surroundings(*folders: Path) -> dict[str, str]:
    """The environment in which Loggia's packages are found from every folder, then what is in `folders`."""
    paths = [str(HOUSE), str(HOUSE / "packaging"), *map(str, folders), os.environ.get("PYTHONPATH", "")]
    inherited = {
        name: value for name, value in os.environ.items() if name != "PYTHONHOME"
    }  # of another Python
    return {**inherited, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def _become(python: Path, arguments: Arguments, *folders: Path) -> int:
    """Run the virtual environment's Python in our place, so that signals and exit codes are its own."""
    command = [str(python), "-P", *arguments]  # -P: what lies around here hides nothing
    if os.name != "nt":
        os.execve(command[0], command, _surroundings(*folders))
    started = subprocess.Popen(command, env=_surroundings(*folders))
    while True:
        try:
            return started.wait()
        except KeyboardInterrupt:
            continue  # Ctrl+C reached it as well: its exit code tells
