"""Who might do what in a room, read naively from its log: what it holds was the right of whoever did it.

Asked by the ledger about each entry, and about what the broker says of the rights. Who owns the broker
the log does not tell: tests/simulation/owning.py does. docs/protocol.md, "Rooms and rights". Runs in the
simulation's only thread.
"""

from typing import TYPE_CHECKING

import msgspec
from loggia.broker.core.rules import Rules
from loggia.shared.protocol.answers import (
    AnyAnswer,
    Error,
    HistoryAnswer,
    JoinedAnswer,
    MembersAnswer,
    RoomInfo,
    retry_after,
)
from loggia.shared.protocol.events import (
    BannedEvent,
    ClosedEvent,
    ConfiguredEvent,
    CreatedEvent,
    DeletedEvent,
    EditedEvent,
    InvitedEvent,
    JoinedEvent,
    LeftEvent,
    MessageEvent,
    MutedEvent,
    PinnedEvent,
    ReactedEvent,
    RenamedEvent,
    ReopenedEvent,
    RoleEvent,
    StoredEvent,
    SubjectEvent,
    TargetedEvent,
    UnbannedEvent,
    UnmutedEvent,
    asker,
)
from loggia.shared.protocol.requests import (
    AnyRequest,
    Ban,
    CloseRoom,
    Configure,
    Invite,
    Kick,
    Mute,
    ReopenRoom,
    SetRole,
    SetSubject,
    Unban,
    Unmute,
)
from loggia.shared.protocol.roles import RANKS, Role
from msgspec import structs

from tests.simulation.owning import ranks, wrong_with_target

if TYPE_CHECKING:
    from tests.simulation.clients import Client
    from tests.simulation.ledger import Ledger
    from tests.simulation.naive import RoomLog
    from tests.simulation.world import World

Until = int | None  # Unix ms; None: for ever

SAID = (MessageEvent, EditedEvent, ReactedEvent)
BY_MODERATORS = (BannedEvent, UnbannedEvent, MutedEvent, UnmutedEvent, SubjectEvent, PinnedEvent)
BY_OWNERS = (RoleEvent, ConfiguredEvent, ClosedEvent, ReopenedEvent)
ACTS: dict[type, type[StoredEvent]] = {
    Invite: InvitedEvent,
    Kick: LeftEvent,
    Ban: BannedEvent,
    Unban: UnbannedEvent,
    Mute: MutedEvent,
    Unmute: UnmutedEvent,
    SetRole: RoleEvent,
    SetSubject: SubjectEvent,
    Configure: ConfiguredEvent,
    CloseRoom: ClosedEvent,
    ReopenRoom: ReopenedEvent,
}


class Standing(msgspec.Struct, frozen=True):
    """How a room is. `made`: on purpose. `bans`, `mutes`: until when, by account."""

    made: bool = False
    direct: bool = False
    title: str = ""
    subject: str = ""
    slow_s: int = 0
    announce: bool = False
    closed: bool = False
    bans: dict[str, Until] = {}
    mutes: dict[str, Until] = {}
    roles: dict[str, Role] = {}

    def then(self, event: StoredEvent) -> "Standing":
        """How it is behind one entry more."""
        match event:
            case CreatedEvent():
                roles: dict[str, Role] = {} if event.people else {event.account: "owner"}
                direct = bool(event.people)
                title, subject = event.title, event.subject
                return structs.replace(
                    self, made=True, direct=direct, title=title, subject=subject, roles=roles
                )
            case BannedEvent():
                return structs.replace(self, bans={**self.bans, event.target: event.until})
            case UnbannedEvent():
                return structs.replace(self, bans=_without(self.bans, event.target))
            case MutedEvent():
                return structs.replace(self, mutes={**self.mutes, event.target: event.until})
            case UnmutedEvent():
                return structs.replace(self, mutes=_without(self.mutes, event.target))
            case RoleEvent():
                return structs.replace(self, roles={**self.roles, event.target: event.role})
            case SubjectEvent():
                return structs.replace(self, subject=event.subject)
            case ConfiguredEvent():
                slow_s, announce = event.slow_s, event.announce
                return structs.replace(self, title=event.title, slow_s=slow_s, announce=announce)
            case ClosedEvent() | ReopenedEvent():
                return structs.replace(self, closed=isinstance(event, ClosedEvent))
        return self

    def is_banned(self, account: str, at: int) -> bool:
        return _holds(self.bans, account, at)

    def is_muted(self, account: str, at: int) -> bool:
        return _holds(self.mutes, account, at)

    def role(self, account: str, *, is_in: bool) -> Role:
        return self.roles.get(account, "member" if is_in else "guest")


