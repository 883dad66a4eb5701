"""How far a program has read, and what it has not. docs/protocol.md, "Requests"."""

from loggia.shared.client.api import arguments
from loggia.shared.client.api.inbox import Inbox
from loggia.shared.client.api.waiting import Waiters
from loggia.shared.client.commands import CountUnread, MarkRead
from loggia.shared.client.updates import ReadState
from loggia.shared.protocol.events import StoredEvent


class Marking:
    """A client that says how far it has read."""

    _waiting: Waiters
    _inbox: Inbox

    def _show(self, shown: MarkRead | CountUnread) -> None:
        raise NotImplementedError

    def _in_room(self, given: str | None) -> str:
        raise NotImplementedError

    def mark_read(self, event: StoredEvent) -> None:
        """This account has read the event's room up to the event, on whatever computer. The mark only moves
        forward.

        It waits for nothing: it is told to the broker at most every 2 s, and after a reconnect if there is no
        connection now.
        """
        arguments.entry(event)
        with self._waiting.here():
            self._waiting.check()
            epoch = self._inbox.epochs.of(event)
            self._show(MarkRead(room=event.room, seq=event.seq, epoch=epoch))

    def unread(self, room: str | None = None) -> ReadState:
        """How far this account has read a room (`read`), how many messages of others it has not (`unread`),
        and how many of those mean it (`mentions`): exactly, as far as the broker has told by now.

        `room`: None is `client.room`. The first call waits for the broker, later ones do not. Raises
        NotReachable after `timeout_s`, and Refused for a room where this client is not.
        """
        with self._waiting.here():
            self._waiting.check()
            room = self._in_room(room)
            if room not in self._inbox.readings:
                self._show(CountUnread())
                if not self._waiting.wait(lambda: room in self._inbox.readings):
                    self._waiting.too_late(f"{self._waiting.silence()}.")
            return self._inbox.readings[room]
