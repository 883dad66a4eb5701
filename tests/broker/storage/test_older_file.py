"""An old file of the log is put back by hand, and the broker dies in its starts over it, at every step.

Or a command that works on the log dies. Then either the log has a new life, or no number is given twice: what
clients hold stays true. Real files; a death is what is left of them at a moment that was watched.
"""

import io
import itertools
import random
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from loggia.broker.admin.backup import backup
from loggia.broker.admin.compact import compact
from loggia.broker.admin.export import as_lines
from loggia.broker.admin.import_ import take_in
from loggia.broker.admin.progress import Progress
from loggia.broker.admin.restore import restore
from loggia.broker.admin.snapshot import snapshot
from loggia.shared.protocol.events import PresenceEvent
from loggia.shared.protocol.limits import LOBBY

from tests.broker.house import House
from tests.broker.power import Platter, a_watched_disk

ROOMS = [LOBBY, "lab"]
KILLED, NO_POWER = "everything", ["nothing", "some", "torn"]  # of what was not synced is left
AGAIN = 7  # of the restores that died, one in so many is begun again
SECOND_DEATHS = 1  # of the moments of a first death, one after which every moment of a second one is tried

_numbers = itertools.count(1)


def silent() -> Progress:
    return Progress(io.StringIO(), lambda: 0.0)


class Life(House):
    """A broker's process. Its epoch, accounts and ids are nobody else's."""

    def _open(self):
        self._lives = next(_numbers)
        super()._open()

    def _mint(self, visitor):
        number = next(_numbers)
        return f"account-{number}", f"token-{number}"

    def talk(self, rooms=ROOMS, messages=0):
        """Somebody comes into each room and says something; returns the events, by what each alone has."""
        self.published.clear()
        name = f"guest {next(_numbers)}"
        self.join(name, name)
        for room in rooms:
            self.join(name, room=room)
            for _ in range(messages):
                self.say(name, f"{next(_numbers):09d}", "words", room)
        events = [event for event in self.published if not isinstance(event, PresenceEvent)]
        return {(self.log.epoch, event.room, event.seq): event for event in events}


class Town:
    """One log's whole past. `given`: all events that anybody was told of; `files`: backups of it."""

    def __init__(self, tmp_path: Path, ended: str) -> None:
        self.data = tmp_path / "data"
        self.files: dict[str, bytes] = {}
        self.given: dict[tuple, object] = {}
        file = self.data / "loggia.db"
        Life(self.data).close()
        self.files["empty"] = file.read_bytes()
        self._lives(Life(self.data)).close()
        self.files["older"] = file.read_bytes()
        self._lives(Life(self.data)).close()
        self.files["a little older"] = file.read_bytes()
        with a_watched_disk(self.data) as disk:
            house = self._lives(Life(self.data), 3)
            moment = len(disk.history)
            backup(self.data, tmp_path / "backup.db", silent())
            self.files["of the end"] = (tmp_path / "backup.db").read_bytes()
            disk.look()
            platter = Platter(disk.before)
            for op in disk.history[:moment]:
                platter.do(op)
            house.close()
        if ended != "stopped":
            shutil.rmtree(self.data)
            way = {"killed": "everything", "lost power": "nothing"}[ended]
            lay_out(platter, self.data, way, random.Random(1))

    def _lives(self, house: Life, messages: int = 1) -> Life:
        self.given |= house.talk(messages=messages)
        return house

    def put_back(self, what: str) -> None:
        for name in ("loggia.db-wal", "loggia.db-shm"):
            (self.data / name).unlink(missing_ok=True)
        (self.data / "loggia.db").write_bytes(self.files[what])


def lay_out(platter: Platter, data: Path, way: str, chance: random.Random) -> None:
    platter.lose_power(data, way, chance)
    for file in data.glob("lock*"):  # SQLite on a watched disk cannot read a lock that was left behind
        file.unlink()


class Deaths:
    """What is left of a folder when whoever works on it dies at each step of it.

    `given`: what was given away until then, by the number of steps that were done before.
    """

    def __init__(self, data: Path, work: Callable[[Path], dict]) -> None:
        with a_watched_disk(data) as disk:
            self.given = work(data)
            disk.look()
            self.moment = len(disk.history)
        self.before, self.history = disk.before, disk.history

    def left(self, where: Path, chance: random.Random, steps=None):
        """Yields each folder, after kill -9 and after a power loss; and what was given before."""
        platter = Platter(self.before)
        for step in range(len(self.history) + 1):
            for way in [KILLED, chance.choice(NO_POWER)] if steps is None or step in steps else []:
                lay_out(platter, where, way, chance)
                yield where, self.given if step >= self.moment else {}
                shutil.rmtree(where)
            if step < len(self.history):
                platter.do(self.history[step])


def serve(data: Path, rooms=ROOMS[:1]) -> dict:
    """A start, and somebody who comes in; what was given away."""
    house = Life(data)
    try:
        return {} if house.log.frozen else house.talk(rooms)
    finally:
        house.close()


def nothing_is_given_twice(data: Path, given: dict) -> None:
    for key, event in serve(data, ROOMS).items():
        assert given.get(key, event) == event, key


