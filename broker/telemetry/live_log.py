"""The live log, as people read it on a terminal or as JSON lines. Runs in the broker's loop thread.

What repeats is summed up (broker/telemetry/repeats.py), also when nothing else happens then; `close_log` says
what is left.
"""

import asyncio
import contextlib
import io
import logging
import re
import struct
import time
from collections.abc import Iterable, Sequence
from typing import TextIO

from loggia.broker.telemetry.repeats import Repeats, Summary, likeness
from loggia.shared.process import streams
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.names import escaped

LOGGER = "loggia"

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


Stream = io.TextIOBase | TextIO


def open_log(as_json: bool, *outputs: Stream) -> logging.Logger:
    """Send the broker's log to all these, flushed line by line. Never holds message bodies."""
    close_log()
    logger = logging.getLogger(LOGGER)
    logger.handlers = [_Live([_written(as_json, stream) for stream in outputs])]
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logging.raiseExceptions = False  # a terminal that went away must not take the broker with it
    return logger


def close_log() -> None:
    """Say what was counted and not said yet. The log stays open."""
    for handler in logging.getLogger(LOGGER).handlers:
        handler.flush()


def _written(as_json: bool, stream: Stream) -> logging.Handler:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_JsonLines(ascii_only=not streams.is_utf8(stream)) if as_json else _Lines())
    return handler


class _Live(logging.Handler):
    """Passes on what is said; of what repeats, some of it and how much there was."""

    def __init__(self, under: Sequence[logging.Handler]) -> None:
        super().__init__()
        self._under = under
        self._repeats = Repeats()
        self._timer: asyncio.TimerHandle | None = None

    def emit(self, record: logging.LogRecord) -> None:
        now, text = time.monotonic(), record.getMessage()
        self._say(self._repeats.due(now))
        if self._repeats.lets_by((record.levelno, _likeness(record, text)), text, now):
            self._pass_on(record)
        elif self._timer is None:
            self._wait(now)

    def flush(self) -> None:
        self.acquire()
        try:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            self._say(self._repeats.all())
        finally:
            self.release()

    def _wait(self, now: float) -> None:
        """Where no loop runs yet, or any more, the next line or the end brings it."""
        at = self._repeats.due_at()
        with contextlib.suppress(RuntimeError):
            if at is not None:
                self._timer = asyncio.get_running_loop().call_later(max(0.0, at - now), self._over)

    def _over(self) -> None:
        self.acquire()
        try:
            self._timer = None
            now = time.monotonic()
            self._say(self._repeats.due(now))
            self._wait(now)
        finally:
            self.release()

    def _say(self, summaries: Iterable[Summary]) -> None:
        for summary in summaries:
            record = logging.LogRecord(LOGGER, summary.level, __file__, 0, "%s", (summary.text,), None)
            record.more = summary.more
            self._pass_on(record)

    def _pass_on(self, record: logging.LogRecord) -> None:
        for handler in self._under:
            handler.handle(record)


def _likeness(record: logging.LogRecord, text: str) -> str:
    """Who says something and knows what it is like says so, as `like`."""
    like = getattr(record, "like", None) or likeness(str(record.msg), text, str(getattr(record, "peer", "")))
    if record.exc_info and record.exc_info[0]:
        like += f" {record.exc_info[0].__name__}"
    return like


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        text = escaped(record.getMessage())
        return f"{text}\n{_traceback(self, record)}" if record.exc_info else text


class _JsonLines(logging.Formatter):
    def __init__(self, *, ascii_only: bool) -> None:
        super().__init__()
        self._ascii_only = ascii_only

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": round(record.created * 1000),
            "level": record.levelname.lower(),
            "text": escaped(record.getMessage()),
        }
        for extra in ("peer", "account", "room"):
            if hasattr(record, extra):
                line[extra] = escaped(str(getattr(record, extra)))
        if hasattr(record, "more"):
            line["more"] = record.more
        if record.exc_info:
            line["exception"] = _traceback(self, record)
        text = encode(line).decode()
        return _BEYOND_ASCII.sub(_as_escapes, text) if self._ascii_only else text


def _as_escapes(char: re.Match[str]) -> str:
    return "".join(f"\\u{unit:04x}" for (unit,) in struct.iter_unpack(">H", char[0].encode("utf-16-be")))


def _traceback(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    assert record.exc_info
    return "\n".join(map(escaped, formatter.formatException(record.exc_info).split("\n")))
