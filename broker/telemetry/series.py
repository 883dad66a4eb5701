"""The series of the metrics page: what each is called, what it says, and what it is read from. Pure.

A new one is a row here. docs/operations.md has them, too.
"""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

import msgspec
from loggia.broker.sessions.hub import COUNTED, USUAL
from loggia.broker.telemetry.histogram import Histogram


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a broker that serves has counted since it began to, and what there is now.

    `counted`: by the names of COUNTED and USUAL; `refused`: by code; `turns`: of the loop;
    `waiting_requests`: those for which there was no time yet; `waiting_bytes`: by where they wait;
    `connections`, `delivered`: by door; `sessions`: online or away; `log_bytes`: by file.
    """

    counted: Mapping[str, int]
    refused: Mapping[str, int]
    messages: int
    events: int
    batches: Histogram
    commits: Histogram
    checkpoints: Histogram
    turns: Histogram
    waiting_requests: int
    waiting_bytes: Mapping[str, int]
    connections: Mapping[str, int]
    delivered: Mapping[str, int]
    sessions: Mapping[str, int]
    writable: bool
    rooms: int
    log_bytes: Mapping[str, int]


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """What the process uses. None: the system does not tell."""

    serves: bool
    cpu_s: float
    started_at: float
    resident_bytes: int | None
    open_fds: int | None
    max_fds: int


Value = float | Mapping[str, int] | Histogram | None
SeriesKind = Literal["counter", "gauge", "histogram"]


class Series(NamedTuple):
    """`name`: as Prometheus has it, with its unit. `label`: what its values are told apart by; empty: it has
    one."""

    name: str
    kind: SeriesKind
    help: str
    label: str = ""


def _counted(name: str) -> Callable[[Reading], Value]:
    return lambda reading: reading.counted[name]


def _words(name: str) -> str:
    words = USUAL[name] if name in USUAL else COUNTED[name][1]
    return f"{words[0].upper()}{words[1:]}."


# What is read of a broker that serves; while it stands aside for a command there is none
OF_BROKER: dict[Series, Callable[[Reading], Value]] = {
    Series("loggia_messages_total", "counter", "Messages that were stored."): lambda now: now.messages,
    Series("loggia_events_total", "counter", "Events that were stored, messages among them."): (
        lambda now: now.events
    ),
    Series(
        "loggia_deliveries_total",
        "counter",
        "Events that were given to be sent, each as often as somebody is told.",
        "door",
    ): lambda now: now.delivered,
    Series("loggia_batch_events", "histogram", "Events of a batch, which is committed as one."): (
        lambda now: now.batches
    ),
    Series(
        "loggia_commit_seconds", "histogram", "How long a batch took to be on the disk, with its fsync."
    ): (lambda now: now.commits),
    Series("loggia_checkpoint_seconds", "histogram", "How long everybody waited for a checkpoint."): (
        lambda now: now.checkpoints
    ),
    Series("loggia_turn_seconds", "histogram", "How long a turn of the loop took."): lambda now: now.turns,
    Series("loggia_waiting_requests", "gauge", "Requests for which there was no time yet."): (
        lambda now: now.waiting_requests
    ),
    Series(
        "loggia_waiting_bytes", "gauge", "Bytes that wait to be read, or to be taken by a client.", "queue"
    ): (lambda now: now.waiting_bytes),
    Series("loggia_connections", "gauge", "Connections that are open.", "door"): lambda now: now.connections,
    Series("loggia_sessions", "gauge", "Sessions that are not over.", "state"): lambda now: now.sessions,
    Series("loggia_writable", "gauge", "1 while the log takes what is to be stored, as far as was tried."): (
        lambda now: now.writable
    ),
    Series("loggia_rooms", "gauge", "Rooms that there are."): lambda now: now.rooms,
    Series("loggia_refusals_total", "counter", "Requests that were answered with an error.", "code"): (
        lambda now: now.refused
    ),
    Series("loggia_log_bytes", "gauge", "Bytes of each file of the log.", "file"): lambda now: now.log_bytes,
} | {Series(f"loggia_{name}_total", "counter", _words(name)): _counted(name) for name in (*USUAL, *COUNTED)}

OF_PROCESS: dict[Series, Callable[[Use], Value]] = {
    Series("loggia_serving", "gauge", "1 while it serves, 0 while it stands aside for a command."): (
        lambda use: use.serves
    ),
    Series("process_cpu_seconds_total", "counter", "Time that the broker computed."): lambda use: use.cpu_s,
    Series("process_start_time_seconds", "gauge", "When the broker was started, Unix time."): (
        lambda use: use.started_at
    ),
    Series("process_resident_memory_bytes", "gauge", "Memory that the broker has."): (
        lambda use: use.resident_bytes
    ),
    Series("process_open_fds", "gauge", "File descriptors that are open."): lambda use: use.open_fds,
    Series("process_max_fds", "gauge", "How many may be open."): lambda use: use.max_fds,
}