@pytest.fixture
def where():
    """Where is looked at what is left: in memory if possible, since nothing there must last."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as place:
        yield Path(place)


@pytest.fixture(autouse=True)
def _new_lives_are_expected(caplog):
    caplog.set_level("CRITICAL", "loggia")


ENDED = ["stopped", "killed", "lost power"]
FILES = ["empty", "a little older", "of the end"]


@pytest.mark.parametrize("what", FILES)
@pytest.mark.parametrize("ended", ENDED)
def test_the_first_start_over_an_old_file_dies_at_any_step(tmp_path, where, ended, what):
    town = Town(tmp_path, ended)
    town.put_back(what)
    deaths = Deaths(town.data, serve)
    assert len(deaths.history) > 20
    for data, given in deaths.left(where / "data", random.Random(1)):
        nothing_is_given_twice(data, town.given | given)


@pytest.mark.parametrize(("ended", "what"), [("stopped", "empty"), ("lost power", "a little older")])
def test_the_second_start_over_an_old_file_dies_as_well(tmp_path, where, ended, what):
    chance = random.Random(2)
    town = Town(tmp_path, ended)
    town.put_back(what)
    first = Deaths(town.data, serve)
    steps = chance.sample(range(first.moment), SECOND_DEATHS)
    for data, given in first.left(where / "first", chance, steps):
        second = Deaths(data, serve)
        for again, more in second.left(where / "second", chance):
            nothing_is_given_twice(again, town.given | given | more)


def test_two_old_files_are_put_back_one_after_the_other(tmp_path, where):
    town = Town(tmp_path, "lost power")
    for what in ("older", "a little older", "empty", "of the end"):
        town.put_back(what)
        for key, event in serve(town.data, ROOMS).items():
            assert town.given.setdefault(key, event) == event
    town.put_back("a little older")
    for data, given in Deaths(town.data, serve).left(where / "data", random.Random(3)):
        nothing_is_given_twice(data, town.given | given)


@pytest.mark.parametrize("harm", ["missing", "another record", "another header", "short", "empty"])
def test_what_tells_how_far_the_log_had_come_is_not_as_it_was(tmp_path, where, harm):
    town = Town(tmp_path, "stopped")
    town.put_back("older")
    heads = town.data / "loggia.heads"
    content = bytearray(heads.read_bytes())
    if harm == "missing":
        heads.unlink()
    else:
        content[{"another record": 70, "another header": 20}.get(harm, 0)] ^= 1
        heads.write_bytes({"short": content[:60], "empty": b""}.get(harm, content))
    for data, given in Deaths(town.data, serve).left(where / "data", random.Random(4)):
        nothing_is_given_twice(data, town.given | given)


@pytest.mark.parametrize("what", FILES)
def test_only_the_database_is_put_back_and_the_wal_is_left_there(tmp_path, where, what):
    town = Town(tmp_path, "killed")
    (town.data / "loggia.db").write_bytes(town.files[what])
    for data, given in Deaths(town.data, serve).left(where / "data", random.Random(5)):
        nothing_is_given_twice(data, town.given | given)


@pytest.mark.parametrize("ended", ["stopped", "killed"])
def test_a_restore_that_dies_at_any_step(tmp_path, where, ended):
    """The old log, a log that stores nothing until it is restored, or the new one."""
    town = Town(tmp_path, ended)
    file = tmp_path / "old.db"
    file.write_bytes(town.files["older"])

    def work(data):
        restore(data, file, silent())
        return {}

    deaths = Deaths(town.data, work)
    assert len(deaths.history) > 20
    for number, (data, _) in enumerate(deaths.left(where / "data", random.Random(6))):
        nothing_is_given_twice(data, town.given)
        if number % AGAIN == 0:
            restore(data, file, silent())
            assert serve(data), "restored again it serves"


def test_a_compact_that_dies_at_any_step(tmp_path, where):
    town = Town(tmp_path, "killed")

    def work(data):
        compact(data, silent())
        return {}

    for data, _ in Deaths(town.data, work).left(where / "data", random.Random(7)):
        nothing_is_given_twice(data, town.given)


def test_an_import_that_dies_at_any_step(tmp_path, where):
    town = Town(tmp_path, "killed")
    house = Life(tmp_path / "other")
    house.join("ada", "ada", "tea")
    house.say("ada", "1", "words", "tea")
    house.close()
    with snapshot(tmp_path / "other" / "loggia.db") as log, (tmp_path / "tea.ndjson").open("wb") as out:
        as_lines(
            log, {number: name for number, name in log.rooms.items() if name == "tea"}, out.write, silent()
        )

    def work(data):
        take_in(data, tmp_path / "tea.ndjson", silent())
        return {}

    for data, _ in Deaths(town.data, work).left(where / "data", random.Random(8)):
        nothing_is_given_twice(data, town.given)


def test_a_log_that_was_only_killed_goes_on_in_its_life(tmp_path, where):
    """No new life without a reason: at each step of a run, of its end, and of the next start."""
    town = Town(tmp_path, "killed")
    epoch = next(reversed(town.given))[0]
    for data, given in Deaths(town.data, serve).left(where / "data", random.Random(9)):
        served = serve(data)
        assert {key[0] for key in served} == {epoch}
        assert not served.keys() & (town.given | given).keys()
