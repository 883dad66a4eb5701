"""The pictures show what was kept; drawing needs matplotlib, and without it they stay as they are."""

import struct

import pytest

from bench import __main__ as bench
from bench import page, picture, results
from bench.scenarios.scenario import Scenario
from bench.scenarios.table import SCENARIOS
from bench.surroundings import HOUSE
from tests.bench.test_bench import line

GROWN = [{"who": "loggia", "spin_ms": [1, 1], "cpu_us_at_100": 9.0, "cpu_us_at_1": 4.0, "cpu_us_at_10": None}]
needs_matplotlib = pytest.mark.skipif(not picture.is_possible(), reason="needs matplotlib")


def grown(**more):
    return line("growth-readers", turns=GROWN, rivals={"loggia": "abc"}, **more)


def test_points_are_in_order_and_known():
    assert picture.points(grown(), "cpu_us") == [(1, 4.0), (100, 9.0)]
    assert picture.points(line(), "cpu_us") == []


@needs_matplotlib
@pytest.mark.parametrize(
    ("panels", "latest"),
    [
        (picture.GROWTH, {"growth-readers": grown()}),
        (picture.RIVALS, {"one-reader": line()}),
    ],
    ids=["growth", "rivals"],
)
def test_a_picture_is_drawn(tmp_path, panels, latest):
    file = tmp_path / "picture.png"
    assert picture.draw(latest, file, panels)
    assert file.read_bytes().startswith(b"\x89PNG")


@needs_matplotlib
def test_what_was_measured_is_drawn(tmp_path, monkeypatch):
    monkeypatch.setitem(SCENARIOS, "lone", Scenario("one", "p50_us", lambda *_: {"p50_us": 5.0}))
    assert bench.main(["lone", "--rounds", "1", "--picture", str(tmp_path / "it.png")]) == 0
    assert (tmp_path / "it.png").read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_no_picture_is_promised(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(picture, "MATPLOTLIB", "a_module_that_nobody_has")
    with pytest.raises(SystemExit):
        bench.main(["lone", "--picture", str(tmp_path / "it.png")])
    assert "--picture needs a_module_that_nobody_has" in capsys.readouterr().err


def test_nothing_is_drawn_of_nothing(tmp_path):
    assert not picture.draw({"one-reader": line()}, tmp_path / "picture.png", picture.GROWTH)
    assert [*tmp_path.iterdir()] == []


def test_without_matplotlib_the_page_is_written_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(picture, "MATPLOTLIB", "a_module_that_nobody_has")
    (tmp_path / "page.md").write_text(page.BEGIN + page.END)
    (tmp_path / "kept.jsonl").write_text("")
    results.keep(tmp_path / "kept.jsonl", '{"scenario": "gone"}')
    said = page.write(tmp_path / "page.md", tmp_path / "kept.jsonl", tmp_path)
    assert said.startswith("The pictures stay as they are: a_module_that_nobody_has is not here")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["kept.jsonl", "page.md"]


@pytest.mark.parametrize("name", ["growth.png", "rivals.png"])
def test_a_kept_picture_is_small(name):
    data = (HOUSE / "docs" / "pictures" / name).read_bytes()
    assert len(data) < 300_000
    width, height = struct.unpack(">II", data[16:24])
    assert 600 < width < 2000
    assert 200 < height < 2000


def test_every_panel_is_of_a_scenario():
    for panel in (*picture.GROWTH, *picture.RIVALS):
        assert panel.scenario in SCENARIOS
        assert results.words(panel.figure)[0]
