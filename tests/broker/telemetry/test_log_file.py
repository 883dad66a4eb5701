"""A live log in a file, which does not grow without end."""

import os
import sys

import pytest
from loggia.broker.telemetry import log_file
from loggia.broker.telemetry.log_file import AGAIN_S, FULL_BYTES, LOOK_S, LogFile

LINE = "x" * 99 + "\n"
FULL = 1000


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(log_file, "FILE_BYTES", FULL)
    monkeypatch.setattr(log_file, "FULL_BYTES", FULL)


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def write(file, keep, *texts, clock=None):
    """Opened, all of it written, closed."""
    out = LogFile(file, keep, clock=clock or Clock())
    for text in texts:
        out.write(text)
    out.close()
    assert not out._thread.is_alive()


def kept(file):
    return {path.name: path.read_text() for path in file.parent.iterdir()}


def test_a_full_file_is_put_aside_and_some_are_kept(tmp_path):
    file = tmp_path / "broker.log"
    lines = [f"{number:099}\n" for number in range(58)]
    write(file, 3, *lines)
    found = kept(file)
    assert set(found) == {"broker.log", "broker.log.1", "broker.log.2", "broker.log.3"}
    assert all(len(text) <= FULL for text in found.values())
    assert "".join(found[name] for name in sorted(found, reverse=True)[:3]) + found["broker.log"] == "".join(
        lines[20:]
    )


def test_none_is_kept_where_none_is_wanted(tmp_path):
    file = tmp_path / "broker.log"
    write(file, 0, *[LINE] * 25)
    assert kept(file) == {"broker.log": LINE * 5}


def test_it_is_added_to_and_full_ones_are_put_aside_at_the_start(tmp_path):
    file = tmp_path / "broker.log"
    write(file, 2, "one\n")
    write(file, 2, "two\n")
    assert kept(file) == {"broker.log": "one\ntwo\n"}
    file.write_text(LINE * 11)
    write(file, 2, "three\n")
    assert kept(file) == {"broker.log": "three\n", "broker.log.1": LINE * 11}


def test_another_program_that_has_it_open_goes_on_in_it(tmp_path):
    file = tmp_path / "broker.log"
    with file.open("ab", 0) as other:
        out = LogFile(file, 2, clock=Clock())
        assert out.is_output(other.fileno())
        assert not out.is_output(0)
        for _ in range(11):
            out.write(LINE)
        out.close()
        other.write(b"of the other\n")
    assert file.read_text() == LINE + "of the other\n"


@pytest.mark.skipif(os.name != "posix", reason="an open file is renamed")
@pytest.mark.parametrize("again", [False, True])
def test_who_takes_it_away_gets_a_whole_one_and_it_goes_on_in_a_new_one(tmp_path, again):
    """As logrotate does, with `create` or without."""
    file, clock = tmp_path / "broker.log", Clock()
    out = LogFile(file, 2, clock=clock)
    out._put(b"one\n")
    file.rename(tmp_path / "elsewhere")
    if again:
        file.touch()
    clock.now += LOOK_S
    out._put(b"two\n")
    out.close()
    assert kept(file) == {"elsewhere": "one\n", "broker.log": "two\n"}


@pytest.mark.skipif(os.name != "posix", reason="the folder of an open file is removed")
def test_what_comes_while_its_folder_is_away_is_counted(tmp_path):
    file, clock = tmp_path / "logs" / "broker.log", Clock()
    file.parent.mkdir()
    out = LogFile(file, 2, clock=clock)
    out._put(b"one\n")
    file.unlink()
    file.parent.rmdir()
    clock.now += LOOK_S
    for _ in range(3):
        out._put(b"lost\n")
    file.parent.mkdir()
    out._put(b"two\n")
    out.close()
    assert file.read_text() == "(3 lines are left out here: the disk refused them)\ntwo\n"


@pytest.mark.skipif(sys.platform == "win32", reason="links")
def test_what_is_planted_beside_it_is_not_written_into(tmp_path):
    target, file = tmp_path / "target", tmp_path / "log" / "broker.log"
    target.write_text("precious")
    file.parent.mkdir()
    for number in (1, 2):
        file.with_name(f"broker.log.{number}").symlink_to(target)
    write(file, 2, *[LINE] * 35)
    assert target.read_text() == "precious"
    file.unlink()
    file.symlink_to(target)
    with pytest.raises(OSError, match="link"):
        LogFile(file, 2)


def test_where_it_cannot_be_put_aside_it_goes_on_and_is_bounded(tmp_path, monkeypatch):
    file, clock = tmp_path / "broker.log", Clock()
    tried = []

    def refuses(path, mode=0):
        tried.append(path)
        raise PermissionError(13, "Permission denied")

    out = LogFile(file, 2, clock=clock)
    monkeypatch.setattr(log_file.files, "create", refuses)
    for _ in range(20):
        out._put(LINE.encode())
    assert file.read_text() == LINE * 20
    assert len(tried) == 1
    clock.now += AGAIN_S
    out._put(LINE.encode())
    assert len(tried) == 2
    assert file.read_text().startswith("(2,000 bytes are left out here: ")
    assert file.read_text().endswith(f"Permission denied)\n{LINE}")
    out.close()


def test_what_a_full_disk_does_not_take_is_counted_and_no_half_a_line_stays(tmp_path):
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    file = tmp_path / "broker.log"
    out = LogFile(file, 2, clock=Clock())
    resource.setrlimit(resource.RLIMIT_FSIZE, (250, before[1]))
    try:
        for _ in range(5):
            out._put(LINE.encode())
        assert file.read_text() == LINE * 2
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    out._put(b"again\n")
    out.close()
    assert file.read_text() == LINE * 2 + "(3 lines are left out here: the disk refused them)\nagain\n"


def test_the_real_sizes():
    assert FULL_BYTES < 10 * 2**20
