"""The front door: carries what visitors say to the hub, and back what happens. Runs on the broker's loop
thread; `close` stops it, within what parting takes.

docs/protocol.md, "The front door". What is said on a connection is decided in
broker/doors/classic/conversation.py; here its effects are performed. Nothing polls: a timer is set only
while something waits for a time, or somebody is not read.
"""

import asyncio
import logging
import socket
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self, cast

from loggia.broker import config
from loggia.broker.config import Config
from loggia.broker.doors.classic.connection import ALL_BYTES, EACH_BYTES, Visitor
from loggia.broker.doors.classic.conversation import Conversation
from loggia.broker.doors.classic.crowd import Crowd
from loggia.broker.doors.classic.departures import Departures
from loggia.broker.doors.classic.effects import Close, Effect, Gone, LogLine, Send, Submit
from loggia.broker.doors.classic.entering import NICK_S
from loggia.broker.doors.classic.listener import PAUSE_S, Listener, half_of_the_descriptors, turn_away
from loggia.broker.doors.classic.parting import say_goodbye
from loggia.broker.doors.classic.places import Places
from loggia.broker.doors.classic.rounds import Rounds
from loggia.broker.doors.classic.sends import Sends
from loggia.broker.doors.classic.terminal_log import log
from loggia.broker.doors.classic.text import Told
from loggia.broker.doors.classic.watch import Watch
from loggia.broker.doors.door import Door, Inside, Load, Opened, Parting
from loggia.broker.doors.headroom import Headroom
from loggia.broker.sessions.delivery import Delivery
from loggia.broker.sessions.marks import Mark
from loggia.shared.protocol.addresses import Place
from loggia.shared.protocol.answers import AnyAnswer
from loggia.shared.protocol.limits import CONNECTIONS_PER_ADDRESS, Limits
from loggia.shared.protocol.names import DIRECT_SIGN

LINGER_S = 1.0  # how long a client may take to close its end, too
CUT_OFF = "This connection is ended by the server. Goodbye."


