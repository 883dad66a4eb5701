"""The measurement runs and reports what it should; how fast anything is, is no test's business."""

import ipaddress
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench import counts, idlers, page, process, results, surroundings
from bench.addresses import ADDRESSES, reached_from
from bench.broker import running_broker
from bench.process import Unmet
from bench.scenarios.scenario import Ratio, Scenario, medians, ratios
from bench.scenarios.table import SCENARIOS
from tests.bench.test_imports import run
from tests.patience import PATIENCE_S

HOUSE = Path(__file__).parent.parent.parent
KEPT = results.kept()


def measured(*words, complaints=""):
    told = run("-m", "bench", "--json", "--rounds", "1", *words, complaints=complaints)
    return [json.loads(line) for line in told.splitlines()]


def test_a_small_run_reports_a_line_and_keeps_it(tmp_path):
    kept = tmp_path / "results.jsonl"
    kept.write_text("a line of before\n")
    (line,) = measured("one-reader", "--size", "0.001", "--keep", str(kept))
    assert kept.read_text().splitlines() == ["a line of before", json.dumps(line)]
    assert set(line) == {
        *("scenario", "date", "commit", "cpu", "cores", "machine", "python", "size", "rivals", "turns"),
    }
    assert line["rivals"].keys() == {"loggia"}
    assert "PGO" in line["rivals"]["loggia"]
    (turn,) = line["turns"]
    assert turn["who"] == "loggia"
    assert all(spin > 0 for spin in turn["spin_ms"])
    assert turn["dropped"] == 0
    assert turn["messages_per_s"] > 0 < turn["deliveries_per_s"]
    assert turn["disk_bytes"] > 100


def test_beside_another_checkout_it_is_in_turns():
    (line,) = measured("one-reader", "--size", "0.001", "--rounds", "2", "--against", str(HOUSE))
    assert [turn["who"] for turn in line["turns"]] == ["loggia", "against"] * 2
    assert "to against" in results.table(line)


def test_what_is_no_checkout_is_passed_over_by_name(tmp_path):
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "bench",
            "rooms",
            "--size",
            "0.001",
            "--rounds",
            "1",
            "--against",
            str(tmp_path),
        ],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0
    assert done.stderr == "Without against: is no checkout of Loggia.\n"
    assert "(`rooms`)" in done.stdout


@pytest.mark.parametrize("name", sorted(SCENARIOS.keys() - {"one-reader", "rooms"}))
def test_a_scenario_has_its_figures(name):
    (line,) = measured(name, "--size", "0.002")
    (turn,) = line["turns"]
    figures = set(turn) - {"who", "spin_ms"}
    assert SCENARIOS[name].key in figures
    assert all(results.words(figure)[0] for figure in figures)
    assert all(value is None or value >= 0 for name, value in turn.items() if name in figures)
    assert turn.get("dropped", 0) == 0


def test_what_does_not_come_true_fails_and_the_others_go_on(monkeypatch, capsys):
    def unmet(rival, folder, size):
        raise Unmet("memory grew")

    monkeypatch.setitem(SCENARIOS, "soak", Scenario("a soak", "kib_last", unmet))
    monkeypatch.setitem(SCENARIOS, "lone", Scenario("one", "p50_us", lambda *_: {"p50_us": 5.0}))
    assert bench.main(["soak", "lone", "--rounds", "1"]) == 1
    told = capsys.readouterr()
    assert told.err == "soak: memory grew.\n"
    assert "| **to the answer, half of them** | 5 µs |" in told.out


