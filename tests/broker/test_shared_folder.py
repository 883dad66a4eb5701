"""A data folder, or a file in it, that others may write to: no broker serves it, no command works on it."""

import os
from contextlib import closing
from pathlib import Path

import pytest
from loggia.broker.storage.log import Log

from tests.endtoend.processes import Broker, module

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has other rights, which are inherited")

WAYS = [(), ("verify",), ("compact",), ("backup", "copy.db"), ("export",), ("restore", "copy.db")]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with closing(Log(tmp_path / "data", "epoch")):
        return tmp_path / "data"


def said(data: Path, *arguments: str) -> str:
    """What a start or a command says that fails with a line."""
    with module("broker", *arguments, "--data", str(data)) as process:
        assert process.wait() == 1
        assert len(process.lines) == 1, process.lines
        return process.lines[0]


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_a_folder_that_others_may_write_is_refused(data: Path, way: tuple[str, ...]) -> None:
    data.chmod(0o770)
    before = {file.name: file.stat().st_mtime_ns for file in data.iterdir()}
    assert f"others may write to the folder {data}" in (line := said(data, *way))
    assert f"`chmod go-w {data}`" in line
    assert "--data" in line
    assert {file.name: file.stat().st_mtime_ns for file in data.iterdir()} == before


@pytest.mark.parametrize("name", ["loggia.db", "loggia.heads", "lock"])
def test_a_file_that_others_may_write_is_refused(data: Path, name: str) -> None:
    (data / name).chmod(0o606)
    for way in ((), ("verify",)):
        assert f"`chmod go-w {data / name}`" in said(data, *way)


def test_nothing_is_made_where_everybody_may_exchange_it(tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    (tmp_path / "all").chmod(0o777)
    assert f"everybody may write to {tmp_path / 'all'}" in said(tmp_path / "all" / "data")
    assert list((tmp_path / "all").iterdir()) == []


def test_a_sticky_place_is_taken_and_what_is_made_is_the_owner_s_alone(tmp_path: Path) -> None:
    """Whatever the umask."""
    (tmp_path / "all").mkdir()
    (tmp_path / "all").chmod(0o1777)
    umask = os.umask(0)
    try:
        with Broker(tmp_path / "all" / "above" / "data") as broker:
            assert broker.stop() == 0
            broker.start()
            assert broker.stop() == 0
    finally:
        os.umask(umask)
    for made in (tmp_path / "all").rglob("*"):
        assert made.stat().st_mode & 0o022 == 0, made
