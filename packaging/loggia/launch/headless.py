"""Runs in the launcher's only thread where no window can open: the broker in this terminal, and the ways in.

Ends with the broker, which SIGTERM, SIGHUP and Ctrl+C stop. Standard library only.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator

from loggia.launch import broker
from loggia.launch.console import ending, give_up, say
from loggia.launch.place import Programs
from loggia.launch.settings import OFF, Settings

DOORS = {
    "front_door": r"Ready to serve on (\S+)\.",
    "requests": r'Requests on ([^\s"]+)',
    "broadcasts": r'Broadcasts on ([^\s"]+)',
}
SERVING = "Waiting for connections..."


def serve(programs: Programs, settings: Settings, host: str) -> int:
    """Pass on what the broker prints; when it serves, tell the ways in. Gives its exit code."""
    command, environment = programs.command("broker"), programs.environment
    said = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process, _passed_on(process):
        assert process.stdout is not None
        for line in process.stdout:
            _show(line)
            if SERVING not in said:
                said += line.decode(errors="replace")
                if SERVING in said:
                    say(ways_in(opened(settings, said), host, programs.typed))
        return process.wait()


def opened(settings: Settings, said: str) -> Settings:
    """The addresses that the broker says it serves on, in place of those it was to open."""
    told = {door: re.search(pattern, said) for door, pattern in DOORS.items()}
    addresses = settings._asdict() | {door: match[1] for door, match in told.items() if match}
    return Settings(**(addresses | {"front_door": OFF} if settings.front_door == OFF else addresses))


def as_found(settings: Settings) -> Settings:
    """As the settings say, for a broker that answers already; without the front door if nobody is there."""
    if settings.front_door == OFF or broker.is_taken(f"tcp://{settings.front_door}"):
        return settings
    return settings._replace(front_door=OFF)


def ways_in(settings: Settings, host: str, typed: str) -> str:
    """How to connect to the broker at these addresses.

    `host`: what this computer is called; `typed`: how people type what starts a bot or a window.
    """
    requests, broadcasts = broker.reachable(settings.requests), broker.reachable(settings.broadcasts)
    lines = ["How to connect:"]
    if settings.front_door != OFF:
        place, _, port = broker.reachable(f"tcp://{settings.front_door}")[len("tcp://") :].rpartition(":")
        lines.append(f"  from a terminal here:     nc {place.strip('[]')} {port}")
    known = os.environ.get("LOGGIA_REQUESTS", "").strip() or broker.DEFAULT_REQUESTS
    told = "" if known == requests else f"LOGGIA_REQUESTS={requests} "
    lines.append(f"  with a bot:               {told}{typed} bot NAME   (without NAME: lists them)")
    if all(re.match(r"tcp://.*:0*[1-9]", door) for door in (requests, broadcasts)):
        tunnels = " ".join(f"-L {_port(door)}:{door[len('tcp://') :]}" for door in (requests, broadcasts))
        lines += [
            f"  with a window elsewhere:  ssh -N {tunnels} {host}",
            "                            and, while that runs, on that computer:",
            f"                            {typed} window --connect tcp://127.0.0.1:{_port(requests)}",
        ]
    return "\n".join(lines)


def _port(endpoint: str) -> str:
    return endpoint.rpartition(":")[2]


def _show(line: bytes) -> None:
    try:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
    except OSError:  # a terminal that went away must not take the broker with it
        give_up(sys.stdout)


@contextlib.contextmanager
def _passed_on(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """SIGTERM, SIGHUP and Ctrl+C are the broker's to answer, also when they reach only run.py."""
    numbers = (signal.SIGINT, *ending())
    before = {number: signal.signal(number, lambda got, _: process.send_signal(got)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
