"""What peers submit gets its order: here as it came, and in turns where more came than fits one. Behind it
nothing depends on who is connected, on the clock or on chance. Pure; time is an argument.

A turn ends after about as much work as 10 ms hold. While all fits into one, it is taken as it comes. Where
not, those come first who asked for least lately, and then the others, a share of each after the other: what
some send makes nobody else wait for long, however many they are.
"""

import logging
import math
from collections import deque
from collections.abc import Hashable, Iterable, Sequence
from itertools import takewhile
from typing import cast, get_args

import msgspec
from loggia.broker.core.ops import cost_of
from loggia.broker.core.ordered import Command, Ordered
from loggia.broker.runtime.disk_faults import WHY
from loggia.broker.runtime.turn_cost import TURN_COST, TurnCost, affordable
from loggia.broker.runtime.waiting_marks import WaitingMarks
from loggia.broker.sessions.admission import Admitted, ByPeer
from loggia.broker.sessions.hub import Hub
from loggia.broker.sessions.marks import Closes, Mark, Opens
from loggia.broker.sessions.peers import Requests
from loggia.broker.sessions.queries import Query
from loggia.shared.protocol.answers import Error
from loggia.shared.protocol.codec import Malformed
from loggia.shared.protocol.errors import StorageDamaged
from loggia.shared.protocol.requests import AnyRequest, Message, Read

PARTS = 4  # of a turn: one is the most that it takes of a peer of what has just arrived
LATELY_S = 1.0  # where something waits, those come first who took little in so long
# in lines: who took less than so much with what comes next, and how much is taken from each, one after the
# other. Who talks is in the first, who comes in or reads a page in the second. For each of the later ones a
# part of the turn is left in any case
LINES = ((10, 1), (150, 20), (math.inf, 100))
MOST_WAITING = 1000  # requests of one peer; the next ones are refused
OVERRUN = 10  # and who goes on until so many times as much waits is cut off
MOST_IN_ALL = 20_000  # where so many of all wait they share these, and at twice that who has more is cut off
LEAST_WAITING = 100  # which anybody may have
PAUSE_MS = 1000  # for what is refused so
FULL_COST = 4 * TURN_COST  # with so much waiting, more is left with the doors

_log = logging.getLogger("loggia")


class _Peer(msgspec.Struct):
    """What waits of one peer. `frames`: what came behind a join, or is more than its share of a turn.

    `count`: requests, here and among those that have just arrived. `spent`: in the turn of that number;
    `lately`: in the second that began at `since`.
    `busy`: a join or an `!end` of it is not settled. `listed`: it has a place among those to visit. `lost`:
    the connection is gone, after all that it said; `unheard`: and nothing of that is admitted any more.
    """

    frames: deque[Requests] = msgspec.field(default_factory=deque)
    count: int = 0
    turn: int = 0
    spent: int = 0
    since: float = float("-inf")
    lately: int = 0
    busy: bool = False
    listed: bool = False
    lost: bool = False
    unheard: bool = False


class Turn(msgspec.Struct):
    """What one turn of the loop works on: `ordered`, and who is to be told of it.

    `lapsed`: so many commands, the first ones, end sessions of which nobody is there to be told. `admitted`:
    all that is to be answered, of each peer as it came; the commands in it are the others that are ordered.
    `marks`: whether there may be marks of what was read among them.
    """

    ordered: Ordered
    lapsed: int
    admitted: ByPeer
    marks: bool = False


