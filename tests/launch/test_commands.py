"""The commands of run.py as real processes, in a small house whose set-up is done."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from launch import broker, chat, commands
from qtclient.__main__ import command_line
from tests.launch.house import Started, small_house
from tests.patience import PATIENCE_S
from tests.ports import Ports

HOUSE = Path(__file__).parent.parent.parent

# run.py in another house, whose virtual environment is the one of these tests
DRIVER = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv.pop(1))
from launch import broker, chat, commands, environment, system
def ensure(house, *sections, wish=""):
    if "SHOW_SECTIONS" in os.environ:
        print("sections: " + ", ".join(sections) + (f", if it can be had {wish}" if wish else ""), flush=True)
    return Path(sys.executable)
environment.ensure = ensure
environment.has = lambda house, section: "NO_QT" not in os.environ
system.for_window = lambda: print("for window\\n" * ("SHOW_LIBRARIES" in os.environ), end="", flush=True)
system.for_tests = lambda window: print(f"for tests, window: {window}", flush=True)
chat.WINDOW_END_S = 0.1
broker.START_S = float(os.environ.get("START_S", broker.START_S))
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

    started: list[Started] = []

    def start(
        *arguments: str, closed: tuple[int, ...] = (), stdout: Any = subprocess.PIPE, **variables: str | None
    ) -> Started:
        environment = {k: v for k, v in {**surroundings, **variables}.items() if v is not None}
        process = Started(
            [sys.executable, "-c", DRIVER, str(HOUSE / "packaging"), str(house), *arguments],
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path / "elsewhere",
            env=environment,
            preexec_fn=(lambda: [os.close(number) for number in closed]) if closed else None,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.end()


@pytest.fixture
def run(start):
    """Run `run.py ARGUMENTS` to its end: gives its exit code, output and errors."""

    def run(*arguments: str, **variables: str | None) -> tuple[int, str, str]:
        with start(*arguments, **variables) as process:
            output, errors = process.communicate(timeout=PATIENCE_S)
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


def test_without_a_bot_those_there_are_listed(run):
    usage = "usage: run.py bot NAME [...], where NAME is a file of yours or one of: shout\n"
    assert run("bot") == (2, "", usage)


@pytest.mark.parametrize(
    "which", ["sing", "_shared", "../run", "sing.py", "nowhere/sing", "/", "~nobody/sing"]
)
def test_a_bot_that_is_not_there_is_told_with_those_that_are(run, which, tmp_path):
    (tmp_path / "elsewhere" / "mine.py").write_text("")
    code, output, errors = run("bot", which)
    assert (code, output) == (2, "")
    assert errors.startswith("ERROR: /")
    assert errors.endswith("; Loggia's own bots are shout.\n")
    assert ("elsewhere has mine.py; " in errors) is (which in ("sing", "_shared", "sing.py"))


PATHS = [
    "mine",
    "mine.py",
    "./mine.py",
    "sub/../mine",
    "{here}/mine.py",
    "{here}/mine",
    "~/mine.py",
    "~/mine",
]


@pytest.mark.parametrize("which", PATHS)
def test_a_file_of_ones_own_is_run_and_finds_loggia_and_what_is_beside_it(run, which, tmp_path):
    here = tmp_path / "elsewhere"
    (here / "sub").mkdir()
    (here / "mine.py").write_text("import sys, beside, hers\nprint(beside.WORD, hers.WORD, sys.argv[1:])\n")
    (here / "beside.py").write_text("WORD = 'mine'\n")
    (here / "hers.py").write_text("WORD = 'mine'\n")
    (tmp_path / "house" / "hers.py").write_text("WORD = 'hers'\n")  # as shared/ is Loggia's
    code, output, errors = run("bot", which.format(here=here), "--help", "x", HOME=str(here))
    assert (code, output, errors) == (0, "mine hers ['--help', 'x']\n", "")


def test_loggias_own_bot_wins_over_a_file_of_its_name_and_a_path_over_it(run, tmp_path):
    here = tmp_path / "elsewhere"
    (here / "shout.py").write_text("print('mine')\n")
    assert run("bot", "shout") == (7, f"{here}\n", "")
    assert run("bot", "shout.py") == (0, "mine\n", "")
    assert run("bot", "./shout") == (0, "mine\n", "")


def test_a_simulation_gets_its_arguments_and_gives_its_code(run, tmp_path):
    (tmp_path / "house" / "tests" / "simulation").mkdir(parents=True)
    (tmp_path / "house" / "tests" / "simulation" / "__main__.py").write_text(
        "import sys\nprint(*sys.argv[1:])\nsys.exit(6)\n"
    )
    assert run("simulate", "--seed", "4") == (6, "--seed 4\n", "")


def test_a_window_gets_its_arguments_and_gives_its_code(run):
    assert run("window", "--nick", "ada", FAKE_CODE="3") == (3, "window --nick ada\n", "")


def test_a_window_needs_a_screen(run):
    code, _, errors = run("window", QT_QPA_PLATFORM=None, DISPLAY=None, WAYLAND_DISPLAY=None)
    assert code == 1
    assert errors.startswith("ERROR: There is no screen here")


def test_a_window_alone_goes_where_the_bots_go(monkeypatch):
    monkeypatch.setenv("LOGGIA_REQUESTS", "tcp://127.0.0.1:5001")
    assert command_line([]).connect == "tcp://127.0.0.1:5001"
    assert command_line(["--connect", "tower:1"]).connect == "tcp://tower:1"
    monkeypatch.delenv("LOGGIA_REQUESTS")
    assert command_line([]).connect == broker.DEFAULT_REQUESTS


def test_a_check_gets_its_arguments_and_gives_whether_it_is_good(run):
    code, output, errors = run("check", "lint", "--help")
    assert (code, errors) == (0, "Checking lint ...\nAll checks passed.\n")
    assert output.startswith("Run Ruff ")
    code, _, errors = run("check", "lint", "nowhere.py")
    assert code == 1
    assert errors.endswith("Not good yet: lint.\n")


def test_an_unknown_check_lists_those_there(run):
    expected = "usage: run.py check [NAME [...]], where NAME is one of: format, lint, types, contract\n"
    assert run("check", "fast") == (2, "", expected)


def test_what_begins_with_a_dash_is_for_chat(run):
    code, output, _ = run("--nick", "bob")
    assert code == 0
    assert output.endswith(" --nick bob\n")


def test_chat_is_what_happens_without_a_command(run):
    code, output, errors = run()
    assert code == 0
    assert output.startswith("window --connect tcp://127.0.0.1:")
    assert errors.splitlines()[-1] == "Nobody else is connected; stopping."


NO_SCREEN = {"QT_QPA_PLATFORM": None, "DISPLAY": None, "WAYLAND_DISPLAY": None}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("door", ["127.0.0.1:4000", "off"])
def test_without_a_screen_the_broker_serves_in_this_terminal(start, how, door):
    with start("--nick", "ada", **NO_SCREEN, FAKE_OTHERS="1", LOGGIA_FRONT_DOOR=door) as process:
        errors = [process.stderr.readline() for _ in range(4)]
        output = [process.stdout.readline() for _ in range(4)]
        ways = process.stderr.readline()
        while "--connect" not in ways:
            ways += process.stderr.readline()
        os.kill(process.pid, how)
        process.communicate(timeout=PATIENCE_S)
    assert "There is no screen here" in errors[0]
    assert errors[1] == "These arguments are for the window and do nothing here: --nick ada\n"
    assert errors[2:] == ["The broker runs in this terminal until Ctrl+C.\n", "How to connect:\n"]
    assert ("nc 127.0.0.1 4000" in ways) is (door != "off")
    requests = output[1].split()[-1]
    assert f"python3 run.py window --connect {requests}\n" in ways
    assert "-L 4002:127.0.0.1:4002" in ways
    assert output[3] == "Waiting for connections...\n"
    assert process.returncode == {signal.SIGINT: 4, signal.SIGTERM: 5, signal.SIGHUP: 6}[how], (
        "the signal reached the broker"
    )


def test_where_the_window_finds_no_screen_the_broker_serves_in_this_terminal(start):
    reason = "No window can open here: could not connect to display :4242 (DISPLAY=:4242)"
    with start(FAKE_NO_SCREEN=f"qt.qpa: noise\nERROR: {reason}", FAKE_OTHERS="1") as process:
        errors = [process.stderr.readline() for _ in range(3)]
        process.stdout.readline()
        os.kill(process.pid, signal.SIGTERM)
        process.communicate(timeout=PATIENCE_S)
    assert errors == [f"{reason}\n", "The broker runs in this terminal until Ctrl+C.\n", "How to connect:\n"]


def test_a_window_that_dies_while_it_looks_for_a_screen_opens_none(monkeypatch, tmp_path):
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(chat.system, "for_window", lambda: None)
    (tmp_path / "qtclient").mkdir()
    (tmp_path / "qtclient" / "__main__.py").write_text("import os\nos.abort()\n")
    told = chat.no_window(Path(sys.executable), {**os.environ, "PYTHONPATH": str(tmp_path)})
    assert told == f"No window can open here: Qt ended with {-signal.SIGABRT}."
    (tmp_path / "qtclient" / "__main__.py").write_text("import time\ntime.sleep(99)\n")
    monkeypatch.setattr(chat, "SCREEN_S", 0.1)
    told = chat.no_window(Path(sys.executable), {**os.environ, "PYTHONPATH": str(tmp_path)})
    assert told == "No window can open here: the screen did not answer for 0.1 s."


@pytest.mark.window
@pytest.mark.skipif(sys.platform != "linux", reason="screens of Linux")
def test_the_real_window_is_asked(monkeypatch):
    monkeypatch.setattr(chat.system, "for_window", lambda: None)
    here = {**os.environ, "PYTHONPATH": str(HOUSE), "QT_QPA_PLATFORM": "offscreen"}
    here["LOGGIA_REQUESTS"] = "tcp://*:0"  # where a broker is to serve: the window is told another one
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert chat.no_window(Path(sys.executable), here) == ""
    told = chat.no_window(Path(sys.executable), here | {"QT_QPA_PLATFORM": "foo"})
    assert told.startswith('No window can open here: Could not find the Qt platform plugin "foo"')


def test_without_a_screen_a_broker_that_answers_is_told(start, run):
    with start("broker", FAKE_OTHERS="1") as process:
        requests = [process.stdout.readline() for _ in range(4)][1].split()[-1]
        code, output, errors = run(**NO_SCREEN, LOGGIA_REQUESTS=requests, LOGGIA_FRONT_DOOR="off")
        process.kill()
        process.communicate(timeout=PATIENCE_S)
    assert (code, output) == (0, "")
    assert f"A broker is already answering on {requests}.\nHow to connect:\n" in errors
    assert "nc " not in errors


@pytest.mark.parametrize("count", [2, 3, 10])
def test_many_at_the_same_moment_start_one_broker(start, count):
    with Ports() as ports:
        requests = f"tcp://127.0.0.1:{ports.numbers[0]}"
        all_of_them = [start(FAKE_STAYS="1", LOGGIA_REQUESTS=requests) for _ in range(count)]
        for process in all_of_them:
            process.expect(f"window --connect {requests}\n")
        [owner] = [process for process in all_of_them if started_one(process)]
        for process in all_of_them:  # the owner last: in place of a broker that went another would be started
            if process is not owner:
                process.send_signal(signal.SIGTERM)
                assert process.communicate(timeout=PATIENCE_S)[1] == ""
        owner.send_signal(signal.SIGTERM)
        assert owner.communicate(timeout=PATIENCE_S)[1] == "Nobody else is connected; stopping.\n"


def started_one(process: Started) -> bool:
    """Reads on in its errors until it says whose broker it has."""
    while line := process.stderr.readline():
        if line.startswith("Started a broker on "):
            return True
        if line.startswith("A broker is already answering on "):
            return False
    raise AssertionError("it has no broker")


WAITS = "Another broker seems to be starting or stopping; waiting for it ...\n"


def test_a_broker_that_still_stops_is_waited_for(start, tmp_path):
    """Its doors are closed, and it has the data folder yet."""
    (tmp_path / "held").touch()
    with start(FAKE_HELD=str(tmp_path / "held")) as process:
        assert process.stderr.readline() == WAITS
        (tmp_path / "held").unlink()
        assert started_one(process)


def test_a_broker_that_still_starts_is_waited_for(start, tmp_path):
    """One that has the data folder and checks its log, its doors still closed."""
    (tmp_path / "held").touch()
    (tmp_path / "checks").touch()
    with Ports() as ports:
        here = {"LOGGIA_REQUESTS": f"tcp://127.0.0.1:{ports.numbers[0]}"}
        checks = {"FAKE_CHECKS": str(tmp_path / "checks")}
        with start("broker", **here, **checks, FAKE_OTHERS="1") as other:
            held = {"FAKE_HELD": str(tmp_path / "held")}
            with start(**here, **held) as process:
                assert process.stderr.readline() == WAITS
                (tmp_path / "checks").unlink()
                assert not started_one(process)
                process.communicate(timeout=PATIENCE_S)
            other.kill()
            other.communicate(timeout=PATIENCE_S)


def test_a_log_that_takes_long_to_check_is_waited_for(start, tmp_path):
    (tmp_path / "checks").touch()
    with start(FAKE_CHECKS=str(tmp_path / "checks"), START_S="0") as process:
        assert process.stderr.readline().startswith("The broker is still starting; waiting for it (Ctrl+C ")
        (tmp_path / "checks").unlink()
        assert started_one(process)
        assert process.communicate(timeout=PATIENCE_S)[1] == "Nobody else is connected; stopping.\n"


def test_where_the_broker_goes_while_a_window_joins_it_another_one_is_started(start):
    """Its window was closed just now, and it has not seen the new one."""
    with Ports() as ports:
        here = {"LOGGIA_REQUESTS": f"tcp://127.0.0.1:{ports.numbers[0]}"}
        with start("broker", **here, FAKE_OTHERS="1") as other:
            while "Waiting" not in (line := other.stdout.readline()):
                assert line
            with start(**here, FAKE_STAYS="1") as process:
                process.expect(f"window --connect {here['LOGGIA_REQUESTS']}\n")
                assert not started_one(process)
                other.kill()
                other.communicate(timeout=PATIENCE_S)
                assert started_one(process)
                process.send_signal(signal.SIGTERM)
                said = process.communicate(timeout=PATIENCE_S)[1]
    assert said == "Nobody else is connected; stopping.\n"


def test_what_a_process_said_is_told_where_something_else_was_expected(start):
    with start("dance") as process, pytest.raises(AssertionError, match=r"ended with 2 .*\n.*no command"):
        process.expect("window\n")


def test_a_test_that_fails_leaves_no_process(start):
    with pytest.raises(AssertionError), start(FAKE_STAYS="1") as process:
        assert process.stdout.readline() == "never\n"
    assert process.returncode == -signal.SIGKILL


def test_the_broker_is_the_process_that_was_started(start):
    with start("broker", FAKE_OTHERS="1") as process:
        process.stdout.readline()
        while "kill" not in (line := process.stdout.readline()):
            assert line
        process.kill()
        process.communicate(timeout=PATIENCE_S)
    assert line.endswith(f"kill {process.pid}\n"), "signals to it reach the broker"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_evening_ends_quietly(start, how):
    with start(FAKE_STAYS="1") as process:
        assert process.stdout.readline().startswith("window --connect")
        os.kill(process.pid, how)
        output, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == commands.INTERRUPTED
    assert "Traceback" not in errors + output
    assert errors.splitlines()[-1] == "Nobody else is connected; stopping."


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)], ids=str)
def test_without_streams_run_py_starts_all_the_same(start, closed):
    with start("dance", closed=closed) as process:
        output, errors = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, output) == (2, "")
    assert ("run.py knows no command" in errors) == (2 not in closed)
    with start("broker", "--print-config", closed=closed) as process:
        output, _ = process.communicate(timeout=PATIENCE_S)
    assert ("requests = " in output) == (1 not in closed)


@pytest.mark.parametrize("encoding", ["ascii", "ascii:strict", "cp1252"])
def test_what_run_py_says_fits_every_console(run, encoding):
    code, output, errors = run("日本", PYTHONIOENCODING=encoding)
    assert (code, output) == (2, "")
    assert "\\u65e5\\u672c" in errors
    assert "Traceback" not in errors


def test_a_bot_says_what_fits_the_console(run, tmp_path):
    (tmp_path / "bot.py").write_text("print('日本')\n")
    assert run("bot", str(tmp_path / "bot.py"), PYTHONIOENCODING="ascii:strict") == (
        0,
        "\\u65e5\\u672c\n",
        "",
    )


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux")
def test_help_that_is_lost_is_no_success(start):
    with open("/dev/full", "wb") as full, start("--help", stdout=full) as process:
        assert process.communicate(timeout=PATIENCE_S) == (None, "")
    assert process.returncode == 1


# -- Help, versions, and where a bot tries ------------------------------------------------------


@pytest.mark.parametrize(
    "arguments", [["chat", "--help"], ["chat", "-h"], ["window", "--help"], ["--nick", "a", "-h"]]
)
def test_help_of_the_window_needs_no_screen_and_no_qt(run, arguments):
    code, output, errors = run(*arguments, **NO_SCREEN)
    told = [argument for argument in arguments if argument not in ("chat", "window")]
    assert (code, output, errors) == (0, f"window {' '.join(told)}\n", "")


@pytest.mark.parametrize("arguments", [[], ["chat"], ["broker"], ["window"], ["bench"], ["simulate"]])
@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_the_version_needs_nothing(run, tmp_path, arguments, flag):
    (tmp_path / "house" / "pyproject.toml").write_text('[project]\nversion = "4.5.6"\n')
    assert run(*arguments, flag, **NO_SCREEN) == (0, "Loggia 4.5.6\n", "")


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_of_bots_and_checks_is_no_error(run, flag):
    assert run("bot", flag) == (
        0,
        "usage: run.py bot NAME [...], where NAME is a file of yours or one of: shout\n",
        "",
    )
    checks = "usage: run.py check [NAME [...]], where NAME is one of: format, lint, types, contract\n"
    assert run("check", flag) == (0, checks, "")


def test_a_bot_of_ours_tells_what_it_is_instead_of_starting(run, tmp_path):
    file = tmp_path / "house" / "bots" / "shout.py"
    file.write_text('"""Shouts.\n\nshout.py [ROOM]\n"""\n' + file.read_text())
    assert run("bot", "shout", "--help") == (0, "Shouts.\n\nshout.py [ROOM]\n", "")


def test_a_bot_of_the_users_answers_for_itself(run, tmp_path):
    file = tmp_path / "elsewhere" / "mine.py"
    file.write_text('"""Mine."""\nimport sys\nprint("own", *sys.argv[1:])\n')
    with taken() as address:
        assert run("bot", str(file), "--help", LOGGIA_REQUESTS=address) == (0, "own --help\n", "")


@contextlib.contextmanager
def taken():
    """An address at which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"tcp://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize("form", ["tcp://{}", "{}", "loggia://{}"])
