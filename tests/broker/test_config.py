"""Where settings come from: flags, variables, a file, defaults."""

import socket

import msgspec
import pytest
from loggia.shared.protocol.limits import (
    DEFAULT_BROADCASTS,
    DEFAULT_FRONT_DOOR,
    DEFAULT_RATE,
    DEFAULT_REQUESTS,
    Limits,
)

from tests.broker.settings import LIMITS, SETTINGS, flag_of, loaded

pytestmark = pytest.mark.usefixtures("no_file_of_its_own")


def test_the_defaults():
    config = loaded()
    host, _, port = DEFAULT_FRONT_DOOR.rpartition(":")
    assert (config.requests, config.broadcasts, config.rate) == (
        DEFAULT_REQUESTS,
        DEFAULT_BROADCASTS,
        DEFAULT_RATE,
    )
    assert config.front_door == (host, int(port))
    assert (config.log_json, config.limits, config.name) == (False, Limits(), socket.gethostname())
    assert config.data.is_absolute()
    assert set(config.sources.values()) == {"default"}


@pytest.mark.parametrize("key", SETTINGS)
def test_flags_then_environment_then_file(key, tmp_path):
    (flag, variable, in_file), (by_flag, by_variable, by_file) = SETTINGS[key]
    file = tmp_path / "broker.toml"
    file.write_text(f"{key} = {in_file}\n")
    name = "LOGGIA_" + key.upper()
    flags = [flag_of(key), *([flag] if flag else [])]

    config = loaded()
    assert (getattr(config, key), config.sources[key]) == (by_file, str(file))
    config = loaded(environment={name: variable})
    assert (getattr(config, key), config.sources[key]) == (by_variable, name)
    config = loaded(*flags, environment={name: variable})
    assert (getattr(config, key), config.sources[key]) == (by_flag, flag_of(key))
    assert {source for other, source in config.sources.items() if other != key} == {"default"}


@pytest.mark.parametrize("key", LIMITS)
def test_every_limit_is_set_by_environment_and_file(key, tmp_path):
    (tmp_path / "broker.toml").write_text(f"[limits]\n{key} = 77\n")
    assert loaded().limits == msgspec.structs.replace(Limits(), **{key: 77})
    config = loaded(environment={f"LOGGIA_LIMITS_{key.upper()}": "78"})
    assert config.limits == msgspec.structs.replace(Limits(), **{key: 78})
    assert config.sources[f"limits.{key}"] == f"LOGGIA_LIMITS_{key.upper()}"


@pytest.mark.parametrize("how", ["flag", "variable"])
def test_a_file_that_is_named_is_read_instead(tmp_path, how):
    (tmp_path / "broker.toml").write_text('name = "of the user"\nrate = 1\n')
    named = tmp_path / "other.toml"
    named.write_text('name = "named"\n')
    if how == "flag":
        config = loaded("--config", str(named), environment={"LOGGIA_CONFIG": "/nowhere"})
    else:
        config = loaded(environment={"LOGGIA_CONFIG": str(named)})
    assert (config.name, config.rate) == ("named", DEFAULT_RATE)


def test_a_home_folder_is_found(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert loaded("--data", "~/chat").data == tmp_path / "chat"


def test_a_computer_with_a_long_name(monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "h" * 200)
    assert loaded().name == "h" * 64


@pytest.mark.parametrize("name", ["", "a/b", "caf\udce9", "a\x1bb", "  "])
def test_a_computer_whose_name_no_server_can_have(monkeypatch, name):
    monkeypatch.setattr(socket, "gethostname", lambda: name)
    assert loaded().name == "loggia"


@pytest.mark.parametrize("blank", ["", " ", "\t \n"])
def test_a_variable_that_holds_nothing_is_not_set(blank):
    names = [*map(str.upper, SETTINGS), "CONFIG", *(f"LIMITS_{key.upper()}" for key in LIMITS)]
    config = loaded(environment={f"LOGGIA_{name}": blank for name in names})
    assert config == loaded()
    assert set(config.sources.values()) == {"default"}


def test_a_variable_that_holds_nothing_leaves_the_file_its_say(tmp_path):
    (tmp_path / "broker.toml").write_text('name = "of the file"\n')
    assert loaded(environment={"LOGGIA_NAME": ""}).name == "of the file"
