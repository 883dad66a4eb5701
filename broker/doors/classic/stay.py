"""Where a visitor is, and as whom: what it says becomes requests, and their answers what it is told. Pure.

docs/protocol.md, "The front door", 2 and 8. A visitor is in one room at a time, as a terminal shows one: who
goes to another enters that first, and leaves the old one once that is granted. Owned by a conversation
(broker/doors/classic/conversation.py).
"""

from typing import assert_never

from loggia.broker.doors.classic import replies
from loggia.broker.doors.classic.commands import (
    GoTo,
    Help,
    Lacks,
    ListPeople,
    ListRooms,
    Rename,
    Say,
    Whisper,
    command,
)
from loggia.broker.doors.classic.framing import Mode
from loggia.broker.doors.classic.inflight import InFlight, VisitorRequest
from loggia.broker.doors.classic.input import Hearing
from loggia.broker.doors.classic.text import Told, not_stored, welcome
from loggia.shared.protocol.answers import Error as Refusal
from loggia.shared.protocol.answers import (
    FoundAnswer,
    HistoryAnswer,
    JoinedAnswer,
    MembersAnswer,
    Pong,
    RoomsAnswer,
    Stored,
)
from loggia.shared.protocol.limits import LOBBY
from loggia.shared.protocol.requests import Direct, Join, Leave, Members, Message, Rooms

Granted = JoinedAnswer | Stored | HistoryAnswer | RoomsAnswer | MembersAnswer | FoundAnswer | Pong


class Stay:
    """Attributes: `account` (None: not let in yet); `room`, of which it hears (None: none)."""

    def __init__(self, heard: Hearing, asked: InFlight) -> None:
        self.account: str | None = None
        self.room: str | None = None
        self._heard, self._asked = heard, asked
        self._whispers = ""  # what is said as soon as the conversation is there
        self._titles: dict[str, str] = {}  # of conversations, by room

    def asks(self, text: str, now: float) -> VisitorRequest | str:
        """The request that comes of what was said, or what is told at once."""
        if self.account is None:
            return Join(id=self._asked.new_id(), nick=text, room=LOBBY)
        asked = command(text) if self._is_at_a_terminal else Say(text)
        if not isinstance(asked, Say):
            self._heard.takes(now)
        match asked:
            case Help():
                return replies.HELP
            case Lacks():
                return asked.what
            case ListRooms():
                return Rooms(id=self._asked.new_id(), after=asked.behind, limit=replies.ASKED_FOR)
            case GoTo():
                return Join(id=self._asked.new_id(), room=asked.room)
            case Whisper():
                self._whispers = asked.text
                return Direct(id=self._asked.new_id(), people=[asked.who])
        room = self.room
        if isinstance(asked, ListPeople):
            room = asked.room or room
        if room is None:
            return replies.NOWHERE
        match asked:
            case Say():
                return Message(id=self._asked.new_id(), room=room, text=asked.text)
            case ListPeople():
                return Members(id=self._asked.new_id(), room=room, limit=replies.ASKED_FOR)
            case Rename():
                return Join(id=self._asked.new_id(), room=room, nick=asked.nick)
        assert_never(asked)

    def granted(self, request: VisitorRequest | None, answer: Granted) -> str:
        """What is told of it; nothing of what everybody is shown."""
        match answer:
            case JoinedAnswer() if isinstance(request, Direct):
                self._titles[answer.room] = answer.title
                self._asked.first(Message(id=self._asked.new_id(), room=answer.room, text=self._whispers))
                return ""
            case JoinedAnswer():
                return self._entered(request, answer)
            case Stored() if isinstance(request, Message) and (title := self._titles.get(request.room)):
                return replies.whispered(title, request.text)
            case MembersAnswer():
                return replies.people(answer, self.account)
            case RoomsAnswer():
                return replies.rooms(answer, self.room)
            case Stored() | HistoryAnswer() | FoundAnswer() | Pong():
                return ""
        assert_never(answer)

    def refused(self, request: VisitorRequest | None, refusal: Refusal) -> str:
        """What is told of that. What was said behind a room that is not entered was meant for there."""
        match request:
            case Join(nick=None):
                return refusal.text + replies.not_said(self._heard.skip())
            case Leave() if refusal.code == "not_member":
                return ""  # shown out meanwhile
            case Message() if refusal.code in ("storage_full", "unavailable", "slow_down"):
                return not_stored(refusal.text, request.text)
        return refusal.text

    def heard(self, told: Told) -> str:
        """It was shown this: what it is told of where it is now, if that is another place. Who knows no
        command stays, and hears on."""
        if self.account is None or not self._is_at_a_terminal or not told.puts_out(self.account):
            return ""
        self.room = None
        return replies.NOWHERE

    def _entered(self, request: VisitorRequest | None, answer: JoinedAnswer) -> str:
        was, self.room = self.room, answer.room
        if self.account is None:
            self.account = answer.account
            return welcome(answer.nick, in_lines=self._is_at_a_terminal)
        if was is not None and was != answer.room:
            self._asked.first(Leave(id=self._asked.new_id(), room=was))
        if isinstance(request, Join) and request.nick is not None:
            return replies.renamed(answer)
        return replies.entered(answer)

    @property
    def _is_at_a_terminal(self) -> bool:
        """Which has commands."""
        return self._heard.mode is Mode.LINES
