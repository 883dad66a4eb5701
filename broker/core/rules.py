"""How a room is, and who may do what there, as its events say it: each event is one step. Pure.

What is decided and what is read from the disk go through the same steps, so the state of now can be made
again from the log alone. docs/protocol.md, "Rooms and rights". docs/decisions/0025-rights.md.
"""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from loggia.broker.core.paged import Paged
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.events import (
    BannedEvent,
    ClosedEvent,
    ConfiguredEvent,
    CreatedEvent,
    InvitedEvent,
    JoinedEvent,
    LeftEvent,
    MutedEvent,
    RenamedEvent,
    ReopenedEvent,
    RoleEvent,
    StoredEvent,
    SubjectEvent,
    UnbannedEvent,
    UnmutedEvent,
)
from loggia.shared.protocol.roles import Role, RoomKind

SETTINGS = "settings"  # under this the disk keeps what is no account's

Until = int | None  # Unix ms; None: for ever


class Settings(msgspec.Struct, omit_defaults=True):
    """`created`: the room was made on purpose, and has owners of its own. `title`: of a private one.
    `people`: whose direct conversation it is, nicks by account. The others: as of `configure`.
    """

    created: bool = False
    kind: RoomKind = "public"
    title: str = ""
    people: dict[str, str] = {}
    subject: str = ""
    slow_s: int = 0
    announce: bool = False
    closed: bool = False


class Insider(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who belongs to a private room, as called there last."""

    account: str
    nick: str
    bot: bool = False


class Rules(msgspec.Struct):
    """Of one room. `roles`, `bans`, `mutes`: by account, of those for whom somebody said so. `members`: of a
    private room, by account, whether they are here or not; of a public one nobody.
    """

    settings: Settings = msgspec.field(default_factory=Settings)
    members: Paged[Insider] = msgspec.field(default_factory=Paged)
    roles: dict[str, Role] = {}
    bans: dict[str, Until] = {}
    mutes: dict[str, Until] = {}

    def is_banned(self, account: str, at: int) -> bool:
        return _is_in_force(self.bans, account, at)

    def is_muted(self, account: str, at: int) -> bool:
        return _is_in_force(self.mutes, account, at)

    def title(self, account: str) -> str:
        """Of a room that is not public: what it is called, or who the others are, as last called there."""
        named, members = self.settings.people, self.members
        if not named:
            return self.settings.title
        others = [(members.get(other), nick) for other, nick in named.items() if other != account]
        return ", ".join(sorted(nick if member is None else member.nick for member, nick in others))

    def kept(self, key: str) -> bytes | None:
        """What the disk keeps under a key that `step` gave; None: nothing."""
        if key == SETTINGS:
            return encode(self.settings)
        kind, _, account = key.partition("/")
        some: dict[str, Any] = getattr(self, kind)
        return encode(some[account]) if account in some else None

    def take(self, key: str, value: bytes) -> None:
        """What the disk kept. Raises msgspec.MsgspecError."""
        if key == SETTINGS:
            self.settings = _settings(value)
            return
        kind, _, account = key.partition("/")
        if kind not in self.__struct_fields__ or kind == SETTINGS:
            raise msgspec.ValidationError(f"there is no rule {key!r}")
        some: dict[str, Any] = getattr(self, kind)
        some[account] = _value(value)


def _is_in_force(some: dict[str, Until], account: str, at: int) -> bool:
    if account not in some:
        return False
    until = some[account]
    return until is None or until > at


def folded(events: Iterable[StoredEvent]) -> Rules:
    """What a room's events come to, from its first one on."""
    rules = Rules()
    for event in events:
        step(rules, event)
    return rules


def step(rules: Rules, event: StoredEvent) -> tuple[str, ...]:
    """What comes of one event more. Returns the keys of what changed."""
    does = _STEPS.get(type(event))  # the others say nothing of how the room is
    return () if does is None else does(rules, event)


def _created(rules: Rules, event: CreatedEvent) -> tuple[str, ...]:
    settings = rules.settings
    settings.created, settings.subject = True, event.subject
    settings.title, settings.people = event.title, event.people
    if event.people:
        settings.kind = "direct"
        return (SETTINGS,)
    if event.private:
        settings.kind = "private"
    rules.roles[event.account] = "owner"
    return SETTINGS, f"roles/{event.account}"


def _came(rules: Rules, member: Insider) -> tuple[str, ...]:
    if rules.settings.kind == "public":  # nobody belongs to it who is not there
        return ()
    rules.members[member.account] = member
    return (f"members/{member.account}",)


def _joined(rules: Rules, event: JoinedEvent) -> tuple[str, ...]:
    return _came(rules, Insider(event.account, event.nick, event.bot))


def _invited(rules: Rules, event: InvitedEvent) -> tuple[str, ...]:
    return _came(rules, Insider(event.target, event.target_nick))


def _renamed(rules: Rules, event: RenamedEvent) -> tuple[str, ...]:
    known = rules.members.get(event.account)
    return () if known is None else _came(rules, Insider(event.account, event.nick, known.bot))


def _left(rules: Rules, event: LeftEvent) -> tuple[str, ...]:
    if event.account not in rules.members:
        return ()
    del rules.members[event.account]
    return (f"members/{event.account}",)


def _banned(rules: Rules, event: BannedEvent) -> tuple[str, ...]:
    rules.bans[event.target] = event.until
    return (f"bans/{event.target}",)


def _unbanned(rules: Rules, event: UnbannedEvent) -> tuple[str, ...]:
    rules.bans.pop(event.target, None)
    return (f"bans/{event.target}",)


def _muted(rules: Rules, event: MutedEvent) -> tuple[str, ...]:
    rules.mutes[event.target] = event.until
    return (f"mutes/{event.target}",)


def _unmuted(rules: Rules, event: UnmutedEvent) -> tuple[str, ...]:
    rules.mutes.pop(event.target, None)
    return (f"mutes/{event.target}",)


def _role(rules: Rules, event: RoleEvent) -> tuple[str, ...]:
    rules.roles[event.target] = event.role
    return (f"roles/{event.target}",)


def _subject(rules: Rules, event: SubjectEvent) -> tuple[str, ...]:
    rules.settings.subject = event.subject
    return (SETTINGS,)


def _configured(rules: Rules, event: ConfiguredEvent) -> tuple[str, ...]:
    settings = rules.settings
    settings.slow_s, settings.announce = event.slow_s, event.announce
    if settings.kind != "public":  # whose title is its name
        settings.title = event.title
    return (SETTINGS,)


def _closed(rules: Rules, event: ClosedEvent) -> tuple[str, ...]:
    rules.settings.closed = True
    return (SETTINGS,)


def _reopened(rules: Rules, event: ReopenedEvent) -> tuple[str, ...]:
    rules.settings.closed = False
    return (SETTINGS,)


_STEPS: dict[type, Callable[[Rules, Any], tuple[str, ...]]] = {
    CreatedEvent: _created,
    JoinedEvent: _joined,
    InvitedEvent: _invited,
    RenamedEvent: _renamed,
    LeftEvent: _left,
    BannedEvent: _banned,
    UnbannedEvent: _unbanned,
    MutedEvent: _muted,
    UnmutedEvent: _unmuted,
    RoleEvent: _role,
    SubjectEvent: _subject,
    ConfiguredEvent: _configured,
    ClosedEvent: _closed,
    ReopenedEvent: _reopened,
}
_settings = msgspec.json.Decoder(Settings).decode
_value = msgspec.json.Decoder(Role | int | Insider | None).decode
