"""Known bugs about who may hear and do what, planted as those of plants.py are: that list ends with these."""

from collections.abc import Callable

from loggia.broker.core import messages, moderation, permissions, refusals
from loggia.broker.core.ops import OPS
from loggia.broker.core.people import People
from loggia.broker.core.rules import Rules
from loggia.broker.runtime.pipeline import Pipeline
from loggia.broker.sessions import searching
from loggia.broker.sessions.delivery import Delivery
from loggia.broker.sessions.queries import Reader
from loggia.broker.sessions.searching import Searching
from loggia.shared.protocol.events import TypingEvent
from loggia.shared.protocol.requests import Join
from msgspec import structs


def tell_the_kicked_once_more(patch) -> None:
    """Who was shown out of a room hears what is said there next."""
    audience, put_out = permissions.audience, People.put_out
    kicked: dict[str, set[str]] = {}

    def put_out_and_remember(self, room, person) -> None:
        kicked.setdefault(room.name, set()).add(person.account)
        put_out(self, room, person)

    def all_these(room):
        here = audience(room)
        return here if here is None else here | frozenset(kicked.get(room.name, ()))

    patch.setattr(People, "put_out", put_out_and_remember)
    patch.setattr(permissions, "audience", all_these)


def broadcast_what_is_private(patch) -> None:
    """Whoever listens hears it."""
    patch.setattr(Pipeline, "_connections", lambda self, accounts: None)


def let_all_see_who_types(patch) -> None:
    """Who is typing in a private room is broadcast."""
    by_room = Pipeline._by_room

    def by_room_for_all(self, passing) -> list[Delivery]:
        told = by_room(self, passing)
        return [
            structs.replace(delivery, to=None) if isinstance(delivery.events[0], TypingEvent) else delivery
            for delivery in told
        ]

    patch.setattr(Pipeline, "_by_room", by_room_for_all)


def let_anybody_read(patch) -> None:
    """Pages of a private room are for whoever asks."""
    patch.setattr(Reader, "readable", lambda self, account, request, at: self.rooms.room(request.room))


def say_that_a_private_room_is_there(patch) -> None:
    """To a stranger it is one that he is not in."""
    denied = refusals.denied

    def denied_openly(*arguments):
        code = denied(*arguments)
        return "not_member" if code == "no_such_room" else code

    patch.setattr(refusals, "denied", denied_openly)


def find_what_others_may_read(patch) -> None:
    """A search looks into all rooms."""
    patch.setattr(searching, "denied", lambda *arguments: None)
    patch.setattr(Searching, "_own", lambda self, account: [room.number for room in self.rooms.everything()])


def let_the_banned_in(patch) -> None:
    """Nobody asks for a ban where a public room is joined."""
    patch.setitem(OPS, Join, OPS[Join]._replace(bars=frozenset()))


def hear_the_muted(patch) -> None:
    """Who was muted a while ago is heard."""
    patch.setattr(Rules, "is_muted", lambda self, account, at: self.mutes.get(account, 0) is None)


def act_upon_who_is_more(patch) -> None:
    """A moderator bans an owner."""
    for module in (messages, moderation):
        patch.setattr(module, "may_act_upon", lambda *arguments: True)


def let_the_last_owner_step_down(patch) -> None:
    """Then nobody can make another one."""
    patch.setattr(moderation, "is_last_owner", lambda *arguments: False)


# Each with words of what it is found by.
TRESPASSES: list[tuple[Callable[..., None], str]] = [
    (tell_the_kicked_once_more, "told who is no member"),
    (broadcast_what_is_private, "what is private was broadcast"),
    (let_all_see_who_types, "what is private was broadcast"),
    (let_anybody_read, "answered who is no member|a stranger|answered who is banned"),
    (say_that_a_private_room_is_there, "a stranger is told of a private room"),
    (find_what_others_may_read, "a search finds"),
    (let_the_banned_in, "stored without a right: banned|answered who is banned"),
    (hear_the_muted, "stored without a right: muted"),
    (act_upon_who_is_more, "stored without a right: upon a higher role"),
    (let_the_last_owner_step_down, "stored without a right: the last owner"),
]
