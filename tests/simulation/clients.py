"""A client's computer: the real loop, session and copy, joined to a network and a disk that are simulated.

Runs in the simulation's only thread. The program may die at every step, sleep for weeks, and wake up with an
old backup of its copy; what it is told is held against what the broker said.
"""

import collections
import random
from collections.abc import Callable, Iterable
from typing import NamedTuple

from shared import commands, notices
from shared.commands import Command
from shared.effects import Keep, KeepHandled
from shared.errors import StorageFull
from shared.ids import Ids, derived
from shared.loop import Loop
from shared.messages import MessageEvent
from shared.notices import Notice
from shared.replica import Replica
from shared.session import Session
from tests.simulation.disk import Killed
from tests.simulation.ledger import Ledger, Violation
from tests.simulation.network import Connection, Feed, Network
from tests.simulation.schedule import Alarm, Schedule

START_MS = 1_700_000_000_000
TURN_S = 0.003  # at the most, until a program gets its turn
DERIVED = "!"  # begins the ids of answers, which a bot may say again after it died
QUESTION, ANSWER = "?", "!"  # what a bot answers begins with the one, its answers with the other


def reply(bot: int, epoch: str, question: str) -> str:
    """What a bot says to a question, in this life of the log."""
    return f"{ANSWER}{bot} in {epoch}: {question}"


class Copy(Replica):
    """A copy in memory that can be backed up and restored. `dies`: "before" or "after" the next write."""

    def __init__(self, image: bytes | None = None) -> None:
        self._image = image
        self.dies = ""
        self.full = False
        self.handled: dict[tuple[str, str], int] = {}
        super().__init__(None)
        for kept in self.saved().rooms:
            if kept.handled is not None:
                self.handled[kept.room, kept.epoch] = kept.handled

    def _open(self) -> None:
        if self._image is not None:
            self._db.deserialize("main", self._image)
        super()._open()

    def image(self) -> bytes:
        return self._db.serialize("main")

    def epoch(self, room: str) -> str:
        return self._copies.get(room, ("", 0))[0]

    def keep(self, changes: Iterable[Keep]) -> None:
        changes = list(changes)
        if self.full:
            raise StorageFull("simulated: the client's disk is full.")
        if self.dies == "before":
            raise Killed
        for change in changes:
            if isinstance(change, KeepHandled):
                place = (change.room, change.epoch)
                if change.seq < self.handled.get(place, 0):
                    raise Violation(f"a bot's cursor goes back: {change}")
                self.handled[place] = change.seq
        super().keep(changes)
        if self.dies == "after":
            raise Killed


class Kind:
    """What sort of program it is: how it makes its session, and whether it answers questions."""

    def __init__(self, *, bot: bool = False, complete: bool = False, durable: bool = False) -> None:
        self.settings = {"bot": bot, "complete": complete, "durable": durable}
        self.durable = durable


WINDOW = Kind()
SCRIPT = Kind(bot=True, complete=True)
BOT = Kind(bot=True, complete=True, durable=True)


class _Backup(NamedTuple):
    """A copy as it was, of an account that came into being in the life `epoch` of the log."""

    epoch: str
    image: bytes
    has_unsent: bool


