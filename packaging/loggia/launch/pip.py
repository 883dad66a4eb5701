"""Runs in run.py's only thread: pip, and in one sentence what it failed at. A thread reads what it prints.

Standard library only.
"""

import os
import platform
import queue
import re
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from loggia.launch.console import Trouble, say
from loggia.launch.requirements import normal

TAIL_LINES = 15  # of a failure that we know no sentence for: enough to see why
UNPACKING = "Installing collected packages"  # until pip says this, it has changed nothing
PATIENT_S = 10.0  # of silence, before it is said what we wait for
GIVE_UP_S = 30.0  # without one answer of the index, whatever time-out pip was given
LONG_S = 60.0  # of silence in a download or a build, before it is said that it goes on
POLL_S = 0.5
TAIL_S = 5.0  # what a pip that was stopped had begun may hold its output open

# Where else than into our folder somebody's settings would make pip install, or not install at all.
_NOT_FOR_US = (
    "TARGET",
    "PREFIX",
    "ROOT",
    "DRY_RUN",
    "PYTHON",
    "REQUIRE_HASHES",
    "REQUIREMENT",
    "QUIET",
    "USER",
)
_ANSWERED = ("Collecting", "Downloading", "Obtaining", "Using")  # pip says so after the index answered
_AT_WORK = ("Downloading", "Installing", "Building", "Preparing", "Getting", "Running", "Processing")

MAKE_ROOM = "Make some (500 MB do) and start again."
NO_NETWORK = "There is no way to the package index {index} (no network?). Start again when there is."
NO_ANSWER = "The package index {index} does not answer (waited {waited_s:.0f} s). Start again later."
# What pip prints, and what it comes from. The first that is found counts.
_CAUSES: dict[str, str] = {
    r"No space left on device|Disk quota exceeded|\[Errno 28\]|\[Errno 122\]|not enough space": (
        "There is no room left on the disk of {folder}, or of {temporary}. " + MAKE_ROOM
    ),
    r"File name too long|\[Errno 36\]|\[WinError 206\]|Long Path support": (
        "Names of what is installed are too long below {folder}. Move Loggia to a folder with a shorter name."
    ),
    r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|SSLError": (
        "There is no safe connection to the package index {index}: its certificate is not trusted here. If a "
        "proxy looks into the traffic, set PIP_CERT to the file with its certificate; look at the clock, too."
    ),
    r"ProxyError|Tunnel connection failed": (
        "The proxy does not let us to the package index {index}. Look at HTTPS_PROXY or pip's settings."
    ),
    r"[Rr]ead timed out|ReadTimeoutError|ConnectTimeoutError|timed out": NO_ANSWER,
    r"NewConnectionError|[Nn]ame resolution|getaddrinfo|Network is unreachable|connection broken by|"
    r"Connection refused|ConnectionResetError|RemoteDisconnected|Max retries exceeded": NO_NETWORK,
    r"\(constraint\)": (
        "pip's settings on this computer ask for other versions than requirements.txt: look at "
        "PIP_CONSTRAINT and `pip config list`."
    ),
    r"IncompleteRead|ProtocolError|DO NOT MATCH THE HASHES|BadZipFile|Wheel '.*' located at .* is invalid": (
        "A download from {index} broke off, or was changed on its way. Start again."
    ),
    r"HTTP error \d+": "The package index {index} names files that it does not give. Start again later.",
}


class PipFailed(Trouble):
    """pip could not install. `touched`: it had begun to change the folder."""

    def __init__(self, text: str, *, touched: bool = False) -> None:
        self.touched = touched
        super().__init__(text)


class NoWheel(PipFailed):
    """pip finds no such package for this machine. `package`: its name, in its one spelling."""

    def __init__(self, package: str, version: str, places: str, *, at_all: bool = True) -> None:
        self.package = normal(package)
        which = f"{package} {version}".strip()
        text = f"There is no {which} for this machine ({machine()}) where pip looks: {places}."
        super().__init__(text if at_all else f"{text} No other version either: is that a package index?")


class _Silent(Exception):
    """Not one answer of the index for too long."""


def machine() -> str:
    """What packages depend on."""
    python = "Python {}.{}".format(*sys.version_info[:2])
    library, version = platform.libc_ver() if sys.platform == "linux" else ("", "")
    return ", ".join(filter(None, (python, sysconfig.get_platform(), f"{library} {version}".strip())))


