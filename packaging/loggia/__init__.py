"""What a program of yours imports: `from loggia import Client, Bot, TestBot, Refused, NotReachable`.

Nothing is loaded before one of these is asked for: the broker and the window have this name, too, and need
little of it. docs/api.md, docs/bots.md.
"""

import importlib
import os.path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loggia.shared.client.api.bot import Bot
    from loggia.shared.client.api.bot_commands import Wrong
    from loggia.shared.client.api.client import Client
    from loggia.shared.client.api.rehearsing import TestBot
    from loggia.shared.client.api.script import script
    from loggia.shared.client.api.status import Status
    from loggia.shared.client.completeness import ArchivedCopy, Completeness
    from loggia.shared.client.updates import ReadState
    from loggia.shared.protocol.answers import FoundAnswer, Hit, Member, RoomInfo
    from loggia.shared.protocol.errors import (
        Closed,
        LinkFailed,
        LoggiaError,
        NotReachable,
        Refused,
        StorageBroken,
        StorageDamaged,
        StorageFull,
        WrongProcess,
        WrongSetting,
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
        OtherEvent,
        PinnedEvent,
        ReactedEvent,
        RenamedEvent,
        ReopenedEvent,
        RoleEvent,
        StoredEvent,
        SubjectEvent,
        UnbannedEvent,
        UnmutedEvent,
    )
    from loggia.shared.protocol.limits import Limits
    from loggia.shared.protocol.names import escaped, quoted

__all__ = [
    "ArchivedCopy",
    "BannedEvent",
    "Bot",
    "Client",
    "Closed",
    "ClosedEvent",
    "Completeness",
    "ConfiguredEvent",
    "CreatedEvent",
    "DeletedEvent",
    "EditedEvent",
    "FoundAnswer",
    "Hit",
    "InvitedEvent",
    "JoinedEvent",
    "LeftEvent",
    "Limits",
    "LinkFailed",
    "LoggiaError",
    "Member",
    "MessageEvent",
    "MutedEvent",
    "NotReachable",
    "OtherEvent",
    "PinnedEvent",
    "ReactedEvent",
    "ReadState",
    "Refused",
    "RenamedEvent",
    "ReopenedEvent",
    "RoleEvent",
    "RoomInfo",
    "Status",
    "StorageBroken",
    "StorageDamaged",
    "StorageFull",
    "StoredEvent",
    "SubjectEvent",
    "TestBot",
    "UnbannedEvent",
    "UnmutedEvent",
    "Wrong",
    "WrongProcess",
    "WrongSetting",
    "escaped",
    "quoted",
    "script",
]

_PUBLIC = {
    "loggia.shared.client.api.bot": ("Bot",),
    "loggia.shared.client.api.bot_commands": ("Wrong",),
    "loggia.shared.client.api.client": ("Client",),
    "loggia.shared.client.api.rehearsing": ("TestBot",),
    "loggia.shared.client.api.script": ("script",),
    "loggia.shared.client.api.status": ("Status",),
    "loggia.shared.client.completeness": (
        "ArchivedCopy",
        "Completeness",
    ),
    "loggia.shared.client.updates": ("ReadState",),
    "loggia.shared.protocol.answers": (
        "FoundAnswer",
        "Hit",
        "Member",
        "RoomInfo",
    ),
    "loggia.shared.protocol.errors": (
        "Closed",
        "LinkFailed",
        "LoggiaError",
        "NotReachable",
        "Refused",
        "StorageBroken",
        "StorageDamaged",
        "StorageFull",
        "WrongProcess",
        "WrongSetting",
    ),
    "loggia.shared.protocol.events": (
        "BannedEvent",
        "ClosedEvent",
        "ConfiguredEvent",
        "CreatedEvent",
        "DeletedEvent",
        "EditedEvent",
        "InvitedEvent",
        "JoinedEvent",
        "LeftEvent",
        "MessageEvent",
        "MutedEvent",
        "OtherEvent",
        "PinnedEvent",
        "ReactedEvent",
        "RenamedEvent",
        "ReopenedEvent",
        "RoleEvent",
        "StoredEvent",
        "SubjectEvent",
        "UnbannedEvent",
        "UnmutedEvent",
    ),
    "loggia.shared.protocol.limits": ("Limits",),
    "loggia.shared.protocol.names": (
        "escaped",
        "quoted",
    ),
}
_HOMES = {name: module for module, names in _PUBLIC.items() for name in names}

# In a checkout the rooms of the house lie at its top, and not in this folder.
_packaging = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
if os.path.basename(_packaging) == "packaging":
    __path__.append(os.path.dirname(_packaging))


if not TYPE_CHECKING:  # which would take every misspelt name for one that is there

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
