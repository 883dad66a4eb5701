"""The broker's process: the real pipeline over the real log, on a disk and a network that are simulated.

Runs in the simulation's only thread. What broker/runtime/server.py does with sockets is done here with the
simulated network; it can die between any two steps of a turn, and at every operation of its disk.
"""

import random
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path

from loggia.broker.doors.zeromq import frames
from loggia.broker.runtime import operating
from loggia.broker.runtime.pipeline import Effects, Pipeline
from loggia.broker.sessions.hub import HubSettings, Ports
from loggia.broker.storage import data_dir
from loggia.broker.storage.indexing import Indexing
from loggia.broker.storage.log import Log
from loggia.shared.protocol.answers import Error, ServerInfo
from loggia.shared.protocol.codec import decode_requests, encode
from loggia.shared.protocol.errors import LoggiaError
from loggia.shared.protocol.limits import Limits
from loggia.shared.protocol.requests import AnyRequest

from tests.simulation.disk import Disk, Killed, close
from tests.simulation.ledger import Ledger
from tests.simulation.network import Connection, Network
from tests.simulation.schedule import Alarm, Schedule
from tests.simulation.second_log import Record
from tests.simulation.visitors import Visitor

BROADCASTS = "tcp://127.0.0.1:1102"
EARLIER_S = 1000.0  # the loop's clock begins anywhere
START_MS = 1_700_000_000_000
RESTORE_S = 25.0  # nobody puts a backup back faster than clients notice that the broker is gone
TURN_S = 0.002  # at the most, until what arrived is taken in: several requests share a turn
RESTS = 0.3  # how often nothing comes for a while behind a turn


