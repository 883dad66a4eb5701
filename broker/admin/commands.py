"""What an operator does with a log, as commands of `python -m broker`. Runs in the tool's only thread.

Results go to standard output, progress and errors to standard error. See docs/operations.md.
"""

import argparse
import errno
import logging
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from loggia.broker import config
from loggia.broker.admin import (
    account_list,
    accounts,
    backup,
    compact,
    export,
    import_,
    rebuild,
    reindex,
    restore,
    upgrade,
    verify,
)
from loggia.broker.admin.progress import Progress
from loggia.broker.settings import SETTINGS
from loggia.broker.storage import data_dir
from loggia.broker.telemetry import live_log
from loggia.shared.process import signals, streams
from loggia.shared.protocol.errors import LoggiaError, StorageBroken
from loggia.shared.protocol.names import escaped

FAILED = 1

_OF_BOTH = ("data", "log_json")
_OF_SERVING = [row.name for row in SETTINGS if row.flag and row.name not in _OF_BOTH]
_OF_SERVING += ["print_config", "stop_when_alone"]
_FILE: dict[str, Any] = {"type": Path, "metavar": "FILE"}
_WHO: dict[str, Any] = {
    "type": streams.typed,
    "metavar": "NICK|ACCOUNT",
    "help": "who is here, or was; an account as the live log names it",
}


class OperatorCommand(NamedTuple):
    """`run` gets the data folder, and gives the exit code. `needs_log`: there must be one in the folder.
    `reports`: it is run for what it prints, and has failed when that is lost."""

    run: Callable[[Path, argparse.Namespace, Progress], int]
    text: str
    needs_log: bool = True
    reports: bool = False
    arguments: Mapping[str, dict[str, Any]] = {}


COMMANDS = {
    "verify": OperatorCommand(
        verify.run,
        "read all of the log and say whether it is what was written; also while a broker runs",
        reports=True,
    ),
    "backup": OperatorCommand(
        backup.run,
        "write a verified copy of the log into a new file; also while a broker runs",
        arguments={"file": {**_FILE, "help": "the new file"}},
    ),
    "restore": OperatorCommand(
        restore.run,
        "put a backup in the place of the log, which is kept aside; a running broker steps aside for it",
        needs_log=False,
        arguments={"file": {**_FILE, "help": "what `backup` wrote"}},
    ),
    "export": OperatorCommand(
        export.run,
        "write rooms as lines of JSON or as a page to read; also while a broker runs",
        reports=True,
        arguments={
            "--room": {
                "action": "append",
                "type": streams.typed,
                "metavar": "R",
                "help": "only this room; may be given again",
            },
            "--format": {"choices": ["jsonl", "html"], "default": "jsonl", "help": "default jsonl"},
            "--output": {**_FILE, "help": "a new file; default standard output"},
        },
    ),
    "import": OperatorCommand(
        import_.run,
        "take in the rooms of an export, with their numbers; a running broker steps aside for it",
        needs_log=False,
        arguments={"file": {**_FILE, "help": "what `export` wrote as jsonl"}},
    ),
    "compact": OperatorCommand(
        compact.run, "make the log's file smaller; no event changes; a running broker steps aside for it"
    ),
    "rebuild": OperatorCommand(
        rebuild.run,
        "make what rooms are now from their log again; a running broker steps aside for it",
    ),
    "reindex": OperatorCommand(
        reindex.run,
        "make the index of the search again; a running broker steps aside for it",
    ),
    "upgrade": OperatorCommand(
        upgrade.run,
        "bring the log of an older version to this one's format, as a broker does when it starts",
        arguments={
            "--check": {"action": "store_true", "help": "only say what would be done; nothing is changed"}
        },
    ),
    "revoke": OperatorCommand(
        accounts.run_revoke,
        "take an account from whoever has its token: its session ends at once, also while a broker runs",
        arguments={"who": _WHO},
    ),
    "release": OperatorCommand(
        accounts.run_release,
        "let a nick be free that an account keeps while it is not here; also while a broker runs",
        arguments={"who": _WHO},
    ),
    "accounts": OperatorCommand(
        account_list.run,
        "list who was ever here: nick, account, last seen, kept, rooms; also while a broker runs",
        reports=True,
        arguments={"--json": {"action": "store_true", "help": "a line of JSON for each"}},
    ),
    "role": OperatorCommand(
        accounts.run_role,
        "make an account an owner of the broker: of the lobby, and of each room that nobody made on purpose",
        arguments={
            "who": _WHO,
            "role": {"choices": ["owner"], "help": "the only role there is in a broker"},
        },
    ),
}


