"""A checkout that run.py set up: what its Python finds, wherever a program lies and whatever is around it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.endtoend.bot_sayings import joined
from tests.endtoend.people import Raw
from tests.endtoend.processes import HOUSE, Broker, Running
from tests.endtoend.test_setup import BASE, ODD
from tests.patience import PATIENCE_S
from tests.stored import CHECKED, content, to_check

SOURCE = ("bots", "shared", "broker", "packaging", "run.py", "pyproject.toml", "requirements.txt")
WHERE = "import os, loggia; print(os.path.dirname(loggia.__file__))"
BOT = """
from loggia import Client, Bot, TestBot, Refused, NotReachable

bot = Bot("mine")

@bot.command("!double")
def double(number: int) -> str:
    return str(2 * number)

assert TestBot(bot).say("!double 4") == ["8"]
assert issubclass(Refused, Exception) and issubclass(NotReachable, Exception) and Client
if __name__ == "__main__":
    bot.run()
"""


class Checkout:
    """One with a virtual environment of its own, made by run.py with what a broker and bots need."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def python(self) -> Path:
        return self.folder / ".venv" / "bin" / "python"

    @property
    def pth(self) -> Path:
        (packages,) = self.folder.glob(".venv/lib/python*/site-packages")
        return packages / "loggia.pth"

    def run_py(self, *arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
        return ends([BASE, self.folder / "run.py", *arguments], **variables)

    def finds(self, *flags: str, **variables: str) -> str:
        """The folder that `loggia` is found in."""
        done = ends([self.python, *flags, "-c", WHERE], **variables)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.rstrip("\n")


def serves(command: list[object], broker: Broker, ada: Raw, folder: Path) -> None:
    """The bot comes, and answers."""
    environment = bare(LOGGIA_REQUESTS=broker.requests, XDG_DATA_HOME=str(folder / "data"))
    bare_command = ["env", "-i", *(f"{name}={value}" for name, value in environment.items()), *command]
    with Running([str(part) for part in bare_command], folder=folder) as running:
        joined(broker, "mine", 1)
        ada.say("!double 21")
        ada.hears("42", by="mine")
        assert running.terminate() == 0, running.lines


def bare(**variables: str) -> dict[str, str]:
    """The environment of somebody who has set nothing."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    return kept | variables


def ends(command: list[object], **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        timeout=10 * PATIENCE_S,
        cwd="/",
        env=bare(**variables),
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    folder = tmp_path_factory.mktemp("one") / ODD
    folder.mkdir()
    for name in SOURCE:
        if (HOUSE / name).is_dir():
            shutil.copytree(HOUSE / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(HOUSE / name, folder)
    checkout = Checkout(folder)
    done = checkout.run_py("broker", "--print-config")
    assert done.returncode == 0, done.stderr
    return checkout


@pytest.fixture
def copied(made: Checkout, tmp_path: Path) -> Checkout:
    """A second one, as `cp -a` makes it."""
    return Checkout(Path(shutil.copytree(made.folder, tmp_path / "copied", symlinks=True)))


@pytest.mark.timeout(900)
@pytest.mark.parametrize("flags", [[], ["-I"], ["-P"]], ids=" ".join)
def test_a_bot_runs_from_anywhere(
    made: Checkout, broker: Broker, ada: Raw, tmp_path: Path, flags: list[str]
) -> None:
    elsewhere = tmp_path / "my bots %#\u00e9"
    elsewhere.mkdir()
    (elsewhere / "my_bot.py").write_text(BOT)
    serves([made.python, *flags, elsewhere / "my_bot.py"], broker, ada, tmp_path)


@pytest.mark.parametrize("starter", ["run.py", "python"])
def test_what_a_user_calls_his_own_stays_his(
    made: Checkout, broker: Broker, ada: Raw, tmp_path: Path, starter: str
) -> None:
    """Whatever has the name of a room of ours, or of a tool, beside a bot."""
    names = ("shared", "broker", "qtclient", "bots", "bench", "launch", "packaging", "run", "tests")
    for name in names:
        (tmp_path / f"{name}.py").write_text("MINE = True\n")
    file = tmp_path / "my_bot.py"
    file.write_text("\n".join([*(f"import {name}\nassert {name}.MINE" for name in names), BOT]))
    commands: dict[str, list[object]] = {
        "run.py": [BASE, made.folder / "run.py", "bot"],
        "python": [made.python],
    }
    serves([*commands[starter], file], broker, ada, tmp_path)


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},  # as an old encoding of Windows
        {"LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"},
    ],
    ids=lambda variables: " ".join(variables),
)
def test_it_is_found_whatever_letters_the_folder_has(made: Checkout, variables: dict[str, str]) -> None:
    assert made.finds(**variables) == str(made.folder / "packaging" / "loggia")


def test_a_copy_finds_itself_at_once(made: Checkout, copied: Checkout) -> None:
    assert copied.finds() == str(copied.folder / "packaging" / "loggia")
    moved = Checkout(copied.folder.rename(copied.folder.with_name("moved")))
    assert moved.finds() == str(moved.folder / "packaging" / "loggia")
    assert made.finds() == str(made.folder / "packaging" / "loggia")


@pytest.mark.parametrize("line", ["{other}/packaging\n", "/nowhere/packaging\n", "", None], ids=str)
def test_run_py_sets_right_what_names_another_house(
    made: Checkout, copied: Checkout, line: str | None
) -> None:
    right = copied.pth.read_bytes()
    if line is None:
        copied.pth.unlink()
    else:
        copied.pth.write_text(line.format(other=made.folder))
    assert copied.run_py("broker", "--print-config").returncode == 0
    assert copied.pth.read_bytes() == right
    assert copied.finds() == str(copied.folder / "packaging" / "loggia")


def test_an_environment_that_lies_elsewhere_is_told_the_whole_way(copied: Checkout, tmp_path: Path) -> None:
    there = (copied.folder / ".venv").rename(tmp_path / "environment")
    (copied.folder / ".venv").symlink_to(there)
    assert copied.run_py("broker", "--print-config").returncode == 0
    for python in (copied.python, there / "bin" / "python"):
        done = ends([python, "-c", WHERE])
        assert done.stdout.rstrip() == str(copied.folder / "packaging" / "loggia"), done.stderr


def test_a_checkout_reached_through_a_link(made: Checkout, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(made.folder)
    done = ends([link / ".venv" / "bin" / "python", "-I", "-c", WHERE + "; from loggia import Client"])
    assert (done.returncode, done.stderr) == (0, "")
    assert os.path.realpath(done.stdout.rstrip("\n")) == str(made.folder / "packaging" / "loggia")


@pytest.mark.parametrize("what", CHECKED)
def test_run_py_says_what_an_upgrade_would_do(made: Checkout, tmp_path: Path, what: str) -> None:
    data = to_check(what, tmp_path)
    before = content(tmp_path)
    done = made.run_py("broker", "upgrade", "--check", "--data", data)
    code, sentence = CHECKED[what]
    assert done.returncode == code, done.stderr
    assert (done.stdout, done.stderr).count("") == 1
    (line,) = (done.stdout + done.stderr).splitlines()
    assert sentence.format(data=data) in line
    assert line.startswith("ERROR: ") == bool(code)
    assert content(tmp_path) == before
    assert data.exists() == (what != "no folder")
