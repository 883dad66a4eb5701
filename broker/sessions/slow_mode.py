"""Who waits before the next message, where a room is slow. Pure; time is an argument.

By account, so nobody gains by coming in again. After a restart of the broker the first message is free. What
is admitted is counted when it is stored, and until its turn is over nothing else of the account is: what is
refused, or was stored before, takes no wait.
"""

from collections.abc import Sequence
from operator import attrgetter

import msgspec
from loggia.broker.core.ordered import Command
from loggia.broker.core.refusals import why_not
from loggia.broker.core.rooms import RoomsState
from loggia.shared.protocol.answers import Stored
from loggia.shared.protocol.errors import Refused
from loggia.shared.protocol.names import canonical
from loggia.shared.protocol.requests import Message

LOOK_FOR_OVER = 10_000  # so many are kept before those are looked for who need not wait any more

_ROOM = attrgetter("room")


class _Admitted(msgspec.Struct, frozen=True):
    """A message whose turn is not over, and how long the account waits if it is stored."""

    id: str
    slow_s: int


class SlowMode:
    def __init__(self) -> None:
        # by room and account: when, and how long that counted at most
        self._spoke: dict[tuple[str, str], tuple[float, float]] = {}
        self._admitted: dict[tuple[str, str], _Admitted] = {}
        self._look_at = LOOK_FOR_OVER

    def begin(self) -> None:
        """A turn: nothing is admitted yet."""
        self._admitted.clear()

    def waits(self, room: str, account: str, slow_s: int, now: float) -> int:
        """In how many ms the account may say something; 0: now."""
        if (room, account) in self._admitted:
            return slow_s * 1000
        spoke = self._spoke.get((room, account))
        left_s = 0.0 if spoke is None else spoke[0] + slow_s - now
        return max(1, round(left_s * 1000)) if left_s > 0 else 0

    def admit(self, room: str, account: str, message_id: str, slow_s: int) -> None:
        """The account says something now."""
        self._admitted[room, account] = _Admitted(message_id, slow_s)

    def is_admitted(self, room: str, account: str, message_id: str) -> bool:
        """Whether just this is what the account says now."""
        said = self._admitted.get((room, account))
        return said is not None and said.id == message_id

    @property
    def any_admitted(self) -> bool:
        """Whether anything of this turn counts if it is stored."""
        return bool(self._admitted)

    def stored(self, room: str, account: str, message_id: str, now: float) -> None:
        """Something was, and not before: if it was admitted here, the account waits from now on."""
        if not self.is_admitted(room, account, message_id):
            return
        if len(self._spoke) >= self._look_at:
            self._spoke = {who: (at, s) for who, (at, s) in self._spoke.items() if at + s > now}
            self._look_at = max(LOOK_FOR_OVER, 2 * len(self._spoke))
        self._spoke[room, account] = now, self._admitted[room, account].slow_s


def may_wait(rooms: RoomsState, account: str, said: Sequence[Message]) -> bool:
    """Whether one of these goes to a slow room that the account is in. Others are not looked at: the time
    tells nobody which there are."""
    own, named = rooms.slow_of(account), set(map(_ROOM, said))
    return bool(own) and not (own.isdisjoint(named) and own.isdisjoint(map(canonical, named)))


def wait_in_turn(slow: SlowMode, rooms: RoomsState, command: Command, now: float) -> Stored | None:
    """A member says one thing, and waits, where the room is slow. Returns what it was answered if it was
    stored before. Raises Refused, also for another reason, if there is one."""
    account, message = command.account, command.request
    assert isinstance(message, Message)
    slow_s = rooms.slow_s(message.room, account)
    room = rooms.room(message.room)
    if not slow_s or room is None or slow.is_admitted(room.name, account, message.id):
        return None
    if isinstance(first := rooms.first_answer(command), Stored):
        return first
    wait_ms = slow.waits(room.name, account, slow_s, now)
    if not wait_ms:
        slow.admit(room.name, account, message.id, slow_s)
        return None
    if (refused := why_not(Message, account, room, command.at, message.room)) is not None:
        raise refused
    wait_s = -(-wait_ms // 1000)
    text = f"{room.title(account)} is slow: one message in {slow_s} s; send this again in {wait_s} s."
    raise Refused("slow_down", text, wait_ms)
