"""What people do with an installed Loggia: bots, a window, a checker of types, another wheel."""

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.endtoend.people import Raw
from tests.endtoend.processes import Running
from tests.endtoend.wheels import PIP, ends, run, source_in, wheel_of
from tests.patience import PATIENCE_S
from tests.stored import CHECKED, content, to_check


@pytest.fixture
def served(installed: Path, surroundings: dict[str, str], tmp_path: Path) -> Iterator[Running]:
    """A broker of this environment."""
    doors = {"LOGGIA_REQUESTS": "127.0.0.1:0", "LOGGIA_BROADCASTS": "127.0.0.1:0", "LOGGIA_FRONT_DOOR": "off"}
    serving = {**surroundings, **doors, "LOGGIA_DATA": str(tmp_path / "served")}
    with Running([str(installed / "bin" / "loggia-broker")], environment=serving) as running:
        running.wait_for("Waiting for connections")
        yield running
        assert running.terminate() == 0, running.lines


def requests(served: Running) -> str:
    return served.wait_for(r"Requests on (\S+)")[1]


MINE = """
from loggia import Bot, TestBot, script

bot = Bot("mine")

@bot.command("!roll")
def roll(sides: int) -> str:
    return f"{sides} of {sides}"

assert TestBot(bot).say("!roll 3") == ["3 of 3"]
with script():
    bot.run()
"""
BOTS = {
    "loggia bot dice": ("dice", "!roll 1d1", "1 = 1"),
    "loggia bot mine": ("mine", "!roll 6", "6 of 6"),
    "loggia bot ./mine.py": ("mine", "!roll 6", "6 of 6"),
    "python mine.py": ("mine", "!roll 6", "6 of 6"),
    "python -P mine.py": ("mine", "!roll 6", "6 of 6"),
    "loggia bot raw_echo": ("echo", "what did I say?", "what did I say?"),
}


@pytest.mark.parametrize("command", BOTS)
def test_a_bot_answers_over_a_broker(
    installed: Path, surroundings: dict[str, str], served: Running, tmp_path: Path, command: str
) -> None:
    nick, said, answer = BOTS[command]
    program, *arguments = command.split()
    (tmp_path / "mine.py").write_text(MINE)
    environment = {**surroundings, "LOGGIA_REQUESTS": requests(served), "PYTHONPATH": ""}
    with (
        Raw(requests(served), "ada", bot=False) as ada,
        Running(
            [str(installed / "bin" / program), *arguments], environment=environment, folder=tmp_path
        ) as bot,
    ):
        served.wait_for(f"^{nick} joined lobby")
        if nick == "echo":  # the others ask for what they missed
            ada.waits_for_echo()
        ada.say(said)
        ada.hears(answer, by=nick)
        assert bot.terminate() == 0 or nick == "echo", bot.lines


WELL = """
from loggia import Bot, Client, MessageEvent, NotReachable, Refused, TestBot


def say(text: str) -> int:
    with Client("ada", timeout_s=2.5) as chat:
        return chat.send(text)


bot = Bot("mine", max_age_s=60)


@bot.message
def heard(event: MessageEvent) -> str:
    return event.text.upper()


answers: list[str] = TestBot(bot).say("hello")
errors: tuple[type[Exception], ...] = (Refused, NotReachable)
"""
WRONG = {
    "Client(7)": 'Argument 1 to "Client" has incompatible type "int"; expected "str"',
    'Client("ada", timeout="2")': 'Unexpected keyword argument "timeout" for "Client"',
    'Client("ada", timeout_s="2")': 'Argument "timeout_s" to "Client" has incompatible type "str"',
    'x: str = Client("ada").send("hello")': 'Incompatible types in assignment (expression has type "int"',
    'Bot("mine").say(7)': 'Argument 1 to "say" of "Acting" has incompatible type "int"; expected "str"',
    'TestBot(Client("ada"))': 'Argument 1 to "TestBot" has incompatible type "Client"; expected "Bot"',
    'Client("ada").sned("hello")': '"Client" has no attribute "sned"',
    'raise Refused("muted", 8)': 'Argument 2 to "Refused" has incompatible type "int"; expected "str"',
    "from loggia import Cleint": 'Module "loggia" has no attribute "Cleint"',
}


