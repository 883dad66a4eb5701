"""The commands of run.py as real processes, in a small house whose set-up is done."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from launch import commands
from tests.launch.house import small_house

HOUSE = Path(__file__).parent.parent.parent

# run.py in another house, whose virtual environment is the one of these tests
DRIVER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv.pop(1))
from launch import chat, commands, environment, system
environment.ensure = lambda house: Path(sys.executable)
system.for_window = system.for_tests = lambda: None
chat.WINDOW_END_S = 0.1
commands.HOUSE = Path(sys.argv.pop(1))
sys.exit(commands.main(sys.argv[1:]))
"""


@pytest.fixture
def start(tmp_path):
    """Start `run.py ARGUMENTS` in the small house: gives the process, its output piped."""
    house = tmp_path / "house"
    house.mkdir()
    surroundings = {**small_house(house), "QT_QPA_PLATFORM": "offscreen"}
    (house / ".venv").mkdir()
    (house / "bots").mkdir()
    (house / "bots" / "shout.py").write_text(
        "import os, sys\nprint(os.getcwd(), *sys.argv[1:])\nsys.exit(7)\n"
    )
    (house / "bots" / "_shared.py").write_text("")
    (tmp_path / "elsewhere" / "broker").mkdir(parents=True)  # a folder of that name hides nothing

    def start(*arguments: str, **variables: str | None) -> subprocess.Popen[str]:
        environment = {k: v for k, v in {**surroundings, **variables}.items() if v is not None}
        return subprocess.Popen(
            [sys.executable, "-c", DRIVER, str(HOUSE / "packaging"), str(house), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path / "elsewhere",
            env=environment,
        )

    return start


@pytest.fixture
def run(start):
    """Run `run.py ARGUMENTS` to its end: gives its exit code, output and errors."""

    def run(*arguments: str, **variables: str | None) -> tuple[int, str, str]:
        with start(*arguments, **variables) as process:
            output, errors = process.communicate(timeout=20)
        return process.returncode, output, errors

    return run


def test_an_unknown_command_shows_the_usage(run):
    code, output, errors = run("dance")
    assert (code, output) == (2, "")
    assert errors.startswith(
        'run.py knows no command "dance".\nusage: python3 run.py [COMMAND [ARGUMENTS]]\n'
    )
    for command in commands.COMMANDS:
        assert f"\n  {command} " in errors


@pytest.mark.parametrize("flag", ["-h", "--help", "help"])
def test_help_is_no_error(run, flag):
    assert run(flag) == (0, commands.usage() + "\n", "")


def test_a_bot_gets_its_arguments_and_its_folder_and_gives_its_code(run, tmp_path):
    assert run("bot", "shout", "--loud", "lobby") == (7, f"{tmp_path / 'elsewhere'} --loud lobby\n", "")


@pytest.mark.parametrize("arguments", [[], ["sing"], ["_shared"], ["../run"]])
def test_an_unknown_bot_lists_those_there(run, arguments):
    code, _, errors = run("bot", *arguments)
    assert code == 2
    assert errors == "usage: run.py bot NAME [...], where NAME is one of: shout\n"


def test_a_window_gets_its_arguments_and_gives_its_code(run):
    assert run("window", "--nick", "ada", FAKE_CODE="3") == (3, "window --nick ada\n", "")


def test_a_window_needs_a_screen(run):
    code, _, errors = run("window", QT_QPA_PLATFORM=None, DISPLAY=None, WAYLAND_DISPLAY=None)
    assert code == 1
    assert errors.startswith("ERROR: There is no screen here")


def test_check_takes_no_arguments(run):
    assert run("check", "fast")[0] == 2


def test_chat_is_what_happens_without_a_command(run):
    code, output, errors = run()
    assert code == 0
    assert output.startswith("window --connect tcp://127.0.0.1:")
    assert errors.splitlines()[-1] == "Nobody else is connected; stopping."


def test_without_a_screen_the_broker_serves_in_this_terminal(start):
    with start(QT_QPA_PLATFORM=None, DISPLAY=None, WAYLAND_DISPLAY=None, FAKE_OTHERS="1") as process:
        output = [process.stdout.readline() for _ in range(3)]
        process.kill()
        _, errors = process.communicate(timeout=20)
    assert output[0] == "Ready to serve on 127.0.0.1:1100.\n"
    assert "There is no screen here" in errors
    assert "nc 127.0.0.1 1100" in errors


def test_the_broker_is_the_process_that_was_started(start):
    with start("broker", FAKE_OTHERS="1") as process:
        process.stdout.readline()
        while "kill" not in (line := process.stdout.readline()):
            assert line
        process.kill()
        process.communicate(timeout=20)
    assert line.endswith(f"kill {process.pid}\n"), "signals to it reach the broker"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_evening_ends_quietly(start, how):
    with start(FAKE_STAYS="1") as process:
        assert process.stdout.readline().startswith("window --connect")
        os.kill(process.pid, how)
        output, errors = process.communicate(timeout=20)
    assert process.returncode == commands.INTERRUPTED
    assert "Traceback" not in errors + output
    assert errors.splitlines()[-1] == "Nobody else is connected; stopping."