def surroundings() -> dict[str, str]:
    """The environment for setting up: none of Python's variables, and what would lead pip astray left out."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    for name in _NOT_FOR_US:
        ours.pop(f"PIP_{name}", None)
    return {**ours, "PIP_USER": "0"}


def install(python: Path, pins: Sequence[str], *, wheels_of: Sequence[str] = ()) -> None:
    """Install these; of the packages in `wheels_of` only what is ready-made. Raises PipFailed."""
    command = [str(python), "-I", "-u", "-X", "utf8", "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["--no-input", "--progress-bar", "off", "--prefer-binary"]
    if wheels_of:
        command += ["--only-binary", ",".join(wheels_of)]
    if not os.environ.get("PIP_RETRIES"):
        command += ["--retries", "2"]
    said: list[str] = []
    folder, begun = python.parent.parent.parent, time.monotonic()
    try:
        code = _follow([*command, *pins], folder, said)
    except _Silent:
        code = 1
        said.append("timed out")
    if code != 0:
        raise _failure(said, folder, time.monotonic() - begun)


def _follow(command: Sequence[str], folder: Path, said: list[str]) -> int:
    """Run pip in `folder`, tell a person what matters of it, and keep all in `said`; gives its exit code."""
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=surroundings(),
        cwd=folder,
        encoding="utf-8",
        errors="replace",
    ) as pip:
        assert pip.stdout is not None
        heard: queue.SimpleQueue[str] = queue.SimpleQueue()
        reader = threading.Thread(target=_read, args=(pip.stdout, heard), daemon=True)
        reader.start()
        try:
            for line in _lines(heard):
                if (shown := progress(line)) and shown not in map(progress, said):
                    say(shown)
                said.append(line)
        except BaseException:
            pip.terminate()
            raise
        finally:
            reader.join(TAIL_S)
    return pip.returncode


def _read(output: IO[str], heard: "queue.SimpleQueue[str]") -> None:
    for line in output:
        heard.put(line)
    heard.put("")


def _lines(heard: "queue.SimpleQueue[str]") -> Iterator[str]:
    """The lines as they come, and a word to the user when none comes. Raises _Silent."""
    answered, last, since, told = False, "", time.monotonic(), False
    while True:
        try:
            line = heard.get(timeout=POLL_S)
        except queue.Empty:
            silent_s = time.monotonic() - since
            at_work = last.startswith(_AT_WORK) and ".metadata" not in last
            if not answered and not at_work and silent_s >= GIVE_UP_S:
                raise _Silent from None
            if not told and silent_s >= (LONG_S if at_work else PATIENT_S):
                told = True
                most = "" if answered else f" (at most {GIVE_UP_S:.0f} s)"
                say(
                    "  this takes long; waiting ..."
                    if at_work
                    else f"  the package index does not answer; waiting{most} ..."
                )
            continue
        if not line:
            return
        yield line
        if not line.startswith("WARNING: Retrying"):
            last, since, told = line.strip(), time.monotonic(), False
            answered = answered or last.startswith(_ANSWERED)


def progress(line: str) -> str:
    """What one line of pip's output tells a person; empty for most."""
    match line.split():
        case ["Collecting" | "Processing", package, *_]:
            return f"  {Path(package).name}"
        case ["Installing", "collected", *_]:
            return "  unpacking all of them ..."
        case ["WARNING:", "Retrying", *_]:
            return "  no answer of the package index; trying again ..."
        case _:
            return ""


def _failure(said: Sequence[str], folder: Path, waited_s: float) -> PipFailed:
    """One sentence for what pip printed, or the end of it where we know none."""
    text = "".join(said)
    touched = UNPACKING in text
    places = [
        place
        for found in re.findall(r"^Looking in \w+: (.*)$", text, re.MULTILINE)
        for place in found.split(", ")
    ]
    indexes = [place for place in places if place.startswith("http")] or ["https://pypi.org/simple"]
    for pattern, sentence in _CAUSES.items():
        if re.search(pattern, text):
            index = ", ".join(indexes)
            told = sentence.format(
                index=index, waited_s=waited_s, folder=folder, temporary=tempfile.gettempdir()
            )
            return PipFailed(told, touched=touched)
    if re.search(r"did not run successfully|metadata-generation-failed|Failed building wheel", text):
        package = re.findall(r"(?:Collecting|Failed building wheel for|Processing) (\S+)", text)[-1:] or [
            "A package"
        ]
        sentence = f"{package[0]} is not ready-made for this machine ({machine()}), and cannot be built here."
    elif none := re.search(r"No matching distribution found for ([\w.-]+)(?:==(\S+))?", text):
        return NoWheel(
            none[1], none[2] or "", ", ".join(places or indexes), at_all="versions: none" not in text
        )
    else:
        sentence = "The packages could not be installed; start again to go on."
    return PipFailed(f"{''.join(said[-TAIL_LINES:]).rstrip()}\n{sentence}", touched=touched)
