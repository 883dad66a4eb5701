"""`python -m bench.windows.rows`: how long the window measures a row, by what is in it, as one JSON line.

A measure is all that is between a message and its height: its text is read, its parts are made and set. The
processor's time of the GUI thread, the middle one of some. And the longest turn of the event loop in which a
room of such texts opens, and one of short messages gets another width.
"""

import argparse
import gc
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from loggia.qtclient.screen import UNTOLD
from loggia.qtclient.state.rows import MessageRow
from loggia.qtclient.state.state import WindowState
from loggia.qtclient.style.theme import LIGHT
from loggia.qtclient.timeline.layout import Layouts
from loggia.qtclient.window import Window
from loggia.shared.client.updates import Arrived
from loggia.shared.protocol.events import MessageEvent
from PyQt6.QtCore import QEvent
from PyQt6.QtWidgets import QApplication

from bench.surroundings import surroundings

ROOM, WIDTH = "lobby", 760
KIB16 = 16 * 1024 - 16  # what a text may hold, in UTF-8, with a number behind it
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
COMMON = "I left the keys for the lab on the third shelf, the spare ones are with Zoe."
HOSTILE = {
    "lines": "\n" * KIB16,
    "numbered lines": "".join(f"{number}\n" for number in range(3000)),
    "pictures": "\U0001f600" * (KIB16 // 4),
    "families": FAMILY * (KIB16 // 18),
    "keycaps": "1\ufe0f\u20e3" * (KIB16 // 7),
    "endless family": "\U0001f468\u200d" * (KIB16 // 7),
    "code": "```\n" + "x\n" * (KIB16 // 2 - 4) + "```",
    "code in lines": "`a` " * (KIB16 // 4),
    "open looks": "**" * (KIB16 // 2),
    "looks": "*a* " * (KIB16 // 4),
    "quotes": "> a\n" * (KIB16 // 4),
    "quotes in quotes": ">" * (KIB16 - 1) + "a",
    "lists": "- a\n" * (KIB16 // 4),
    "links": "http://a.b " * (KIB16 // 11),
    "one link": "http://a.b/" + "c" * (KIB16 - 11),
    "open brackets": "[" * KIB16,
    "links with words": "[a](http://b.c) " * (KIB16 // 16),
    "words": "word and " * (KIB16 // 9),
    "one word": "w" * KIB16,
    "narrow word": "i" * KIB16,
    "wide word": "\ufdfd" * (KIB16 // 3),
    "marks": "e" + "\u0301" * (KIB16 // 2),
    "zalgo": ("a" + "\u0335\u0321\u034e" * 20) * 135,
    "chinese": "\u8a9e" * (KIB16 // 3),
    "arabic": "\u0627\u0644" * (KIB16 // 4),
    "thai": "\u0e01\u0e33" * (KIB16 // 6),
    "devanagari": "\u0915\u094d\u0937\u093f" * (KIB16 // 12),
    "both ways": "a\u05d0" * (KIB16 // 3),
    "overrides": "\u202e\u0627a" * (KIB16 // 6),
    "isolates": "\u2067a\u2069" * (KIB16 // 7),
    "ends of lines": "\u2028" * (KIB16 // 3),
    "unseen": "\u200b" * (KIB16 // 3),
    "many fonts": "".join(map(chr, range(0x0530, 0x0530 + 7000)))[: KIB16 // 3],
    "mathematics": "".join(map(chr, range(0x1D400, 0x1D7CB))) * 4,
    "tags": "<b>&amp;</b>" * (KIB16 // 12),
    "tabs": "a\t" * (KIB16 // 2),
}


def main() -> None:
    command = argparse.ArgumentParser(prog="bench.windows.rows", description="Measure the window's rows.")
    command.add_argument("--times", type=int, default=7, help="each text is measured (default 7)")
    command.add_argument(
        "--hostile", type=int, default=200, help="messages in a room that opens (default 200)"
    )
    command.add_argument("--common", type=int, default=1000, help="in one that is widened (default 1,000)")
    options = command.parse_args()
    os.environ["QT_QPA_PLATFORM"], os.environ["QT_LOGGING_RULES"] = "offscreen", UNTOLD
    application = QApplication(sys.argv[:1])
    row_ms = {name: _measured(text, options.times) for name, text in HOSTILE.items()}
    room_ms = {name: _opened(application, text, options.hostile) for name, text in HOSTILE.items()}
    figures = {
        "row_us": round(1000 * _measured(COMMON, 100 * options.times)),
        "hostile_row_ms": max(row_ms.values()),
        "hostile_room_ms": max(room_ms.values()),
        "widened_ms": _widened(application, options.common),
    }
    print(json.dumps({**surroundings(), **vars(options), **figures, "row_ms": row_ms, "room_ms": room_ms}))


def _measured(text: str, times: int) -> float:
    """One row with that text, and a number below it: none was seen before. ms of the processor."""
    took = []
    for number in range(times):
        row, layouts = _rows([f"{text}\n{number}"])[0], Layouts(QApplication.font())
        took.append(_ms(lambda layouts=layouts, row=row: layouts.of(row, WIDTH)))  # type: ignore[misc]
    return round(statistics.median(took), 3)


def _widened(application: QApplication, count: int) -> float:
    """The longest turn until so many short messages, as who scrolled up has them, are whole in each of some
    widths, ms."""
    longest = 0.0
    with _window(_said([COMMON] * count)) as window:
        list(_turns(application))
        bar, model = window.timeline.verticalScrollBar(), window.timeline.model()
        assert bar is not None
        assert model is not None
        while model.rowCount() < count:
            bar.setValue(bar.minimum())
            list(_turns(application))
        gc.collect()
        for width in (1000, 900, 1050, 1200):
            longest = max(longest, _ms(lambda width=width: window.resize(width, 700)))  # type: ignore[misc]
            longest = max(longest, *_turns(application))
    return round(longest, 1)


def _opened(application: QApplication, text: str, count: int) -> float:
    """The longest turn while a room opens in which that alone was said, so often, ms."""
    with _window(_said([COMMON])) as window:
        list(_turns(application))
        window.take([_arrived("elsewhere", [f"{text}\n{number}" for number in range(count)])])
        list(_turns(application))
        gc.collect()
        return round(max(_ms(lambda: window.go("elsewhere")), *_turns(application)), 1)


@contextmanager
def _window(state: WindowState) -> Iterator[Window]:
    window = Window(state, LIGHT, time.monotonic)
    window.resize(1100, 700)
    window.show()
    yield window
    window.hide()
    window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _turns(application: QApplication) -> Iterator[float]:
    """Of the event loop, until nothing is to be done; how long each took."""
    idle = 0
    while idle < 20:
        took = _ms(application.processEvents)
        idle = 0 if took > 0.2 else idle + 1
        yield took


def _rows(texts: list[str]) -> list[MessageRow]:
    return [row for row in _said(texts).rooms[ROOM].rows if isinstance(row, MessageRow)]


def _said(texts: list[str]) -> WindowState:
    state = WindowState(nick="ada", endpoint="tcp://127.0.0.1:1")
    state.apply([_arrived(ROOM, texts)], 0)
    return state


def _arrived(room: str, texts: list[str]) -> Arrived:
    messages = [
        MessageEvent(
            room=room, seq=seq, at=1_700_000_000_000, nick="bob", account="b", id=f"{seq}", text=text
        )
        for seq, text in enumerate(texts, 1)
    ]
    return Arrived(room=room, events=[*messages], epoch="")


def _ms(do: Callable[[], object]) -> float:
    begin = time.thread_time()
    do()
    return (time.thread_time() - begin) * 1000


if __name__ == "__main__":
    main()
