"""Runs in run.py's only thread: Loggia as it lies in a checkout, and what can be done with it only there.

Standard library only.
"""

import os
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

from loggia.launch import commands, environment, system
from loggia.launch.commands import Arguments, Usage, answered, asks_for_help
from loggia.launch.console import say
from loggia.launch.place import Place, become, paths
from loggia.launch.requirements import TOOLS, WINDOW

HOUSE = Path(__file__).resolve().parents[3]

# Tests mostly wait, for processes and for the disk: more of them run at once than there are processors
WORKERS = min(8, 1 + (os.cpu_count() or 1))
# What a file's tests share is made once; and files begin in the order of tests/conftest.py
AT_ONCE = ["-n", f"{WORKERS}", "--dist", "loadfile", "--no-loadscope-reorder"]

WITHOUT_QT = ["-p", "no:pytest-qt"]  # a plug-in of pytest that does not start where Qt is not

CONTRACTS = (  # what others build upon is what the code says
    "tests/test_arrows.py",
    "tests/test_tidy.py",
    "tests/broker/test_settings_page.py",
    "tests/shared/protocol/test_schema.py",
    "tests/shared/client/api/test_page.py",
)
CHECKS = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
    "contract": ["pytest", *WITHOUT_QT, *CONTRACTS],
}


class Checkout(Place):
    """`house`: the folder in which run.py lies. What is lacking is installed into its `.venv`."""

    name = "run.py"
    typed = "python3 run.py"
    package = ""

    def __init__(self, house: Path) -> None:
        self.house = house

    @property
    def bots(self) -> Path:
        return self.house / "bots"

    def lacking(self, *sections: str) -> str:
        return ""

    def python(self, *sections: str, wish: str = "") -> Path:
        return environment.ensure(self.house, *sections, wish=wish)

    def see_to_libraries(self) -> None:
        system.for_window()

    def version(self) -> str:
        project = tomllib.loads((self.house / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        return str(project["version"])

    def surroundings(self) -> dict[str, str]:
        return self._finding(self.house, self.house / "packaging")

    def surroundings_of(self, script: Path) -> dict[str, str]:
        return self._finding(self.house / "packaging", script.parent)

    def _finding(self, *folders: Path) -> dict[str, str]:
        # PYTHONHOME is that of another Python
        inherited = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
        return {**inherited, "PYTHONPATH": paths(folders)}

    def become(self, python: Path, arguments: Arguments) -> int:
        """Run this module of ours, or of the tools."""
        return become([str(python), "-P", "-m", *arguments], self.surroundings())


def run_check(place: Checkout, arguments: Arguments) -> int:
    """All checks, or one: check NAME [ARGUMENTS], where NAME is format, lint, types or contract."""
    chosen, rest = arguments[:1] or [*CHECKS], arguments[1:]
    usage = f"usage: run.py check [NAME [...]], where NAME is one of: {', '.join(CHECKS)}"
    if asks_for_help(chosen[:1]):
        return answered(usage)
    if chosen[0] not in CHECKS:
        raise Usage(usage)
    python = place.python(TOOLS, wish=WINDOW if "types" in chosen else "")
    failed = []
    for name in chosen:
        say(f"Checking {name} ...")
        command = [str(python), "-m", *CHECKS[name], *rest]
        if name == "types" and not environment.has(place.house, WINDOW):
            say("  without the window's: there is no PyQt6 here")
            command += _packages_without_window(place.house)
        if name == "types":
            environment.typed(place.house)
        if subprocess.call(command, cwd=place.house, env=place.surroundings()) != 0:
            failed.append(name)
    say(f"Not good yet: {', '.join(failed)}." if failed else "All checks passed.")
    return int(bool(failed))


def _packages_without_window(house: Path) -> Arguments:
    """What mypy is told where it cannot follow the imports of the window."""
    settings = tomllib.loads((house / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    packages = [package for package in settings["packages"] if package != "loggia"]
    packages += ["loggia.broker", "loggia.shared", "loggia.launch"]
    return [f"--package={package}" for package in packages]


def run_test(place: Checkout, arguments: Arguments) -> int:
    """All tests, several files at once; arguments go to pytest, and then it is one after the other."""
    python = place.python(TOOLS, wish=WINDOW)
    window = environment.has(place.house, WINDOW)
    system.for_tests(window=window)
    if not window:
        say("There is no PyQt6 here: the tests that need the window are skipped.")
    os.chdir(place.house)
    return place.become(python, ["pytest", *([] if window else WITHOUT_QT), *(arguments or AT_ONCE)])


def run_simulate(place: Checkout, arguments: Arguments) -> int:
    """Worlds full of faults, from seeds: is every promise kept?"""
    return place.become(place.python(), ["tests.simulation", *arguments])


def run_hostile(place: Checkout, arguments: Arguments) -> int:
    """A broker under attack, beside honest people: does it stand?"""
    return place.become(place.python(), ["tests.hostile", *arguments])


def run_bench(place: Checkout, arguments: Arguments) -> int:
    """How fast the broker is on this computer."""
    return place.become(place.python(), ["bench", *arguments])


ONLY_HERE: dict[str, Callable[[Checkout, Arguments], int]] = {
    "check": run_check,
    "test": run_test,
    "simulate": run_simulate,
    "hostile": run_hostile,
    "bench": run_bench,
}
COMMANDS: dict[str, Callable[[Checkout, Arguments], int]] = {**commands.COMMANDS, **ONLY_HERE}


def is_one() -> bool:
    """Whether these files lie in a checkout."""
    return HOUSE / "packaging" in Path(__file__).resolve().parents and (HOUSE / "run.py").is_file()


def main(arguments: Arguments, house: Path = HOUSE) -> int:
    """run.py, but for the question for Python's age; gives its exit code."""
    return commands.main(Checkout(house), COMMANDS, arguments)
