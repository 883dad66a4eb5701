"""Runs around every test: whatever it leaves behind or says unasked fails it.

Warnings are errors by pyproject.toml. Here: log records at WARNING and above, messages of Qt, and threads,
child processes, sockets and ZeroMQ contexts that outlive their test.
"""

import atexit
import contextlib
import gc
import importlib.util
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault(
    "QT_QPA_PLATFORM", "offscreen"
)  # before anything imports Qt; the Xvfb test sets its own

# The README's pictures are twice as fine, and signs are drawn for the screen that Qt believes to have.
if "--pictures" in sys.argv:
    os.environ.setdefault("QT_SCALE_FACTOR", "2")

# A shell in the background ignores Ctrl+C for all that it starts, and children inherit that; tests send it.
signal.signal(signal.SIGINT, signal.default_int_handler)
# And `nohup` ignores that a terminal went: the tests go on all the same, and children are told again.
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)

# Hundreds of tests start programs. Where Python may not keep bytecode beside the sources, it is kept here for
# as long as the tests run, and not compiled anew in each of them.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
    os.environ["PYTHONPYCACHEPREFIX"] = tempfile.mkdtemp(prefix="loggia-bytecode-")
    atexit.register(shutil.rmtree, os.environ["PYTHONPYCACHEPREFIX"], ignore_errors=True)

# A folder that its group may write is refused as a data folder, and some systems let it write by default.
os.umask(0o022)

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile(
    "loggia", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("loggia")

SETTLE_S = 20.0  # how long a thread or child that was told to end may take
POLL_S = 0.01
PROC = Path("/proc/self")
QT_IS_HERE = importlib.util.find_spec("PyQt6") is not None
TESTS = Path(__file__).parent
LONG = {"endtoend", "hostile", "simulation"}
NO_QT = "needs the window, and there is no PyQt6 here"
IMPORTS_QT = re.compile(r"^(?:from|import) (?:PyQt6|tests\.endtoend\.windows)\b", re.MULTILINE)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="write the README's pictures to docs/pictures")
    parser.addoption("--below-a-link", action="store_true", help="let each test's folder be a link")
    parser.addoption("--kills", type=int, default=15, help="how often the broker is killed under load")
    parser.addoption("--kills-seed", type=int, help="when; the seed that a failed run told")


