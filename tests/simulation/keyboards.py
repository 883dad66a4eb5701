"""Who is typing: what a program shows of that is what reached it, and was not taken back, and is recent.

Nothing of it is answered or stored, so nobody is owed it. Runs in the simulation's only thread.
"""

from typing import TYPE_CHECKING

from loggia.shared.client import updates
from loggia.shared.protocol.down import decode_events
from loggia.shared.protocol.events import TypingEvent
from loggia.shared.protocol.limits import TYPING_OVER_S

if TYPE_CHECKING:
    from tests.simulation.clients import Client

MARK = b'"op":"typing"'


class Onlooker:
    """Of one program. Attributes: `shown`: the nicks that it shows as typing, by room."""

    def __init__(self, client: "Client") -> None:
        self._client = client
        self._typing: dict[tuple[str, str], tuple[str, float]] = {}  # by room and account: nick, heard when
        self.shown: dict[str, list[str]] = {}

    def reaches(self, frame: bytes) -> bytes:
        """The program takes this frame in."""
        for event in decode_events(frame, []) if MARK in frame else []:
            if not isinstance(event, TypingEvent) or event.account == self._client.account:
                continue
            if event.on:
                self._typing[event.room, event.account] = event.nick, self._client.clock()
            else:
                self._typing.pop((event.room, event.account), None)
        return frame

    def arrived(self, arrived: updates.Arrived) -> None:
        """Who said something has done so."""
        for event in arrived.events if self._typing else []:
            self._typing.pop((arrived.room, event.account), None)

    def is_cut_off(self) -> None:
        self._typing.clear()

    def told(self, typists: updates.Typists) -> None:
        self.shown[typists.room] = typists.nicks

    def turn_is_over(self) -> None:
        """Nobody is shown of whom nothing came for long; and everybody else of whom it did."""
        if not (self._typing or self.shown):
            return
        since = self._client.clock() - TYPING_OVER_S
        self._typing = {who: heard for who, heard in self._typing.items() if heard[1] > since}
        typing: dict[str, list[str]] = {}
        for (room, _), (nick, _) in sorted(self._typing.items()):
            typing.setdefault(room, []).append(nick)
        self.shown = {room: nicks for room, nicks in self.shown.items() if nicks}
        is_so = self.shown == {room: sorted(nicks) for room, nicks in typing.items()}
        self._client.ledger.require(is_so, "shown to be typing:", self._client, self.shown, "and are", typing)
