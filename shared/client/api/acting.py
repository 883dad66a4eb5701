"""What a bot does, beside replying: it says, changes and moderates, as a client does.

What a handler asks for has an id that comes of the entry which it is called for
(shared/client/api/at_hand.py), and the handler waits until the broker has it on the disk, however long that
takes. So it is done once, also if the bot is killed in between and the handler runs again. Code that runs
beside the handlers waits as long as a Client does.
"""

import logging
from collections.abc import Callable

from loggia.shared.client.api import arguments
from loggia.shared.client.api.at_hand import AtHand
from loggia.shared.client.api.breaker import ANSWERS, REST_MS, WINDOW_MS, Breaker
from loggia.shared.client.api.changing import Changing
from loggia.shared.client.api.client import Client
from loggia.shared.client.api.finding import Finding
from loggia.shared.client.api.handlers import text_of
from loggia.shared.client.api.moderating import Moderating
from loggia.shared.client.api.presenting import status
from loggia.shared.client.commands import Ask, Say, ShowTyping
from loggia.shared.client.updates import Acted, Inquired
from loggia.shared.protocol.errors import Closed, Refused
from loggia.shared.protocol.events import MessageEvent, StoredEvent
from loggia.shared.protocol.limits import Limits
from loggia.shared.protocol.names import DIRECT_SIGN, escaped
from loggia.shared.protocol.requests import Errand, Inquiry, MessageChange, RoomRequest
from msgspec import structs

log = logging.getLogger(__name__)


class Acting(Changing, Moderating, Finding):
    """Of the bot called `nick`; `room`: where it is if nothing else is said, and no message is at hand."""

    def __init__(self, nick: str, room: str) -> None:
        self.nick = nick
        self._first_room = room
        self._limits = Limits()
        self._breaker = Breaker()
        self._at_hand = AtHand()
        self._is_rehearsal = False
        self._client: Client | None = None
        self._speak: Callable[[Say], object] | None = None
        self._show: Callable[[Ask | ShowTyping], object] | None = None

    @property
    def client(self) -> Client:
        """What the bot speaks by while it runs, for all that is only asked: `bot.client.members(room)`,
        `thread`, `page`, `list_rooms`, `unread`, and for `enter` and `leave`. Its usual room is the bot's
        first.

        Raises Closed while the bot does not run.
        """
        if self._client is None:
            raise Closed(f"{self.nick} is not running.")
        return self._client

    def say(
        self, text: str, *, room: str | None = None, reply_to: int | None = None, thread: int | None = None
    ) -> None:
        """Say something unasked, from any thread; in the room of the message at hand, else the bot's first.
        `reply_to`, `thread`: as of `Client.send`.

        It is sent when there is a connection, once for each call. Raises TypeError or Refused for what cannot
        be sent, and Closed while the bot does not run.
        """
        say = self._to_say(text, room, reply_to, thread)
        if self._speak is None:
            raise Closed(f"{self.nick} is not running.")
        self._speak(say)
        self._noticed(say.room)

    def send(
        self, text: str, *, room: str | None = None, reply_to: int | None = None, thread: int | None = None
    ) -> int:
        """As `say`, and returns the message's seq when it is stored, for `edit`, `pin` and the like. A
        handler that runs again after a crash says it no second time, and gets the same seq.

        A handler waits for that as long as it takes; other code is told NotReachable as by `Client.send`.
        Raises Refused if the broker says no.
        """
        say = self._to_say(text, room, reply_to, thread)
        self._noticed(say.room)
        if self._is_rehearsal and self._speak is not None:
            self._speak(say)
            return 1
        return self.client._send(structs.replace(say, id=self._at_hand.id_of("message", say.room)))

    def set_status(self, text: str) -> None:
        """Others read this line beside the bot's nick, also while it does not run; "" takes it away.

        Does not wait. Raises TypeError or ValueError for what is no such line, and Closed while the bot does
        not run.
        """
        if self._show is None:
            raise Closed(f"{self.nick} is not running.")
        self._show(Ask(request=status(text)))

    def rename(self, nick: str) -> None:
        """Be called something else, in all rooms and over restarts; `bot.nick` is it then. See
        `Client.rename`; raises Closed while the bot does not run.
        """
        nick = arguments.nick(nick)
        if not self._is_rehearsal:
            self.client.rename(nick)
            nick = self.client.nick
        self.nick = nick

    def typing(self, *, room: str | None = None) -> None:
        """Let the others see that an answer is on its way; in the room of the message at hand, else the bot's
        first.

        Does not wait; forgotten after 6 s, or when the bot speaks. Raises Closed while the bot does not run.
        """
        if self._show is None:
            raise Closed(f"{self.nick} is not running.")
        self._show(ShowTyping(room=self._where(room)))

    def _to_say(self, text: str, room: str | None, reply_to: int | None, thread: int | None) -> Say:
        said = text_of(text, self._limits)
        if said is None:
            raise Refused("bad_request", "There is nothing in this text.")
        reply_to, thread = arguments.seq("reply_to", reply_to), arguments.seq("thread", thread)
        return Say(room=self._where(room), text=said, reply_to=reply_to, thread=thread)

    def _where(self, given: str | None) -> str:
        return self._usual_room() if given is None else arguments.room(given, self._limits)

    def _usual_room(self) -> str:
        """That of the message at hand, or the bot's first."""
        return self._first_room if (event := self._at_hand.cause) is None else event.room

    def _ask(self, request: Errand) -> Acted:
        if self._is_rehearsal:
            return Acted(id="-", room=getattr(request, "room", f"{DIRECT_SIGN}rehearsed"))
        return self.client._ask(request)

    def _inquire(self, inquiry: Inquiry) -> Inquired:
        return self.client._inquire(inquiry)

    def _change(self, request: MessageChange, message: MessageEvent | int) -> None:
        self._noticed(request.room)
        if not self._is_rehearsal:
            self.client._change(request, message)

    def _id_of(self, request: Errand) -> str:
        """The id of what a handler asks for, by the client or by the bot itself."""
        if not isinstance(request, RoomRequest):
            return ""
        named = (str(getattr(request, field, "")) for field in ("room", "seq", "who"))
        return self._at_hand.id_of(str(request.__struct_config__.tag), *named)

    def _noticed(self, room: str) -> None:
        """Others hear what the bot does there: it counts as an answer, to what is at hand."""
        event = self._at_hand.open
        if event is not None and event.room == room:
            self._count(event)

    def _count(self, event: StoredEvent) -> None:
        if self._breaker.answered(event):
            log.warning(
                "%s spoke %d times in %d s in %s, and only bots did: it passes over what they say for %d s.",
                self.nick,
                ANSWERS,
                WINDOW_MS // 1000,
                escaped(event.room),
                REST_MS // 1000,
            )
