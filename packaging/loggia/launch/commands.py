"""Runs in the only thread of run.py, or of an installed `loggia`: the commands that both have.

Arguments and exit codes pass through. Standard library only.
"""

import os
import shlex
import socket
import sys
from collections.abc import Callable, Mapping
from typing import TypeVar

from loggia.launch import bots, broker, chat, headless, settings, system
from loggia.launch.console import Trouble, prepare, say, tell
from loggia.launch.place import Place, Programs, become
from loggia.launch.requirements import WINDOW

INTERRUPTED = 130  # what shells give for Ctrl+C

Arguments = list[str]
Here = TypeVar("Here", bound=Place)
Command = Callable[[Here, Arguments], int]


class Usage(Exception):
    """The command line makes no sense; the text says what would."""


def run_chat(place: Place, arguments: Arguments) -> int:
    """The window, and a broker for it when none answers."""
    if asks_for_help(arguments):
        return _become(place.programs("chat"), "qtclient", arguments)
    if system.has_screen():
        programs = place.programs("chat", WINDOW)
        place.see_to_libraries()
        with settings.Asking(programs) as asking:  # both take their time, and neither needs the other
            no_window = chat.no_window(programs)
            if not no_window:
                return chat.with_window(programs, arguments, asking.told())
    else:
        programs, no_window = place.programs("chat"), chat.NO_SCREEN
    say(no_window)
    if arguments:
        say(f"These arguments are for the window and do nothing here: {shlex.join(arguments)}")
    return _without_window(programs)


def _without_window(programs: Programs) -> int:
    wanted, host = settings.ask(programs), socket.gethostname()
    if chat.is_serving(wanted.requests, programs.python):
        say(f"A broker is already answering on {broker.reachable(wanted.requests)}.")
        say(headless.ways_in(headless.as_found(wanted), host, programs.typed))
        return 0
    say("The broker runs in this terminal until Ctrl+C.")
    return headless.serve(programs, wanted, host)


def run_broker(place: Place, arguments: Arguments) -> int:
    """A broker in this terminal."""
    return _become(place.programs("broker"), "broker", arguments)


def run_window(place: Place, arguments: Arguments) -> int:
    """A window alone."""
    if asks_for_help(arguments):
        return _become(place.programs("window"), "qtclient", arguments)
    if lacking := place.lacking(WINDOW):
        raise Trouble(lacking)
    if not system.has_screen():
        raise Trouble(
            "There is no screen here (DISPLAY and WAYLAND_DISPLAY are not set): no window can open."
        )
    programs = place.programs("window", WINDOW)
    place.see_to_libraries()
    return _become(programs, "qtclient", arguments)


def run_bot(place: Place, arguments: Arguments) -> int:
    """A bot: one of bots/ by its name, or a file of yours."""
    ours = bots.names(place.bots)
    usage = f"usage: {place.name} bot NAME [...], where NAME is a file of yours or one of: {ours}"
    if not arguments:
        raise Usage(usage)
    if asks_for_help(arguments[:1]):
        return answered(usage)
    try:
        file = bots.find(place.bots, arguments[0])
    except bots.NoSuchBot as reason:
        raise Usage(f"ERROR: {reason}") from None
    if file.parent == place.bots and asks_for_help(arguments[1:]):
        return answered(bots.told_by(file))
    python = place.python()
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
    return become([str(python), "-P", str(file), *arguments[1:]], place.surroundings_of(file))


COMMANDS: dict[str, Command[Place]] = {
    "chat": run_chat,
    "broker": run_broker,
    "window": run_window,
    "bot": run_bot,
}
# What has no --version of its own: the others' is that of the program behind them.
VERSIONED = ("chat", "broker", "window", "simulate", "bench")


def usage(place: Here, commands: Mapping[str, Command[Here]]) -> str:
    """The commands, one a line."""
    lines = [f"  {name:<9}{command.__doc__}" for name, command in commands.items()]
    return "\n".join(
        [
            f"usage: {place.typed} [COMMAND [ARGUMENTS]]",
            "",
            *lines,
            "",
            "Without COMMAND: chat, which passes its arguments to the window.",
            "COMMAND --help tells more of one; --version is that of Loggia.",
        ]
    )


def main(place: Here, commands: Mapping[str, Command[Here]], arguments: Arguments) -> int:
    """Run one command line. The exit code: 2 for usage, 1 for trouble, else that of what was started."""
    prepare()
    help_wanted = arguments[:1] in (["-h"], ["--help"], ["help"])
    if not arguments or (arguments[0].startswith("-") and not help_wanted):
        arguments = ["chat", *arguments]
    name, *rest = arguments
    if help_wanted:
        return answered(usage(place, commands))
    try:
        if name not in commands:
            unknown = f'{place.name} knows no command "{name}".\n{usage(place, commands)}'
            raise Usage(place.not_here(name) or unknown)
        if name in VERSIONED and rest in (["--version"], ["-V"]):
            return answered(f"Loggia {place.version()}")
        return commands[name](place, rest)
    except Usage as reason:
        say(str(reason))
        return 2
    except Trouble as reason:
        say(f"ERROR: {reason}")
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def answered(text: str) -> int:
    """Print what was asked for; the exit code."""
    return 0 if tell(text, sys.stdout) else 1


def asks_for_help(arguments: Arguments) -> bool:
    return not {"-h", "--help"}.isdisjoint(arguments)


def _become(programs: Programs, program: str, arguments: Arguments) -> int:
    return become(programs.command(program, *arguments), programs.environment)
