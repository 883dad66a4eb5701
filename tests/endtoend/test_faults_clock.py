"""Clocks that are set forward and back by weeks, in real processes: numbers, order and time-outs do not care.

docs/protocol.md, "Events": `at` never decreases within a room; "Requests": who may resume, and for how long.
"""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from loggia.shared.client.link.replica import Replica

from tests.endtoend.people import Raw
from tests.endtoend.processes import Broker, Running, module
from tests.endtoend.wire import ANSWER_S, LOBBY, Caller, Wire, refused

WEEK_MS = 7 * 24 * 3600 * 1000
JUMPS_WEEKS = [3, -5, 1, -8, 0]  # by how much the clock is off, one after the other
FIRST_WORDS = ["one life", "another life"]
RATE = 5  # messages a second, with a burst of some seconds
LONGEST_PAUSE_MS = 5_000  # that a broker of this rate asks for


class Clock:
    """The time of day of the processes that are given its `file`."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.is_off_by(0)

    def is_off_by(self, weeks: float) -> None:
        new = self.file.with_suffix(".new")
        new.write_text(str(round(weeks * WEEK_MS)))
        new.replace(self.file)

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + int(self.file.read_text())

    def program(self, *command: str) -> tuple[str, ...]:
        return ("tests.endtoend.jumping", str(self.file), *command)


@pytest.fixture
def clock(tmp_path) -> Clock:
    return Clock(tmp_path / "clock")


@pytest.fixture
def jumpy(tmp_path, clock) -> Iterator[Broker]:
    """A broker whose clock can be set."""
    with Broker(tmp_path / "broker", "--rate", str(RATE), program=clock.program("broker")) as broker:
        yield broker


def is_in_order(log: list[dict]) -> bool:
    """Dense, and no event is older than the one before it."""
    times = [event["at"] for event in log]
    return [event["seq"] for event in log] == list(range(1, len(log) + 1)) and times == sorted(times)


def test_a_broker_whose_clock_jumps_keeps_numbers_order_and_time(jumpy, clock):
    """Also over a kill and a restart with the clock behind what is stored."""
    with Wire(jumpy) as wire:
        ada = wire.joined("ada")
        stored = []
        for weeks in JUMPS_WEEKS:
            clock.is_off_by(weeks)
            before = clock.now_ms()
            stored.append(ada.say(f"off by {weeks}"))
            assert stored[-1]["at"] >= before
            room = f"room {weeks}"
            ada.ask("join", room=room)
            assert abs(ada.log(room)[0]["at"] - before) < WEEK_MS, "another room has its own time"
        assert stored[-1]["at"] == max(item["at"] for item in stored), "as late as what came before"
    for weeks in (-8, 4):
        jumpy.kill()
        clock.is_off_by(weeks)
        jumpy.start()
        with Wire(jumpy) as wire:
            back = wire.resumed(ada, room=LOBBY)
            stored.append(back.say(f"after a restart off by {weeks}"))
            again = back.exchange({"op": "message", "id": stored[0]["id"], "room": LOBBY, "text": "again"})
            assert again == {**stored[0], "duplicate": True}
            ada._last_id = back._last_id
            log = back.log(LOBBY)
            assert is_in_order(log)
            said = [event["seq"] for event in log if event["op"] == "message"]
            assert said == [item["seq"] for item in stored]
            assert [event["op"] for event in log].count("joined") == 1
    assert stored[-1]["at"] > stored[-2]["at"]


def presence(caller: Caller) -> list[tuple[str, str]]:
    members = caller.ask("members", room=LOBBY)["members"]
    return [(member["nick"], member["presence"]) for member in members]


@pytest.mark.parametrize("weeks", [3, -3])
def test_a_jump_ends_no_session_and_nobody_is_let_in_sooner(jumpy, clock, weeks):
    """Away for a moment while the clock is set: resumed without a word; the nickname stays taken."""
    with Wire(jumpy) as wire:
        ada, bob = wire.joined("ada"), wire.joined("bob")
        ada.socket.close(linger=0)
        deadline = time.monotonic() + ANSWER_S
        while ("ada", "away") not in presence(bob):
            assert time.monotonic() < deadline
        clock.is_off_by(weeks)
        taken = wire.caller().ask("join", nick="ADA")
        refused(taken, "nick_taken", taken["id"])
        assert 0 < taken["retry_after_ms"] <= 30_000
        assert wire.resumed(ada).account == ada.account
        assert bob.ask("ping")["op"] == "pong"
        assert [event["op"] for event in bob.log(LOBBY)] == ["joined", "joined"]


@pytest.mark.parametrize("weeks", [3, -3])
def test_a_jump_gives_nobody_more_or_less_to_say(jumpy, clock, weeks):
    with Wire(jumpy) as wire:
        ada = wire.joined("ada")
        requests = [ada.request("message", room=LOBBY, text="hello") for _ in range(20 * RATE)]
        ada.post(*requests)
        first = ada.take(len(requests))[-1]
        refused(first, "slow_down", first["id"])
        told_at = time.monotonic()
        clock.is_off_by(weeks)
        answer = ada.ask("message", room=LOBBY, text="too soon")
        if time.monotonic() - told_at < first["retry_after_ms"] / 1000:  # it was, if nothing held us up
            refused(answer, "slow_down", answer["id"])
            assert 0 < answer["retry_after_ms"] < LONGEST_PAUSE_MS
        deadline = time.monotonic() + ANSWER_S
        while answer["op"] != "stored":
            assert time.monotonic() < deadline, answer
            answer = ada.ask("message", room=LOBBY, text="in time")


def ada_says(clock: Clock, broker: Broker, file: Path) -> Running:
    """A script on the library, whose clock jumps."""
    return module(*clock.program("tests.endtoend.speaker", broker.requests, str(file)))


def test_a_client_whose_clock_jumps_sends_all_of_it_once_under_growing_ids(broker, clock, tmp_path):
    file = tmp_path / "ada.db"
    said = []
    with Raw(broker.requests, "raw") as raw:
        for life in FIRST_WORDS:
            with contextlib.closing(ada_says(clock, broker, file)) as ada:
                ada.type(life)
                raw.hears(life, by="ada")
                said.append(life)
                for weeks in JUMPS_WEEKS:
                    clock.is_off_by(weeks)
                    said += [f"{life}, off by {weeks}, {number}" for number in range(3)]
                    for text in said[-3:]:
                        ada.type(text)
                    raw.hears(said[-1], by="ada")
                ada.kill()
            clock.is_off_by(-20)  # the next life begins long before this one ended
        with contextlib.closing(ada_says(clock, broker, file)) as ada:
            for text in ("a third life", "the end"):
                ada.type(text)
                raw.hears(text, by="ada")
            ada.end_input()
            assert ada.wait() == 0, ada.lines
        messages = [event for event in raw.log() if event["op"] == "message"]
    assert [event["text"] for event in messages] == [*said, "a third life", "the end"]
    assert len({event["id"] for event in messages}) == len(messages)
    # what a life says first may get its id before the last one of the life before is read from the disk
    ids = [event["id"] for event in messages if event["text"] not in [*FIRST_WORDS, "a third life"]]
    assert ids == sorted(ids)
    with contextlib.closing(Replica(file)) as replica:
        assert replica.saved().outbox == []
