"""What a program knows of how far its account has read, held against what the broker said."""

from typing import TYPE_CHECKING

from loggia.shared.client import commands, updates

if TYPE_CHECKING:
    from tests.simulation.clients import Client


class Reader:
    """Of one program. Attributes: `states`: what it was told last, by room."""

    def __init__(self, client: "Client") -> None:
        self._client = client
        self.states: dict[str, updates.ReadState] = {}

    def told(self, state: updates.ReadState) -> None:
        """How far it has read a room: what is on its way still may be more, and never less."""
        before = self.states.get(state.room)
        self._client.ledger.require(
            before is None or state.read >= before.read, "a mark went back:", self._client, before, state
        )
        self.states[state.room] = state

    def forgets(self, room: str) -> None:
        """Its log began a new life."""
        self.states.pop(room, None)

    def reads(self, room: str, last: int) -> None:
        """Whoever sits there reads some of what is there, or all."""
        run, seq = self._client.run, self._client.chance.choice([last, self._client.chance.randint(0, last)])
        if run is not None and seq > 0:
            run.post(commands.MarkRead(room=room, seq=seq))
