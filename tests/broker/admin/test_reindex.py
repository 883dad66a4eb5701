"""`python -m broker reindex`: the index of the search, from the log."""

import argparse
import contextlib
import secrets

import apsw
import pytest
from loggia.broker.admin.reindex import reindex, run
from loggia.broker.storage import damage, data_dir
from loggia.broker.storage.damage import Damage
from loggia.broker.storage.indexing import Indexing
from loggia.broker.storage.log import Log
from loggia.shared.protocol.errors import StorageBroken, StorageFull

from tests.broker.house import House


def is_whole(folder):
    """Whether a broker that starts now has nothing to add to it."""
    with (
        contextlib.closing(Log(folder, secrets.token_hex(8))) as log,
        contextlib.closing(Indexing(folder, log)) as index,
    ):
        index.begin(log.load_rooms().values())
        return index.is_complete and index.progress()


def test_all_of_the_log_is_in_it(house, progress, capsys):
    events = sum(len(house.events(name)) for name in ("lobby", "lab", "日本"))
    house.close()
    assert run(house.folder, argparse.Namespace(), progress) == 0
    assert f"Indexed: {events} events, in " in capsys.readouterr().out
    assert is_whole(house.folder) == (events, events)


def test_one_that_is_there_is_thrown_away(house, progress):
    house.close()
    reindex(house.folder, progress)
    file = house.folder / data_dir.SEARCH
    with contextlib.closing(apsw.Connection(str(file))) as db:
        db.execute("DELETE FROM words_0_data")
    assert is_whole(house.folder), "nobody has looked"
    reindex(house.folder, progress)
    with contextlib.closing(apsw.Connection(str(file))) as db:
        assert db.execute("SELECT count(*) FROM words_0 WHERE words_0 MATCH ?", ('"single"',)).get == 40


def test_ended_in_the_middle_the_broker_goes_on_with_it(house, progress, monkeypatch):
    house.close()
    steps = []

    def interrupted(index, for_s):
        if steps:
            raise KeyboardInterrupt
        steps.append(0)
        return step(index, 0.001)

    step = Indexing.step
    with monkeypatch.context() as patched:
        patched.setattr(Indexing, "step", interrupted)
        with pytest.raises(KeyboardInterrupt):
            reindex(house.folder, progress)
    with contextlib.closing(House(house.folder, searched=True)) as again:
        while again.index.step():
            pass
        assert again.index.is_complete


def test_a_full_disk_is_a_sentence(house, progress, monkeypatch, expect_log):
    house.close()
    monkeypatch.setattr("loggia.broker.storage.search_index.SearchIndex.add", _full)
    expect_log("cannot be written")
    with pytest.raises(StorageFull, match="the broker goes on with it"):
        reindex(house.folder, progress)


def _full(index, entries):
    raise apsw.FullError("database or disk is full")


def test_a_damaged_log_is_restored_first(house, progress):
    house.close()
    damage.keep(house.folder / data_dir.DAMAGE, [Damage(None, 0, "a page is not what was written")])
    with pytest.raises(StorageBroken):
        reindex(house.folder, progress)
