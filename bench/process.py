"""A server in a process of its own, as the operating system sees it: time, memory, bytes on disk."""

import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen, TimeoutExpired

from bench.surroundings import PROC


class Unmet(Exception):
    """What is asked of a server did not come true: a sentence that says what."""


DIE_S = 1.0  # who does not answer because it died is dead by then
END_S = 30.0  # a server that writes its log at the end may take so long


def cpu_s(pid: int) -> float | None:
    """User and system time of a process, as the operating system accounts it; None without /proc."""
    tasks = [*(PROC / str(pid) / "task").glob("*/schedstat")]
    if tasks:  # to the nanosecond, of the threads that there are
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_kib(pid: int) -> int | None:
    """What it has in memory."""
    try:
        found = re.search(r"VmRSS:\s+(\d+)", (PROC / str(pid) / "status").read_text())
    except FileNotFoundError:
        return None
    return int(found[1]) if found else None


def written_bytes(pid: int) -> int | None:
    """What it gave to disks to write so far, the same place each time it was written; None without /proc."""
    try:
        found = re.search(r"^write_bytes: (\d+)", (PROC / str(pid) / "io").read_text(), re.MULTILINE)
    except OSError:  # or it is another user's
        return None
    return int(found[1]) if found else None


def each(before: float | None, after: float | None, messages: int) -> float | None:
    """Of one message; None where the operating system does not tell."""
    return None if before is None or after is None else round((after - before) / messages, 1)


def per_message_us(before_s: float | None, after_s: float | None, messages: int) -> float | None:
    """CPU time for one message in µs; None where the operating system does not tell."""
    if before_s is None or after_s is None:
        return None
    return round((after_s - before_s) / messages * 1e6, 2)


def core_percent(before_s: float | None, after_s: float | None, took_s: float) -> float | None:
    """Its share of one core meanwhile."""
    return None if before_s is None or after_s is None else round((after_s - before_s) / took_s * 100, 1)


def disk_bytes(folder: Path) -> int:
    """All that lies in a folder, as long as its files are."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


@contextmanager
def running(command: list[str], environment: Mapping[str, str] | None = None) -> Iterator["Popen[str]"]:
    """Its standard output is there to be read. It is told to end, and waited for.

    Where the body raises Unmet and the process has died, that is what the sentence says.
    """
    with Popen(command, stdout=PIPE, text=True, env=environment) as process:
        try:
            yield process
        except Unmet:
            with contextlib.suppress(TimeoutExpired):
                raise Unmet(
                    f"the server ({Path(command[0]).name}) died, with {process.wait(DIE_S)}"
                ) from None
            raise
        finally:
            process.terminate()
            try:
                process.communicate(timeout=END_S)
            except BaseException:
                process.kill()
                raise
