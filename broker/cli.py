"""`python -m broker`: the command line. Serves, unless it is given a command (broker/admin/commands.py).

Exit codes: 0 stopped as asked, or done; 1 could not start, or not do it; 2 wrong usage.
"""

import argparse
import asyncio
import contextlib
import ctypes
import os
import selectors
import sys
from collections.abc import Sequence

import msgspec
from loggia.broker import config
from loggia.broker.admin import commands
from loggia.broker.doors import headroom
from loggia.broker.runtime import memory
from loggia.broker.runtime.supervisor import Supervisor
from loggia.broker.storage import data_dir
from loggia.broker.telemetry import live_log
from loggia.broker.telemetry.log_file import LogFile
from loggia.broker.telemetry.log_writer import LogWriter
from loggia.shared.process import command, descriptors, streams
from loggia.shared.protocol.errors import LoggiaError


def main(arguments: Sequence[str] | None = None) -> int:
    try:
        flags = commands.parse(arguments, command.typed())
    except SystemExit as ended:  # argparse has printed its help, or what is wrong
        return commands.delivered(0) if ended.code == 0 else 2
    if flags.command is not None:
        return commands.run(flags, os.environ)
    with contextlib.ExitStack() as stack:
        out = stack.enter_context(contextlib.closing(LogWriter(sys.stdout.fileno(), sys.stdout.encoding)))
        try:
            return _main(flags, out, stack)
        finally:
            live_log.close_log()


def _main(flags: argparse.Namespace, out: LogWriter, stack: contextlib.ExitStack) -> int:
    """What it opens is closed with the stack."""
    log = live_log.open_log(bool(flags.log_json), out)
    try:
        settings = config.load(flags, os.environ)
        if flags.print_config:
            commands.warn(os.environ)
            print(config.as_toml(settings, ascii_only=not streams.is_utf8(sys.stdout)))
            return commands.delivered(0)
        log = live_log.open_log(settings.log_json, *_outputs(settings, out, stack))
        for text in config.misspelt(os.environ):
            log.warning("WARNING: %s", text)
        settings = msgspec.structs.replace(settings, data=data_dir.of(settings.data))
        _prepare_process()
        with asyncio.Runner(loop_factory=_selector_loop) as runner:
            return runner.run(_serve(settings, flags.stop_when_alone))
    except (LoggiaError, OSError) as reason:
        text = f"Failed to start up the server: {reason}"
        log.error("ERROR: %s", text)
        if streams.lost() is not None:  # then standard error may have a reader
            commands.complain(text)
        return 1
    except KeyboardInterrupt:
        return 0


def _outputs(settings: config.Config, out: LogWriter, stack: contextlib.ExitStack) -> Sequence[LogWriter]:
    """Where the log goes: standard output, and the file, if that is not where standard output goes anyway."""
    if settings.log_file is None:
        return [out]
    try:
        file = stack.enter_context(contextlib.closing(LogFile(settings.log_file, settings.log_keep)))
    except OSError as reason:
        why = reason.strerror or reason
        raise config.BadSetting(
            f"the log file {settings.log_file} cannot be written: {why}; {config.another('log_file')}"
        ) from None
    return [file] if file.is_output(sys.stdout.fileno()) else [out, file]


async def _serve(settings: config.Config, stop_when_alone: bool) -> int:
    memory.watch(asyncio.get_running_loop())
    await Supervisor(settings, asyncio.get_running_loop()).run(stop_when_alone=stop_when_alone)
    return 0


def _selector_loop() -> asyncio.AbstractEventLoop:
    """A loop that can watch descriptors, on every system."""
    return asyncio.SelectorEventLoop(selectors.DefaultSelector())


def _prepare_process() -> None:
    """Room for many connections, and routing ids that nobody can guess."""
    descriptors.raise_limit()
    headroom.check()
    if sys.platform == "win32":
        return
    # libzmq draws its first routing id from rand() and never seeds it
    ctypes.CDLL(None).srand(int.from_bytes(os.urandom(4), "little"))


def start() -> int:
    """The whole program; returns its exit code."""
    streams.prepare()
    return main()
