"""A variable that looks like a misspelt setting is told once, with the setting; others are left in peace."""

import os
import subprocess
import sys
import tomllib

import pytest
from loggia.broker.config import FILE_VARIABLE, misspelt, parser
from loggia.broker.settings import SETTINGS
from loggia.shared.process.command import STARTED_BY

from tests.broker.settings import refused
from tests.endtoend.processes import module
from tests.patience import PATIENCE_S

PAIRS = [
    ("LOGGIA_NMAE", "LOGGIA_NAME"),
    ("loggia_name", "LOGGIA_NAME"),
    ("LOGGIA_REQUEST", "LOGGIA_REQUESTS"),
    ("LOGGIA_BROADCAST", "LOGGIA_BROADCASTS"),
    ("LOGGIA_FRONTDOOR", "LOGGIA_FRONT_DOOR"),
    ("LOGGIA_FRONT-DOOR", "LOGGIA_FRONT_DOOR"),
    ("LOGGIA_DATA_DIR", "LOGGIA_DATA"),
    ("LOGGIA_RATES", "LOGGIA_RATE"),
    ("LOGGIA_LOGJSON", "LOGGIA_LOG_JSON"),
    ("LOGGIA_CONFIG_FILE", "LOGGIA_CONFIG"),
    ("LOGGIA_TEXT_BYTES", "LOGGIA_LIMITS_TEXT_BYTES"),
    ("LOGGIA_LIMIT_ROOM_CHARS", "LOGGIA_LIMITS_ROOM_CHARS"),
]


@pytest.mark.parametrize(("wrong", "right"), PAIRS)
def test_the_nearest_is_named(wrong, right):
    assert misspelt({wrong: "x", "PATH": "/bin"}) == [f"{wrong} is no setting; did you mean {right}?"]


def test_what_is_known_empty_or_like_nothing_is_left_in_peace():
    known = [*(row.variable for row in SETTINGS), FILE_VARIABLE, STARTED_BY]
    others = ["LOGGIA_TEST_SEED", "LOGGIA_COLOUR", "LOGGIA_", "LOGGIANAME", "NAME", "OTHER_LOGGIA_NMAE"]
    assert misspelt(dict.fromkeys([*known, *others], "x") | {"LOGGIA_NMAE": " "}) == []


def test_in_a_file_the_nearest_is_named_too(tmp_path):
    file = tmp_path / "broker.toml"
    for wrong, right in {"frontdoor": "front_door", "text_bytes": "limits.text_bytes"}.items():
        file.write_text(f"{wrong} = 1\n")
        assert f"there is no setting {wrong!r}; did you mean {right}? --print" in refused(
            "--config", str(file)
        )


def test_a_broker_says_so_and_serves(tmp_path):
    doors = {f"LOGGIA_{name}": "127.0.0.1:0" for name in ("REQUESTS", "BROADCASTS", "FRONT_DOOR")}
    wrong = {"LOGGIA_NMAE": "x", "LOGGIA_DATA": str(tmp_path)}
    with module("broker", environment=doors | wrong) as running:
        running.wait_for("Waiting for connections")
        assert [line for line in running.lines if "NMAE" in line] == [
            "WARNING: LOGGIA_NMAE is no setting; did you mean LOGGIA_NAME?"
        ]
        assert running.terminate() == 0


def test_the_help_has_every_flag_and_default(capsys):
    with pytest.raises(SystemExit):
        parser("x").parse_args(["--help"])
    told = " ".join(capsys.readouterr().out.split())
    for row in SETTINGS:
        if row.flag:
            assert row.flag in told
            assert " ".join(f"{row.help}; default {row.told}".split()) in told


def test_print_config_says_so_beside_the_file(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "loggia.broker", "--print-config"],
        env={**os.environ, "LOGGIA_RATTE": "3", "XDG_CONFIG_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert tomllib.loads(done.stdout)["rate"] == 50
    assert done.stderr == "WARNING: LOGGIA_RATTE is no setting; did you mean LOGGIA_RATE?\n"