def _without(some: dict[str, Until], account: str) -> dict[str, Until]:
    return {other: until for other, until in some.items() if other != account}


def _holds(some: dict[str, Until], account: str, at: int) -> bool:
    until = some.get(account, 0)
    return until is None or until > at


# -- The log -------------------------------------------------------------------------------------


def entry_comes(ledger: "Ledger", log: "RoomLog", event: StoredEvent) -> None:
    """An entry behind those of `log`: somebody did that who might."""
    wrong = _wrong(ledger, log, event)
    ledger.require(not wrong, "stored without a right:", wrong, event)


def _wrong(ledger: "Ledger", log: "RoomLog", event: StoredEvent) -> str:
    """What keeps somebody from what was stored; empty if nothing does."""
    now, at, who = log.standings[-1], event.at, asker(event)
    if isinstance(event, RenamedEvent) or (isinstance(event, LeftEvent) and not event.by):
        return ""
    if now.is_banned(event.target if isinstance(event, InvitedEvent) else who, at):
        return "banned"
    if isinstance(event, JoinedEvent | CreatedEvent):
        return ""
    is_in = who in log.members[-1]
    if not is_in and not (
        isinstance(event, InvitedEvent) and now.direct
    ):  # it lets himself in, too, behind that
        return "not in the room"
    if isinstance(event, SAID):
        if now.closed:
            return "closed"
        if now.is_muted(who, at):
            return "muted"
    is_announced = now.announce and isinstance(event, MessageEvent | EditedEvent | InvitedEvent)
    if ranks(ledger, log, who)[-1] < RANKS[_least(log, event, who, is_announced)]:
        return "role"
    return wrong_with_target(ledger, log, event)


def _least(log: "RoomLog", event: StoredEvent, who: str, is_announced: bool) -> Role:
    """What somebody has to be at least who does this."""
    if isinstance(event, BY_OWNERS):
        return "owner"
    if is_announced or isinstance(event, (*BY_MODERATORS, LeftEvent)):
        return "moderator"
    is_others = isinstance(event, DeletedEvent) and log.events[event.target - 1].account != who
    if is_others:
        return "moderator"
    return "guest" if isinstance(event, DeletedEvent) else "member"


def turn_is_over(ledger: "Ledger", log: "RoomLog") -> None:
    """Who was banned is not in the room any more."""
    last = log.events[-1].at
    inside = sorted(one for one in log.members[-1] if log.standings[-1].is_banned(one, last))
    ledger.require(not inside, "banned, and in the room:", inside, log.events[-1])


# -- What the broker says --------------------------------------------------------------------------


def answer_goes(ledger: "Ledger", account: str, request: AnyRequest | None, answer: AnyAnswer) -> None:
    """A response leaves for a connection of this account."""
    if isinstance(answer, HistoryAnswer | JoinedAnswer | MembersAnswer):
        log = ledger.log_of(answer.room)
        if log is not None:
            banned = all(now.is_banned(account, ledger.at) for now in _lately(log))
            ledger.require(not banned, "answered who is banned:", account, answer, request)
    elif isinstance(answer, Error) and answer.code in ("banned", "muted"):
        log = ledger.log_of(getattr(request, "room", ""))
        ledger.require(log is not None, "barred from no room:", account, answer, request)
        some = [now.bans if answer.code == "banned" else now.mutes for now in _lately(log)]
        waits = [one[account] is not None for one in some if _holds(one, account, ledger.at)]
        is_so = (retry_after(answer) is not None) in waits
        ledger.require(is_so, "barred without a reason:", account, answer, request)


