"""How much of history and lists one connection gets at once. Pure; time is an argument (loop time, s)."""

from typing import assert_never

import msgspec
from loggia.shared.protocol.answers import (
    FoundAnswer,
    HistoryAnswer,
    MembersAnswer,
    Pong,
    QueryAnswer,
    RoomsAnswer,
)
from loggia.shared.protocol.errors import Refused

# History and lists to one connection in one turn: bounds memory, and what others wait for
HISTORY_BYTES = 2 * 1024 * 1024
UNREAD_BYTES = 1024 * 1024  # and none while so much waits that it has not taken
LISTED_BYTES = 128  # of a line in a list of people or rooms, about
HISTORY_PAUSE_MS = 100


class Paging(msgspec.Struct):
    """`sent`: about how many bytes of it a connection got in the turn of `turn`."""

    turn: float = 0.0
    sent: int = 0

    def check(self, now: float, unread: int, *, address_may: bool) -> None:
        """Raises Refused if this turn gives no more. `unread`: bytes that wait for it. `address_may`: whether
        those at its address have not been given all they may be."""
        if self.turn != now:
            self.turn, self.sent = now, 0
        if self.sent >= HISTORY_BYTES or unread >= UNREAD_BYTES or not address_may:
            text = f"That is more than is sent at once; ask for this again in {HISTORY_PAUSE_MS} ms."
            raise Refused("slow_down", text, HISTORY_PAUSE_MS)

    def count(self, answer: QueryAnswer) -> int:
        """This was given in the turn that was checked last: about how many bytes."""
        size = _size(answer)
        self.sent += size
        return size


def _size(answer: QueryAnswer) -> int:
    match answer:
        case HistoryAnswer():
            return sum(map(len, answer.events))
        case MembersAnswer():
            return sum([LISTED_BYTES + len(member.status) for member in answer.members])
        case RoomsAnswer():
            return LISTED_BYTES * len(answer.rooms)
        case FoundAnswer():
            return LISTED_BYTES * len(answer.hits) + sum([len(hit.text) for hit in answer.hits])
        case Pong():
            return 0  # as many rooms as were asked about
    assert_never(answer)
