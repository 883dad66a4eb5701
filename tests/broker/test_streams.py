"""Commands and settings on every kind of console: old encodings, closed, full and broken streams."""

import json
import os
import subprocess
import sys
import tomllib
from contextlib import closing

import pytest

from tests.broker.house import House
from tests.endtoend.processes import HOUSE
from tests.patience import PATIENCE_S
from tests.started import Started

pytestmark = pytest.mark.skipif(os.name != "posix", reason="descriptors")

END_S = PATIENCE_S
ROOMS = ("lobby", "café", "日本", "🙂")
C = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}  # Python would take UTF-8 all the same
CONSOLES = [
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "cp1252", "PYTHONUNBUFFERED": "1"},
    C,
    {**C, "PYTHONIOENCODING": "ascii:strict"},
]
CLOSED = [(0,), (1,), (2,), (1, 2), (0, 1, 2)]


@pytest.fixture
def data(tmp_path):
    """A data folder with rooms whose names not every console can show."""
    with closing(House(tmp_path / "dåta")) as house:
        for room in ROOMS:
            house.join("zoë", "zoë" if room == "lobby" else None, room=room)
            house.say("zoë", f"in {room}", "grüße 日本", room)
    return tmp_path / "dåta"


@pytest.fixture
def run(tmp_path):
    """`python -m broker ARGUMENTS`, with some of its descriptors closed; gives what it wrote as bytes."""

    def run(*arguments, closed=(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, **variables):
        homes = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_DATA_HOME": str(tmp_path / "share")}
        surroundings = {**os.environ, **homes, "PYTHONPATH": str(HOUSE), "PYTHONUNBUFFERED": "", **variables}
        done = subprocess.run(
            [sys.executable, "-P", "-W", "error", "-m", "broker", *map(str, arguments)],
            env=surroundings,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            preexec_fn=lambda: [os.close(number) for number in closed],
            timeout=END_S,
            check=False,
        )
        assert b"Traceback" not in (done.stderr or b""), done.stderr
        assert b"Exception ignored" not in (done.stderr or b""), done.stderr
        return done

    return run


# -- Encodings -----------------------------------------------------------------------------------


@pytest.mark.parametrize("console", CONSOLES, ids=str)
def test_nothing_that_is_printed_fails(run, data, tmp_path, console):
    for arguments in (
        ["verify", "--data", data],
        ["backup", tmp_path / "bäckup.db", "--data", data],
        ["export", "--output", tmp_path / "rööms.jsonl", "--data", data],
        ["compact", "--data", data],
        ["restore", tmp_path / "bäckup.db", "--data", tmp_path / "réstored"],
        ["restore", tmp_path / "bäckup.db", "--data", tmp_path / "réstored"],  # names what it kept
        ["import", tmp_path / "rööms.jsonl", "--data", tmp_path / "ïmported"],
    ):
        done = run(*arguments, **console)
        assert (done.returncode, done.stderr) == (0, b""), arguments
        assert done.stdout or arguments[0] == "export"
    assert run("verify", "--data", tmp_path / "ïmported").stdout.decode().count(" sound, ") == len(ROOMS)


@pytest.mark.parametrize("console", [CONSOLES[1], CONSOLES[-1]], ids=str)
def test_refusals_are_one_line_on_every_console(run, data, console):
    for arguments in (
        ["verify", "--data", data.with_name("nöwhere日")],
        ["export", "--room", "nö", "--data", data],
        ["restore", data / "nö", "--data", data],
        ["verify", "--config", "nö"],
    ):
        done = run(*arguments, **console)
        assert (done.returncode, done.stdout) == (1, b"")
        assert done.stderr.startswith(b"ERROR: ")
        assert done.stderr.count(b"\n") == 1
    for arguments in (["nö"], ["verify", "--日本\x1b[2J"]):
        done = run(*arguments, **console)
        assert (done.returncode, done.stdout) == (2, b"")
        assert b"\x1b" not in done.stderr


@pytest.mark.parametrize("console", CONSOLES, ids=str)
def test_an_export_is_the_same_on_every_console_and_can_be_imported(run, data, tmp_path, console):
    done = run("export", "--data", data, **console)
    assert done.returncode == 0
    assert done.stdout == run("export", "--data", data).stdout
    assert "grüße 日本".encode() in done.stdout
    (tmp_path / "file").write_bytes(done.stdout)
    assert run("import", tmp_path / "file", "--data", tmp_path / "other", **console).returncode == 0
    page = run("export", "--format", "html", "--data", data, **console).stdout
    assert "<bdi>café</bdi></h2>" in page.decode()


def test_a_room_that_is_typed_is_found(run, data):
    for room in ROOMS:
        done = run("export", "--room", room, "--data", data, **C)
        assert done.returncode == 0, done.stderr
        assert f'{{"room_begins":"{room}"}}'.encode() in done.stdout


@pytest.mark.parametrize("console", CONSOLES, ids=str)
def test_printed_settings_are_toml_on_every_console(run, tmp_path, console):
    names = {"LOGGIA_NAME": "Zoë's 日本 🙂", "LOGGIA_DATA": str(tmp_path / "dåta 🙂")}
    done = run("--print-config", **names, **console)
    assert done.returncode == 0, done.stderr
    told = tomllib.loads(done.stdout.decode())
    assert (told["name"], told["data"]) == (names["LOGGIA_NAME"], names["LOGGIA_DATA"])
    (tmp_path / "again.toml").write_bytes(done.stdout)
    again = run("--config", tmp_path / "again.toml", "--print-config", **console)
    assert tomllib.loads(again.stdout.decode()) == told


@pytest.mark.parametrize("console", CONSOLES, ids=str)
def test_a_failed_start_is_a_json_line_on_every_console(run, tmp_path, console):
    (tmp_path / "fïle 🙂").touch()
    done = run("--log-json", "--data", tmp_path / "fïle 🙂", **console)
    assert done.returncode == 1
    [line] = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert "ERROR: Failed to start up the server: the data folder " in line["text"]


# -- Closed, full, broken --------------------------------------------------------------------------


@pytest.mark.parametrize("closed", CLOSED, ids=str)
def test_commands_keep_their_exit_codes_without_streams(run, data, tmp_path, closed):
    reported = 1 if 1 in closed else 0
    for arguments, code in (
        (["verify", "--data", data], reported),
        (["export", "--data", data], reported),
        (["export", "--output", tmp_path / "x.jsonl", "--data", data], 0),
        (["backup", tmp_path / "b.db", "--data", data], 0),
        (["restore", tmp_path / "b.db", "--data", tmp_path / "restored"], 0),
        (["verify", "--data", tmp_path / "nowhere"], 1),
        (["--print-config"], reported),
        (["--help"], reported),
        (["nonsense"], 2),
    ):
        done = run(*arguments, closed=closed)
        assert done.returncode == code, (arguments, done)
        assert bool(done.stdout) == (1 not in closed and code == 0)
        if 2 in closed:
            assert not done.stderr
        elif arguments != ["nonsense"]:
            assert done.stderr.count(b"ERROR: ") == code
            assert done.stderr.count(b"\n") == code
    for folder in ("restored", data):  # and nothing was printed into a database
        assert run("verify", "--data", tmp_path / folder).returncode == 0


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_that_is_lost_on_a_full_disk(run, data, tmp_path, unbuffered):
    for arguments, code in (
        (["verify", "--data", data], 1),
        (["export", "--data", data], 1),
        (["--print-config"], 1),
        (["--help"], 1),
        (["backup", tmp_path / "b.db", "--data", data], 0),
        (["compact", "--data", data], 0),
    ):
        with open("/dev/full", "wb") as full:
            done = run(*arguments, stdout=full, PYTHONUNBUFFERED=unbuffered)
        assert done.returncode == code, (arguments, done)
        assert (b"ERROR: what was printed is lost" in done.stderr) == bool(code)
        assert done.stderr.count(b"\n") == code


def test_errors_that_nobody_can_read_are_errors(run, data):
    with open("/dev/full", "wb") as full:
        assert run("verify", "--data", data, stderr=full).returncode == 0
        assert run("verify", "--data", data / "nowhere", stderr=full).returncode == 1
        assert run("nonsense", stderr=full).returncode == 2
        assert run("nonsense", stderr=full, stdout=full).returncode == 2


@pytest.mark.parametrize(
    ("command", "code"), [("verify", 1), ("export", 1), ("--help", 1), ("compact", 0), ("backup", 0)]
)
def test_a_reader_that_is_gone_gets_no_complaint(run, data, tmp_path, command, code):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        file = [tmp_path / "b.db"] if command == "backup" else []
        done = run("--data", data, command, *file, stdout=writing)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (code, b"")


def test_output_that_somebody_made_non_blocking_is_whole(data, tmp_path):
    """As a terminal that another program has, too; here a pipe whose reader takes its time."""
    with closing(House(tmp_path / "large")) as house:
        house.join("ada", "ada")
        for number in range(500):
            house.say("ada", f"{number:04d}", "x" * 1000)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    command = [sys.executable, "-P", "-W", "error", "-m", "broker", "export", "--data", tmp_path / "large"]
    with Started(command, stdout=writing, env={**os.environ, "PYTHONPATH": str(HOUSE)}) as export:
        os.close(writing)
        with open(reading, "rb") as reader:
            lines = reader.read().splitlines()
        assert export.wait(END_S) == 0
    assert json.loads(lines[-1])["seq"] == 501
