"""`python -m broker compact`: smaller, and nothing else is different."""

import io

import pytest
from loggia.broker.admin import verify
from loggia.broker.admin.compact import compact
from loggia.broker.storage import damage, data_dir, page_checksums
from loggia.broker.storage.hash_chain import BLOCK_EVENTS
from loggia.shared.protocol.errors import StorageBroken, StorageDamaged, StorageFull
from loggia.shared.protocol.limits import LOBBY

from tests.broker.admin.conftest import everything, lives
from tests.broker.disks import a_disk, flip, place_of
from tests.broker.house import House


def rows(house, table):
    return house.log.database.connection.execute(f"SELECT count(*) FROM {table}").get


def test_nothing_changes_but_the_size(house, progress):
    for number in range(600):
        house.say("ada", f"c{number:04d}", "x" * 100, "lab" if number % 50 == 0 else LOBBY)
    token = "token-1"
    held, many = everything(house), {table: rows(house, table) for table in ("chunks", "runs")}
    house.close()
    proofs = verify.verify(house.folder, progress)
    before, after = compact(house.folder, progress)
    assert after < before
    report = verify.verify(house.folder, progress)
    assert report.damage == report.notes == []
    assert report.ends == proofs.ends
    house._open()
    assert house.log.epoch == "epoch-1"
    assert everything(house) == held
    few = {table: rows(house, table) for table in ("chunks", "runs")}
    assert few["chunks"] < many["chunks"] / 10
    assert few["runs"] < many["runs"] / 5
    house.join("ada", token=token)
    for name, events in held.items():  # each id is known as before, also in the middle of a joined row
        for event in [event for event in events if event.nick == "ada" and hasattr(event, "text")]:
            again = house.say("ada", event.id, room=name)
            assert (again.duplicate, again.seq) == (True, event.seq)
    assert not house.say("ada", "d0001").duplicate


def test_rows_stay_within_their_bounds(house, progress):
    for number in range(BLOCK_EVENTS + 10):
        house.say("ada", f"c{number:04d}", "x" * (10_000 if number % 2 else 10), "日本")
    house.close()
    compact(house.folder, progress)
    house._open()
    sizes = list(house.log.database.connection.execute("SELECT lines FROM chunks"))
    assert max(lines.count(b"\n") + 1 for (lines,) in sizes) <= BLOCK_EVENTS
    assert max(len(lines) for (lines,) in sizes) <= 256 * 1024 + 10_000


def test_what_was_compacted_keeps_its_checksums(house, progress):
    house.close()
    compact(house.folder, progress)
    assert page_checksums.damaged(house.folder / "loggia.db") == []
    assert (house.folder / "loggia.db").stat().st_size > 4096
    compact(house.folder, progress)
    house._open()


def test_a_log_that_is_in_use_or_not_there(house, tmp_path, progress):
    with pytest.raises(StorageBroken, match="in use"):
        compact(house.folder, progress)
    with pytest.raises(StorageBroken, match="there is no log at"):
        compact(tmp_path / "nowhere", progress)
    assert not (tmp_path / "nowhere").exists()


def test_an_empty_log(tmp_path, progress):
    House(tmp_path / "empty").close()
    before, after = compact(tmp_path / "empty", progress)
    assert 0 < after <= before


def test_a_full_disk_is_told_and_changes_nothing(tmp_path, progress):
    with a_disk() as disk:
        house = House(tmp_path / "data")
        lives(house)
        held = everything(house)
        house.close()

        class Fills(type(progress)):
            def end(self):  # the events are joined: what comes writes the file anew
                disk.full = True

        with pytest.raises(StorageFull, match="as much room again as the log"):
            compact(house.folder, Fills(io.StringIO(), lambda: 0.0))
        assert disk.refused
        disk.full = False
        house._open()
        assert everything(house) == held
        house.close()


def test_damage_in_the_middle_of_a_room_is_told(house, progress, expect_log):
    for number in range(50):  # so that the ends, which are looked at first, are on other pages
        house.say("ada", f"z{number:04d}", "z" * 4000, "lab")
        house.say("ada", f"y{number:04d}", "y" * 4000)
    house.close()
    file = house.folder / "loggia.db"
    flip(file, place_of(file, "b0100"))
    with pytest.raises(StorageDamaged, match='see the command "verify"'):
        compact(house.folder, progress)
    house._open()


def test_known_damage_is_refused_before_a_broker_steps_aside(house, progress):
    """The house is served: whoever asked for it to step aside would be told that it is in use."""
    damage.keep(house.folder / data_dir.DAMAGE, [damage.Damage("lab", 3, "a changed byte")])
    with pytest.raises(
        StorageBroken, match=r"damaged: room lab from 3 \(a changed byte\)\. Restore it first"
    ):
        compact(house.folder, progress)
