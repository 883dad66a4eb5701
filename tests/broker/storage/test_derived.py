"""What follows from the events is made again beside what is kept, whatever that holds."""

import pytest
from loggia.broker.storage import derived, tallies
from loggia.broker.storage.derived import TABLES

from tests.broker.storage.remade import made_again
from tests.broker.storage.test_tallies import Life

CHANGES = {
    "message_states": ["DELETE FROM message_states WHERE place = (SELECT min(place) FROM message_states)"],
    "threads": ["INSERT INTO threads VALUES(7, 8)"],
    "tallies": ["UPDATE tallies SET messages = messages + 1 WHERE place = (SELECT max(place) FROM tallies)"],
    "spoken": ["UPDATE spoken SET account = 'nobody' WHERE place = (SELECT min(place) FROM spoken)"],
    "deleted": ["UPDATE deleted SET account = 'nobody'"],
    "mentions": ["DELETE FROM mentions", "INSERT INTO mentions VALUES(3, 'nobody')"],
}


@pytest.fixture
def lived(open_house, monkeypatch):
    """The database of rooms in which people talked, edited and deleted."""
    monkeypatch.setattr(tallies, "BLOCK", 4)
    house = open_house()
    life = Life(house, 3)
    for _ in range(40):
        life.step()
    return house.log.database


def everything(db):
    return {table: sorted(db.execute(f"SELECT * FROM main.{table}")) for table in TABLES}


@pytest.mark.parametrize("most", [1, 3, 20_000])
def test_it_is_the_same_however_little_is_held_in_memory(lived, monkeypatch, most):
    monkeypatch.setattr(derived, "MOST_CHANGED", most)
    before = everything(lived.connection)
    assert all(before[table] for table in ("message_states", "tallies", "spoken", "deleted", "mentions"))
    with made_again(lived.connection) as made:
        assert made.others() == {}
    assert everything(lived.connection) == before


@pytest.mark.parametrize("table", CHANGES)
def test_what_was_changed_is_found_and_made_again(lived, table):
    db = lived.connection
    before = everything(db)
    for change in CHANGES[table]:
        db.execute(change)
    changed = everything(db)
    with made_again(db) as made:
        others = made.others()
        assert others == {table: len(set(before[table]) ^ set(changed[table]))}
        assert everything(db) == changed, "nothing is written"
        with lived.transaction():
            assert made.put() == others[table]
        assert made.others() == {}
    assert everything(db) == before
    assert db.execute("SELECT count(*) FROM temp.sqlite_master").get == 0
