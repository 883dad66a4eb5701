"""What was measured, when and where, and how busy the machine was meanwhile.

None stands for what this computer does not tell.
"""

import datetime
import os
import platform
import statistics
import subprocess
import time
from pathlib import Path

HOUSE = Path(__file__).parent.parent
PROC = Path("/proc")
SPINS = 2_000_000  # some 50 ms
SYNCS = 100
SYNCED = b"x" * 4096  # a page, as a lone message writes it

# Asked of each Python that runs a broker: which it is, and whether it was built with what was learnt of it
TELL_PYTHON = (
    "import platform, sysconfig; built = sysconfig.get_config_var('CONFIG_ARGS') or ''; "
    # Debian's packages ask make for it, which no variable tells
    "debian = 'deb_system' in sysconfig.get_scheme_names(); "
    "print(platform.python_version(), '--enable-optimizations' in built or debian)"
)


def surroundings() -> dict[str, object]:
    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
        "commit": commit(HOUSE),
        "cpu": cpu(PROC),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
    }


def commit(house: Path) -> str | None:
    """The commit of the code, with a "+" when files were changed since; None outside a checkout."""
    try:
        told = subprocess.run(
            ["git", "describe", "--always", "--dirty=+"], cwd=house, capture_output=True, text=True
        )
    except OSError:
        return None
    return told.stdout.strip() or None


def cpu(proc: Path) -> str | None:
    """The model of the processor, as Linux tells it."""
    try:
        lines = (proc / "cpuinfo").read_text().splitlines()
    except OSError:
        return None
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), None)


def python(executable: str) -> str:
    """Its version, and whether it was built with PGO: "3.11.7, no PGO"."""
    told = subprocess.run([executable, "-c", TELL_PYTHON], capture_output=True, text=True, check=True)
    version, with_pgo = told.stdout.split()
    return f"{version}, {'PGO' if with_pgo == 'True' else 'no PGO'}"


def spin_ms() -> float:
    """How long the same loop takes: what differs is what the machine does beside us."""
    begun = time.perf_counter()
    for _ in range(SPINS):
        pass
    return round((time.perf_counter() - begun) * 1000, 1)


def fsync_us(folder: Path) -> float:
    """How long the disk of a folder takes to keep a page where one was before: no commit can be quicker."""
    file = folder / "synced"
    took = []
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, SYNCED * SYNCS)
        os.fsync(descriptor)
        for number in range(SYNCS):
            os.lseek(descriptor, number * len(SYNCED), os.SEEK_SET)
            os.write(descriptor, SYNCED)
            begun = time.perf_counter()
            os.fsync(descriptor)
            took.append(time.perf_counter() - begun)
    finally:
        os.close(descriptor)
        file.unlink()
    return round(statistics.median(took) * 1e6)
