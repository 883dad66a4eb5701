"""A client's program from its start to its end: the real loop and session, and what they tell it.

Runs in the simulation's only thread. What it is told is held against what the broker said.
"""

import collections
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from loggia.shared.client import commands, updates
from loggia.shared.client.api.inbox import Epochs
from loggia.shared.client.commands import Command
from loggia.shared.client.ids import Ids
from loggia.shared.client.link.loop import Loop
from loggia.shared.client.session.session import Session
from loggia.shared.client.updates import Update
from loggia.shared.protocol.names import is_made
from loggia.shared.protocol.requests import Errand

from tests.simulation.disk import Killed
from tests.simulation.handling import Handler
from tests.simulation.keyboards import Onlooker
from tests.simulation.kinds import DERIVED
from tests.simulation.network import Connection, Feed
from tests.simulation.reading import Reader
from tests.simulation.schedule import Alarm

if TYPE_CHECKING:
    from tests.simulation.clients import Client

START_MS = 1_700_000_000_000
TURN_S = 0.003  # at the most, until a program gets its turn


class Run:
    """A program from its start to its end. It is the wire of its own loop."""

    def __init__(self, client: "Client") -> None:
        self.client = client
        self.connection: Connection | None = None
        self.feed: Feed | None = None
        self.connected = False
        self.ended = False
        self.last: dict[str, int] = {}  # what was told last of each room
        self.held: dict[str, tuple[int, int, int]] = {}  # the copy's end, as it is shown
        self.delivered: set[str] = set()
        self.people: dict[str, dict] = {}
        self.entered: dict[str, int] = {}  # the rooms in which it believes to be, and their heads then
        self._epochs: dict[str, str] = {}
        self._lives = Epochs()
        self._handler = Handler(self, self._lives)
        self._before: dict[str, tuple[str, int]] = {}  # the life that ended, and what was told last of it
        self._tail = f"{client.chance.getrandbits(32):08x}"
        self._ids = Ids(self._tail)
        self._inbox: collections.deque[bytes] = collections.deque()
        self._heard: collections.deque[bytes] = collections.deque()
        self._broken = False
        self._commands: list[Command] = []
        self._alarm = Alarm(client.schedule, self._turn)
        self.reader = Reader(client)
        self.onlooker = Onlooker(client)
        self.account = ""
        self._stands_still = False  # its disk is full
        self.dies_sending = 0  # "before" (-1) or "after" (1) the next frame is sent
        saved = client.copy.saved()
        client.wanted = set(client.rooms)
        if not client.kind.settings["bot"]:
            client.wanted |= {kept.room for kept in saved.rooms if kept.wanted and not is_made(kept.room)}
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
            new_id=self.new_id,
            chance=client.chance.random,
            **client.kind.settings,
        )
        self._loop = Loop(
            session, client.copy, self, self._hear, self._take, clock=client.clock, wall_clock=client.wall_ms
        )

    def begin(self) -> None:
        self._turn(first=True)
        if not self.client.kind.settings["bot"]:
            self.post(commands.CountUnread())

    def end(self) -> None:
        self.ended = True
        self._alarm.set(None)
        self.disconnect()

    def wake(self) -> None:
        """The computer runs again."""
        if self.feed is not None:
            self.feed.wake()
        self.soon()

    def say(self, room: str, text: str, thread: int | None = None) -> None:
        self.post(commands.Say(id=self.new_id(), room=room, text=text, thread=thread))

    def ask(self, request: Errand, epoch: str = "") -> None:
        """`epoch`: as of Ask."""
        self.post(commands.Ask(id=self.new_id(), request=request, epoch=epoch))

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
        stood_still = self._stands_still
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
        if not (stood_still or self._stands_still):  # which shows nothing of what came, and forgets nobody
            self.onlooker.turn_is_over()
        timeout_s = self._loop.timeout_s()
        if timeout_s is not None:
            self._alarm.soon(client.schedule.now + max(timeout_s, 0.0) + 0.0005)

    def new_id(self) -> str:
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

    def failed(self) -> str:
        return ""

    def is_broken(self) -> bool:
        broken, self._broken = self._broken, False
        return broken

    def received(self) -> Iterable[bytes]:
        while self._inbox:
            yield self.onlooker.reaches(self._inbox.popleft())

    def published(self) -> Iterable[bytes]:
        while self._heard:
            yield self.onlooker.reaches(self._heard.popleft())

    # -- What the program is told --------------------------------------------------------------

    def _hear(self, batch: list[Update]) -> None:
        begins = {(one.room, one.first) for one in batch if isinstance(one, updates.Completeness)}
        for update in batch:
            self.client.say_so(self.client, "is told", update)
            note = _NOTES.get(type(update))
            if note is not None:
                note(self, update)
            elif isinstance(update, updates.Arrived):
                self._note_arrived(update, begins)

    def _note_arrived(self, arrived: updates.Arrived, begins: set[tuple[str, int]]) -> None:
        client, room = self.client, arrived.room
        self.onlooker.arrived(arrived)
        epoch = self._epochs.setdefault(room, client.copy.epoch(room))
        self._lives.told(room, arrived.events, arrived.epoch)
        for event in arrived.events:
            expected = self.last.get(room, -1) + 1
            if event.seq != expected and not self._was_told(room, expected, event.seq):
                may_jump = room not in self.last or not client.kind.settings["complete"]
                shown = may_jump and (room, event.seq) in begins
                client.ledger.require(
                    shown, "told with a hole, or twice:", client, room, "expected", expected, event
                )
            client.ledger.showed(client, epoch, event)
            self.last[room] = event.seq
            if client.kind.durable:
                self._handler.handle(event, epoch)

    def _was_told(self, room: str, first: int, behind: int) -> bool:
        """Whether entries were told in the life before, and are the same ones in this."""
        epoch, last = self._before.get(room, ("", 0))
        seen = self.client.ledger.seen
        then, now = seen[epoch][room], seen[self._epochs[room]][room]
        return first < behind <= last + 1 and all(
            seq in then and then[seq] == now.get(seq) for seq in range(first, behind)
        )

    def _note_older(self, older: updates.Older) -> None:
        epoch = self._epochs.setdefault(older.room, self.client.copy.epoch(older.room))
        seqs = [event.seq for event in older.events]
        dense = seqs == list(range(seqs[0], seqs[0] + len(seqs))) if seqs else True
        self.client.ledger.require(dense, "an older page with a hole:", self.client, older.room, seqs)
        for event in older.events:
            self.client.ledger.showed(self.client, epoch, event)

    def _note_void(self, void: updates.VoidCopy) -> None:
        if void.room in self.last:
            self._before[void.room] = self._epochs[void.room], self.last[void.room]
        self._epochs[void.room] = void.epoch
        self._lives.ended(void.old, void.renamed)
        self.reader.forgets(void.room)
        self.last.pop(void.room, None)

    def _note_completeness(self, told: updates.Completeness) -> None:
        self.held[told.room] = (told.first, told.last, told.head)
        known = self.last.get(told.room)
        if known is None or (told.first > known + 1 and not self.client.kind.settings["complete"]):
            self.last[told.room] = told.last  # a new copy, or a gap that is shown
        if known is None:
            self.client.began(
                told.room, self._epochs.setdefault(told.room, self.client.copy.epoch(told.room)), told.last
            )

    def _note_status(self, status: updates.ConnectionStatus) -> None:
        self._stands_still = status.disk_full
        self.connected = status.connection == "connected"
        if not (self.connected or status.disk_full):
            self.onlooker.is_cut_off()
        if status.connection == "offline" and not self.client.copy.full:
            self.client.schedule.after(3.0, self._give_up)

    def _give_up(self) -> None:
        """Whoever sits there starts the program again."""
        if not self.ended and not self.connected:
            self.client.die_and_come_back(1.0)

    def _note_entered(self, entered: updates.Entered) -> None:
        self.account = self.client.account = entered.account
        self.entered[entered.room] = entered.head
        if not is_made(entered.room):
            self.client.wanted.add(entered.room)
        self._epochs.setdefault(entered.room, self.client.copy.epoch(entered.room))

    def _note_left(self, left: updates.Left) -> None:
        self.entered.pop(left.room, None)
        self.client.shown_out(left.room)

    def _note_waiting(self, waiting: updates.Waiting) -> None:
        self.client.said.pop(waiting.was, None)
        self.client.said[waiting.say.id] = waiting.say.text

    def _note_delivered(self, delivered: updates.Delivered) -> None:
        client = self.client
        again = delivered.id in self.delivered and not delivered.id.startswith(DERIVED)
        client.ledger.require(not again, "delivered twice:", client, delivered)
        self.delivered.add(delivered.id)
        client.ledger.delivered(client, self.account, delivered.id, delivered.room, delivered.seq)

    def _note_failed(self, failed: updates.Failed) -> None:
        if failed.code == "nick_taken":  # kept for the account whose token a backup does not have
            self.client.nick += self.client.chance.choice("abcde")
        if failed.id is None and failed.room is not None:  # it does not come in
            self.entered.pop(failed.room, None)
            self.client.shown_out(failed.room)
        if failed.id is not None:
            self.client.said.pop(failed.id, None)
            self.client.given_up.add(failed.id)
            again = self.client.chance.random() < 0.3 and not self.client.kind.durable
            self.post((commands.Retry if again else commands.Discard)(id=failed.id))

    def _note_people(self, people: updates.People) -> None:
        self.people[people.room] = {member.account: member for member in people.members}


_NOTES: dict[type, Callable] = {
    updates.Older: Run._note_older,
    updates.VoidCopy: Run._note_void,
    updates.Completeness: Run._note_completeness,
    updates.ConnectionStatus: Run._note_status,
    updates.Entered: Run._note_entered,
    updates.Waiting: Run._note_waiting,
    updates.Delivered: Run._note_delivered,
    updates.Failed: Run._note_failed,
    updates.People: Run._note_people,
    updates.ReadState: lambda run, told: run.reader.told(told),
    updates.Typists: lambda run, typists: run.onlooker.told(typists),
    updates.Left: Run._note_left,
    updates.PeopleChanged: lambda run, changed: changed.put_into(run.people[changed.room]),
}