class FrontDoor(Door[Visitor]):
    """Accepts visitors, moves their bytes, and carries their requests inside.

    A visitor is lost, to those inside, once all that it said is answered; its session may have ended before.
    `place`: host and port; 0 takes a free one. `most_visitors`: more are refused; by default half of the
    descriptors there are. `per_address`: of one address, 0 for no bound.
    """

    name = "front door"
    visitors = True

    def __init__(
        self,
        *,
        place: tuple[str, int],
        loop: asyncio.AbstractEventLoop,
        limits: Limits,
        inside: Inside,
        nick_timeout_s: float = NICK_S,
        buffer_bytes: int = EACH_BYTES,
        all_bytes: int = ALL_BYTES,
        most_visitors: int | None = None,
        per_address: int = CONNECTIONS_PER_ADDRESS,
        accept_pause_s: float = PAUSE_S,
    ) -> None:
        self._place = place
        self._loop = loop
        self._limits = limits
        self._inside = inside
        self._nick_timeout_s = nick_timeout_s
        most = half_of_the_descriptors() if most_visitors is None else most_visitors
        self._crowd = Crowd[Visitor](most, per_address, lambda visitor: visitor.conversation.is_silent)
        self._listener = Listener(loop, self._welcome, Headroom(self.name), accept_pause_s)
        self._reads = Rounds[Visitor](loop, self._read)
        self._sends = Sends(loop, self._writable, buffer_bytes, all_bytes)
        self._watch = Watch[Visitor](loop, self._reads.due)
        self._visitors: set[Visitor] = set()
        self._places = Places[Visitor]()
        self._delivered = 0  # events, once for each who is told
        self._departures = Departures[Visitor](loop, inside.lost)

    # -- For the broker --------------------------------------------------------------------------

    @classmethod
    def of(cls, config: Config, loop: asyncio.AbstractEventLoop, inside: Inside) -> Self | None:
        place = config.front_door
        if place is None:
            return None
        return cls(
            place=place,
            loop=loop,
            limits=config.limits,
            inside=inside,
            per_address=config.most_per_address,
        )

    def open(self) -> Opened:
        try:
            bound = self._listener.open(*self._place)
        except OSError as reason:
            place, what_to_do = Place(*self._place), config.another("front_door")
            raise OSError(f"{place}: {reason.strerror}; {what_to_do}") from reason
        return Opened(at=str(Place(*bound)), bound={"front_door": bound})

    def answer(self, visitor: Visitor, answers: Sequence[AnyAnswer | Mark]) -> None:
        if visitor in self._visitors:
            given = cast(Sequence[AnyAnswer], answers)
            self._perform(visitor, visitor.conversation.answered(given, self._loop.time()))

    def deliver(self, delivery: Delivery) -> None:
        """A visitor hears one room, and what is said to it alone."""
        room, to = delivery.room, delivery.to or ()
        privately = room.startswith(DIRECT_SIGN) and delivery.to is not None
        here = self._visitors.intersection(to) if privately else self._places.of(room)
        if here and (told := Told(delivery.events, privately=privately)):
            for visitor in delivery.among(here):
                if (
                    privately or visitor.conversation.room == room
                ):  # each with its own time: many take a while
                    self._tell(visitor, told)
                    self._delivered += len(delivery.events)

    def _tell(self, visitor: Visitor, told: Told) -> None:
        conversation = visitor.conversation
        effects = conversation.shown(told, self._loop.time())
        if effects or not conversation.blocked:
            self._perform(visitor, effects)
        elif visitor.waits_for_its_turn and self._sends.is_late(visitor):
            self._writable(visitor)
        else:
            self._bound(visitor)

    def load(self) -> Load:
        waiting = {"unsent_lines": self._sends.waiting.sum}
        return Load({"front_door": len(self._visitors)}, waiting, {"front_door": self._delivered})

    def nameless(self) -> int:
        return sum(visitor.conversation.account is None for visitor in self._visitors)

    def cut_off(self, visitor: Visitor) -> None:
        if visitor in self._visitors:
            self._perform(visitor, visitor.conversation.farewell(CUT_OFF, self._loop.time()))
            self._perform(visitor, visitor.conversation.cut_short(self._loop.time()))

    def stop_accepting(self) -> None:
        self._listener.close()

    def close(self, parting: Parting | None, in_session: Sequence[Visitor]) -> None:
        """Everybody is told. Nothing is called back any more; the sessions of those who were here are for
        those inside to end."""
        self.stop_accepting()
        visitors, self._visitors = self._visitors, set()
        if parting is not None:
            say_goodbye(visitors, parting.visitors, self._loop, self._perform)
        for visitor in visitors:
            self._shut(visitor)
            visitor.wake_at(None, self._wake)
        self._watch.cancel()
        self._reads.cancel()
        self._sends.cancel()
        self._departures.cancel()

    # -- What comes ------------------------------------------------------------------------------

    def _welcome(self, connection: socket.socket, place: Place) -> None:
        """Raises OSError for a connection that is gone already, or that is not let in."""
        now, peer = self._loop.time(), str(place)
        verdict = self._crowd.ask(place.host, now)
        if verdict.refused:
            self._inside.count("turned_away")
            turn_away(connection, verdict.refused)
            raise ConnectionRefusedError(verdict.log)
        if verdict.leaves is not None:
            self._perform(verdict.leaves, verdict.leaves.conversation.make_room(now))
        share = self._crowd.share(place.host, now)
        conversation = Conversation(peer, self._limits, now, self._nick_timeout_s, share)
        visitor = Visitor(self, self._loop, connection, peer, conversation)
        self._visitors.add(visitor)
        self._crowd.came(visitor, place.host, now)
        self._perform(visitor, conversation.opened(now))

    def _readable(self, visitor: Visitor) -> None:
        self._reads.due(visitor)

    def _read(self, visitor: Visitor) -> None:
        """Or see whether it is still there, if it is not to be read now."""
        if not (visitor.is_connected and visitor.conversation.is_open):
            return  # not any more
        now = self._loop.time()
        try:
            data = visitor.receive() if visitor.conversation.wants_input else visitor.look()
        except OSError as reason:
            self._broke(visitor, reason)
            return
        if data:
            self._perform(visitor, visitor.conversation.received(data, now))
        elif data is not None:
            self._perform(visitor, visitor.conversation.ended(None, now))

    def _discard(self, visitor: Visitor) -> None:
        """All is said: what still comes is thrown away, until the client has closed its end."""
        try:
            over = visitor.receive() == b""
        except OSError:
            over = True
        if over:
            self._shut(visitor)

    def _writable(self, visitor: Visitor) -> None:
        if not visitor.is_connected or visitor.all_went_out:
            return  # not any more
        try:
            if not visitor.push():
                visitor.write_with(self._writable)
                self._sends.waits(visitor)
                return
        except OSError as reason:
            self._failed(visitor, reason)
            return
        visitor.write_with(None)
        if visitor.conversation.is_open:
            self._perform(visitor, visitor.conversation.unblocked(self._loop.time()))
        else:
            self._linger(visitor)

    def _wake(self, visitor: Visitor, at: float) -> None:
        visitor.woken()
        # A loop's clock may be coarse, and its timers early by that: take the time as come.
        self._perform(visitor, visitor.conversation.wake(max(at, self._loop.time())))

    # -- Effects ---------------------------------------------------------------------------------

    def _perform(self, visitor: Visitor, effects: Iterable[Effect]) -> None:
        for effect in effects:
            _PERFORM[type(effect)](self, visitor, effect)
        self._bound(visitor)
        self._settle(visitor)

    def _bound(self, visitor: Visitor) -> None:
        if (slow := self._sends.waits(visitor)) is not None:
            self._cut_off(slow)

    def _perform_send(self, visitor: Visitor, effect: Send) -> None:
        """Now or, where many are told at once, in one of the next rounds: until then it waits as it would for
        a reader that is slow, and what comes meanwhile goes out with it."""
        try:
            visitor.send(effect.data, self._sends.may, self._writable)
        except OSError as reason:
            self._failed(visitor, reason)
        else:
            visitor.conversation.went_out(self._loop.time())

    def _perform_submit(self, visitor: Visitor, effect: Submit) -> None:
        self._inside.submit(self, [(visitor, effect.requests)])

    def _perform_log(self, visitor: Visitor, effect: LogLine) -> None:
        log(logging.INFO, effect.text, visitor.peer)

    def _perform_close(self, visitor: Visitor, effect: Close) -> None:
        visitor.then = effect.then
        if not effect.gently or not visitor.is_connected:
            self._shut(visitor)
        elif visitor.all_went_out:
            self._linger(visitor)
        else:
            visitor.wake_at(self._loop.time() + LINGER_S, self._lingered)

    def _perform_gone(self, visitor: Visitor, effect: Gone) -> None:
        self._departures.put(visitor)

    def _settle(self, visitor: Visitor) -> None:
        """Read, or not; wake, or not; forget whoever is through."""
        conversation = visitor.conversation
        unread = conversation.is_open and not conversation.wants_input
        self._watch.set(visitor, watched=unread and visitor.is_connected)
        if conversation.is_open:
            visitor.read_with(None if unread else self._readable)
        else:
            visitor.read_with(self._discard)
        if conversation.is_open or not visitor.is_connected:
            visitor.wake_at(conversation.wake_at(), self._wake)
        if conversation.account is not None:
            self._crowd.named(visitor)
            self._places.put(visitor, conversation.room if conversation.is_open else None)
        if conversation.finished and not visitor.is_connected:
            self._visitors.discard(visitor)
            self._crowd.went(visitor)

    # -- The end of a connection -----------------------------------------------------------------

    def _cut_off(self, visitor: Visitor) -> None:
        waiting = visitor.unsent_bytes
        self._inside.count("cut_off")
        told = f"{visitor.peer} reads too slowly: {waiting} bytes wait, it is cut off."
        log(logging.WARNING, told, visitor.peer)
        self._failed(visitor, ConnectionAbortedError(f"{waiting} bytes wait for a client that does not read"))

    def _failed(self, visitor: Visitor, reason: OSError) -> None:
        """Something that was for this visitor did not get through; the others got it all the same."""
        if not visitor.conversation.is_open:
            self._shut(visitor)
            return
        if visitor.conversation.account is not None:
            log(logging.ERROR, "ERROR: Broadcast failed to send message.", visitor.peer)
            log(logging.ERROR, repr(reason), visitor.peer)
        self._broke(visitor, reason)

    def _broke(self, visitor: Visitor, reason: OSError) -> None:
        """What came before is still heard, as much of it as is read at once."""
        conversation, now = visitor.conversation, self._loop.time()
        last = visitor.last_words()
        heard = conversation.received(last, now) if last else []
        self._perform(visitor, [*heard, *conversation.ended(reason, now)])

    def _linger(self, visitor: Visitor) -> None:
        """Say that nothing more comes, and give the client a moment to close its end."""
        try:
            visitor.half_close()
        except OSError:
            self._shut(visitor)
        else:
            visitor.wake_at(self._loop.time() + LINGER_S, self._lingered)

    def _lingered(self, visitor: Visitor, at: float) -> None:
        self._shut(visitor)

    def _shut(self, visitor: Visitor) -> None:
        if visitor.is_connected:
            visitor.shut()
        if visitor.then is not None:
            log(logging.INFO, visitor.then, visitor.peer)
            visitor.then = None
        self._settle(visitor)


_PERFORM: dict[type, Callable[[FrontDoor, Visitor, Any], None]] = {
    Send: FrontDoor._perform_send,
    Submit: FrontDoor._perform_submit,
    LogLine: FrontDoor._perform_log,
    Close: FrontDoor._perform_close,
    Gone: FrontDoor._perform_gone,
}
