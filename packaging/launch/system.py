"""Runs in run.py's only thread: which packages of the operating system are missing, and how to get them.

Standard library only. Windows and macOS need none; on Debian and Ubuntu root gets them installed.
"""

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from launch.console import Trouble, say

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
TOOLS = {"Xvfb": "xvfb", "xauth": "xauth", "xdotool": "xdotool"}
FONTS = {
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc": "fonts-noto-cjk",
    "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf": "fonts-noto-color-emoji",
}


def for_window() -> None:
    """See to what `python -m qtclient` needs; raises Trouble."""
    if sys.platform == "linux":
        provide(missing_for_window(), "The window")


def for_tests() -> None:
    """See to what the tests need; raises Trouble."""
    if sys.platform == "linux":
        provide(missing_for_window() + missing_for_tests(debian=is_debian()), "The tests")


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


def provide(packages: list[str], what_for: str) -> None:
    """Install the packages when that is ours to do; otherwise raise Trouble with the exact line."""
    if not packages:
        return
    names = " ".join(packages)
    if not is_debian():
        raise Trouble(
            f"{what_for} needs libraries or tools that this system lacks (Debian calls them: {names}). "
            "Install them with the system's package manager and start again."
        )
    if os.geteuid() != 0:
        raise Trouble(
            f"{what_for} needs packages that are missing. Install them and start again:\n"
            f"  sudo apt-get update && sudo apt-get install -y {names}"
        )
    say(f"Installing packages of the system: {names} ...")
    _apt_get("update")
    _apt_get("install", "-y", "--no-install-recommends", *packages)


def _apt_get(*arguments: str) -> None:
    done = subprocess.run(
        ["apt-get", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    )
    if done.returncode != 0:
        raise Trouble(f"{done.stdout.strip()}\napt-get {' '.join(arguments)} failed; see above.")


def has_screen() -> bool:
    """Whether anything names a screen."""
    if sys.platform != "linux":
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
