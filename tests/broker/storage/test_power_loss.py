"""A broker's disk at each moment at which the power can fail: what was answered is there, once, in order.

docs/protocol.md, "Order of things". The whole run happens on a disk that is watched; then each sync point of
it is taken as the last, with nothing, something or everything of what was not synced. Pure but for SQLite.
"""

import random
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from loggia.broker.storage import mixed
from loggia.shared.protocol.answers import Stored
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import End, Leave, Message

from tests.broker.house import House
from tests.broker.power import Platter, Synced, Truncated, Wrote, a_watched_disk

ROOMS = [LOBBY, "lab", "attic"]
WRITERS = ["ada", "bob", "kim"]
TURNS = 40
CHECKPOINT_PAGES = 60  # of the WAL, instead of the 4000 that a short run never fills
SAMPLE = 4  # of what was answered, asked again after each loss
SEED = 1


class IdRange(House):
    """A broker at work. `answered`: (how far the disk's history was, who, request, answer)."""

    def __init__(self, folder, disk, chance):
        self.answered = []
        self._disk = disk
        self._chance = chance
        self._asked = {}
        self._numbers = iter(range(1, 1_000_000))
        super().__init__(folder)
        self.tokens = {nick: self.join(nick, nick).token for nick in WRITERS}
        for nick in WRITERS:
            for room in ROOMS[1:]:
                self.join(nick, room=room)

    def turn(self):
        effects = super().turn()
        self._disk.look()
        for nick, answers in effects.answers.items():
            self.answered += [
                (len(self._disk.history), nick, self._asked[nick, answer.id], answer)
                for answer in answers
                if isinstance(answer, Stored) and not answer.duplicate and (nick, answer.id) in self._asked
            ]
        return effects

    def go_on(self):
        """Several people do something at once."""
        for nick in self._chance.sample(WRITERS, self._chance.randint(1, len(WRITERS))):
            self.arrive(nick, *[self._message(nick) for _ in range(self._chance.choice([1, 3, 20]))])
        self._chance.choice([self._guest, self._moves_out_and_in, self._repeats, self.run])()
        self.log.rest(self.now)
        self.passes(0.5)

    def stops_and_starts(self):
        self.restart()
        for nick in WRITERS:
            self.join(nick, token=self.tokens[nick])

    def _message(self, nick):
        number = next(self._numbers)
        # an id that is shorter than one before is out of order, and kept in another way
        chosen = f"s{number}" if self._chance.random() < 0.1 else f"{number:09d}"
        text = f"{number} " + "x" * self._chance.choice([1, 50, 5000])
        message = Message(id=chosen, room=self._chance.choice(ROOMS), text=text)
        self._asked[nick, chosen] = message
        return message

    def _guest(self):
        number = next(self._numbers)
        self.join(f"guest {number}", f"guest {number}")
        self.ask(f"guest {number}", End(id="end"))

    def _moves_out_and_in(self):
        nick = self._chance.choice(WRITERS)
        self.ask(nick, Leave(id=f"leave-{next(self._numbers)}", room="attic"))
        self.join(nick, room="attic")

    def _repeats(self):
        self.run()
        _, nick, request, answer = self._chance.choice(self.answered)
        (again,) = self.ask(nick, request)
        assert again == again_of(answer)


def again_of(answer):
    return Stored(id=answer.id, room=answer.room, seq=answer.seq, at=answer.at, duplicate=True)


