"""The text of the metrics page, as prometheus-client writes it: the only file that knows it. Any thread.

Imported only where there is to be such a page: the package is in the extra [metrics], and takes 60 ms.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from loggia.broker.telemetry.histogram import Histogram
from loggia.broker.telemetry.series import OF_BROKER, OF_PROCESS, Reading, Series, SeriesKind, Use, Value
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import generate_latest


def page(reading: Reading | None, use: Use) -> bytes:
    """All series. None: the broker does not serve now."""
    of_broker = [] if reading is None else [(row, read(reading)) for row, read in OF_BROKER.items()]
    return generate_latest(_Page([*of_broker, *((row, read(use)) for row, read in OF_PROCESS.items())]))


class _Page(NamedTuple):
    rows: Iterable[tuple[Series, Value]]

    def collect(self) -> Iterator[Metric]:
        for row, value in self.rows:
            if value is not None:
                yield _histogram(row, value) if isinstance(value, Histogram) else _family(row, value)


_FAMILIES: dict[SeriesKind, Callable[..., CounterMetricFamily | GaugeMetricFamily]] = {
    "counter": CounterMetricFamily,
    "gauge": GaugeMetricFamily,
}


def _family(row: Series, value: float | Mapping[str, int]) -> Metric:
    family = _FAMILIES[row.kind](row.name, row.help, labels=[row.label] if row.label else [])
    for name, part in value.items() if isinstance(value, Mapping) else [("", value)]:
        family.add_metric([name] if row.label else [], part)
    return family


def _histogram(row: Series, value: Histogram) -> Metric:
    family = HistogramMetricFamily(row.name, row.help)
    family.add_metric([], [(_bound(most), count) for most, count in value.cumulative()], value.sum)
    return family


def _bound(most: float) -> str:
    return "+Inf" if most == float("inf") else repr(most)
