"""Settings as they are printed, and read again."""

import tomllib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loggia.broker.config import as_toml
from loggia.broker.settings import MOST, MOST_OF
from loggia.shared.protocol.limits import (
    DEFAULT_REQUESTS,
    Limits,
)

from tests.broker.settings import LIMITS, loaded

pytestmark = pytest.mark.usefixtures("no_file_of_its_own")


def again(config, tmp_path):
    """What a broker makes of the printed settings."""
    file = tmp_path / "printed.toml"
    file.write_text(as_toml(config), encoding="utf-8")
    return loaded("--config", str(file))


def same(first, second):
    return msgspec.structs.replace(first, sources={}) == msgspec.structs.replace(second, sources={})


@pytest.mark.parametrize(
    "flags",
    [
        [],
        ["--front-door", "off", "--log-json", "--rate", "0"],
        ["--front-door", "[::1]:1100", "--requests", "tcp://[::]:0"],
        ["--rate", "123456.789"],
        ["--rate", "0.00001"],
        ["--rate", "1e9"],
        ["--name", 'Ada\'s "house" \\ #1 日本'],
        ["--data", '/tmp/a "b"\\c\n\t#d\x7f\x1b'],
        ["--requests", "ipc:///tmp/a\nb"],
    ],
    ids=repr,
)
def test_what_is_printed_gives_the_same_settings(tmp_path, flags):
    config = loaded(*flags, environment={"LOGGIA_LIMITS_TEXT_BYTES": "99"})
    assert same(again(config, tmp_path), config)
    assert tomllib.loads(as_toml(config))["limits"]["text_bytes"] == 99


def test_what_is_printed_says_where_it_comes_from(tmp_path):
    file = tmp_path / "odd\nname.toml"
    file.write_text("[limits]\nnick_chars = 9\n")
    config = loaded("--config", str(file), "--rate", "5", environment={"LOGGIA_NAME": "x"})
    lines = as_toml(config).splitlines()
    assert 'name = "x"  # LOGGIA_NAME' in lines
    assert any(line.startswith("rate = 5") and line.endswith("  # --rate") for line in lines)
    assert any(line.startswith("nick_chars = 9  # ") and "odd" in line for line in lines)
    assert f'requests = "{DEFAULT_REQUESTS}"  # default' in lines
    tomllib.loads(as_toml(config))


@given(
    data=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20),
    rate=st.floats(0, 1e9, allow_nan=False),
    limits=st.builds(Limits, **{key: st.integers(1, MOST_OF.get(key, MOST)) for key in LIMITS}),
)
def test_any_settings_survive_printing(tmp_path_factory, data, rate, limits):
    environment = {f"LOGGIA_LIMITS_{key.upper()}": str(getattr(limits, key)) for key in LIMITS}
    config = loaded(f"--data=/tmp/{data}", f"--rate={rate!r}", environment=environment)
    assert config.limits == limits
    assert same(again(config, tmp_path_factory.getbasetemp()), config)
