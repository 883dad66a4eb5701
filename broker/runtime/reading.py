"""What a metrics page is told of a broker that serves: what its rooms have counted, as it stands.

On the loop's thread, between two turns. Nothing is counted through for it: it costs the same however many are
here.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from loggia.broker.doors.door import Door
from loggia.broker.runtime.pipeline import Pipeline
from loggia.broker.storage import data_dir
from loggia.broker.storage.log import Log
from loggia.broker.telemetry.histogram import Histogram
from loggia.broker.telemetry.series import Reading


def of(pipeline: Pipeline, log: Log, data: Path, doors: Iterable[Door[Any]], turns: Histogram) -> Reading:
    """`data`: where the log is; `turns`: how long each of the loop took."""
    hub, work, loads = pipeline.hub, log.work, [door.load() for door in doors]
    return Reading(
        counted=hub.counters.totals | hub.usual,
        refused=hub.refused,
        messages=work.messages,
        events=work.events,
        batches=work.batches,
        commits=work.commits,
        checkpoints=log.database.checkpoints,
        turns=turns,
        waiting_requests=pipeline.waiting(),
        waiting_bytes=_together(load.waiting for load in loads),
        connections=_together(load.connections for load in loads),
        delivered=_together(load.delivered for load in loads),
        sessions={"online": hub.sessions.connected(), "away": hub.sessions.away()},
        writable=pipeline.is_writable(),
        rooms=pipeline.rooms.count(),
        log_bytes=data_dir.sizes(data),
    )


def _together(loads: Iterable[Mapping[str, int]]) -> dict[str, int]:
    return {name: value for load in loads for name, value in load.items()}