def test_a_checker_of_types_knows_what_a_script_may_say(installed: Path, tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    script = tmp_path / "script.py"
    script.write_text(WELL + "".join(f"{line}\n" for line in WRONG))
    first = len(WELL.splitlines()) + 1
    python = installed / "bin" / "python"
    options = [
        "--strict",
        "--config-file=",
        f"--cache-dir={tmp_path / 'cache'}",
        "--python-executable",
        python,
    ]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            *map(str, options),
            "--show-column-numbers",
            "--no-pretty",
            str(script),
        ],
        capture_output=True,
        text=True,
        timeout=10 * PATIENCE_S,
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
    )
    errors = re.findall(r"script\.py:(\d+):\d+: error: (.*)", done.stdout)
    lines = dict[int, str]()
    for line, error in errors:
        lines.setdefault(int(line), error)
    assert [*lines] == [*range(first, first + len(WRONG))], done.stdout + done.stderr
    for told, expected in zip(lines.values(), WRONG.values(), strict=True):
        assert told.startswith(expected)


@pytest.mark.timeout(900)
def test_a_source_archive_makes_the_same_wheel(installed: Path, tmp_path: Path) -> None:
    source = source_in(tmp_path)
    tools = tmp_path / "tools"
    run(*PIP, "install", "--target", tools, "setuptools>=68")
    make = f"import sys; sys.path.insert(0, {str(tools)!r})\nfrom setuptools import build_meta\n"
    make += f"import os; os.chdir({str(source)!r}); build_meta.build_sdist({str(tmp_path)!r})"
    run(sys.executable, "-c", make)
    (archive,) = tmp_path.glob("loggia-*.tar.gz")
    with tarfile.open(archive) as packed:
        inside = {name.partition("/")[2] for name in packed.getnames()}
    assert {"LICENSE", "README.md", "pyproject.toml", "packaging/loggia/py.typed"} <= inside
    assert not any(name.endswith((".pyc", ".db")) or name.startswith("tests/") for name in inside)
    with zipfile.ZipFile(wheel_of(archive, tmp_path)) as wheel:
        there = {name for name in wheel.namelist() if name.startswith("loggia/")}
    (site,) = installed.glob("lib/python*/site-packages")
    ours = {path.relative_to(site).as_posix() for path in (site / "loggia").rglob("*") if path.is_file()}
    assert there == {name for name in ours if "__pycache__" not in name}


@pytest.mark.timeout(900)
@pytest.mark.window
def test_with_its_extra_the_window_opens(
    installed: Path, surroundings: dict[str, str], served: Running, tmp_path: Path
) -> None:
    """In an environment of its own: the other one has no toolkit."""
    pytest.importorskip("PyQt6")
    (wheel,) = installed.parent.glob("loggia-*.whl")
    environment = tmp_path / "environment"
    run(sys.executable, "-m", "venv", "--without-pip", environment)
    run(*PIP, "--python", environment / "bin" / "python", "install", f"{wheel}[window]")
    seeing = {**surroundings, "QT_QPA_PLATFORM": "offscreen"}
    commands = {"ada": ["loggia-window"], "bob": ["loggia", "window"], "eve": ["loggia", "chat"]}
    for nick, (program, *arguments) in commands.items():
        command = [str(environment / "bin" / program), *arguments]
        command += ["--connect", requests(served), "--nick", nick, "--data", str(tmp_path / nick)]
        with Running(command, environment={**seeing, "LOGGIA_REQUESTS": requests(served)}) as window:
            served.wait_for(f"^{nick} joined lobby")
            assert window.terminate() == (130 if nick == "eve" else 0), window.lines


@pytest.mark.parametrize("what", CHECKED)
@pytest.mark.parametrize("command", [["loggia", "broker"], ["loggia-broker"]], ids=" ".join)
def test_it_says_what_an_upgrade_would_do(
    installed: Path, surroundings: dict[str, str], tmp_path: Path, what: str, command: list[str]
) -> None:
    program, *arguments = command
    data = to_check(what, tmp_path)
    before = content(tmp_path)
    asked = [installed / "bin" / program, *arguments, "upgrade", "--check", "--data", data]
    code, output, errors = ends(asked, surroundings)
    assert code == CHECKED[what][0], errors
    (line,) = (output + errors).splitlines()
    assert CHECKED[what][1].format(data=data) in line
    assert content(tmp_path) == before
