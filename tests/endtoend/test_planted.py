"""Root works in the folder of a service's user, who has planted something there: nothing is followed."""

import contextlib
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from loggia.broker.admin import backup, compact, verify
from loggia.broker.admin.progress import Progress
from loggia.broker.storage import data_dir
from loggia.shared.protocol.errors import LoggiaError, StorageBroken

from tests.broker.admin.conftest import lives
from tests.broker.house import House
from tests.endtoend.processes import HOUSE, Broker, module
from tests.patience import PATIENCE_S
from tests.planted import PLANTS, Planted, as_root, planting

pytestmark = as_root

# every file that a broker or a command makes there, and the names that older versions wrote under first
OF_THE_LOG = ["lock", "loggia.db", "loggia.db-wal", "loggia.db-shm", "loggia.db-journal"]
OF_THE_LOG += ["loggia.heads", "loggia.damage", "control"]
OTHERS = [
    "loggia.heads.new",
    "loggia.damage.new",
    "control.new",
    "loggia.db.format-2",
    "loggia.db.format-2.new",
]


@pytest.fixture(params=["root's place", "a place for all"])
def planted(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Planted]:
    """A log in the folder of a user, who can come there, or not."""
    with planting(tmp_path if request.param == "root's place" else None) as planted:
        house = House(planted.folder)
        lives(house)
        house.close()
        planted.give()
        yield planted


@pytest.fixture
def progress() -> Progress:
    return Progress(io.StringIO(), lambda: 0.0)


def command(planted: Planted, *arguments: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-P", "-W", "error", "-m", "broker", *arguments, "--data", str(planted.folder)]
    return subprocess.run(
        line,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        cwd=planted.victim.parent.parent,
        env={**os.environ, "PYTHONPATH": str(HOUSE)},
        check=False,
    )


def test_commands_of_root_keep_the_folder_its_owner_s(planted, tmp_path, progress):
    mine = tmp_path / "mine"
    mine.mkdir()
    for name in ("verify", "compact", "upgrade"):
        assert command(planted, name).returncode == 0
    assert command(planted, "backup", str(mine / "all.db")).returncode == 0
    assert command(planted, "export", "--room", "lab", "--output", str(mine / "lab.jsonl")).returncode == 0
    restored = command(planted, "restore", str(mine / "all.db"))
    assert restored.returncode == 0, restored.stderr
    refused = command(planted, "import", str(mine / "lab.jsonl"))
    assert "lab" in refused.stderr, "it read what root alone may read"
    for file in mine.iterdir():
        about = file.stat()
        assert (about.st_uid, about.st_mode & 0o777) == (0, 0o600)
    if mine.parent == planted.victim.parent:
        (tmp_path / "mine" / "all.db").unlink()
        (tmp_path / "mine" / "lab.jsonl").unlink()
        mine.rmdir()
    planted.check()
    assert any(file.name.startswith("before-restore-") for file in planted.folder.iterdir())


def test_a_broker_of_root_keeps_the_folder_its_owner_s(planted):
    with Broker(planted.folder) as broker:
        planted.check()
        assert (planted.folder / "control").stat().st_uid
        assert command(planted, "compact").returncode == 0, "it steps aside, and comes back"
        planted.check()
        assert broker.stop() == 0
    planted.check()


def test_a_copy_for_somebody_else_is_that_one_s(planted):
    theirs = planted.folder / "copies"
    theirs.mkdir()
    planted.give()
    assert command(planted, "backup", str(theirs / "all.db")).returncode == 0
    planted.check()


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
@pytest.mark.parametrize("name", OF_THE_LOG)
def test_what_is_planted_in_the_place_of_a_file_of_the_log_is_refused(planted, plant, name, progress):
    plant(planted, name)
    with pytest.raises((StorageBroken, OSError), match=re.escape(str(planted.folder / name))):
        compact.compact(data_dir.of(planted.folder), progress)
    planted.check()


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
@pytest.mark.parametrize("name", ["verify", "compact"])
def test_commands_say_what_was_planted_in_a_line(planted, plant, name):
    plant(planted, "loggia.heads")
    done = command(planted, name)
    assert done.returncode == 1
    assert done.stderr.startswith("ERROR: "), done.stderr
    assert done.stderr.count("\n") == 1
    assert str(planted.folder / "loggia.heads") in done.stderr
    planted.check()


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_what_is_planted_elsewhere_is_let_alone(planted, plant, progress):
    for name in OTHERS:
        plant(planted, name)
    compact.compact(planted.folder, progress)
    planted.check()


@pytest.mark.parametrize("name", ["lock", "loggia.db", "loggia.db-wal", "control"])
def test_a_broker_of_root_says_what_was_planted(planted, name):
    planted.link(name)
    with module("broker", "--data", str(planted.folder), "--front-door", "off") as broker:
        assert broker.wait() == 1
        assert str(planted.folder / name) in "\n".join(broker.lines)
        assert len(broker.lines) == 1
    planted.check()


@pytest.mark.parametrize("plant", [Planted.link, Planted.hard_link], ids=lambda plant: plant.__name__)
@pytest.mark.parametrize("name", OF_THE_LOG[2:])
def test_what_is_planted_behind_the_look_leads_nowhere(caplog, monkeypatch, progress, plant, name):
    """Where the user can come root has that user's rights, so it is not a matter of who is faster."""
    caplog.set_level("CRITICAL", "loggia")
    with planting(None) as planted:
        house = House(planted.folder)
        lives(house)
        house.close()
        planted.give()
        plant(planted, name)
        monkeypatch.setattr(data_dir, "refuse_shared", lambda folder: None)
        for work in (verify.verify, lambda data, progress: House(data).close()):
            with contextlib.suppress(LoggiaError, OSError):
                work(planted.folder, progress)
            planted.check()
        assert os.geteuid() == 0


def test_a_link_of_a_user_to_the_log_of_another_is_not_followed(planted, tmp_path):
    log = tmp_path / "root's log"
    House(log).close()
    before = {file.name: file.read_bytes() for file in log.iterdir()}
    for file in list(planted.folder.iterdir()):
        file.unlink()
    for name in before:
        (planted.folder / name).symlink_to(log / name)
        os.chown(planted.folder / name, 12345, 12346, follow_symlinks=False)
    done = command(planted, "compact")
    assert done.returncode == 1
    assert "is a link of another user" in done.stderr
    assert {file.name: file.read_bytes() for file in log.iterdir()} == before
    assert {file.stat().st_uid for file in log.iterdir()} == {0}


def test_a_backup_is_read_beside_what_was_planted(planted, tmp_path, progress):
    """What is no file of the log is of no interest."""
    planted.link("broker.log")
    backup.backup(planted.folder, tmp_path / "copied" / "all.db", progress)
    (tmp_path / "copied" / "all.db").unlink()
    (tmp_path / "copied").rmdir()
    planted.check()
