"""The client's conversation with a broker, without a socket, a clock or a disk. Pure.

Feed it commands, frames and time; each call returns the effects to perform, in order
(shared/client/effects.py). `now`: a clock in s, never back. docs/protocol.md, "Requests" to "Errors".

Its parts: shared/client/session/connection.py (the connection), joining.py (account and rooms), naming.py
(its nick), sync/ (the copies of the rooms), sending.py (the outbox), pending.py (all other requests),
inquiries.py (what a program asks of which nothing is stored), listening.py (whether broadcasts come through),
readings.py (what is unread), responses.py (what an answer leads to), frames.py (requests as they go up).
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from loggia.shared.client import commands, effects, updates
from loggia.shared.client.effects import Effect, Out, Tell
from loggia.shared.client.ids import passing
from loggia.shared.client.saved import Saved
from loggia.shared.client.session.complaints import Complaints
from loggia.shared.client.session.connection import Connecting
from loggia.shared.client.session.frames import frames
from loggia.shared.client.session.inquiries import Inquiries
from loggia.shared.client.session.joining import Joining
from loggia.shared.client.session.listening import Listening
from loggia.shared.client.session.naming import Naming
from loggia.shared.client.session.pending import Pending
from loggia.shared.client.session.readings import Readings
from loggia.shared.client.session.responses import Responses
from loggia.shared.client.session.sending import Sending
from loggia.shared.client.session.typists import Keyboards
from loggia.shared.client.sync.sync import Sync
from loggia.shared.client.tally import COUNTED, Tally
from loggia.shared.process.counters import Counters
from loggia.shared.protocol.answers import Answer, Error, Unread
from loggia.shared.protocol.down import decode_down, decode_events
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.events import PassingEvent, ReadEvent, StoredEvent
from loggia.shared.protocol.names import canonical, is_made
from loggia.shared.protocol.requests import AnyRequest, MessageChange, Request, Typing
from msgspec import structs


class Session:
    """One account's conversation.

    `rooms`: entered at every connection, with those an earlier run left in `saved`. `bot`: says so to the
    others, and joins only `rooms`. `keep`: the account keeps its nick while it is away. `invites`: see
    Joining. `complete`, `durable`: see Sync. `new_id` gives growing ids (shared/client/ids.py), `chance` a
    number from 0 to 1 that spreads the reconnects of many clients.
    """

    def __init__(
        self,
        *,
        nick: str,
        rooms: Sequence[str],
        saved: Saved,
        new_id: Callable[[], str],
        chance: Callable[[], float],
        bot: bool = False,
        keep: bool = False,
        invites: bool = True,
        complete: bool = False,
        durable: bool = False,
    ) -> None:
        self._out: Out = []
        self._passing: Callable[[], str] = lambda: passing(new_id())
        self._tally = Tally()
        self._counters = Counters(COUNTED)
        self._complaints = Complaints()
        self._sync = Sync(self._out, saved, self._passing, self._tally, complete=complete, durable=durable)
        self._sending = Sending(self._out, saved.outbox, new_id, self._tally)
        kept = [] if bot else [room.room for room in saved.rooms if room.wanted]
        self._joining = Joining(
            self._out,
            self._sync,
            self._passing,
            naming=Naming(self._out, nick, saved),
            rooms=[*rooms, *kept],
            left=[room.room for room in saved.rooms if not (room.wanted or is_made(room.room))],
            tokens=saved.tokens,
            bot=bot,
            keep=keep,
            invites=invites,
        )
        self._pending = Pending()
        parts = self._joining, self._sync, self._sending, self._pending
        self._connecting = Connecting(self._out, *parts, self._passing, chance)
        self._listening = Listening()
        self._keyboards = Keyboards(self._out, self._passing)
        self._readings = Readings(self._out, self._passing, self._sync.is_unsettled)
        self._inquiries = Inquiries(self._out, self._sync, self._joining, self._pending)
        others = self._listening, self._readings, self._inquiries
        self._responses = Responses(self._out, self._connecting, *parts, *others)
        self._wake_at: float | None = None
        self._knows_wake = False  # until the next turn, which may change it

    # -- What happens --------------------------------------------------------------------------

    def start(self, now: float) -> list[Effect]:
        """Show what this computer holds, and connect."""
        self._sync.start()
        self._sending.start()
        self._connecting.connect(now)
        return self._turn(now)

    def asked(self, given: Iterable[commands.Command], now: float, wall_ms: int) -> list[Effect]:
        """What the program asks, in order; `wall_ms` is Unix time in ms."""
        for command in given:
            if not self._connecting.stopped:
                _COMMANDS[type(command)](self, command, now, wall_ms)
        return self._turn(now)

    def heard(self, received: Iterable[bytes], published: Iterable[bytes], now: float) -> list[Effect]:
        """What came: down frames of the current connection, and the events of broadcast frames."""
        skipped: list[Refused] = []
        came = False
        for frame in received:
            came = True
            self._connecting.heard(now)
            for item in decode_down(frame, skipped):
                if isinstance(item, Error):
                    self._responses.refused(item, now)
                elif isinstance(item, Unread):
                    self._responses.unread(item, now)
                elif isinstance(item, Answer):
                    self._responses.answered(item, now)
                else:
                    self._joining.heard(item if isinstance(item, PassingEvent) else item.event)
                    self._sync.live([item])
        for frame in published:
            came = True
            self._listening.heard()
            self._sync.live(decode_events(frame, skipped))
        self._out.extend(effects.Complain(refused.text) for refused in skipped)
        return self._turn(now) if came else []

    def recalled(self, recall: effects.Recall, events: list[StoredEvent], now: float) -> list[Effect]:
        """The copy gave what a Recall asked for."""
        self._sync.recalled(recall, events)
        return self._turn(now)

    def lost(self, reason: str, now: float) -> list[Effect]:
        """The connection is of no use for this reason; another one is tried after a while."""
        self._connecting.lose(reason, now)
        return self._turn(now)

    def broke(self, now: float) -> list[Effect]:
        """The connection broke, or nobody took it; it is tried again after a while."""
        self._connecting.broke(now)
        return self._turn(now)

    def tick(self, now: float) -> list[Effect]:
        """Time passed: do what is due."""
        due_at = self.wake_at(now)
        is_due = due_at is not None and now >= due_at
        if self._connecting.stopped or not (is_due or self._sending.may_send(now)):
            return []
        self._connecting.tick(now)
        self._keyboards.tick(now)
        if news := self._counters.due(now):
            self._out.append(effects.Report(news))
        return self._turn(now)

    def wake_at(self, now: float) -> float | None:
        """When to call `tick` at the latest."""
        if self._connecting.stopped:
            return None
        if not self._knows_wake:
            self._wake_at, self._knows_wake = self._next_deadline(now), True
        return self._wake_at

    def _next_deadline(self, now: float) -> float | None:
        times = [self._connecting.wake_at(), self._counters.due_at(), self._keyboards.wake_at()]
        if self._connecting.connected:
            times += [self._sending.wake_at(now), self._readings.wake_at()]
        return min((time for time in times if time is not None), default=None)

    @property
    def ending(self) -> bool:
        """A goodbye is under way."""
        return self._connecting.ending

    # -- Commands ------------------------------------------------------------------------------

    def _say(self, command: commands.Say, now: float, wall_ms: int) -> None:
        say, epoch = structs.replace(command, room=canonical(command.room), epoch=""), command.epoch
        if epoch:
            say = say.free_of(lambda seq: not self._sync.is_known(say.room, seq, epoch), epoch)
        self._sending.say(say, wall_ms)

    def _enter(self, command: commands.Enter, now: float, wall_ms: int) -> None:
        self._joining.want(command.room)
        if self._connecting.connected:
            self._joining.join_missing()

    def _leave(self, command: commands.LeaveRoom, now: float, wall_ms: int) -> None:
        self._joining.leave(command.room)

    def _act(self, command: commands.Ask, now: float, wall_ms: int) -> None:
        request = structs.replace(command.request, id=command.id)
        epoch, known = command.epoch, self._sync.is_known
        if epoch and isinstance(request, MessageChange) and not known(request.room, request.seq, epoch):
            gone = Error(id=command.id, code="no_such_message", text="This message is gone from the log.")
            self._out.append(Tell(updates.Acted(id=command.id, refused=gone)))
            return
        self._pending.keep(request)

    def _take_nick(self, command: commands.TakeNick, now: float, wall_ms: int) -> None:
        self._joining.rename(command.id, command.nick)

    def _inquire(self, command: commands.Inquire, now: float, wall_ms: int) -> None:
        self._inquiries.ask(command)

    def _drop_inquiry(self, command: commands.DropInquiry, now: float, wall_ms: int) -> None:
        self._inquiries.drop(command.id)

    def _load_older(self, command: commands.LoadOlder, now: float, wall_ms: int) -> None:
        self._sync.older(command.room, max(command.limit, 1), command.id, command.before)

    def _drop_older(self, command: commands.DropOlder, now: float, wall_ms: int) -> None:
        self._sync.drop_older(command.room, command.id)

    def _handled(self, command: commands.Handled, now: float, wall_ms: int) -> None:
        self._sync.handled(command.room, command.seq, command.epoch)

    def _read_old(self, command: commands.ReadArchived, now: float, wall_ms: int) -> None:
        self._sync.read_old(command.room, command.epoch, command.after, max(command.limit, 1), command.id)

    def _type(self, command: commands.ShowTyping, now: float, wall_ms: int) -> None:
        if self._connecting.connected:
            self._keyboards.say(canonical(command.room), now, on=command.on)

    def _mark_read(self, command: commands.MarkRead, now: float, wall_ms: int) -> None:
        room = canonical(command.room)
        if not command.epoch or self._sync.is_known(room, command.seq, command.epoch):
            self._readings.mark(room, command.seq)

    def _count_unread(self, command: commands.CountUnread, now: float, wall_ms: int) -> None:
        self._readings.begin()

    def _ask_time(self, command: commands.AskTime, now: float, wall_ms: int) -> None:
        self._connecting.ask_time()

    def _retry(self, command: commands.Retry, now: float, wall_ms: int) -> None:
        self._sending.retry(command.id, wall_ms)

    def _discard(self, command: commands.Discard, now: float, wall_ms: int) -> None:
        self._sending.discard(command.id)

    def _goodbye(self, command: commands.Goodbye, now: float, wall_ms: int) -> None:
        self._connecting.goodbye(now, command.most_s)

    def _shut(self, command: commands.Shut, now: float, wall_ms: int) -> None:
        self._connecting.stop("")

    # -- The end of a turn ---------------------------------------------------------------------

    def _turn(self, now: float) -> list[Effect]:
        """What has gathered: requests become frames, and the outbox sends what it may."""
        for event in self._sync.passing:
            if isinstance(event, ReadEvent):
                self._readings.heard(event)
            else:
                self._keyboards.heard(event, self._joining.account, now)
        self._sync.passing.clear()
        if not self._connecting.connected:
            self._keyboards.cut()
            self._readings.cut()
        self._sync.settle()
        for ended in self._sync.new_lives():
            self._sending.new_life(ended)
        requests: list[AnyRequest] = []
        if self._connecting.connected and not self._connecting.stopped:
            self._joining.ask_for_nick()
            if self._pending.kept:
                self._out += self._pending.unsent()
            self._inquiries.due(self._connecting.limits)
            if self._sending.may_send(now):
                requests += self._sending.due(now, self._joining.is_held, self._connecting.limits)
            self._readings.due(now)
            self._connecting.end_when_drained(now)
        self._count(now)
        self._knows_wake = False
        done: list[Effect] = []
        for item in self._out:
            if type(item) is Tell:  # most often
                done.append(item)
                if (told := _TOLD.get(type(item.update))) is not None:
                    told(self, item.update)
            elif isinstance(item, Request):
                if not isinstance(item, Typing):  # which is not answered
                    self._pending.sent(item, now)
                requests.append(item)
            elif isinstance(item, effects.Complain) and not self._complaints.is_said(now):
                self._tally["ignored"] += 1
            else:
                done.append(item)
        self._out.clear()
        done.extend(effects.Send(frame) for frame in frames(requests, self._connecting.limits))
        return done

    def _arrived(self, arrived: updates.Arrived) -> None:
        self._keyboards.happened(arrived.room, arrived.events)
        self._readings.happened(arrived.room, arrived.events, self._joining.account)
        self._joining.happened(arrived.events)

    def _count(self, now: float) -> None:
        if any(self._tally.values()):
            for name, by in self._tally.items():
                self._counters.count(name, now, by)
            self._tally.clear()
            self._out.append(Tell(updates.Counts(totals=dict(self._counters.totals))))


# What a program is told, other parts want to know as well.
_TOLD: dict[type, Callable[[Session, Any], None]] = {
    updates.People: lambda of, people: of._joining.shown_out(people.room, people.shown_out),
    updates.PeopleChanged: lambda of, people: of._joining.shown_out(people.room, people.shown_out),
    updates.Arrived: Session._arrived,
    updates.Entered: lambda of, entered: of._readings.entered(entered.room),
    updates.Left: lambda of, left: of._readings.left(left.room),
    updates.VoidCopy: lambda of, void: of._readings.voided(void.room),
}

_COMMANDS: dict[type, Callable[[Session, Any, float, int], None]] = {
    commands.Say: Session._say,
    commands.Enter: Session._enter,
    commands.LeaveRoom: Session._leave,
    commands.Ask: Session._act,
    commands.TakeNick: Session._take_nick,
    commands.Inquire: Session._inquire,
    commands.DropInquiry: Session._drop_inquiry,
    commands.LoadOlder: Session._load_older,
    commands.DropOlder: Session._drop_older,
    commands.Handled: Session._handled,
    commands.ReadArchived: Session._read_old,
    commands.ReadPins: lambda of, read, now, wall_ms: of._sync.read_pins(read),
    commands.ReadChanges: lambda of, read, now, wall_ms: of._sync.read_changes(read),
    commands.ListPeople: lambda of, people, now, wall_ms: of._sync.list_people(people.room),
    commands.ShowTyping: Session._type,
    commands.MarkRead: Session._mark_read,
    commands.CountUnread: Session._count_unread,
    commands.AskTime: Session._ask_time,
    commands.Retry: Session._retry,
    commands.Discard: Session._discard,
    commands.Goodbye: Session._goodbye,
    commands.Shut: Session._shut,
}
