"""How run.py ends, and what it says where little can be said."""

import os
import signal

import pytest

from loggia.launch import commands
from tests.patience import PATIENCE_S


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
