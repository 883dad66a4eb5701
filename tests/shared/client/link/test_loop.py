"""The turns of a link: a copy that may not grow, a fake wire, a clock that is moved."""

import json
import logging
from collections.abc import Iterable

import pytest
from loggia.shared.client import commands, updates
from loggia.shared.client.commands import Command, Say
from loggia.shared.client.effects import KeepEntry
from loggia.shared.client.ids import Ids
from loggia.shared.client.link.loop import DISK_RETRY_S, Loop
from loggia.shared.client.link.replica import Replica
from loggia.shared.client.saved import Entry
from loggia.shared.client.session.connection import DRAIN_S, END_S
from loggia.shared.client.session.session import Session
from loggia.shared.client.updates import ConnectionStatus, Update
from loggia.shared.protocol.errors import StorageFull

from tests.shared.client.fake import FakeBroker

LONG = "x" * 3000


class Disk(Replica):
    """A copy in memory; `full` refuses what SQLite refuses when the file cannot grow. Counts the writes."""

    def __init__(self) -> None:
        super().__init__(None)
        self.tries = 0

    def fill(self) -> None:
        (pages,) = next(self._db.execute("PRAGMA page_count"))
        self._db.execute(f"PRAGMA max_page_count = {pages}")

    def free(self) -> None:
        self._db.execute("PRAGMA max_page_count = 1000000")

    def keep(self, changes: Iterable) -> None:
        self.tries += 1
        super().keep(changes)


class World:
    """A loop, a broker, and the wire between them, whose waits only move the clock.

    `plan`: what happens at which time, in s after the start; the loop runs until it stops.
    """

    def __init__(self, plan: list[tuple[float, object]]) -> None:
        self.now = 0.0
        self.plan = sorted(plan, key=lambda step: step[0])
        self.posted: list[Command] = []
        self.told: list[tuple[float, Update]] = []
        self.down: list[bytes] = []
        self.last_word: list[bytes] = []
        self.waits = 0
        self.swallow = False  # the answers are lost on the way
        self.broker = FakeBroker()
        self.disk = Disk()
        self.ids = Ids("test")
        session = Session(
            nick="ada", rooms=["lobby"], saved=self.disk.saved(), new_id=self.new_id, chance=lambda: 1.0
        )
        self.loop = Loop(
            session,
            self.disk,
            self,
            self._notify,
            self._take,
            clock=lambda: self.now,
            wall_clock=lambda: 4711,
        )

    def run(self) -> None:
        self.loop.run()
        self.disk.close()

    def new_id(self) -> str:
        return self.ids.new(int(self.now * 1000))

    def say(self, text: str) -> None:
        self.posted.append(Say(id=self.new_id(), room="lobby", text=text))

    def statuses(self) -> list[tuple[float, str]]:
        return [(at, one.connection) for at, one in self.told if isinstance(one, ConnectionStatus)]

    def _notify(self, batch: list[Update]) -> None:
        self.told += [(self.now, update) for update in batch]

    def _take(self) -> list[Command]:
        taken, self.posted = self.posted, []
        return taken

    # -- As a wire -----------------------------------------------------------------------------

    def wait(self, timeout_s: float | None) -> None:
        if not self.down:
            self.rest(timeout_s)

    def rest(self, timeout_s: float | None) -> None:
        self.waits += 1
        assert self.waits < 1000, "the loop spins"
        wanted = self.now + (3600.0 if timeout_s is None else max(timeout_s, 0.0))
        if self.plan and self.plan[0][0] <= wanted:
            at, step = self.plan.pop(0)
            self.now = max(self.now, at)
            step()  # type: ignore[operator]
        else:
            assert self.plan or timeout_s is not None, "nothing will ever happen"
            self.now = wanted

    def connect(self) -> str:
        return ""

    def disconnect(self) -> None:
        self.down.clear()

    def send(self, frame: bytes) -> None:
        answers = json.dumps(self.broker.handle(1, frame)).encode()
        if not self.swallow:
            self.down.append(answers)

    def subscribe(self, endpoint: str, topics: frozenset[str]) -> str:
        return ""

    def failed(self) -> str:
        return ""

    def is_broken(self) -> bool:
        """A last word of the broker comes with the end of its connection."""
        last_word, self.last_word = self.last_word, []
        self.down += last_word
        return bool(last_word)

    def received(self) -> Iterable[bytes]:
        frames, self.down = self.down, []
        return frames

    def published(self) -> Iterable[bytes]:
        return ()


