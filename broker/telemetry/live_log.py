"""The live log, as people read it on a terminal or as JSON lines. Runs in the broker's loop thread."""

import io
import logging
import re
import struct
from typing import TextIO

from loggia.shared.process import streams
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.names import escaped

LOGGER = "loggia"

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


def open_log(as_json: bool, stream: io.TextIOBase | TextIO) -> logging.Logger:
    """Send the broker's log to `stream`, flushed line by line. Never holds message bodies."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_JsonLines(ascii_only=not streams.is_utf8(stream)) if as_json else _Lines())
    logger = logging.getLogger(LOGGER)
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logging.raiseExceptions = False  # a terminal that went away must not take the broker with it
    return logger


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        text = escaped(record.getMessage())
        return f"{text}\n{_traceback(self, record)}" if record.exc_info else text


class _JsonLines(logging.Formatter):
    def __init__(self, *, ascii_only: bool) -> None:
        super().__init__()
        self._ascii_only = ascii_only

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": round(record.created * 1000),
            "level": record.levelname.lower(),
            "text": escaped(record.getMessage()),
        }
        for extra in ("peer", "account", "room"):
            if hasattr(record, extra):
                line[extra] = escaped(str(getattr(record, extra)))
        if record.exc_info:
            line["exception"] = _traceback(self, record)
        text = encode(line).decode()
        return _BEYOND_ASCII.sub(_as_escapes, text) if self._ascii_only else text


def _as_escapes(char: re.Match[str]) -> str:
    return "".join(f"\\u{unit:04x}" for (unit,) in struct.iter_unpack(">H", char[0].encode("utf-16-be")))


def _traceback(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    assert record.exc_info
    return "\n".join(map(escaped, formatter.formatException(record.exc_info).split("\n")))
