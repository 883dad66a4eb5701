"""One history from one seed: what is said, and what goes wrong meanwhile. Runs in the caller's thread.

Each history picks some of the faults and makes them frequent, and makes some of the product's bounds small,
so that few events reach far.
"""

import random
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import loggia.broker.doors.zeromq.frames
import loggia.broker.sessions.paging
import loggia.broker.storage.chunks
import loggia.broker.storage.compaction
import loggia.broker.storage.database
import loggia.broker.storage.hash_chain
import loggia.broker.storage.mixed
import loggia.broker.storage.seals
import loggia.shared.client.session.outbox
import loggia.shared.client.sync.backfill
import loggia.shared.client.sync.cursor
import msgspec

from tests.simulation.acts import FAULTS, TALK
from tests.simulation.changing import CHANGES
from tests.simulation.ledger import Violation
from tests.simulation.meeting import MEETINGS
from tests.simulation.ruling import RULES
from tests.simulation.second_log import Record, follow
from tests.simulation.world import World, silence

SHORTEST_S, LONGEST_S = 5.0, 30.0  # how long things go wrong, in simulated time, but for the nights
FEWEST_ACTS, MOST_ACTS = 10, 45

# Bounds of the product, and values at which a few events reach them; wherever they are known.
BLOCK_EVENTS = (
    loggia.broker.storage.hash_chain,
    loggia.broker.storage.chunks,
    loggia.broker.storage.seals,
)
BOUNDS: list[tuple[object, str, list[int]]] = [
    (loggia.shared.client.sync.backfill, "LONG_ABSENCE", [3, 12]),
    (loggia.shared.client.sync.backfill, "FIRST_PAGE", [2, 5]),
    (loggia.shared.client.sync.cursor, "PAGE", [1, 3]),
    (loggia.shared.client.sync.cursor, "MOST_AHEAD", [3]),
    (loggia.shared.client.session.outbox, "WINDOW", [1, 4]),
    (BLOCK_EVENTS, "BLOCK_EVENTS", [1, 3]),
    (loggia.broker.storage.mixed, "FEW_ROOMS", [0, 1]),
    (loggia.broker.storage.mixed, "DUE_EVENTS", [2, 5]),
    (loggia.broker.storage.mixed, "MANY_PARTS", [1, 10]),
    (loggia.broker.storage.chunks, "PAGE_BYTES", [300, 2000]),
    (loggia.broker.storage.compaction, "QUIET_S", [1.0, 10.0]),
    (loggia.broker.storage.compaction, "LEAST_ROWS", [2, 4]),
    (loggia.broker.storage.database, "CHECKPOINT_PAGES", [1, 8, 30]),
    (loggia.broker.sessions.paging, "HISTORY_BYTES", [500]),
    (loggia.broker.doors.zeromq.frames, "FRAME_EVENTS", [1, 3]),
]


class Outcome(msgspec.Struct):
    """What became of one seed: `wrong` is empty when every promise was kept. `events`: stored and seen.

    `record`: what was applied, if it was followed.
    """

    seed: int
    wrong: str
    events: int
    trace: list[str]
    record: Record | None = None


def run(seed: int, *, traced: bool = False, followed: bool = False) -> Outcome:
    """Live through the history of this seed; the same one every time. `followed`: with a second log."""
    with silence(), _bounds(random.Random(~seed)):
        world = World(seed, traced=traced, recorded=followed)
        wrong = ""
        try:
            live(world)
            if followed:
                world.broker.record.opened(world.broker.log, world.broker.pipeline.rooms)
        except Violation as broken:
            wrong = str(broken)
        except Exception:  # whatever the product trips over is its bug as well
            wrong = traceback.format_exc()
        finally:
            wrong = str(world.ledger.broken or wrong)
            world.close()
        if followed and not wrong:
            wrong = follow(world.broker.record)
    events = sum(len(seen) for rooms in world.ledger.seen.values() for seen in rooms.values())
    return Outcome(seed, wrong, events, world.trace or [], world.broker.record)


def live(world: World) -> None:
    """Everything that happens, to the verdict."""
    chance = world.chance
    world.populate()
    span_s = chance.uniform(SHORTEST_S, LONGEST_S)
    faults = [fault for fault in FAULTS if chance.random() < 0.4]
    changes = [change for change in CHANGES if chance.random() < 0.4]
    meetings = MEETINGS if chance.random() < 0.4 else []
    rules = RULES if chance.random() < 0.4 else []
    acts = [*TALK * 3, *changes * 4, *meetings * 4, *rules * 4, *faults * 2]
    times = sorted(chance.uniform(0.5, span_s) for _ in range(chance.randint(FEWEST_ACTS, MOST_ACTS)))
    begun = world.schedule.now
    for number, at_s in enumerate(times):
        world.schedule.run_until(max(begun + at_s, world.schedule.now))
        act = chance.choice(acts)
        world.say("world", "act", number, act.__name__)
        act(world)
    world.heal()
    world.rest()
    world.judge()


@contextmanager
def _bounds(chance: random.Random) -> Iterator[None]:
    bounds = [
        (place if isinstance(place, tuple) else (place,), name, values) for place, name, values in BOUNDS
    ]
    before = [(place, name, getattr(place, name)) for places, name, _ in bounds for place in places]
    for places, name, values in bounds:
        if chance.random() < 0.3:
            value = chance.choice(values)
            for place in places:
                setattr(place, name, value)
    try:
        yield
    finally:
        for place, name, value in before:
            setattr(place, name, value)
