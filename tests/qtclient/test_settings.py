"""What is remembered between two starts."""

import os
from pathlib import Path

import pytest

from qtclient import settings
from qtclient.settings import FILE, Server, Settings


def test_what_was_saved_is_there_the_next_time(tmp_path: Path):
    kept = Settings(nick="Zoë", width=900, height=500, people=False)
    kept.servers["tcp://a:1"] = Server(
        rooms=["lab"], current="lab", read={"lab": 9}, drafts={"lab": "half a"}
    )
    settings.save(tmp_path, settings.encoded(kept))
    assert settings.load(tmp_path) == kept


@pytest.mark.parametrize("content", [None, b"", b"{", b'{"nick": 7}', b"\xff\xfe"])
def test_what_cannot_be_read_is_as_if_it_was_not_there(tmp_path: Path, content: bytes | None):
    if content is not None:
        (tmp_path / FILE).write_bytes(content)
    assert settings.load(tmp_path) == Settings()


def test_fields_of_a_newer_version_do_no_harm(tmp_path: Path):
    (tmp_path / FILE).write_bytes(b'{"nick": "ada", "later": 1}')
    assert settings.load(tmp_path).nick == "ada"


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_nobody_else_may_read_it(tmp_path: Path):
    settings.save(tmp_path, b"{}")
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


def test_a_save_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch):
    settings.save(tmp_path, b"{}")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="No space"):
        settings.save(tmp_path, b'{"nick": "new"}')
    assert (tmp_path / FILE).read_bytes() == b"{}"
    assert os.listdir(tmp_path) == [FILE]


def test_each_broker_has_its_own_copy(tmp_path: Path):
    paths = {
        settings.replica_path(tmp_path, endpoint) for endpoint in ("tcp://a-b:1", "tcp://a.b:1", "ipc://a")
    }
    assert len(paths) == 3
    assert all(path.parent == tmp_path for path in paths)


def test_a_broker_that_is_not_known_begins_in_the_lobby():
    assert Settings().server("tcp://a:1") == Server(rooms=["lobby"], current="lobby")