class Client:
    """One account's computer.

    Attributes: `run`: the program that runs, if any; `said`: every message that is to be stored, id to text;
    `asleep`; `wanted`: the rooms; `clock_lost_s`: time this computer has slept,
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
        self._texts = 0
        self._slept_at = 0.0

    def __repr__(self) -> str:
        return f"client {self.number}"

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
        if saved.token is not None and (self.copy.handled or not self.kind.durable):
            self.backups.append(
                _Backup(self.ledger.lives[saved.token], self.copy.image(), bool(saved.outbox))
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
            self._texts += 1
            self.run.say(room, f"{prefix}{self.number}.{self._texts}")

    def enter(self, room: str) -> None:
        if self.run is not None:
            self.wanted.add(room)
            self.run.post(commands.Enter(room=room))

    def leave(self, room: str) -> None:
        if self.run is not None and self.wanted - {room}:
            self.wanted.discard(room)
            self.run.post(commands.LeaveRoom(room=room))


class Run:
    """A program from its start to its end. It is the wire of its own loop."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.connection: Connection | None = None
        self.feed: Feed | None = None
        self.connected = False
        self.ended = False
        self.last: dict[str, int] = {}  # what was told last of each room
        self.held: dict[str, tuple[int, int, int]] = {}  # the copy's end, as it is shown
        self.delivered: set[str] = set()
        self.people: dict[str, list] = {}
        self._epochs: dict[str, str] = {}
        self._tail = f"{client.chance.getrandbits(32):08x}"
        self._ids = Ids(self._tail)
        self._inbox: collections.deque[bytes] = collections.deque()
        self._heard: collections.deque[bytes] = collections.deque()
        self._broken = False
        self._commands: list[Command] = []
        self._slowness_s = client.chance.choice([0.01, 0.1, 1.0])
        self._slow_until = 0.0  # when the handler is through with what it was told
        self._alarm = Alarm(client.schedule, self._turn)
        self.account = ""
        self.dies_sending = 0  # "before" (-1) or "after" (1) the next frame is sent
        saved = client.copy.saved()
        client.wanted = set(client.rooms)
        if not client.kind.settings["bot"]:
            client.wanted |= {kept.room for kept in saved.rooms if kept.wanted}
        for kept in saved.rooms:
            if kept.spans:
                end = kept.spans[-1][1]
                told = kept.handled if client.kind.durable and kept.handled is not None else end
                self.last[kept.room] = min(told, end)
                self._epochs[kept.room] = kept.epoch
        self._ids.advance(saved.last_id)
        session = Session(
            nick=client.nick,
            rooms=client.rooms,
            saved=saved,
            new_id=self._new_id,
            chance=client.chance.random,
            **client.kind.settings,
        )
        self._loop = Loop(
            session, client.copy, self, self._hear, self._take, clock=client.clock, wall_clock=client.wall_ms
        )

    def begin(self) -> None:
        self._turn(first=True)

    def end(self) -> None:
        self.ended = True
        self._alarm.set(None)
        self.disconnect()

    def wake(self) -> None:
        """The computer runs again."""
        if self.feed is not None:
            self.feed.wake()
        self.soon()

    def say(self, room: str, text: str) -> None:
        self.post(commands.Say(id=self._new_id(), room=room, text=text))

    def post(self, command: Command) -> None:
        self._commands.append(command)
        self.soon()

    def soon(self) -> None:
        client = self.client
        if not self.ended and not client.asleep:
            self._alarm.soon(client.schedule.now + client.chance.uniform(0.0, TURN_S))

    def _turn(self, first: bool = False) -> None:
        client = self.client
        if self.ended or client.asleep:
            return
        try:
            goes_on = self._loop.begin() if first else self._loop.turn()
        except Killed:
            client.die_and_come_back(client.chance.uniform(0.1, 5.0))
            return
        if self.ended:
            return
        if not goes_on:
            client.say_so(client, "ends")
            client.die_and_come_back(client.chance.uniform(1.0, 5.0))
            return
        timeout_s = self._loop.timeout_s()
        if timeout_s is not None:
            self._alarm.soon(client.schedule.now + max(timeout_s, 0.0) + 0.0005)

    def _new_id(self) -> str:
        return self._ids.new(self.client.wall_ms())

    def _take(self) -> list[Command]:
        taken, self._commands = self._commands, []
        return taken

    # -- As a guest of the network -------------------------------------------------------------

    def arrived(self, connection: Connection, frame: bytes) -> None:
        if connection is self.connection:
            self._inbox.append(frame)
            self.soon()

    def heard(self, frame: bytes) -> None:
        self._heard.append(frame)
        self.soon()

    def vanished(self, connection: Connection) -> None:
        if connection is self.connection:
            self._broken = True
            if self.client.chance.random() < 0.3:
                self._inbox.clear()
            self.soon()

    def reads(self) -> bool:
        return not self.client.asleep and not self.ended

    # -- As the wire of the loop ---------------------------------------------------------------

    def wait(self, timeout_s: float | None) -> None: ...
    def rest(self, timeout_s: float | None) -> None: ...

    def connect(self) -> str:
        self.disconnect()
        self.connection = self.client.network.connect(self, self.client.number)
        return ""

    def disconnect(self) -> None:
        if self.connection is not None:
            self.connection.close()
        if self.feed is not None:
            self.feed.close()
        self.connection, self.feed, self._broken = None, None, False
        self._inbox.clear()
        self._heard.clear()

    def send(self, frame: bytes) -> None:
        if self.dies_sending < 0:
            raise Killed
        if self.connection is not None:
            self.client.say_so(self.client, "sends", frame)
            self.connection.send_up(frame)
        if self.dies_sending > 0:
            raise Killed

    def subscribe(self, endpoint: str, topics: frozenset[str]) -> str:
        if self.feed is None:
            self.feed = self.client.network.listen(self, self.client.number)
        self.feed.subscribe(topics)
        return ""

    def is_broken(self) -> bool:
        broken, self._broken = self._broken, False
        return broken

    def received(self) -> Iterable[bytes]:
        while self._inbox:
            yield self._inbox.popleft()

    def published(self) -> Iterable[bytes]:
        while self._heard:
            yield self._heard.popleft()

    # -- What the program is told --------------------------------------------------------------

    def _hear(self, batch: list[Notice]) -> None:
        begins = {(one.room, one.first) for one in batch if isinstance(one, notices.Completeness)}
        for notice in batch:
            self.client.say_so(self.client, "is told", notice)
            note = _NOTES.get(type(notice))
            if note is not None:
                note(self, notice)
            elif isinstance(notice, notices.Arrived):
                self._note_arrived(notice, begins)

    def _note_arrived(self, arrived: notices.Arrived, begins: set[tuple[str, int]]) -> None:
        client, room = self.client, arrived.room
        epoch = self._epochs.setdefault(room, client.copy.epoch(room))
        for event in arrived.events:
            expected = self.last.get(room, -1) + 1
            if event.seq != expected:
                may_jump = room not in self.last or not client.kind.settings["complete"]
                shown = may_jump and (room, event.seq) in begins
                client.ledger.require(
                    shown, "told with a hole, or twice:", client, room, "expected", expected, event
                )
            client.ledger.showed(client, epoch, event)
            self.last[room] = event.seq
            if client.kind.durable:
                self._handle(event, epoch)

    def _handle(self, event, epoch: str) -> None:
        if isinstance(event, MessageEvent) and event.text.startswith(QUESTION):
            reply_id = derived("answer", event.room, str(event.seq), event.account, event.id)
            text = reply(self.client.number, epoch, event.text)
            self._later(commands.Say(id=reply_id, room=event.room, text=text, reply_to=event.seq))
        self._later(commands.Handled(room=event.room, seq=event.seq))

    def _later(self, command: Command) -> None:
        """A handler takes its time, one event after the other."""
        self._slow_until = max(self._slow_until, self.client.schedule.now)
        self._slow_until += self.client.chance.uniform(0.0, self._slowness_s)
        self.client.schedule.at(self._slow_until, lambda: None if self.ended else self.post(command))

    def _note_older(self, older: notices.Older) -> None:
        epoch = self._epochs.setdefault(older.room, self.client.copy.epoch(older.room))
        seqs = [event.seq for event in older.events]
        dense = seqs == list(range(seqs[0], seqs[0] + len(seqs))) if seqs else True
        self.client.ledger.require(dense, "an older page with a hole:", self.client, older.room, seqs)
        for event in older.events:
            self.client.ledger.showed(self.client, epoch, event)

    def _note_void(self, void: notices.VoidCopy) -> None:
        self._epochs[void.room] = void.epoch
        self.last.pop(void.room, None)

    def _note_completeness(self, told: notices.Completeness) -> None:
        self.held[told.room] = (told.first, told.last, told.head)
        known = self.last.get(told.room)
        if known is None or (told.first > known + 1 and not self.client.kind.settings["complete"]):
            self.last[told.room] = told.last  # a new copy, or a gap that is shown
        if known is None:
            self.client.began(
                told.room, self._epochs.setdefault(told.room, self.client.copy.epoch(told.room)), told.last
            )

    def _note_status(self, status: notices.Status) -> None:
        self.connected = status.connection == "connected"
        if status.connection == "offline" and not self.client.copy.full:
            self.client.schedule.after(3.0, self._give_up)

    def _give_up(self) -> None:
        """Whoever sits there starts the program again."""
        if not self.ended and not self.connected:
            self.client.die_and_come_back(1.0)

    def _note_entered(self, entered: notices.Entered) -> None:
        self.account = entered.account
        self._epochs.setdefault(entered.room, self.client.copy.epoch(entered.room))

    def _note_waiting(self, waiting: notices.Waiting) -> None:
        self.client.said[waiting.id] = waiting.text

    def _note_delivered(self, delivered: notices.Delivered) -> None:
        client = self.client
        again = delivered.id in self.delivered and not delivered.id.startswith(DERIVED)
        client.ledger.require(not again, "delivered twice:", client, delivered)
        self.delivered.add(delivered.id)
        client.ledger.delivered(client, self.account, delivered.id, delivered.room, delivered.seq)

    def _note_failed(self, failed: notices.Failed) -> None:
        if failed.id is not None:
            self.client.said.pop(failed.id, None)
            again = self.client.chance.random() < 0.3 and not self.client.kind.durable
            command = commands.Retry(id=failed.id) if again else commands.Discard(id=failed.id)
            self.post(command)

    def _note_people(self, people: notices.People) -> None:
        self.people[people.room] = people.members


_NOTES: dict[type, Callable] = {
    notices.Older: Run._note_older,
    notices.VoidCopy: Run._note_void,
    notices.Completeness: Run._note_completeness,
    notices.Status: Run._note_status,
    notices.Entered: Run._note_entered,
    notices.Waiting: Run._note_waiting,
    notices.Delivered: Run._note_delivered,
    notices.Failed: Run._note_failed,
    notices.People: Run._note_people,
}
