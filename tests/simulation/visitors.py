"""Visitors of the front door: the real conversation at the broker, a terminal at the other end of a stream.

Runs in the simulation's only thread. What broker/doors/classic/door.py does with a socket is done here with
a stream that is delayed, cut into segments anywhere, and may break.
"""

import random
from collections.abc import Callable, Sequence
from typing import Protocol

from loggia.broker.doors.classic import replies
from loggia.broker.doors.classic.conversation import Conversation
from loggia.broker.doors.classic.effects import Close, Gone, Send, Submit
from loggia.broker.doors.classic.text import ASK_AGAIN, Told, not_stored
from loggia.shared.protocol.answers import AnyAnswer, Error
from loggia.shared.protocol.events import AnyEvent
from loggia.shared.protocol.limits import Limits
from loggia.shared.protocol.requests import AnyRequest, Message

from tests.simulation.schedule import Alarm, Schedule

PACKET_S = 0.1  # between two messages of the original client: more than the quiet that parts them


class Host(Protocol):
    """The broker that the visitor is connected to."""

    visitors: list["Visitor"]

    def submitted(self, visitor: "Visitor", requests: Sequence[AnyRequest]) -> None: ...
    def left(self, visitor: "Visitor") -> None: ...


class Visitor:
    """One connection to the front door, both ends of it.

    Attributes: `typed`: what was said, in order; `read`: every line that the terminal showed; `refused`: what
    the broker did not store, and said so; `broken`: the stream ended before all was said and answered;
    `over`; `epoch`, of the log at the time.
    """

    def __init__(
        self, schedule: Schedule, chance: random.Random, host: Host, nick: str, say: Callable[..., None]
    ) -> None:
        self.nick = nick
        self.typed: list[str] = []
        self.read: list[str] = []
        self.refused: set[str] = set()
        self.broken = False
        self.over = False
        self.epoch = ""
        self._schedule, self._chance, self._host, self._say = schedule, chance, host, say
        self._conversation = Conversation(f"visitor:{nick}", Limits(), schedule.now)
        self._alarm = Alarm(schedule, self._wake)
        self._free_at = {"up": 0.0, "down": 0.0}
        self._unread = b""
        self._in_lines = chance.random() < 0.7
        self._next_packet_at = 0.0
        self._is_welcome = self._is_asked_again = self._is_leaving = False
        self._submitted: dict[str, str] = {}
        self._closed = False
        self._host.visitors.append(self)
        self._perform(self._conversation.opened(schedule.now))
        self.type(nick)

    @property
    def unsaid(self) -> set[str]:
        """What was typed and not stored, of which the terminal was told."""
        nowhere = set(self.typed) - set(self._submitted.values()) if replies.NOWHERE in self.read else set()
        told = {text for text in self.typed if any(line.endswith(not_stored("", text)) for line in self.read)}
        return self.refused | nowhere | told

    # -- The terminal --------------------------------------------------------------------------

    def type(self, line: str) -> None:
        """A line, sent in segments of any size; or a packet, behind the quiet that ends the one before it."""
        if self.over:
            return
        if not self._in_lines:
            at = self._next_packet_at = max(self._schedule.now, self._next_packet_at + PACKET_S)
            self._schedule.at(at, lambda: self._carry("up", line.encode(), self._arrived))
            return
        data = f"{line}\n".encode()
        while data:
            size = self._chance.randint(1, len(data)) if self._chance.random() < 0.3 else len(data)
            self._carry("up", data[:size], self._arrived)
            data = data[size:]

    def speak(self, text: str) -> None:
        if self._is_asked_again:
            self._is_asked_again = False
            self.type(self.nick)
        elif self._is_welcome and not self._is_leaving and not self.over:
            self.typed.append(text)
            self.type(text)

    def hang_up(self) -> None:
        """The stream breaks."""
        if not self.over:
            self.over = self.broken = True
            self._schedule.after(self._chance.uniform(0.0, 5.0), self._broke)

    def goodbye(self) -> None:
        self._is_leaving = True
        self.type("!end")

    def broker_died(self) -> None:
        self.broken = self.broken or not self.over
        self.over = self._closed = True
        self._alarm.set(None)

    # -- The door ------------------------------------------------------------------------------

    def answered(self, answers: Sequence[AnyAnswer]) -> None:
        for answer in answers:
            if isinstance(answer, Error) and answer.code != "slow_down" and answer.id in self._submitted:
                self.refused.add(self._submitted[answer.id])
        self._perform(self._conversation.answered(answers, self._schedule.now))

    def shown(self, room: str, events: Sequence[AnyEvent]) -> None:
        if room == self._conversation.room and (told := Told(events)):
            self._perform(self._conversation.shown(told, self._schedule.now))

    def _arrived(self, data: bytes) -> None:
        self._perform(self._conversation.received(data, self._schedule.now))

    def _broke(self) -> None:
        if not self._closed:
            self._perform(self._conversation.ended(ConnectionResetError("simulated"), self._schedule.now))

    def _wake(self) -> None:
        if not self._closed:
            self._perform(self._conversation.wake(self._schedule.now))

    def _perform(self, effects) -> None:
        for effect in effects:
            match effect:
                case Send():
                    self._carry("down", effect.data, self._shows)
                case Submit():
                    self._submitted |= {
                        one.id: one.text for one in effect.requests if isinstance(one, Message)
                    }
                    self._host.submitted(self, effect.requests)
                case Close():
                    self._schedule.after(0.5, self._ended)
                case Gone():
                    self._schedule.after(0.0, self._is_gone)
        if not self._closed:
            self._alarm.set(self._conversation.wake_at())

    def _is_gone(self) -> None:
        if not self._closed:
            self._closed = True
            if self in self._host.visitors:
                self._host.visitors.remove(self)
                self._host.left(self)

    # -- The stream ----------------------------------------------------------------------------

    def _carry(self, way: str, data: bytes, deliver: Callable[[bytes], None]) -> None:
        at = max(self._free_at[way], self._schedule.now + self._chance.uniform(0.0, 0.02))
        self._free_at[way] = at
        self._schedule.at(at, lambda: None if self.over or self._closed else deliver(data))

    def _shows(self, data: bytes) -> None:
        if self._in_lines:
            *lines, self._unread = (self._unread + data).split(b"\n")
        else:
            lines = data.split(b"\n")
        for line in lines:
            text = line.decode()
            self.read.append(text)
            self._is_welcome = self._is_welcome or "Nice to meet you" in text
            self._is_asked_again = self._is_asked_again or ASK_AGAIN in text

    def _ended(self) -> None:
        self.over = True
