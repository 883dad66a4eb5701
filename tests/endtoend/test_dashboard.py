"""The dashboard for Grafana shows what a real broker has: every series and every label that it names."""

import json
import re
from itertools import combinations
from pathlib import Path

import pytest
from loggia.broker.telemetry.series import OF_BROKER, OF_PROCESS

from tests.endtoend.metrics import FLAG, get
from tests.endtoend.processes import Broker

DASHBOARD = json.loads((Path(__file__).parents[2] / "packaging" / "grafana.json").read_text(encoding="utf-8"))
PANELS = DASHBOARD["panels"]
SHOWN = [panel for panel in PANELS if panel["type"] != "row"]
TARGETS = [target for panel in SHOWN for target in panel["targets"]]
OF_GRAFANA = {"job", "instance", "le"}  # labels that Prometheus gives, or every histogram has
NAMED = re.compile(r"([a-z][a-z0-9_]+)\{([^}]*)\}")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The labels of each series, by its name, as a broker shows them to whom nobody came yet."""
    with Broker(tmp_path_factory.mktemp("shown"), *FLAG) as broker:
        lines = get(broker, "/metrics").text.splitlines()
    found = {}
    for line in lines:
        if not line.startswith("#"):
            name, labels = re.match(r"([a-z_]+)(?:\{(.*)\})? ", line).groups()
            found.setdefault(name, set()).update(re.findall(r'(\w+)="', labels or ""))
    return found


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target["expr"][:60])
def test_what_a_panel_asks_for_is_there(page, target):
    expression = target["expr"]
    named = NAMED.findall(expression)
    assert named, expression
    for name, selectors in named:
        assert name in page, f"no broker shows {name}"
        labels = set(re.findall(r"(\w+)=", selectors))
        labels.update(label for by in re.findall(r"by \(([^)]*)\)", expression) for label in by.split(", "))
        labels.update(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
        assert labels - OF_GRAFANA <= page[name], f"{name} has no such label: {labels}"
    words = re.sub(r"\{[^}]*\}|\[[^]]*\]", "", expression)
    assert words.count("(") == words.count(")")
    assert not re.findall(r"\b(?:loggia|process)_\w+\b", NAMED.sub("", expression)), "each has its selectors"


def test_the_variables_ask_for_what_is_there(page):
    queries = [one["query"]["query"] for one in DASHBOARD["templating"]["list"] if one["type"] == "query"]
    assert len(queries) == 2
    for query in queries:
        assert re.match(r"label_values\((\w+)", query)[1] in page


def test_nothing_that_a_broker_measures_is_left_out():
    asked = {name for target in TARGETS for name, _ in NAMED.findall(target["expr"])}
    asked = {re.sub("_(bucket|sum|count)$", "", name) for name in asked}
    assert asked == {row.name for row in [*OF_BROKER, *OF_PROCESS]}


def test_a_counter_is_shown_as_a_rate_and_a_gauge_is_not():
    kinds = {row.name: row.kind for row in [*OF_BROKER, *OF_PROCESS]}
    for target in TARGETS:
        for name, _ in NAMED.findall(target["expr"]):
            is_rate = (
                re.search(rf"rate\({name}\{{[^}}]*\}}\[\$__rate_interval\]\)", target["expr"]) is not None
            )
            assert is_rate == (kinds.get(name) != "gauge"), target["expr"]


def test_panels_have_their_own_numbers_and_places():
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    for one, other in combinations([panel["gridPos"] for panel in PANELS], 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in PANELS)


def test_every_panel_asks_the_prometheus_that_was_chosen_and_says_what_it_shows():
    for asking in [*SHOWN, *TARGETS]:
        assert asking["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    for panel in SHOWN:
        assert panel["title"]
        assert panel["description"].endswith(".")
        references = [target["refId"] for target in panel["targets"]]
        assert len(set(references)) == len(references)
