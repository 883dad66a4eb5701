"""What `pip install` gives: one name among the packages of a Python, and programs that start."""

import re
from pathlib import Path

import pytest

from tests.endtoend.processes import HOUSE, Running
from tests.endtoend.wheels import ends, packages, run

PUBLIC = "from loggia import Client, Bot, TestBot, Refused, NotReachable"


@pytest.mark.timeout(900)
def test_the_public_face_needs_no_toolkit(installed: Path) -> None:
    python = installed / "bin" / "python"
    assert "PyQt6" not in packages(installed)
    run(python, "-W", "error", "-c", f"{PUBLIC}\nassert 'zmq' in __import__('sys').modules")
    run(python, "-W", "error", "-c", "import loggia, sys\nassert 'zmq' not in sys.modules")


def test_the_programs_start(installed: Path) -> None:
    assert "--requests" in run(installed / "bin" / "loggia-broker", "--help")
    assert "requests = " in run(installed / "bin" / "loggia-broker", "--print-config")
    assert "--connect" in run(installed / "bin" / "loggia-window", "--help")
    assert "--requests" in run(installed / "bin" / "python", "-m", "loggia.broker", "--help")
    told = run(installed / "bin" / "loggia", "--help")
    assert told.startswith("usage: loggia [COMMAND [ARGUMENTS]]\n")
    assert re.findall(r"^  (\w+) ", told, re.MULTILINE) == ["chat", "broker", "window", "bot"]
    assert run(installed / "bin" / "python", "-m", "loggia", "--help") == told
    assert re.fullmatch(r"Loggia \d+\.\d+\.\d+\n", run(installed / "bin" / "loggia", "--version"))


SERVING = [["loggia", "broker"], ["loggia-broker"], ["python", "-P", "-m", "loggia", "broker"], ["loggia"]]


@pytest.mark.parametrize("command", SERVING, ids=" ".join)
def test_a_broker_serves_and_is_talked_to(
    installed: Path, surroundings: dict[str, str], tmp_path: Path, command: list[str]
) -> None:
    """`loggia` alone is one where no window can open. A script of this environment says something to it."""
    program, *arguments = command
    doors = dict.fromkeys(("LOGGIA_REQUESTS", "LOGGIA_BROADCASTS"), "127.0.0.1:0")
    serving = {**surroundings, **doors, "LOGGIA_FRONT_DOOR": "off", "LOGGIA_DATA": str(tmp_path / "data")}
    with Running([str(installed / "bin" / program), *arguments], environment=serving) as running:
        requests = running.wait_for(r"Requests on (\S+)")[1]
        if command == ["loggia"]:
            assert running.wait_for(r"^ +loggia window --connect (\S+)$")[1] == requests
        said = (
            "from loggia import Client\n"
            f"with Client('ada', connect={requests!r}) as ada: print(ada.send('hello') > 1)"
        )
        code, output, errors = ends([installed / "bin" / "python", "-c", said], surroundings)
        assert (code, output) == (0, "True\n"), errors
        assert running.terminate() == 0


@pytest.mark.parametrize("command", [["loggia-window"], ["loggia", "window"], ["loggia", "chat"], ["loggia"]])
def test_without_the_toolkit_one_sentence_says_what_to_install(
    installed: Path, surroundings: dict[str, str], command: list[str]
) -> None:
    program, *arguments = command
    code, output, errors = ends([installed / "bin" / program, *arguments], surroundings, DISPLAY=":4242")
    assert (code, output) == (1, "")
    assert re.fullmatch(
        r"ERROR: The window needs PyQt6, which is not installed here[.;] .*: \S+ -m pip install PyQt6\n",
        errors,
    )


@pytest.mark.parametrize("command", ["check", "test", "simulate", "bench"])
def test_what_needs_a_checkout_says_so(installed: Path, surroundings: dict[str, str], command: str) -> None:
    for arguments in ([], ["--help"]):
        code, output, errors = ends([installed / "bin" / "loggia", command, *arguments], surroundings)
        assert (code, output) == (2, "")
        assert errors == (
            f"ERROR: loggia {command} needs Loggia's source, which is not installed: "
            f"type python3 run.py {command} in a checkout of it.\n"
        )


@pytest.mark.parametrize(
    ("command", "typed"),
    [
        (["loggia", "broker"], "loggia broker"),
        (["loggia", "window"], "loggia window"),
        (["loggia-broker"], "loggia-broker"),
        (["loggia-window"], "loggia-window"),
    ],
)
def test_help_and_errors_name_what_was_typed(
    installed: Path, surroundings: dict[str, str], command: list[str], typed: str
) -> None:
    program, *arguments = command
    code, output, _ = ends([installed / "bin" / program, *arguments, "--help"], surroundings)
    assert (code, output.startswith(f"usage: {typed} [-h]")) == (0, True)
    if "broker" in typed:
        code, _, errors = ends([installed / "bin" / program, *arguments, "--nmae", "x"], surroundings)
        assert (code, f"\n{typed}: error: " in errors) == (2, True)
    code, _, errors = ends([installed / "bin" / "loggia", "dance"], surroundings)
    assert (code, errors.startswith('loggia knows no command "dance".\nusage: loggia ')) == (2, True)


def test_bots_are_found(installed: Path, surroundings: dict[str, str], tmp_path: Path) -> None:
    """Those that come with it, by name; one of the user's with what lies beside it."""
    loggia = installed / "bin" / "loggia"
    code, _, errors = ends([loggia, "bot"], surroundings)
    assert (code, errors.partition("one of: ")[2]) == (2, "dice, log_room, raw_echo\n")
    code, output, _ = ends([loggia, "bot", "dice", "--help"], surroundings)
    assert (code, output.startswith("Rolls dice: ")) == (0, True)
    (tmp_path / "beside.py").write_text("WORD = 'mine'\n")
    (tmp_path / "mine.py").write_text("import sys, beside, loggia\nprint(beside.WORD, sys.argv[1:])\n")
    code, output, errors = ends([loggia, "bot", tmp_path / "mine", "--x"], surroundings)
    assert (code, output) == (0, "mine ['--x']\n"), errors


def test_every_room_is_in_it(installed: Path) -> None:
    (site,) = installed.glob("lib/python*/site-packages")
    for top in ("bots", "shared", "broker", "qtclient", "packaging/loggia/launch"):
        ours, theirs = HOUSE / top, site / "loggia" / Path(top).name
        files = [{path.relative_to(folder) for path in folder.rglob("*.py")} for folder in (ours, theirs)]
        assert files[0] == files[1]
    assert (site / "loggia" / "py.typed").exists()
