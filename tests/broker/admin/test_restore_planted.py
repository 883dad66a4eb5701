"""Root restores a backup that lies in somebody else's folder: what is planted beside it is not read."""

import shutil

import pytest
from loggia.broker.admin.backup import backup
from loggia.broker.admin.restore import restore

from tests.planted import PLANTS, as_root, planting


@pytest.fixture
def planted(house, tmp_path, progress):
    with planting(tmp_path / "place") as planted:
        backup(house.folder, planted.folder / "all.db", progress)
        planted.give()
        yield planted


@as_root
@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_what_is_planted_beside_a_backup_is_not_taken_for_its_wal(planted, tmp_path, progress, plant):
    """Else a user would have what root alone may read copied into a folder of his own."""
    plant(planted, "all.db-wal")
    with pytest.raises(OSError, match=r"all\.db-wal"):
        restore(tmp_path / "other", planted.folder / "all.db", progress)
    assert not (tmp_path / "other").exists()
    planted.check()


@as_root
def test_one_in_the_folder_of_another_is_restored(planted, tmp_path, progress):
    restore(tmp_path / "other", planted.folder / "all.db", progress)
    planted.check()
    shutil.rmtree(tmp_path / "other")
