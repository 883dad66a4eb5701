"""How a room is, and who may do what there, as its events say it: each event is one step. Pure.

What is decided and what is read from the disk go through the same steps, so the state of now can be made
again from the log alone. docs/protocol.md, "Rooms and rights". docs/decisions/0025-rights.md.
"""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from loggia.shared.protocol.codec import encode
from loggia.shared.protocol.events import (
    BannedEvent,
    ClosedEvent,
    ConfiguredEvent,
    CreatedEvent,
    MutedEvent,
    ReopenedEvent,
    RoleEvent,
    StoredEvent,
    SubjectEvent,
    UnbannedEvent,
    UnmutedEvent,
)
from loggia.shared.protocol.roles import Role

SETTINGS = "settings"  # under this the disk keeps what is no account's

Until = int | None  # Unix ms; None: for ever


class Settings(msgspec.Struct, omit_defaults=True):
    """`created`: the room was made on purpose, and has owners of its own. The others: as of `configure`."""

    created: bool = False
    subject: str = ""
    slow_s: int = 0
    announce: bool = False
    closed: bool = False


class Rules(msgspec.Struct):
    """Of one room. `roles`, `bans`, `mutes`: by account, of those for whom somebody said so."""

    settings: Settings = msgspec.field(default_factory=Settings)
    roles: dict[str, Role] = {}
    bans: dict[str, Until] = {}
    mutes: dict[str, Until] = {}

    def is_banned(self, account: str, at: int) -> bool:
        return _is_in_force(self.bans, account, at)

    def is_muted(self, account: str, at: int) -> bool:
        return _is_in_force(self.mutes, account, at)

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
    rules.settings.created, rules.settings.subject = True, event.subject
    rules.roles[event.account] = "owner"
    return SETTINGS, f"roles/{event.account}"


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
    rules.settings.slow_s, rules.settings.announce = event.slow_s, event.announce
    return (SETTINGS,)


def _closed(rules: Rules, event: ClosedEvent) -> tuple[str, ...]:
    rules.settings.closed = True
    return (SETTINGS,)


def _reopened(rules: Rules, event: ReopenedEvent) -> tuple[str, ...]:
    rules.settings.closed = False
    return (SETTINGS,)


_STEPS: dict[type, Callable[[Rules, Any], tuple[str, ...]]] = {
    CreatedEvent: _created,
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
_value = msgspec.json.Decoder(Role | int | None).decode