def test_what_the_broker_says_with_its_last_breath_is_heard() -> None:
    goodbye = b'[{"op":"error","id":null,"code":"unavailable","text":"The broker is stopping."}]'
    world = World(
        [(5.0, lambda: world.last_word.append(goodbye)), (5.5, lambda: world.posted.append(commands.Shut()))]
    )
    world.run()
    (told,) = [
        one for _, one in world.told if isinstance(one, ConnectionStatus) and one.connection == "reconnecting"
    ]
    assert told.reason == "the broker is stopping"


def full(world: World) -> None:
    world.disk.fill()
    for _ in range(20):
        world.say(LONG)


def test_the_copy_of_these_tests_refuses_as_a_full_disk_does() -> None:
    world = World([])
    world.disk.fill()
    entry = Entry(place=1, say=Say(id="1", room="lobby", text=LONG * 10), at=0)
    with pytest.raises(StorageFull):
        world.disk.keep([KeepEntry(entry)])
    world.disk.close()


@pytest.mark.parametrize(
    ("command", "within_s"), [(commands.Shut(), 0.0), (commands.Goodbye(), DRAIN_S + END_S)]
)
def test_a_full_disk_does_not_keep_a_program_from_ending(
    command: Command, within_s: float, expect_log: object
) -> None:
    expect_log("refused to store")  # type: ignore[operator]
    world = World([(5.0, lambda: full(world)), (20.0, lambda: world.posted.append(command))])
    world.run()
    assert 20.0 <= world.now <= 20.0 + within_s + 0.01
    assert world.statuses()[-1][1] == "ended"
    assert world.broker.texts("lobby") == [], "what is not on the disk is not sent"


def test_a_full_disk_is_said_once_and_tried_once_in_a_while(
    expect_log: object, caplog: pytest.LogCaptureFixture
) -> None:
    expect_log("refused to store")  # type: ignore[operator]
    world = World(
        [
            (5.0, lambda: full(world)),
            *((5.0 + number / 50, lambda: world.say("more")) for number in range(1, 500)),
            (15.0, lambda: world.posted.append(commands.Shut())),
        ]
    )
    world.run()
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(said) == 2, "when it begins, and what it cost at the end"
    assert said[1].endswith("are lost: 519.")
    assert world.statuses()[-2:] == [(5.0, "offline"), (15.0, "ended")]
    assert world.disk.tries < 10 / DISK_RETRY_S + 10
    told = next(
        one for at, one in world.told if isinstance(one, ConnectionStatus) and one.connection == "offline"
    )
    assert "disk" in told.reason  # type: ignore[attr-defined]


def test_when_the_disk_has_room_again_all_goes_on(expect_log: object) -> None:
    expect_log("refused to store")  # type: ignore[operator]
    world = World(
        [
            (5.0, lambda: full(world)),
            (6.0, lambda: world.broker.say("lobby", "meanwhile")),
            (300.0, lambda: world.disk.free()),
            (330.0, lambda: world.posted.append(commands.Shut())),
        ]
    )
    world.run()
    assert world.broker.texts("lobby") == ["meanwhile", *[LONG] * 20]
    assert [name for at, name in world.statuses() if at > 5.0] == ["connected", "ended"]
    assert len([one for at, one in world.told if isinstance(one, updates.Delivered)]) == 20


def test_a_caller_with_clocks_of_its_own_takes_the_turns_itself() -> None:
    world = World([(8.5, lambda: world.say("hello"))])
    assert world.loop.begin()
    while world.now < 8.5:
        world.wait(world.loop.timeout_s())
        assert world.loop.turn()
    assert world.broker.texts("lobby") == ["hello"]
    (waiting,) = [one for _, one in world.told if isinstance(one, updates.Waiting)]
    assert waiting.at == 4711, "the time of a message is that of the wall clock"
    world.posted.append(commands.Shut())
    assert not world.loop.turn()
    world.disk.close()


def test_what_is_rare_is_in_the_log_a_minute_later_and_only_then(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    world = World([])

    def swallowed() -> None:
        world.say("swallowed")
        world.swallow = True

    world.plan = [
        (5.0, swallowed),
        (6.0, lambda: setattr(world, "swallow", False)),
        (300.0, lambda: world.posted.append(commands.Shut())),
    ]
    world.run()
    said = [record for record in caplog.records if record.name == "loggia.shared.client.link.loop"]
    assert [record.getMessage() for record in said] == [
        "1 gap found, 1 message filled, 1 message sent again, 1 answer that a message was stored before"
    ]
    totals = [one.totals for _, one in world.told if isinstance(one, updates.Counts)][-1]
    assert (totals["resent"], totals["duplicates"]) == (1, 1)
