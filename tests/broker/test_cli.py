"""The operator's commands as processes: what they take, what they print where, and how they end."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import closing

import msgspec
import pytest
from loggia.broker.admin.commands import COMMANDS
from loggia.broker.admin.control import Where
from loggia.broker.storage import data_dir

from tests.broker.house import House
from tests.endtoend.processes import HOUSE
from tests.patience import PATIENCE_S
from tests.started import Started

READING = ("verify", "backup", "export", "compact")
END_S = PATIENCE_S


@pytest.fixture
def surroundings(tmp_path):
    """The environment of somebody without settings."""
    assert not [name for name in os.environ if name.startswith("LOGGIA_")]
    homes = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_DATA_HOME": str(tmp_path / "share")}
    return {**os.environ, **homes, "PYTHONPATH": str(HOUSE), "PYTHONUNBUFFERED": ""}


@pytest.fixture
def do(surroundings, tmp_path):
    """Run `python -m broker ARGUMENTS`; gives its exit code and what it printed."""

    def do(*arguments, **variables):
        command = [sys.executable, "-P", "-W", "error", "-m", "broker", *map(str, arguments)]
        done = subprocess.run(
            command,
            env=surroundings | variables,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=END_S,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return do


@pytest.fixture
def data(tmp_path):
    """A data folder with a log in which something was said."""
    with closing(House(tmp_path / "data")) as house:
        house.join("ada", "ada")
        house.say("ada", "1", "hello")
    return tmp_path / "data"


def words(command, file):
    return [command, file] if "file" in COMMANDS[command].arguments else [command]


def fails(done, code=1):
    """It ended with the code, and one line on standard error says why."""
    assert done.returncode == code, (done.stdout, done.stderr)
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert line.startswith("ERROR: ")
    return line


# -- The command line ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["verfy"],
        ["verify", "more"],
        ["backup"],
        ["restore"],
        ["import"],
        ["export", "--format", "pdf"],
        ["verify", "--room", "lobby"],
        ["verify", "--rate", "1"],
        ["--rate", "1", "verify"],
        ["--print-config", "verify"],
        ["--stop-when-alone", "restore", "file"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_2_and_does_nothing(do, tmp_path, arguments):
    done = do(*arguments, LOGGIA_DATA=str(tmp_path / "data"))
    assert done.returncode == 2
    assert "usage: " in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "data").exists()


def test_help_names_every_command_and_what_it_takes(do):
    whole = do("--help")
    assert whole.returncode == 0
    for name, command in COMMANDS.items():
        assert f"\n    {name} " in whole.stdout
        told = do(name, "--help")
        assert told.returncode == 0
        for argument in (*command.arguments, "--data", "--config"):
            assert argument.upper().removeprefix("--") in told.stdout.upper()


@pytest.mark.parametrize("before", [True, False])
def test_the_folder_is_named_before_or_after_the_command(do, data, tmp_path, before):
    named = ["--data", data]
    done = do(*(named if before else []), "verify", *([] if before else named))
    assert done.returncode == 0, done.stderr
    assert "lobby: 1 to 2, sound" in done.stdout
    assert done.stderr == ""


def test_of_two_folders_the_one_after_the_command_counts(do, data, tmp_path):
    assert do("--data", tmp_path / "nowhere", "verify", "--data", data).returncode == 0


def test_the_settings_apply_as_for_serving(do, data, tmp_path):
    assert do("verify", LOGGIA_DATA=str(data)).returncode == 0
    file = tmp_path / "settings.toml"
    file.write_text(f'data = "{data}"\nrequests = "tcp://127.0.0.1:1"\n')
    assert do("verify", "--config", file).returncode == 0
    assert do("--config", file, "verify").returncode == 0
    assert do("verify", LOGGIA_CONFIG=str(file)).returncode == 0
    (tmp_path / "config" / "loggia").mkdir(parents=True)
    file.rename(tmp_path / "config" / "loggia" / "broker.toml")
    assert do("verify").returncode == 0
    assert "nowhere" in fails(do("verify", "--data", tmp_path / "nowhere"))


def test_a_bad_setting_is_one_line(do):
    assert "rate" in fails(do("verify", LOGGIA_RATE="fast"))
    assert "settings" in fails(do("verify", "--config", "nowhere.toml"))


# -- Folders -------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", READING)
@pytest.mark.parametrize("where", ["nowhere", "empty", "a file", "in a file", "of a start that failed"])
def test_where_no_log_is_nothing_is_made(do, tmp_path, command, where):
    (tmp_path / "a file").write_text("mine")
    (tmp_path / "empty").mkdir()
    (tmp_path / "of a start that failed").mkdir()
    (tmp_path / "of a start that failed" / data_dir.DATABASE).touch()
    place = tmp_path / "a file" / "deeper" if where == "in a file" else tmp_path / where
    before = sorted(tmp_path.rglob("*"))
    line = fails(do(*words(command, "new file"), "--data", place))
    assert str(place) in line
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "a file").read_text() == "mine"


@pytest.mark.parametrize("command", ["restore", "import"])
def test_a_file_that_is_not_there_makes_no_folder(do, tmp_path, command):
    assert "no such backup" in fails(do(command, tmp_path / "no such backup", "--data", tmp_path / "data"))
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_one_line(do, data):
    for command in (["backup", "/proc/loggia/file"], ["export", "--output", "/proc/loggia/file"]):
        assert "/proc/loggia" in fails(do(*command, "--data", data))


@pytest.mark.parametrize("command", [("backup",), ("export", "--output")])
def test_of_a_file_that_cannot_be_written_no_folder_is_left(do, data, tmp_path, command):
    (tmp_path / "there").mkdir()
    for folder_ in ("new/deeper", "there"):
        done = do(*command, tmp_path / folder_ / ("x" * 250), "--data", data)
        assert done.returncode == 1
        assert "File name too long" in done.stderr
    assert not (tmp_path / "new").exists()
    assert (tmp_path / "there").is_dir()


def test_names_from_outside_move_no_cursor(do, tmp_path):
    assert "\\x1b[2J" in fails(do("verify", "--data", tmp_path / "\x1b[2J\nmore"))


@pytest.mark.parametrize("command", ["restore", "import", "compact"])
def test_a_folder_in_use_is_refused(do, data, tmp_path, command):
    file = tmp_path / "file"
    if command == "restore":
        assert do("backup", file, "--data", data).returncode == 0
    else:
        with closing(House(tmp_path / "other")) as other:
            other.join("ada", "ada", room="lab")  # one that is here would be refused before
        file.write_text(do("export", "--data", tmp_path / "other").stdout)
    before = {file: file.read_bytes() for file in data.iterdir()}
    with closing(data_dir.lock(data)):
        assert "in use by another program" in fails(do(*words(command, file), "--data", data))
    after = {file: file.read_bytes() for file in data.iterdir()}
    assert before.items() <= after.items()
    assert {file.name for file in after.keys() - before.keys()} <= {
        "loggia.db-shm",
        "loggia.db-wal",
    }  # of a reader


# -- How they end --------------------------------------------------------------------------------


def test_damage_is_1_and_told(do, data):
    file = data / data_dir.DATABASE
    content = bytearray(file.read_bytes())
    content[-100] ^= 1
    file.write_bytes(content)
    done = do("verify", "--data", data)
    assert done.returncode == 1
    assert "DAMAGED" in done.stdout


def test_who_reads_only_the_beginning_sees_no_error(surroundings, tmp_path):
    with closing(House(tmp_path / "data")) as house:
        house.join("ada", "ada")
        for number in range(1000):  # rows that leave something in the buffer when the pipe breaks
            house.say("ada", f"{number:04d}", "x" * 200)
    command = [
        sys.executable,
        "-P",
        "-W",
        "error",
        "-m",
        "broker",
        "export",
        "--data",
        str(tmp_path / "data"),
    ]
    with Started(command, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as export:
        assert export.stdout.read(10)
        export.stdout.close()
        assert export.stderr.read() == b""
        assert export.wait(END_S) == 1


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_command_that_is_told_to_end_leaves_nothing(do, surroundings, data, tmp_path, number, code):
    """While a broker takes its time to step aside."""
    assert do("backup", tmp_path / "backup.db", "--data", data).returncode == 0
    before = sorted(data.iterdir())
    command = [sys.executable, "-P", "-W", "error", "-m", "broker"]
    command += ["restore", str(tmp_path / "backup.db"), "--data", str(data)]
    with socket.create_server(("127.0.0.1", 0)) as broker:
        where = Where(port=broker.getsockname()[1], key="key")
        (data / data_dir.CONTROL).write_bytes(msgspec.json.encode(where))
        with Started(command, env=surroundings, stderr=subprocess.PIPE) as restore:
            asked, _ = broker.accept()
            with asked:
                assert asked.recv(1024)
                restore.send_signal(number)
                assert asked.recv(1024) == b""  # the leash ends: a broker would come back
            assert restore.stderr.read() == b""
            assert restore.wait(END_S) == code
    (data / data_dir.CONTROL).unlink()
    assert sorted(data.iterdir()) == before


def test_a_command_that_was_started_to_outlive_its_terminal_does(surroundings, data):
    """As by nohup."""
    command = [sys.executable, "-P", "-W", "error", "-m", "broker", "compact", "--data", str(data)]
    with socket.create_server(("127.0.0.1", 0)) as broker:
        where = Where(port=broker.getsockname()[1], key="key")
        (data / data_dir.CONTROL).write_bytes(msgspec.json.encode(where))
        with Started(
            command,
            env=surroundings,
            stdout=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
        ) as compact:
            asked, _ = broker.accept()
            with asked:
                assert asked.recv(1024)
                compact.send_signal(signal.SIGHUP)
                asked.sendall(b'{"aside":true}\n')
                assert asked.recv(1024) == b""
                asked.sendall(b'{"back":true}\n')
            assert b"Compacted: " in compact.stdout.read()
            assert compact.wait(END_S) == 0


@pytest.mark.parametrize("command", ["verify", "export"])
def test_without_standard_output_it_says_so(surroundings, data, command):
    line = [sys.executable, "-P", "-W", "error", "-m", "broker", command, "--data", str(data)]
    done = subprocess.run(
        line,
        env=surroundings,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: os.close(1),
        encoding="utf-8",
        timeout=END_S,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("ERROR: standard output is closed")