@pytest.mark.parametrize("given", [False, True])
def test_a_bot_without_a_broker_says_once_where_it_tries(run, form, given):
    with taken() as address:
        free = form.format(address.removeprefix("tcp://"))
    arguments, variables = ([free], {}) if given and "://" in free else ([], {"LOGGIA_REQUESTS": free})
    code, _, errors = run("bot", "shout", *arguments, **variables)
    assert code == 7
    told = "yet (LOGGIA_REQUESTS names another one); the bot waits for it."
    assert errors == f"No broker answers on {free} {told}\n"


def test_a_bot_with_a_broker_says_nothing(run):
    with taken() as address:
        assert run("bot", "shout", LOGGIA_REQUESTS=address)[2] == ""
        assert run("bot", "shout", LOGGIA_REQUESTS=address.replace("127.0.0.1", "*"))[2] == ""


@pytest.mark.parametrize(
    ("named", "given"),
    [
        ("tcp://0.0.0.0:7", "tcp://127.0.0.1:7"),
        ("*:7", "tcp://127.0.0.1:7"),
        ("[::]:7", "tcp://127.0.0.1:7"),
        ("tower", "tcp://tower:1101"),
        (" loggia://tower:7/ ", "tcp://tower:7"),
        ("[::1]:7", "tcp://[::1]:7"),
        ("ipc:///tmp/x", "ipc:///tmp/x"),
        ("no address: at all", "no address: at all"),
        ("tcp://0.0.0.0:0", "tcp://0.0.0.0:0"),
        (" ", " "),
    ],
)
def test_a_bot_is_given_an_address_that_zeromq_connects_to(run, tmp_path, named, given):
    """Also the one that the broker of the same environment serves on."""
    file = tmp_path / "elsewhere" / "mine.py"
    file.write_text('import os\nprint(repr(os.environ["LOGGIA_REQUESTS"]))\n')
    assert run("bot", str(file), LOGGIA_REQUESTS=named)[:2] == (0, f"{given!r}\n")


