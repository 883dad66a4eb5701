"""Going into rooms and out of them while a program runs. docs/protocol.md, "Sessions"."""

from loggia.shared.client.api.inbox import Inbox
from loggia.shared.client.api.waiting import Waiters
from loggia.shared.client.commands import Enter, LeaveRoom
from loggia.shared.client.link.link import Link


class Entering:
    """A client that comes and goes."""

    _inbox: Inbox
    _link: Link
    _waiting: Waiters

    def _room(self, given: str | None) -> str:
        raise NotImplementedError

    def enter(self, room: str) -> None:
        """Be in one more room: returns when the broker has this client there. What is said from then on is in
        `events` too. A public room that nobody entered before comes into being so.

        Raises Refused if the broker says no (`banned`, `no_such_room`, ...), and NotReachable after
        `timeout_s`: it is entered by itself then, as long as this client is there.
        """
        with self._waiting.here():
            self._waiting.check()
            room, inbox = self._room(room), self._inbox
            if room in inbox.entered:
                return
            inbox.refused_rooms.pop(room, None)
            self._link.post(Enter(room=room))
            if not self._waiting.wait(lambda: room in inbox.entered or room in inbox.refused_rooms):
                self._waiting.too_late(
                    f"{self._waiting.silence()}. The room is entered as soon as the broker is back."
                )
            if room in inbox.refused_rooms:
                raise inbox.refused_rooms[room]

    def leave(self, room: str | None = None) -> None:
        """Be in a room no more, which hears that. Into a private one only its members can let it again.

        Returns when that is stored; for a room where this client is not, or without a connection, at once:
        the broker is told by itself then, also after a restart of a client with `data`. `room`: None is
        `client.room`. Raises NotReachable after `timeout_s`; it is told all the same.
        """
        with self._waiting.here():
            self._waiting.check()
            room, inbox = self._room(room), self._inbox
            inbox.entered.discard(room)  # who enters it again meanwhile waits until that is done
            self._link.post(LeaveRoom(room=room))
            if not self._waiting.wait(lambda: room not in inbox.rooms):
                self._waiting.too_late(f"{self._waiting.silence()}. It is told as soon as it is back.")
