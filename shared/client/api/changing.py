"""What a program may do about a message that was said: one method for each request.

docs/protocol.md, "Messages that change".
"""

from loggia.shared.client.api import arguments
from loggia.shared.protocol.events import MessageEvent
from loggia.shared.protocol.names import canonical
from loggia.shared.protocol.requests import Delete, Edit, MessageChange, Pin, React


class Changing:
    """A client that changes messages. `message`: the MessageEvent, or the seq that `send` gave; then `room`
    says where, and None is the client's own. Each method returns when it is done and stored.

    Raises Refused if the broker says no (`not_allowed`, `no_such_message`, ...), and NotReachable after
    `timeout_s`: it is asked for again by itself then, as long as this client is there.
    """

    def _usual_room(self) -> str:
        raise NotImplementedError

    def _change(self, request: MessageChange, message: MessageEvent | int) -> None:
        raise NotImplementedError

    def edit(self, message: MessageEvent | int, text: str, *, room: str | None = None) -> None:
        """Let a message of one's own say something else. Everybody sees that it was edited."""
        at, seq = self._place(message, room)
        self._change(Edit(id="-", room=at, seq=seq, text=arguments.written("text", text)), message)

    def delete(self, message: MessageEvent | int, reason: str = "", *, room: str | None = None) -> None:
        """Take a message away for good, one's own or, as a moderator, that of somebody else; `reason`:
        everybody may read it. No copy and no log keeps its text."""
        at, seq = self._place(message, room)
        self._change(Delete(id="-", room=at, seq=seq, reason=arguments.written("reason", reason)), message)

    def react(
        self, message: MessageEvent | int, emoji: str, on: bool = True, *, room: str | None = None
    ) -> None:
        """Put a sign to a message, one picture or a word, or take one's own away (`on` False)."""
        at, seq = self._place(message, room)
        sign = arguments.written("emoji", emoji)
        self._change(React(id="-", room=at, seq=seq, emoji=sign, on=arguments.flag("on", on)), message)

    def pin(self, message: MessageEvent | int, on: bool = True, *, room: str | None = None) -> None:
        """Pin a message to the room, as a moderator, or take it off (`on` False)."""
        at, seq = self._place(message, room)
        self._change(Pin(id="-", room=at, seq=seq, on=arguments.flag("on", on)), message)

    def _place(self, message: MessageEvent | int, room: str | None) -> tuple[str, int]:
        """The room, and the seq there."""
        if isinstance(message, MessageEvent):
            return message.room, message.seq
        seq = arguments.seq("message", message)
        if seq is None:
            raise TypeError("`message` is a MessageEvent or its seq, not None.")
        return self._usual_room() if room is None else canonical(arguments.name("room", room)), seq