@pytest.mark.parametrize("address", ["no address: at all", "tcp://127.0.0.1:0", "tcp://", "a:b:c"])
def test_of_an_address_that_only_the_bot_can_read_nothing_is_said(run, address):
    assert run("bot", "shout", LOGGIA_REQUESTS=address)[2] == ""


# -- What is there and what is not --------------------------------------------------------------


def test_tests_run_without_qt(run, tmp_path):
    module = tmp_path / "house" / "pytest.py"
    module.write_text("import sys\nprint('pytest', *sys.argv[1:])\n")
    assert run("test", "-x")[1].splitlines() == ["for tests, window: True", "pytest -x"]
    code, output, errors = run("test", "-x", NO_QT="1")
    assert output.splitlines() == ["for tests, window: False", "pytest -p no:pytest-qt -x"]
    assert (code, errors) == (0, "There is no PyQt6 here: the tests that need the window are skipped.\n")


def test_types_are_checked_without_qt(run, tmp_path):
    (tmp_path / "house" / "mypy.py").write_text("import sys\nprint('mypy', *sys.argv[1:])\n")
    (tmp_path / "house" / "pyproject.toml").write_text(
        '[tool.mypy]\npackages = ["shared", "qtclient", "broker"]\n'
    )
    assert run("check", "types")[1] == "mypy\n"
    code, output, errors = run("check", "types", NO_QT="1")
    assert (code, output) == (0, "mypy --package=shared --package=broker\n")
    assert errors.splitlines()[1] == "  without the window's: there is no PyQt6 here"


