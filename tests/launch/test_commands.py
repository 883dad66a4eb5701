"""What run.py's commands do with what they are given."""

import pytest
from loggia.qtclient.cli import command_line

from loggia.launch import broker, checkout, commands
from tests.launch.programs import HOUSE


def test_an_unknown_command_shows_the_usage(run):
    code, output, errors = run("dance")
    assert (code, output) == (2, "")
    assert errors.startswith(
        'run.py knows no command "dance".\nusage: python3 run.py [COMMAND [ARGUMENTS]]\n'
    )
    for command in checkout.COMMANDS:
        assert f"\n  {command} " in errors


@pytest.mark.parametrize("flag", ["-h", "--help", "help"])
def test_help_is_no_error(run, flag):
    assert run(flag) == (0, commands.usage(checkout.Checkout(HOUSE), checkout.COMMANDS) + "\n", "")


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
    (here / "mine.py").write_text(
        "import sys, beside, hers, shared\nprint(beside.WORD, hers.WORD, shared.WORD, sys.argv[1:])\n"
    )
    (here / "beside.py").write_text("WORD = 'mine'\n")
    (here / "hers.py").write_text("WORD = 'mine'\n")
    (here / "shared.py").write_text("WORD = 'mine'\n")
    packaging = tmp_path / "house" / "packaging"
    packaging.mkdir()
    (packaging / "hers.py").write_text("WORD = 'hers'\n")  # as loggia is Loggia's
    (packaging.parent / "shared.py").write_text("WORD = 'hers'\n")  # no name of it is a bot's to find
    code, output, errors = run("bot", which.format(here=here), "--help", "x", HOME=str(here))
    assert (code, output, errors) == (0, "mine hers mine ['--help', 'x']\n", "")


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


def test_a_broker_that_was_only_found_is_nobodys_choice(monkeypatch):
    """Then a window goes where its first start was told to, if it was."""
    monkeypatch.delenv("LOGGIA_REQUESTS", raising=False)
    assert not command_line([]).chosen
    assert command_line(["--connect", "tower:1"]).chosen
    monkeypatch.setenv("LOGGIA_FOUND", "tcp://127.0.0.1:5001")
    found = command_line(["--connect", "tcp://127.0.0.1:5001"])
    assert (found.connect, found.chosen) == ("tcp://127.0.0.1:5001", False)
    assert command_line(["--connect", "tower:1"]).chosen, "who is started from here is not told"
    monkeypatch.setenv("LOGGIA_FOUND", "tcp://127.0.0.1:5001")
    monkeypatch.setenv("LOGGIA_REQUESTS", "tcp://127.0.0.1:5001")
    assert command_line(["--connect", "tcp://127.0.0.1:5001"]).chosen


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