def parse(arguments: Sequence[str] | None, typed: str) -> argparse.Namespace:
    """The command line behind what was `typed`; `command` is None for serving.

    argparse itself exits with 2 on wrong usage.
    """
    whole = parser(typed)
    flags = whole.parse_args(arguments)
    given = [name for name in _OF_SERVING if getattr(flags, name)]
    if flags.command is not None and given:
        flag = "--" + given[0].replace("_", "-")
        whole.error(f"{flag} is for serving; {flags.command} takes --data and --config")
    return flags


def parser(typed: str) -> argparse.ArgumentParser:
    """The flags of serving, and the commands with theirs."""
    whole = config.parser(typed)
    commands = whole.add_subparsers(
        dest="command",
        metavar="COMMAND",
        title="commands",
        description="Without one the broker serves. A command works on the log in the data folder, which "
        "--data or the settings name.",
    )
    for name, command in COMMANDS.items():
        what = command.text[0].upper() + command.text[1:] + "."
        added = commands.add_parser(name, help=command.text, description=what)
        # given here they win; not given they must not hide what stood before the command
        for flag, metavar, help_ in (
            ("--data", "DIR", "where the log lives"),
            ("--config", "FILE", "settings, as for serving"),
        ):
            added.add_argument(flag, metavar=metavar, help=help_, default=argparse.SUPPRESS)
        for argument, options in command.arguments.items():
            added.add_argument(argument, **options)
    return whole


def run(flags: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Do the command that the flags name. 0: done, or sound; 1: damaged, or could not, and why in a line."""
    command = COMMANDS[flags.command]
    reports = command.reports and getattr(flags, "output", None) is None
    live_log.open_log(bool(flags.log_json), sys.stderr)
    logging.getLogger(live_log.LOGGER).setLevel(logging.WARNING)
    progress = Progress(sys.stderr, time.monotonic)
    try:
        with signals.interrupting():
            if reports and (reason := streams.lost()):  # it was closed from the start
                raise reason
            data = data_dir.of(config.load(flags, environment).data)
            data_dir.refuse_shared(data)
            warn(environment)
            if command.needs_log:
                _require_log(data)
            code = command.run(data, flags, progress)
        return delivered(code) if reports else code
    except (LoggiaError, OSError) as reason:
        progress.end()
        if reports and reason is streams.lost():
            return delivered(FAILED)
        complain(_in_words(reason))
        return FAILED
    except KeyboardInterrupt as interrupt:
        return signals.code_of(interrupt)
    finally:
        progress.end()


def delivered(code: int) -> int:
    """The exit code where what was printed is the point: 1 if that is lost, and standard error says why."""
    reason = streams.lost()
    if reason is None:
        return code
    if reason.errno == errno.EBADF:
        complain("standard output is closed; send it to /dev/null if nobody wants to read it")
    elif not isinstance(reason, BrokenPipeError):  # whoever read it has seen enough
        complain(f"what was printed is lost, at least in part: {reason.strerror}")
    return code or FAILED


def warn(environment: Mapping[str, str]) -> None:
    """A line on standard error for each variable that looks like a misspelt setting."""
    for text in config.misspelt(environment):
        print(f"WARNING: {text}", file=sys.stderr, flush=True)


def complain(text: str) -> None:
    """One line on standard error."""
    print(f"ERROR: {escaped(text)}", file=sys.stderr, flush=True)


def _require_log(data: Path) -> None:
    """Nothing is made in a folder that was named by mistake."""
    if data.is_file():
        raise StorageBroken(
            f"there is no log in {data}, which is a file; --data names a folder; `restore` puts a backup in"
        )
    try:
        there = (data / data_dir.DATABASE).stat().st_size > 0
    except (FileNotFoundError, NotADirectoryError):
        there = False
    if not there:
        raise StorageBroken(f"there is no log in {data}; name the data folder of a broker with --data")


def _in_words(reason: LoggiaError | OSError) -> str:
    if isinstance(reason, OSError) and reason.strerror:
        where = f"{reason.filename}: " if reason.filename else ""
        return f"{where}{reason.strerror}"
    return str(reason)