class Broker:
    """Attributes: `life`: which process this is, None while there is none; `dies_after`: acts of the next
    turn that does any, then the process is killed; `loses_power`: when its disk decides that it dies, its
    machine dies; `down_s`: how long until the next one starts; `backups`:
    of the log's file, each made in peace; `record` hears of what is applied."""

    def __init__(
        self,
        schedule: Schedule,
        network: Network,
        disk: Disk,
        ledger: Ledger,
        chance: random.Random,
        data: Path,
        *,
        rate: float,
        say: Callable[..., None],
    ) -> None:
        self.life: int | None = None
        self.dies_after: int | None = None
        self.loses_power = False
        self.down_s = 0.5
        self.wall_jump_ms = 0
        self.log: Log
        self.index: Indexing
        self.pipeline: Pipeline
        self.visitors: list[Visitor] = []
        self.backups: list[bytes] = []
        self.record: Record | None = None
        self._schedule, self._network, self._disk, self._ledger = schedule, network, disk, ledger
        self._chance, self._folder, self._say = chance, data, say
        self._settings = HubSettings(server=ServerInfo(name="sim", version="0"), limits=Limits(), rate=rate)
        self._lives = 0
        self._accounts = 0
        self._drawn = 0
        self._connections: dict[bytes, Connection] = {}
        self._arrived: list[tuple[bytes, bytes]] = []
        self._lost: list[bytes] = []
        self._alarm = Alarm(schedule, self.turn)
        network.host = self

    # -- The process ---------------------------------------------------------------------------

    def start(self) -> None:
        """Open the log and the doors; tried again until it works."""
        if self.life is not None:
            return
        self._lives += 1
        try:
            self.log = Log(self._folder, f"epoch-{self._lives}")
            try:
                ports = Ports(
                    find_account=self.log.find_account,
                    mint=self._mint,
                    draw=self._draw,
                    broadcasts_for=lambda key: BROADCASTS,
                    host_of=str,
                    unread_of=lambda key: 0,
                )
                self.index = Indexing(self._folder, self.log, self._now)
                self.pipeline = Pipeline(self.log, self._settings, ports, self._now(), self.index)
            except BaseException:
                close(self.log)
                raise
            if self._disk.dead:
                self._let_go()
                raise Killed
        except (LoggiaError, Killed) as reason:
            self._say("broker", "cannot start", repr(reason))
            if self._disk.dead:
                self._disk.bury(power=self.loses_power)
                self._disk.revive()
            self._schedule.after(1.0, self.start)
            return
        if self.record is not None:
            self.record.opened(self.log, self.pipeline.rooms)
            self.record.watch(self.pipeline.applier)
        self.life = self._lives
        self._ledger.epoch = self.log.epoch
        self._say("broker", "starts", self.life, self.log.epoch)
        self._ledger.read(self.log, self.pipeline.rooms)
        self.turn()

    def stop(self) -> None:
        """In order: everybody is told."""
        if self.life is None:
            return
        self._say("broker", "stops")
        goodbye = Error(id=None, code="unavailable", text="The broker is stopping.")
        for key in self.pipeline.hub.peers_in_session():
            if isinstance(key, bytes) and key in self._connections:
                self._connections[key].send_down(encode([goodbye]))
        self._between_turns(self.index.close)
        if self.life is None:
            return
        close(self.log)
        if self._disk.dead:
            self.kill(power=self.loses_power)
        else:
            if not (self._folder / data_dir.WAL).exists():  # else the file alone is not all
                self.backups.append((self._folder / data_dir.DATABASE).read_bytes())
            self._gone(power=False)

    def kill(self, *, power: bool = False) -> None:
        """No code runs any more; without power, what was not synced is lost as well."""
        if self.life is None:
            return
        self._say("broker", "loses power" if power else "is killed")
        if not self._disk.dead:
            self._disk.die()
        self._let_go()
        self._disk.bury(power=power)
        self._gone(power=power)

    def begin_again(self, image: bytes | None) -> None:
        """The log is lost: a new one begins, or that of an old backup; another epoch in either case."""
        if self.life is None:
            return
        self.down_s = RESTORE_S
        self.kill(power=self._chance.random() < 0.4)
        for file in self._folder.iterdir():
            if image is None or file.name not in (data_dir.HEADS, data_dir.SEARCH):
                file.unlink()
        if image is not None:
            (self._folder / data_dir.DATABASE).write_bytes(image)
        self._disk.forget()
        if self.record is not None:
            self.record.put_back = image is not None
        self._say("broker", "the log is lost" if image is None else "an old backup is put back")

    def _let_go(self) -> None:
        """Of the files, as a process that is dead does."""
        self.index._shut()
        close(self.log)

    def _gone(self, *, power: bool) -> None:
        self.life, self.dies_after = None, None
        self._disk.revive()
        self._alarm.set(None)
        self._arrived, self._lost, self._connections = [], [], {}
        for visitor in list(self.visitors):
            visitor.broker_died()
        self.visitors.clear()
        self._ledger.broker_died()
        self._network.host_died(at_once=power)
        self._schedule.after(self.down_s, self.start)

    # -- The doors -----------------------------------------------------------------------------

    def arrived(self, connection: Connection, frame: bytes) -> None:
        self._connections[connection.key] = connection
        self._arrived.append((connection.key, frame))
        self.soon()

    def vanished(self, connection: Connection) -> None:
        if connection.key in self._connections:
            self._lost.append(connection.key)
            self.soon()

    def submitted(self, visitor: Visitor, requests: Sequence[AnyRequest]) -> None:
        self._ledger.asked(visitor, requests)
        self.pipeline.submit([(visitor, requests)], visitors=True)
        self.soon()

    def left(self, visitor: Visitor) -> None:
        self._ledger.lost(visitor)
        self.pipeline.lost(visitor)
        self.soon()

    def soon(self) -> None:
        self._alarm.soon(self._schedule.now + self._chance.uniform(0.0, TURN_S))

    # -- One turn ------------------------------------------------------------------------------

    def turn(self) -> None:
        if self.life is None:
            return
        pipeline = self.pipeline
        lost, self._lost = self._lost, []
        arrived, self._arrived = self._arrived, []
        for key, frame in arrived:
            requests = decode_requests(frame, self._settings.limits)
            self._ledger.asked(key, requests)
            pipeline.submit([(key, requests)])
        for key in lost:
            self._ledger.lost(key)
            pipeline.lost(key)
        self._ledger.at = self._wall_ms()
        try:
            effects = pipeline.turn(self._now(), self._ledger.at)
        except BaseException:
            if not self._disk.dead:
                raise
        if self._ledger.broken is not None:  # what it took for a fault of the disk it would try for ever
            raise self._ledger.broken
        if self._disk.dead:
            self.kill(power=self.loses_power)
            return
        self._ledger.read(self.log, self.pipeline.rooms)
        self._perform(effects)
        if self.life is None:
            return
        for key in lost:
            if pipeline.hub.knows(key):
                self._lost.append(key)
            else:
                self._connections.pop(key, None)
        times = (pipeline.hub.sessions.lapses_at(), pipeline.due_at())
        due_at = min((time for time in times if time is not None), default=None)
        self._alarm.set(None if due_at is None else due_at - EARLIER_S)
        if pipeline.waits() or self._lost:
            self.soon()
        self._between_turns(self.log.relieve)
        if self.life is not None and self._chance.random() < RESTS:
            self._between_turns(lambda: self.log.rest(self._now()))
        if self.life is not None and self._chance.random() < RESTS:
            self._between_turns(self.index.step)

    def _between_turns(self, work: Callable[[], object]) -> None:
        """What the broker does with its disk when all is answered."""
        try:
            work()
        except BaseException:
            if not self._disk.dead:
                raise
        if self._disk.dead:
            self.kill(power=self.loses_power)

    def operate(self, act: operating.Act, nick: str) -> None:
        """An operator does something with an account; it is none if it has no name yet."""
        if self.life is None:
            return
        account, owners = "", self._ledger.owners
        try:
            if act == "own":
                account = operating.find(nick, self.pipeline.rooms, self.log).account
                owners.tried.add(account)
            done, effects = self.pipeline.operate(
                act, nick, self._chance.randbytes(32), self._now(), self._wall_ms()
            )
        except BaseException as reason:
            if self._disk.dead:
                self.kill(power=self.loses_power)
                return
            if self._disk.full or self._disk.fails_at is not None or isinstance(reason, LoggiaError):
                self._say("operator", act, nick, "in vain:", repr(reason))
                return
            raise
        self._say("operator", act, nick, done)
        self._ledger.read(self.log, self.pipeline.rooms)
        owners.named |= {(self._ledger.epoch, account)} if account else set()
        self._perform(effects)
        self.soon()

    def _perform(self, effects: Effects) -> None:
        acts: list[Callable[[], None]] = []
        for key, answers in effects.answers.items():
            acts.append(lambda key=key, answers=answers: self._answer(key, answers))
        for published in effects.deliveries:
            acts.append(lambda published=published: self._publish(published))
        for key in effects.dismissed:
            assert isinstance(key, Visitor)
            acts.append(key.hang_up)
        for number, act in enumerate(acts):
            if self.dies_after is not None and number >= self.dies_after:
                self._say("broker", "dies after", number, "of", len(acts), "acts")
                self.kill()
                return
            act()
        if acts and self.dies_after is not None:
            self.kill()

    def _answer(self, key: Hashable, answers: list) -> None:
        self._ledger.told(key, answers)
        if isinstance(key, Visitor):
            key.answered(answers)
        elif key in self._connections:
            for frame in frames.of_answers(answers):
                self._say("broker", "answers", self._connections[key].number, frame)
                self._connections[key].send_down(frame)

    def _publish(self, published) -> None:
        self._ledger.published(published)
        topic = f"room/{published.room}/"
        told = () if published.to is None else published.among(self._connections)
        for frame in frames.of_events(published.bodies):
            if published.to is None:
                self._say("broker", "publishes", frame)
                self._network.publish(topic, frame)
            for key in told:
                self._say("broker", "tells", self._connections[key].number, frame)
                self._connections[key].send_down(frame)
        for visitor in published.among(self.visitors):
            visitor.shown(published.room, published.events)

    def _now(self) -> float:
        return EARLIER_S + self._schedule.now

    def _wall_ms(self) -> int:
        return START_MS + round(self._schedule.now * 1000) + self.wall_jump_ms

    def _mint(self, visitor: bool) -> tuple[str, str]:
        self._accounts += 1
        account, token = f"account-{self._accounts}", f"secret-{self._accounts}"
        self._ledger.minted(account, token, visitor=visitor)
        return account, token

    def _draw(self) -> str:
        self._drawn += 1
        return f"{self._drawn:a>28}"