@pytest.fixture
def tmp_path(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A folder of the test's own; with --below-a-link one whose path has a link in it."""
    if not request.config.getoption("--below-a-link"):
        return tmp_path
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    return tmp_path / "link"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A warning of Qt fails a test of the window. The longest come first: at the end all wait for one."""
    items.sort(key=lambda item: not LONG.isdisjoint(item.path.relative_to(TESTS).parts), reverse=True)
    for item in items:
        if not QT_IS_HERE and ("xvfb" in item.keywords or "window" in item.keywords):
            item.add_marker(pytest.mark.skip(reason=NO_QT))
        if config.pluginmanager.hasplugin("pytest-qt") and "qtclient" in item.path.parts:
            item.add_marker(pytest.mark.qt_log_level_fail("WARNING"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test printed may be no UTF-8, and what one process of pytest tells another must be."""
    report = yield
    report.sections = [
        (title, text.encode(errors="backslashreplace").decode()) for title, text in report.sections
    ]
    return report


class WithoutWindow(pytest.Module):
    """A module of tests that cannot even be imported where there is no Qt."""

    def collect(self) -> Iterator[pytest.Item]:
        pytest.skip(NO_QT, allow_module_level=True)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Where there is no Qt, what needs the window is skipped and all else is tested."""
    if QT_IS_HERE or not needs_qt(module_path):
        return None
    return WithoutWindow.from_parent(parent, path=module_path)


def needs_qt(module: Path) -> bool:
    """Whether a module of tests is about the window, or imports what imports Qt."""
    return TESTS / "qtclient" in module.parents or bool(IMPORTS_QT.search(module.read_text(encoding="utf-8")))


# -- Logs --------------------------------------------------------------------------------------


class LogExpectations(logging.Handler):
    """Collects what is logged at WARNING and above while a test runs."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[str] = []
        self.expected: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(f"{record.levelname} {record.name}: {self.format(record)}")

    def __call__(self, pattern: str) -> None:
        """Expect a record that contains the regular expression; it must come at least once."""
        self.expected.append(pattern)

    def complaints(self) -> list[str]:
        """Records nobody expected, and expectations no record met."""
        stray = [f"logged, but not expected: {record}" for record in self.records if not self._meets(record)]
        missed = [
            f"expected, but not logged: {pattern}"
            for pattern in self.expected
            if not any(re.search(pattern, record) for record in self.records)
        ]
        return stray + missed

    def _meets(self, record: str) -> bool:
        return any(re.search(pattern, record) for pattern in self.expected)


@pytest.fixture(autouse=True)
def expect_log() -> Iterator[LogExpectations]:
    """`expect_log("disk is full")`: this test makes the program log that; any other WARNING fails it."""
    expectations = LogExpectations()
    logging.getLogger().addHandler(expectations)
    yield expectations
    logging.getLogger().removeHandler(expectations)
    if complaints := expectations.complaints():
        pytest.fail("\n".join(complaints), pytrace=False)


# -- Leftovers ---------------------------------------------------------------------------------


def threads() -> set[str]:
    """Python's threads, and those of ZeroMQ contexts that are not terminated."""
    found = {
        f"thread {thread.name} ({thread.ident})"
        for thread in threading.enumerate()
        if not isinstance(
            thread, threading._DummyThread
        )  # a thread of Qt that once ran Python; never removed
    }
    for task in _listed(PROC / "task"):
        name = _read(PROC / "task" / task / "comm").strip()
        if name.startswith("ZMQbg"):
            found.add(f"ZeroMQ thread {name} ({task}): a context was not terminated")
    return found


def children() -> set[str]:
    """Processes this one started and did not wait for, the dead ones too."""
    pids = {
        pid for task in _listed(PROC / "task") for pid in _read(PROC / "task" / task / "children").split()
    }
    return {f"process {pid}: {_command(pid)}" for pid in pids}


def sockets() -> set[str]:
    """Open sockets of this process."""
    found = set()
    for number in _listed(PROC / "fd"):
        try:
            target = os.readlink(PROC / "fd" / number)
        except OSError:
            continue
        if target.startswith("socket:"):
            found.add(f"{target} (file {number})")
    return found


LEFTOVERS: tuple[Callable[[], set[str]], ...] = (threads, children, sockets)


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fails a test after which a thread, process or socket is there that was not there before it."""
    before = {kind: kind() for kind in LEFTOVERS}
    yield
    if left := leftovers(before):
        end_processes(left)
        pytest.fail("left behind: " + ", ".join(left), pytrace=False)


def end_processes(left: list[str]) -> None:
    """End and wait for those that `left` names: one failure stays one, and warns in no later test."""
    pids = {int(found[1]) for thing in left if (found := re.match(r"process (\d+):", thing))}
    for thing in gc.get_objects():
        if not issubclass(type(thing), subprocess.Popen):  # `isinstance` raises for a proxy of what is gone
            continue
        if thing.pid in pids and thing.returncode is None:
            thing.kill()
            thing.wait()
            for pipe in (thing.stdin, thing.stdout, thing.stderr):
                if pipe is not None:
                    with contextlib.suppress(OSError):  # it may hold what nobody reads any more
                        pipe.close()


def leftovers(before: dict[Callable[[], set[str]], set[str]], settle_s: float = SETTLE_S) -> list[str]:
    """What is new and stays, after those that were told to end had time to."""
    deadline = time.monotonic() + settle_s
    while left := sorted(thing for kind, known in before.items() for thing in kind() - known):
        if time.monotonic() > deadline:
            return left
        gc.collect()  # an unclosed socket warns when it is collected, which says more than its number
        time.sleep(POLL_S)
    return []


def _listed(folder: Path) -> list[str]:
    """Names in a folder of /proc; none on systems without it."""
    if sys.platform != "linux":
        return []
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _read(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""


def _command(pid: str) -> str:
    return _read(Path("/proc") / pid / "cmdline").replace("\0", " ").strip() or "ended, but not waited for"
