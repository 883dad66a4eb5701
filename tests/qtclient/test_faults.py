"""What nobody caught: kept in a file of the data folder, told in a sentence, and not without end."""

import sys
import threading
from pathlib import Path

import pytest
from loggia.qtclient import faults
from loggia.qtclient.faults import FILE, MOST_BYTES, Faults
from PyQt6.QtCore import Qt


def caught(by: Faults, reason: Exception) -> None:
    """As Python calls it for what a slot raised."""
    try:
        raise reason
    except Exception:
        by.caught(*sys.exc_info())


@pytest.fixture
def told(qapp, tmp_path: Path) -> tuple[Faults, list[str]]:
    by = Faults(tmp_path)
    sentences: list[str] = []
    by.told.connect(sentences.append)
    return by, sentences


def test_it_is_written_down_and_told_in_a_sentence(told, tmp_path: Path, capfd):
    by, sentences = told
    caught(by, ZeroDivisionError("what nobody foresaw"))
    assert sentences == [
        "Something went wrong in this window (ZeroDivisionError); it goes on. "
        f"What happened is written down in {tmp_path / FILE}."
    ]
    text = (tmp_path / FILE).read_text()
    assert "ZeroDivisionError: what nobody foresaw" in text
    assert 'test_faults.py", line' in text
    assert "ZeroDivisionError: what nobody foresaw" in capfd.readouterr().err
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


class Unsayable(Exception):
    """It fails again when it is told."""

    def __str__(self) -> str:
        raise ValueError("nor this")


class Endless(Exception):
    """It was caused by itself."""

    def __init__(self) -> None:
        self.__cause__ = self


@pytest.mark.parametrize(
    "reason",
    [
        Unsayable(),
        Endless(),
        RecursionError("too deep"),
        MemoryError(),
        ExceptionGroup("many", [ValueError("x" * 9)] * 500),
        SyntaxError("bad", ("\x00.py", 1, 1, "\ud800", 1, 2)),
        UnicodeEncodeError("utf-8", "\ud800", 0, 1, "half of a pair"),
        OSError(2, "gone", "\udcff"),
        type("\u202eevil\n", (Exception,), {})("x"),
        ValueError("\u200b" * 1_000_000),
    ],
    ids=lambda reason: ascii(type(reason).__name__),
)
def test_whatever_it_is_it_is_told_in_one_line_and_written_down(
    told, tmp_path: Path, capfd, reason: Exception
):
    by, sentences = told
    caught(by, reason)
    (sentence,) = sentences
    assert sentence.startswith("Something went wrong in this window (")
    assert sentence.isprintable()
    assert len(sentence) < 1000
    assert 0 < (tmp_path / FILE).stat().st_size <= faults.MOST_ENTRY_BYTES
    assert capfd.readouterr().err


def test_what_happens_again_and_again_is_told_less_and_less_often(told, tmp_path: Path, capfd):
    by, sentences = told
    for _ in range(1000):
        caught(by, ValueError("again"))
    assert len(sentences) == 10  # the 1st, 2nd, 4th, ... 512th time
    text = (tmp_path / FILE).read_text()
    assert text.count("ValueError: again\n") == 10
    assert ", time 512:" in text
    caught(by, KeyError("another"))
    assert len(sentences) == 11
    assert len(capfd.readouterr().err) < 5000


def test_what_goes_wrong_while_it_is_told_does_not_go_on_for_ever(told, qapp, qtbot, capfd):
    by, _ = told
    times: list[str] = []

    def fail(text: str) -> None:
        times.append(text)
        caught(by, ValueError("nor can it be told"))

    by.told.connect(fail, Qt.ConnectionType.QueuedConnection)
    caught(by, ZeroDivisionError())
    qtbot.waitUntil(lambda: len(times) >= 3)
    for _ in range(20):
        qapp.processEvents()
    assert len(times) == 3, "of the first, and of the 1st and 2nd time that telling failed"


def test_the_file_never_grows_beyond_its_bound(told, tmp_path: Path, monkeypatch, capfd):
    by, _ = told
    monkeypatch.setattr(faults, "MOST_PLACES", 1)
    kinds = [type(f"Fault{number}", (Exception,), {}) for number in range(40)]
    for kind in kinds:  # each another one
        caught(by, kind("x" * 100_000))
    sizes = {file.name: file.stat().st_size for file in tmp_path.iterdir()}
    assert set(sizes) == {FILE, f"{FILE}.1"}
    assert max(sizes.values()) <= MOST_BYTES
    assert (tmp_path / FILE).read_text().endswith("x\n")


def test_what_others_wrote_brings_no_sequences_onto_the_terminal_or_into_the_file(
    told, tmp_path: Path, capfd
):
    by, _ = told
    caught(by, ValueError("\x1b[31mred\u202e\nand a line"))
    assert "\x1b" not in (tmp_path / FILE).read_text() + capfd.readouterr().err


def test_a_folder_that_cannot_be_written_is_said(qapp, tmp_path: Path, capfd):
    by = Faults(tmp_path / "nowhere")
    sentences: list[str] = []
    by.told.connect(sentences.append)
    caught(by, ValueError("x"))
    assert sentences == [
        "Something went wrong in this window (ValueError); it goes on. What happened stands on the terminal; "
        f"{tmp_path / 'nowhere' / FILE} cannot be written (No such file or directory)."
    ]
    assert "ValueError: x" in capfd.readouterr().err


def test_the_links_thread_may_fail_too(told, qtbot, tmp_path: Path, capfd):
    by, sentences = told
    thread = threading.Thread(target=lambda: caught(by, ValueError("in the link")))
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: len(sentences) == 1)
    assert "in the link" in (tmp_path / FILE).read_text()