@pytest.fixture
def run_once(tmp_path, monkeypatch):
    """Lets a broker work on a watched disk; gives what it did, the history, and the logs."""

    def run_once(chance, synchronous="FULL", turns=TURNS):
        monkeypatch.setattr("loggia.broker.storage.database.CHECKPOINT_PAGES", CHECKPOINT_PAGES)
        monkeypatch.setattr("loggia.broker.storage.compaction.QUIET_S", 1.0)
        monkeypatch.setattr("loggia.broker.storage.compaction.LEAST_ROWS", 2)
        folder = tmp_path / "data"
        folder.mkdir()
        with a_watched_disk(folder) as disk:
            run = IdRange(folder, disk, chance)
            run.log._db.pragma("synchronous", synchronous)
            for number in range(turns):
                run.go_on()
                if synchronous == "FULL" and number in (turns // 3, 2 * turns // 3):
                    run.stops_and_starts()
            logs = {room: run.events(room) for room in ROOMS}
            history = list(disk.history)
            run.close()
        return run, history, logs

    return run_once


@pytest.fixture
def after():
    """Where a disk is looked at after a loss: in memory if possible, since nothing there must last."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder) / "data"


def every_loss(history, run, logs, folder, chance):
    """Take each sync point as the last moment before the power failed, in several ways.

    If somebody then removes the file that tells how far the log had come, all that was answered is there all
    the same.
    """
    platter = Platter()
    losses = Counter()

    def check(at, survives, gone=False):
        platter.lose_power(folder, survives, chance)
        if gone:
            (folder / "loggia.heads").unlink(missing_ok=True)
        all_is_there(folder, run, [given for given in run.answered if given[0] <= at], logs, chance)
        shutil.rmtree(folder)
        losses[survives] += 1

    for at, op in enumerate(history):
        if isinstance(op, Synced):
            for survives in ("nothing", "everything", "some", "torn"):
                check(at, survives)
        platter.do(op)
        if isinstance(op, Synced):
            check(at + 1, "nothing", gone=chance.random() < 0.1)
    check(len(history), "nothing")
    return losses


def all_is_there(folder, run, answered, logs, chance):
    """What was answered is there, once, at its place; nothing that never was; and the broker works on."""
    back = House(folder)
    try:
        world = back.log.load()
        for room in {answer.room for _, _, _, answer in answered}:
            assert room in world.rooms, f"{room} is gone"
        held = {room: back.events(room) for room in world.rooms.keys() & logs.keys()}
        for room, events in held.items():
            assert events == logs[room][: len(events)]
        for _, _, request, answer in answered:
            assert answer.seq <= len(held[answer.room]), f"answered messages in {answer.room} are lost"
            event = held[answer.room][answer.seq - 1]
            assert (event.id, event.text, event.at) == (request.id, request.text, answer.at)
        if answered:
            works_on(back, run, answered[-SAMPLE:] + chance.choices(answered, k=SAMPLE))
    finally:
        back.close()


def works_on(back, run, sample):
    """Whoever asks again gets the first answer, and what is new is stored behind all."""
    for nick in {nick for _, nick, _, _ in sample}:
        back.join(nick, token=run.tokens[nick])
    for _, nick, request, first in sample:
        assert back.ask_one(nick, request) == again_of(first)
    nick = sample[0][1]
    head = back.join(nick, room=LOBBY).head
    assert back.say(nick, "new after the loss").seq == head + 1
    back.restart()
    assert back.log.load().rooms[LOBBY].head == head + 1


@pytest.mark.parametrize("together", [False, True])
def test_what_was_answered_survives_a_power_loss_at_every_sync_point(
    run_once, after, monkeypatch, expect_log, together
):
    if together:  # the rooms lie in rows with others, as those of a batch over many do
        for name, value in {"FEW_ROOMS": 0, "DUE_EVENTS": 30, "MANY_PARTS": 4}.items():
            monkeypatch.setattr(mixed, name, value)
    expect_log("begins a new life, because nothing beside it says how far it had come")
    run, history, logs = run_once(random.Random(SEED))
    assert len(run.answered) > 200
    copied_back = [op for op in history if isinstance(op, Synced) and op.name == "loggia.db"]
    assert len(copied_back) >= 5, "there were checkpoints"
    assert any(
        isinstance(op, Wrote) and op.name == "loggia.db-wal" and op.offset == 0 for op in history[500:]
    )
    losses = every_loss(history, run, logs, after, random.Random(SEED))
    assert min(losses.values()) >= TURNS


def test_it_survives_where_a_wal_that_had_grown_is_cut(run_once, after, monkeypatch, caplog):
    """That what it held is void is on the disk before some of it is gone: the rest would be an older log."""
    caplog.set_level("CRITICAL", "loggia")  # as above
    monkeypatch.setattr("loggia.broker.storage.page_checksums.KEPT_BYTES", 10 * 4096)
    run, history, logs = run_once(random.Random(SEED), turns=TURNS // 2)
    assert any(isinstance(op, Truncated) and op.name == "loggia.db-wal" and op.size for op in history)
    every_loss(history, run, logs, after, random.Random(SEED))


@pytest.mark.parametrize("synchronous", ["NORMAL", "OFF"])
def test_a_log_that_answers_before_the_sync_would_be_found_out(run_once, after, synchronous, caplog):
    caplog.set_level("CRITICAL", "loggia")  # what the log itself notices of it depends on the chances
    run, history, logs = run_once(random.Random(SEED), synchronous)
    with pytest.raises(AssertionError, match=r"are lost|is gone"):
        every_loss(history, run, logs, after, random.Random(SEED))


def test_a_loss_keeps_what_was_synced_and_any_part_of_the_rest(tmp_path):
    platter, chance = Platter(), random.Random(1)
    for op in [
        Wrote("a", 0, b"1" * 2000),
        Synced("a", True),
        Wrote("a", 2000, b"2" * 2000),
        Truncated("b", 0),
    ]:
        platter.do(op)
    found = {}
    for survives in ("nothing", "everything", "some", "torn"):
        platter.lose_power(tmp_path / survives, survives, chance)
        found[survives] = (tmp_path / survives / "a").read_bytes()
        assert found[survives][:2000] == b"1" * 2000
    assert (found["nothing"], found["everything"]) == (b"1" * 2000, b"1" * 2000 + b"2" * 2000)
    assert 2000 < len(found["torn"]) < 4000 or found["torn"] == found["everything"]
    assert Counter(found["some"]).keys() == {ord("1"), ord("2"), 0}
