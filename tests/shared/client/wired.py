"""A session with its copy in memory, and a wire to a fake broker that can be cut and can lose broadcasts."""

import json
from collections.abc import Callable
from typing import Any

from loggia.shared.client import commands, effects, updates
from loggia.shared.client.ids import Ids
from loggia.shared.client.link.memory import Memory
from loggia.shared.client.link.replica import Replica
from loggia.shared.client.saved import Saved
from loggia.shared.client.session.session import Session

from tests.shared.client.fake import WALL_MS, FakeBroker


class Client:
    """A session joined to a FakeBroker. Nothing moves until `step`; `now` is the clock of the session."""

    def __init__(
        self,
        broker: FakeBroker,
        *,
        nick: str = "ada",
        rooms: tuple[str, ...] = ("lobby",),
        replica: Replica | Memory | None = None,
        **settings: Any,
    ) -> None:
        self.broker = broker
        self.now = 100.0
        self.told: list[updates.Update] = []
        self.complaints: list[str] = []
        self.reports: list[str] = []
        self.up: list[bytes] = []
        self.down: list[bytes] = []
        self.connections = 0
        self.connection: int | None = None
        self.topics: frozenset[str] = frozenset()
        self.stopped = False
        self.ids = Ids("test")
        self.replica = replica or Memory()
        self._heard = len(broker.published)
        saved: Saved = self.replica.saved()
        self.ids.advance(saved.last_id)
        self.session = Session(
            nick=nick,
            rooms=rooms,
            saved=saved,
            new_id=lambda: self.ids.new(WALL_MS),
            chance=lambda: 1.0,
            **settings,
        )
        self.perform(self.session.start(self.now))

    def perform(self, todo: list[effects.Effect]) -> None:
        while todo:
            self.replica.keep([effect for effect in todo if isinstance(effect, effects.Keep)])
            done, todo = todo, []
            for effect in done:
                todo += self._act(effect)

    def _act(self, effect: effects.Effect) -> list[effects.Effect]:
        if isinstance(effect, effects.Tell):
            self.told.append(effect.update)
        elif isinstance(effect, effects.Complain):
            self.complaints.append(effect.text)
        elif isinstance(effect, effects.Report):
            self.reports.append(effect.text)
        elif isinstance(effect, effects.Send):
            self.up.append(effect.frame)
        elif isinstance(effect, effects.Connect):
            self.hang_up()
            self.connections += 1
            self.connection = id(self) * 1000 + self.connections
        elif isinstance(effect, effects.Disconnect):
            self.hang_up()
        elif isinstance(effect, effects.Subscribe):
            self.topics = effect.topics
        elif isinstance(effect, effects.Recall):
            if effect.purpose == "changes":
                events = self.replica.texts(effect.room, effect.epoch, effect.upto)
            elif effect.purpose == "pins":
                events = self.replica.pins(effect.room, effect.epoch)
            else:
                events = self.replica.events(effect.room, effect.epoch, effect.after, effect.upto)
            return self.session.recalled(effect, events, self.now)
        elif isinstance(effect, effects.Stop):
            self.stopped = True
        return []

    def post(self, command: commands.Command) -> None:
        self.perform(self.session.asked([command], self.now, WALL_MS))

    def say(self, text: str, room: str = "lobby") -> str:
        message_id = self.ids.new(WALL_MS)
        self.post(commands.Say(id=message_id, room=room, text=text))
        return message_id

    def cut(self) -> None:
        """The connection and everything on it is gone; the session is not told by this."""
        if self.connection is not None:
            self.broker.sessions.pop(self.connection, None)
        self.connection = None
        self.up.clear()
        self.down.clear()

    def hang_up(self) -> None:
        """As the wires of a link do: the broadcasts end with the connection."""
        self.cut()
        self.topics = frozenset()

    def deliver_up(self) -> None:
        """Bring the waiting up frames to the broker, and its answers on their way."""
        frames, self.up = self.up, []
        for frame in frames:
            if self.connection is not None and not self.broker.down:
                self.down.append(json.dumps(self.broker.handle(self.connection, frame)).encode())

    def deliver_down(self) -> None:
        frames, self.down = self.down, []
        for frame in frames:
            self.perform(self.session.heard([frame], [], self.now))

    def deliver_published(self, keep: Callable[[dict[str, Any]], bool] = lambda event: True) -> None:
        """Hand over the broadcasts since the last time; those that `keep` refuses are lost."""
        events, self._heard = self.broker.published[self._heard :], len(self.broker.published)
        for event in events:
            if f"room/{event['room']}/" in self.topics and keep(event):
                self.perform(self.session.heard([], [json.dumps([event]).encode()], self.now))

    def step(self) -> None:
        """Bring everything everywhere, until nothing moves."""
        for _ in range(1000):
            self.deliver_published()
            self.deliver_up()
            self.deliver_down()
            if not self.up and not self.down and self._heard == len(self.broker.published):
                return
        raise AssertionError("the conversation does not come to rest")

    def wait(self, seconds: float) -> None:
        """Let time pass, waking the session when it wants to be."""
        end = self.now + seconds
        while True:
            wake_at = self.session.wake_at(self.now)
            if wake_at is None or wake_at > end:
                break
            self.now = max(self.now, wake_at)
            self.perform(self.session.tick(self.now))
            self.step()
        self.now = end
        self.perform(self.session.tick(end))
        self.step()

    def updates(self, kind: type[Any]) -> list[Any]:
        return [update for update in self.told if isinstance(update, kind)]

    def status(self) -> str:
        connection: str = self.updates(updates.ConnectionStatus)[-1].connection
        return connection

    def seqs(self, room: str = "lobby") -> list[int]:
        """The seqs of what was told as new, in order."""
        return [
            event.seq
            for update in self.updates(updates.Arrived)
            if update.room == room
            for event in update.events
        ]

    def texts(self, room: str = "lobby") -> list[str]:
        """The texts of the messages that were told as new, in order."""
        return [
            event.text
            for update in self.updates(updates.Arrived)
            if update.room == room
            for event in update.events
            if hasattr(event, "text")
        ]
