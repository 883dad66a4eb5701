"""Each series has its name, its words, and what it is read from; the page has them all."""

import re
from pathlib import Path

import msgspec
import pytest
from loggia.broker.sessions.hub import COUNTED, USUAL
from loggia.broker.telemetry import exposition, use
from loggia.broker.telemetry.histogram import EVENTS, SECONDS, Histogram
from loggia.broker.telemetry.series import OF_BROKER, OF_PROCESS, Reading, Use
from prometheus_client.parser import text_string_to_metric_families

HOUSE = Path(__file__).parents[3]
ROWS = [*OF_BROKER, *OF_PROCESS]


def histogram(bounds, *values):
    made = Histogram(bounds)
    for value in values:
        made.observe(value)
    return made


READING = Reading(
    counted={name: number for number, name in enumerate((*COUNTED, *USUAL), 100)},
    refused={"slow_down": 3, "bad_nick": 4},
    messages=5,
    events=7,
    batches=histogram(EVENTS, 1, 6),
    commits=histogram(SECONDS, 0.0003, 99.0),
    checkpoints=histogram(SECONDS),
    turns=histogram(SECONDS, 0.5),
    waiting_requests=8,
    waiting_bytes={"unsent_answers": 9},
    connections={"requests": 10},
    delivered={"broadcasts": 11},
    sessions={"online": 12, "away": 13},
    writable=True,
    rooms=14,
    log_bytes={"loggia.db": 15},
)
USE = Use(serves=True, cpu_s=1.5, started_at=2.5, resident_bytes=3, open_fds=4, max_fds=5)


def samples(reading=READING, use=USE):
    """What a Prometheus makes of the page: by name and labels."""
    found = {}
    for family in text_string_to_metric_families(exposition.page(reading, use).decode()):
        for sample in family.samples:
            key = (sample.name, *sample.labels.values())
            assert key not in found
            found[key] = sample.value
    return found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_series_is_named_as_prometheus_wants_it(row):
    assert re.fullmatch("(loggia|process)(_[a-z]+)+", row.name)
    assert row.name.endswith("_total") == (row.kind == "counter")
    assert row.help[0].isupper() or row.help[0].isdigit()
    assert row.help.endswith(".")


def test_no_two_have_one_name():
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_all_that_is_counted_is_shown():
    found = samples()
    for name, count in READING.counted.items():
        assert found[f"loggia_{name}_total",] == count


def test_each_value_is_where_it_belongs():
    found = samples()
    assert found["loggia_messages_total",] == 5
    assert found["loggia_events_total",] == 7
    assert found["loggia_refusals_total", "slow_down"] == 3
    assert found["loggia_refusals_total", "bad_nick"] == 4
    assert found["loggia_waiting_requests",] == 8
    assert found["loggia_waiting_bytes", "unsent_answers"] == 9
    assert found["loggia_connections", "requests"] == 10
    assert found["loggia_deliveries_total", "broadcasts"] == 11
    assert (found["loggia_sessions", "online"], found["loggia_sessions", "away"]) == (12, 13)
    assert found["loggia_writable",] == 1
    assert found["loggia_rooms",] == 14
    assert found["loggia_log_bytes", "loggia.db"] == 15
    assert found["loggia_serving",] == 1
    assert found["process_cpu_seconds_total",] == 1.5
    assert found["process_start_time_seconds",] == 2.5
    assert found["process_resident_memory_bytes",] == 3
    assert (found["process_open_fds",], found["process_max_fds",]) == (4, 5)


def test_a_histogram_has_its_buckets_its_sum_and_its_count():
    found = samples()
    assert found["loggia_commit_seconds_bucket", "0.0002"] == 0
    assert found["loggia_commit_seconds_bucket", "0.0005"] == 1
    assert found["loggia_commit_seconds_bucket", "5.0"] == 1
    assert found["loggia_commit_seconds_bucket", "+Inf"] == 2
    assert found["loggia_commit_seconds_count",] == 2
    assert found["loggia_commit_seconds_sum",] == pytest.approx(99.0003)
    assert found["loggia_batch_events_count",] == 2
    assert found["loggia_batch_events_sum",] == 7
    assert found["loggia_turn_seconds_sum",] == 0.5
    assert found["loggia_checkpoint_seconds_count",] == 0


def test_who_does_not_serve_has_a_process_all_the_same():
    found = samples(None, msgspec.structs.replace(USE, serves=False))
    assert found["loggia_serving",] == 0
    assert {name for name, *_ in found} == {row.name for row in OF_PROCESS}


def test_what_the_system_does_not_tell_is_left_out():
    found = samples(use=msgspec.structs.replace(USE, resident_bytes=None, open_fds=None))
    assert ("process_resident_memory_bytes",) not in found
    assert ("process_open_fds",) not in found
    assert ("process_max_fds",) in found


def test_what_this_process_uses():
    here = use.of_process(serves=False)
    assert here.cpu_s > 0
    assert here.started_at > 1e9
    assert not here.serves
    assert here.max_fds > 0


def test_the_docs_have_a_row_for_each():
    page = (HOUSE / "docs" / "operations.md").read_text(encoding="utf-8")
    for row in ROWS:
        label = f"`{row.label}`" if row.label else ""
        assert f"| `{row.name}` | {row.kind} | {label} | {row.help[:-1]} |" in page
    assert set(re.findall(r"^\| `((?:loggia|process)_\w+)` \|", page, re.M)) == {row.name for row in ROWS}
