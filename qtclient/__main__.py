# SPDX-License-Identifier: GPL-3.0-only
"""`python -m qtclient`: reads the command line and opens the window. Main thread."""

import argparse
import os
import pathlib
import re
import sys
from collections.abc import Sequence

import platformdirs

from shared import names
from shared.client import address
from shared.errors import Refused
from shared.limits import Limits

_ENDPOINT = re.compile(
    r"(tcp://)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]]+):(?P<port>\d{1,5})|(?P<ipc>ipc://\S+)"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0, 1 when the window cannot open; usage errors exit with 2."""
    options = parser().parse_args(arguments)
    folder: pathlib.Path = options.data
    if sys.platform.startswith("linux") and not _screen():
        return _failed("There is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set).")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            return _failed(f"The data folder {folder} is not writable; choose another one with --data.")
    except OSError as reason:
        return _failed(f"The data folder {folder} cannot be made: {reason.strerror}.")
    try:
        from PyQt6.QtWidgets import QApplication

        from qtclient import app
    except ImportError as reason:
        return _failed(f"The window cannot be opened here: {reason}. `python3 run.py` sets up what it needs.")
    qt = QApplication(["loggia"])
    qt.setApplicationName("Loggia")
    qt.setDesktopFileName("loggia")
    return app.run(
        qt,
        endpoint=options.connect,
        folder=folder,
        nick=options.nick or "",
        room=options.room or "",
        choice=options.theme,
    )


def parser() -> argparse.ArgumentParser:
    """The command line of the window."""
    made = argparse.ArgumentParser(prog="qtclient", description="Loggia's chat window.")
    made.add_argument(
        "--connect",
        metavar="ENDPOINT",
        type=endpoint,
        default=address(None),
        help="the broker's requests door (default: %(default)s)",
    )
    made.add_argument("--nick", metavar="NAME", type=_nick, help="your nickname; asked for the first time")
    made.add_argument("--room", metavar="ROOM", type=_room, help="the room to open (default: the last one)")
    made.add_argument(
        "--data",
        metavar="DIR",
        type=pathlib.Path,
        default=pathlib.Path(platformdirs.user_data_dir("loggia", appauthor=False)),
        help="where this window keeps its copies and settings (default: %(default)s)",
    )
    made.add_argument(
        "--theme", choices=("system", "light", "dark"), default="system", help="default: %(default)s"
    )
    return made


def endpoint(value: str) -> str:
    """A ZeroMQ endpoint; HOST:PORT alone means tcp."""
    match = _ENDPOINT.fullmatch(value)
    if match is None or (match["port"] and not 0 < int(match["port"]) < 65536):
        raise argparse.ArgumentTypeError(f"{value!r} is no endpoint; write tcp://HOST:PORT.")
    return match["ipc"] or f"tcp://{match['host']}:{int(match['port'])}"


def _nick(value: str) -> str:
    try:
        return names.nick(value, Limits())
    except Refused as refused:
        raise argparse.ArgumentTypeError(refused.text) from None


def _room(value: str) -> str:
    try:
        return names.room(value.removeprefix("#"), Limits())
    except Refused as refused:
        raise argparse.ArgumentTypeError(refused.text) from None


def _screen() -> bool:
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def _failed(text: str) -> int:
    print(f"ERROR: {names.escaped(text)}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
