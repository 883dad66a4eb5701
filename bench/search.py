"""`python -m bench.search`: how long a page of a search takes, and how large the index is.

One JSON line. Texts of some ten words, most of them rare, each tenth in Japanese; over the wire to a real
broker, one search at a time. `page_ms`: of the first page, the median and the longest.
"""

import argparse
import itertools
import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import zmq
from loggia.shared.protocol.codec import array, encode
from loggia.shared.protocol.requests import Join, Message, Search

from bench.broker import running_broker
from bench.surroundings import surroundings

WORDS = 30_000
KANJI = [chr(code) for code in range(0x4E00, 0x4E00 + 2000)]
AT_ONCE = 500  # messages in one frame
WINDOW = 8  # frames
RARE = "zwiebelfisch"  # that is in three messages
TIMES = 20


def main() -> None:
    command = argparse.ArgumentParser(prog="bench.search", description="Measure the search.")
    command.add_argument("--messages", type=int, default=1_000_000, help="(default 1,000,000)")
    command.add_argument("--rooms", type=int, default=100, help="(default 100)")
    options = command.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        running_broker(Path(name), "--rate", "0", "--rooms-per-account", "0") as broker,
        zmq.Context() as context,
        context.socket(zmq.DEALER) as dealer,
    ):
        dealer.linger = 0
        dealer.connect(broker.requests)
        joins = [Join(id=f"j{number}", nick="ada", room=f"room {number}") for number in range(options.rooms)]
        for join in joins:
            dealer.send(encode(join))
            dealer.recv()
        text_bytes, common, japanese = _fill(dealer, options.messages, options.rooms)
        began = time.perf_counter()
        before_s = broker.cpu_s()
        while not _ask(dealer, RARE)["complete"]:
            time.sleep(1)
        took_s, after_s = time.perf_counter() - began, broker.cpu_s()
        report: dict[str, object] = {**surroundings(), "messages": options.messages, "rooms": options.rooms}
        report["index_s"] = round(took_s, 1)
        if before_s is not None and after_s is not None:
            report["index_cpu_us_a_message"] = round((after_s - before_s) / options.messages * 1e6, 1)
        kept = sum(file.stat().st_size for file in Path(name).glob("search.db*"))
        report["bytes_of_text"], report["bytes_of_index"] = text_bytes, kept
        report["index_by_text"] = round(kept / text_bytes, 2)
        report["page_ms"] = {
            what: _timed(dealer, text)
            for what, text in {
                "rare": RARE,
                "common": common[0],
                "two common": f"{common[0]} {common[1]}",
                "phrase": f'"{common[0]} {common[1]}"',
                "none": "nobodyeversaidthis",
                "anything": "",
                "begin": f"{common[0][:1]}*",
                "begin of a rare one": f"{RARE[:5]}*",
                "rare and begin": f"{RARE} {common[0][:1]}*",
                "Japanese, two characters": japanese[:2],
                "Japanese, four": japanese[:4],
                "10 KB of words": " ".join(common)[:10_000],
                "10 KB of begins": "* ".join(common)[:10_000],
                "10 KB of signs": '"*(' * 3333,
            }.items()
        }
        print(json.dumps(report))


def _fill(dealer: "zmq.Socket[bytes]", messages: int, rooms: int) -> tuple[int, list[str], str]:
    """Bytes of text, words from the most common one on, and what is in a Japanese message."""
    chance = random.Random(7)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(chance.choices(letters, k=chance.randint(2, 9))) for _ in range(WORDS)]
    weights = list(itertools.accumulate(1 / (place + 5) for place in range(WORDS)))
    text_bytes, japanese, waiting = 0, "", 0
    frames = _frames(chance, words, weights, messages, rooms)
    for frame, size, said in frames:
        text_bytes, japanese = text_bytes + size, said or japanese
        dealer.send(frame)
        waiting += AT_ONCE
        while waiting > WINDOW * AT_ONCE:
            waiting -= _answered(dealer)
    waiting += messages % AT_ONCE - (AT_ONCE if messages % AT_ONCE else 0)
    while waiting > 0:
        waiting -= _answered(dealer)
    return text_bytes, words, japanese


def _frames(
    chance: random.Random, words: list[str], weights: list[float], messages: int, rooms: int
) -> Iterator[tuple[bytes, int, str]]:
    kanji = list(itertools.accumulate(1 / (place + 20) for place in range(len(KANJI))))
    for first in range(0, messages, AT_ONCE):
        some, size, japanese = [], 0, ""
        for number in range(first, min(messages, first + AT_ONCE)):
            if number % 10 == 9:
                text = japanese = "".join(chance.choices(KANJI, cum_weights=kanji, k=chance.randint(4, 40)))
            else:
                text = " ".join(chance.choices(words, cum_weights=weights, k=chance.randint(2, 18)))
            if number % (messages // 3 + 1) == messages // 6:
                text += f" {RARE}"
            size += len(text.encode())
            some.append(encode(Message(id=f"{number:09}", room=f"room {chance.randrange(rooms)}", text=text)))
        yield array(some), size, japanese


def _answered(dealer: "zmq.Socket[bytes]") -> int:
    """How many messages an answer is for."""
    answers = json.loads(dealer.recv())
    assert all(answer["op"] == "stored" for answer in answers), answers[:1]
    return len(answers)


def _ask(dealer: "zmq.Socket[bytes]", text: str) -> dict[str, object]:
    dealer.send(encode(Search(id="s", text=text)))
    (answer,) = json.loads(dealer.recv())
    assert answer["op"] == "found", answer
    return dict(answer)


def _timed(dealer: "zmq.Socket[bytes]", text: str) -> dict[str, object]:
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        answer = _ask(dealer, text)
        took.append((time.perf_counter() - began) * 1000)
    hits = answer["hits"]
    assert isinstance(hits, list)
    return {
        "median": round(statistics.median(took), 1),
        "longest": round(max(took), 1),
        "hits": len(hits),
        "more": answer["cursor"] is not None,
    }


if __name__ == "__main__":
    main()
