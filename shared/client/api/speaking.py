"""Saying something, and hearing that it is stored. docs/protocol.md, "Requests"."""

from typing import Literal, overload

from loggia.shared.client import updates
from loggia.shared.client.api import arguments
from loggia.shared.client.api.inbox import Inbox
from loggia.shared.client.api.moderating import Acts
from loggia.shared.client.api.waiting import Waiters
from loggia.shared.client.commands import Say
from loggia.shared.client.link.link import Link
from loggia.shared.protocol.errors import Refused


class Speaking:
    """A client that says something."""

    _inbox: Inbox
    _link: Link
    _waiting: Waiters
    _acts: Acts

    def _open_room(self, given: str | None) -> str:
        raise NotImplementedError

    @overload
    def send(
        self,
        text: str,
        *,
        room: str | None = None,
        reply_to: int | None = None,
        thread: int | None = None,
        wait: Literal[True] = True,
    ) -> int: ...
    @overload
    def send(
        self,
        text: str,
        *,
        room: str | None = None,
        reply_to: int | None = None,
        thread: int | None = None,
        wait: Literal[False],
    ) -> str: ...
    def send(
        self,
        text: str,
        *,
        room: str | None = None,
        reply_to: int | None = None,
        thread: int | None = None,
        wait: bool = True,
    ) -> int | str:
        """Say something; returns its seq once the broker has stored it, or with `wait=False` its id at once.

        `room`: None is `client.room`. `reply_to`: the seq of the message of that room that it answers;
        `thread`: of the one whose thread it belongs to.

        Raises Refused if the broker says no, and NotReachable after `timeout_s`, or Refused `slow_down` where
        the room is slow: the message then waits on this computer and is sent by itself. With a full disk that
        is StorageFull: it waits in memory only.
        """
        reply_to, thread = arguments.seq("reply_to", reply_to), arguments.seq("thread", thread)
        with self._waiting.here():
            self._waiting.check()
            text = arguments.text(text, self._inbox.limits)
            say = Say(room=self._open_room(room), text=text, reply_to=reply_to, thread=thread)
            message_id = self._link.post(say)
            return self._stored(message_id) if wait else message_id

    def _post_say(self, say: Say) -> str:
        """Its id; raises what ended the client, or why it is not let into the room."""
        with self._waiting.here():
            self._waiting.check()
            self._open_room(say.room)
            return self._link.post(say)

    def _send(self, say: Say) -> int:
        """The seq, once it is stored; what was stored under its id is not stored again."""
        with self._waiting.here():
            return self._stored(self._post_say(say))

    def _stored(self, message_id: str) -> int:
        """Under the lock: the seq of what was just posted, once it has one. Raises as `send`."""
        awaited, slowed = self._inbox.awaited, self._inbox.slowed
        awaited[message_id] = None
        try:
            self._acts.until(lambda: awaited[message_id] is not None)
            outcome = awaited[message_id]
        finally:
            del awaited[message_id]
            is_slow = message_id in slowed
            slowed.discard(message_id)
        if isinstance(outcome, updates.Failed):
            raise Refused(outcome.code, outcome.text, outcome.retry_after_ms)
        if outcome is None:
            self._waiting.unsent(is_slow=is_slow)
        return outcome.seq