def test_what_is_no_scenario_is_told_with_all_that_are(capsys):
    with pytest.raises(SystemExit) as ended:
        bench.main(["loan"])
    assert ended.value.code == 2
    assert "loan" in (told := capsys.readouterr().err)
    assert "hundred-readers" in told


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--rounds", "0"], "give a number above 0, not '0'"),
        (["--rounds", "1.5"], "give a number above 0, not '1.5'"),
        (["--size", "-1"], "give a number above 0, not '-1'"),
        (["--size", "nan"], "give a number above 0, not 'nan'"),
        (["--size", "all"], "give a number above 0, not 'all'"),
        (["--keep", "no/such/folder/file"], "'no/such/folder/file' cannot be written (No such file"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_measured(words, sentence, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        bench.main(["lone", *words])
    assert sentence in capsys.readouterr().err


def test_a_broker_that_does_not_start_is_told(tmp_path):
    (tmp_path / "broker").mkdir()
    (tmp_path / "broker" / "__main__.py").write_text("raise SystemExit(3)")
    with (
        pytest.raises(Unmet, match=r"died, with 3$"),
        running_broker(tmp_path, house=tmp_path),
    ):
        pass


def test_a_broker_that_died_is_told(tmp_path):
    def kill(broker):
        os.kill(broker.pid, signal.SIGKILL)
        raise Unmet("a server does not answer")

    with pytest.raises(Unmet, match=r"died, with -9$"), running_broker(tmp_path) as broker:
        kill(broker)


def test_one_that_lives_and_does_not_answer_is_told(tmp_path):
    with pytest.raises(Unmet, match="a server does not answer"), running_broker(tmp_path):
        raise Unmet("a server does not answer")


def test_ctrl_c_ends_it(monkeypatch):
    def interrupted(rival, folder, size):
        raise KeyboardInterrupt

    monkeypatch.setitem(SCENARIOS, "lone", Scenario("one", "p50_us", interrupted))
    assert bench.main(["lone"]) == 130


def test_alone_the_quick_form_measures_no_time(monkeypatch, capsys):
    monkeypatch.setattr(counts, "counted", lambda: counts.recorded()["3.11"])
    monkeypatch.setattr(counts, "version", lambda: "3.11")
    assert bench.main(["--quick"]) == 0
    assert capsys.readouterr().out == ""


# -- Where they come from -----------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8")
def test_each_number_has_an_address_of_its_own():
    reached = {reached_from("tcp://127.0.0.1:1101", number) for number in range(ADDRESSES)}
    assert len(reached) == ADDRESSES
    for one in reached:
        source, _, endpoint = one.removeprefix("tcp://").partition(";")
        assert endpoint == "127.0.0.1:1101"
        assert ipaddress.ip_address(source.removesuffix(":0")).is_loopback


def test_no_more_clients_are_asked_for_than_fit(monkeypatch):
    monkeypatch.setattr(idlers, "descriptors", lambda: 2 * 70 + idlers.SPARE)
    assert (idlers.fitting(50), idlers.fitting(100)) == (50, 70)


# -- What comes of turns ------------------------------------------------------------------------

TURNS = [
    {"who": who, "spin_ms": [1, 1], "cpu_us": cpu_us, "none": None}
    for who, cpu_us in [("loggia", 6), ("other", 3), ("loggia", 8), ("other", 2), ("loggia", 3), ("other", 1)]
]


def test_ratios_are_those_of_neighbours():
    assert ratios(TURNS, "loggia", "other") == {"cpu_us": Ratio(3.0, 2.0, 4.0)}


def test_a_ratio_to_nothing_is_none():
    assert ratios([TURNS[0], TURNS[1] | {"cpu_us": 0}], "loggia", "other") == {}
    assert ratios(TURNS, "loggia", "nobody") == {}


def test_medians_are_those_of_one():
    assert medians(TURNS, "loggia") == {"cpu_us": 6, "none": None}
    assert medians(TURNS, "nobody") == {}


def line(name="one-reader", **more):
    return {
        "scenario": name,
        **{"date": "2026-11-27", "cores": 2, "cpu": "Loom 3000", "size": 1.0},
        "rivals": {"loggia": "abc, Python 3.11.7, no PGO", "redis": "7"},
        "turns": [turn | {"who": turn["who"].replace("other", "redis")} for turn in TURNS],
        **more,
    }


def test_a_table_shows_medians_and_the_range_of_the_ratios(monkeypatch):
    monkeypatch.setitem(results.FIGURES, "none", ("what nobody tells", "µs"))
    table = results.table(line())
    assert "| **CPU of a message** | 6 µs | 2 µs | 3.00 (2.00 to 4.00) |" in table
    assert "| what nobody tells | - | - |  |" in table
    assert "spin loop 1 to 1 ms. loggia abc, Python 3.11.7, no PGO; redis 7." in table
    assert "only 0.5 of it" in results.table(line(size=0.5))


def test_the_page_shows_the_latest_of_each(monkeypatch):
    monkeypatch.setitem(results.FIGURES, "none", ("what nobody tells", "µs"))
    lines = [line(date="old"), line("lone"), line(date="new")]
    shown = page.written(f"head\n{page.BEGIN}before\n{page.END}tail\n", lines)
    assert shown.startswith("head\n" + page.BEGIN)
    assert shown.endswith(page.END + "tail\n")
    assert "before" not in shown
    assert "old, 2 cores" not in shown
    assert shown.index("new, 2 cores") < shown.index("`lone`")


def test_a_page_without_its_place_is_left_alone():
    with pytest.raises(ValueError, match="has no lines"):
        page.written("# A page", [])


def test_the_page_is_as_it_was_written():
    text = page.PAGE.read_text(encoding="utf-8")
    assert page.written(text, KEPT) == text


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept["scenario"])
def test_a_kept_line_is_whole(kept):
    assert kept["size"] == 1
    assert {"date", "commit", "cpu", "python"} <= set(kept)
    assert all(SCENARIOS[kept["scenario"]].key in turn for turn in kept["turns"])
    assert not any(turn.get("dropped") for turn in kept["turns"] if turn["who"] == "loggia")


# -- What the operating system tells -------------------------------------------------------------


def test_cpu_time_is_the_operating_systems(monkeypatch, tmp_path):
    (tmp_path / "17").mkdir()
    monkeypatch.setattr(process, "PROC", tmp_path)
    monkeypatch.setattr("os.sysconf", {"SC_CLK_TCK": 100}.get)
    (tmp_path / "17" / "stat").write_text("17 (py (thon) S 1 2 3 4 5 6 7 8 9 10 150 50 13 14")
    assert process.cpu_s(17) == 2.0
    for thread, spent in (("17", "1500000000 1 2"), ("18", "250000000 3 4")):
        (tmp_path / "17" / "task" / thread).mkdir(parents=True)
        (tmp_path / "17" / "task" / thread / "schedstat").write_text(spent)
    assert process.cpu_s(17) == 1.75


def test_memory_is_what_is_resident(monkeypatch, tmp_path):
    (tmp_path / "17").mkdir()
    (tmp_path / "17" / "status").write_text("VmHWM:\t  999 kB\nVmRSS:\t  123 kB\n")
    monkeypatch.setattr(process, "PROC", tmp_path)
    assert process.resident_kib(17) == 123
    assert process.resident_kib(18) is None


def test_what_was_written_is_told_of_our_own(monkeypatch, tmp_path):
    (tmp_path / "17").mkdir()
    (tmp_path / "17" / "io").write_text("wchar: 9\nwrite_bytes: 8192\ncancelled_write_bytes: 7\n")
    monkeypatch.setattr(process, "PROC", tmp_path)
    assert process.written_bytes(17) == 8192
    assert process.written_bytes(18) is None
    assert process.each(4096, 8192, 100) == 41.0
    assert process.each(None, 8192, 100) is None


def test_without_proc_the_cpu_time_is_null(monkeypatch, tmp_path):
    monkeypatch.setattr(process, "PROC", tmp_path)
    assert process.cpu_s(17) is None
    assert process.per_message_us(None, None, 500) is None
    assert process.per_message_us(1.0, 1.5, 100_000) == 5.0
    assert process.core_percent(None, 1.0, 2.0) is None
    assert process.core_percent(1.0, 1.5, 2.0) == 25.0
    assert surroundings.cpu(tmp_path) is None


def test_the_processor_is_named(tmp_path):
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nmodel name\t: Loom 3000\nmodel name\t: Loom 3001\n")
    assert surroundings.cpu(tmp_path) == "Loom 3000"


def test_outside_a_checkout_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert surroundings.commit(tmp_path) is None
    monkeypatch.setenv("PATH", "")
    assert surroundings.commit(HOUSE) is None


def test_a_python_says_how_it_was_built():
    import platform

    version, built = surroundings.python(sys.executable).split(", ")
    assert version == platform.python_version()
    assert built in ("PGO", "no PGO")