@pytest.mark.parametrize("arguments", [("check", "lint", "--version"), ("check", "contract")])
def test_checks_need_no_library_of_qt(run, tmp_path, arguments):
    """The driver's `for_window` would say so."""
    (tmp_path / "house" / "pytest.py").write_text("import sys\nprint(*sys.argv[1:])\n")
    assert "for window" not in run(*arguments, SHOW_LIBRARIES="1")[1]
    assert "for window" in run("window", SHOW_LIBRARIES="1")[1]


def test_what_is_installed_for_which_command(run, tmp_path):
    for module in ("pytest", "ruff", "mypy", "bench"):
        (tmp_path / "house" / f"{module}.py").write_text("")

    def wants(*arguments: str, **variables: str | None) -> str:
        output = run(*arguments, **variables, SHOW_SECTIONS="1")[1]
        return output.partition("\n")[0]

    assert wants("broker", "--print-config") == "sections: "
    assert wants("bench") == "sections: "
    assert wants("window") == "sections: window"
    assert wants("chat") == "sections: window"
    assert wants("chat", FAKE_OTHERS=None, **NO_SCREEN) == "sections: "
    assert wants("check", "lint") == "sections: tools"
    assert wants("check", "types") == "sections: tools, if it can be had window"
    assert wants("test") == "sections: tools, if it can be had window"
