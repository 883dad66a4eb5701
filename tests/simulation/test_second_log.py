"""What was ordered is all that a second log needs to become the same, byte for byte; docs/decisions/0013."""

import os
import re
import secrets
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from loggia.broker.core import ordered, rooms
from loggia.broker.core.entries import Entries
from loggia.broker.core.ordered import Newcomer, Ordered
from loggia.broker.sessions.hub import Hub
from loggia.broker.storage.accounts import Accounts
from loggia.shared.protocol.answers import Error, Stored
from loggia.shared.protocol.requests import Join

from tests.simulation import histories, second_log
from tests.simulation.__main__ import first_broken
from tests.simulation.second_log import Opened, fingerprint

SEEDS = range(200)
FEW = range(10)
HOUSE = Path(__file__).parent.parent.parent


def lived(seeds, monkeypatch, **how):
    """The records of these histories, each followed by a second log."""
    records = []
    follow = second_log.follow

    def follow_and_keep(record):
        records.append(record)
        return follow(record, **how)

    monkeypatch.setattr(histories, "follow", follow_and_keep)
    broken = first_broken(seeds, followed=True)
    assert broken is None, f"seed {broken.seed}: {broken.wrong}"
    assert len(records) == len(seeds)
    return records


def test_a_second_log_to_which_the_same_bytes_are_applied_is_the_same(monkeypatch):
    seen = Counter()
    for record in lived(SEEDS, monkeypatch):
        seen["failed"] += record.failed
        for entry in record.entries:
            if isinstance(entry, Opened):
                seen["opened"] += 1
                seen["put back"] += entry.put_back
                seen["died while it was applied"] += entry.pending is not None
                continue
            commands = ordered.decode(entry.encoded).commands
            seen.update(type(command.request).__name__ for command in commands)
            seen["several"] += len(commands) > 1
            for command, result in zip(commands, entry.results, strict=True):
                newcomer = command.drawn if isinstance(command.drawn, Newcomer) else None
                seen["newcomer"] += newcomer is not None
                seen["visitor"] += newcomer is not None and newcomer.visitor
                seen["resumed"] += isinstance(command.request, Join) and command.drawn is None
                seen["bot"] += command.bot
                seen["again"] += isinstance(result, Stored) and result.duplicate
                seen["refused"] += isinstance(result, Error)
    assert seen["opened"] > 2 * len(SEEDS), "no broker was ever started again"
    wanted = ["put back", "died while it was applied", "several", "newcomer", "visitor", "resumed", "bot"]
    wanted += ["again", "refused", "failed"]
    wanted += [kind.__name__ for kind in get_args(ordered.Durable)]
    assert [what for what in wanted if not seen[what]] == []


def test_a_second_log_need_not_remember_what_is_not_in_it(monkeypatch):
    lived(FEW, monkeypatch, restless=True)


def fingerprints(seeds):
    return [fingerprint(histories.run(seed, followed=True).record) for seed in seeds]


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_a_process_that_hashes_otherwise_orders_and_decides_the_same(hash_seed):
    here = f"from {__name__} import FEW, fingerprints; print(*fingerprints(FEW))"
    run = subprocess.run(
        [sys.executable, "-c", here],
        cwd=HOUSE,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.split() == fingerprints(FEW)


def test_being_followed_changes_nothing():
    seed = 7
    assert histories.run(seed, traced=True, followed=True).trace == histories.run(seed, traced=True).trace


# -- It would be seen --------------------------------------------------------------------------


def replaced(command, **fields):
    return msgspec.structs.replace(command, **fields)


def apply_reads_the_clock(patch):
    """A message gets the time at which it is applied."""
    enter = Entries.enter
    patch.setattr(
        Entries,
        "enter",
        lambda self, command, *more: enter(self, replaced(command, at=time.time_ns()), *more),
    )


def apply_takes_a_chance(patch):
    """Who joins gets a time that is drawn."""
    joined = rooms.joined

    def joined_somewhen(room, person, command):
        return replaced(joined(room, person, command), at=room.at + secrets.randbelow(1000))

    patch.setattr(rooms, "joined", joined_somewhen)


def apply_asks_the_sessions(patch):
    """Whether a bot said it is asked of who is connected when it is applied."""
    hubs = []
    connect, enter = Hub.connect, Entries.enter

    def connect_and_be_known(self, key, visitor):
        hubs[:] = [self]
        connect(self, key, visitor)

    patch.setattr(Hub, "connect", connect_and_be_known)
    patch.setattr(
        Entries,
        "enter",
        lambda self, command, *more: enter(
            self, replaced(command, bot=len(hubs[0].peers_in_session()) > 2), *more
        ),
    )


def something_that_counts_is_not_ordered(patch):
    """That a bot said it stays behind in this process."""
    encode = ordered.encode

    def encode_less(batch):
        return encode(Ordered(batch.epoch, [replaced(command, bot=False) for command in batch.commands]))

    patch.setattr(ordered, "encode", encode_less)


def results_are_kept_in_what_was_ordered(patch):
    """The command is changed while it is decided."""
    enter = Entries.enter

    def enter_and_keep(self, command, *more):
        result = enter(self, command, *more)
        msgspec.structs.force_setattr(command, "at", command.at - 1)
        return result

    patch.setattr(Entries, "enter", enter_and_keep)


def numbers_depend_on_when_the_log_was_opened(patch):
    """The number of a visitor who is gone is given again, if the broker was started in between."""
    query = "SELECT coalesce(max(number), 0) FROM accounts"
    patch.setattr(Accounts, "last", lambda self: self._db.execute(query).get)


PLANTS = [
    (apply_reads_the_clock, "what came of a batch"),
    (apply_takes_a_chance, "the log's|what came of a batch"),
    (apply_asks_the_sessions, "the log's"),
    (something_that_counts_is_not_ordered, "the log's"),
    (results_are_kept_in_what_was_ordered, "is not the same any more"),
    (numbers_depend_on_when_the_log_was_opened, "the log's accounts|the state's numbers"),
]


@pytest.mark.parametrize(("plant", "words"), PLANTS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_planted_difference_is_found(plant, words, monkeypatch):
    plant(monkeypatch)
    broken = first_broken(SEEDS, followed=True)
    assert broken is not None, "nobody sees that the second log is another one"
    assert re.search(words, broken.wrong), broken.wrong
