"""What a program reads at the broker itself, of which it holds no copy. docs/protocol.md, "Answers"."""

import contextlib
from collections.abc import Iterator

from loggia.shared.client.api import arguments
from loggia.shared.client.api.inbox import Inbox
from loggia.shared.client.api.waiting import Waiters
from loggia.shared.client.commands import DropInquiry, Inquire
from loggia.shared.client.link.link import Link
from loggia.shared.client.updates import Inquired
from loggia.shared.protocol.answers import RoomInfo, retry_after
from loggia.shared.protocol.errors import LoggiaError, Refused
from loggia.shared.protocol.events import MessageEvent, StoredEvent
from loggia.shared.protocol.requests import History, Inquiry, Rooms


class Inquiring:
    """A client that asks for threads, places in a log, and rooms."""

    _inbox: Inbox
    _link: Link
    _waiting: Waiters

    def _room(self, given: str | None) -> str:
        raise NotImplementedError

    def thread(
        self, message: MessageEvent | int, *, after: int | None = None, room: str | None = None
    ) -> Iterator[MessageEvent]:
        """The message that a thread began with and those in it, oldest first, each as it is now: `edited_at`,
        `deleted`, `reactions`, `pinned`, `replies`. They are read from the broker as they are taken, in
        pages.

        `message`: any MessageEvent of the thread, or the seq of the message that it began with; then `room`
        says where, and None is the client's own. A public room may also be one where this client is not.
        `after`: only those with a greater seq.

        While they are taken it raises Refused if the broker says no (`no_such_room`, `no_such_message`, ...),
        and NotReachable where a page does not come within `timeout_s`.
        """
        begins = arguments.seq("after", after)
        with self._waiting.here():
            self._waiting.check()
            if isinstance(message, MessageEvent):
                epoch, where = self._inbox.epochs.of(message), message.room
                root: int | None = message.thread or message.seq
            else:
                epoch, where, root = "", self._room(room), arguments.seq("message", message)
        if root is None:
            raise TypeError("`message` is a MessageEvent or its seq, not None.")
        return self._in_pages(where, root, begins, epoch)

    def page(
        self,
        room: str | None = None,
        *,
        after: int | None = None,
        before: int | None = None,
        around: int | None = None,
        at: int | None = None,
        limit: int = 100,
    ) -> list[StoredEvent]:
        """Up to `limit` entries of a room's log, ascending, its messages as they are now: those behind the
        seq `after` (0: from the first on), the last ones before `before`, about as many on both sides of
        `around`, or the first that are not of before `at` (Unix ms); with none of these the newest.

        `room`: None is `client.room`; a public one may be one where this client is not. There may be fewer
        than there are, down to one, where they are long: go on behind the last. `history` needs no numbers.

        Raises ValueError for two places at once, Refused if the broker says no (`no_such_room`, `banned`,
        ...), and NotReachable where it has not answered within `timeout_s`.
        """
        places = {
            "after": arguments.seq("after", after, 0),
            "before": arguments.seq("before", before),
            "around": arguments.seq("around", around, 0),
            "at": arguments.seq("at", at, 0),
        }
        if sum(place is not None for place in places.values()) > 1:
            raise ValueError("Name one of `after`, `before`, `around` and `at`.")
        with self._waiting.here():
            where = self._room(room)
        history = History(id="-", room=where, limit=arguments.count("limit", limit), **places)
        return self._inquire(history).events

    def list_rooms(self) -> list[RoomInfo]:
        """All rooms that this account may see, by name: the public ones, and the private ones and
        conversations that it is in.

        Raises Refused if the broker says no, and NotReachable where it has not answered within `timeout_s`.
        """
        rooms: list[RoomInfo] = []
        more = True
        while more:
            page = self._inquire(Rooms(id="-", after=rooms[-1].room if rooms else None))
            rooms += page.rooms
            more = page.more and bool(page.rooms)
        return rooms

    def _in_pages(self, room: str, root: int, after: int | None, epoch: str) -> Iterator[MessageEvent]:
        seq, more = after or 0, True
        while more:
            page = self._inquire(History(id="-", room=room, thread=root, after=seq), epoch)
            messages = [event for event in page.events if isinstance(event, MessageEvent)]
            if seq == 0 and not (messages and messages[0].seq == root):
                raise Refused("no_such_message", f"No thread begins with entry {root} of {room}.")
            yield from messages
            more = page.more and bool(page.events)
            seq = page.events[-1].seq if page.events else seq

    def _inquire(self, inquiry: Inquiry, epoch: str = "") -> Inquired:
        with self._waiting.here():
            self._waiting.check()
            told = self._inbox.inquiries
            inquiry_id = self._link.post(Inquire(request=inquiry, epoch=epoch))
            told[inquiry_id] = None
            try:
                self._waiting.wait(lambda: told[inquiry_id] is not None)
            finally:
                if (page := told.pop(inquiry_id)) is None:
                    with contextlib.suppress(LoggiaError):  # the link has ended
                        self._link.post(DropInquiry(id=inquiry_id))
            if page is None:
                self._waiting.too_late(f"{self._waiting.silence()}; try again later.")
            if page.refused is not None:
                raise Refused(page.refused.code, page.refused.text, retry_after(page.refused))
            return page
