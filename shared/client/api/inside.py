"""Since when a bot is in a private room, all of which it reads. Used by the bot's own thread."""

from loggia.shared.protocol.events import CreatedEvent, InvitedEvent, JoinedEvent, StoredEvent
from loggia.shared.protocol.names import is_direct, is_made


class Inside:
    """What was said before somebody let the bot in is not for it, though it may be read."""

    def __init__(self) -> None:
        self._outside: set[str] = set()  # rooms whose first entry was told, and not yet that the bot came in

    def is_for(self, event: StoredEvent, account: str) -> bool:
        """Whether the bot of this account was in the room then; each entry is asked about, in order."""
        room = event.room
        if isinstance(event, CreatedEvent) and is_made(room) and not is_direct(room):
            self._outside.add(room)
        elif (isinstance(event, InvitedEvent) and event.target == account) or (
            isinstance(event, JoinedEvent) and event.account == account
        ):
            self._outside.discard(room)
        return room not in self._outside
