"""What is said about a setting that cannot be, and about a file of settings that cannot be read."""

import codecs
import json
import os

import pytest
from loggia.broker.config import parser

from tests.broker.settings import LIMITS, flag_of, loaded, refused

pytestmark = pytest.mark.usefixtures("no_file_of_its_own")


BAD = [
    ("data", " "),
    ("data", "a\0b"),
    ("data", "~nobody-is-called-that/x"),
    ("data", "not-utf-8-\udcff"),
    ("name", "a/b"),
    ("name", "n" * 65),
    ("name", "a\nb"),
    ("requests", "tcp://127.0.0.1:"),
    ("requests", "tcp://:1101"),
    ("requests", "tcp://127.0.0.1:65536"),
    ("requests", "tcp://127.0.0.1:-1"),
    ("requests", "tcp://127.0.0.1:http"),
    ("requests", "tcp://a..b:0"),
    ("requests", "tcp://" + "a" * 70 + ":0"),
    ("requests", "tcp://[::1:0"),
    ("requests", "tcp://a\0b:0"),
    ("requests", "tcp://127.0.0.1:0\0"),
    ("requests", "ipc:///tmp/a\0b"),
    ("requests", "ipc:///tmp/\udcff"),
    ("requests", "ipc:///" + "a" * 120),
    ("broadcasts", "tcp://.:0"),
    ("requests", "udp://127.0.0.1:1101"),
    ("broadcasts", "tcp://127.0.0.1:\u0661"),
    ("broadcasts", "ipc://"),
    ("front_door", "1100"),
    ("front_door", "on"),
    ("front_door", "localhost:99999"),
    ("front_door", "127.0.0.1:-1"),
    ("front_door", ":0"),
    ("front_door", "127.0.0.1"),
    ("front_door", "127.0.0.1:"),
    ("front_door", "[::1"),
    ("front_door", "[::1]"),
    ("front_door", "[1.2.3.4]:0"),
    ("front_door", "a\0b:0"),
    ("front_door", "a b:0"),
    ("front_door", "\udcff:0"),
    ("front_door", "x\u00ad" + "\u0301" * 70 + ":0"),
    ("front_door", "a..b:0"),
    ("front_door", "a" * 70 + ":0"),
    ("front_door", "::1:1100"),
    ("connections_per_address", "-1"),
    ("connections_per_address", "2.5"),
    ("connections_per_address", "many"),
    ("rate", "fast"),
    ("rate", "-1"),
    ("rate", "nan"),
    ("rate", "inf"),
]


@pytest.mark.parametrize(("key", "value"), BAD)
def test_a_bad_setting_is_named_with_where_it_comes_from(key, value):
    text = refused(f"{flag_of(key)}={value}")
    assert text.startswith(f"{key} = {value!r} (from {flag_of(key)}): ")
    name = "LOGGIA_" + key.upper()
    if value.strip():
        assert f"(from {name}): " in refused(environment={name: value})


@pytest.mark.parametrize(
    ("key", "value"),
    [(key, value) for key, value in BAD if not any("\ud800" <= char <= "\udfff" for char in value)],
)
def test_a_bad_setting_of_a_file_is_named_with_the_file(tmp_path, key, value):
    file = tmp_path / "broker.toml"
    file.write_text(f"{key} = {json.dumps(value)}\n")
    assert refused().startswith(f"{key} = {value!r} (from {file}): ")


@pytest.mark.parametrize(
    "name",
    ["", "a/b", "n" * 65, " x", "a  b", "\u0301x", "a" + "\u0316\u0301" * 130_000, os.fsdecode(b"\xff")],
)
def test_a_bad_name_is_no_room_s(name):
    assert "The name of a server " in refused("--name", name)
    assert "room" not in refused("--name", name)


def test_of_a_long_value_only_the_ends_are_shown():
    text = refused("--name", "n" * 100_000)
    assert text.startswith("name = 'nnn")
    assert len(text) < 500


