"""Every command that the papers tell people to type is one: its name, its flags, what they are given."""

import configparser
import re
import shlex
import shutil
import subprocess
import xml.etree.ElementTree
from pathlib import Path

import pytest
from loggia.broker import config
from loggia.broker.admin.commands import parse as broker_flags
from loggia.broker.settings import ENVIRONMENT
from loggia.qtclient.cli import command_line as window_flags
from loggia.shared.protocol.limits import DEFAULT_BROADCASTS, DEFAULT_FRONT_DOOR, DEFAULT_REQUESTS

from loggia.launch import bots, checkout
from tests.patience import PATIENCE_S
from tests.test_papers import HOUSE, PAPERS, paper

MOST_BYTES = 300_000  # of a picture
PLACEHOLDERS = {"NAME", "COMMAND", "PATH", "FILE", "ARGUMENTS"}

# `code`, and lines of fences; what stands behind a # or a | is not typed
TYPED = re.compile(r"(?:python3?|py)(?: -P)? (?:\S*/)?(?:-m (broker)|run\.py)((?: [^`\n|#;&]*)?)")


def typed(text):
    """(command, words) for each line of ours in a paper."""
    for module, rest in TYPED.findall(text):
        words = shlex.split(rest.partition("(")[0].replace("$(date", "").replace("\\%", ""))
        words = [word for word in words if not word.startswith((">", "..."))]
        if module:
            yield "broker", words
        elif words and not words[0].startswith("-"):
            yield words[0], words[1:]


ALL = [(path.name, *command) for path in PAPERS for command in typed(path.read_text(encoding="utf-8"))]


def test_some_are_found():
    found = {(name, command) for name, command, _ in ALL}
    assert {("class.md", command) for command in ("broker", "window", "bot")} <= found
    assert {("operations.md", "broker"), ("README.md", "bot"), ("README.md", "simulate")} <= found


@pytest.mark.parametrize(("name", "command", "words"), ALL, ids=lambda value: f"{value}"[:40])
def test_a_command_in_the_papers_is_one(name, command, words):
    if command in PLACEHOLDERS:
        return
    assert command in checkout.COMMANDS, f"{name}: run.py {command}"
    if set(words) & PLACEHOLDERS or words[-1:] == ["--help"]:
        return
    if command == "broker":
        flags = broker_flags(words, "broker")
        if flags.command is None:
            config.load(flags, {})
    elif command == "window":
        window_flags(words)
    elif command == "bot" and words and not re.search(r"[/\\]|\.py$", words[0]):  # a file of the reader's
        bots.find(HOUSE / "bots", words[0])


def ports(*addresses):
    return [address.rpartition(":")[2] for address in addresses]


def test_the_class_is_told_the_ports_that_are_opened():
    front_door, requests, broadcasts = ports(DEFAULT_FRONT_DOOR, DEFAULT_REQUESTS, DEFAULT_BROADCASTS)
    text = paper("docs/class.md")
    (line,) = re.findall(r"^python3 run\.py (broker --requests.*)$", text, re.MULTILINE)
    loaded = config.load(broker_flags(shlex.split(line)[1:], "broker"), {})
    assert loaded.requests == f"tcp://0.0.0.0:{requests}"
    assert loaded.broadcasts == f"tcp://0.0.0.0:{broadcasts}"
    assert loaded.front_door == ("0.0.0.0", int(front_door))
    for address in re.findall(r"telnet://[0-9.]+:(\d+)|nc [0-9.]+ (\d+)|/dev/tcp/[0-9.]+/(\d+)", text):
        assert "".join(address) == front_door
    for address in re.findall(r"tcp://192[0-9.]+:(\d+)", text):
        assert address == requests
    for opened in re.findall(r"(\d{4})[-:](\d{4})", text):
        assert opened == (front_door, broadcasts)


@pytest.mark.parametrize(
    "picture", sorted((HOUSE / "docs" / "pictures").iterdir()), ids=lambda path: path.name
)
def test_a_picture_is_light_and_shown_somewhere(picture):
    assert picture.stat().st_size < MOST_BYTES
    assert any(f"pictures/{picture.name})" in path.read_text(encoding="utf-8") for path in PAPERS)


def test_the_picture_of_the_class_is_one_and_names_the_doors():
    drawn = xml.etree.ElementTree.parse(HOUSE / "docs" / "pictures" / "class.svg")
    words = " ".join(drawn.getroot().itertext())
    for port, door in zip(
        ports(DEFAULT_FRONT_DOOR, DEFAULT_REQUESTS, DEFAULT_BROADCASTS),
        ("front door", "requests", "broadcasts"),
        strict=True,
    ):
        assert f"{port} {door}" in words


UNITS = re.findall(
    r"`/etc/systemd/system/([\w.-]+)`.*?```ini\n(.*?)```", paper("docs/operations.md"), re.DOTALL
)


def test_the_units_start_what_is_there_and_name_each_other():
    units = {}
    for name, text in UNITS:
        units[name] = configparser.ConfigParser(strict=False, interpolation=None)
        units[name].optionxform = str
        units[name].read_string(text)
    assert set(units) == {"loggia.service", "loggia-backup.service", "loggia-backup.timer"}
    for name in ("loggia.service", "loggia-backup.service"):
        assert units[name]["Service"]["User"] == "loggia"
        assert units[name]["Service"]["WorkingDirectory"] == "/opt/loggia"
    assert "multi-user.target" in units["loggia.service"]["Install"]["WantedBy"]
    enabled = re.search(r"systemctl enable --now (.*)", paper("docs/operations.md"))[1].split()
    assert set(enabled) == {name for name in units if units[name].has_section("Install")}


def test_the_variables_of_the_service_are_settings():
    set_there = re.findall(rf"^({ENVIRONMENT}[A-Z_]+)=(.+)$", paper("docs/operations.md"), re.MULTILINE)
    loaded = config.load(broker_flags([], "broker"), dict(set_there))
    assert len(set_there) > 3
    for variable, _ in set_there:
        assert variable in loaded.sources.values()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_takes_the_units(tmp_path: Path):
    house = tmp_path / "opt"
    (house / ".venv" / "bin").mkdir(parents=True)
    (house / ".venv" / "bin" / "python").symlink_to(shutil.which("true"))
    files = []
    for name, text in UNITS:
        files.append(tmp_path / name)
        files[-1].write_text(text.replace("/opt/loggia", str(house)))
    said = subprocess.run(
        ["systemd-analyze", "verify", *map(str, files)], capture_output=True, text=True, timeout=PATIENCE_S
    )
    mine = [line for line in said.stderr.splitlines() if str(tmp_path) in line or "loggia" in line]
    assert mine == []


def test_what_ci_runs_is_there():
    named = re.findall(r"\btests/[\w/.]+", paper(".ci/run"))
    assert named
    assert [one for one in named if not (HOUSE / one).exists()] == []
