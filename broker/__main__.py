"""`python -m broker`: the command line. Exit codes: 0 stopped as asked, 1 could not start, 2 wrong usage."""

import argparse
import asyncio
import contextlib
import ctypes
import os
import selectors
import signal
import sys
import threading
from collections.abc import Sequence

from broker import config, terminal
from broker.outlet import Outlet
from broker.server import Server
from shared.errors import LoggiaError

ALONE_S = 0.5  # at the end of standard input: time for closed connections to be noticed


def main(arguments: Sequence[str] | None = None) -> int:
    flags = config.parser().parse_args(arguments)
    with contextlib.closing(Outlet(sys.stdout.fileno(), sys.stdout.encoding)) as out:
        return _main(flags, out)


def _main(flags: argparse.Namespace, out: Outlet) -> int:
    log = terminal.open_log(bool(flags.log_json), out)
    try:
        settings = config.load(flags, os.environ)
        if flags.print_config:
            out.write(config.as_toml(settings) + "\n")
            return 0
        log = terminal.open_log(settings.log_json, out)
        _prepare_process()
        with asyncio.Runner(loop_factory=_selector_loop) as runner:
            return runner.run(_serve(settings, flags.stop_when_alone))
    except (LoggiaError, OSError) as reason:
        log.error("ERROR: Failed to start up the server: %s", reason)
        return 1
    except KeyboardInterrupt:
        return 0


async def _serve(settings: config.Config, stop_when_alone: bool) -> int:
    loop = asyncio.get_running_loop()
    server = Server(settings, loop)
    _stop_on_signals(loop, server)  # before it says that it serves: whoever reads that may stop it at once
    try:
        server.open()
    except BaseException:
        server.abandon()
        raise
    if stop_when_alone:
        threading.Thread(target=_watch_stdin, args=(loop, server), daemon=True).start()
    await server.run()
    server.close()
    return 0


def _selector_loop() -> asyncio.AbstractEventLoop:
    """A loop that can watch descriptors, on every system."""
    return asyncio.SelectorEventLoop(selectors.DefaultSelector())


def _stop_on_signals(loop: asyncio.AbstractEventLoop, server: Server) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, server.stop)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(server.stop))


def _watch_stdin(loop: asyncio.AbstractEventLoop, server: Server) -> None:
    """Runs in a thread of its own until standard input ends; docs/decisions/0003."""
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    with contextlib.suppress(RuntimeError):  # the loop ended first
        loop.call_soon_threadsafe(loop.call_later, ALONE_S, server.stop_when_alone)


def _prepare_process() -> None:
    """Room for many connections, and routing ids that nobody can guess."""
    if sys.platform == "win32":
        return
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS calls a limit infinite that it does not grant
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    # libzmq draws its first routing id from rand() and never seeds it
    ctypes.CDLL(None).srand(int.from_bytes(os.urandom(4), "little"))


if __name__ == "__main__":
    sys.exit(main())