@pytest.mark.parametrize("value", ["0", "-5", "many", "1.5", "nan", "inf", "9" * 30, "9" * 9999])
@pytest.mark.parametrize("key", LIMITS)
def test_a_bad_limit(key, value):
    text = refused(environment={f"LOGGIA_LIMITS_{key.upper()}": value})
    assert text.startswith(f"limits.{key} = ")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("name = ", "is not TOML"),
        (b"name = '\xff'", "is not TOML"),
        ("nmae = 'x'", "there is no setting 'nmae'"),
        ("nmae = 1\n" + "x" * 5000 + " = 1", "there is no setting 'nmae'"),
        ("x" * 5000 + " = 1", "there is no setting 'xxx"),
        ("name = 'x'\nname = 'y'", "is not TOML"),
        ("name = '\0'", "is not TOML"),
        ("name = 'é'".encode("latin-1"), "it is not UTF-8 (at line 1); save it as UTF-8"),
        ("# one\n# zwei, fünf\n".encode("cp1252"), "it is not UTF-8 (at line 2)"),
        ("name = 'x'".encode("utf-16"), "it is UTF-16; save it as UTF-8"),
        ("name = 'x'".encode("utf-16-le"), "it is UTF-16; save it as UTF-8"),
        ("name = 'x'".encode("utf-16-be"), "it is UTF-16; save it as UTF-8"),
        (codecs.BOM_UTF16_BE + "name = 'x'".encode("utf-16-be"), "it is UTF-16; save it as UTF-8"),
        (bytes(2**16 + 1), "it has more than 65536 bytes"),
        ("#" * 2**16 + "\n", "it has more than 65536 bytes"),
        ("name = " + "[" * 5000 + "]" * 5000, "nested too deeply"),
        ("name = " + "{a=" * 5000 + "1" + "}" * 5000, "nested too deeply"),
        ("name = " + "[" * 90 + "]" * 90, "name = [[[[[["),
        ("rate = " + "9" * 9999, "is not TOML"),
        ("rate = 1e999", "rate = inf"),
        ("rate = nan", "rate = nan"),
        ("rate = -inf", "rate = -inf"),
        ("rate = -1", "rate = -1"),
        ("rate = 1979-05-27", "rate = datetime.date(1979, 5, 27)"),
        ("data = 1979-05-27", "data = datetime"),
        ("log_json = {}", "log_json = {}"),
        ("[limits]\ntext_bytes = -5", "limits.text_bytes = -5"),
        ("[limits]\ntext_bytes = nan", "limits.text_bytes = nan"),
        ("[limits]\ntext_bytes = 500001", "give a whole number from 1 to 500000"),
        ("[limits]\nnick_chars = 1001", "give a whole number from 1 to 1000"),
        ("[limits]\nroom_chars = 1001", "give a whole number from 1 to 1000"),
        ("[limits]\ntext_bytes = 1.5", "limits.text_bytes = 1.5"),
        ("[[limits]]\ntext_bytes = 5", "[limits]"),
        ("limits = 5", "[limits]"),
        ("[limits]\ntext_byte = 5", "there is no setting 'limits.text_byte'"),
        ("[limits]\ntext_bytes = true", "limits.text_bytes = True"),
        ("[limits]\ntext_bytes = [1]", "limits.text_bytes = [1]"),
        ("data = 5", "data = 5"),
        ("name = [1]", "name = [1]"),
        ("name = {a = 1}", "name = {'a': 1}"),
        ("requests = 1101", "requests = 1101"),
        ("front_door = true", "front_door = True"),
        ("rate = 'fast'", "rate = 'fast'"),
        ("rate = true", "rate = True"),
        ("rate = [1]", "rate = [1]"),
        ("log_json = 2", "log_json = 2"),
        ("log_json = 'maybe'", "log_json = 'maybe'"),
    ],
)
def test_a_bad_file(tmp_path, content, said):
    file = tmp_path / "broker.toml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    text = refused()
    assert said in text
    assert str(file) in text


def test_a_mark_at_the_beginning_is_no_content(tmp_path):
    """Notepad saves UTF-8 with one."""
    (tmp_path / "broker.toml").write_bytes(codecs.BOM_UTF8 + "name = 'Zoë'\r\nrate = 3\r\n".encode())
    assert (loaded().name, loaded().rate) == ("Zoë", 3.0)


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="devices")
def test_what_never_ends_is_not_read_to_its_end():
    assert "/dev/zero is not TOML: it has more than 65536 bytes" in refused("--config", "/dev/zero")
    assert loaded("--config", "/dev/null") == loaded()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root reads everything")
def test_a_file_of_somebody_else(tmp_path):
    (tmp_path / "broker.toml").touch(mode=0)
    assert "cannot be read: Permission denied" in refused()


@pytest.mark.parametrize("path", ["missing.toml", ".", "a\udcff.toml", "x" * 300])
def test_a_named_file_that_cannot_be_read(tmp_path, path):
    assert "cannot be read" in refused("--config", str(tmp_path / path))


def test_wrong_usage_exits_with_2(capsys):
    with pytest.raises(SystemExit) as exit_:
        parser("broker").parse_args(["--no-such-flag"])
    assert exit_.value.code == 2
    assert "--no-such-flag" in capsys.readouterr().err