class Order:
    """`submit` and `lost` collect, `turn` gives the order. `epoch`: the life of the log that it is for.

    `bounded`: whether there is a bound to what may wait of one peer.

    Attributes: `overrun`: peers that go on far over that, until they are taken; nothing more of what they
    said is heard. `cost`: what a turn takes in; `spent`: what the last one did. `marks`: those that wait.
    """

    def __init__(self, hub: Hub, epoch: str, *, bounded: bool) -> None:
        self._hub = hub
        self._epoch = epoch
        self._bounded = bounded
        self._peers: dict[Hashable, _Peer] = {}
        self._arrived: deque[tuple[Hashable, Requests]] = deque()
        self._lines: tuple[deque[Hashable], ...] = tuple(deque() for _ in LINES)  # to visit
        self._waiting = 0
        self._turns = 0
        self.cost = TurnCost()
        self.spent = 0
        self.marks = WaitingMarks()
        self._most = (0, MOST_WAITING)  # in the turn of that number, what one peer may have waiting
        self.overrun: list[Hashable] = []

    def submit(self, arrived: Iterable[tuple[Hashable, Requests]], *, visitors: bool = False) -> None:
        """Peers said something, in this order. `visitors` counts for those that are not known yet."""
        before: Hashable = None
        peer, together = _Peer(), list[AnyRequest | Malformed | Mark]()
        bounded = self._bounded
        for key, requests in arrived:
            if key is not before:
                before, together = key, []
                peer = self._peers.get(key) or self._new(key, visitors)
                if not peer.lost:
                    self._arrived.append((key, together))
            if peer.lost:  # that was told as the end of what it says
                continue
            if bounded and peer.count + len(requests) > LEAST_WAITING:
                requests = self._bound(key, peer, requests)
            together += requests
            count = len(requests)
            peer.count += count
            self._waiting += count

    def _new(self, key: Hashable, visitor: bool) -> _Peer:
        self._hub.connect(key, visitor)
        peer = self._peers[key] = _Peer()
        return peer

    def lost(self, key: Hashable) -> None:
        """A peer's connection is gone, after all that it said. What was to be stored still is, unless so much
        waits of all that they share: nobody was told of it, and who comes and goes may do so for ever.
        """
        peer = self._peers.get(key)
        if peer is not None and not peer.lost:
            self._arrived.append((key, _THE_END))
            peer.lost = True
            peer.unheard = self._bounded and self._waiting > MOST_IN_ALL
            self._let_go(peer)

    def _let_go(self, peer: _Peer) -> None:
        """What waits of one that nobody is there to be answered."""
        waited = sum(map(len, peer.frames))
        kept = [[one for one in frame if not isinstance(one, _ASKED)] for frame in peer.frames]
        peer.frames = deque() if peer.unheard else deque(filter(None, kept))
        gone = waited - sum(map(len, peer.frames))
        peer.count -= gone
        self._waiting -= gone

    def release(self, key: Hashable) -> None:
        """The join or `!end` of a peer is settled: what waits behind it is admitted next."""
        self._hub.release(key)
        peer = self._peers[key]
        peer.busy = False
        if peer.frames:
            self._list(key, peer)

    def waits(self) -> bool:
        """Whether another turn has something to do already."""
        return bool(self._arrived) or any(self._lines)

    @property
    def waiting(self) -> int:
        """Requests that are not admitted yet."""
        return self._waiting

    def is_full(self) -> bool:
        """Whether so much waits that more is better left where it is.

        Where each peer has a bound it never does: what one sends would keep the others from being heard.
        """
        return not self._bounded and self._waiting >= FULL_COST

    def turn(self, now: float, at: int) -> Turn:
        """What fits into one turn. `now`: loop time, s; `at`: Unix ms, the time its events get."""
        self._hub.begin(at)
        commands = self._hub.lapsed(now, at)
        lapsed = len(commands)
        admitted: ByPeer = []
        self._turns += 1
        left = most = self.cost.now
        share = most // PARTS
        arrived, peers = self._arrived, self._peers
        waits = any(self._lines)
        while arrived:  # as it came, until something has to wait
            key, requests = arrived.popleft()
            peer = peers[key]
            if peer.turn != self._turns:
                peer.turn, peer.spent = self._turns, 0
                if now - peer.since >= LATELY_S:
                    peer.since, peer.lately = now, 0
            if waits or peer.frames or peer.busy or peer.spent >= share or left <= 0:
                peer.frames.append(requests)
            else:
                left -= self._admit(key, peer, requests, share - peer.spent, admitted, now, at)
            if peer.frames:
                self._list(key, peer)
                waits = waits or peer.listed
        while left > 0 and any(self._lines):
            for place, line in enumerate(self._lines):
                reserved = share * sum(map(bool, self._lines[place + 1 :]))
                while line and left > reserved:
                    left -= self._visit(line.popleft(), LINES[place][1], admitted, now, at)
        self.spent = most - left
        if marks := bool(self.marks):
            admitted = self.marks.with_what_waits(admitted, commits=lapsed > 0, now=now)
        commands += [item for _, items in admitted for item in items if type(item) is Command]
        return Turn(Ordered(self._epoch, commands), lapsed, admitted, marks)

    def _visit(self, key: Hashable, most: int, admitted: ByPeer, now: float, at: int) -> int:
        """Admit some of what waits of a peer, until it costs `most`; returns what it costs."""
        peer = self._peers[key]
        peer.listed = False
        cost, frames = 0, peer.frames
        while frames and cost < most and not peer.busy:
            cost += self._admit(key, peer, frames.popleft(), most - cost, admitted, now, at)
        if frames:
            self._list(key, peer)
        return cost

    def _admit(
        self,
        key: Hashable,
        peer: _Peer,
        requests: Requests,
        most: int,
        admitted: ByPeer,
        now: float,
        at: int,
    ) -> int:
        """Admit a frame, or as much of it as costs `most` or stands before the end of a join."""
        lost, busy = peer.lost, peer.busy
        cost, done = 0, len(requests) if peer.unheard else 0
        items: list[Admitted] = []
        only_messages = set(map(type, requests)) == _ONLY_MESSAGES
        while done < len(requests) and cost < most and not busy:
            rest = requests[done : done + most - cost]
            said, takes = affordable(
                cast(Sequence[Message], rest) if only_messages else _messages(rest), most - cost
            )
            if said:
                items += self._say(key, said, now, at)
                cost += takes
                done += len(said)
                continue
            request = requests[done]
            done += 1
            if lost and isinstance(request, _ASKED):  # nobody is there to be answered
                continue
            items.append(self._ask(key, request, now, at))
            cost += _cost(request)
            busy = peer.busy = self._hub.busy(key)
        if items:
            admitted.append((key, items))
        peer.spent += cost
        peer.lately += cost
        peer.count -= done
        self._waiting -= done
        if done < len(requests):
            peer.frames.appendleft(requests[done:])
        if requests is _THE_END:  # all that it said is admitted
            del self._peers[key]
            self._hub.lost(key, now)
        return cost

    def _say(self, key: Hashable, said: Sequence[Message], now: float, at: int) -> Sequence[Admitted]:
        try:
            return self._hub.say(key, said, now, at)
        except StorageDamaged:  # the log has said it
            return [unavailable(message) for message in said]
        except Exception:
            return [failed(message) for message in said]

    def _ask(self, key: Hashable, request: AnyRequest | Malformed | Mark, now: float, at: int) -> Admitted:
        self.marks.asked = self.marks.asked or type(request) is Read
        try:
            return self._hub.admit(key, request, now, at)
        except StorageDamaged:  # the log has said it
            return unavailable(request)
        except Exception:
            return failed(request)

    def _list(self, key: Hashable, peer: _Peer) -> None:
        """To be visited, unless it is already or waits for the end of a join, which `release` tells."""
        if peer.listed or peer.busy:
            return
        peer.listed = True
        first = peer.frames[0]
        takes = peer.lately + (_cost(first[0]) if first else 0)
        for line, (most, _) in zip(self._lines, LINES, strict=True):
            if takes < most:
                line.append(key)
                return

    def _bound(self, key: Hashable, peer: _Peer, requests: Requests) -> Requests:
        """What still fits, and in place of the others why they do not: answers keep their order."""
        most = MOST_WAITING if self._waiting < MOST_IN_ALL else self._fair()
        if peer.count + len(requests) <= most:
            return requests
        if peer.count > OVERRUN * MOST_WAITING or (self._waiting > 2 * MOST_IN_ALL and peer.count > most):
            if key not in self.overrun:
                self.overrun.append(key)
            return ()
        room = max(0, most - peer.count)
        return [*requests[:room], *map(_over, requests[room:])]

    def _fair(self) -> int:
        """What each may have waiting where all have too much: as many share it as have something there."""
        if self._most[0] != self._turns:
            waiting = sum(peer.count > 0 for peer in self._peers.values())
            self._most = self._turns, max(LEAST_WAITING, min(MOST_WAITING, MOST_IN_ALL // max(1, waiting)))
        return self._most[1]


_ASKED = get_args(Query)
_ONLY_MESSAGES = {Message}
_TOO_MANY = "Too many requests of yours wait; send this again when some are answered."
_THE_END: Requests = []  # stands behind all that a peer said whose connection is gone


def _messages(requests: Requests) -> Sequence[Message]:
    """Those in front of anything else."""
    return cast(Sequence[Message], [*takewhile(lambda request: type(request) is Message, requests)])


def _cost(request: AnyRequest | Malformed | Mark) -> int:
    return 1 if isinstance(request, Malformed | Opens | Closes) else cost_of(request)


def _over(request: AnyRequest | Malformed | Mark) -> AnyRequest | Malformed | Mark:
    if isinstance(request, Opens | Closes):
        return request
    request_id = request.error.id if isinstance(request, Malformed) else request.id
    return Malformed(Error(id=request_id, code="slow_down", text=_TOO_MANY, retry_after_ms=PAUSE_MS))


def failed(what: object) -> Error:
    """The answer to a request that broke us; the others of its turn are served."""
    _log.exception("A request failed.")
    return Error(id=getattr(what, "id", None), code="internal", text=WHY["internal"])


def unavailable(what: object) -> Error:
    """The answer to what had to be read, while the disk cannot be."""
    return Error(id=getattr(what, "id", None), code="unavailable", text=WHY["unavailable"])
