# SPDX-License-Identifier: GPL-3.0-only
"""`python -m qtclient`: reads the command line and opens the window. Main thread."""

import argparse
import importlib.metadata
import importlib.util
import os
import pathlib
import sys
from collections.abc import Sequence

import platformdirs
from loggia.shared.client.api.address import address
from loggia.shared.process import command, files, ownership, streams
from loggia.shared.protocol import names
from loggia.shared.protocol.addresses import to_connect
from loggia.shared.protocol.errors import Refused, StorageBroken
from loggia.shared.protocol.limits import DEFAULT_REQUESTS, Limits

FOUND = "LOGGIA_FOUND"  # what started us named a broker that it found; it is none of the settings
REQUESTS = "LOGGIA_REQUESTS"


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0, or 1 when no window can open; usage errors exit with 2."""
    options = command_line(arguments)
    folder: pathlib.Path = options.data
    if importlib.util.find_spec("PyQt6") is None:
        return _failed(f"The window needs PyQt6, which is not installed here. {_how_to_install()}")
    if sys.platform.startswith("linux") and not _screen():
        return _failed("There is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set).")
    if not options.check_screen and (trouble := _trouble_with(folder)):
        return _failed(trouble)
    try:
        from loggia.qtclient.screen import Screen

        if options.check_screen:  # without all that a window is made of: run.py waits for it
            Screen().open()
            return 0
        from loggia.qtclient import process
    except ImportError as reason:
        return _failed(f"No window can open here: {reason}. {_how_to_install()}")
    screen = Screen()
    qt = screen.open()
    qt.setApplicationName("Loggia")
    qt.setDesktopFileName("loggia")
    return process.run(
        qt,
        screen,
        endpoint=options.connect,
        folder=folder,
        nick=options.nick or "",
        room=options.room or "",
        choice=options.theme,
        chosen=options.chosen,
    )


def command_line(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What was asked for; `connect` is where the bots go too, unless it is said. Usage errors exit with 2.

    `chosen`: somebody said where to go. What started us says where it found a broker, which nobody asked for.
    """
    made = parser(command.typed())
    options = made.parse_args(arguments)
    found = os.environ.pop(FOUND, "")
    options.chosen = bool(options.connect and not found) or bool(os.environ.get(REQUESTS, "").strip())
    if options.connect is None and not options.check_screen:
        try:
            options.connect = address(None)
        except ValueError as reason:
            made.error(str(reason))
    return options


def parser(typed: str) -> argparse.ArgumentParser:
    """The command line of the window, behind what was `typed`."""
    made = argparse.ArgumentParser(prog=typed, description="Loggia's chat window.")
    made.add_argument(
        "--connect",
        metavar="ENDPOINT",
        type=endpoint,
        help=f"the broker's requests door (default: {REQUESTS}, else the address that was given at the first "
        f"start, else {DEFAULT_REQUESTS})",
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
    made.add_argument(
        "--check-screen",
        action="store_true",
        help="open nothing, only tell whether a window can open here (exit code 0, or 1 and the reason)",
    )
    return made


def endpoint(value: str) -> str:
    """The broker's requests door, in any form of shared/protocol/addresses.py."""
    try:
        return to_connect(value)
    except ValueError as reason:
        raise argparse.ArgumentTypeError(str(reason)) from None


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


def _trouble_with(folder: pathlib.Path) -> str:
    """Make the data folder; why it cannot be used, if it cannot."""
    try:
        ownership.refuse_shared(folder, "choose another one with --data.")
        files.make_folders(folder)
        if not os.access(folder, os.W_OK | os.X_OK):
            return f"The data folder {folder} is not writable; choose another one with --data."
    except OSError as reason:
        return f"The data folder {folder} cannot be made: {reason.strerror}."
    except StorageBroken as reason:
        return f"{str(reason)[0].upper()}{str(reason)[1:]}"
    return ""


def _how_to_install() -> str:
    """In a checkout run.py does it."""
    try:
        importlib.metadata.distribution("loggia")
    except importlib.metadata.PackageNotFoundError:
        return "`python3 run.py` sets up what it needs."
    return f"Install it with: {sys.executable} -m pip install PyQt6"


def _screen() -> bool:
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def _failed(text: str) -> int:
    print(f"ERROR: {names.escaped(text)}", file=sys.stderr)
    return 1


def start() -> int:
    """The whole program; returns its exit code, or ends the process where there was a window."""
    streams.prepare()
    try:
        code = main()
    except SystemExit as ended:  # argparse has printed its help, which may be lost, or what is wrong
        return int(ended.code or 0) or int(streams.lost() is not None)
    if (screen := sys.modules.get("loggia.qtclient.screen")) is not None:
        screen.gone(code)
    return code
