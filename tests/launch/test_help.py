"""Help, versions, where a bot tries, and what is there and what is not."""

import contextlib
import socket

import pytest

from tests.launch.programs import NO_SCREEN

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
    (tmp_path / "house" / "pyproject.toml").write_text('[tool.mypy]\npackages = ["loggia", "bench"]\n')
    (tmp_path / "house" / "packaging" / "loggia").mkdir(parents=True)
    (tmp_path / "house" / "shared").mkdir()
    assert run("check", "types")[1] == "mypy\n"
    types = tmp_path / "house" / ".venv" / "types" / "loggia"
    assert (types / "shared").resolve() == tmp_path / "house" / "shared"
    code, output, errors = run("check", "types", NO_QT="1")
    packages = ["bench", "loggia.broker", "loggia.shared", "loggia.launch"]
    assert (code, output) == (0, f"mypy {' '.join(f'--package={package}' for package in packages)}\n")
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
