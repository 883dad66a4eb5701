"""The live log on a terminal, and as JSON lines."""

import asyncio
import io
import json
import logging
import time

import pytest
from loggia.broker.telemetry.live_log import LOGGER, close_log, open_log

from tests.patience import PATIENCE_S

CLEAR = "\x1b[2J"


@pytest.fixture
def opened(monkeypatch):
    """Opens the log on a stream of the test's own; afterwards the logger is as it was."""
    logger = logging.getLogger(LOGGER)
    before = logger.handlers, logger.level, logger.propagate
    monkeypatch.setattr(logging, "raiseExceptions", logging.raiseExceptions)

    def open_on(as_json, stream=None):
        stream = stream or io.StringIO()
        return open_log(as_json, stream), stream

    yield open_on
    logger.handlers, logger.level, logger.propagate = before


class Flushed(io.StringIO):
    """Knows what was flushed."""

    seen = ""

    def flush(self):
        self.seen = self.getvalue()


def fail(log, text):
    try:
        raise ValueError(text)
    except ValueError:
        log.exception("It failed.")


def test_a_line_is_the_text_and_nothing_else(opened):
    log, stream = opened(False)
    log.info("Ready to serve on %s:%d.", "127.0.0.1", 1100)
    log.debug("not for people")
    assert stream.getvalue() == "Ready to serve on 127.0.0.1:1100.\n"


@pytest.mark.parametrize("as_json", [False, True])
def test_each_line_is_flushed(opened, as_json):
    log, stream = opened(as_json, Flushed())
    log.info("one")
    assert "one" in stream.seen


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("bad", [CLEAR, "\x9b2J", "\r", "\u202e", "\x07", "a\nb", "\u2028"])
def test_what_others_sent_cannot_act_on_the_terminal(opened, as_json, bad):
    log, stream = opened(as_json)
    log.info("%s joined.", bad)
    fail(log, f"odd {bad} text")
    written = stream.getvalue()
    assert bad.replace("a\nb", "\x00") not in written.replace("\n", "")
    assert all(char == "\n" or char.isprintable() for char in written)
    if bad == "a\nb" and not as_json:
        assert written.startswith("a\\nb joined.\n")


@pytest.mark.parametrize("as_json", [False, True])
def test_letters_of_all_people_stay(opened, as_json):
    log, stream = opened(as_json)
    log.info("%s joined.", "Zoë 日本 😀")
    assert "Zoë 日本 😀 joined." in stream.getvalue()


def test_an_exception_is_told_with_its_traceback(opened):
    log, stream = opened(False)
    fail(log, "what happened")
    lines = stream.getvalue().splitlines()
    assert lines[0] == "It failed."
    assert lines[1].startswith("Traceback")
    assert lines[-1] == "ValueError: what happened"
    assert "    raise ValueError(text)" in lines


def test_json_lines(opened):
    log, stream = opened(True)
    log.info("Hello %s.", "ada", extra={"peer": "127.0.0.1:5", "account": "a", "room": "lobby"})
    log.warning("Careful.")
    fail(log, "what happened")
    first, second, third = map(json.loads, stream.getvalue().splitlines())
    at = first.pop("at")
    assert isinstance(at, int)
    assert at > 1_700_000_000_000
    assert first == {
        "level": "info",
        "text": "Hello ada.",
        "peer": "127.0.0.1:5",
        "account": "a",
        "room": "lobby",
    }
    assert (second["level"], second["text"]) == ("warning", "Careful.")
    assert (third["level"], third["text"]) == ("error", "It failed.")
    assert third["exception"].endswith("ValueError: what happened")


def test_a_terminal_that_went_away_takes_nobody_with_it(opened, capsys):
    log, stream = opened(False)
    stream.close()
    log.info("to nobody")
    assert capsys.readouterr().err == ""


def test_opened_again_it_writes_once(opened):
    opened(False)
    log, stream = opened(True)
    log.info("once")
    assert len(stream.getvalue().splitlines()) == 1


@pytest.mark.parametrize("as_json", [False, True])
def test_what_repeats_is_summed_up_also_when_nothing_else_happens(opened, as_json):
    log, stream = opened(as_json)

    async def burst():
        for number in range(1250):
            log.warning("WARNING: 127.0.0.1:%d broke its connection.", number)
        for number in range(15):
            log.error("ERROR: no. %d", number)
        deadline = time.monotonic() + PATIENCE_S
        while "like it" not in stream.getvalue() or "5 more" not in stream.getvalue():
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)

    began = time.monotonic()
    asyncio.run(burst())
    assert time.monotonic() - began >= 0.9
    lines = stream.getvalue().splitlines()
    assert len(lines) == 22
    last = "... and 1,240 more like it; the last: WARNING: 127.0.0.1:1249 broke its connection."
    if as_json:
        told = [json.loads(line) for line in lines]
        assert [(one["level"], one["text"], one["more"]) for one in told if "more" in one] == [
            ("warning", last, 1240),
            ("error", "... and 5 more like it; the last: ERROR: no. 14", 5),
        ]
    else:
        assert lines[20] == last


def test_what_was_counted_is_said_at_the_end(opened):
    log, stream = opened(False)
    for _ in range(12):
        log.info("It happened.")
    close_log()
    assert stream.getvalue().splitlines()[10:] == ["... and 2 more like it; the last: It happened."]


def test_an_error_of_another_type_is_said_in_the_middle_of_a_burst(opened):
    log, stream = opened(False)
    for number in range(100):
        fail(log, f"no. {number}")
    try:
        raise KeyError("rare")
    except KeyError:
        log.exception("It failed.")
    assert "KeyError: 'rare'" in stream.getvalue()
    close_log()
    assert "... and 90 more like it" in stream.getvalue()