def _lately(log: "RoomLog") -> list[Standing]:
    """How it was at the end of the last turn, and at any time since."""
    return log.standings[log.head_before :]


def act_is_told(ledger: "Ledger", request: AnyRequest | None, event: StoredEvent) -> None:
    """What somebody asked to be done stands in the log: about whom, why, and for how long."""
    is_told = type(request) not in ACTS or _tells(request, event)
    ledger.require(is_told, "an act is told as another one:", request, event)


def _tells(request: AnyRequest, event: StoredEvent) -> bool:
    if type(event) is not ACTS[type(request)]:
        return False
    match request:
        case Kick():
            assert isinstance(event, LeftEvent)
            is_him = request.who in (event.account, event.nick)
            return is_him and (event.reason, event.why) == ("kicked", request.reason) and bool(event.by_nick)
        case SetRole():
            assert isinstance(event, RoleEvent)
            return request.who in (event.target, event.target_nick) and event.role == request.role
        case SetSubject():
            assert isinstance(event, SubjectEvent)
            return event.subject == request.subject
        case Configure():
            assert isinstance(event, ConfiguredEvent)
            asked = (request.slow_s, request.announce)
            told = (event.slow_s, event.announce)
            return all(one in (None, other) for one, other in zip(asked, told, strict=True))
    if not isinstance(event, TargetedEvent):
        return True
    is_him = request.who in (event.target, event.target_nick)
    until = getattr(request, "until", None), getattr(event, "until", None)
    return is_him and event.reason == request.reason and until[0] == until[1]


def is_shown(ledger: "Ledger", account: str, told: RoomInfo | JoinedAnswer) -> None:
    """A room as it is told to somebody is as its log says it, up to the entry that is told with it."""
    log = ledger.log_of(told.room)
    if log is None:
        return
    now, is_in = log.standings[told.head], account in log.members[told.head]
    shown = [told.subject, told.kind]
    wanted = [now.subject, "direct" if now.direct else "private" if log.is_private else "public"]
    if log.is_private and not now.direct:
        shown, wanted = [*shown, told.title], [*wanted, now.title]
    roles = ledger.owners.roles(ledger.epoch, now, account, is_in=is_in)
    shown, wanted = [*shown, told.role in roles], [*wanted, True]
    if isinstance(told, RoomInfo):
        shown, wanted = [*shown, told.joined], [*wanted, is_in]
    ledger.require(
        shown == wanted, "a room is shown as it is not:", account, told, "and that is", wanted, roles
    )


def is_so_for_all(world: "World") -> None:
    """When all has come to rest: the broker has each room as its log says it is, and so has who is there."""
    ledger = world.ledger
    for name, log in ledger.logs[ledger.epoch].items():
        room, now = world.broker.pipeline.rooms.named(name), log.standings[-1]
        assert room is not None
        rules = Rules() if room.rules is None else room.rules
        has = rules.settings.slow_s, rules.settings.announce, rules.settings.closed
        kept = rules.bans, rules.mutes, rules.roles
        is_kept = (has, kept) == ((now.slow_s, now.announce, now.closed), (now.bans, now.mutes, now.roles))
        ledger.require(is_kept, "a room is not what its log comes to:", name, rules, "and that is", now)
        for client in world.clients:
            if client.run is not None and name in client.run.entered:
                _roles_are_shown(ledger, client, log)


def _roles_are_shown(ledger: "Ledger", client: "Client", log: "RoomLog") -> None:
    """Of who came behind a client, and had a role before, that knows no more than that he is a member."""
    assert client.run is not None
    name, now = log.events[0].room, log.standings[-1]
    given = {event.target: event.seq for event in log.events if isinstance(event, RoleEvent)}
    for account, member in client.run.people[name].items():
        is_known = given.get(account, 0) > client.run.entered[name]
        may_be = {now.role(account, is_in=True)} | (set() if is_known else {"member"})
        is_so = account in ledger.owners.maybe or member.role in may_be
        ledger.require(is_so, "a client shows a role that is none:", client, name, member, now.roles)
