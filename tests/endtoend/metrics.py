"""The metrics page of a real broker, as Prometheus reads it."""

import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import NamedTuple

from prometheus_client.parser import text_string_to_metric_families

from tests.endtoend.processes import Broker
from tests.patience import PATIENCE_S

LOOK_S = 0.1  # between two looks; more often no page is made anew
FLAG = ("--metrics", "127.0.0.1:0")


class Told(NamedTuple):
    status: int
    text: str


def place_of(broker: Broker) -> tuple[str, int]:
    """Where the page of a broker is that was started with FLAG."""
    host, port = broker.process.wait_for(r"Metrics on http://(.+):(\d+)/metrics").groups()
    return host, int(port)


def get(broker: Broker, path: str) -> Told:
    host, port = place_of(broker)
    try:
        with urllib.request.urlopen(f"http://{host}:{port}{path}", timeout=PATIENCE_S) as answer:
            return Told(answer.status, answer.read().decode())
    except urllib.error.HTTPError as refused:
        with refused:
            return Told(refused.code, refused.read().decode())


def samples(broker: Broker) -> dict[tuple[str, ...], float]:
    """All values, by the name of the series and those of its labels."""
    page = get(broker, "/metrics")
    assert page.status == 200
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page.text)
        for sample in family.samples
    }


def fresh(broker: Broker) -> dict[tuple[str, ...], float]:
    """The same of now: who asks often is given the last page for a while, which says so by the time that the
    broker had computed."""
    key = ("process_cpu_seconds_total",)
    last = samples(broker)[key]
    now: dict[tuple[str, ...], float] = {}

    def is_newer() -> bool:
        now.update(samples(broker))
        return now[key] > last

    until(is_newer, "no page was made anew")
    return now


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(LOOK_S)


def health(broker: Broker) -> Told:
    return get(broker, "/healthz")


def connected(broker: Broker) -> socket.socket:
    return socket.create_connection(place_of(broker), PATIENCE_S)
