"""A client's computer: it starts and kills its program, sleeps for weeks, and is restored from a backup.

Runs in the simulation's only thread.
"""

import random
from collections.abc import Callable
from typing import NamedTuple

from loggia.shared.client import commands
from loggia.shared.protocol.limits import LOBBY

from tests.simulation.copies import Copy
from tests.simulation.kinds import Kind
from tests.simulation.ledger import Ledger
from tests.simulation.network import Network
from tests.simulation.programs import START_MS, Run
from tests.simulation.schedule import Schedule


class _Backup(NamedTuple):
    """A copy as it was, of an account that came into being in the life `epoch` of the log."""

    epoch: str
    image: bytes
    has_unsent: bool


class Client:
    """One account's computer.

    Attributes: `run`: the program that runs, if any; `said`: every message that is to be stored, id to text;
    `asleep`; `wanted`: the public rooms; `account`; `given_up`; `clock_lost_s`: time this computer has slept,
    if its clock does not count that (`counts_sleep`); `wall_jump_ms`.
    """

    def __init__(
        self,
        number: int,
        kind: Kind,
        rooms: list[str],
        *,
        schedule: Schedule,
        network: Network,
        ledger: Ledger,
        chance: random.Random,
        say: Callable[..., None],
    ) -> None:
        self.number, self.kind, self.nick = number, kind, f"nick{number}"
        self.rooms = rooms
        self.schedule, self.network, self.ledger, self.chance = schedule, network, ledger, chance
        self.say_so = say
        self.copy = Copy()
        self.run: Run | None = None
        self.asleep = self.night = False  # nobody wakes up at night
        self.wanted: set[str] = set(rooms)
        self.clock_lost_s = 0.0
        self.counts_sleep = chance.random() < 0.7
        self.wall_jump_ms = 0
        self.said: dict[str, str] = {}
        self.backups: list[_Backup] = []
        self.begins: dict[tuple[str, str], int] = {}
        self.off = False  # nobody starts it again
        self.account = ""  # the last one
        self.given_up: set[str] = set()  # ids of messages that were refused for good
        self._texts = 0
        self._slept_at = 0.0

    def __repr__(self) -> str:
        return f"client {self.number}"

    @property
    def rooms_now(self) -> set[str]:
        """Where whoever sits there is: also in rooms that others let him into."""
        if self.run is None:
            return self.wanted
        logs = self.ledger.logs[self.ledger.epoch]
        private = {
            name for name, log in logs.items() if log.is_private and self.run.account in log.members[-1]
        }
        return self.wanted | private

    @property
    def some_room(self) -> str:
        """One of them; who was shown out of all is not in it."""
        return self.chance.choice(sorted(self.rooms_now) or [LOBBY])

    @property
    def is_shut_out(self) -> bool:
        """Whether its program comes into none of the rooms that it would begin with."""
        if not all(map(self.is_banned, self.rooms)):  # most often
            return False
        kept = [] if self.kind.settings["bot"] else self.copy.saved().rooms
        return all(self.is_banned(room.room) for room in kept if room.wanted)

    def is_banned(self, room: str) -> bool:
        log = self.ledger.log_of(room)
        return log is not None and log.standings[-1].is_banned(self.account, self.ledger.at)

    # -- The computer --------------------------------------------------------------------------

    def clock(self) -> float:
        return 500.0 + self.schedule.now - self.clock_lost_s

    def wall_ms(self) -> int:
        return START_MS + round(self.schedule.now * 1000) + self.wall_jump_ms

    def start(self) -> None:
        if self.run is None and not self.off and not self.asleep:
            self.say_so(self, "starts", self.nick)
            self.copy.dies = ""
            self.run = Run(self)
            self.run.begin()

    def die(self) -> None:
        """kill -9: the copy is as it was written last."""
        if self.run is not None:
            self.say_so(self, "dies")
            self.run.end()
            self.run = None
            self.copy.dies = ""

    def die_and_come_back(self, after_s: float) -> None:
        self.die()
        self.schedule.after(after_s, self.start)

    def sleep(self) -> None:
        """The lid is closed: no code runs, the clock of its programs may stand still."""
        if not self.asleep:
            self.say_so(self, "falls asleep")
            self.asleep, self._slept_at = True, self.schedule.now
            if self.run is not None and self.run.connection is not None:
                self.run.connection.half_open()

    def wake(self) -> None:
        if self.asleep and not self.night:
            self.say_so(self, "wakes up")
            self.asleep = False
            if not self.counts_sleep:
                self.clock_lost_s += self.schedule.now - self._slept_at
            if self.run is not None:
                self.run.wake()
            self.start()

    def back_up(self) -> None:
        saved = self.copy.saved()
        if saved.tokens and (self.copy.handled or not self.kind.durable):
            self.backups.append(
                _Backup(self.ledger.lives[saved.tokens[0]], self.copy.image(), bool(saved.outbox))
            )

    def restore(self, after_s: float) -> None:
        """The program's file is put back as it was; what waited in it since is lost.

        Never one of another log's life with something to send, or of a bot that would answer again: under the
        account that it gets in this life all that is new.
        """
        aside = [one for one in self.backups if not one.has_unsent and not self.kind.durable]
        backups = [one for one in self.backups if one.epoch == self.ledger.epoch or one in aside]
        if not backups:
            return
        self.die()
        self.say_so(self, "is restored from a backup")
        self.copy.close()
        self.copy = Copy(self.chance.choice(backups).image)
        waits = {entry.id for entry in self.copy.saved().outbox}
        answered = {key[2] for key in self.ledger.answered}
        self.said = {id_: text for id_, text in self.said.items() if id_ in waits or id_ in answered}
        self.schedule.after(after_s, self.start)

    # -- The program ---------------------------------------------------------------------------

    def began(self, room: str, epoch: str, seq: int) -> None:
        """The copy of a room holds what comes behind `seq`: once in the life of a log, without a backup."""
        again = (room, epoch) in self.begins and not self.backups
        self.ledger.require(not again, "a copy began anew:", self, room, epoch)
        self.begins[room, epoch] = seq

    def speak(self, room: str, prefix: str = "") -> None:
        if self.run is not None:
            self.run.say(room, f"{prefix}{self.new_text()}")

    def new_text(self) -> str:
        """One that nobody said before, and that is no part of another."""
        self._texts += 1
        return f"<{self.number}x{self._texts}>"

    def enter(self, room: str) -> None:
        if self.run is not None:
            self.wanted.add(room)
            self.run.post(commands.Enter(room=room))

    def shown_out(self, room: str) -> None:
        """Whoever sits there is not let in, or not any more; and tries again after a while, or does not."""
        if room in self.wanted:
            self.wanted.discard(room)
            if self.chance.random() < 0.7:
                self.schedule.after(self.chance.uniform(0.1, 6.0), lambda: self.enter(room))

    def leave(self, room: str) -> None:
        if self.run is not None and self.wanted - {room}:
            self.wanted.discard(room)
            self.run.post(commands.LeaveRoom(room=room))
