"""Runs in the launcher's only thread: which packages of the system are missing, and how to get them.

Standard library only. Windows and macOS need none; on Debian and Ubuntu root gets them installed.
"""

import ctypes
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from loggia.launch.console import Trouble, say

# What Qt loads when a window opens, and the Debian package of each.
WINDOW = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
}
# What the tests of the window on a virtual screen start, and what its pictures are written with.
TOOLS = {"Xvfb": "xvfb", "xauth": "xauth", "xdotool": "xdotool", "openbox": "openbox"}
FONTS = {
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc": "fonts-noto-cjk",
    "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf": "fonts-noto-color-emoji",
}

WAITING = ("-o", "DPkg::Lock::Timeout=120")  # a machine that just started installs its own updates first
_CAUSES = {
    r"No space left on device|enough free space": (
        "There is no room left on the disk for packages of the system. Make some and start again."
    ),
    r"Could not get lock|Unable to acquire the dpkg|Unable to lock": (
        "Another program is installing packages. Wait until it is done and start again."
    ),
    r"Temporary failure resolving|Could not resolve|Could not connect|Unable to connect|Failed to fetch": (
        "There is no way to the packages of the system (no network?). Start again when there is."
    ),
}


def for_window() -> None:
    """See to what `python -m qtclient` needs; raises Trouble."""
    if sys.platform == "linux":
        provide(missing_for_window(), "The window needs")


def require_for_window() -> None:
    """Install nothing: raises Trouble with what `python -m loggia.qtclient` lacks."""
    if sys.platform == "linux" and (packages := missing_for_window()):
        raise Trouble(_lacks(packages, "The window needs"))


def for_tests(*, window: bool) -> None:
    """See to what the tests need, with or without those of the window; raises Trouble."""
    if sys.platform == "linux" and window:
        provide(missing_for_window() + missing_for_tests(debian=is_debian()), "The tests need")


def missing_for_window(loads: Callable[[str], object] = ctypes.CDLL) -> list[str]:
    """The Debian packages of the libraries of Qt that do not load."""

    def present(library: str) -> bool:
        try:
            loads(library)
        except OSError:
            return False
        return True

    return _missing(WINDOW, present)


def missing_for_tests(
    *,
    debian: bool,
    which: Callable[[str], str | None] = shutil.which,
    exists: Callable[[str], bool] = os.path.exists,
) -> list[str]:
    """The Debian packages of tools and fonts that are not there; elsewhere fonts have other places."""
    tools = _missing(TOOLS, lambda tool: which(tool) is not None)
    return tools + (_missing(FONTS, exists) if debian else [])


def _missing(table: Mapping[str, str], present: Callable[[str], bool]) -> list[str]:
    return [package for thing, package in table.items() if not present(thing)]


def is_debian() -> bool:
    """Debian, Ubuntu and what is made of them."""
    return Path("/etc/debian_version").exists() and shutil.which("apt-get") is not None


def provide(packages: list[str], needs: str) -> None:
    """Install the packages when that is ours to do; otherwise raise Trouble with the exact line.

    `needs`: the beginning of a sentence, such as "The tests need".
    """
    if not packages:
        return
    if not is_debian() or os.geteuid() != 0:
        raise Trouble(_lacks(packages, needs))
    say(f"Installing packages of the system: {' '.join(packages)} ...")
    said = _apt_get("update")[1]  # one broken source of many is no reason to give up
    code, more = _apt_get("install", "-y", "--no-install-recommends", *packages)
    if code != 0:
        raise Trouble(f"{said}{more}".rstrip() + "\n" + _why(said + more))


def _lacks(packages: list[str], needs: str) -> str:
    """What is missing, and how to get it."""
    names = " ".join(packages)
    if not is_debian():
        return (
            f"{needs} libraries or tools that this system lacks (Debian calls them: {names}). "
            "Install them with the system's package manager and start again."
        )
    return (
        f"{needs} packages that are missing. Install them and start again:\n"
        f"  sudo apt-get update && sudo apt-get install -y {names}"
    )


def _apt_get(*arguments: str) -> tuple[int, str]:
    """Its exit code, and what it printed, which nobody sees unless it fails."""
    done = subprocess.run(
        ["apt-get", *WAITING, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    )
    return done.returncode, done.stdout


def _why(said: str) -> str:
    """What is behind a failure of apt."""
    known = (sentence for pattern, sentence in _CAUSES.items() if re.search(pattern, said))
    return next(known, "apt-get could not install them; see above.")


def has_screen() -> bool:
    """Whether anything names a screen."""
    if sys.platform != "linux":
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
