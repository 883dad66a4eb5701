"""Settings in each of their forms, and how they are loaded from what a test gives."""

from pathlib import Path

import msgspec
import pytest
from loggia.broker.config import BadSetting, load, parser
from loggia.shared.protocol.limits import (
    Limits,
)

SETTINGS = {  # key: flag's value or None, variable's, file's; and what becomes of each
    "data": (
        ["/tmp/flag", "/tmp/variable", '"/tmp/file"'],
        [Path("/tmp/flag"), Path("/tmp/variable"), Path("/tmp/file")],
    ),
    "name": (["flag", "variable", '"file"'], ["flag", "variable", "file"]),
    "requests": (
        ["tcp://[::1]:1", "tcp://*:0", '"ipc:///tmp/x"'],
        ["tcp://[::1]:1", "tcp://*:0", "ipc:///tmp/x"],
    ),
    "broadcasts": (
        ["a", "b:65535", '"TCP://::1"'],
        ["tcp://a:1102", "tcp://b:65535", "tcp://[::1]:1102"],
    ),
    "front_door": (["off", "[::1]:0", '"0.0.0.0:99"'], [None, ("::1", 0), ("0.0.0.0", 99)]),
    "metrics": (["9464", ":0", '"0.0.0.0:99"'], [("127.0.0.1", 9464), ("127.0.0.1", 0), ("0.0.0.0", 99)]),
    "rate": (["0", "2.5", "7"], [0.0, 2.5, 7.0]),
    "connections_per_address": (["0", "7", "8"], [0, 7, 8]),
    "log_file": (["off", "/tmp/a.log", '"/tmp/b.log"'], [None, Path("/tmp/a.log"), Path("/tmp/b.log")]),
    "log_keep": (["0", "7", "8"], [0, 7, 8]),
    "log_json": ([[], "yes", "true"], [True, True, True]),
}
LIMITS = list(msgspec.structs.asdict(Limits()))


def loaded(*flags, environment=None):
    return load(parser("broker").parse_args(flags), environment or {})


def refused(*flags, environment=None):
    with pytest.raises(BadSetting) as reason:
        loaded(*flags, environment=environment)
    assert "\n" not in str(reason.value)
    return str(reason.value)


def flag_of(key):
    return "--" + key.replace("_", "-")
