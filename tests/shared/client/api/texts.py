"""Texts that cannot be sent, and what a test is given to expect a line of the log."""

from collections.abc import Callable

Expect = Callable[[str], None]


UNSENDABLE = {
    "lone surrogate": "a\ud83d",
    "other surrogate": "\udcff",
    "escape": "\x1b[31m",
    "nul": "a\0b",
    "bell": "\x07",
    "carriage return": "a\r\nb",
    "delete": "\x7f",
    "C1": "\x9b",
    "20,000 characters": "x" * 20_000,
    "over 16 KiB of UTF-8": "\u3042" * 6_000,
    "one byte too long": "x" * 16_385,
}
